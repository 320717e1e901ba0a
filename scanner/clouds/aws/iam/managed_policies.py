"""Policies whose text AWS itself maintains: which of them allow a whole service."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from scanner.logic import Answer
from scanner.model import Noted, Unknown

_ARN = re.compile(r"arn:[^:]+:iam::aws:policy/(?:.*/)?([^/]+)")
_RETIRED = {"AWSLambdaFullAccess": "lambda:*", "AWSCodePipelineFullAccess": "codepipeline:*"}
"""Policies that AWS no longer offers, but that identities may still have."""


def managed_name(arn: str) -> str:
    """Name of the AWS managed policy that an ARN names; empty for any other."""
    match = _ARN.fullmatch(arn)
    return match[1] if match else ""


def whole_services(name: str) -> tuple[str, ...] | None:
    """Actions by which an AWS managed policy allows whole services, `*` for (nearly) all; None for an unknown name."""
    found = _table().get(name, _RETIRED.get(name))
    return None if found is None else tuple(found.split())


def wildcard_facts(name: str) -> dict[str, Answer]:
    """What an AWS managed policy is judged by: whole services, since nobody can narrow the resources of AWS's text."""
    wide = whole_services(name)
    if wide is None:
        unknown = Unknown(f"what the AWS managed policy {name} allows is not known here")
        return {"wildcard_action": unknown, "wildcard_resource": unknown}
    if wide:
        action = Noted(True, f"the AWS managed policy {name} allows {', '.join(wide)}")
        return {"wildcard_action": action, "wildcard_resource": False}
    note = f"AWS maintains the text of {name}; its resources cannot be narrowed"
    return {"wildcard_action": False, "wildcard_resource": Noted(False, note)}


@cache
def _table() -> dict[str, str]:
    """Names and wildcards, made by fixtures/managed_policies.py."""
    text = files("scanner.data").joinpath("aws_managed_policies.csv").read_text(encoding="utf-8")
    return dict(line.split(",") for line in text.splitlines()[1:])
