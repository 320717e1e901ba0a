"""Whether the images of a repository are scanned for known vulnerabilities when they are pushed.

Source: Amazon ECR User Guide, "Scan images for software vulnerabilities in Amazon ECR" (with enhanced scanning only the
registry's rules count; with basic scanning a repository's own setting counts as well) and "Filters to choose which
repositories are scanned" (a filter without a wildcard matches every name that contains it).
"""

from __future__ import annotations

import re

from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

REGISTRY = "aws_ecr_registry_scanning_configuration"

_ON_PUSH = {"BASIC": frozenset({"SCAN_ON_PUSH"}), "ENHANCED": frozenset({"SCAN_ON_PUSH", "CONTINUOUS_SCAN"})}
"""Frequencies at which an image is scanned when it is pushed, by type of scanning."""


def scans_images(planned: PlannedWorld, repository: PlannedResource) -> Answer:
    """Whether the repository or a rule of its registry scans each image that is pushed."""
    registry = next((one for one in planned.of(REGISTRY) if _beside(planned, one, repository)), None)
    own = _own(repository)
    if registry is not None:
        return _by_registry(registry, repository, own)
    if plain(own) is not False or repository.plan.is_live:
        missing = planned.left_out(repository, REGISTRY)
        return Unknown(missing) if missing else own
    return Unknown("it does not ask for scans itself, and the rules of its registry were not seen")


def _beside(planned: PlannedWorld, registry: PlannedResource, repository: PlannedResource) -> bool:
    """Whether a registry is the repository's: each account has one in each region."""
    if registry.plan is not repository.plan:
        return False
    same: bool = planned.labels(registry)["region"] == planned.labels(repository)["region"]
    return same


def _own(repository: PlannedResource) -> Answer:
    block = repository.block("image_scanning_configuration")
    if isinstance(block, Unknown):
        return block
    on = block.flag("scan_on_push") if block is not None else False
    return Noted(False, "scan_on_push is off until it is set") if on is False else on


def _by_registry(registry: PlannedResource, repository: PlannedResource, own: Answer) -> Answer:
    type_ = registry.text("scan_type", "BASIC")
    if isinstance(type_, Unknown):
        return type_ if plain(own) is not True else own
    rules = registry.blocks("rule")
    found = rules if isinstance(rules, Unknown) else either(*(_scans(rule, type_, repository) for rule in rules))
    if plain(found) is True:
        return Noted(True, "a rule of the registry scans what is pushed")
    if type_ == "BASIC":
        return either(own, found)
    nothing = Noted(False, "no rule of the registry's enhanced scanning covers it, and its own setting does not count")
    return found if isinstance(found, Unknown) else nothing


def _scans(rule: Block, type_: str, repository: PlannedResource) -> Answer:
    frequency, filters = rule.text("scan_frequency"), rule.blocks("repository_filter")
    often = frequency if isinstance(frequency, Unknown) else frequency in _ON_PUSH.get(type_, frozenset())
    matched = filters if isinstance(filters, Unknown) else either(*(_matches(one, repository) for one in filters))
    return both(often, matched)


def _matches(filter_: Block, repository: PlannedResource) -> Answer:
    pattern, name = filter_.text("filter"), repository.text("name")
    if pattern == "*":
        return True
    if isinstance(pattern, Unknown):
        return pattern
    if isinstance(name, Unknown):
        return name
    if "*" not in pattern:
        return pattern in name
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None
