"""Text that is safe and the same in every format, and how findings are grouped for a reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from os.path import commonprefix

from scanner.findings import SEVERITIES, Control, Finding, Opinion, Run, Status, Waiver
from scanner.mapping import mapping
from scanner.model import Gap, Origin
from scanner.paths import relative
from scanner.redact import visible

__all__ = ["visible"]

_SHORTEST_SENSE = 12
_LONGEST_REASON = 300
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
    # An id keeps its letters: of a flow, a message may begin with that of one of its ends.
    first = text.partition(" ")[0]
    word = first.replace("-", "").replace("'", "").rstrip(".,;").isalpha() and first not in finding.subject.split()
    return text[:1].upper() + text[1:] if word else text


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
    """`file:line` of what a finding is about, empty where it is not known."""
    file, first = relative(finding.origin.file) if finding.origin.file else "", lines(finding.origin)[0]
    return f"{file}:{first}" if file and first else file


def calls(origin: Origin) -> list[tuple[str, int]]:
    """File, as the run has it, and line of each module block that leads to a finding's block, from the root down."""
    split = (one.rpartition(":") for one in origin.called)
    return [(file, int(line)) for file, _, line in split]


def lines(origin: Origin) -> tuple[int, int]:
    """First and last line of what a finding is about: the attribute, else its block; 0 where they are not known."""
    if origin.attribute_line:
        return origin.attribute_line, max(origin.attribute_line, origin.attribute_end)
    return origin.line, max(origin.line, origin.end)


def snippets(control: Control, findings: Iterable[Finding]) -> list[str]:
    """Terraform that mends `findings`, one text for each of their clouds."""
    clouds = dict.fromkeys(_CLOUDS.get(f.origin.type.partition("_")[0], "") for f in findings)
    found = [control.snippets[cloud] for cloud in clouds if cloud in control.snippets]
    return [text.rstrip("\n") for text in found or list(control.snippets.values())[:1]]


def severities(findings: Iterable[Finding]) -> str:
    """Counts by severity, the gravest first: `2 critical, 4 high`."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])


def accepted(waiver: Waiver) -> str:
    """Until when, at whose wish, by whom and why a risk was accepted; another scanner's comment has no end."""
    ticket, reason = f" ({waiver.ticket})" if waiver.ticket else "", agreed(waiver)
    asked = f"the {waiver.requester} at {waiver.where}" if waiver.where else waiver.requester
    if not waiver.expires:
        return f"by {asked if waiver.where else f'a {asked}'}, without an end: {reason}{ticket}"
    return f"until {waiver.expires}, asked for by {asked}, approved by {waiver.approver}: {reason}{ticket}"


def agreed(waiver: Waiver) -> str:
    """Why a risk was accepted, cut where it is long: whole it stands in JSON."""
    return waiver.reason if len(waiver.reason) <= _LONGEST_REASON else f"{waiver.reason[:_LONGEST_REASON]}..."


def named(opinions: Iterable[Opinion]) -> str:
    """Other scanners and their checks: `checkov CKV_AWS_7 CKV_AWS_9, tf-nag AwsSolutions-KMS5`."""
    checks: dict[str, list[str]] = {}
    for opinion in opinions:
        checks.setdefault(opinion.tool, []).append(opinion.check)
    return ", ".join(f"{tool} {' '.join(ids)}" for tool, ids in checks.items())


def otherwise(finding: Finding) -> str:
    """Which other scanners say something else, and what: a guess where nothing decides it."""
    says = "guesses" if finding.status is Status.UNKNOWN else "says"
    verdicts = dict.fromkeys(opinion.says for opinion in finding.against)
    told = ((verdict, [o for o in finding.against if o.says is verdict]) for verdict in verdicts)
    return "; ".join(f"{named(opinions)} {says} {verdict.value.upper()}" for verdict, opinions in told)


def disagreements(run: Run) -> list[tuple[str, str, list[Finding]]]:
    """Findings that other scanners see otherwise: what they say, our reason, and the findings that share both."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted((f for f in run.findings if f.against), key=rank):
        groups.setdefault((finding.control, otherwise(finding)), []).append(finding)
    return [(said, reason, alike) for (_, said), group in groups.items() for reason, alike in by_reason(group)]


def explained(findings: Sequence[Finding]) -> str:
    """What is known of the checks that see `findings` otherwise: where they ask for more or less, or are wrong."""
    opinions = dict.fromkeys((o.tool, o.check) for finding in findings for o in finding.against)
    notes = {check: known.note for tool, check in opinions if (known := mapping(tool).get(check)) and known.note}
    return "; ".join(f"{check} {note}" for check, note in notes.items())


def heard(run: Run) -> list[tuple[str, str]]:
    """Each other scanner, and what came of its results."""
    return [(tool, _heard(run, tool)) for tool in dict.fromkeys(other.tool for other in run.others)]


def _heard(run: Run, tool: str) -> str:
    others = [other for other in run.others if other.tool == tool]
    versions = ", ".join(dict.fromkeys(other.version for other in others))
    failed = plural(sum(other.failed for other in others), "failure")
    agreed = sum(f.status is Status.FAIL and any(o.tool == tool for o in f.also) for f in run.findings)
    alone = sum(f.status is Status.FAIL and f.tool == tool for f in run.findings)
    against = sum(any(o.tool == tool for o in f.against) for f in run.findings)
    left = [one.check for other in others for one in other.unmapped if one.says == "fail"]
    unmapped = f"{plural(len(left), 'failure')} of {plural(len(set(left)), 'check')} that no criterion is mapped to"
    parts = [
        f"{versions}: {failed}, {plural(sum(other.passed for other in others), 'pass', 'passes')}",
        f"{plural(agreed, 'finding')} of ours shared" if agreed else "",
        f"{plural(alone, 'finding')} by its word alone" if alone else "",
        plural(against, "disagreement") if against else "",
        f"{unmapped}, not counted, in --format json" if left else "",
    ]
    return "; ".join(part for part in parts if part)


def judged(run: Run) -> str:
    """How much was judged, by how many controls and under how many criteria."""
    criteria = f"{len(criteria_of(run))} SOC 2 criteria"
    if run.scanned == "results":
        return f"nothing: results of other scanners, under {criteria}"
    return f"{plural(run.resources, 'resource')}, {plural(len(run.controls), 'control')}, {criteria}"


def criteria_of(run: Run) -> list[str]:
    """Ids of the criteria that anything was judged under."""
    return sorted({criterion for finding in run.findings for criterion in finding.criteria})


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 resource`, `2 resources`; `many` where an s alone makes no plural."""
    return f"{count:,} {noun if count == 1 else many or f'{noun}s'}"


def few(names: Sequence[str], most: int) -> tuple[list[str], int]:
    """The first `most` different names and how many are left out; never leaves out only one."""
    unique = list(dict.fromkeys(names))
    return (unique, 0) if len(unique) <= most + 1 else (unique[:most], len(unique) - most)
