"""What an auditor asks of the ways that data takes: past which guards, out of which regions, to whom."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise

from scanner.graph.flowgraph import LIKELY, POSSIBLE, FlowGraph
from scanner.graph.reach import Reach
from scanner.kinds import INTERNET, Flow, Identity, Model, Store, Vendor
from scanner.model import Resource, Unknown
from scanner.questions.named.posing import CONVERSATIONS, Posed, Question, Row, in_production, listed, told

_CALLS = frozenset({"compute", "agent"})


def open_entries(about: Posed) -> Iterator[Row]:
    """What the internet reaches and runs code, on ways without authentication or without a firewall."""
    for guard in ("authentication", "firewall"):
        for target, path, certain in _reached(about, _without(guard), lambda one: one.kind == "compute"):
            said = f"the internet reaches it and nothing on the way asks for {guard}"
            yield Row(target, said if guard == "authentication" else _no_firewall(), certain, path)


def _no_firewall() -> str:
    return "the internet reaches it and no web application firewall stands on the way"


def around_guardrail(about: Posed) -> Iterator[Row]:
    """Calls of models that no guardrail filters."""
    for flow in about.flows:
        target, source = about.known.get(flow.target), about.known.get(flow.source)
        if flow.how != "invokes" or not isinstance(target, Model | Vendor) or source is None:
            continue
        if isinstance(target, Vendor) and target.type != "model":
            continue
        if source.kind in _CALLS and "guardrail" not in told(flow.guards):
            hidden = flow.guards.reason if isinstance(flow.guards, Unknown) else ""
            why = f"whether a guardrail filters it is not known: {hidden}" if hidden else "without a guardrail"
            certain = not hidden and flow.tier != "possible"
            yield Row(flow.source, f"it calls {target.name or target.id}: {why}", certain)


def nonproduction(about: Posed) -> Iterator[Row]:
    """Production's stores of what people said that other environments reach: identities, and ways of data."""
    for identity in about.of(Identity):
        reached = identity.reaches_production
        path = identity.paths.get("reaches_production", ())
        if isinstance(reached, Unknown):
            if in_production(identity) is False:
                yield Row(identity.id, f"whether it reaches production is not known: {reached.reason}", certain=False)
        elif reached and in_production(identity) is not True:
            # A key or a secret opens no store by itself.
            kept = [one for one in reached if isinstance(about.known.get(one), Store)]
            alone = "" if kept else ", and no store of conversations itself"
            doubt = _of_none(identity)
            yield Row(identity.id, f"it reaches {listed(kept or reached)}{alone}{doubt}", not (doubt or alone), path)
    stores = [store.id for store, _, certain in about.holding() if certain and in_production(store)]
    for store, path, certain in _leading(about, stores):
        doubt = _of_none(about.known[path[-1]])
        yield Row(path[-1], f"data of {store} comes to it{doubt}", certain and not doubt, path)


def _of_none(one: Resource) -> str:
    """What is to be said of a thing that may be of production itself."""
    own = one.environment
    return f"; which environment it is of is not known: {own.reason}" if isinstance(own, Unknown) else ""


