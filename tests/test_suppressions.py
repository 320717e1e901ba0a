"""Suppressions in the source: what holds, what does not and is told, and that a waiver follows a moved resource."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from scanner import config, plugins, run
from scanner.findings import Finding, Run, Status, Waiver
from scanner.hcl.syntax import parse
from scanner.hcl.tree import Comment
from scanner.terraform.planfile import Source
from scanner.terraform.sources.files import SourceTree
from scanner.terraform.sources.folder import from_folder
from scanner.terraform.sources.skips import Misread, Skip, skips
from worlds import FIXTURES, POLICIES, ROOT, TODAY

LEAKY = FIXTURES / "stacks" / "leaky"
MOVED = FIXTURES / "terraform" / "zoo" / "moved"
KEYS = "modules/keys/main.tf"
KEY = 'resource "aws_kms_key" "this" {\n'
BUCKET = 'resource "aws_s3_bucket" "this" {\n'
ROTATION = "key-rotation-enabled"
FULL = 'reason="kept for a year" approver=eve until=2027-01-31'
GOOD = f"trustscan:skip={ROTATION} {FULL}"


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are named from where the scan runs."""
    monkeypatch.chdir(ROOT)


def commented(tree: SourceTree, edits: Mapping[tuple[str, str], str]) -> SourceTree:
    """A tree in which, in files that end so, one text is replaced by another: by file and text."""
    done = set()
    modules = {}
    for names, module in tree.modules.items():
        texts = dict(module.texts)
        for (ending, old), new in edits.items():
            for path, text in texts.items():
                if path.endswith(ending):
                    assert text.count(old) == 1, (path, old)
                    texts[path] = text.replace(old, new)
                    done.add(ending)
        modules[names] = replace(module, texts=texts)
    assert done == {ending for ending, _ in edits}
    return replace(tree, modules=modules)


def judged(edits: Mapping[tuple[str, str], str], *, today: date = TODAY, **settings: object) -> Run:
    """The leaky stack, its sources with comments put in."""
    tree = commented(from_folder(LEAKY), edits)
    source = Source("plan.json", (LEAKY / "plan.json").read_bytes(), tree)
    made = run.Settings(policies=POLICIES, today=today, known=tuple(p.control.id for p in POLICIES))
    return run.judge_plans([source], replace(made, **settings)).run  # type: ignore[arg-type]


def waived(found: Run) -> list[Finding]:
    """Findings that somebody accepted."""
    return [finding for finding in found.findings if finding.waiver is not None]


def notes(found: Run) -> list[str]:
    """What a run says of suppressions."""
    return [note for note in found.notes if "skip" in note]


UNROTATED = 'module.chatbot["staging"].module.keys.aws_kms_key.this["data"]'


@pytest.mark.parametrize(
    ("new", "below"),
    [
        (f"# {GOOD}\n{KEY}", -1),
        (f"#{GOOD}\n# and another comment\n{KEY}", -2),
        (f"// {GOOD}\n{KEY}", -1),
        (f"/* why\n * {GOOD}\n */\n{KEY}", -2),
        (f"/* {GOOD} */\n{KEY}", -1),
        (f"{KEY}  # {GOOD}\n", 1),
        (KEY.replace("\n", f" # {GOOD}\n"), 0),
        (f"{KEY}  # trustscan:skip=key-rot* {FULL}\n", 1),
        (f"{KEY}  lifecycle {{\n    // {GOOD}\n  }}\n", 2),
    ],
)
def test_a_comment_in_or_directly_above_a_block_waives_what_its_instances_fail(new: str, below: int) -> None:
    found = judged({(KEYS, KEY): new})
    (finding,) = waived(found)
    assert (finding.control, finding.subject, finding.status) == (ROTATION, UNROTATED, Status.FAIL)
    assert finding.waiver is not None
    assert finding.waiver.where.rpartition("/")[2] == f"main.tf:{finding.origin.line + below}"
    assert replace(finding.waiver, control="", where="") == Waiver(
        control="",
        subject=UNROTATED,
        requester="comment",
        approver="eve",
        reason="kept for a year",
        expires="2027-01-31",
    )
    assert notes(found) == []


