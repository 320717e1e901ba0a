"""Laws that hold for every world: learning more never overturns a verdict, order does not matter."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner import engine
from scanner.expr import Condition
from scanner.findings import Status
from scanner.hcl.values import Unfinished
from scanner.kinds import KINDS, TIERS, AuditTrail, Flow, Grant, Identity, Region, Store
from scanner.model import Resource, Statement, Unknown, World, fact_names
from scanner.policy import EachCheck
from worlds import POLICIES

HOWS = ("sends_to", "invokes", "reads_from", "replicates_to", "logs_to", "deletes")
LEVELS = ("read", "write", "delete", "decrypt", "invoke", "admin")
UNSEEN = Unknown("not seen")
VALUES: dict[Any, list[Any]] = {
    bool: [True, False],
    int: [0, 1, 30, 400],
    tuple[str, ...]: [(), ("transcript",), ("telemetry",), ("config", "upload")],
}
WORDS = sorted(
    {word for p in POLICIES for e in p.examples for r in (*e.world.resources, *e.world.statements)
     for name in fact_names(type(r)) if isinstance(word := getattr(r, name), str)} | {"", "customer", "provider"}
)  # fmt: skip


def _known_type(hint: Any) -> Any:
    options = [option for option in getattr(hint, "__args__", (hint,)) if option is not Unknown]
    return hint if hint in VALUES else options[0]


def _open_facts(kind: type[Resource]) -> dict[str, Any]:
    """Facts that may be unknown, with their types."""
    hints = get_type_hints(kind)
    may_be_unknown = {f.name for f in fields(kind) if "Unknown" in str(hints[f.name])}
    return {
        n: _known_type(hints[n])
        for n in fact_names(kind)
        if n in may_be_unknown and _known_type(hints[n]) in {*VALUES, str}
    }


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, World]:
    """One world known in full, and the same with some facts not seen."""
    known: list[Resource] = []
    vague: list[Resource] = []
    for i in range(draw(st.integers(1, 5))):
        kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
        common: dict[str, Any] = {"id": f"r{i}", "type": draw(st.sampled_from(WORDS))}
        if kind is Statement:
            common |= {"policy": f"p{draw(st.integers(0, 1))}"}
        if kind is Grant:
            ids = st.lists(st.sampled_from([f"r{i}" for i in range(5)]), max_size=3, unique=True).map(tuple)
            common |= {"policy": f"p{draw(st.integers(0, 1))}", "definite": draw(st.booleans())}
            common |= {"level": draw(st.sampled_from(LEVELS)), "identities": draw(ids), "resources": draw(ids)}
        if kind is Flow:
            ends = st.sampled_from([f"r{i}" for i in range(5)])
            common |= {"source": draw(ends), "target": draw(ends), "how": draw(st.sampled_from(HOWS))}
            common |= {"tier": draw(st.sampled_from(TIERS))}
        full = {name: draw(st.sampled_from(VALUES.get(type_, WORDS))) for name, type_ in _open_facts(kind).items()}
        if kind is Statement:
            full["effect"] = draw(st.sampled_from(["Allow", "Deny"]))
        known.append(kind.of(**common, **full))
        vague.append(kind.of(**common, **{n: UNSEEN if draw(st.booleans()) else v for n, v in full.items()}))
    return _world(known), _world(vague)


def _world(items: list[Resource]) -> World:
    return World(
        resources=tuple(i for i in items if not isinstance(i, Statement | Grant | Flow)),
        flows=tuple(i for i in items if isinstance(i, Flow)),
        statements=tuple(i for i in items if isinstance(i, Statement)),
        grants=tuple(i for i in items if isinstance(i, Grant)),
        complete=frozenset(KINDS),
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds())
def test_learning_more_never_overturns_a_verdict(pair: tuple[World, World]) -> None:
    known, vague = pair
    final = {(f.control, f.subject): f.status for f in engine.judge(POLICIES, known)}
    early = {(f.control, f.subject): f.status for f in engine.judge(POLICIES, vague)}
    # What a flow that is only possible would bring stays open however much is known.
    assert known.flows or Status.UNKNOWN not in final.values()
    scopes = {"account", "region"}
    for (control, subject), status in early.items():
        if status is Status.FAIL:
            assert final.get((control, subject)) is Status.FAIL
        if status is Status.PASS and not any(r.id == subject and r.kind in scopes for r in known.resources):
            assert final.get((control, subject), Status.PASS) is Status.PASS


@settings(max_examples=100, deadline=None)
@given(worlds(), st.randoms())
def test_the_order_of_resources_does_not_matter(pair: tuple[World, World], order: random.Random) -> None:
    _, world = pair
    shuffled = list(world.resources)
    order.shuffle(shuffled)
    one = {(f.control, f.subject, f.status) for f in engine.judge(POLICIES, world)}
    other = {
        (f.control, f.subject, f.status) for f in engine.judge(POLICIES, replace(world, resources=tuple(shuffled)))
    }
    assert {o for o in one if o[2] is not Status.PASS} == {o for o in other if o[2] is not Status.PASS}


KLEENE = [
    ("store.versioned && store.encrypted", [(True, None, None), (False, None, False), (True, True, True)]),
    ("store.versioned || store.encrypted", [(True, None, True), (False, None, None), (False, False, False)]),
    ("!(store.versioned && !store.encrypted)", [(False, None, True), (None, None, None), (None, True, True)]),
]


@pytest.mark.parametrize(("text", "rows"), KLEENE, ids=[text for text, _ in KLEENE])
def test_conditions_are_kleenes(text: str, rows: list[tuple[bool | None, bool | None, bool | None]]) -> None:
    condition = Condition(text, Store)
    for versioned, encrypted, answer in rows:
        facts = {"versioned": versioned, "encrypted": encrypted}
        store = Store(id="s", **{n: UNSEEN if v is None else v for n, v in facts.items()})  # type: ignore[arg-type]
        assert condition(store) is answer


@pytest.mark.parametrize(("text", "rows"), KLEENE, ids=[text for text, _ in KLEENE])
@pytest.mark.parametrize("unknown", [UNSEEN, Unfinished("an expression", ())], ids=["unseen", "unfinished"])
def test_asked_of_many_at_once_a_condition_answers_as_of_each(
    text: str, rows: list[tuple[bool | None, bool | None, bool | None]], unknown: Unknown
) -> None:
    told = [{"versioned": versioned, "encrypted": encrypted} for versioned, encrypted, _ in rows]
    stores = [
        Store(id="s", **{name: unknown if v is None else v for name, v in facts.items()})  # type: ignore[arg-type]
        for facts in told
    ]
    assert Condition(text, Store).over(stores) == [answer for _, _, answer in rows]


def test_a_fact_has_one_type_in_every_kind() -> None:
    types: dict[str, set[Any]] = {}
    for kind in KINDS.values():
        hints = get_type_hints(kind)
        for name in fact_names(kind):
            types.setdefault(name, set()).add(_known_type(hints[name]))
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_fact_may_be_asked_about(kind: type[Resource]) -> None:
    hints = get_type_hints(kind)
    for name in fact_names(kind):
        type_ = _known_type(hints[name])
        text = {bool: f"{kind.kind}.{name}", str: f"{kind.kind}.{name} == 'x'", int: f"{kind.kind}.{name} > 3"}.get(
            type_, f"{kind.kind}.{name}.exists(i, i == 'x')"
        )
        if type_ in {bool, str, int, tuple[str, ...]}:
            assert Condition(text, kind).reads == (name,)


def _people(control: str, **more: Any) -> list[Status]:
    """Verdicts of a control over grants, where a person and a function may read transcripts."""
    (policy,) = [replace(p, checks=(GRANTED,)) for p in POLICIES if p.control.id == control]
    grant = Grant(id="g", policy="p", level="read", identities=("alice", "bot"), resources=("chats",), **more)
    people = (Identity(id="alice", human=True), Identity(id="bot", human=False))
    world = World(resources=(*people, Store(id="chats", data=("transcript",))), grants=(grant,))
    return [finding.status for finding in engine.judge([policy], world)]


GRANTED = EachCheck(
    kind=Grant,
    where=Condition("grant.level == 'read' && resource.data.exists(d, d == 'transcript')", Grant,
                    identity=Identity, resource=Resource),
    require=Condition("!identity.human", Grant, identity=Identity, resource=Resource),
)  # fmt: skip


def test_a_grant_is_judged_with_everyone_and_everything_it_is_about() -> None:
    assert _people("store-encrypted") == [Status.FAIL]


def test_a_grant_that_is_only_possible_is_no_failure() -> None:
    assert _people("store-encrypted", definite=False, reason="a condition") == [Status.UNKNOWN]


def _logging(
    *, uses_models: bool | Unknown, type_: str | Unknown, text: bool | Unknown, region: str = "r"
) -> list[str]:
    """Verdicts on one region and one record of model invocations in it."""
    (control,) = [p for p in POLICIES if p.control.id == "model-invocations-logged"]
    trail = AuditTrail.of(id="t", type=type_, region=region, text_delivered=text, destination_encrypted=True)
    scope = Region(id="scope", region="r", uses_models=uses_models)
    return [f.status.value for f in engine.judge([control], World(resources=(scope, trail)))]


def test_a_scope_or_candidate_that_may_not_count_decides_nothing() -> None:
    record = "model_invocations"
    assert _logging(uses_models=True, type_=record, text=True) == ["pass"]
    assert _logging(uses_models=True, type_=record, text=False) == ["fail"]
    assert _logging(uses_models=False, type_=record, text=False) == []
    assert _logging(uses_models=UNSEEN, type_=record, text=False) == ["unknown"]
    assert _logging(uses_models=True, type_=record, text=True, region="") == ["unknown"]
    assert _logging(uses_models=True, type_=UNSEEN, text=True) == ["unknown"]
    assert _logging(uses_models=True, type_=UNSEEN, text=False) == ["unknown"]
    assert _logging(uses_models=True, type_=record, text=True, region="other") == ["unknown"], "none in this plan"