def _leading(about: Posed, stores: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Ways from production's stores to what is of another environment, or may be."""
    graph = about.graph
    served = {"prod", "external", *about.asked.config.shared_environments}
    others = [
        node for node, one in enumerate(graph.resources)
        if one is not None and one.kind in {"compute", "store"} and one.environment not in served
    ]  # fmt: skip
    nodes = [graph.index[one] for one in stores if one in graph.index]
    seen: set[tuple[int, int]] = set()
    for tier in (LIKELY, POSSIBLE):
        reach = Reach(graph.adjacency(tier, _carries(tier, CONVERSATIONS)), nodes)
        for node in others:
            for number in reach.of(node):
                if (number, node) not in seen and nodes[number] != node:
                    seen.add((number, node))
                    yield graph.ids[nodes[number]], _told(graph, reach.path(number, node), tier), tier == LIKELY


def outside_regions(about: Posed) -> Iterator[Row]:
    """Flows by which what people said is processed outside of the approved regions."""
    for flow in about.flows:
        surely, perhaps = {*told(flow.data)} & CONVERSATIONS, {*told(flow.may_carry)} & CONVERSATIONS
        if not surely | perhaps or flow.regions_approved is True:
            continue
        why = flow.because.get("regions_approved", "")
        if isinstance(flow.regions_approved, Unknown):
            if flow.regions != () or flow.target.startswith("ext:"):
                yield Row(flow.id, f"not known: {flow.regions_approved.reason}", certain=False)
        else:
            yield Row(flow.id, why, bool(surely))


def vendors(about: Posed) -> Iterator[Row]:
    """Every vendor that receives anything, with its agreement."""
    for vendor in about.of(Vendor):
        surely, perhaps = told(vendor.receives), told(vendor.may_receive)
        if not surely and not perhaps and not any(flow.target == vendor.id for flow in about.flows):
            continue
        sent = f"it receives {listed(surely)}" if surely else f"it may receive {listed(perhaps)}" if perhaps else (
            "what it receives is not known"
        )  # fmt: skip
        agreed = (
            vendor.agreed.reason
            if isinstance(vendor.agreed, Unknown)
            else vendor.because.get("agreed") or ("agreed" if vendor.agreed else "no agreement")
        )
        yield Row(vendor.id, f"{sent}; {agreed}", bool(surely))


def choke_points(about: Posed) -> Iterator[Row]:
    """What every way from the internet to a model passes."""
    graph = about.graph
    if INTERNET not in graph.index:
        return
    models = [node for node, one in enumerate(graph.resources) if one is not None and _is_model(one)]
    start = graph.index[INTERNET]
    adjacency = graph.adjacency(LIKELY)
    reach = Reach(adjacency, [start])
    for model in models:
        path = reach.path(0, model)
        for node in path[1:-1]:
            around = [() if one == node else ends for one, ends in enumerate(adjacency)]
            if not Reach(around, [start]).reaches(0, model):
                yield Row(graph.ids[node], f"every way from the internet to {graph.ids[model]} passes it")


def _is_model(one: Resource) -> bool:
    return one.kind == "model" or (isinstance(one, Vendor) and one.type == "model")


def _without(guard: str) -> Callable[[Flow, int], bool]:
    """Flows that a guard does not stand on: for certain, or as far as is known."""

    def keep(flow: Flow, tier: int) -> bool:
        return (tier == POSSIBLE) if isinstance(flow.guards, Unknown) else guard not in flow.guards

    return keep


def _carries(tier: int, classes: Collection[str]) -> Callable[[Flow], bool]:
    def keep(flow: Flow) -> bool:
        return any(one in classes for one in told(flow.data if tier <= LIKELY else flow.may_carry))

    return keep


def _reached(
    about: Posed, keep: Callable[[Flow, int], bool], ends: Callable[[Resource], bool]
) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """What the internet reaches by flows that are kept: id, way, and whether it is certain."""
    graph = about.graph
    if INTERNET not in graph.index:
        return
    start, done = graph.index[INTERNET], set[int]()
    for tier in (LIKELY, POSSIBLE):
        reach = Reach(graph.adjacency(tier, lambda flow, tier=tier: keep(flow, tier)), [start])  # type: ignore[misc]
        for node, one in enumerate(graph.resources):
            if one is not None and node not in done and ends(one) and reach.reaches(0, node):
                done.add(node)
                yield one.id, _told(graph, reach.path(0, node), tier), tier == LIKELY


def _told(graph: FlowGraph, path: Sequence[int], tier: int) -> tuple[str, ...]:
    """A way as ids, and in between how one leads to the next."""
    steps = [graph.ids[path[0]]]
    for one, other in pairwise(path):
        flow = graph.flows[graph.between(one, other, tier)[0]]
        steps += [f"{flow.how} ({flow.rule})", graph.ids[other]]
    return tuple(steps)


QUESTIONS = (
    Question(
        "nonproduction-to-production",
        "Can anything of another environment get at production's conversations?",
        ("CC6.1",),
        nonproduction,
        hidden_by=("flow", "identity", "statement"),
    ),
    Question(
        "vendors",
        "Which vendors receive data, and under which agreement?",
        ("CC9.2", "P6.1"),
        vendors,
    ),
    Question(
        "open-entries",
        "What runs code and is reached from the internet without authentication or a firewall?",
        ("CC6.6",),
        open_entries,
        hidden_by=("flow", "entrypoint"),
    ),
    Question(
        "outside-regions",
        "Which conversations leave the approved regions?",
        ("C1.1", "P6.1"),
        outside_regions,
    ),
    Question(
        "around-guardrail",
        "Which calls of models does no guardrail filter?",
        ("CC7.1", "PI1.3"),
        around_guardrail,
    ),
    Question(
        "choke-points",
        "What does every way from the internet to a model pass?",
        ("CC6.6",),
        choke_points,
    ),
)
"""Of ways; that of a store's retention and others of stores are in stores.py."""
