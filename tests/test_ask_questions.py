"""The auditor's named questions, each on a small world where the answer is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scanner.clouds.aws.access.language import LANGUAGE
from scanner.config import Config
from scanner.iam.access import Access
from scanner.kinds import (
    INTERNET,
    Account,
    Actor,
    AuditTrail,
    Compute,
    Entrypoint,
    Flow,
    Identity,
    Model,
    Secret,
    Store,
    Vendor,
)
from scanner.model import Gap, Noted, Resource, Unknown, World
from scanner.questions.asked import Asked
from scanner.questions.named.catalogue import QUESTIONS
from scanner.questions.named.posing import Answer, Posed, posed

TALK = ("prompt", "transcript")
HIDDEN = Unknown("nobody may read it")


def _store(id_: str, **facts: Any) -> Store:
    given = {"may_hold": TALK, "expires": True, "encrypted": True, "public": False, "environment": "prod"}
    return Store.of(id=id_, type="bucket", **{**given, **facts})


def _flow(source: str, target: str, how: str = "sends_to", **facts: Any) -> Flow:
    given = {"data": TALK, "may_carry": TALK, "encrypted": True, "rule": "test", "reason": "it is wired"}
    return Flow.of(id=f"{source} -> {target} ({how})", source=source, target=target, how=how, **{**given, **facts})


def _asked(name: str, *things: Resource, before: World | None = None, gaps: tuple[Gap, ...] = ()) -> Answer:
    flows = tuple(one for one in things if isinstance(one, Flow))
    world = World(resources=tuple(one for one in things if not isinstance(one, Flow)), flows=flows, gaps=gaps)
    about = Asked(world, Access(world, LANGUAGE.vocabulary), LANGUAGE, Config())
    return posed(QUESTIONS[name], Posed(about, date(2026, 11, 22), before))


def _rows(name: str, *things: Resource, **more: Any) -> list[tuple[str, bool]]:
    return [(row.subject, row.certain) for row in _asked(name, *things, **more).rows]


def test_stores_that_nothing_empties() -> None:
    rows = _rows(
        "stores-without-retention",
        _store("kept", expires=False),
        _store("emptied"),
        _store("hidden", expires=HIDDEN),
        _store("perhaps", may_hold=(), may_hold_possibly=TALK, expires=False),
        _store("telemetry", may_hold=("telemetry",), expires=False),
    )
    assert rows == [("kept", True), ("hidden", False), ("perhaps", False)]


def test_stores_that_take_prompts_with_telemetry() -> None:
    rows = _rows(
        "prompts-in-telemetry",
        _store("both", may_hold=("prompt", "telemetry")),
        _store("apart", may_hold=("prompt",)),
        _store("perhaps", may_hold=("telemetry",), may_hold_possibly=("prompt", "telemetry")),
    )
    assert rows == [("both", True), ("perhaps", False)]


def test_stores_that_anybody_may_read() -> None:
    rows = _rows("open-transcripts", _store("open", public=True), _store("closed"), _store("hidden", public=HIDDEN))
    assert rows == [("open", True), ("hidden", False)]


def test_what_is_not_encrypted_at_rest_and_on_the_way() -> None:
    rows = _rows(
        "unencrypted",
        _store("plain", encrypted=False),
        _store("sealed"),
        _store("hidden", encrypted=HIDDEN),
        _flow("a", "b", encrypted=False),
        _flow("a", "c", encrypted=False, data=()),
        _flow("a", "d", encrypted=False, data=(), may_carry=()),
        _flow("a", "e", encrypted=HIDDEN),
    )
    assert rows == [("a -> b (sends_to)", True), ("plain", True), ("a -> c (sends_to)", False), ("hidden", False)]


def test_deletion_reaches_every_store_of_who_people_are() -> None:
    who = {"may_hold": ("user_identity",), "expires": False}
    rows = _rows(
        "deletion-coverage",
        _store("deleted", **who),
        _store("widely", **who),
        _store("kept", **who),
        _store("emptied", **{**who, "expires": True}),
        _flow("job", "deleted", "deletes"),
        _flow("job", "widely", "deletes", tier="possible"),
    )
    assert rows == [("kept", True), ("widely", False)]


def test_copies_that_outlive_what_they_are_copies_of() -> None:
    things = (
        _store("source", longest_days=30),
        _store("longer", longest_days=90),
        _store("shorter", longest_days=7),
        _store("forever", expires=False),
        _store("hidden", expires=HIDDEN),
        *(_flow("source", name, "replicates_to") for name in ("longer", "shorter", "forever", "hidden")),
        _flow("source", "elsewhere", "backs_up_to"),
        _flow("forever", "longer", "backs_up_to"),
    )
    answer = _asked("copies-outliving", *things)
    assert [(row.subject, row.certain) for row in answer.rows] == [
        ("forever", True),
        ("longer", True),
        ("hidden", False),
    ]
    assert answer.rows[1].path == ("source", "replicates_to, test", "longer")


def test_what_of_another_environment_gets_at_production() -> None:
    things = (
        _store("sessions"),
        Compute(id="report", environment="prod"),
        Compute(id="preview", environment="staging"),
        Compute(id="perhaps", environment="staging"),
        _flow("sessions", "report", "reads_from"),
        _flow("report", "preview", "invokes"),
        _flow("report", "perhaps", "invokes", tier="possible"),
        Identity.of(
            id="tester", environment="staging", reaches_production=Noted(("sessions",), "", path=("a", "b", "c"))
        ),
        Identity(id="hidden", environment="staging", reaches_production=HIDDEN),
        Identity(id="own", environment="prod", reaches_production=HIDDEN),
        Identity(id="open", reaches_production=("sessions",)),
        Identity(id="opener", environment="dev", reaches_production=("vault",)),
        Secret(id="vault", environment="prod"),
        Compute(id="whose"),
        Store(id="archive", environment="security"),
        Store(id="theirs", environment="external"),
        _flow("report", "whose", "invokes"),
        _flow("report", "archive", "backs_up_to"),
        _flow("report", "theirs", "exports_to"),
    )
    answer = _asked("nonproduction-to-production", *things)
    assert [(row.subject, row.certain) for row in answer.rows] == [
        ("preview", True),
        ("tester", True),
        ("hidden", False),
        ("open", False),
        ("opener", False),
        ("perhaps", False),
        ("whose", False),
    ]
    said = {row.subject: row.says for row in answer.rows}
    assert said["opener"] == "it reaches vault, and no store of conversations itself"
    assert said["whose"].startswith("data of sessions comes to it; which environment it is of is not known: ")
    assert answer.rows[0].path == (
        "sessions", "reads_from (test)", "report", "invokes (test)", "preview",
    )  # fmt: skip
    assert answer.rows[1].path == ("a", "b", "c")


def test_vendors_and_their_agreements() -> None:
    answer = _asked(
        "vendors",
        Vendor.of(id="ext:api.openai.com", receives=("prompt",), agreed=Noted(False, "the agreement ended")),
        Vendor(id="ext:maybe.example", receives=(), may_receive=("prompt",), agreed=True),
        Vendor(id="ext:hidden.example", receives=HIDDEN, agreed=HIDDEN),
        Vendor(id="ext:nobody.example", agreed=True),
        _flow("a", "ext:hidden.example"),
    )
    assert [(row.subject, row.says, row.certain) for row in answer.rows] == [
        ("ext:api.openai.com", "it receives prompt; the agreement ended", True),
        ("ext:hidden.example", "what it receives is not known; nobody may read it", False),
        ("ext:maybe.example", "it may receive prompt; agreed", False),
    ]


def test_code_that_the_internet_reaches_past_no_guard() -> None:
    guarded = ("authentication", "firewall")
    things = (
        Actor(id=INTERNET, type="internet"),
        Entrypoint(id="open"),
        Entrypoint(id="guarded"),
        Compute(id="webhook"),
        Compute(id="chat"),
        Compute(id="doubtful"),
        _flow(INTERNET, "open", guards=("firewall",)),
        _flow("open", "webhook", guards=()),
        _flow(INTERNET, "guarded", guards=guarded),
        _flow("guarded", "chat", guards=()),
        _flow(INTERNET, "doubtful", guards=HIDDEN),
    )
    answer = _asked("open-entries", *things)
    assert [(row.subject, row.certain) for row in answer.rows] == [
        ("webhook", True),
        ("doubtful", False),
        ("doubtful", False),
    ]
    assert answer.rows[0].path == (INTERNET, "sends_to (test)", "open", "sends_to (test)", "webhook")
    assert _rows("open-entries", Compute(id="webhook")) == []


def test_calls_of_models_that_no_guardrail_filters() -> None:
    things = (
        Model(id="ext:bedrock", type="service", name="Bedrock"),
        Vendor(id="ext:api.openai.com", type="model"),
        Vendor(id="ext:metrics.example", type="observability"),
        *(Compute(id=name) for name in ("bare", "guarded", "doubtful", "perhaps", "other")),
        _flow("bare", "ext:bedrock", "invokes"),
        _flow("guarded", "ext:bedrock", "invokes", guards=("guardrail",)),
        _flow("doubtful", "ext:bedrock", "invokes", guards=HIDDEN),
        _flow("perhaps", "ext:api.openai.com", "invokes", tier="possible"),
        _flow("other", "ext:metrics.example", "invokes"),
        _flow("bare", "ext:api.openai.com", "sends_to"),
    )
    assert _rows("around-guardrail", *things) == [("bare", True), ("doubtful", False), ("perhaps", False)]


def test_flows_that_leave_the_approved_regions() -> None:
    rows = _rows(
        "outside-regions",
        _flow("a", "ext:bedrock", "invokes", regions_approved=Noted(False, "in ap-south-1")),
        _flow("b", "ext:bedrock", "invokes", regions_approved=True),
        _flow("c", "ext:bedrock", "invokes", regions_approved=HIDDEN),
        _flow("d", "own", regions_approved=HIDDEN),
        _flow("e", "ext:bedrock", "invokes", data=(), regions_approved=False),
        _flow("f", "ext:bedrock", "invokes", data=(), may_carry=(), regions_approved=False),
    )
    assert rows == [
        ("a -> ext:bedrock (invokes)", True),
        ("c -> ext:bedrock (invokes)", False),
        ("e -> ext:bedrock (invokes)", False),
    ]


def test_what_every_way_to_a_model_passes() -> None:
    things = (
        Actor(id=INTERNET, type="internet"),
        Compute(id="left"),
        Compute(id="right"),
        Compute(id="gateway"),
        Model(id="model"),
        Vendor(id="ext:api.openai.com", type="model"),
        _flow(INTERNET, "left"),
        _flow(INTERNET, "right"),
        _flow("left", "gateway"),
        _flow("right", "gateway"),
        _flow("gateway", "model", "invokes"),
    )
    assert _rows("choke-points", *things) == [("gateway", True)]
    assert _rows("choke-points", Model(id="model")) == []


def test_the_fewest_flows_that_part_production_from_outside() -> None:
    things = (
        Actor(id=INTERNET, type="internet"),
        _store("sessions"),
        _store("alone"),
        Compute(id="a", environment="prod"),
        Compute(id="b", environment="prod"),
        Compute(id="chat", environment="prod"),
        _flow(INTERNET, "a"),
        _flow(INTERNET, "b"),
        _flow("a", "chat"),
        _flow("b", "chat"),
        _flow("sessions", "chat", "reads_from"),
    )
    (row,) = _asked("cheapest-cut", *things).rows
    assert row.subject == "sessions"
    assert "without 1 flow" in row.says
    assert "sessions -> chat (reads_from)" in row.says
    assert _rows("cheapest-cut", _store("sessions")) == []


def test_duties_of_one_identity() -> None:
    both = ("change-guardrails", "stop-audit")
    people = (
        Identity(id="both", type="role", duties=both),
        Identity(id="one", type="role", duties=("stop-audit",), duties_apart=True),
        Identity(id="hidden", type="role", duties=HIDDEN, duties_apart=HIDDEN),
        Identity(id="releases", type="role", duties=("approve-releases", "make-releases"), duties_apart=True),
    )
    assert _rows("guardrails-and-audit", *people) == [("both", True), ("hidden", False)]
    assert _rows("deployers", *people) == [("releases", True)]


def test_the_record_ends_where_nobody_changes_it() -> None:
    trail = AuditTrail(id="trail", type="trail", account="1", destination_immutable=False, log_validation=False)
    rows = _rows(
        "audit-path",
        Account(id="one", account="1"),
        Account(id="two", account="2"),
        trail,
        AuditTrail(id="hidden", type="trail", account="1", destination_immutable=HIDDEN, log_validation=True),
        AuditTrail(id="good", type="trail", account="1", destination_immutable=True, log_validation=True),
        AuditTrail(id="calls", type="model_invocations", account="2", destination_immutable=False),
    )
    assert rows == [("trail", True), ("trail", True), ("hidden", False), ("two", False)]


def test_what_changed_since_an_earlier_world() -> None:
    before = World(
        resources=(),
        flows=(
            _flow("a", "gone"),
            _flow("a", "same"),
            _flow("a", "more", data=("prompt",)),
            _flow("a", "surer", tier="likely"),
        ),
    )
    now = (_flow("a", "new"), _flow("a", "same"), _flow("a", "more", data=("prompt", "upload")), _flow("a", "surer"))
    answer = _asked("changes", *now, before=before)
    assert [(row.subject.split()[2], row.says) for row in answer.rows] == [
        ("gone", "gone: it is wired"),
        ("more", "now carries upload"),
        ("new", "new: it is wired"),
        ("surer", "now declared, was likely"),
    ]
    assert _rows("changes", *now) == []


def test_answers_that_rest_on_possible_flows_alone() -> None:
    rows = _rows(
        "assurance-gap",
        _store("perhaps", may_hold=("prompt",), may_hold_possibly=("prompt", "upload")),
        _store("sure", may_hold=("prompt",), may_hold_possibly=("prompt",)),
        Vendor(id="ext:x", receives=(), may_receive=("prompt",)),
    )
    assert rows == [("ext:x", False), ("perhaps", False)]


def test_what_was_not_seen_is_told_with_the_answer() -> None:
    gap = Gap(scope="chat", kinds=("flow",), reason="its settings are known only after apply")
    other = Gap(scope="eu-west-1", kinds=("key",), reason="AccessDenied")
    answer = _asked("unencrypted", gaps=(gap, other))
    assert answer.rows == ()
    assert answer.unseen == (gap,)


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_is_answered_on_an_empty_world(name: str) -> None:
    assert _asked(name).rows == ()
    assert QUESTIONS[name].asks.endswith("?")
    assert QUESTIONS[name].criteria
