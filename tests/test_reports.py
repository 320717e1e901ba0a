"""Every output format: its golden file, its standard, and that nothing in a name becomes markup."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from markdown_it import MarkdownIt

from runs import HOSTILE, PUBLIC, TLS, finding, small
from scanner import plugins
from scanner.cli.policies import chosen
from scanner.findings import Control, Run
from scanner.model import Gap
from scanner.redact import json_text
from scanner.reports import comment, sarif, table, text
from scanner.run import Settings, judge_plans
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from tools import SARIF_MULTITOOL
from worlds import FIXTURES, ROOT, scan

FORMATS = ("github", "html", "json", "junit", "markdown", "sarif", "table")
GOLDEN = FIXTURES / "reports"
SCHEMA = json.loads((ROOT / "scanner" / "data" / "trustscan-1.schema.json").read_text())
STACKS = ("leaky", "sound")


def written(form: str, run: Run) -> str:
    out = io.StringIO()
    plugins.load("scanner.reports", form)(run, out)
    return out.getvalue()


@pytest.fixture(scope="module", params=STACKS)
def stack(request: pytest.FixtureRequest) -> Run:
    return planned(request.param)


def planned(name: str) -> Run:
    return scan((FIXTURES / "stacks" / name / "plan.json").read_bytes())


def placed() -> Run:
    """The leaky stack with its sources: findings have lines."""
    folder = FIXTURES / "stacks" / "leaky"
    source = Source("plan.json", (folder / "plan.json").read_bytes(), from_folder(folder))
    return judge_plans([source], Settings(policies=chosen([], [], []), today=date(2026, 11, 21))).run


def test_every_format_there_is_has_a_test() -> None:
    assert plugins.names("scanner.reports") == tuple(sorted((*FORMATS, "delta"))), "delta: tests/test_delta.py"


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_is_as_it_was_reviewed(form: str) -> None:
    """Set TRUSTSCAN_GOLDEN=1 to write the files anew; then read them."""
    file = GOLDEN / f"{form}.golden"
    text = written(form, small())
    if form == "html":
        # Its style and script are files of their own, reviewed there.
        text = re.sub(r"(?s)(?<=<style>).*?(?=</style>)|(?<=<script>).*?(?=</script>)|(?<=sha256-)[^&]+", "", text)
    if os.environ.get("TRUSTSCAN_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_that_found_nothing_is_written(form: str) -> None:
    empty = Run(tool="trustscan 0", inputs=(), controls=(), findings=(), gaps=(), resources=0)
    assert written(form, empty)


@pytest.mark.parametrize("form", FORMATS)
def test_a_finding_of_a_control_that_is_not_in_the_run_is_written(form: str) -> None:
    alone = replace(small(), controls=())
    assert "store-not-public" in written(form, alone)


@pytest.mark.parametrize("form", FORMATS)
def test_no_control_character_of_a_name_is_written_raw(form: str) -> None:
    text = written(form, small())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)


def test_json_means_what_it_did_before_its_control_characters_became_escapes() -> None:
    odd = 'a\x1b\x7f\x9b\u202e\u200f\U000e0001\u0416\U0001f642\n\t"\\'
    assert json.loads(json_text({odd: [odd]})) == {odd: [odd]}
    assert set(json_text(odd)) & set(odd) == {"a", "\u0416", "\U0001f642", '"', "\\"}


# --- json


def strict(schema: Any) -> Any:
    """The same schema, refusing every key it does not describe."""
    if isinstance(schema, dict):
        closed = {"additionalProperties": False} if "properties" in schema else {}
        return {key: strict(value) for key, value in schema.items()} | closed
    return [strict(item) for item in schema] if isinstance(schema, list) else schema


def valid(document: Any) -> None:
    checker = jsonschema.Draft202012Validator(strict(SCHEMA), format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(document)] == []


def test_the_schema_is_one_and_describes_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    described = [SCHEMA, *SCHEMA["$defs"].values()]
    for part in described:
        for name, key in part.get("properties", {}).items():
            assert key.get("description") or "$ref" in key or "location" in str(part), name


def test_json_satisfies_its_schema(stack: Run) -> None:
    valid(json.loads(written("json", stack)))


def test_json_of_waivers_baselines_and_hostile_names_satisfies_its_schema() -> None:
    document = json.loads(written("json", small()))
    valid(document)
    assert document["summary"] | {"notes": 0, "expired": 0, "criteria": 0, "inputs": 0} == {
        "inputs": 0,
        "resources": 58,
        "controls": 3,
        "pass": 2,
        "fail": 9,
        "unknown": 43,
        "waived": 2,
        "baseline": 1,
        "gaps": 14,
        "criteria": 0,
        "notes": 0,
        "expired": 0,
    }


def test_the_schema_refuses_what_is_not_a_result() -> None:
    document = json.loads(written("json", small()))
    document["findings"][0]["status"] = "maybe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


# --- sarif


def sarif_run(run: Run) -> dict[str, Any]:
    document = json.loads(written("sarif", run))
    assert len(document["runs"]) == 1
    first: dict[str, Any] = document["runs"][0]
    return first


def test_sarif_leaves_out_passes_and_keeps_waived_findings_suppressed() -> None:
    results = sarif_run(small())["results"]
    assert len(results) == 9 + 43
    suppressed = [r for r in results if "suppressions" in r]
    assert [r["properties"]["subject"] for r in suppressed] == ["aws_s3_bucket.web", "aws_s3_bucket.feed"]
    assert [r["suppressions"][0]["kind"] for r in suppressed] == ["external", "inSource"]
    assert {r["suppressions"][0]["status"] for r in suppressed} == {"accepted"}


def test_sarif_never_shows_what_was_not_decided_as_grave() -> None:
    run = sarif_run(small())
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        if result["properties"]["status"] == "unknown":
            assert result["level"] == "note"
            assert "security-severity" not in rule["properties"]
        else:
            assert float(rule["properties"]["security-severity"]) > 0
            assert "security" in rule["properties"]["tags"]


def test_sarif_tells_results_on_one_line_of_a_plan_apart() -> None:
    results = sarif_run(small())["results"]
    prints = [r["partialFingerprints"]["primaryLocationLineHash"] for r in results]
    assert len(set(prints)) == len(prints)
    again = sarif_run(small())["results"]
    assert prints == [r["partialFingerprints"]["primaryLocationLineHash"] for r in again]


def uri_of(file: str) -> str:
    changed = replace(finding(PUBLIC, "a.b").origin, plan=file)
    run = replace(small(), findings=(finding(PUBLIC, "a.b", origin=changed),))
    location = sarif_run(run)["results"][0]["locations"][0]["physicalLocation"]
    return str(location["artifactLocation"]["uri"])


def test_sarif_names_files_from_the_folder_of_the_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert uri_of("plans/my plan#1.json") == "plans/my%20plan%231.json"
    assert uri_of(str(tmp_path / "deep" / "plan.json")) == "deep/plan.json"
    assert uri_of("../elsewhere/plan.json") == "plan.json"
    assert uri_of("/plan.json") == "plan.json"
    assert uri_of("c:plan.json") == "c%3Aplan.json"
    source = sarif_run(small())["results"]
    lines = [r["locations"][0]["physicalLocation"] for r in source]
    store = {"artifactLocation": {"uri": "modules/sto%20re/main.tf"}}
    assert store | {"region": {"startLine": 12}} in lines
    block = {"startLine": 12, "endLine": 40}
    assert store | {"region": {"startLine": 20, "endLine": 31}, "contextRegion": block} in lines


def test_sarif_names_the_calls_of_a_module() -> None:
    (feed,) = [r for r in sarif_run(small())["results"] if r["properties"]["subject"] == "aws_s3_bucket.feed"]
    places = [one["physicalLocation"] for one in feed["relatedLocations"]]
    told = [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places]
    assert told == [("main.tf", 7), ("modules/app/main.tf", 2)]


def test_sarif_stays_within_what_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MOST_RESULTS", 10)
    run = sarif_run(small())
    assert len(run["results"]) == 10
    assert run["results"][0]["level"] == "error"
    said = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert "42 results of the lowest severity are left out." in said


def test_a_rule_has_at_most_ten_tags_and_short_texts() -> None:
    broad = replace(PUBLIC, criteria=tuple(f"CC6.{i}" for i in range(1, 30)), risk="risk " * 1000)
    run = replace(small(), controls=(broad,), findings=(finding(broad, "a.b"),))
    rule = sarif_run(run)["tool"]["driver"]["rules"][0]
    assert len(rule["properties"]["tags"]) == 10
    assert len(rule["fullDescription"]["text"]) <= 1024


@SARIF_MULTITOOL.needed
@pytest.mark.parametrize("name", [*STACKS, "small", "placed"])
def test_sarif_is_accepted_by_microsofts_validator_with_githubs_rules(name: str, tmp_path: Path) -> None:
    run = small() if name == "small" else placed() if name == "placed" else planned(name)
    file, answer = tmp_path / "result.sarif", tmp_path / "out.sarif"
    file.write_text(written("sarif", run), encoding="utf-8")
    subprocess.run(
        [SARIF_MULTITOOL.path, "validate", file, "--rule-kind", "Sarif;Ghas", "-o", answer, "--log", "ForceOverwrite"],
        check=True,
        capture_output=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    judged = json.loads(answer.read_text(encoding="utf-8-sig"))["runs"][0]
    assert judged["invocations"][0]["executionSuccessful"]
    # SARIF2005 asks for the address of a home page, and there is none yet.
    assert {r["ruleId"]: r["message"] for r in judged["results"] if r["ruleId"] != "SARIF2005"} == {}
    schema = Path(SARIF_MULTITOOL.path).resolve().parent / "sarif-2.1.0.json"
    if schema.is_file():
        rules = json.loads(schema.read_text(encoding="utf-8-sig"))
        errors = jsonschema.validators.validator_for(rules)(rules).iter_errors(json.loads(file.read_text()))
        assert [error.message for error in errors] == []


# --- junit


def test_junit_names_the_file_and_line_of_a_case() -> None:
    root = ET.fromstring(written("junit", small()).encode())  # noqa: S314
    cases = {case.attrib["name"]: case.attrib for case in root.iter("testcase") if "file" in case.attrib}
    assert (cases["aws_s3_bucket.cdn"]["file"], cases["aws_s3_bucket.cdn"]["line"]) == ("modules/sto re/main.tf", "20")
    assert cases["aws_s3_bucket.feed"]["line"] == "3"
    assert "aws_s3_bucket.old" not in cases


def test_junit_counts_add_up_and_every_subject_is_a_case(stack: Run) -> None:
    root = ET.fromstring(written("junit", stack).encode())  # noqa: S314 - written by ourselves
    cases = root.findall("testsuite/testcase")
    assert len(cases) == len(stack.findings) == int(root.attrib["tests"])
    for suite in root:
        found = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "skipped")}
        assert found == {"failure": int(suite.attrib["failures"]), "skipped": int(suite.attrib["skipped"])}
        assert len(suite) == int(suite.attrib["tests"])
        assert {"errors", "time", "name"} <= set(suite.attrib)


def test_junit_fails_only_what_nobody_accepted() -> None:
    root = ET.fromstring(written("junit", small()).encode())  # noqa: S314
    skipped = {e.attrib["message"] for e in root.iter("skipped")}
    assert any(m.startswith("FAIL, waived until 2026-12-31, approved by bob") for m in skipped)
    assert "FAIL, known from the baseline: it has no policy" in skipped
    assert "UNKNOWN: policy is known only after apply" in skipped
    assert root.attrib["failures"] == "6"


@pytest.mark.parametrize("bad", ["\x00\x08\ufffe", "]]>", "<&\"'>", "\ud800", "\n\t", "\u2028"])
def test_junit_is_xml_whatever_a_name_holds(bad: str) -> None:
    run = replace(small(), findings=(finding(TLS, f'a.b["{bad}"]', reason=bad), finding(TLS, bad, "unknown", bad)))
    root = ET.fromstring(written("junit", run).encode())  # noqa: S314
    assert len(list(root.iter("testcase"))) == 2


# --- github


def commands(run: Run) -> list[tuple[str, dict[str, str], str]]:
    """What a runner reads: level, properties and message of each line that is a command."""
    found = []
    for line in written("github", run).split("\n"):
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        if command is not None:
            properties = dict(pair.split("=", 1) for pair in command[2].split(","))
            found.append((command[1], {name: unescaped(value) for name, value in properties.items()}, command[3]))
    return found


def unescaped(value: str) -> str:
    return value.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")


def test_an_annotation_stands_at_the_line_of_its_finding() -> None:
    level, about, said = next(c for c in commands(small()) if "aws_s3_bucket.cdn" in c[2])
    assert level == "error"
    assert about == {
        "file": "modules/sto re/main.tf",
        "line": "20",
        "endLine": "31",
        "title": "store-not-public (critical)",
    }
    assert said.split("%0A")[1] == "policy is open"


def test_what_a_module_from_elsewhere_fails_is_shown_where_it_is_called() -> None:
    brought = replace(finding(PUBLIC, "a").origin, file=".terraform/modules/x/main.tf", line=3, end=9)
    below = replace(brought, called=("main.tf:7", ".terraform/modules/x/sub.tf:2"))
    for origin, wanted in ((below, ("main.tf", "7")), (brought, (".terraform/modules/x/main.tf", "3"))):
        run = replace(small(), findings=(finding(PUBLIC, "a", origin=origin),))
        about = commands(run)[0][1]
        assert (about["file"], about["line"]) == wanted


@pytest.mark.parametrize(
    "bad", ["a,b=c::d", "50%0A::error::x", "\r\n::stop-commands::x", "x\n##[error]y", "##[error]y"]
)
def test_nothing_in_a_name_is_a_command_of_its_own(bad: str) -> None:
    origin = replace(finding(PUBLIC, "a").origin, file=f"{bad}.tf", line=1)
    waiver = replace(next(f.waiver for f in small().findings if f.waiver is not None), reason=bad, requester=bad)
    findings = (
        finding(PUBLIC, f'a.b["{bad}"]', reason=bad, origin=origin),
        finding(TLS, f'a.b["{bad}"]', "unknown", bad),
        finding(PUBLIC, f'a.c["{bad}"]', reason=bad, waiver=waiver),
    )
    run = replace(small(), findings=findings, expired=(bad,))
    lines = written("github", run).splitlines()
    assert [line.split(" ")[0].split("::")[1] for line in lines if line.startswith("::")] == [
        "error", "warning", "notice", "group", "endgroup",
    ]  # fmt: skip
    assert not [line for line in lines if "##[" in line and not line.startswith("::")]
    about = commands(run)[0][1]
    assert set(about) == {"file", "line", "title"}
    assert about["file"] == text.visible(f"{bad}.tf")


def test_github_is_given_no_more_than_it_shows_and_the_cut_is_told() -> None:
    findings = (*(finding(PUBLIC, f"a.b{i}") for i in range(25)), *(finding(TLS, f"a.b{i}") for i in range(10)))
    found = commands(replace(small(), findings=findings, expired=("old", "older")))
    by_level = {level: [c for c in found if c[0] == level] for level in ("error", "warning", "notice")}
    assert [len(one) for one in by_level.values()] == [10, 10, 0]
    assert by_level["error"][-1][1]["title"] == "trustscan: 16 more findings of this level"
    assert by_level["warning"][-1][1]["title"] == "trustscan: 3 more findings of this level"
    assert [said for _, _, said in by_level["warning"][:2]] == ["old", "older"]


def test_what_is_open_of_one_resource_for_one_reason_is_annotated_once() -> None:
    reason = "broken.tf:3:1: { is missing here"
    undecided = [finding(one, "module.a", "unknown", reason) for one in (TLS, PUBLIC)]
    many = [replace(undecided[0], control=f"control-{i}") for i in range(5)]
    other = finding(TLS, "module.b", "unknown", reason)
    run = replace(small(), findings=(*undecided, other, *many), expired=())
    first, second = commands(run)
    assert first[1]["title"].endswith(" and 4 more: not decided (critical)")
    assert first[1]["title"].startswith("store-not-public, ")
    assert second[1]["title"] == "store-requires-tls: not decided (medium)"
    assert written("github", run).count(reason) == 2
    apart = [finding(PUBLIC, f"a.b{i}", "unknown", reason) for i in range(9)]
    *_, last = commands(replace(run, findings=(*undecided, *many, *apart, *(replace(f, subject="z") for f in many))))
    assert last[1]["title"] == "trustscan: 6 more findings of this level"


def test_files_are_counted_from_the_repository_where_the_scan_runs_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "infra").mkdir()
    monkeypatch.chdir(tmp_path / "infra")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    origin = replace(finding(PUBLIC, "a").origin, file="main.tf", line=3)
    run = replace(small(), findings=(finding(PUBLIC, "a", origin=origin),))
    assert commands(run)[0][1]["file"] == "infra/main.tf"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "other"))
    assert commands(run)[0][1]["file"] == "main.tf"


def test_a_file_outside_of_the_scan_s_folder_is_never_named_as_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = tmp_path / "repo" / "stack"
    stack.mkdir(parents=True)
    (stack / "main.tf").touch()
    (stack / "plan.json").touch()
    monkeypatch.chdir(stack)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    origin = replace(
        finding(PUBLIC, "a").origin,
        file="../modules/main.tf",
        line=163,
        called=("../other/main.tf:7",),
        plan="plan.json",
    )
    run = replace(small(), inputs=("plan.json",), findings=(finding(PUBLIC, "a", origin=origin),))

    def told() -> tuple[Any, dict[str, str], str]:
        _, about, said = commands(run)[0]
        return json.loads(written("sarif", run))["runs"][0]["results"][0], about, said

    result, about, said = told()
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == ("plan.json", {"startLine": 1})
    assert "relatedLocations" not in result
    assert set(about) == {"title"}
    assert "At ../modules/main.tf:163" in said

    (tmp_path / "repo" / ".git").mkdir()
    result, about, said = told()
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == ("modules/main.tf", {"startLine": 163})
    called = result["relatedLocations"][0]["physicalLocation"]
    assert called["artifactLocation"]["uri"] == "other/main.tf"
    assert (about["file"], about["line"]) == ("modules/main.tf", "163")
    assert "At " not in said
    assert text.place(run.findings[0]) == "../modules/main.tf:163"
    bare = replace(run, findings=(finding(PUBLIC, "a", origin=replace(origin, file="", called=())),))
    uri = json.loads(written("sarif", bare))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert uri["artifactLocation"]["uri"] == "stack/plan.json"


@pytest.mark.parametrize("expires", ["2026-12-31", ""])
@pytest.mark.parametrize("format_", ["table", "markdown", "github", "junit", "sarif"])
def test_why_a_risk_is_accepted_is_cut_where_it_is_long(format_: str, expires: str) -> None:
    waiver = next(f.waiver for f in small().findings if f.waiver is not None)
    long = replace(waiver, reason="kept " * 1_000, expires=expires)
    run = replace(small(), findings=(finding(PUBLIC, "a.b", waiver=long),))
    said = written(format_, run)
    if format_ == "sarif":
        said = json.loads(said)["runs"][0]["results"][0]["suppressions"][0]["justification"]
    assert 10 < said.count("kept") <= 60
    assert json.loads(written("json", run))["findings"][0]["waiver"]["reason"] == long.reason


# --- markdown


class Page(HTMLParser):
    """Tags, and the text that stands outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loose: list[str] = []
        self.code: list[str] = []
        self._in_code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag; none of ours has an attribute that could act."""
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name not in {"class", "style", "start"}]
        self._in_code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        """Note where code ends."""
        self._in_code -= tag == "code"

    def handle_data(self, data: str) -> None:
        """Keep text, apart from that in code."""
        (self.code if self._in_code else self.loose).append(data)


def rendered(text: str) -> Page:
    page = Page()
    page.feed(MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(text))
    return page


OUR_TAGS = {"h2", "h3", "p", "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "br", "ul", "li"}
OUR_TAGS |= {"details", "summary"}

NASTY = (
    HOSTILE,
    "<script>alert(1)</script>",
    "@octocat/team",
    "owner/repo#12",
    "https://evil.example/x",
    "www.evil.example",
    "a|b|c",
    "`", "``", "```", "`` ` ``", "x`", "\\", "a\\", "a\\|b", "\\`", "|", "||", "` | `",
    "![x](http://evil.example/p.png)", "[a](javascript:alert(1))", "[ref]: http://evil.example",
    "<details>", "</details>", "</table>", "<!-- -->", "&lt;img&gt;", "&#64;team",
    "*a* _b_ ~~c~~ __d__", ":smile:", "# head", "- list", "1. list", "> quote", "---", "===",
    "a\nb", "a\r\n| x | y |", "\u2028", " ", "", "    code", "\ttab", "```\nfence", "$x$", "\x00", "\ud800",
)  # fmt: skip


@pytest.mark.parametrize("bad", NASTY)
def test_markdown_reads_nothing_of_a_name_as_markup(bad: str) -> None:
    subject = f"aws_s3_bucket.b{bad}"
    base = small()
    waived = next(f.waiver for f in base.findings if f.waiver is not None)
    hostile = replace(waived, reason=bad, requester=bad, approver=bad, ticket=bad)
    run = replace(
        base,
        inputs=(bad or "plan.json",),
        findings=(
            finding(PUBLIC, subject, reason=bad, change="brings"),
            finding(TLS, subject, reason=f"see {bad} and {bad}.", change="keeps", path=(bad, subject)),
            finding(TLS, bad, "unknown", bad),
            finding(TLS, bad, waiver=hostile),
        ),
        gaps=(Gap(scope=bad, kinds=(), reason=bad),),
        notes=(bad,),
        expired=(bad,),
    )
    text = written("markdown", run)
    page = rendered(text)
    assert page.tags <= OUR_TAGS
    loose = " ".join(page.loose)
    assert not re.search(r"[@#\[\]`<>|\\~_&]|https?:|www\.|evil", loose), loose
    lines = text.splitlines()
    assert lines.count("<details>") == lines.count("</details>")
    rows = [line for line in lines if line.startswith("| critical")]
    assert len(rows) == 1
    html = MarkdownIt("commonmark").enable("table").render(text)
    assert html.count("<td>") == html.count("<tr>") * 4 - html.count("<th>")


@pytest.mark.parametrize("text", [t for t in NASTY if t.strip() and "\n" not in t and t.isprintable()])
def test_a_code_span_holds_exactly_the_text(text: str) -> None:
    row = f"| a | b |\n| --- | --- |\n| {comment.code(text).replace('|', chr(92) + '|')} | end |\n"
    page = rendered(row)
    assert page.code == [text]
    assert page.loose[-1].strip() == "" or "end" in page.loose


def many(count: int, length: int) -> Run:
    findings = [finding(PUBLIC, f'aws_s3_bucket.b["{i}{"x" * length}"]', change="brings") for i in range(count)]
    findings += [finding(TLS, f'aws_s3_bucket.u["{i}"]', "unknown", f"reason {i} {'y ' * 300}") for i in range(count)]
    return replace(small(), findings=tuple(findings))


@pytest.mark.parametrize(("count", "length"), [(500, 10), (5000, 100), (3, 30_000), (2, 70_000), (400, 0)])
def test_markdown_fits_a_comment_and_says_what_is_left_out(count: int, length: int) -> None:
    text = written("markdown", many(count, length))
    assert len(text) <= comment.LIMIT
    assert len(text.encode()) <= comment.LIMIT
    shown = len([line for line in text.splitlines() if line.startswith("| critical")])
    left = re.search(r"([\d,]+) (?:more )?findings? left out", text)
    assert shown + (int(left[1].replace(",", "")) if left else 0) == count
    assert text.count("<details>") == text.count("</details>")
    assert rendered(text).tags <= OUR_TAGS


def test_a_snippet_with_a_fence_of_its_own_stays_in_its_fence() -> None:
    odd: Control = replace(PUBLIC, snippets={"aws": "```\n<b>not markup</b>\n```\n"})
    run = replace(small(), controls=(odd,), findings=(finding(odd, "aws_s3_bucket.a", change="brings"),))
    assert "b" not in rendered(written("markdown", run)).tags


# --- table


def test_a_table_keeps_to_80_columns_but_for_addresses_and_code(stack: Run) -> None:
    code = {line.strip() for control in stack.controls for s in control.snippets.values() for line in s.splitlines()}
    for line in written("table", stack).splitlines():
        text = line.strip()
        whole = " " not in text.split("  ")[-1] or text in code
        assert len(line) <= 80 or whole or any(word.startswith(("module.", "aws_")) for word in text.split()), line


def test_a_table_shows_every_failing_address_whole(stack: Run) -> None:
    text = written("table", stack)
    for item in stack.findings:
        if item.status == "fail":
            assert f" {item.subject}\n" in text


def test_a_table_groups_forty_alike_into_one_line() -> None:
    text = written("table", small())
    assert text.count("policy is known only after apply") == 2
    assert "(40 times)" in text
    assert "and 37 more" in text
    assert "policy is known only after apply; it names ...  (2 times)" in text


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def on_terminal(run: Run) -> str:
    out = Terminal()
    table.write(run, out)
    return out.getvalue()


def test_only_the_subject_itself_is_it_and_no_longer_name() -> None:
    api = "arn:aws:apigateway:us-east-1::/restapis/a1"
    why = finding(PUBLIC, api, reason=f"GET ({api}/resources/b2) asks nobody; {api}: it is there, and {api}-old too")
    assert text.why(why) == f"GET ({api}/resources/b2) asks nobody; it: it is there, and {api}-old too"
    bucket = finding(
        PUBLIC, "aws_s3_bucket.a", reason="aws_s3_bucket.a, not aws_s3_bucket.a[0] or module.m.aws_s3_bucket.a"
    )
    assert text.why(bucket) == "it, not aws_s3_bucket.a[0] or module.m.aws_s3_bucket.a"
    scope = finding(replace(PUBLIC, message="{it.id}: nobody is told"), "aws:123456789012")
    assert text.sense(scope) == "Nobody is told"


@pytest.mark.parametrize("source", ["ext:bedrock", "aws_lambda_function.chat", "chat"])
def test_a_message_that_begins_with_an_id_leaves_it_as_it_is(source: str) -> None:
    gone = replace(PUBLIC, message=f"{source} sends it all away")
    assert text.sense(finding(gone, f"{source} -> far (sends_to)")) == f"{source} sends it all away"


def test_colour_only_on_a_terminal_and_never_against_the_users_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m" in on_terminal(small())
    assert "\x1b" not in written("table", small())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in on_terminal(small())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in on_terminal(small())


@pytest.mark.parametrize(("columns", "width"), [("200", 100), ("90", 90), ("20", 40)])
def test_a_table_is_as_wide_as_the_terminal_within_reason(
    columns: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", columns)
    rules = [line for line in on_terminal(small()).splitlines() if line.endswith("─")]
    assert {len(line) for line in rules if len(line) >= width} <= {width, 32}


def test_a_long_snippet_is_cut_and_says_where_the_rest_is() -> None:
    long = replace(PUBLIC, snippets={"aws": "\n".join(f"line{i}" for i in range(40))})
    run = replace(small(), controls=(long,), findings=(finding(long, "aws_s3_bucket.a"),))
    text = written("table", run)
    assert "line13\n" in text
    assert "line14\n" not in text
    assert "'trustscan explain store-not-public' shows the rest" in text


def test_gaps_are_capped_with_a_count() -> None:
    gaps = tuple(Gap(scope=f"a.b{i}", kinds=(), reason=f"reason {i}") for i in range(20))
    assert "and 12 more gaps" in written("table", replace(small(), gaps=gaps))
