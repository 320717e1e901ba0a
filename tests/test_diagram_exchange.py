"""The graph for other programs: valid by its schema, and read back by them."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from drawings import chatbot, flow, thing, world
from scanner.cli import graph_asked, graph_text
from scanner.cli.graph_asked import Asked
from scanner.diagram.build import View, picture
from scanner.diagram.collapse import MOST, collapsed
from scanner.diagram.compared import Change, Compared, compared, compared_picture, shown
from scanner.diagram.exchange.document import difference, document
from scanner.diagram.exchange.dot import dot
from scanner.diagram.exchange.graphml import graphml
from scanner.diagram.exchange.mermaid import MOST_WIRES, mermaid
from scanner.diagram.svg import drawn_svg
from scanner.kinds import Flow
from scanner.model import Gap, Resource, Unknown, World
from scanner.redact import Redactor
from worlds import ROOT

SCHEMA = json.loads((ROOT / "scanner" / "data" / "trustscan-graph-1.schema.json").read_text(encoding="utf-8"))
OPEN = Redactor(())
ABOUT: dict[str, Any] = {"tool": "trustscan test", "inputs": ["plan.json"], "before": []}
ALL = View(tier="possible")
HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(
    [
        '"];evil[label="',
        "\\",
        '\\"',
        "a\\",
        "\x00\x1b",
        "\u202eb",
        "<b>&",
        "]]>",
        "%%{init: {}}%%",
        "#quot;",
        "`x`",
        "\n",
    ]
)


def told(seen: World, view: View = ALL, hide: Redactor = OPEN) -> dict[str, Any]:
    """The document, valid by its schema, through JSON itself."""
    made = json.loads(json.dumps(document(seen, view, hide, ABOUT)))
    Draft202012Validator(SCHEMA).validate(made)
    return made  # type: ignore[no-any-return]


def hostile(one: str, other: str) -> World:
    function = thing("function", f"f.{one}", name=other, account=one)
    table = thing("table", f"t.{other}", name=one, environment=other)
    return world(([function, table], [flow(function.id, table.id, "writes_to", rule=one, reason=other, attribute=one)]))


def tokens(text: str) -> list[str]:
    """A DOT file as its language reads it: quoted texts, words, arrows and marks; anything else is a mistake."""
    found, at = [], 0
    pattern = re.compile(r'\s+|("(?:[^"\\]|\\.)*")|([A-Za-z_][A-Za-z0-9_]*|-?[0-9.]+)|(->|[{}\[\];,=])', re.DOTALL)
    while at < len(text):
        match = pattern.match(text, at)
        assert match, text[at : at + 60]
        at = match.end()
        if match[0].strip():
            found.append(match[0])
    return found


def plain(quoted: str) -> str:
    return quoted[1:-1].replace('\\"', '"').replace("\\\\", "\\")


def test_the_document_has_the_shape_that_others_build_on() -> None:
    seen = world(chatbot(), gaps=(Gap(scope="a", kinds=("flow",), reason="known only after apply"),))
    made = told(seen)
    assert {one["id"] for one in made["resources"]} == {one.id for one in seen.resources}
    sessions = next(one for one in made["resources"] if one["id"] == "aws_dynamodb_table.sessions")
    assert [sessions[name] for name in ("kind", "environment", "data")] == [
        "store",
        "prod",
        ["transcript", "user_identity"],
    ]
    first = next(one for one in made["flows"] if one["target"] == "ext:api.openai.com")
    assert list(first)[:7] == ["source", "target", "kind", "tier", "data", "rule", "reason"]
    assert first["tier"] == "possible"
    assert len(made["flows"]) == len(seen.flows)
    assert made["unseen"] == [{"scope": "a", "reason": "known only after apply"}]
    assert told(seen, View(tier="declared"))["tier"] == "declared"


def test_what_is_not_known_is_no_value_and_has_its_reason() -> None:
    one, other = thing("function", "a.f", environment=Unknown("no tag")), thing("table", "b.t", data=Unknown("no name"))
    why = Unknown("known only after apply")
    made = told(
        world(([one, other], [flow("a.f", "b.t", data=why, may_carry=why, encrypted=why, guards=why, regions=why)]))
    )
    first, second = made["resources"]
    assert first["environment"] is None
    assert first["unknown"] == {"environment": "no tag"}
    assert second["unknown"] == {"data": "no name"}
    found = made["flows"][0]
    assert [found[name] for name in ("data", "may_carry", "encrypted", "guards", "regions")] == [
        [],
        [],
        None,
        None,
        None,
    ]
    assert set(found["unknown"]) == {"data", "may_carry", "encrypted", "guards", "regions"}


def test_an_end_that_was_not_read_is_listed_all_the_same() -> None:
    made = told(world(([thing("function", "a.f")], [flow("a.f", "ext:example.com"), flow("a.f", "arn:aws:sqs:x")])))
    assert {one["id"]: one["kind"] for one in made["resources"]} == {
        "a.f": "compute", "ext:example.com": "vendor", "arn:aws:sqs:x": "external",
    }  # fmt: skip


def test_views_leave_out_resources_as_well() -> None:
    seen = world(chatbot(), chatbot("staging"))
    places = {one["environment"] for one in told(seen, View(tier="possible", environment="staging"))["resources"]}
    assert places == {"staging", "external"}
    training = told(seen, View(data="training"))
    assert training["flows"] == training["resources"] == []


def test_secrets_leave_in_no_format() -> None:
    secret = "hunter2-secret"
    function = thing("function", f'aws_lambda_function.f["{secret}"]', name=f"{secret}-name", type="function")
    seen = world(([function, thing("table", "b.t")], [flow(function.id, "b.t", reason=f"set to {secret}", rule="r")]))
    hide = Redactor([secret])
    made = told(seen, hide=hide)
    page = collapsed(picture(seen, ALL))
    for text in (json.dumps(made), graphml(made), dot(made), mermaid(page, hide), drawn_svg(page, hide)):
        assert secret not in text
        assert "(hidden)" in text or "#40;hidden#41;" in text


def test_a_text_without_end_is_cut() -> None:
    made = told(world(([thing("function", "a.f", name="x" * 20_000_00)], [])))
    assert "more characters)" in made["resources"][0]["name"]
    assert len(json.dumps(made)) < 20_000


def test_graphml_is_read_back_by_networkx() -> None:
    made = told(world(chatbot()))
    read = nx.read_graphml(io.BytesIO(graphml(made).encode()), force_multigraph=True)
    assert set(read.nodes) == {one["id"] for one in made["resources"]}
    assert read.number_of_edges() == len(made["flows"])
    assert read.nodes["aws_dynamodb_table.sessions"]["data"] == "transcript; user_identity"
    assert {data["tier"] for _, _, data in read.edges(data=True)} == {"declared", "likely", "possible"}


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_names_stay_names_in_graphml(one: str, other: str) -> None:
    read = nx.read_graphml(io.BytesIO(graphml(told(hostile(one, other))).encode()), force_multigraph=True)
    assert read.number_of_nodes() == 2
    assert read.number_of_edges() == 1


def test_names_that_look_alike_once_they_are_visible_stay_apart_in_graphml() -> None:
    seen = world(([thing("function", "f.\x1b"), thing("function", "f.\\x1b")], [flow("f.\x1b", "f.\\x1b")]))
    read = nx.read_graphml(io.BytesIO(graphml(told(seen)).encode()))
    assert sorted(read.nodes) == ["f.\\x1b", "f.\\x1b (2)"]


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_names_stay_names_in_dot(one: str, other: str) -> None:
    found = tokens(dot(told(hostile(one, other))))
    assert found.count("->") == 1
    assert found.count("{") == found.count("}")
    assert found.count("[") == found.count("]") == 4, "two nodes, one arrow, and the look of nodes"


def test_dot_has_every_node_every_flow_and_its_tier() -> None:
    made = told(world(chatbot()))
    found = tokens(dot(made))
    arrows = [(plain(found[i - 1]), plain(found[i + 1])) for i, token in enumerate(found) if token == "->"]
    assert sorted(arrows) == sorted((one["source"], one["target"]) for one in made["flows"])
    assert found.count("subgraph") == 1
    assert {"solid", "dashed", "dotted"} <= set(found)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_names_stay_names_in_mermaid(one: str, other: str) -> None:
    node = r"n\d+(?:\[\(|\(\[|\[\[|\{\{|\[)\"[^\"<>`\x00-\x1f]*<br/>[^\"<>`]*\"(?:\)\]|\]\)|\]\]|\}\}|\])"
    patterns = (
        "flowchart LR", "  end", r"  classDef note stroke-dasharray: 4 3", r'  subgraph b\d+\["[^"<>`]*"\]',
        rf"\s+{node}", r'\s+note\d+\["[^"<>`]*"\]:::note',
        r'  n\d+ (?:-->|-\.->|<-->|<-\.->)(?:\|"[a-z ]+"\|)? n\d+',
    )  # fmt: skip
    for line in mermaid(collapsed(picture(hostile(one, other), ALL)), OPEN).splitlines():
        assert any(re.fullmatch(pattern, line) for pattern in patterns), line


def test_mermaid_has_at_most_sixty_nodes_and_says_so() -> None:
    text = mermaid(collapsed(picture(world(*(chatbot(f"e{i}") for i in range(9))), ALL)), OPEN)
    assert len(re.findall(r"^\s+n\d+[\[({]", text, re.MULTILINE)) <= MOST
    assert "are more than fit a page" in text
    assert len(text) < 50_000, "as much as Mermaid takes"


def test_mermaid_leaves_out_the_least_sure_arrows_where_there_are_too_many() -> None:
    things: list[Resource] = [thing("function", f"f.{i:02}") for i in range(50)]
    flows = [
        flow(f"f.{i:02}", f"f.{j:02}", tier="declared" if j < 8 else "possible") for i in range(50) for j in range(i)
    ]
    text = mermaid(picture(world((things, flows)), ALL), OPEN)
    assert len(re.findall(r"-->|-\.->", text)) == MOST_WIRES
    assert text.count("-->") == sum(one.tier == "declared" for one in flows)
    assert "arrows are more than fit" in text


# --- two worlds ---


def pair() -> tuple[World, World]:
    """A chatbot before and after: one flow and one resource come, one goes, one changes."""
    things, flows = chatbot()
    extra = thing("bucket", "aws_s3_bucket.exports", data=("transcript",))
    now = [one for one in flows if one.target != "aws_sqs_queue.dead"]
    now = [
        replace(one, tier="declared", guards=("redaction",), data=("prompt",))
        if one.target == "ext:api.openai.com"
        else one
        for one in now
    ]
    now.append(flow("aws_lambda_function.exporter", extra.id, "writes_to", data=("transcript",)))
    after = ([one for one in things if one.id != "aws_sqs_queue.dead"] + [extra], now)
    return world((things, flows)), world(after)


def both() -> Compared:
    return compared(*pair())


def test_two_worlds_differ_in_flows_that_come_go_and_change() -> None:
    found = {change.how: change for change in both().changes}
    assert len(both().changes) == 3
    assert found["added"].flow.target == "aws_s3_bucket.exports"
    assert found["removed"].flow.target == "aws_sqs_queue.dead"
    assert found["changed"].facts == (
        ("tier", "possible", "declared"),
        ("data", ("prompt", "response"), ("prompt",)),
        ("guards", (), ("redaction",)),
    )
    assert both().nodes == {"aws_s3_bucket.exports": "added", "aws_sqs_queue.dead": "removed"}


def test_the_same_world_does_not_differ_and_the_other_way_round_it_is_the_opposite() -> None:
    before, after = pair()
    assert compared(after, after).changes == ()
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    forth = sorted((change.flow.id, opposite[change.how]) for change in compared(before, after).changes)
    assert forth == sorted((change.flow.id, change.how) for change in compared(after, before).changes)


def test_why_something_is_not_known_is_no_change() -> None:
    first = world(([], [flow("a", "b", data=Unknown("one reason"))]))
    second = world(([], [flow("a", "b", data=Unknown("another"))]))
    assert compared(first, second).changes == ()
    assert [one.facts for one in compared(first, world(([], [flow("a", "b")]))).changes] == [(("data", None, ()),)]


def test_a_plan_and_the_account_made_of_it_are_compared_by_names() -> None:
    things, flows = chatbot()
    ids = {one.id: f"arn:aws:{one.origin.type}:::{one.name}" for one in things if not one.id.startswith("ext:")}
    live = [replace(one, id=ids.get(one.id, one.id)) for one in things]
    moved: list[Flow] = []
    for one in flows:
        source, target = ids.get(one.source, one.source), ids.get(one.target, one.target)
        moved.append(replace(one, id=f"{source} -> {target} ({one.how})", source=source, target=target))
    found = compared(world((things, flows)), world((live, moved)))
    assert found.changes == ()
    assert found.nodes == {}


def test_what_several_go_by_is_not_taken_for_one_of_them() -> None:
    before = world(([thing("function", "a.f", name="same"), thing("function", "a.g", name="same")], [flow("a.f", "x")]))
    after = world(([thing("function", "a.h", name="same")], [flow("a.h", "x")]))
    assert sorted(change.how for change in compared(before, after).changes) == ["added", "removed"]


def test_the_difference_as_document() -> None:
    made = json.loads(json.dumps(difference(both(), ALL, OPEN, {**ABOUT, "before": ["old.json"]})))
    Draft202012Validator(SCHEMA).validate(made)
    changes = {one["target"]: one["change"] for one in made["flows"]}
    assert changes["aws_s3_bucket.exports"] == "added"
    assert changes["aws_sqs_queue.dead"] == "removed"
    assert changes["aws_cloudfront_distribution.web"] is None
    changed = next(one for one in made["flows"] if one["change"] == "changed")
    assert changed["changed"][0] == {"fact": "tier", "before": "possible", "after": "declared"}
    assert {one["id"]: one["change"] for one in made["resources"]}["aws_s3_bucket.exports"] == "added"
    assert "#0072b2" in dot(made)
    read = nx.read_graphml(io.BytesIO(graphml(made).encode()), force_multigraph=True)
    assert "added" in {data.get("change") for _, _, data in read.edges(data=True)}


def test_the_difference_as_picture() -> None:
    page = collapsed(compared_picture(both(), ALL))
    text = drawn_svg(page, OPEN)
    assert len(re.findall(r'class="ts-wire [^"]*ts-added"', text)) == 1 + 1, "one flow, and the legend"
    assert len(re.findall(r'class="ts-wire [^"]*ts-removed"', text)) == 1 + 1
    assert len(re.findall(r'class="ts-wire [^"]*ts-changed"', text)) == 1 + 1
    assert re.search(r'class="ts-box ts-added" data-id="aws_s3_bucket.exports"', text)
    assert "+ exports" in text
    assert "added" in mermaid(page, OPEN)


def test_changes_of_what_is_asked_for_alone() -> None:
    assert {change.how for change in shown(both(), View(tier="declared"))} == {"added", "removed", "changed"}
    assert shown(both(), View(tier="declared", data="training")) == []
    assert isinstance(both().changes[0], Change)


@pytest.mark.parametrize("name", ["graphml", "dot"])
def test_the_same_world_in_any_order_is_the_same_file(name: str) -> None:
    things, flows = chatbot()
    write = {"graphml": graphml, "dot": dot}[name]
    assert write(told(world((things, flows)))) == write(told(world((things[::-1], flows[::-1]))))


# --- control and direction characters

ODD = "\x00\x07\x1b[31m\x7f\x9b\u200b\u200f\u202e\u2066\u2028\ufeff\U000e0041\r\n\t"
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


def odd_world() -> World:
    """Each text that comes from outside is odd: names, environments, tags, accounts, reasons, hosts and regions."""

    def odd(text: str) -> str:
        return f"{text}{ODD}"

    facts: dict[str, Any] = {"environment": odd("e"), "account": odd("a"), "region": odd("r"), "name": odd("n")}
    function = thing("function", odd("f.x"), data=Unknown(odd("why")), **facts)
    table = thing("table", odd("t.y"), **{**facts, "environment": Unknown(odd("open")), "account": ""})
    vendor = thing("observability", odd("ext:v"), name=odd("v"))
    flows = [
        flow(one, other, "sends_to", rule=odd("rule"), reason=odd("reason"), attribute=odd("attribute"), **more)
        for one, other, more in (
            (function.id, table.id, {"guards": Unknown(odd("guards")), "regions": (odd("eu"),)}),
            (table.id, vendor.id, {"tier": "likely", "models": (odd("m"),), "data": ("prompt",)}),
        )
    ]
    gap = Gap(scope=function.id, kinds=("flow",), reason=odd("gap"))
    return replace(world(([function, table, vendor], flows)), gaps=(gap,))


@pytest.mark.parametrize("before", [False, True], ids=["one world", "two worlds"])
@pytest.mark.parametrize("form", ["table", "json", "graphml", "dot", "mermaid", "svg"])
def test_no_control_or_direction_character_is_in_any_format(form: str, before: bool) -> None:  # noqa: FBT001 - a parameter
    seen = odd_world()
    then = replace(seen, flows=seen.flows[:1])
    asked = Asked(
        tool="t", inputs=(f"p{ODD}",), before=(f"q{ODD}",) if before else (), world=seen, view=ALL, hide=OPEN,
        both=compared(then, seen) if before else None,
    )  # fmt: skip
    text = graph_text.written(asked) if form == "table" else graph_asked.written(asked, form)
    assert RAW.findall(text) == []
    if form in {"graphml", "svg"}:
        ET.fromstring(text)  # noqa: S314 - our own
    elif form == "json":
        assert json.loads(text)["resources"][1]["name"].startswith("n\x00\x07\x1b")
    elif form == "dot":
        assert tokens(text).count("->") == 2
