"""JSON that others may build on; its schema is versioned and published in scanner/data/trustscan-1.schema.json."""

from __future__ import annotations

from collections import Counter
from typing import Any, TextIO

import msgspec

from scanner.findings import Finding, Run
from scanner.mapping import mapping
from scanner.model import Gap, Origin
from scanner.paths import relative
from scanner.redact import json_text
from scanner.reports.text import calls, criteria_of

SCHEMA = "trustscan/1"
"""Name and major version: keys may be added under it, none is taken away or changes its meaning."""


def write(run: Run, out: TextIO) -> None:
    """Write a run as one JSON document."""
    document = {
        "schema": SCHEMA,
        "tool": run.tool,
        "summary": _summary(run),
        "findings": [_finding(finding) for finding in run.findings],
        "gaps": [_gap(gap) for gap in run.gaps],
        "others": [msgspec.to_builtins(other) for other in run.others],
        "disagreements": [one for finding in run.findings for one in _disagreements(finding)],
    }
    out.write(json_text(document))
    out.write("\n")


def _summary(run: Run) -> dict[str, Any]:
    counts = Counter(finding.status.value for finding in run.findings)
    return {
        "inputs": list(run.inputs),
        "resources": run.resources,
        "controls": len(run.controls),
        "pass": counts["pass"],
        "fail": counts["fail"],
        "unknown": counts["unknown"],
        "waived": sum(finding.waiver is not None for finding in run.findings),
        "baseline": sum(finding.baseline for finding in run.findings),
        "gaps": len(run.gaps),
        "criteria": criteria_of(run),
        "notes": list(run.notes),
        "expired": list(run.expired),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    waiver = finding.waiver
    return {
        "id": finding.id,
        "control": finding.control,
        "subject": finding.subject,
        "status": finding.status.value,
        "waiver": None if waiver is None else msgspec.to_builtins(waiver),
        "baseline": finding.baseline,
        "severity": finding.severity,
        "criteria": list(finding.criteria),
        "tool": finding.tool or None,
        "also": [{"tool": opinion.tool, "check": opinion.check} for opinion in finding.also],
        "message": finding.message,
        "reason": finding.reason,
        "fix": finding.fix,
        "path": list(finding.path),
        "change": finding.change,
        "location": _location(finding.origin) if finding.origin.file else None,
        "completed": [msgspec.to_builtins(one) for one in finding.completed],
    }


def _location(origin: Origin) -> dict[str, Any]:
    return {
        "file": relative(origin.file),
        "line": max(origin.line, 1),
        "end": origin.end or None,
        "attribute": origin.attribute or None,
        "attribute_line": origin.attribute_line or None,
        "attribute_end": origin.attribute_end or None,
        "called": [{"file": relative(file), "line": line} for file, line in calls(origin)],
    }


def _disagreements(finding: Finding) -> list[dict[str, Any]]:
    return [
        {
            "finding": finding.id,
            "control": finding.control,
            "subject": finding.subject,
            "status": finding.status.value,
            "reason": finding.reason,
            "tool": opinion.tool,
            "check": opinion.check,
            "says": opinion.says.value,
            "note": known.note if (known := mapping(opinion.tool).get(opinion.check)) else "",
        }
        for opinion in finding.against
    ]


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "scope": gap.scope,
        "kinds": list(gap.kinds),
        "hides": list(gap.hides),
        "facts": list(gap.facts),
        "reason": gap.reason,
        "call": gap.call,
        "account": gap.account,
        "regions": gap.region.split(),
    }