def test_a_comment_in_the_middle_of_an_expression_holds_too() -> None:
    rotation = "enable_key_rotation     = each.value.rotation"
    spread = f"enable_key_rotation = (\n    // {GOOD}\n    each.value.rotation\n  )"
    found = judged({(KEYS, rotation): spread})
    assert [f.subject for f in waived(found)] == [UNROTATED]
    assert notes(found) == []


def test_several_comments_in_one_block_hold_each_for_itself() -> None:
    bucket = (
        f"# trustscan:skip=store-access-logged {FULL}\n"
        f"# trustscan:skip=store-requires-tls reason=later approver=bob until=2026-12-31 ticket=SEC-7\n{BUCKET}"
    )
    found = waived(judged({("modules/bucket/main.tf", BUCKET): bucket}))
    assert {f.control for f in found} == {"store-access-logged", "store-requires-tls"}
    assert {(f.waiver.approver, f.waiver.ticket) for f in found if f.waiver} == {("eve", ""), ("bob", "SEC-7")}


def test_a_suppression_in_a_module_covers_every_instance_of_the_block_in_every_call() -> None:
    plain = judged({("modules/bucket/main.tf", BUCKET): BUCKET})
    failed = {
        (f.control, f.subject) for f in plain.findings if f.control == "store-not-public" and f.status is Status.FAIL
    }
    buckets = {item for item in failed if item[1].endswith("aws_s3_bucket.this")}
    assert len(buckets) == 2
    found = judged({("modules/bucket/main.tf", BUCKET): f"{BUCKET}  # trustscan:skip=store-not-public {FULL}\n"})
    assert {(f.control, f.subject) for f in waived(found)} == buckets


def test_on_a_module_block_it_covers_everything_in_that_module_and_nothing_else() -> None:
    call = 'module "avatars" {\n'
    found = judged({("legacy/stores.tf", call): f"# trustscan:skip=* {FULL}\n{call}"})
    inside = [f for f in found.findings if f.subject.startswith("module.legacy.module.avatars.")]
    assert {f.subject for f in waived(found)} == {f.subject for f in inside if f.status is not Status.PASS}
    assert all(f.waiver is not None for f in inside if f.status is not Status.PASS)
    assert len(waived(found)) >= 2
    outer = judged({("leaky/main.tf", 'module "legacy" {\n'): f'module "legacy" {{\n  # trustscan:skip=* {FULL}\n'})
    everywhere = {f.subject for f in outer.findings if f.status is not Status.PASS}
    # A flow out of the module is shown by a statement that may stand elsewhere, and be accepted there.
    within = {one for one in everywhere if one.startswith("module.legacy.") and " -> " not in one}
    assert {f.subject for f in waived(outer)} == within


@pytest.mark.parametrize("form", ["table", "json", "sarif", "junit", "markdown", "github", "html"])
def test_every_report_shows_who_accepted_what_and_why(form: str) -> None:
    found = judged({(KEYS, KEY): f"{KEY}  # {GOOD}\n"})
    out = io.StringIO()
    plugins.load("scanner.reports", form)(found, out)
    text = " ".join(out.getvalue().split())
    for said in ("kept for a year", "eve", "2027-01-31", "modules/keys/main.tf:69"):
        assert said in text, said


