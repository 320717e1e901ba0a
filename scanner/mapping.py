"""What the checks of other scanners mean here: scanner/data/<tool>.yaml, each check read before it was mapped."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec

from scanner.criteria import criteria
from scanner.errors import ConfigError
from scanner.yamlfile import YamlError, convert, parse

TOOLS = ("checkov", "trivy", "tf-nag")
"""Scanners whose results are read."""

_Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]


class Mapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check of another scanner."""

    title: str
    """What it asks for, in our own words."""

    criteria: tuple[str, ...]
    """Ids of the criteria it serves; never empty."""

    severity: _Severity
    """Of what only that scanner found."""

    control: str = ""
    """Our control that means the same; empty where there is none."""

    types: tuple[str, ...] = ()
    """Terraform types for which it means the same as the control; every type where none is named."""

    part: bool = False
    """Whether it asks for a part of the control alone: its FAIL is the control's; its PASS says nothing of the
    rest, and whoever skips it waives no more than it."""

    note: str = ""
    """What a reader of both verdicts must know: where it asks for more or less, or is wrong in plans."""


@cache
def mapping(tool: str) -> Mapping[str, Mapped]:
    """Every mapped check of a scanner by its id; none for a scanner without a file.

    Raises ConfigError for a file that is not valid.
    """
    file = files("scanner") / "data" / f"{tool}.yaml"
    if tool not in TOOLS or not file.is_file():
        return {}
    return read(f"scanner/data/{tool}.yaml", file.read_text(encoding="utf-8"))


def read(name: str, text: str) -> Mapping[str, Mapped]:
    """Read one file of mapped checks.

    Raises ConfigError for one that is not valid: a key there is not, a criterion there is not, none at all.
    """
    try:
        document = parse(name, text)
        checks: dict[str, Mapped] = convert(document, dict[str, Mapped])
    except YamlError as error:
        raise ConfigError(str(error)) from None
    for id_, check in checks.items():
        strange = sorted(set(check.criteria) - criteria().keys())
        if strange or not check.criteria:
            said = f"there is no criterion {strange[0]!r}" if strange else "a check needs a criterion"
            raise ConfigError(document.show(said, f"$.{id_}.criteria"))
    return checks
