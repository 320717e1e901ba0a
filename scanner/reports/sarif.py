"""SARIF 2.1.0 for code scanning; the limits and the required parts are those GitHub documents for uploads.

A rule for what fails and, beside it, `<control>/unknown` for what was not decided: a rule has one severity, and what
nobody could judge must not be shown as a grave alert.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any, TextIO
from urllib.parse import quote

import msgspec

from scanner.findings import Control, Finding, Run, Status, Waiver
from scanner.model import Origin
from scanner.paths import repository, seen_from
from scanner.redact import json_text
from scanner.reports.text import (
    accepted,
    agreed,
    calls,
    disagreements,
    few,
    heard,
    lines,
    plural,
    rank,
    reason_of,
    sense,
    snippets,
    visible,
)

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
_SCORES = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.5", "info": "0.5"}
"""GitHub: above 9.0 critical, 7.0 high, 4.0 medium, above 0 low."""

MOST_RESULTS = 25_000
"""GitHub refuses a run with more."""

_SHOWN_RESULTS = 5_000
_MOST_TAGS = 10
_MOST_NOTES = 100
_LONGEST_TEXT = 1000


def write(run: Run, out: TextIO) -> None:
    """Write what fails and what was not decided as one SARIF run; passes are left out."""
    findings = sorted((f for f in run.findings if f.status is not Status.PASS), key=_order)
    kept = findings[:MOST_RESULTS]
    controls = {control.id: control for control in run.controls}
    ids = sorted({_rule_id(finding) for finding in kept})
    places = _Places(run.inputs)
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(run, [_rule(id_, controls, kept) for id_ in ids])},
                "invocations": [_invocation(run, len(findings))],
                "columnKind": "unicodeCodePoints",
                "automationDetails": {"id": f"trustscan/{run.scanned.removesuffix('s')}/"},
                "results": [_result(finding, ids.index(_rule_id(finding)), places) for finding in kept],
            }
        ],
    }
    out.write(json_text(document))
    out.write("\n")


def _order(finding: Finding) -> tuple[bool, tuple[int, str]]:
    return finding.status is Status.UNKNOWN, rank(finding)


def _rule_id(finding: Finding) -> str:
    return f"{finding.control}/unknown" if finding.status is Status.UNKNOWN else finding.control


def _driver(run: Run, rules: list[dict[str, Any]]) -> dict[str, Any]:
    name, _, version = run.tool.partition(" ")
    return {
        "name": name,
        "fullName": run.tool,
        "version": version or "0",
        "semanticVersion": version or "0",
        "rules": rules,
    }


def _rule(id_: str, controls: Mapping[str, Control], findings: Iterable[Finding]) -> dict[str, Any]:
    control_id, _, unknown = id_.partition("/")
    own = [finding for finding in findings if finding.control == control_id]
    control = controls.get(control_id)
    title = control.title if control else sense(own[0])
    text, markdown = _help(control, own)
    severity = own[0].severity
    tags = ["security", *(f"SOC2/{criterion}" for criterion in own[0].criteria)][:_MOST_TAGS]
    precision = "medium" if own[0].tool else "very-high"
    properties: dict[str, Any] = {"tags": tags, "precision": precision, "control": control_id}
    if unknown:
        title = f"Not decided: {title}"
        properties |= {"problem.severity": "recommendation", "tags": tags[1:]}
    else:
        properties["security-severity"] = _SCORES[severity]
    return {
        "id": id_,
        "name": "".join(part.capitalize() for part in id_.replace("/", "-").split("-")),
        "shortDescription": {"text": _sentence(title)},
        "fullDescription": {"text": _sentence(control.risk if control else title)},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": "note" if unknown else _LEVELS[severity]},
        "properties": properties,
    }


def _help(control: Control | None, findings: Sequence[Finding]) -> tuple[str, str]:
    fix = findings[0].fix
    if control is None:
        return fix, fix
    codes = snippets(control, findings)
    criteria = ", ".join(control.criteria)
    text = "\n\n".join([control.objective, fix, *codes, f"SOC 2 criteria: {criteria}"])
    fenced = [f"```terraform\n{code}\n```" for code in codes]
    return text, "\n\n".join(
        [control.objective, f"**Fix:** {fix}", *fenced, f"**Evidence:** {control.evidence}", f"SOC 2: {criteria}"]
    )


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    text = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _invocation(run: Run, results: int) -> dict[str, Any]:
    said = [("note", note) for note in run.notes] + [("warning", f"Expired: {line}") for line in run.expired]
    said += [("note", f"{tool} {text}") for tool, text in heard(run)]
    said += [("note", line) for line in _otherwise(run)]
    said += [("note", f"Not seen: {gap.scope}: {gap.reason}") for gap in run.gaps[:_MOST_TAGS]]
    if results > MOST_RESULTS:
        said.append(("warning", f"{plural(results - MOST_RESULTS, 'result')} of the lowest severity are left out."))
    if results > _SHOWN_RESULTS:
        said.append(("note", f"GitHub shows the first {_SHOWN_RESULTS:,} of {results:,} results, by severity."))
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [{"level": level, "message": {"text": _sentence(text)}} for level, text in said],
    }


def _otherwise(run: Run) -> list[str]:
    """What other scanners see otherwise; results hold no passes, so that it stands here."""
    groups = disagreements(run)
    lines = [_disagreement(*group) for group in groups[:_MOST_NOTES]]
    left = len(groups) - len(lines)
    return [*lines, f"{plural(left, 'more disagreement')}: --format json lists them all"] if left else lines


def _disagreement(said: str, reason: str, findings: Sequence[Finding]) -> str:
    first = findings[0]
    names, left = few([finding.subject for finding in findings], _MOST_TAGS)
    more = f" and {left:,} more" if left else ""
    verdict = f"the verdict stays {first.status.value.upper()}, as: {reason}"
    return visible(f"{said}, {first.control}: {verdict}. On {', '.join(names)}{more}")


def _result(finding: Finding, rule: int, places: _Places) -> dict[str, Any]:
    unknown = finding.status is Status.UNKNOWN
    verdict = f"Not decided: {finding.subject}" if unknown else finding.message
    reason = reason_of(finding) if unknown else finding.reason
    text = _sentence(verdict) + (f" {_sentence(reason)}" if reason and reason not in verdict else "")
    properties = {
        "control": finding.control,
        "status": finding.status.value,
        "severity": finding.severity,
        "subject": visible(finding.subject),
        "change": finding.change,
        "baseline": finding.baseline,
        "tool": finding.tool or None,
        "also": [f"{opinion.tool} {opinion.check}" for opinion in finding.also],
        "against": [f"{opinion.tool} {opinion.check}: {opinion.says.value}" for opinion in finding.against],
    }
    result: dict[str, Any] = {
        "ruleId": _rule_id(finding),
        "ruleIndex": rule,
        "level": "note" if unknown else _LEVELS[finding.severity],
        "message": {"text": visible(text)},
        "locations": [places.location(finding)],
        "partialFingerprints": {
            "trustscan/v1": finding.id,
            # GitHub tells alerts apart by this one: a plan's results all lie on its first line.
            "primaryLocationLineHash": f"{finding.id}:1",
        },
        "properties": properties,
    }
    called = list(places.calls(finding))
    if called:
        result["relatedLocations"] = called
    if finding.waiver is not None:
        result["suppressions"] = [_suppression(finding.waiver)]
    return result


def _suppression(waiver: Waiver) -> dict[str, Any]:
    in_source = bool(waiver.where) or not waiver.expires
    by = f"the {waiver.requester} at {waiver.where}" if waiver.where else waiver.requester
    said = f"{agreed(waiver)} (asked for by {by}, approved by {waiver.approver}, until {waiver.expires})"
    return {
        "kind": "inSource" if in_source else "external",
        "status": "accepted",
        "justification": visible(said if waiver.expires else accepted(waiver)),
        "properties": msgspec.to_builtins(waiver) | {"subject": visible(waiver.subject)},
    }


class _Places:
    """Where results lie: relative to the repository, never a path of one machine."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self._default = inputs[0] if inputs else "plan.json"
        self._root = repository()
        self._uris: dict[str, str] = {}

    def location(self, finding: Finding) -> dict[str, Any]:
        """A line of the source where it is known and lies in the repository, else the plan's first; the address."""
        origin = finding.origin
        source = self._uri(origin.file) if origin.file else ""
        return {
            "physicalLocation": {
                "artifactLocation": {"uri": source or self._plan(origin.plan or self._default)},
                **(_regions(origin) if source else {"region": {"startLine": 1}}),
            },
            "logicalLocations": [{"fullyQualifiedName": visible(finding.subject), "kind": "resource"}],
        }

    def calls(self, finding: Finding) -> Iterator[dict[str, Any]]:
        """The module blocks that lead to it."""
        for file, line in calls(finding.origin):
            if uri := self._uri(file):
                place = {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}
                yield {"message": {"text": "The module is called here."}, "physicalLocation": place}

    def _uri(self, file: str) -> str:
        """Empty for a file outside of the repository: whatever named it there would name another."""
        if file not in self._uris:
            self._uris[file] = quote(seen_from(self._root, file), safe="/", errors="replace")
        return self._uris[file]

    def _plan(self, name: str) -> str:
        """A plan's place; standard input and accounts have none, and keep their names."""
        root = self._root if os.path.lexists(name) else Path.cwd().resolve()
        return quote(seen_from(root, name) or PurePath(name).name, safe="/", errors="replace")


def _regions(origin: Origin) -> dict[str, Any]:
    """The lines a finding is about, and the block around them."""
    region, block = _region(*lines(origin)), _region(origin.line, origin.end)
    around = origin.attribute_line and origin.end and block != region
    return {"region": region} | ({"contextRegion": block} if around else {})


def _region(first: int, last: int) -> dict[str, int]:
    start = max(first, 1)
    return {"startLine": start} | ({"endLine": last} if last > start else {})