def test_a_report_in_sarif_says_that_it_stands_in_the_source() -> None:
    out = io.StringIO()
    plugins.load("scanner.reports", "sarif")(judged({(KEYS, KEY): f"{KEY}# {GOOD}\n"}), out)
    results = json.loads(out.getvalue())["runs"][0]["results"]
    (suppressed,) = [one["suppressions"][0] for one in results if "suppressions" in one]
    assert (suppressed["kind"], suppressed["status"]) == ("inSource", "accepted")


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        (f"trustscan:skip={ROTATION} reason=x until=2027-01-31", f"{ROTATION} does not hold: approver is missing"),
        (f"trustscan:skip={ROTATION}", f"{ROTATION} does not hold: reason and approver and until are missing"),
        (f"trustscan:skip={ROTATION} reason= approver=e until=2027-01-31", "does not hold: reason is missing"),
        (f'trustscan:skip={ROTATION} reason="" approver=e until=2027-01-31', "does not hold: reason is missing"),
        (f"trustscan:skip={ROTATION} reason=x approver=e until=tomorrow", "until=tomorrow is no date"),
        (f"trustscan:skip={ROTATION} reason=x approver=e until=2027-02-30", "until=2027-02-30 is no date"),
        (f"trustscan:skip={ROTATION} reason=x approver=e until=2027-1-1", "until=2027-1-1 is no date"),
        (f"{GOOD} owner=me", "owner is not known here"),
        (f"{GOOD} reason=more", "reason is given twice"),
        (f"trustscan:skip={ROTATION} reason=a public site approver=e until=2027-01-31", "from 'public' on"),
        (f"{GOOD} and so on", "from 'and' on"),
        (f'trustscan:skip={ROTATION} reason="open approver=e until=2027-01-31', "need quotes"),
        (f"trustscan:skip=key-rotatoin-enabled {FULL}", "names no control; 'trustscan controls' lists them"),
        (f"trustscan:skip= {FULL}", "it names no control"),
        *(
            (f"{form}{ROTATION} {FULL}", "does not hold: write trustscan:skip=CONTROL reason= approver= until=")
            for form in (
                "trustscan:skip ",
                "trustscan:skip:",
                "trustscan:skip = ",
                "trustscan:skp=",
                "Trustscan: skip=",
                "TRUSTSCAN:SKIP=",
                "trustscan:ignore=",
                "trustscan:ignore ",
            )
        ),
        (f"see {GOOD}", "a suppression starts its line, as: trustscan:skip=CONTROL reason= approver= until="),
    ],
)
def test_one_that_is_not_whole_does_not_hold_and_is_told_with_its_place(comment: str, problem: str) -> None:
    found = judged({(KEYS, KEY): f"{KEY}  # {comment}\n"})
    assert waived(found) == []
    (note,) = notes(found)
    assert note.startswith("fixtures/stacks/modules/keys/main.tf:69: trustscan:skip")
    assert problem in note
    assert any(f.subject == UNROTATED and f.status is Status.FAIL for f in found.findings)


@pytest.mark.parametrize(
    "new",
    [f"# {GOOD}\n\n{KEY}", f"locals {{\n  # {GOOD}\n}}\n\n{KEY}"],
)
def test_one_that_stands_at_no_block_does_not_hold_and_is_told(new: str) -> None:
    found = judged({(KEYS, KEY): new})
    assert waived(found) == []
    assert [note.partition("does not hold: ")[2] for note in notes(found)] == [
        "it stands in or directly above no resource, data or module block"
    ]


def test_it_holds_through_its_last_day_and_then_counts_again_and_is_told() -> None:
    edits = {(KEYS, KEY): f"{KEY}  # trustscan:skip={ROTATION} reason=x approver=eve until=2026-11-20\n"}
    assert len(waived(judged(edits, today=date(2026, 11, 20)))) == 1
    late = judged(edits, today=date(2026, 11, 21))
    assert waived(late) == []
    (line,) = late.expired
    assert line.startswith(f"trustscan:skip={ROTATION} at ")
    assert line.endswith("main.tf:69 (approved by eve) ended on 2026-11-20; what it covered counts again: 1")


def test_one_that_ended_fails_nothing_where_another_holds_for_the_same() -> None:
    past = f"trustscan:skip={ROTATION} reason=x approver=eve until=2026-11-20"
    found = judged({(KEYS, KEY): f"# {past}\n# {GOOD}\n{KEY}\n"}, today=date(2026, 11, 21))
    assert len(waived(found)) == 1
    assert found.expired == ()
    (note,) = notes(found)
    assert note.endswith(" ended on 2026-11-20, and others cover what it covered; remove it")
    waiver = Waiver(
        control=ROTATION, subject=UNROTATED, requester="ann", approver="bob", reason="r", expires="2026-11-20"
    )
    beside = judged({(KEYS, KEY): f"{KEY}  # {GOOD}\n"}, waivers=(waiver,), today=date(2026, 11, 21))
    assert (len(waived(beside)), beside.expired) == (1, ())
    assert len(judged({}, waivers=(waiver,), today=date(2026, 11, 21)).expired) == 1


