"""Checks over ways: what they come to in small worlds, and laws that hold in every one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.expr import Condition
from scanner.graph.paths import Told, Ways
from scanner.kinds import TIERS, Actor, Compute, Flow, Model, Store
from scanner.model import Gap, Resource, Unknown, World
from scanner.policy import PathCheck

UNSEEN = Unknown("not seen")


def flow(source: str, target: str, **facts: Any) -> Flow:
    """A flow that carries prompts unless it is told otherwise."""
    how = facts.pop("how", "sends_to")
    given_ = {"data": ("prompt",), "rule": "test", **facts}
    return Flow.of(id=f"{source} -> {target} ({how})", source=source, target=target, how=how, **given_)


def condition(text: str, kind: type[Resource]) -> Condition:
    """A condition as the loader makes it."""
    return Condition(text, kind, **({"source": Resource, "target": Resource} if kind is Flow else {}))


def check(**more: Any) -> PathCheck:
    """From the internet to models that others run."""
    given_ = {
        "origins": {Actor: condition("true", Actor)},
        "targets": {Model: condition('model.operator == "third_party"', Model)},
        **more,
    }
    return PathCheck(**given_)


GUARDED = check(
    carrying=("prompt",),
    guards={
        Flow: condition('"redaction" in flow.guards', Flow),
        Store: condition("store.masks_personal_data", Store),
    },
)
NEVER = check()
HOPS = check(hops={Flow: condition("flow.encrypted", Flow), Store: condition("store.encrypted", Store)})
PEOPLE, API, CHAT = Actor(id="people"), Compute(id="api"), Compute(id="chat")
VENDOR = Model(id="vendor", operator="third_party")
NODES = (PEOPLE, API, CHAT, VENDOR)


def told(checked: PathCheck, flows: Iterable[Flow], *more: Resource, gaps: tuple[Gap, ...] = ()) -> dict[str, Told]:
    """What a check comes to, by subject."""
    nodes = {one.id: one for one in (*NODES, *more)}
    return {
        one.subject: one for one in Ways(World(resources=(*nodes.values(),), flows=(*flows,), gaps=gaps)).told(checked)
    }


def test_a_way_around_every_guard_fails_with_its_steps_and_the_smallest_cut() -> None:
    flows = (
        flow("people", "api", attribute="api.uri"),
        flow("api", "chat"),
        flow("chat", "vendor", tier="likely", reason="its role may"),
    )
    (found,) = told(GUARDED, flows).values()
    assert found == Told(
        "vendor", VENDOR, holds=False,
        reason="data gets here from people by 3 flows, at the weakest likely: its role may;"
        " smallest cut: people -> api (test)",
        path=("people", "sends_to (declared, test, uri)", "api", "sends_to (declared, test)", "chat",
              "sends_to (likely, test)", "vendor"),
    )  # fmt: skip


def test_a_guard_on_each_way_passes_and_one_way_around_it_fails() -> None:
    guarded = (flow("people", "api"), flow("api", "chat", guards=("redaction",)), flow("chat", "vendor"))
    assert told(GUARDED, guarded)["vendor"].holds is True
    around = told(GUARDED, (*guarded, flow("people", "chat")))["vendor"]
    assert around.holds is False
    assert around.path[0::2] == ("people", "chat", "vendor")


@pytest.mark.parametrize(
    ("masks", "holds"), [(True, True), (False, False), (UNSEEN, None)], ids=["masks", "does not", "not known"]
)
def test_a_node_on_the_way_guards(masks: bool | Unknown, holds: bool | None) -> None:  # noqa: FBT001 - Kleene's
    queue = Store(id="queue", masks_personal_data=masks)
    flows = (flow("people", "queue"), flow("queue", "vendor"))
    found = told(GUARDED, flows, queue)["vendor"]
    assert found.holds is holds
    assert found.reason.count("not seen") == (holds is None)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"tier": "possible", "reason": "a wide grant"}, "chat -> vendor is only possible: a wide grant"),
        ({"how": "network_reaches"}, "chat -> vendor is only possible"),
        ({"guards": UNSEEN}, "not seen"),
        ({"data": UNSEEN}, "what chat -> vendor carries is not known: not seen"),
        ({"data": (), "may_carry": ("prompt",)}, "what chat -> vendor carries is not known"),
    ],
)
def test_a_way_that_is_not_certain_decides_nothing_and_says_why(facts: dict[str, Any], reason: str) -> None:
    found = told(GUARDED, (flow("people", "chat"), flow("chat", "vendor", **facts)))["vendor"]
    assert (found.holds, found.reason) == (None, reason)
    assert found.path[0::2] == ("people", "chat", "vendor")


def test_an_end_that_may_not_be_one_decides_nothing() -> None:
    someones = Model(id="vendor", operator=UNSEEN)
    assert told(GUARDED, (flow("people", "vendor"),), someones)["vendor"].holds is None
    assert told(GUARDED, (flow("people", "vendor", guards=("redaction",)),), someones)["vendor"].holds is True
    asked = check(origins={Compute: condition('compute.environment == "dev"', Compute)})
    found = told(asked, (flow("chat", "vendor"),))["vendor"]
    assert (found.holds, found.reason) == (None, "no tag, name or setting says which environment")


def test_what_was_not_read_itself_may_be_a_guard() -> None:
    flows = (flow("people", "proxy"), flow("proxy", "vendor"))
    found = told(GUARDED, flows)["vendor"]
    assert (found.holds, found.reason) == (None, "proxy was not read itself")
    assert told(NEVER, flows)["vendor"].holds is False


def test_nothing_is_asked_where_nothing_comes() -> None:
    assert told(GUARDED, (flow("people", "vendor", data=("telemetry",)), flow("chat", "vendor"))) == {}
    assert told(GUARDED, (flow("people", "vendor", how="deletes"),)) == {}
    assert told(NEVER, (), Model(id="vendor", operator="own")) == {}
    assert told(check(origins={Store: condition("true", Store)}), (flow("people", "vendor"),)) == {}


def test_what_nothing_may_ever_reach_passes_while_nothing_does() -> None:
    assert told(NEVER, (flow("chat", "vendor"),))["vendor"].holds is True
    found = told(NEVER, (flow("people", "chat"), flow("chat", "vendor")))["vendor"]
    assert found.holds is False
    assert "smallest cut: chat -> vendor (test)" in found.reason, "right before where it must not get"


def test_several_flows_are_cut_together_and_many_are_not_told() -> None:
    more = [Compute(id=f"c{n}") for n in range(7)]
    two = [one for n in range(2) for one in (flow("people", f"c{n}"), flow(f"c{n}", "vendor"))]
    assert told(GUARDED, two, *more)["vendor"].reason.endswith("smallest cut: people -> c0 (test), people -> c1 (test)")
    all_ = [one for n in range(7) for one in (flow("people", f"c{n}"), flow(f"c{n}", "vendor"))]
    found = told(GUARDED, all_, *more)["vendor"]
    assert (found.holds, found.reason) == (False, "data gets here from people by 2 flows, each declared")


def test_no_way_leads_from_a_store_back_to_itself_but_one_does_from_another() -> None:
    stores = {Store: condition('"transcript" in store.data', Store)}
    asked = check(origins=stores, targets=stores)
    one, other = (Store(id=name, data=("transcript",)) for name in ("one", "other"))
    loop = (flow("one", "chat"), flow("chat", "one"))
    assert told(asked, loop, one)["one"].holds is True
    found = told(asked, (*loop, flow("other", "chat")), one, other)
    assert {id_: way.holds for id_, way in found.items()} == {"one": False, "other": True}
    assert found["one"].path[0::2] == ("other", "chat", "one")
    hops = replace(asked, hops={Flow: condition("flow.encrypted", Flow)})
    assert told(hops, loop, one) == {}


def test_what_cannot_be_read_behind_the_start_decides_nothing_there() -> None:
    gap = Gap(scope="chat", kinds=("flow",), reason="its settings are known only after apply")
    far = Gap(scope="api", kinds=("flow",), reason="far")
    region = Gap(scope="eu-west-1", kinds=("model",), reason="denied")
    other = Gap(scope="eu-west-1", kinds=("alarm",), reason="denied")
    found = told(GUARDED, (flow("people", "chat"),), gaps=(gap, far, region, other))
    assert {id_: (way.holds, way.reason) for id_, way in found.items()} == {
        "chat": (None, gap.reason), "eu-west-1": (None, "denied"),
    }  # fmt: skip
    guarded = (flow("people", "chat", guards=("redaction",)),)
    assert told(GUARDED, guarded, gaps=(gap,)) == {}
    nobody = check(origins={Store: condition("true", Store)})
    assert told(nobody, (), gaps=(gap, region)) == {}
    assert set(told(nobody, (), gaps=(Gap(scope="r", kinds=("store",), reason="denied"),))) == {"r"}


def test_every_hop_is_judged_by_itself() -> None:
    queue, aside = Store(id="queue", encrypted=False), Store(id="aside", encrypted=False)
    flows = (
        flow("people", "queue", encrypted=True), flow("queue", "chat", encrypted=False, tier="likely", reason="so"),
        flow("chat", "vendor"), flow("chat", "aside", encrypted=False),
    )  # fmt: skip
    found = told(HOPS, flows, queue, aside)
    assert {id_: way.holds for id_, way in found.items()} == {
        "queue": False,
        "people -> queue (sends_to)": True,
        "queue -> chat (sends_to)": False,
        "chat -> vendor (sends_to)": None,
    }
    assert found["queue"].reason == "on the way of data by 3 flows, at the weakest likely: so"
    assert found["queue"].path[0::2] == ("people", "queue", "chat", "vendor")
    assert found["queue -> chat (sends_to)"].path == found["queue"].path
    assert found["chat -> vendor (sends_to)"].reason == "not read for this type"


def test_a_hop_on_a_way_that_is_only_possible_is_no_failure() -> None:
    queue = Store(id="queue", encrypted=False)
    flows = (flow("people", "queue", encrypted=False), flow("queue", "vendor", encrypted=True, tier="possible"))
    found = told(HOPS, flows, queue)
    assert {id_: (way.holds, way.reason) for id_, way in found.items()} == {
        "queue": (None, "queue -> vendor is only possible"),
        "people -> queue (sends_to)": (None, "queue -> vendor is only possible"),
        "queue -> vendor (sends_to)": (True, ""),
    }


# --- laws ---

IDS = "abcdef"
OPEN_BOOL: st.SearchStrategy[Any] = st.sampled_from([True, False, UNSEEN])
OPEN_CLASSES: st.SearchStrategy[Any] = st.sampled_from([("prompt",), ("telemetry",), (), UNSEEN])
OPEN_GUARDS: st.SearchStrategy[Any] = st.sampled_from([("redaction",), (), (), UNSEEN])
LAWS = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TRANSCRIPTS: dict[type[Resource], Condition] = {Store: condition('"transcript" in store.data', Store)}
CHECKS = (
    GUARDED, NEVER, HOPS,
    PathCheck(origins={Store: condition('store.type == "x"', Store)}, targets=TRANSCRIPTS, guards=GUARDED.guards),
    PathCheck(origins=TRANSCRIPTS, targets=TRANSCRIPTS, carrying=("prompt",)),
)  # fmt: skip


@st.composite
def nodes(draw: st.DrawFn, id_: str) -> Resource:
    """One of the kinds that the checks ask about."""
    kind = draw(st.sampled_from([Actor, Model, Store, Store, Compute]))
    if kind is Store:
        data: Any = draw(st.sampled_from([("transcript",), (), UNSEEN]))
        masks, encrypted, type_ = draw(OPEN_BOOL), draw(OPEN_BOOL), draw(st.sampled_from("xy"))
        return Store(id=id_, type=type_, data=data, masks_personal_data=masks, encrypted=encrypted)
    if kind is Model:
        operator: Any = draw(st.sampled_from(["third_party", "own", UNSEEN]))
        return Model(id=id_, operator=operator)
    return Actor(id=id_) if kind is Actor else Compute(id=id_)


@st.composite
def flows_between(draw: st.DrawFn) -> Flow:
    """A flow between any two of them, of any tier."""
    source, target = draw(st.sampled_from(IDS)), draw(st.sampled_from(IDS))
    return flow(
        source, target, how=draw(st.sampled_from(["sends_to", "reads_from"])), tier=draw(st.sampled_from(TIERS)),
        data=draw(OPEN_CLASSES), may_carry=draw(OPEN_CLASSES), guards=draw(OPEN_GUARDS), encrypted=draw(OPEN_BOOL),
    )  # fmt: skip


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Up to six nodes, and flows between them."""
    made = tuple(draw(nodes(id_)) for id_ in IDS[: draw(st.integers(2, 6))])
    return World(resources=made, flows=tuple(draw(st.lists(flows_between(), max_size=12))))


