"""The HTML page: well-formed, self-contained, bounded, and nothing of a name in it is markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, TextIO

import pytest

import pages
from commands import call
from live import REGION, Live
from runs import HOSTILE, PUBLIC, TLS, WAIVER, finding, small
from scanner.cli import outputs
from scanner.criteria import criteria
from scanner.errors import OutputError
from scanner.findings import Run
from scanner.kinds import Identity, Store
from scanner.model import Gap, World
from scanner.plugins import WholeReport
from scanner.reports.html_report.coverage import coverage
from scanner.reports.html_report.shown import LONGEST, cut
from test_reports import NASTY
from worlds import FIXTURES

LEAKY = FIXTURES / "stacks" / "leaky" / "plan.json"
PARTS = files("scanner") / "reports" / "html_report"
EMPTY = Run(tool="trustscan 0", inputs=(), controls=(), findings=(), gaps=(), resources=0)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a real plan, as the command line writes it."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    assert call("plan", LEAKY, "--source", LEAKY.parent, "--output", f"html={file}", "--quiet").code == 1
    return file.read_text("utf-8")


def words(page: str) -> str:
    return " ".join("".join(pages.parsed(page).find("body").itertext()).split())


# --- what every page is


@pytest.mark.parametrize("name", ["bare", "whole", "empty"])
def test_a_page_is_well_formed_and_asks_for_nothing(name: str) -> None:
    alone(pages.whole(pages.judged()) if name == "whole" else pages.written(pages.run() if name == "bare" else EMPTY))


def alone(page: str) -> None:
    """Make sure that a page is well-formed, links only to itself and names nothing that acts."""
    tree = pages.parsed(page)
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in tree.iter():
        assert element.tag not in {"link", "img", "iframe", "object", "embed", "base", "foreignObject"}
        for attribute, value in element.attrib.items():
            assert not attribute.startswith("on")
            assert attribute not in {"style", "src", "srcset", "action", "formaction"}
            assert attribute != "href" or (value.startswith("#") and value[1:] in ids), value
    assert [len(list(tree.iter(tag))) for tag in ("style", "script", "h1", "main")] == [1, 1, 1, 1]


def test_the_page_of_a_real_plan_is_well_formed_and_links_only_to_itself(leaky: str) -> None:
    alone(leaky)


def test_only_our_own_style_and_script_may_run(leaky: str) -> None:
    tree = pages.parsed(leaky)
    (policy,) = (one.get("content") for one in tree.iter("meta") if one.get("http-equiv") == "Content-Security-Policy")
    told = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert told.pop("default-src") == told.pop("base-uri") == told.pop("form-action") == "'none'"
    for name in ("style", "script"):
        text = next(tree.iter(name)).text
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert told.pop(f"{name}-src") == f"'sha256-{digest}'"
    assert not told
    assert "unsafe" not in policy


def test_the_script_is_small_and_writes_no_markup() -> None:
    script = (PARTS / "script.js").read_text("utf-8")
    assert len(script.encode()) < 15_000
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch",
        ".style",
    ):
        assert word not in script


def test_the_same_run_is_the_same_page() -> None:
    assert pages.whole(pages.judged()) == pages.whole(pages.judged())
    assert pages.written(pages.run()) == pages.written(pages.run())


# --- hostile names


MARKUP = ("</script><script>window.pwned=1</script>", "</style>", "</title>", "{{ 7*7 }}", "{% raw %}")
BAD = [*(one for one in NASTY if one != chr(0xD800)), *MARKUP]
"""No text of an input holds half a surrogate: JSON with one is refused."""


@pytest.mark.parametrize("bad", BAD)
def test_nothing_of_a_name_is_markup(bad: str) -> None:
    waiver = replace(WAIVER, reason=bad, requester=bad, approver=bad, ticket=bad)
    odd = replace(
        PUBLIC, id=f"c{bad}", title=bad, owner=bad, risk=bad, fix=bad, criteria=(bad or "CC6.1",), snippets={"aws": bad}
    )
    run = replace(
        small(),
        inputs=(bad,),
        controls=(odd, TLS),
        findings=(
            finding(odd, f"a{bad}", reason=bad, path=(bad, bad, bad, "x", "y"), change="brings"),
            finding(TLS, bad, "unknown", bad, tool=bad),
            finding(TLS, f"{bad}2", waiver=waiver),
        ),
        gaps=(Gap(scope=bad, kinds=(), reason=bad),),
        notes=(bad,),
        expired=(bad,),
    )
    seen = World(resources=(Store(id=bad, name=bad, type=bad),), flows=(pages.flow(bad, f"{bad}x", "sends_to"),))
    page = pages.whole(pages.judged(run, seen))
    tree = pages.parsed(page)
    plain = pages.parsed(pages.whole(pages.judged(replace(run, notes=()), seen)))
    assert {element.tag for element in tree.iter()} == {element.tag for element in plain.iter()}
    assert len(list(tree.iter("script"))) == len(list(tree.iter("style"))) == 1
    assert not list(tree.iter("img"))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]", page)
    assert "49" not in next(tree.iter("title")).text
    alone(page)


def test_a_hostile_name_is_shown_as_it_is() -> None:
    assert r"<img src=x onerror=alert(1)> @team #1 | `a``b` [l](http://evil.example) \x1b[31m\u202e" in words(
        pages.whole(pages.judged())
    )


def test_texts_of_ten_megabytes_are_bounded_and_said_to_be() -> None:
    long = "x" * 10_000_000
    found = finding(PUBLIC, f"a.{long}", reason=long, path=(long, long, long))
    run = replace(
        small(), inputs=(long,), findings=(found,), gaps=(Gap(scope=long, kinds=(), reason=long),), notes=(long,)
    )
    page = pages.whole(pages.judged(run, World(resources=(Store(id=found.subject, name=long, type=long),))))
    assert len(page.encode()) < 200_000
    assert "more characters)" in page
    assert cut("a" * (LONGEST + 1234)).endswith("(1,234 more characters)")


def test_a_path_of_a_thousand_steps_is_bounded_and_said_to_be() -> None:
    run = replace(small(), findings=(finding(PUBLIC, "a", path=tuple(f"step{one}" for one in range(1_999))),))
    page = pages.written(run)
    assert 'data-id="step120"' in page
    assert "step122" not in page
    assert "939 more steps are not shown" in words(page)


# --- what it says


def test_every_finding_stands_in_the_page_with_what_is_known_of_it() -> None:
    run = pages.run()
    page = pages.whole(pages.judged(run))
    text = words(page)
    ids = {element.get("id") for element in pages.parsed(page).iter()}
    assert {f"f-{one.id}" for one in run.findings} <= ids
    for said in (
        "it is asked without TLS", "a.tf:7", "nothing guards it", "checkov CKV_AWS_7 says PASS; the verdict stays",
        "OPENAI_BASE_URL", "approved by bob", "Block public access, and take out the grant.", "block_public_acls",
        "security lead", "ended on 2026-01-01", "made with -target", "new with this plan", "known from the baseline",
    ):  # fmt: skip
        assert said in text, said


def test_a_finding_that_stands_twice_has_two_ids() -> None:
    twice = finding(PUBLIC, "a.b")
    ids = re.findall(r'id="(f-[^"]+)"', pages.written(replace(small(), findings=(twice, twice))))
    assert ids == [f"f-{twice.id}", f"f-{twice.id}-2"]


def test_a_page_without_a_world_says_what_it_lacks() -> None:
    text = words(pages.written(pages.run()))
    assert "There is no diagram: these results came without the plan or account" in text
    assert "There is no page of access" in text


def test_a_world_in_which_nothing_flows_or_acts_says_so() -> None:
    text = words(pages.whole(pages.judged(seen=World(resources=()))))
    assert "Nothing in this input tells of a way that data takes" in text
    assert "Nothing in this input may act" in text


def test_all_61_criteria_stand_in_the_page_and_the_uncovered_are_named() -> None:
    page = pages.written(small())
    ids = {element.get("id") for element in pages.parsed(page).iter()}
    assert {f"tsc-{one}" for one in criteria()} <= ids
    covered = {one.criterion.id: one for category in coverage(small()) for one in category.criteria}
    assert len(covered) == 61
    assert {id_ for id_, one in covered.items() if one.state != "none"} == {"CC6.1", "C1.1"}
    assert covered["CC6.1"].said == "6 failures"
    assert covered["CC1.1"].why.endswith("what it asks for is no setting of a cloud")
    assert covered["CC2.1"].why.startswith("no control of this run serves it; an auditor asks for")
    assert "59 not covered" in words(page)


@pytest.mark.parametrize(
    ("findings", "said"),
    [
        ([finding(PUBLIC, "a", "pass")], "all pass"),
        ([finding(PUBLIC, "a", "pass"), finding(PUBLIC, "b", "unknown")], "1 not decided"),
        ([finding(PUBLIC, "a", baseline=True)], "1 accepted"),
        ([], "nothing to judge"),
    ],
)
def test_a_criterion_says_the_most_urgent_of_it(findings: list[Any], said: str) -> None:
    run = replace(small(), findings=tuple(findings))
    one = next(one for category in coverage(run) for one in category.criteria if one.criterion.id == "CC6.1")
    assert one.said == said


def test_controls_without_a_subject_are_listed_as_not_judged() -> None:
    text = words(pages.written(replace(small(), findings=())))
    assert "Controls that had nothing to judge (3)" in text
    assert "Nothing was judged" in text
    assert "Nothing fails" in text
    assert "Every control that ran had something to judge" in words(pages.written(small()))


def test_what_a_real_plan_lets_its_identities_do_is_told_and_bounded(leaky: str) -> None:
    text = words(leaky)
    assert "view prompts and transcripts" in text
    assert "Administrators, who can do all of this" in text
    assert re.search(r"[\d,]+ more are not shown", text)
    assert "aws_api_gateway" in text.partition("What was not seen")[2]


def test_an_environment_of_the_world_stands_beside_its_findings() -> None:
    page = pages.whole(pages.judged())
    assert 'data-e="prod"' in page
    assert 'data-e="staging"' in page
    assert "data-e" not in pages.written(pages.run())


def test_what_names_hold_is_hidden_in_diagram_and_environments() -> None:
    secret = "zq-planted-zq"
    id_ = f'aws_s3_bucket.b["{secret}"]'
    seen = pages.world(Store(id=id_, name=secret, environment="prod"))
    seen = replace(seen, flows=(*seen.flows, replace(pages.flow(pages.CHAT, id_, "writes_to"), reason=secret)))
    found = finding(PUBLIC, 'aws_s3_bucket.b["(hidden)"]')
    page = pages.whole(pages.judged(replace(small(), findings=(found,)), seen, [secret]))
    assert secret not in page
    assert 'data-id="aws_s3_bucket.b[&#34;(hidden)&#34;]"' in page or "aws_s3_bucket.b[&quot;(hidden)&quot;]" in page
    assert 'data-e="prod"' in page


# --- how it is written


def test_a_plugin_that_knows_only_runs_gets_a_run_and_no_world(tmp_path: Path) -> None:
    got: list[object] = []

    class Plain:
        def __call__(self, run: Run, out: TextIO, /) -> None:
            got.append(run)
            out.write("plain")

    class Whole(Plain):
        def whole(self, run: Run, judged: object, out: TextIO, /) -> None:
            got.append(judged)
            out.write(f"whole of {run.tool}")

    judged = pages.judged()
    assert isinstance(Whole(), WholeReport)
    files = [(report, tmp_path / name) for name, report in (("plain", Plain()), ("whole", Whole()))]
    outputs.write(judged.run, Plain(), files, judged)
    assert got == [judged.run, judged, judged.run]
    assert [path.read_text() for _, path in files] == ["plain", "whole of trustscan 0.0.0"]
    outputs.write(judged.run, Whole(), [])
    assert got[-1] is judged.run


def test_a_page_and_a_delta_are_written_at_once(tmp_path: Path) -> None:
    page, delta = tmp_path / "report.html", tmp_path / "delta.md"
    assert call("plan", LEAKY, "--output", f"html={page}", "--output", f"delta={delta}", "--quiet").code == 1
    assert "data-flow diagram" in page.read_text("utf-8").lower()
    assert delta.read_text("utf-8").startswith("## trustscan")


def test_an_account_and_its_capture_make_the_same_page_with_access(faked: Live, tmp_path: Path) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}
    faked.client("iam").create_role(RoleName="open", AssumeRolePolicyDocument=json.dumps(trust))
    live, again, night = tmp_path / "live.html", tmp_path / "judged.html", tmp_path / "night"
    call("live", "aws", "--region", REGION, "--save", night, "--output", f"html={live}", "--quiet")
    call("judge", night, "--output", f"html={again}", "--quiet")
    text = words(live.read_text("utf-8"))
    assert "Cloud account: " in text
    assert "By every policy together" in text
    assert "terraform" not in text.partition("Who can do what")[2].lower()
    assert live.read_bytes() == again.read_bytes()


def test_results_of_others_alone_make_a_page_without_a_diagram(tmp_path: Path) -> None:
    results, page = FIXTURES / "importers" / "checkov.json", tmp_path / "report.html"
    assert call("import", results, "--output", f"html={page}", "--quiet").code in {0, 1, 3}
    assert "There is no diagram" in words(page.read_text("utf-8"))


def test_a_page_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no such folder"):
        outputs.targets([f"html={tmp_path}/none/report.html"], [])


def test_identities_of_nobody_leave_the_page_of_access_empty() -> None:
    seen = replace(pages.world(), resources=(Identity(id="aws_iam_role.r", type="role"),))
    assert "Nothing in this input may act" in words(pages.whole(pages.judged(seen=seen)))
    assert HOSTILE.startswith("aws_s3_bucket.x")