def test_one_that_covers_nothing_is_told_but_not_where_its_control_was_not_run() -> None:
    edits = {(KEYS, KEY): f"{KEY}  # trustscan:skip=store-not-public {FULL}\n"}
    (note,) = notes(judged(edits))
    assert note.endswith("main.tf:69 (approved by eve) covers nothing; remove it")
    others = tuple(policy for policy in POLICIES if policy.control.id != "store-not-public")
    assert notes(judged(edits, policies=others)) == []


def test_the_waivers_file_comes_first_and_neither_is_idle() -> None:
    waiver = Waiver(
        control=ROTATION, subject=UNROTATED, requester="ann", approver="bob", reason="r", expires="2027-01-01"
    )
    found = judged({(KEYS, KEY): f"{KEY}  # {GOOD}\n"}, waivers=(waiver,))
    assert [f.waiver for f in waived(found)] == [waiver]
    assert notes(found) == []


def test_what_a_comment_says_leaves_without_secrets() -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    said = f"reason={key} approver={key} until=2027-01-31 ticket={key}"
    found = judged({(KEYS, KEY): f"{KEY}  # trustscan:skip={ROTATION} {said}\n  # trustscan:skip={key} {FULL}\n"})
    assert len(waived(found)) == 1
    assert key not in repr(found)


def test_sources_of_something_else_suppress_nothing() -> None:
    key = 'resource "aws_cloudwatch_log_group" "renamed" {\n'
    tree = commented(from_folder(MOVED), {("moved/main.tf", key): f"# trustscan:skip=* {FULL}\n{key}"})
    source = Source("p", (LEAKY / "plan.json").read_bytes(), tree)
    found = run.judge_plans([source], run.Settings(policies=POLICIES, today=TODAY)).run
    assert waived(found) == []
    assert notes(found) == []
    assert any("was not used" in note for note in found.notes)


def test_a_block_that_is_not_the_one_that_was_planned_suppresses_nothing_and_that_is_told() -> None:
    rotation = "enable_key_rotation     = each.value.rotation"
    edits = {(KEYS, KEY): f"# {GOOD}\n{KEY}", (KEYS, rotation): "enable_key_rotation = false"}
    found = judged(edits)
    assert waived(found) == []
    assert any(note.endswith("does not hold: its block is not the one the plan was made from") for note in notes(found))


def test_two_plans_of_one_folder_share_its_suppressions() -> None:
    tree = commented(from_folder(LEAKY), {(KEYS, KEY): f"{KEY}  # {GOOD}\n"})
    content = (LEAKY / "plan.json").read_bytes()
    sources = [Source("dev.json", content, tree), Source("prod.json", content, tree)]
    found = run.judge_plans(sources, run.Settings(policies=POLICIES, today=TODAY)).run
    assert {f.subject for f in waived(found)} == {f"dev.json:{UNROTATED}", f"prod.json:{UNROTATED}"}
    assert notes(found) == []