def _verdicts(world: World, checked: PathCheck) -> dict[str, bool | None]:
    found: dict[str, bool | None] = {}
    for one in Ways(world).told(checked):
        assert one.subject not in found
        found[one.subject] = one.holds
    return found


def _known(one: Resource, chance: random.Random) -> Resource:
    """The same with each unknown fact replaced by some value."""
    values: dict[str, list[Any]] = {
        "data": [("transcript",), ("prompt",), ()], "may_carry": [("prompt",), ()], "guards": [("redaction",), ()],
        "encrypted": [True, False], "masks_personal_data": [True, False], "operator": ["third_party", "own"],
    }  # fmt: skip
    new = {name: chance.choice(of) for name, of in values.items() if isinstance(getattr(one, name, None), Unknown)}
    return replace(one, **new)


@LAWS
@given(worlds(), st.randoms(use_true_random=False))
def test_learning_more_overturns_no_verdict(world: World, chance: random.Random) -> None:
    known = replace(
        world,
        resources=tuple(_known(one, chance) for one in world.resources),
        flows=tuple(_known(one, chance) for one in world.flows),
    )
    for checked in CHECKS:
        final = _verdicts(known, checked)
        for subject, holds in _verdicts(world, checked).items():
            if holds is False:
                assert final[subject] is False
            if holds is True:
                assert final.get(subject, True) is True


