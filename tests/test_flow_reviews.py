"""What people review of data classes, what tags and settings deny, and flows that several rules find."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from scanner import config
from scanner.config import Config
from scanner.errors import ConfigError
from scanner.findings import Status
from scanner.graph.derived import with_flows
from scanner.graph.merging import merged
from scanner.kinds import INTERNET, Actor, Compute, Entrypoint, Flow, Model, Store, Vendor
from scanner.model import Resource, Unknown, World
from test_reach import flow
from worlds import TODAY, change, facts_of, plan, scan

OPEN = Unknown("nobody knows")
CHATBOT = (flow(INTERNET, "api"), flow("api", "chat"), flow("chat", "model", "invokes"), flow("chat", "ext:datadog"))


def reviewed(folder: Path, *rules: str) -> Config:
    path = folder / "trustscan.yaml"
    path.write_text("flows:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules))
    return config.load(path)


def rule(subject: str, mode: str, classes: str, expires: str = "2027-03-31") -> str:
    return f"subject: '{subject}', mode: {mode}, classes: [{classes}], owner: lead, reason: ADR-12, expires: {expires}"


def seen(flows: Iterable[Flow], settings: Config | None = None, *more: Resource) -> dict[str, Any]:
    things: dict[str, Resource] = {
        one.id: one
        for one in (
            Actor(id=INTERNET, type="internet"),
            Entrypoint(id="api", type="api"),
            Compute(id="chat", type="function"),
            Model(id="model"),
            Vendor(id="ext:datadog", type="observability"),
            Store(id="s", type="bucket"),
            *more,
        )
    }
    made = with_flows(World(resources=tuple(things.values())), flows, settings or Config(), TODAY)
    return {one.id: one for one in (*made.resources, *made.flows)}


# --- the settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (rule("x", "not", "chats"), r"trustscan.yaml:2:\d+: there is no data class 'chats'"),
        (rule("x", "never", "prompt"), r"trustscan.yaml:2:\d+: Invalid enum value 'never'"),
        (rule("x", "not", ""), r"trustscan.yaml:2:\d+: 'not' needs classes"),
        (rule("x", "add", ""), r"trustscan.yaml:2:\d+: 'add' needs classes"),
        (rule(" ", "not", "prompt"), r"trustscan.yaml:2:\d+: subject may not be empty"),
        (rule("x", "not", "prompt").replace("ADR-12", "''"), r"trustscan.yaml:2:\d+: reason may not be empty"),
        (rule("x", "not", "prompt").replace("lead", "''"), r"trustscan.yaml:2:\d+: owner may not be empty"),
        (rule("x", "not", "prompt", "soon"), r"trustscan.yaml:2:\d+: Invalid RFC3339 encoded date"),
        (rule("x", "not", "prompt", "2027-02-30"), r"trustscan.yaml:2:\d+: Invalid RFC3339 encoded date"),
        ("subject: x, mode: not, classes: [prompt]", r"trustscan.yaml:2:\d+: Object missing required field `owner`"),
        (rule("x", "not", "prompt") + ", who: me", r"trustscan.yaml:2:\d+: .*unknown field `who`"),
    ],
)
def test_a_review_that_makes_no_sense_is_refused_with_its_place(text: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=wrong) as refused:
        reviewed(tmp_path, text)
    lines = str(refused.value).splitlines()
    assert len(lines) == 3
    assert lines[2].strip() == "^"


# --- what they do -----------------------------------------------------------------------------------------------------


def test_a_review_of_a_flow_says_what_goes_over_it_and_no_more(tmp_path: Path) -> None:
    to_vendor = "chat -> ext:datadog (sends_to)"
    for text, carried in {
        rule("chat -> ext:datadog (*)", "not", "conversation"): ("telemetry",),
        rule(to_vendor, "set", "prompt"): ("prompt",),
        rule("chat -> *", "set", ""): (),
        rule(to_vendor, "add", "config"): ("prompt", "response", "user_identity", "config", "telemetry"),
    }.items():
        found = seen(CHATBOT, reviewed(tmp_path, text))
        assert found[to_vendor].data == found[to_vendor].may_carry == carried
        assert found["ext:datadog"].receives == carried


def test_a_review_of_a_resource_says_what_it_holds_and_hands_on(tmp_path: Path) -> None:
    way = (*CHATBOT[:3], flow("chat", "s", "writes_to", "likely"), flow("s", "ext:datadog", content=True))
    for text, held in {
        rule("s", "not", "conversation"): (),
        rule("?", "set", "config"): ("config",),
        rule("s", "add", "feedback"): ("prompt", "response", "user_identity", "feedback"),
    }.items():
        found = seen(way, reviewed(tmp_path, text))
        assert found["s"].may_hold == found["s"].may_hold_possibly == held
        assert found["ext:datadog"].receives == (*held, "telemetry")
        assert (found["s"].says_data, found["s"].holds_contradiction) == (True, False)


def test_reviews_add_up_and_the_later_one_wins(tmp_path: Path) -> None:
    rules = (rule("s", "not", "conversation"), rule("*", "add", "prompt"), rule("s", "not", "user_identity"))
    found = seen((*CHATBOT[:3], flow("chat", "s", "writes_to")), reviewed(tmp_path, *rules))
    assert found["s"].may_hold == ("prompt",)


def test_brackets_of_an_address_stand_for_themselves(tmp_path: Path) -> None:
    store = Store(id='aws_s3_bucket.b["x"]')
    for subject in ('aws_s3_bucket.b["x"]', 'aws_s3_bucket.b["*"]', "aws_s3_*"):
        assert seen((), reviewed(tmp_path, rule(subject, "add", "prompt")), store)[store.id].may_hold == ("prompt",)
    assert seen((), reviewed(tmp_path, rule("aws_s3_bucket.bx", "add", "prompt")), store)[store.id].may_hold == ()


def test_a_review_past_its_last_day_says_nothing_and_is_told(tmp_path: Path) -> None:
    for day, holds in (("2026-11-20", False), ("2026-11-21", True)):
        settings = reviewed(tmp_path, rule("chat -> *", "not", "conversation", day))
        found = seen(CHATBOT, settings)
        assert ("prompt" in found["ext:datadog"].receives) is not holds
        review = found["review of chat -> * (not conversation)"]
        assert (review.current, review.expires_days, review.applies) == (holds, 0 if holds else -1, True)
        assert review.because["current"] == f"lead reviewed it until {day}: ADR-12"


def test_a_review_of_nothing_is_told_and_two_alike_are_two(tmp_path: Path) -> None:
    found = seen(CHATBOT, reviewed(tmp_path, rule("gone", "set", ""), rule("gone", "set", "")))
    one, two = found["review of gone (set nothing)"], found["review of gone (set nothing) 2"]
    assert (one.applies, two.applies) == (False, False)
    assert one.because["applies"] == "nothing is called gone"


def test_reviews_of_nothing_are_one_note_of_the_run(tmp_path: Path) -> None:
    bucket = plan(change("aws_s3_bucket.b", {"bucket": "b"}))
    gone = [rule(f"gone{number}", "set", "", day) for number, day in enumerate(["2027-03-31", "2020-01-01"] * 2)]
    told = scan(bucket, config=reviewed(tmp_path, rule("aws_s3_bucket.b", "add", "prompt"), *gone))
    assert told.notes == (
        "flows in trustscan.yaml review what nothing scanned is called: gone0, gone1, gone2 and 1 more",
    )
    assert scan(bucket, config=reviewed(tmp_path, rule("aws_s3_bucket.?", "add", "prompt"))).notes == ()
    late = [one for one in told.findings if one.control == "data-review-current" and one.status is Status.FAIL]
    assert [one.subject for one in late] == ["review of gone1 (set nothing)", "review of gone3 (set nothing)"]


def test_a_review_that_says_all_leaves_nothing_open(tmp_path: Path) -> None:
    hidden = Store(id="hidden", data=OPEN)
    way = (flow("hidden", "chat", "reads_from"), flow("chat", "s", "writes_to"), flow("chat", "ext:datadog"))
    assert isinstance(seen(way, None, hidden)["s"].may_hold, Unknown)
    told = seen(way, reviewed(tmp_path, rule("hidden", "set", "config")), hidden)
    assert told["s"].may_hold == told["s"].may_hold_possibly == ("config",)
    cut = seen(way, reviewed(tmp_path, rule("hidden -> chat *", "set", "config")), hidden)
    assert cut["s"].may_hold_possibly == ("config",)
    end = seen(way, reviewed(tmp_path, rule("s", "set", "config")), hidden)
    assert (end["s"].may_hold_possibly, isinstance(end["ext:datadog"].may_receive, Unknown)) == (("config",), True)


# --- what tags and settings deny --------------------------------------------------------------------------------------

BRINGS = flow("chat", "s", "writes_to", reason="it is wired")
LOGS = flow("chat", "s", "logs_to", content=OPEN)


@pytest.mark.parametrize(
    ("data", "by", "flows", "says", "contradicted"),
    [
        ((), "tag", [BRINGS], True, True),
        (("telemetry",), "tag", [BRINGS], True, True),
        (("telemetry",), "setting", [BRINGS], True, True),
        (("telemetry",), "name", [BRINGS], False, False),
        ((), "", [BRINGS], False, False),
        (("upload",), "tag", [BRINGS], True, False),
        (("telemetry",), "tag", [flow("chat", "s", "writes_to", "likely")], True, False),
        (("config",), "tag", [flow("chat", "s", "logs_to", content=False)], True, False),
        ((), "tag", [flow("chat", "s", "logs_to", content=False)], True, True),
        (("telemetry",), "tag", [LOGS], True, None),
        (("telemetry",), "tag", [LOGS, BRINGS], True, True),
        (OPEN, "", [BRINGS], None, None),
    ],
)  # fmt: skip
def test_what_says_none_or_other_is_contradicted_by_what_a_declared_flow_brings(
    data: Any, by: str, flows: list[Flow], says: Any, contradicted: Any
) -> None:
    store = seen([*CHATBOT, *flows], None, Store(id="s", data=data, data_by=by))["s"]
    for fact, expected in ((store.says_data, says), (store.holds_contradiction, contradicted)):
        assert isinstance(fact, Unknown) if expected is None else fact is expected


def test_a_contradiction_says_what_comes_from_where() -> None:
    store = seen([*CHATBOT, BRINGS], None, Store(id="s", data_by="tag"))["s"]
    assert store.because["holds_contradiction"] == (
        "its tag leaves out prompt, response, user_identity, and chat brings it in: it is wired"
    )
    may = seen([*CHATBOT, LOGS], None, Store(id="s", data=("config",), data_by="setting"))["s"]
    assert may.holds_contradiction == Unknown(
        "chat may bring in prompt, response, user_identity, which a setting of data classes leaves out"
    )


def test_a_review_is_contradicted_by_what_it_takes_away(tmp_path: Path) -> None:
    flows = [*CHATBOT, BRINGS]
    for text, expected in ((rule("s", "not", "prompt"), True), (rule("s", "not", "upload"), False),
                           (rule("s", "set", "prompt, response, user_identity"), False),
                           (rule("s", "add", "upload"), False)):  # fmt: skip
        store = seen(flows, reviewed(tmp_path, text), Store(id="s", data=("config",), data_by="tag"))["s"]
        assert (store.says_data, store.holds_contradiction) == (True, expected)
    assert "a review of what it holds leaves out prompt" in seen(
        flows, reviewed(tmp_path, rule("s", "not", "prompt"))
    )["s"].because["holds_contradiction"]  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "name", "settings", "told"),
    [
        ({"DataClass": "none"}, "b", "", ((), "tag")),
        ({"DataClass": " None "}, "chat-transcripts", "", ((), "tag")),
        ({"DataClass": "public"}, "chat-transcripts", "", (("transcript",), "name")),
        ({"DataClass": "telemetry"}, "b", "", (("telemetry",), "tag")),
        ({}, "b", "", ((), "")),
        ({"DataClass": "telemetry"}, "b", "data: [{classes: [], match: {name: b}}]", ((), "setting")),
    ],
)
def test_a_store_knows_what_says_what_it_holds(
    tags: dict[str, str], name: str, settings: str, told: tuple[Any, str], tmp_path: Path
) -> None:
    (tmp_path / "trustscan.yaml").write_text(settings)
    content = plan(change("aws_s3_bucket.b", {"bucket": name, "tags": tags}))
    found: dict[str, Any] = facts_of(content, config.load(tmp_path / "trustscan.yaml"))
    store = found["aws_s3_bucket.b"]
    assert (store.data, store.data_by) == told
    assert store.says_data is (told[1] in {"tag", "setting"})


# --- flows that several rules find ------------------------------------------------------------------------------------


def test_a_flow_that_several_rules_find_is_one_as_sure_as_the_surest_with_the_evidence_of_all() -> None:
    grant = flow("f", "s", "writes_to", "likely", rule="aws-grant", attribute="p", reason="a statement", models=("a",))
    wide = flow("f", "s", "writes_to", "possible", rule="aws-wide", attribute="q", reason="a wildcard", models=("b",))
    wired = flow("f", "s", "writes_to", rule="aws-wire", attribute="p", reason="a setting", encrypted=True)
    for order in itertools.permutations([grant, wide, wired]):
        (one,) = merged(order)
        assert (one.tier, one.rule, one.attribute) == ("declared", "aws-wire", "p; q")
        assert one.reason == "a setting; a statement; a wildcard"
        assert (one.encrypted, one.models) == (True, ("a", "b"))
    many = [flow("f", "s", rule=f"r{i}", reason=f"reason {i}") for i in range(5)]
    assert merged(many)[0].reason == "reason 0; reason 1; reason 2; and 2 more"


@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("guards", [("authentication", "firewall"), ("firewall",)], ("firewall",)),
        ("guards", [("authentication",), ()], ()),
        ("guards", [("authentication",), OPEN], OPEN),
        ("guards", [(), OPEN], ()),
        ("guards", [OPEN, OPEN], OPEN),
        ("encrypted", [True, True], True),
        ("encrypted", [True, OPEN], OPEN),
        ("encrypted", [OPEN, False], False),
        ("redacts", [True, True], True),
        ("redacts", [True, OPEN], OPEN),
        ("redacts", [False, OPEN], False),
        ("content", [False, True], True),
        ("content", [False, OPEN], OPEN),
        ("content", [OPEN, True], True),
        ("content", [False, False], False),
        ("regions", [("eu",), ("us", "eu")], ("eu", "us")),
        ("regions", [("eu",), OPEN], OPEN),
        ("regions_open", [("eu",), ("us", "eu")], ("eu", "us")),
    ],
)
def test_what_protects_a_flow_is_what_all_of_its_surest_ways_have(name: str, facts: list[Any], expected: Any) -> None:
    alike = [flow("f", "s", rule=f"r{i}", **{name: fact}) for i, fact in enumerate(facts)]
    assert getattr(merged(alike)[0], name) == getattr(merged(reversed(alike))[0], name) == expected


def test_a_region_that_one_rule_is_sure_of_is_open_no_more() -> None:
    one, other = flow("f", "s", regions=("eu", "us"), regions_open=("us",)), flow("f", "s", regions=("us",))
    assert merged([one, other])[0].regions_open == ()
    assert merged([one, flow("f", "s", regions=OPEN)])[0].regions_open == ("us",)


def test_what_is_less_sure_takes_no_guard_away() -> None:
    guarded = flow("f", "s", guards=("authentication",), encrypted=True)
    (one,) = merged([flow("f", "s", tier="possible", encrypted=False), guarded])
    assert (one.guards, one.encrypted) == (("authentication",), True)
