"""What a scan concludes: controls, findings and the run that holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.foreign import Other
from scanner.model import Completed, Gap, Origin


class Status(StrEnum):
    """The verdict of one control on one subject."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


SEVERITIES = ("critical", "high", "medium", "low", "info")
"""Severities, the gravest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control's text: the chain an auditor follows, without the check itself."""

    id: str
    title: str
    area: str
    criteria: tuple[str, ...]
    requirements: tuple[str, ...]
    severity: str
    risk: str
    objective: str
    activity: str
    owner: str
    """Role that answers for it."""

    frequency: str
    evidence: str
    message: str
    fix: str
    snippets: Mapping[str, str]
    """Terraform that mends it, by cloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A risk somebody accepted for a while; the finding keeps its status and is shown."""

    control: str
    """Control id or glob."""

    subject: str
    """Subject or glob."""

    requester: str
    approver: str
    reason: str
    expires: str
    """Last day it holds, as YYYY-MM-DD; empty for what another scanner's comment accepts without an end."""

    ticket: str = ""
    where: str = ""
    """`file:line` of the comment in the source that says so; empty for one of a waivers file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What another scanner says of the same thing on the same subject."""

    tool: str
    check: str
    """Id of its check, such as CKV_AWS_7."""

    says: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one control concluded about one subject."""

    control: str
    subject: str
    status: Status
    severity: str
    criteria: tuple[str, ...]
    message: str
    reason: str
    fix: str
    path: tuple[str, ...] = ()
    change: str | None = None
    """What the plan does to a failure or to what is not decided: brings, keeps or resolves it."""

    waiver: Waiver | None = None
    baseline: bool = False
    """Whether an earlier run already had this failure."""

    origin: Origin = field(default=Origin(source="example"))

    tool: str = ""
    """The scanner whose word it is; empty where it is our own."""

    opinions: tuple[Opinion, ...] = ()
    """What other scanners say of it."""

    completed: tuple[Completed, ...] = ()
    """Attributes that the plan leaves open, that the sources tell, and that the verdict rests on."""

    @property
    def also(self) -> tuple[Opinion, ...]:
        """Other scanners that say the same."""
        return tuple(opinion for opinion in self.opinions if opinion.says is self.status)

    @property
    def against(self) -> tuple[Opinion, ...]:
        """Other scanners that say something else; the verdict stays ours."""
        return tuple(opinion for opinion in self.opinions if opinion.says is not self.status)

    @property
    def id(self) -> str:
        """Stable identity: made of control and subject, never of the scan."""
        return _identity(self.control, self.subject)

    @property
    def ids(self) -> frozenset[str]:
        """Its identity, and the one it had before its resource was moved."""
        return frozenset({self.id, _identity(self.control, self.origin.previous or self.subject)})


def _identity(control: str, subject: str) -> str:
    return hashlib.sha256(f"{control}\0{subject}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One scan and all it found; what every report is written from."""

    tool: str
    """Name and version."""

    inputs: tuple[str, ...]
    """Names of the plans or accounts scanned."""

    controls: tuple[Control, ...]
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    resources: int
    """Number of resources and statements judged."""

    notes: tuple[str, ...] = ()
    """What a reader must know of the input: partial, drifted, from state."""

    expired: tuple[str, ...] = ()
    """Waivers past their last day that would still cover something."""

    scanned: str = "plans"
    """What the inputs are: plans or accounts."""

    unplanned: tuple[str, ...] = ()
    """Inputs that are sources without a plan: what they tell is less certain."""

    others: tuple[Other, ...] = ()
    """Other scanners whose results were taken in."""
