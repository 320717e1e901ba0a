"""What stands at the end of a flow and was not read itself: judged by what flows tell of it, and by nothing else."""

from __future__ import annotations

from scanner import engine
from scanner.findings import Status
from scanner.graph.steps import told_way
from scanner.kinds import Flow, Store
from scanner.model import World
from worlds import POLICIES

STREAM = Store(id="stream", type="stream", data=("prompt",), may_hold=("prompt", "telemetry"))


def _verdicts(drawn: frozenset[str]) -> dict[str, Status]:
    found = engine.judge(POLICIES, World(resources=(STREAM,), drawn=drawn))
    return {finding.control: finding.status for finding in found if finding.subject == "stream"}


def test_only_what_flows_tell_is_judged() -> None:
    read, drawn = _verdicts(frozenset()), _verdicts(frozenset({"stream"}))
    assert drawn == {control: status for control, status in read.items() if control in drawn}
    assert {control for control, status in drawn.items() if status is not Status.UNKNOWN} == {
        control for control, status in read.items() if status is not Status.UNKNOWN
    }
    assert "store-encrypted" in read
    assert "store-encrypted" not in drawn


def test_evidence_names_no_resource_that_stands_beside_it() -> None:
    flows = (
        Flow(id="f", source="a", target="b", how="sends_to", rule="r", attribute="a.uri"),
        Flow(id="g", source="b", target="c", how="logs_to", rule="s", attribute="other.log"),
        Flow(id="h", source="c", target="d", how="sends_to", rule="t", attribute="c"),
    )
    assert told_way(flows) == (
        "a",
        "sends_to (declared, r, uri)",
        "b",
        "logs_to (declared, s, other.log)",
        "c",
        "sends_to (declared, t)",
        "d",
    )