@LAWS
@given(worlds(), flows_between())
def test_one_more_possible_flow_makes_nothing_better(world: World, more: Flow) -> None:
    added = replace(more, tier="possible", how="exports_to", id=f"{more.source} -> {more.target} (exports_to)")
    for checked in CHECKS:
        later = _verdicts(replace(world, flows=(*world.flows, added)), checked)
        for subject, holds in _verdicts(world, checked).items():
            if holds is not True:
                assert later[subject] is holds
            assert later[subject] is not False or holds is False


@LAWS
@given(worlds())
def test_a_failing_way_is_a_real_way_around_every_guard(world: World) -> None:
    kinds = {one.id: one for one in world.resources}
    for one in Ways(world).told(GUARDED):
        if one.holds is not False:
            continue
        ids = one.path[0::2]
        assert isinstance(kinds[ids[0]], Actor)
        assert ids[-1] == one.subject
        assert GUARDED.targets[Model](kinds[ids[-1]]) is True
        assert not any(isinstance(kinds.get(id_), Store) and kinds[id_].masks_personal_data for id_ in ids)  # type: ignore[attr-defined]
        assert len(set(ids)) == len(ids)
        for source, told_, target in zip(ids, one.path[1::2], ids[1:], strict=False):
            how, _, evidence = told_.partition(" (")
            (step,) = {f.id: f for f in world.flows if (f.source, f.target, f.how) == (source, target, how)}.values()  # type: ignore[attr-defined]
            assert isinstance(step, Flow)
            assert evidence.startswith(step.tier)
            assert step.tier != "possible"
            assert step.data == ("prompt",)
            assert step.guards == ()


