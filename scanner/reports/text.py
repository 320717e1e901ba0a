"""Text that is safe and the same in every format, and how findings are grouped for a reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from os.path import commonprefix

from scanner.model import SEVERITIES, Control, Finding, Gap, Run, Status
from scanner.redact import visible

__all__ = ["visible"]

_SHORTEST_SENSE = 12
_ADDRESS = r"(?:module\.|data\.|arn:|[a-z0-9]+_[a-z0-9_]+\.)[^\s,;]+"
_ADDRESSES = re.compile(rf"{_ADDRESS}(?:, {_ADDRESS})*")
_CLOUDS = {"aws": "aws", "google": "gcp", "azurerm": "azure", "azuread": "azure", "azapi": "azure"}


def rank(finding: Finding) -> tuple[int, str]:
    """Order of findings: the gravest first, then by control; findings of one control keep theirs."""
    return SEVERITIES.index(finding.severity), finding.control


def counted(finding: Finding, status: Status) -> bool:
    """Whether a finding has this status and nobody has accepted it: neither waived nor in the baseline."""
    return finding.status is status and finding.waiver is None and not finding.baseline


def by_control(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Findings by control, the gravest control first."""
    groups: dict[str, list[Finding]] = {}
    for finding in sorted(findings, key=rank):
        groups.setdefault(finding.control, []).append(finding)
    return groups


def by_reason(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    """Findings that share a reason, the gravest first.

    What a reason says of its own subject is `it`; reasons that differ only in the resources they name are one.
    """
    groups: dict[str, list[Finding]] = {}
    reasons: dict[str, set[str]] = {}
    for finding in sorted(findings, key=rank):
        reason = _it(finding.reason, finding.subject) or "no reason is given"
        alike = _ADDRESSES.sub("...", reason)
        groups.setdefault(alike, []).append(finding)
        reasons.setdefault(alike, set()).add(reason)
    return [(reasons[alike].pop() if len(reasons[alike]) == 1 else alike, group) for alike, group in groups.items()]


def gaps_by_reason(gaps: Iterable[Gap]) -> list[tuple[str, list[str]]]:
    """Scopes of the gaps that share a reason; those most often met first."""
    groups: dict[str, list[str]] = {}
    for gap in gaps:
        groups.setdefault(gap.reason, []).append(gap.scope)
    return sorted(groups.items(), key=lambda item: -len(item[1]))


def sense(finding: Finding) -> str:
    """What a finding's message says, without naming its subject: the same for all subjects of a control."""
    text = _it(finding.message, finding.subject).removeprefix("it: ")
    return text[:1].upper() + text[1:]


def shared_sense(findings: Sequence[Finding]) -> str:
    """What the messages of a control's findings have in common, empty where that is too little to say."""
    says = list(dict.fromkeys(sense(finding) for finding in findings))
    if len(says) == 1:
        return says[0]
    start = commonprefix(says)  # noqa: RUF071 - sentences, not paths
    start = start[: max(0, *map(start.rfind, ":(;,"))]
    if start.count("(") > start.count(")"):
        start = start[: start.rfind("(")]
    start = start.rstrip()
    return start if len(start) > _SHORTEST_SENSE else ""


def _it(text: str, subject: str) -> str:
    """Text with the subject as `it`; a longer name that begins with the subject's is another's, and stays."""
    return re.sub(rf"(?<![\w/:.-]){re.escape(subject)}(?![\w/*-]|[:.\[]\S)", "it", text) if subject else text


def why(finding: Finding) -> str:
    """The reason with the finding's own subject as `it`, else what its message says."""
    return _it(finding.reason, finding.subject) or sense(finding)


def reason_of(finding: Finding) -> str:
    """Why, in words; a control's own message where the facts need no explaining."""
    return finding.reason or _it(finding.message, finding.subject)


def place(finding: Finding) -> str:
    """`file:line` of the block, empty where it is not known."""
    origin = finding.origin
    return f"{origin.file}:{origin.line}" if origin.file and origin.line else origin.file


def snippets(control: Control, findings: Iterable[Finding]) -> list[str]:
    """Terraform that mends `findings`, one text for each of their clouds."""
    clouds = dict.fromkeys(_CLOUDS.get(f.origin.type.partition("_")[0], "") for f in findings)
    found = [control.snippets[cloud] for cloud in clouds if cloud in control.snippets]
    return [text.rstrip("\n") for text in found or list(control.snippets.values())[:1]]


def severities(findings: Iterable[Finding]) -> str:
    """Counts by severity, the gravest first: `2 critical, 4 high`."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])


def criteria_of(run: Run) -> list[str]:
    """Ids of the criteria that anything was judged under."""
    return sorted({criterion for finding in run.findings for criterion in finding.criteria})


def plural(count: int, noun: str) -> str:
    """`1 resource`, `2 resources`."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def few(names: Sequence[str], most: int) -> tuple[list[str], int]:
    """The first `most` different names and how many are left out; never leaves out only one."""
    unique = list(dict.fromkeys(names))
    return (unique, 0) if len(unique) <= most + 1 else (unique[:most], len(unique) - most)
