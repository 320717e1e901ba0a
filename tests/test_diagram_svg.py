"""The picture: well-formed whatever names hold, honest about what it leaves out, and readable."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawings import chatbot, flow, thing, world
from scanner.diagram import STYLE, View, diagram_svg, key, strip_html, strip_svg
from scanner.diagram.build import label, picture, where
from scanner.diagram.collapse import MOST, collapsed
from scanner.diagram.labels import bounded, described, fitted, width
from scanner.diagram.names import common, without
from scanner.diagram.stages import NAMES, stage_of
from scanner.kinds import INTERNET, Flow
from scanner.model import Gap, Origin, Resource, Unknown, World
from scanner.redact import Redactor

ALLOWED = {"svg", "title", "style", "rect", "text", "path", "g"}
ATTRIBUTES = {
    "class", "role", "aria-label", "width", "height", "viewBox", "font-size", "x", "y", "rx", "d", "transform",
    "text-anchor", "data-id", "data-ids", "data-source", "data-target",
}  # fmt: skip
HOSTILE = st.text(st.characters(), min_size=1, max_size=60) | st.sampled_from(
    [
        "</text><script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "]]>&amp;<![CDATA[",
        "\u202eevil\u202c\u2066",
        "\x00\x1b[31mred\x07\ufffe\uffff",
        "javascript:alert(1)",
        "${jndi}#{x}`x`",
        "\ud800",
        "e\u0301" * 20,
    ]
)


def parsed(text: str) -> ET.Element:
    """The picture as XML, of which every element and attribute is one of ours."""
    root = ET.fromstring(text)  # noqa: S314 - our own output
    for element in root.iter():
        name = element.tag.removeprefix("{http://www.w3.org/2000/svg}")
        assert name in ALLOWED, name
        assert set(element.attrib) <= ATTRIBUTES
        assert name != "style" or element.text == STYLE
    return root


def boxes(text: str) -> dict[str, ET.Element]:
    """Boxes of a picture by the id that they say."""
    return {one.attrib["data-id"]: one for one in parsed(text).iter() if "data-id" in one.attrib}


def ways(text: str) -> list[tuple[str, str]]:
    return [
        (e.attrib["data-source"], e.attrib["data-target"]) for e in parsed(text).iter() if "data-source" in e.attrib
    ]


def words(text: str) -> str:
    return " ".join(parsed(text).itertext())


@settings(max_examples=120, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_name_reaches_the_picture_as_anything_but_text(name: str, id_: str, account: str, kind: str) -> None:
    function = thing("function", f"aws_lambda_function.{id_}", name=name, account=account, environment=name)
    bucket = thing("bucket", f"aws_s3_bucket.{id_}", name=name, region=account, data=("prompt",))
    bucket = replace(bucket, type=kind)
    vendor = thing("model", f"ext:{id_}", name=name)
    flows = [flow(function.id, bucket.id, rule=name, reason=id_), flow(function.id, vendor.id, rule=kind)]
    seen = world(([function, bucket, vendor], flows), gaps=(Gap(scope=id_, kinds=("flow",), reason=name),))
    for text in (
        diagram_svg(seen, title=name),
        strip_svg([function.id, name, bucket.id], {one.id: one for one in seen.resources}),
    ):
        parsed(text)
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x09\x0b-\x1f\x7f]", text)
    item = strip_html([function.id, name, bucket.id], {one.id: one for one in seen.resources})
    assert not re.search(r"<(?!/?(?:ol|li|code|span)\b)", item)


def test_a_name_of_ten_megabytes_is_cut_and_said_to_be() -> None:
    long = "x" * 10_000_000
    function = thing("function", f"aws_lambda_function.{long}", name=long)
    text = diagram_svg(world(([function, thing("internet", INTERNET)], [flow(INTERNET, function.id)])))
    assert len(text) < 30_000
    assert "more characters" in text
    assert key(function.id) in boxes(text)


def test_the_style_sheet_fetches_nothing_and_knows_dark_and_paper() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert "prefers-color-scheme:dark" in STYLE
    assert "@media print" in STYLE
    assert re.search(r"fill:#\w+;fill:var\(", STYLE), "a colour stands before each variable"
    plain = diagram_svg(world(chatbot()), styled=False)
    assert "<style>" not in plain
    assert not re.search(r"\sstyle=|\son\w+=|href", diagram_svg(world(chatbot())))


def test_every_resource_and_flow_of_a_chatbot_is_drawn() -> None:
    seen = world(chatbot())
    text = diagram_svg(seen, view=View(tier="possible"))
    assert boxes(text).keys() == {one.id for one in seen.resources}
    drawn = {frozenset(pair) for pair in ways(text)}
    assert drawn == {frozenset((one.source, one.target)) for one in seen.flows if isinstance(one, Flow)}


def test_what_goes_both_ways_alike_is_one_wire() -> None:
    seen = world(chatbot())
    text = diagram_svg(seen)
    chat, sessions = "aws_lambda_function.chat", "aws_dynamodb_table.sessions"
    assert sum({chat, sessions} == set(pair) for pair in ways(text)) == 1


def test_less_sure_flows_are_left_out_and_counted() -> None:
    text = diagram_svg(world(chatbot()))
    assert "ext:api.openai.com" not in boxes(text)
    assert "1 flow less sure than likely: not shown" in words(text)


def test_badges_tell_data_encryption_retention_and_environment() -> None:
    shown = boxes(diagram_svg(world(chatbot())))

    def badges(id_: str) -> list[str]:
        return [
            text.text or "" for g in shown[id_] if "ts-badge" in g.attrib.get("class", "") for text in g if text.text
        ]

    assert set(badges("aws_s3_bucket.documents")) >= {"content", "plain", "90 d", "prod"}
    assert "kept" in badges("aws_s3_bucket.transcripts")
    assert "enc" in badges("aws_sqs_queue.jobs")
    assert badges("ext:bedrock") == []


@pytest.mark.parametrize(
    ("facts", "badge"),
    [
        ({"encrypted": Unknown("known only after apply")}, "enc ?"),
        ({"retention_days": Unknown("x"), "expires": Unknown("x")}, "days ?"),
        ({"data": Unknown("by no name or tag")}, "enc"),
        ({"environment": Unknown("no tag")}, "env ?"),
        ({"data": ("prompt", "response", "transcript", "telemetry")}, "conversation"),
        ({"data": ("prompt", "response", "transcript", "telemetry", "config")}, "+2"),
        ({"data": ("training",)}, "training"),
    ],
)
def test_what_is_not_known_is_said(facts: dict[str, Any], badge: str) -> None:
    base = {"encrypted": True, "retention_days": 5}
    bucket, reader = thing("bucket", "aws_s3_bucket.b", **{**base, **facts}), thing("function", "aws_lambda_function.f")
    assert badge in words(diagram_svg(world(([bucket, reader], [flow(bucket.id, reader.id, "reads_from")]))))


def test_boundaries_are_drawn_and_crossings_are_marked() -> None:
    text = diagram_svg(world(chatbot(), chatbot("staging", "999988887777")))
    assert {"prod \u00b7 account 123456789012", "staging \u00b7 account 999988887777"} <= set(parsed(text).itertext())
    assert text.count('class="ts-band"') == 2
    assert text.count("ts-band ts-provider") == 1
    crossings = text.count('class="ts-cross"') - 1  # one is in the legend
    assert crossings >= 5
    inside = world(([thing("function", "a.f"), thing("table", "b.t")], [flow("a.f", "b.t")]))
    assert diagram_svg(inside).count('class="ts-cross"') == 1


def test_what_is_named_and_not_read_stands_apart() -> None:
    function = thing("function", "aws_lambda_function.f")
    text = diagram_svg(
        world(([function], [flow(function.id, "ext:api.example.com"), flow(function.id, "arn:aws:s3:::x")]))
    )
    assert "named, and not part of what was read" in words(text)
    assert {"ext:api.example.com", "arn:aws:s3:::x"} <= boxes(text).keys()


def test_a_store_of_conversations_is_drawn_though_no_flow_leads_to_it() -> None:
    lonely, other = thing("bucket", "a.lonely", data=("transcript",)), thing("bucket", "a.other")
    text = diagram_svg(world(([lonely, other], [])))
    assert boxes(text).keys() == {"a.lonely"}
    assert "no shown flow leads to: not drawn" in words(text)


def test_an_empty_world_says_so() -> None:
    assert "no flow of data is known" in words(diagram_svg(World(resources=())))


def test_places_where_flows_may_be_missing_are_told() -> None:
    seen = world(chatbot(), gaps=(Gap(scope="a", kinds=("flow",), reason="known only after apply"),))
    assert "flows may be missing at 1 place" in words(diagram_svg(seen))


def test_flows_that_move_nothing_are_counted_and_not_drawn() -> None:
    one, other = thing("function", "a.f"), thing("table", "b.t")
    text = diagram_svg(world(([one, other], [flow("a.f", "b.t", "deletes")])))
    assert ways(text) == []
    assert "no data moves, not drawn" in words(text)


def test_a_highlighted_path_stands_out_whatever_its_tier() -> None:
    path = ("aws_lambda_function.chat", "ext:api.openai.com")
    text = diagram_svg(world(chatbot()), path)
    shown = boxes(text)
    assert all("ts-on" in shown[id_].attrib["class"] for id_ in path)
    assert "ts-on" not in shown["aws_lambda_function.tools"].attrib["class"]
    assert len(re.findall(r'class="ts-wire [^"]*ts-on', text)) == 1


def test_the_view_of_one_environment_and_one_data_class() -> None:
    seen = world(chatbot(), chatbot("staging"))
    staging = boxes(diagram_svg(seen, view=View(environment="staging")))
    assert "aws_lambda_function.chat_staging" in staging
    assert "aws_lambda_function.chat" not in staging
    log = boxes(diagram_svg(world(chatbot()), view=View(data="log")))
    assert log.keys() == {
        "aws_apigatewayv2_api.chat", "aws_cloudwatch_log_group.api", "aws_lambda_function.exporter",
        "ext:datadoghq.com",
    }  # fmt: skip


def test_a_flow_whose_data_is_not_known_may_carry_any() -> None:
    one, other = thing("function", "a.f"), thing("table", "b.t")
    seen = world(([one, other], [flow("a.f", "b.t", data=Unknown("known only after apply"))]))
    assert boxes(diagram_svg(seen, view=View(data="prompt"))).keys() == {"a.f", "b.t"}


def test_the_same_world_in_any_order_gives_the_same_bytes() -> None:
    things, flows = chatbot()
    assert diagram_svg(world((things[::-1], flows[::-1]))) == diagram_svg(world((things, flows)))


@pytest.mark.parametrize("count", [3, 8, 40])
def test_a_page_has_at_most_sixty_boxes_and_counts_the_others(count: int) -> None:
    seen = world(*(chatbot(f"env{i:02}") for i in range(count)))
    path = ("aws_lambda_function.chat_env02", "aws_sqs_queue.jobs_env02", "aws_lambda_function.worker_env02")
    text = diagram_svg(seen, path)
    shown = boxes(text)
    assert len(shown) <= MOST
    assert set(path) <= shown.keys(), "no node of a highlighted path is drawn together with others"
    assert "are more than fit a page" in words(text)
    every = picture(seen, View(highlight=path))
    stands = collapsed(every)
    assert sum(node.count for node in stands.nodes) == len(every.nodes), "each box is one of those"
    assert stands.ids.keys() == every.ids.keys()
    assert len(re.findall("\u00d7 \\d+", words(text))) == sum(node.count > 1 for node in stands.nodes)


def test_instances_of_one_block_are_drawn_together_first() -> None:
    things: list[Resource] = [thing("table", "aws_dynamodb_table.t")]
    things += [thing("function", f'aws_lambda_function.worker["{i}"]', name=f"worker-{i}") for i in range(70)]
    things += [thing("queue", f"aws_sqs_queue.q{i}") for i in range(20)]
    flows = [flow(one.id, "aws_dynamodb_table.t", "writes_to") for one in things[1:]]
    shown = collapsed(picture(world((things, flows)), View()))
    assert sorted(node.count for node in shown.nodes)[-2:] == [1, 70]
    assert len(shown.nodes) == 22


def test_what_does_not_fit_by_sort_is_drawn_by_stage() -> None:
    things: list[Resource] = [
        replace(thing("bucket", f"a.b{i}"), type=f"sort{i}", environment=f"e{i}") for i in range(200)
    ]
    flows = [flow(one.id, other.id) for one, other in pairwise(things)]
    shown = collapsed(picture(world((things, flows)), View(highlight=tuple(f"a.b{i}" for i in range(0, 60, 2)))))
    assert len(shown.nodes) <= MOST
    assert sum(node.count for node in shown.nodes) == 200
    assert "several" in {node.kind for node in shown.nodes} | {"several"}


def test_secrets_do_not_reach_the_picture() -> None:
    function = thing("function", 'aws_lambda_function.f["hunter2-secret"]', name="hunter2-secret-name")
    internet = thing("internet", INTERNET)
    seen = world(([function, internet], [flow(INTERNET, function.id, rule="AKIAABCDEFGHIJKLMNOP")]))
    text = diagram_svg(seen, hide=Redactor(["hunter2-secret"]), title="of hunter2-secret")
    assert "hunter2" not in text
    assert "AKIAABCDEFGHIJKLMNOP" in "".join(one.rule for one in seen.flows if isinstance(one, Flow))


def test_a_path_is_shown_step_by_step_with_its_evidence() -> None:
    known = {one.id: one for one in world(chatbot()).resources}
    path = [
        "ext:internet",
        "sends_to (declared)",
        "aws_lambda_function.chat",
        "writes_to: a statement",
        "unknown.thing",
    ]
    text = strip_svg(path, known)
    assert list(boxes(text)) == path[::2]
    assert "sends_to (declared)" in words(text)
    assert text.count("ts-head") == 2 + STYLE.count("ts-head")
    item = strip_html(path, known)
    assert item.count("<li ") == 3
    assert '<span class="ts-evidence">writes_to: a statement</span>' in item
    assert '<span class="ts-kind">function</span>' in item


def test_a_long_path_leaves_out_its_middle_and_says_so() -> None:
    path = [part for number in range(30) for part in (f"n{number}", "to")][:-1]
    told = list(boxes(strip_svg(path, styled=False)))
    assert len(told) == 12
    assert told[0] == "n0"
    assert told[-1] == "n29"
    assert "19 more steps" in told


def test_names_of_one_environment_are_shown_without_what_they_share() -> None:
    names = ["acme-prod-chat", "acme-prod-tools", "acme-prod-worker", "acme-legacy", "other"]
    assert common(names) == "acme-prod-"
    assert common(names[:2]) == ""
    assert common(["a-", "a-", "a-"]) == ""
    assert without("acme-prod-chat", "acme-", "prod") == "chat"
    assert without("acme-production-chat", "acme-", "prod") == "chat"
    assert without("other", "acme-", "prod") == "other"
    assert without("acme-", "acme-", "prod") == "acme-"
    things = [thing("function", f"a.f{i}", name=f"acme-prod-{i}-name") for i in range(4)]
    text = diagram_svg(world((things, [flow("a.f0", f"a.f{i}") for i in (1, 2, 3)])))
    assert "names are shown without what they begin with: acme-prod-" in words(text)


def test_texts_fit_their_room() -> None:
    assert fitted("short", 100, 10) == "short"
    cut = fitted("helpdesk-production-transcripts", 90, 10)
    assert cut.endswith("scripts")
    assert "…" in cut
    assert width(cut, 10) <= 90
    assert width("m\u4e16", 10) == 20
    assert described("table", "sessions", 30, 10) == "table"
    assert bounded("a" * 500).endswith("(100 more characters)")
    assert bounded("\x00" * 390).endswith("…")


def test_what_stands_nowhere_else_is_one_box_a_stage() -> None:
    seen = world(*(chatbot(f"e{i}") for i in range(6)))
    path = tuple(f"aws_lambda_function.chat_e{i}" for i in range(6))
    every = picture(seen, View(highlight=path))
    shown = collapsed(every, 16)
    assert len(shown.nodes) <= 16
    assert set(path) <= {node.id for node in shown.nodes}
    assert sum(node.count for node in shown.nodes) == len(every.nodes)
    assert collapsed(every, len(every.nodes)) is every


@pytest.mark.parametrize(
    ("type_", "id_", "facts", "stage"),
    [
        ("internet", "ext:internet", {}, "Outside"),
        ("api", "a.b", {}, "Entry points"),
        ("event_rule", "a.b", {}, "Compute"),
        ("service", "ext:bedrock", {"operator": "cloud"}, "Models and agents"),
        ("foundation_model", "a.b", {"operator": "third_party"}, "Models and agents"),
        ("service", "ext:llm.example.com", {"operator": "third_party"}, "Vendors, outside"),
        ("bucket", "a.b", {"data": ("prompt", "telemetry")}, "Stores"),
        ("bucket", "a.b", {"data": ("telemetry",)}, "Logs"),
        ("log_group", "a.b", {"data": Unknown("x")}, "Logs"),
        ("vault", "a.b", {}, "Copies and backups"),
        ("bucket", "a.copy", {}, "Copies and backups"),
    ],
)
def test_each_sort_of_thing_has_its_stage(type_: str, id_: str, facts: dict[str, Any], stage: str) -> None:
    assert NAMES[stage_of(thing(type_, id_, **facts), {"a.copy"})] == stage


def test_a_block_that_is_called_after_nothing_goes_by_its_module() -> None:
    address = 'module.chat["prod"].module.web.aws_cloudfront_distribution.this'
    origin = Origin(source="plan", type="aws_cloudfront_distribution", address=address)
    cdn = replace(thing("cdn", address, name=""), origin=origin)
    assert (label(cdn), where(cdn)) == ("web", 'chat["prod"].web.this')
    plain = replace(cdn, origin=replace(origin, address="aws_cloudfront_distribution.main"))
    assert (label(plain), where(plain)) == ("main", "")
    long = replace(cdn, name="x", origin=replace(origin, address="module.a." * 1000))
    assert where(long) == ""
