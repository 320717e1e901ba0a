"""What an EC2 instance or launch template gives the code on it: its metadata service, and the identity it acts as."""

from __future__ import annotations

from typing import Any

from scanner.logic import Answer
from scanner.model import Fact, Noted, Unknown
from scanner.terraform.computed import computed_block, setting
from scanner.terraform.instances import PlannedResource, Target
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_DEFAULT = Unknown(
    "metadata_options are left out: the account's or the image's default decides whether a token is asked"
)
_PROFILE = ("aws_iam_instance_profile",)


def instance_facts(planned: PlannedWorld, resource: PlannedResource) -> dict[str, Any]:
    """Facts of an instance or launch template that other compute does not have."""
    return {"metadata_token_required": _token_required(resource), "acts_as": _acts_as(planned, resource)}


def _token_required(resource: PlannedResource) -> Answer:
    """Whether metadata is given against a session token only (IMDSv2), or not at all.

    Source: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
    """
    options = computed_block(resource, "metadata_options")
    if not isinstance(options, Block):
        return options or _DEFAULT
    if options.get("http_endpoint") == "disabled":
        return Noted(True, "its metadata service is switched off")
    tokens = setting(resource, "http_tokens", _DEFAULT, options)
    return tokens if isinstance(tokens, Unknown) else Noted(tokens == "required", f"http_tokens is {tokens}")


def _acts_as(planned: PlannedWorld, resource: PlannedResource) -> Fact[str]:
    """Subject or name of the instance profile; empty where the code gives none."""
    if resource.type != "aws_launch_template":
        return _called(planned.target(resource, "iam_instance_profile", _PROFILE), resource, "iam_instance_profile")
    profile = resource.block("iam_instance_profile")
    if not isinstance(profile, Block):
        return profile or ""
    attribute = "arn" if profile.get("arn") is not None else "name"
    return _called(planned.target(resource, attribute, _PROFILE, profile), resource, attribute, profile)


def _called(target: Target, resource: PlannedResource, attribute: str, block: Block | None = None) -> Fact[str]:
    if isinstance(target, Unknown):
        left_out = setting(resource, attribute, "", block)
        return "" if left_out == "" else target
    return "" if target is None else target.id if isinstance(target, PlannedResource) else target.value