def test_the_example_of_the_page_holds() -> None:
    page = (ROOT / "docs" / "suppressions.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"(?ms)^```terraform\n(.*?)^```", page)
    found = [skip for comment in parse(example, "main.tf").comments for skip in skips(comment)]
    assert [skip.what for skip in found] == ["store-not-public", "store-access-logged"]
    assert all(isinstance(skip, Skip) for skip in found)


# --- checkov's own


def test_a_comment_for_checkov_waives_the_control_that_means_the_same() -> None:
    found = judged({(KEYS, KEY): f"{KEY}  #checkov:skip=CKV_AWS_7:rotated by hand, see SEC-9\n"})
    (finding,) = waived(found)
    assert (finding.control, finding.subject) == (ROTATION, UNROTATED)
    assert finding.waiver is not None
    assert finding.waiver.control == "CKV_AWS_7"
    assert finding.waiver.requester == "checkov:skip comment"
    assert finding.waiver.reason == "rotated by hand, see SEC-9"
    assert (finding.waiver.approver, finding.waiver.expires) == ("", "")
    out = io.StringIO()
    plugins.load("scanner.reports", "table")(found, out)
    told = " ".join(out.getvalue().split())
    assert "by the checkov:skip comment at " in told
    assert "modules/keys/main.tf:69, without an end: rotated by hand, see SEC-9" in told


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        # checkov itself looks inside of blocks only.
        (KEYS, KEY, f"#checkov:skip=CKV_AWS_7:above\n{KEY}"),
        # Not mapped, and mapped to another control: neither is a mistake of the author's.
        (KEYS, KEY, f"{KEY}  #checkov:skip=CKV_AWS_99999:unknown\n"),
        (KEYS, KEY, f"{KEY}  #checkov:skip=CKV_AWS_18:another\n"),
        # It asks for a part of entrypoint-requires-tls12 alone.
        (
            "modules/workers/main.tf",
            'resource "aws_lb_listener" "https" {\n',
            'resource "aws_lb_listener" "https" {\n  #checkov:skip=CKV_AWS_2:a part\n',
        ),
    ],
)
def test_a_comment_for_checkov_waives_no_more_than_it_means(file: str, old: str, new: str) -> None:
    found = judged({(file, old): new})
    assert waived(found) == []
    assert notes(found) == []


def test_comments_for_checkov_are_read_as_it_reads_them() -> None:
    def only(text: str) -> Skip | Misread:
        (one,) = skips(Comment(1, text))
        return one

    assert only("# bridgecrew:skip= CKV2_AWS_6:why: so") == Skip(
        line=1, what="CKV2_AWS_6", reason="why: so", tool="checkov"
    )
    assert only("#checkov:skip=CKV_AWS_7") == Skip(
        line=1, what="CKV_AWS_7", reason="no reason is given", tool="checkov"
    )
    assert list(skips(Comment(1, "# skip this, checkov"))) == []


# --- resources that were moved: a plan that terraform made


def moved(folder: Path, tree: SourceTree, *waivers: Waiver) -> list[Finding]:
    """What is waived in the plan of the zoo whose log groups were moved, one of them into a module.

    They are said to hold prompts, which no key of ours protects.
    """
    (folder / "trustscan.yaml").write_text("data: [{classes: [prompt], match: {name: /zoo/*}}]", encoding="utf-8")
    source = Source("plan.json", (MOVED / "plan.json").read_bytes(), tree)
    holds = config.load(folder / "trustscan.yaml")
    made = run.Settings(policies=POLICIES, today=TODAY, config=holds, waivers=waivers)
    return waived(run.judge_plans([source], made).run)


def test_a_waiver_of_the_file_follows_a_moved_resource(tmp_path: Path) -> None:
    old = "aws_cloudwatch_log_group.old_in_root"
    waiver = Waiver(control="store-*", subject=old, requester="ann", approver="bob", reason="r", expires="2027-01-01")
    found = moved(tmp_path, from_folder(MOVED), waiver)
    assert "store-encrypted-with-customer-key" in {f.control for f in found}
    assert {f.subject for f in found} == {"module.logs.aws_cloudwatch_log_group.inside"}
    assert {f.origin.previous for f in found} == {old}


def test_a_suppression_follows_its_block_to_where_it_was_moved(tmp_path: Path) -> None:
    block = 'resource "aws_cloudwatch_log_group" "inside" {\n'
    tree = commented(
        from_folder(MOVED), {("modules/logs/main.tf", block): f"{block}  # trustscan:skip=store-* {FULL}\n"}
    )
    found = moved(tmp_path, tree)
    assert "store-encrypted-with-customer-key" in {f.control for f in found}
    assert {f.subject for f in found} == {"module.logs.aws_cloudwatch_log_group.inside"}
