"""What other scanners say of resources, in one form, and how much of it there was.

Nothing of the code or the values they read is carried on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Says(StrEnum):
    """What a scanner says of one resource."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check's word on one resource."""

    check: str
    """Id of the check, such as CKV_AWS_7."""

    says: Says
    title: str = ""
    """What the check is called there."""

    address: str = ""
    """Terraform address with its keys; empty where it is not told."""

    file: str = ""
    line: int = 0
    last: int = 0
    """Source file with its first and last line; empty and 0 where they are not told."""

    comment: str = ""
    """Why it is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything one scanner said in one run."""

    tool: str
    """checkov, trivy or tf-nag."""

    version: str
    where: str
    """The file it was read from, or the plan the scanner was given."""

    results: tuple[Result, ...]
    plan: str = ""
    """The plan the scanner was given, where trustscan gave it; only findings of that plan are meant."""

    sha256: str = ""
    """Of what the scanner wrote."""

    notes: tuple[str, ...] = ()
    """What a reader must know: another version than the one read here, a file it could not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """What another scanner says by a check that no criterion is mapped to: told, and never counted."""

    check: str
    title: str
    subject: str
    says: str
    """fail, unknown or skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another scanner whose results were taken in, and how many of each."""

    tool: str
    version: str
    where: str
    """The file its results were read from, or the plan it was given."""

    passed: int
    failed: int
    unknown: int
    skipped: int
    unmapped: tuple[Unmapped, ...]
