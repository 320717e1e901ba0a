"""Which facts and resources are stations of the data flow, and what opens one to anybody."""

from __future__ import annotations

from typing import Any

import pytest

from deltas import delta_of
from scanner.delta.flow import exposures, flow
from scanner.diff import FactChange
from scanner.evidence.record import Thing
from worlds import change, plan

UNKNOWN = {"unknown": "known only after apply"}


def thing(kind: str, id_: str = "x", **facts: Any) -> Thing:
    return Thing(id=id_, kind=kind, type="", provider_type="t", name="", account="", region="", facts=facts)


@pytest.mark.parametrize(
    ("one", "about", "opens"),
    [
        (thing("entrypoint", public=True), "entry points", True),
        (thing("entrypoint", public=False, authenticated=True), "entry points", False),
        (thing("entrypoint", public=UNKNOWN), "entry points", False),
        (thing("model", operator="third_party"), "models and agents", False),
        (thing("agent"), "models and agents", False),
        (thing("store", data=["prompt"]), "stores of data", False),
        (thing("store", data=UNKNOWN), "stores of data", False),
        (thing("store", data=[], public=True), "exposure", True),
        (thing("network", open=True), "exposure", True),
        (thing("secret", open=True), "exposure", True),
        (thing("audit_trail"), "logs and alarms", False),
        (thing("alarm"), "logs and alarms", False),
    ],
)
def test_stations(one: Thing, about: str, opens: bool) -> None:  # noqa: FBT001
    (new,) = flow([one], [], [], {})
    (gone,) = flow([], [one], [], {})
    assert (new.about, new.how, new.opens) == (about, "new", opens)
    assert (gone.about, gone.how, gone.opens) == (about, "gone", False)


@pytest.mark.parametrize(
    "one", [thing("store", data=[]), thing("network", open=False), thing("key"), thing("account", public=True)]
)
def test_what_holds_nothing_and_lets_nobody_in_is_no_station(one: Thing) -> None:
    assert flow([one], [one], [], {}) == []
    assert exposures(one) == []


@pytest.mark.parametrize(
    ("kind", "fact", "before", "after", "found"),
    [
        ("store", "public", False, True, ("exposure", True)),
        ("store", "public", True, False, ("exposure", False)),
        ("entrypoint", "authenticated", True, False, ("exposure", True)),
        ("network", "open_ports", [], ["tcp 22"], ("exposure", False)),
        ("store", "data", ["prompt"], ["prompt", "upload"], ("stores of data", False)),
        ("audit_trail", "text_delivered", True, False, ("logs and alarms", False)),
        ("compute", "calls_models", False, True, ("models and agents", False)),
        ("store", "access_logged", True, False, ("logs and alarms", False)),
        ("store", "versioned", True, False, None),
        ("store", "public", UNKNOWN, True, None),
        ("store", "public", False, UNKNOWN, None),
        ("account", "data", [], ["prompt"], None),
    ],
)
def test_facts(kind: str, fact: str, before: Any, after: Any, found: tuple[str, bool] | None) -> None:
    told = flow([], [], [FactChange("x", kind, fact, before, after)], {(kind, "x"): thing(kind)})
    assert [(one.about, one.opens) for one in told] == ([found] if found else [])


def test_what_opens_stands_first_in_its_part() -> None:
    facts = [FactChange(id_, "store", "public", before, not before) for id_, before in (("a", True), ("b", False))]
    told = flow([thing("model")], [], facts, {("store", id_): thing("store", id_) for id_ in "ab"})
    assert [(one.about, one.thing.id) for one in told] == [
        ("exposure", "b"),
        ("exposure", "a"),
        ("models and agents", "x"),
    ]


def test_not_everything_is_new_beside_what_no_inspector_reads() -> None:
    vpc = {"cidr_block": "10.0.0.0/16", "id": "vpc-1"}
    new = change("aws_kms_key.k", {"enable_key_rotation": True})
    assert not delta_of(plan(new, change("aws_vpc.v", vpc, before=vpc, actions=["no-op"]))).fresh
    assert delta_of(plan(new)).fresh
