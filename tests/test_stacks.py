"""Two whole chatbots, planned by real terraform: one sound, one with a fault of every kind, listed by hand."""

from __future__ import annotations

from functools import cache

import yaml

from scanner import config
from scanner.findings import Run, Status
from worlds import FIXTURES, POLICIES, asks_only_accounts, scan

STACKS = FIXTURES / "stacks"


@cache
def _scanned(name: str) -> Run:
    settings = STACKS / name / config.DEFAULT_NAME
    made = config.load(settings) if settings.is_file() else config.Config()
    return scan((STACKS / name / "plan.json").read_bytes(), config=made)


def test_the_leaky_stack_fails_exactly_where_its_faults_are() -> None:
    faults = yaml.safe_load((STACKS / "leaky" / "faults.yaml").read_text())
    wanted = {(fault["control"], fault["subject"]) for fault in faults}
    found = {(f.control, f.subject) for f in _scanned("leaky").findings if f.status is Status.FAIL}
    assert sorted(wanted - found) == [], "faults that were missed"
    assert sorted(found - wanted) == [], "failures that are no faults"


def test_every_control_fails_somewhere_in_the_leaky_stack_and_passes_somewhere_in_the_sound_one() -> None:
    ids = {p.control.id for p in POLICIES if not asks_only_accounts(p)}
    failed = {f.control for f in _scanned("leaky").findings if f.status is Status.FAIL}
    assert failed == ids
    decided = {f.control for f in _scanned("sound").findings if f.status is Status.PASS}
    asked_of_users = {"agent-irreversible-actions-confirmed", "ai-changed-by-few", "store-retention-as-scheduled"}
    assert ids - decided <= asked_of_users, "needs the user's own classification, limit or schedule"


def test_the_sound_stack_has_no_failure_and_every_unknown_says_why() -> None:
    findings = _scanned("sound").findings
    assert [(f.control, f.subject, f.reason) for f in findings if f.status is Status.FAIL] == []
    assert [(f.control, f.subject) for f in findings if f.status is Status.UNKNOWN and len(f.reason) < 20] == []


def test_a_fresh_plan_brings_all_its_failures_but_those_of_settings() -> None:
    failed = [f for f in _scanned("leaky").findings if f.status is Status.FAIL]
    assert {f.change for f in failed if f.origin.source != "settings"} == {"brings"}
    assert {f.change for f in failed if f.origin.source == "settings"} == {None}
