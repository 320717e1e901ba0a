"""Policies whose text AWS itself maintains: their statements, and which allow a whole service or reach everything."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

from scanner.clouds.aws.iam.policydoc import Document, parse
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


def document(name: str) -> Document | Unknown:
    """Statements of an AWS managed policy, without their names."""
    text = _texts(_part_of(name)).get(name)
    if text is None:
        return Unknown(f"what the AWS managed policy {name} allows is not known here")
    return parse(text, name)


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


def _part_of(name: str) -> str:
    """The part of the archive that has a policy: each is called by the first of those in it, which are in order."""
    parts = _archive().namelist()
    return parts[max(bisect_right(parts, name) - 1, 0)]


@lru_cache(maxsize=16)
def _texts(part: str) -> dict[str, str]:
    """JSON texts by name, made by fixtures/managed_policies.py: a line each."""
    lines = _archive().read(part).decode().splitlines()
    return {name: text for name, _, text in (line.partition(" ") for line in lines)}


@cache
def _archive() -> ZipFile:
    return ZipFile(BytesIO(files("scanner.data").joinpath("aws_managed_policies.zip").read_bytes()))
