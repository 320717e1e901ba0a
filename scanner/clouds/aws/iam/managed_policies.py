"""Policies whose text AWS itself maintains: which of them allow a whole service, or reach every resource."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from scanner.logic import Answer
from scanner.model import Noted, Unknown

_ARN = re.compile(r"arn:[^:]+:iam::aws:policy/(?:.*/)?([^/]+)")
FOR_SERVICES = "/service-role/"
"""In the ARN of a policy that AWS made for the role of one of its services."""

_RETIRED = {"AWSLambdaFullAccess": "lambda:*", "AWSCodePipelineFullAccess": "codepipeline:*"}
"""Policies that AWS no longer offers, but that identities may still have."""


def managed_name(arn: str) -> str:
    """Name of the AWS managed policy that an ARN names; empty for any other."""
    match = _ARN.fullmatch(arn)
    return match[1] if match else ""


def whole_services(name: str) -> tuple[str, ...] | None:
    """Actions by which an AWS managed policy allows whole services, `*` for (nearly) all; None for an unknown name."""
    found = _table().get(name)
    retired = _RETIRED.get(name)
    return found[0] if found else None if retired is None else (retired,)


def passes_roles(name: str) -> Answer:
    """Whether an AWS managed policy lets any role be passed, or roles to services that it does not name.

    Those that AWS made for the roles of its services are not judged, as of their resources.
    """
    if name in _RETIRED:
        return Noted(True, f"the AWS managed policy {name} allows iam:PassRole on every role")
    if whole_services(name) is None:
        return Unknown(f"what the AWS managed policy {name} allows is not known here")
    passes = _table()[name][2]
    return Noted(True, f"the AWS managed policy {name} allows iam:PassRole for any service") if passes else False


def wildcard_facts(name: str) -> dict[str, Answer]:
    """What an AWS managed policy is judged by.

    The resources of one that AWS made for the role of one of its services (path service-role/) are not judged:
    nobody can narrow them, and AWS asks for the policy as it is.
    """
    wide = whole_services(name)
    if wide is None:
        unknown = Unknown(f"what the AWS managed policy {name} allows is not known here")
        return {"wildcard_action": unknown, "wildcard_resource": unknown}
    if wide:
        action = Noted(True, f"the AWS managed policy {name} allows {', '.join(wide)}")
        return {"wildcard_action": action, "wildcard_resource": False}
    if _table()[name][1]:
        note = f"the AWS managed policy {name} reaches every resource with actions that could name one"
        return {"wildcard_action": False, "wildcard_resource": Noted(True, note)}
    return {"wildcard_action": False, "wildcard_resource": False}


@cache
def _table() -> dict[str, tuple[tuple[str, ...], bool, bool]]:
    """Whole services, reach and whether roles are passed, by name, made by fixtures/managed_policies.py."""
    text = files("scanner.data").joinpath("aws_managed_policies.csv").read_text(encoding="utf-8")
    rows = (line.split(",") for line in text.splitlines()[1:])
    return {
        name: (tuple(whole.split()), everywhere == "yes", passes == "yes") for name, whole, everywhere, passes in rows
    }
