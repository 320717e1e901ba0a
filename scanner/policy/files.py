"""The form of a control's file."""

from __future__ import annotations

import difflib
import re
from typing import Any, Literal

import msgspec


class CheckFile(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """What is judged; which keys go together, the loader says."""

    each: str
    require: str | None = None
    where: str | None = None
    has: str | None = None
    among: str | None = None
    from_: dict[str, str | bool] | None = None
    to: dict[str, str | bool] | None = None
    carrying: list[str] | None = None
    through: dict[str, str | bool] | None = None
    every_hop: dict[str, str | bool] | None = None
    never: bool | None = None


class FixFile(msgspec.Struct, forbid_unknown_fields=True):
    """How a failure is mended, and Terraform that does it."""

    text: str
    aws: str = ""
    gcp: str = ""
    azure: str = ""


class ExampleFile(msgspec.Struct, forbid_unknown_fields=True):
    """A small world: resources by id, and flows by `source -> target`."""

    name: str
    resources: dict[str, dict[str, Any]]
    flows: dict[str, dict[str, Any]] = {}


class ExamplesFile(msgspec.Struct, forbid_unknown_fields=True, rename={"pass_": "pass"}):
    """Examples of each verdict."""

    pass_: list[ExampleFile]
    fail: list[ExampleFile]
    unknown: list[ExampleFile]


class ControlFile(msgspec.Struct, forbid_unknown_fields=True):
    """One control."""

    id: str
    title: str
    criteria: list[str]
    requirements: list[str]
    severity: Literal["critical", "high", "medium", "low", "info"]
    risk: str
    objective: str
    activity: str
    owner: str
    frequency: str
    evidence: str
    check: CheckFile | list[CheckFile]
    message: str
    fix: FixFile
    examples: ExamplesFile


def with_suggestion(message: str) -> str:
    """Say which key may have been meant, where a message is about one that there is not."""
    wrong = re.search(r"unknown field `([^`]+)`", message)
    if not wrong:
        return message
    known = [*ControlFile.__struct_encode_fields__, *CheckFile.__struct_encode_fields__]
    near = difflib.get_close_matches(wrong[1], known, 1)
    return message.replace(wrong[0], f"unknown key {wrong[1]!r}" + (f", {near[0]!r}?" if near else ""), 1)