@LAWS
@given(worlds())
def test_verdicts_are_those_of_every_simple_way_tried_in_turn(world: World) -> None:
    for checked in (GUARDED, NEVER):
        found = _verdicts(world, checked)
        for model in (one for one in world.resources if isinstance(one, Model)):
            worst = min((_badness(world, checked, way) for way in _simple(world, model.id)), default=None)
            end = checked.targets[Model](model)
            expected = {0: False if end else None, 1: None}.get(2 if worst is None or end is False else worst, True)
            if expected is not True or model.id in found:
                assert found.get(model.id) is expected, model.id


def _simple(world: World, end: str) -> Iterable[tuple[Flow, ...]]:
    """Every way from an actor to `end` that comes nowhere twice."""
    last = {one.id: one for one in world.flows if isinstance(one, Flow)}
    open_: list[tuple[Flow, ...]] = [(one,) for one in last.values() if one.target == end]
    kinds = {one.id: one for one in world.resources}
    while open_:
        way = open_.pop()
        if isinstance(kinds.get(way[0].source), Actor):
            yield way
        seen = {one.target for one in way} | {way[0].source}
        if len(seen) == len(way) + 1:
            open_ += [(one, *way) for one in last.values() if one.target == way[0].source and one.source not in seen]


def _badness(world: World, checked: PathCheck, way: tuple[Flow, ...]) -> int:
    """0 for a way that certainly offends, 1 for one that may, 2 for one that does not."""
    kinds = {one.id: one for one in world.resources}
    doubts = []
    for one in way:
        doubts.append(one.tier == "possible")
        if checked.carrying:
            sure = not isinstance(one.data, Unknown) and "prompt" in one.data
            may = sure or UNSEEN in {one.data, one.may_carry} or "prompt" in (*one.data, *one.may_carry)  # type: ignore[misc]
            if not may:
                return 2
            doubts.append(not sure)
        if checked.guards:
            if not isinstance(one.guards, Unknown) and one.guards:
                return 2
            doubts.append(isinstance(one.guards, Unknown))
    for id_ in (way[0].source, *(one.target for one in way)) if checked.guards else ():
        node = kinds.get(id_)
        masks = node.masks_personal_data if isinstance(node, Store) else UNSEEN if node is None else False
        if masks is True:
            return 2
        doubts.append(isinstance(masks, Unknown))
    return 1 if any(doubts) else 0
