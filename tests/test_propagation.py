"""Which data classes flows carry: one rule a kind of flow, three tiers, and laws that hold for every graph."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.config import Config
from scanner.graph.classes import ALL, mask, names
from scanner.graph.derived import with_flows
from scanner.graph.flowgraph import FlowGraph
from scanner.graph.propagate import Propagated
from scanner.graph.reviews import Reviews
from scanner.kinds import (
    INTERNET,
    TIERS,
    Actor,
    Agent,
    Alarm,
    AuditTrail,
    Compute,
    Entrypoint,
    Flow,
    Grant,
    Model,
    Network,
    Secret,
    Store,
    Vendor,
)
from scanner.model import DATA_CLASSES, Gap, Resource, Unknown, World, with_facts
from test_reach import flow
from worlds import TODAY

PEOPLE = Actor(id=INTERNET, type="internet")
OPEN = Unknown("nobody knows")
THINGS: dict[str, Resource] = {
    one.id: one
    for one in (
        PEOPLE,
        Actor(id="ops", type="operator"),
        Entrypoint(id="api", type="api"),
        Entrypoint(id="cdn", type="cdn"),
        Compute(id="chat", type="function"),
        Compute(id="job", type="function"),
        Model(id="model"),
        Agent(id="agent", type="agent"),
        Agent(id="kb", type="knowledge_base"),
        Store(id="chats", type="table", data=("transcript",), data_by="name"),
        Store(id="plain", type="bucket"),
        Store(id="log", type="log_group"),
        Store(id="masked", type="log_group", masks_personal_data=True, hides_people=True),
        Store(id="keys", type="bucket", data=("credential", "config")),
        Store(id="index", type="search_collection"),
        Store(id="hidden", type="bucket", data=OPEN),
        Secret(id="secret"),
        AuditTrail(id="trail", type="trail"),
        AuditTrail(id="calls", type="model_invocations", text_delivered=True),
        AuditTrail(id="counts", type="model_invocations", text_delivered=False),
        Network(id="firewall", type="firewall"),
        Alarm(id="alarm", type="alarm"),
        Vendor(id="ext:openai", type="model"),
        Vendor(id="ext:slack", type="messaging"),
        Vendor(id="ext:pinecone", type="vectors"),
        Vendor(id="ext:datadog", type="observability"),
        Vendor(id="ext:wiki", type="web"),
    )
}


def chatbot(*more: Flow) -> tuple[Flow, ...]:
    """People ask an API, which asks a function, which asks a model."""
    return (flow(INTERNET, "api"), flow("api", "chat"), flow("chat", "model", "invokes"), *more)


def seen(flows: Iterable[Flow], *more: Resource, config: Config | None = None) -> dict[str, Any]:
    """The world with these flows: everything by its id."""
    world = World(resources=tuple({**THINGS, **{one.id: one for one in more}}.values()))
    made = with_flows(world, flows, config or Config(), TODAY)
    return {one.id: one for one in (*made.resources, *made.flows)}


def carried(found: dict[str, Any], source: str, target: str, how: str = "sends_to") -> tuple[set[str], Any]:
    """What a flow surely carries, and what it may."""
    one = found[f"{source} -> {target} ({how})"]
    return {*one.data}, one.may_carry if isinstance(one.may_carry, Unknown) else {*one.may_carry}


# --- what there is at the start ---------------------------------------------------------------------------------------

ASKED = {"prompt", "user_identity"}
SAID = {*ASKED, "response"}


@pytest.mark.parametrize("end", ["model", "agent", "ext:openai", "chats"])
def test_people_send_prompts_where_that_leads_on_to_what_answers_or_keeps_them(end: str) -> None:
    found = seen([flow(INTERNET, "api"), flow("api", "chat"), flow("chat", end)])
    assert carried(found, INTERNET, "api")[0] == ASKED
    assert carried(found, "chat", end)[0] >= ASKED


@pytest.mark.parametrize("end", ["plain", "ext:datadog", "ext:wiki", "kb", "log", "keys", "ops", "secret", "alarm"])
def test_without_a_chatbot_behind_it_nobody_sends_prompts(end: str) -> None:
    found = seen([flow(INTERNET, "api"), flow("api", "job"), flow("job", end)])
    assert carried(found, INTERNET, "api") == (set(), set())
    assert not carried(found, "job", end)[1] & SAID


def test_documents_that_are_fed_to_a_knowledge_base_are_no_prompts() -> None:
    fed = [flow(INTERNET, "api"), flow("api", "job"), flow("job", "plain", "writes_to")]
    fed += [flow("plain", "kb", "reads_from"), flow("kb", "model", "invokes")]
    found = seen(fed)
    assert carried(found, INTERNET, "api") == (set(), set())
    assert found["plain"].may_hold == ("retrieval_content",)


def test_people_send_uploads_and_feedback_where_a_store_is_said_to_hold_them() -> None:
    uploads = Store(id="uploads", data=("upload", "feedback", "telemetry"))
    found = seen([flow(INTERNET, "api"), flow("api", "job"), flow("job", "uploads", "writes_to")], uploads)
    assert carried(found, INTERNET, "api")[0] == {"upload", "feedback", "user_identity"}


def test_operators_and_vendors_send_no_prompts_but_for_those_of_messaging() -> None:
    found = seen(chatbot(flow("ops", "api"), flow("ext:slack", "api"), flow("ext:datadog", "api")))
    assert carried(found, "ops", "api") == (set(), set())
    assert carried(found, "ext:slack", "api")[0] == ASKED
    assert carried(found, "ext:datadog", "api") == (set(), set())


def test_what_calls_a_model_or_an_agent_gets_its_response_and_so_does_whoever_calls_that() -> None:
    found = seen(chatbot(flow("chat", "plain", "writes_to"), flow("api", "log", "logs_to")))
    assert found["plain"].may_hold == ("prompt", "response", "user_identity")
    assert carried(found, "api", "log", "logs_to")[0] == {*SAID, "telemetry"}
    assert carried(found, INTERNET, "api")[0] == ASKED
    by_agent = seen([flow("job", "agent", "invokes"), flow("job", "plain", "writes_to")])
    assert by_agent["plain"].may_hold == ("response",)
    none = seen([flow("job", "kb", "invokes"), flow("job", "plain", "writes_to")])
    assert none["plain"].may_hold == ()


def test_secrets_give_credentials_to_who_reads_them_and_to_nobody_else() -> None:
    found = seen([
        flow("secret", "job", "reads_from"), flow("keys", "job", "reads_from"), flow("job", "plain", "writes_to"),
        flow("job", "secret", "writes_to"), flow("keys", "log", "replicates_to"), flow("keys", "chat"),
    ])  # fmt: skip
    assert carried(found, "secret", "job", "reads_from")[0] == {"credential"}
    assert carried(found, "keys", "job", "reads_from")[0] == {"credential", "config"}
    assert carried(found, "job", "secret", "writes_to")[0] == {"credential"}
    assert found["plain"].may_hold == ("config",)
    assert found["log"].may_hold == ("config", "credential")
    assert carried(found, "keys", "chat")[0] == {"config"}


def test_a_trail_gives_security_logs_a_record_of_calls_what_was_said() -> None:
    found = seen(
        [flow("trail", "plain", "logs_to"), flow("calls", "log", "logs_to"), flow("counts", "index", "logs_to")]
    )
    assert found["plain"].may_hold == ("security_log",)
    assert found["log"].may_hold == ("prompt", "response")
    assert found["index"].may_hold == ("telemetry",)


def test_a_record_of_calls_of_which_it_is_not_known_whether_it_has_texts_only_may_hold_them() -> None:
    calls = AuditTrail(id="calls", type="model_invocations", text_delivered=OPEN)
    found = seen([flow("calls", "log", "logs_to")], calls)
    assert found["log"].may_hold == ()
    assert found["log"].may_hold_possibly == ("prompt", "response", "telemetry")


# --- what a flow lets by ----------------------------------------------------------------------------------------------


def test_logs_hold_what_people_say_only_where_they_have_content() -> None:
    open_, silent = flow("api", "index", "logs_to", content=OPEN), flow("api", "plain", "logs_to", content=False)
    found = seen(chatbot(open_, silent, flow("api", "log", "logs_to"), flow("firewall", "masked", "logs_to")))
    assert found["log"].may_hold == ("prompt", "response", "user_identity", "telemetry")
    assert (found["plain"].may_hold, found["plain"].may_hold_possibly) == (("telemetry",), ("telemetry",))
    assert found["index"].may_hold == ("telemetry",)
    assert found["index"].may_hold_possibly == ("prompt", "response", "user_identity", "telemetry")
    assert found["masked"].may_hold == ("security_log",)


@pytest.mark.parametrize(
    ("content", "holds", "possibly"),
    [
        (True, {*SAID}, {*SAID}),
        (False, {"telemetry"}, {"telemetry"}),
        (OPEN, set(), {*SAID, "telemetry"}),
    ],
)
def test_a_log_of_a_models_calls_holds_them_and_no_telemetry(content: Any, holds: set[str], possibly: set[str]) -> None:
    found = seen(chatbot(flow("model", "log", "logs_to", content=content)))
    assert ({*found["log"].may_hold}, {*found["log"].may_hold_possibly}) == (holds, possibly)


def test_a_flow_without_content_carries_nothing_that_people_say() -> None:
    found = seen(chatbot(flow("keys", "chat", "reads_from"), flow("chat", "plain", "triggers", content=False)))
    assert carried(found, "chat", "plain", "triggers") == ({"config"}, {"config"})


def test_a_flow_without_content_embeds_nothing() -> None:
    assert seen([flow("chats", "index", "embeds_into", content=False)])["index"].may_hold == ()
    assert seen([flow("chats", "index", "embeds_into")])["index"].may_hold == ("embedding",)


@pytest.mark.parametrize(("guards", "known"), [(("redaction",), False), (("guardrail",), True), ((), True)])
def test_what_redacts_takes_out_who_it_was(guards: tuple[str, ...], known: bool) -> None:  # noqa: FBT001
    found = seen([*chatbot()[:2], flow("chat", "ext:openai", "invokes", guards=guards)])
    assert ("user_identity" in found["ext:openai"].receives) is known
    assert "prompt" in found["ext:openai"].receives


def test_a_guard_that_is_not_known_may_or_may_not_redact() -> None:
    found = seen([*chatbot()[:2], flow("chat", "ext:openai", "invokes", guards=OPEN)])
    assert "user_identity" not in found["ext:openai"].receives
    assert "user_identity" in found["ext:openai"].may_receive


def test_a_guard_that_is_not_known_where_requests_come_in_takes_nothing_out() -> None:
    found = seen([flow(INTERNET, "api", guards=OPEN), flow("api", "chat", guards=OPEN), flow("chat", "ext:openai")])
    assert "user_identity" in found["ext:openai"].receives


def test_a_guardrail_whose_redaction_alone_is_open_stands_and_may_redact() -> None:
    found = seen([*chatbot()[:2], flow("chat", "ext:openai", "invokes", guards=("guardrail",), redacts=OPEN)])
    assert "user_identity" not in found["ext:openai"].receives
    assert "user_identity" in found["ext:openai"].may_receive
    found = seen([*chatbot()[:2], flow("chat", "ext:openai", "invokes", guards=("guardrail",), redacts=True)])
    assert "user_identity" not in found["ext:openai"].may_receive


def test_a_log_that_masks_personal_data_holds_nobody() -> None:
    found = seen(chatbot(flow("chat", "masked", "logs_to")))
    assert found["masked"].may_hold == ("prompt", "response", "telemetry")


def test_embeddings_are_made_of_what_is_said_and_give_it_back_when_something_is_retrieved() -> None:
    found = seen([
        flow("plain", "kb", "reads_from"), flow("kb", "index", "embeds_into"), flow("index", "job", "retrieves_from"),
        flow("job", "log", "writes_to"), flow("ext:pinecone", "chat", "retrieves_from"),
        flow("chat", "masked", "writes_to"),
    ])  # fmt: skip
    assert found["index"].may_hold == ("embedding",)
    assert found["log"].may_hold == ("retrieval_content", "embedding")
    assert found["masked"].may_hold == ("retrieval_content", "embedding")
    asked = seen([flow("kb", "model", "invokes"), flow("kb", "plain", "writes_to")])
    assert asked["plain"].may_hold == ("retrieval_content",)
    empty = seen([flow("job", "index", "embeds_into"), flow("index", "chat", "retrieves_from")])
    assert (empty["index"].may_hold, carried(empty, "index", "chat", "retrieves_from")[0]) == ((), set())


def test_a_vendor_feeds_documents_to_a_knowledge_base_and_gives_nothing_of_what_it_was_sent() -> None:
    found = seen(chatbot(flow("ext:wiki", "kb"), flow("chat", "ext:wiki"), flow("ext:wiki", "plain")))
    assert carried(found, "ext:wiki", "kb")[0] == {"retrieval_content"}
    assert {*found["ext:wiki"].receives} == SAID
    assert found["plain"].may_hold_possibly == ()
    back = seen([flow("ext:openai", "plain", "writes_to")])
    assert back["plain"].may_hold == ("response",)


def test_what_watches_gets_telemetry() -> None:
    found = seen(chatbot(flow("chat", "alarm"), flow("chat", "ext:datadog", content=False)))
    assert carried(found, "chat", "alarm") == ({"telemetry"}, {"telemetry"})
    assert found["ext:datadog"].may_receive == ("telemetry",)


def test_a_network_of_delivery_leaves_no_prompts_in_the_bucket_of_a_site() -> None:
    found = seen([flow(INTERNET, "cdn"), flow("cdn", "plain"), flow("cdn", "api"), *chatbot()[1:]])
    assert carried(found, INTERNET, "cdn")[0] == ASKED
    assert found["plain"].may_hold_possibly == ()


def test_deletions_carry_nothing_and_what_was_not_read_itself_hands_everything_on() -> None:
    found = seen(chatbot(flow("chat", "chats", "deletes"), flow("chat", "gone"), flow("gone", "plain")))
    assert carried(found, "chat", "chats", "deletes") == (set(), set())
    assert {*found["plain"].may_hold} == SAID


# --- how sure that is -------------------------------------------------------------------------------------------------


def test_what_comes_is_as_sure_as_the_weakest_flow_on_the_way() -> None:
    wide = flow("chat", "plain", "writes_to", "possible")
    found = seen(chatbot(wide, flow("chat", "log", "writes_to", "likely"), flow("job", "index", "network_reaches")))
    assert (found["plain"].may_hold, {*found["plain"].may_hold_possibly}) == ((), SAID)
    assert {*found["log"].may_hold} == SAID
    assert carried(found, "chat", "plain", "writes_to")[0] == SAID


def test_a_model_behind_what_is_only_possible_makes_prompts_possible() -> None:
    found = seen([flow(INTERNET, "api"), flow("api", "chat"), flow("chat", "model", "invokes", "possible")])
    assert carried(found, INTERNET, "api") == (set(), ASKED)


def test_a_store_of_which_it_is_not_known_what_it_holds_may_give_anything() -> None:
    sure = [flow("hidden", "chat", "reads_from"), flow("chat", "log", "writes_to")]
    found = seen(
        chatbot(*sure, flow("chat", "plain", "writes_to", "possible"), flow("chat", "ext:wiki"), flow("plain", "ops"))
    )
    said = "what hidden holds is not known: nobody knows"
    for value in (found["log"].may_hold, found["plain"].may_hold_possibly, found["ext:wiki"].receives):
        assert value == Unknown(said)
    assert {*found["plain"].may_hold} == set()
    assert carried(found, "chat", "log", "writes_to") == (SAID, Unknown(said))
    assert carried(found, INTERNET, "api") == (ASKED, ASKED)
    perhaps = seen([flow(INTERNET, "api"), flow("api", "hidden")])
    assert carried(perhaps, INTERNET, "api") == (set(), {*ASKED, "upload", "feedback"})
    assert (found["hidden"].says_data, found["hidden"].holds_contradiction) == (OPEN, OPEN)


# --- laws -------------------------------------------------------------------------------------------------------------

HOWS = (
    "sends_to", "invokes", "reads_from", "writes_to", "deletes", "triggers", "logs_to", "replicates_to", "backs_up_to",
    "exports_to", "embeds_into", "retrieves_from", "network_reaches",
)  # fmt: skip

GUARDED = ("guardrail", "redaction")


@st.composite
def ways(draw: st.DrawFn) -> list[Flow]:
    """Flows between all there is, with open facts."""
    ends = st.sampled_from(sorted(THINGS))
    found = {}
    for _ in range(draw(st.integers(0, 14))):
        one = flow(
            draw(ends), draw(ends), draw(st.sampled_from(HOWS)), draw(st.sampled_from(TIERS)),
            content=draw(st.sampled_from([True, False, OPEN])),
            guards=draw(st.sampled_from([(), ("redaction",), ("guardrail",), GUARDED, OPEN])),
            redacts=draw(st.sampled_from([False, OPEN])),
        )  # fmt: skip
        found[one.id] = one
    return list(found.values())


def classes(flows: Iterable[Flow], *more: Resource) -> dict[str, tuple[int, int, int]]:
    """What every node holds and every flow carries, by tier."""
    graph = FlowGraph.made({**THINGS, **{one.id: one for one in more}}.values(), flows)
    runs = Propagated.of(graph, Reviews()).runs
    nodes = zip(graph.ids, *(run.held for run in runs), strict=True)
    carry = zip((one.id for one in graph.flows), *(run.carried for run in runs), strict=True)
    return {id_: (a, b, c) for id_, a, b, c in (*nodes, *carry)}


def within(less: dict[str, tuple[int, int, int]], more: dict[str, tuple[int, int, int]]) -> bool:
    return all(not one & ~other for id_, tiers in less.items() for one, other in zip(tiers, more[id_], strict=True))


@settings(deadline=None)
@given(ways(), ways())
def test_another_flow_never_takes_a_class_away(some: list[Flow], others: list[Flow]) -> None:
    ids = {one.id for one in some}
    assert within(classes(some), classes([*some, *(one for one in others if one.id not in ids)]))


@settings(deadline=None)
@given(ways(), st.randoms(use_true_random=False))
def test_no_order_makes_a_difference(flows: list[Flow], mixed: random.Random) -> None:
    other = [*flows]
    mixed.shuffle(other)
    assert classes(flows) == classes(other)


@settings(deadline=None)
@given(ways())
def test_what_is_sure_is_possible_too(flows: list[Flow]) -> None:
    assert all(not (a & ~b or b & ~c) for a, b, c in classes(flows).values())


@settings(deadline=None)
@given(ways(), st.data())
def test_more_knowledge_never_overturns_what_was_certain_nor_brings_what_was_impossible(
    flows: list[Flow], data: st.DataObject
) -> None:
    known = [
        replace(
            one,
            content=data.draw(st.booleans()) if one.content == OPEN else one.content,
            guards=data.draw(st.sampled_from([(), ("redaction",), GUARDED])) if one.guards == OPEN else one.guards,
            redacts=data.draw(st.booleans()) if one.redacts == OPEN else one.redacts,
        )
        for one in flows
    ]
    vague, clear = classes(flows), classes(known)
    assert all(not vague[id_][tier] & ~clear[id_][tier] for id_ in vague for tier in (0, 1))
    assert all(not clear[id_][2] & ~vague[id_][2] for id_ in vague)


AT_MOST = {"may_carry", "may_hold_possibly", "may_receive"}


@settings(deadline=None)
@given(ways(), st.lists(st.sampled_from(DATA_CLASSES), max_size=3))
def test_what_a_store_turns_out_to_hold_was_possible_wherever_it_was_not_known(
    flows: list[Flow], held: list[str]
) -> None:
    vague = seen(flows)
    clear = seen(flows, replace(THINGS["hidden"], data=tuple(held)))
    for id_, one in clear.items():
        for fact in ("data", "may_hold", "receives", *sorted(AT_MOST)):
            before, now = getattr(vague[id_], fact, OPEN), mask(getattr(one, fact, ()))
            if not isinstance(before, Unknown):
                lost, new = mask(before) & ~now, now & ~mask(before)
                assert not (new if fact in AT_MOST else lost), (id_, fact)


def test_a_fact_that_a_kind_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="store has no fact wet"):
        with_facts(THINGS["plain"], {"wet": True})


def test_rings_loops_and_long_chains_come_to_an_end() -> None:
    size = 20_000
    chain = [flow(f"n{i}", f"n{i + 1}") for i in range(size)]
    ring = [flow(f"n{size}", "n0"), flow("n5", "n5"), flow("chats", "n3", "reads_from")]
    graph = FlowGraph.made([THINGS["chats"]], [*chain, *ring])
    held = Propagated.of(graph, Reviews()).declared.held
    assert {names(one) for one in held} == {("transcript",)}
    assert not any(one & ~ALL for one in held)


# --- whether flows can be told ----------------------------------------------------------------------------------------

JOB = Compute(id="job", type="function", acts_as="role")


def use(source: str, target: str, tier: str = "likely", how: str = "writes_to") -> Flow:
    return flow(source, target, how, tier)


def allows(*things: str, definite: bool = True) -> Grant:
    return Grant(
        id=f"may {things}",
        policy="policy",
        level="write",
        identities=("role",),
        resources=things,
        definite=definite,
        reason="" if definite else "a condition is not known",
    )


def told(flows: list[Flow], grants: Iterable[Grant], job: Compute = JOB, *gaps: Gap) -> Any:
    world = World(resources=tuple({**THINGS, "job": job}.values()), grants=tuple(grants))
    made = with_flows(world, [*flows, *gaps], Config(), TODAY)
    return next(one for one in made.resources if one.id == "job")


MAYBE = "possible"
EVERYTHING = allows("plain", "log", "index", "chats")
PERHAPS = allows("plain", "log", "index", "chats", definite=False)


@pytest.mark.parametrize(
    ("flows", "grants", "expected"),
    [
        ([use("job", "plain")], [EVERYTHING], True),
        ([use("job", "plain"), use("job", "log", MAYBE)], [EVERYTHING], True),
        ([use("job", "plain"), use("job", "log", MAYBE), use("job", "index", MAYBE)], [EVERYTHING], False),
        ([use("job", "plain"), use("job", "log", MAYBE), use("job", "index", MAYBE)], [allows("log")], True),
        ([use("job", "plain"), use("job", "log", MAYBE), use("job", "index", MAYBE)], [PERHAPS], None),
        ([use("job", "log", MAYBE), use("job", "index", MAYBE)], [allows("log"), PERHAPS], None),
        ([use("job", "log", MAYBE), use("job", "index", MAYBE)], [PERHAPS, allows("log", "index")], False),
        ([use("job", "plain"), use("job", "log", MAYBE)], [PERHAPS], True),
        ([use("job", "plain", MAYBE)], [EVERYTHING], False),
        ([use("job", "plain", MAYBE), flow("plain", "job", "reads_from", "likely")], [EVERYTHING], True),
        ([use("job", "plain", MAYBE, "network_reaches"), use("job", "log", MAYBE, "logs_to")], [EVERYTHING], True),
        ([use("plain", "job", MAYBE, "reads_from")], [EVERYTHING], False),
        ([use("job", "ext:openai", MAYBE)], [EVERYTHING], True),
        ([use("job", "plain")], [], True),
    ],
)
def test_flows_are_determined_where_a_wide_grant_alone_makes_no_more_possible_than_is_named(
    flows: list[Flow], grants: list[Grant], expected: Any
) -> None:
    job = told(flows, grants)
    assert job.has_flows is True
    if expected is None:
        assert isinstance(job.flows_determined, Unknown)
        assert job.flows_determined.reason.endswith(": a condition is not known")
    else:
        assert job.flows_determined is expected
        assert bool(job.because) is not expected


def test_why_flows_are_not_determined_names_the_policy_and_some_of_what_it_allows() -> None:
    job = told([use("job", one, MAYBE) for one in ("plain", "log", "index", "chats")], [EVERYTHING])
    assert job.because["flows_determined"] == (
        "policy lets it use chats, index, log and 1 more, which nothing names, beside 0 named"
    )


def test_a_program_without_flows_or_an_identity_is_not_asked_and_one_whose_flows_are_hidden_is_open() -> None:
    gap = Gap(scope="job", kinds=("flow",), reason="its role was not read")
    hidden = told([], [], JOB, gap)
    assert (hidden.has_flows, hidden.flows_determined) == (True, Unknown("its role was not read"))
    assert told([use("job", "plain", MAYBE)], [EVERYTHING], JOB, gap).flows_determined is False
    assert not told([], []).has_flows
    assert not told([use("job", "plain")], [], Compute(id="job")).has_flows
    unknown = replace(JOB, acts_as=Unknown("its role is known only after apply"))
    assert told([use("job", "plain")], [], unknown).flows_determined == unknown.acts_as
