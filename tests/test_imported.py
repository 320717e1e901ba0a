"""What other scanners say beside our findings: shared, seen otherwise, found alone, skipped, or mapped to nothing."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, call, refused
from scanner import imported, plugins
from scanner.clouds.aws import CLOUD
from scanner.errors import ConfigError
from scanner.findings import SEVERITIES, Finding, Run, Status, Waiver
from scanner.foreign import Result, Says, Told
from scanner.importers import checkov, sarif
from scanner.mapping import TOOLS, mapping, read
from scanner.model import Origin, World
from test_importers import SECRETS, TRIVY, WRITTEN
from test_reports import valid
from worlds import POLICIES, change, plan, scan

STACK = WRITTEN / "stack" / "plan.json"
FORMATS = ("github", "html", "json", "junit", "markdown", "sarif", "table")
QUEUES = {'aws_sqs_queue.jobs["eu/west"]', 'aws_sqs_queue.jobs["us.east"]'}


def results(name: str) -> tuple[Told, ...]:
    importer = sarif if name.endswith(".sarif") else checkov
    read_: tuple[Told, ...] = importer.read((WRITTEN / name).read_bytes(), name)
    return read_


def beside(*names: str, **settings: Any) -> Run:
    return scan(STACK.read_bytes(), told=tuple(told for name in names for told in results(name)), **settings)


def one(run: Run, control: str, subject: str) -> Finding:
    (found,) = [f for f in run.findings if f.control == control and f.subject == subject]
    return found


def written(form: str, run: Run) -> str:
    out = io.StringIO()
    plugins.load("scanner.reports", form)(run, out)
    return out.getvalue()


def say(check: str, says: Says, address: str = "", **more: Any) -> Result:
    return Result(check=check, says=says, address=address, **more)


def told(*said: Result, tool: str = "checkov", **more: Any) -> Told:
    return Told(tool=tool, version="3.3.30", where="results.json", results=said, **more)


def ours(subject: str, status: str = "fail", control: str = "key-rotation-enabled", **origin: Any) -> Finding:
    at = {"type": subject.partition(".")[0], "address": subject, "plan": "plan.json", **origin}
    return Finding(
        control=control,
        subject=subject,
        status=Status(status),
        severity="medium",
        criteria=("CC6.1",),
        message="",
        reason="why",
        fix="",
        origin=Origin(source="plan", **at),
    )


def merged(findings: Iterable[Finding], *scans: Told) -> tuple[Finding, ...]:
    return imported.merge(tuple(findings), World(resources=()), scans).findings


# --- shared


def test_a_failure_both_found_is_one_finding_that_names_both() -> None:
    run = beside("checkov.json")
    found = one(run, "key-rotation-enabled", "aws_kms_key.fixed")
    assert found.status is Status.FAIL
    assert [(o.tool, o.check) for o in found.also] == [("checkov", "CKV_AWS_7")]
    assert not [f for f in run.findings if f.control == "CKV_AWS_7"]


def test_without_other_scanners_nothing_changes() -> None:
    alone, with_ = scan(STACK.read_bytes()), beside("checkov.json", "tf-nag.sarif")
    kept = [replace(finding, opinions=()) for finding in with_.findings if not finding.tool]
    assert kept == list(alone.findings)
    assert alone.others == ()


def test_checks_that_are_a_part_of_a_control_fail_it_and_never_pass_it() -> None:
    part = next(id_ for id_, check in mapping("checkov").items() if check.part and check.control)
    check = mapping("checkov")[part]
    address = f"{check.types[0]}.x"
    (passed,) = merged([ours(address, control=check.control)], told(say(part, Says.PASS, address)))
    assert passed.opinions == ()
    (failed,) = merged([ours(address, control=check.control)], told(say(part, Says.FAIL, address)))
    assert [o.check for o in failed.also] == [part]


def test_where_one_of_two_checks_fails_the_other_says_nothing() -> None:
    key = "aws_kms_key.k"
    both = (say("CKV_AWS_7", Says.PASS, key), say("CKV_AWS_7", Says.FAIL, key))
    for order in (both, both[::-1]):
        (found,) = merged([ours(key)], told(*order))
        assert [(o.check, o.says) for o in found.opinions] == [("CKV_AWS_7", Status.FAIL)]


def test_a_mapping_to_a_control_holds_for_its_types_only() -> None:
    found = merged([ours("aws_sns_topic.t")], told(say("CKV_AWS_7", Says.FAIL, "aws_sns_topic.t")))
    assert [(f.control, f.opinions) for f in found] == [("key-rotation-enabled", ()), ("CKV_AWS_7", ())]


# --- otherwise


def test_a_verdict_stays_where_another_scanner_says_otherwise() -> None:
    run = beside("checkov.json")
    against = {(f.control, f.subject): f for f in run.findings if f.against}
    for queue in QUEUES:
        found = against["store-encrypted", queue]
        assert (found.status, [o.says for o in found.against]) == (Status.PASS, [Status.FAIL])
    undecided = against["store-redundant", "aws_db_instance.chat"]
    assert undecided.status is Status.UNKNOWN


def test_who_could_not_decide_says_nothing_against_a_verdict() -> None:
    nag = mapping("tf-nag")
    check = next(id_ for id_, mapped in nag.items() if mapped.control and not mapped.part)
    control, address = nag[check].control, f"{nag[check].types[0]}.x"
    for status in ("pass", "fail"):
        (found,) = merged([ours(address, status, control)], told(say(check, Says.UNKNOWN, address), tool="tf-nag"))
        assert found.opinions == ()
    (found,) = merged([ours(address, "unknown", control)], told(say(check, Says.UNKNOWN, address), tool="tf-nag"))
    assert [o.check for o in found.also] == [check]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_tells_what_is_shared_otherwise_and_alone(form: str) -> None:
    text = " ".join(written(form, beside("checkov.json")).split())
    for word in ("CKV_AWS_7", "CKV_AWS_27", "CKV_AWS_293", "SQS encrypts new queues"):
        assert word in text, word
    assert "says FAIL" in text or '"says": "fail"' in text
    assert not [secret for secret in SECRETS if secret in text]


def test_the_table_says_it_within_its_width() -> None:
    lines = written("table", beside("checkov.json")).splitlines()
    assert max(len(line) for line in lines if "resource " not in line and " = " not in line) <= 80
    text = " ".join(" ".join(lines).split())
    assert "also checkov CKV_AWS_7" in text
    assert "checkov CKV_AWS_27 says FAIL; the verdict stays, as: SQS encrypts new queues unless that" in text
    assert "checkov CKV_AWS_157 guesses FAIL" in text


def test_the_json_lists_each_disagreement_with_both_verdicts_and_our_reason() -> None:
    document = json.loads(written("json", beside("checkov.json")))
    listed = {(d["check"], d["subject"]): d for d in document["disagreements"]}
    for queue in QUEUES:
        found = listed["CKV_AWS_27", queue]
        assert (found["status"], found["says"], found["tool"]) == ("pass", "fail", "checkov")
        assert "SQS encrypts" in found["reason"]
        assert found["note"]
    ids = {finding["id"] for finding in document["findings"]}
    assert {d["finding"] for d in listed.values()} <= ids


@pytest.mark.parametrize("name", ["checkov.json", "checkov-skips.json", "tf-nag.sarif"])
def test_the_json_satisfies_its_schema(name: str) -> None:
    valid(json.loads(written("json", beside(name))))


def test_junit_tells_a_disagreement_in_its_case_and_fails_nothing_more() -> None:
    run = beside("checkov.json")
    root = ET.fromstring(written("junit", run))  # noqa: S314 - written just now
    passed = [case for case in root.iter("testcase") if "CKV_AWS_27" in (case.findtext("system-out") or "")]
    assert {case.get("name") for case in passed} == QUEUES
    assert all(case.find("failure") is None and case.find("skipped") is None for case in passed)
    counted = sum(f.status is Status.FAIL for f in run.findings)
    assert root.get("failures") == str(counted)


def test_sarif_notes_each_disagreement_and_names_both_on_results() -> None:
    (run,) = json.loads(written("sarif", beside("checkov.json")))["runs"]
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    (note,) = [text for text in notes if "CKV_AWS_27 says FAIL" in text]
    assert all(queue in note for queue in QUEUES)
    (fixed,) = [
        r
        for r in run["results"]
        if r["ruleId"] == "key-rotation-enabled" and r["properties"]["subject"] == "aws_kms_key.fixed"
    ]
    assert fixed["properties"]["also"] == ["checkov CKV_AWS_7"]
    (alone,) = [r for r in run["results"] if r["ruleId"] == "CKV_AWS_293"]
    assert alone["properties"]["tool"] == "checkov"


# --- alone


def test_what_only_another_scanner_found_is_a_finding_by_its_word() -> None:
    found = one(beside("checkov.json"), "CKV_AWS_293", "aws_db_instance.chat")
    mapped = mapping("checkov")["CKV_AWS_293"]
    assert (found.tool, found.status, found.change) == ("checkov", Status.FAIL, "brings")
    assert (found.severity, found.criteria) == (mapped.severity, mapped.criteria)
    assert "By checkov's word this does not hold: " in found.reason
    assert "trustscan has no verdict of its own" in found.reason


@pytest.mark.parametrize("form", ["junit", "markdown", "sarif", "table"])
def test_its_reason_is_said_once(form: str) -> None:
    run = beside("checkov.json")
    alone = replace(run, findings=(one(run, "CKV_AWS_293", "aws_db_instance.chat"),))
    text = " ".join(written(form, alone).split())
    # JUnit says it as a failure's message and text, SARIF in both descriptions of its rule and in the result.
    assert text.count("trustscan has no verdict of its own") == {"junit": 2, "sarif": 3}.get(form, 1)


def test_it_counts_for_the_exit_code_as_any_finding() -> None:
    # A control must be left beside the check: none of these results is about images.
    only = ("--control", "CKV_AWS_293", "--control", "store-images-immutable")
    for plans in ((), ("--plan", STACK)):
        command = ("import", WRITTEN / "checkov.json", *plans, *only)
        assert call(*command, "--fail-on", "medium").code == 1
        assert call(*command, "--fail-on", "high").code == 0


def test_a_mapped_pass_without_a_finding_of_ours_is_only_counted() -> None:
    done = imported.merge((), World(resources=()), (told(say("CKV_AWS_7", Says.PASS, "aws_kms_key.k")),))
    assert done.findings == ()
    assert done.others[0].passed == 1


def test_one_resource_is_one_finding_however_often_it_is_told() -> None:
    said = [say("CKV_AWS_293", Says.FAIL, "aws_db_instance.d")] * 3
    assert len(merged([], told(*said), told(*said))) == 1


def test_without_an_address_the_place_is_the_subject() -> None:
    (found,) = merged([], told(say("CKV_AWS_293", Says.FAIL, file="db.tf", line=7, last=9)))
    assert (found.subject, found.origin.file, found.origin.line) == ("db.tf:7", "db.tf", 7)
    (nowhere,) = merged([], told(say("CKV_AWS_293", Says.FAIL)))
    assert nowhere.subject == "results.json"


def test_what_no_criterion_is_mapped_to_is_told_and_never_counted() -> None:
    result = told(
        say("CKV2_AWS_62", Says.FAIL, "aws_s3_bucket.b", title="Event notifications"),
        say("MY_OWN_1", Says.FAIL, "aws_s3_bucket.b"),
        say("MY_OWN_1", Says.PASS, "aws_s3_bucket.c"),
        say("MY_OWN_2", Says.SKIPPED, "aws_s3_bucket.c"),
    )
    run = scan(plan(change("aws_s3_bucket.b", {"bucket": "b"})), told=(result,))
    assert not [f for f in run.findings if f.tool]
    document = json.loads(written("json", run))
    (other,) = document["others"]
    assert [(u["check"], u["says"]) for u in other["unmapped"]] == [
        ("CKV2_AWS_62", "fail"),
        ("MY_OWN_1", "fail"),
        ("MY_OWN_2", "skipped"),
    ]
    table = " ".join(written("table", run).split())
    assert "2 failures of 2 checks that no criterion is mapped to, not counted, in --format json" in table


# --- skipped


def test_a_skip_comment_waives_our_finding_and_is_shown() -> None:
    run = beside("checkov-skips.json")
    found = one(run, "key-rotation-enabled", "aws_kms_key.skipped")
    assert found.status is Status.FAIL
    assert found.waiver is not None
    assert found.waiver.reason == "The HSM team turns it by hand every spring"
    for form in FORMATS:
        text = " ".join(written(form, run).split())
        assert "checkov:skip" in text.replace("`", "")
        assert "turns it by hand" in text
    assert one(run, "key-rotation-enabled", "aws_kms_key.fixed").waiver is None


def test_a_skip_of_what_we_pass_waives_nothing() -> None:
    (found,) = merged([ours("aws_kms_key.k", "pass")], told(say("CKV_AWS_7", Says.SKIPPED, "aws_kms_key.k")))
    assert (found.waiver, found.opinions) == (None, ())


def test_a_skip_of_what_only_they_ask_is_undecided_and_waived() -> None:
    skipped = say("CKV_AWS_293", Says.SKIPPED, "aws_db_instance.d", comment="a copy for tests")
    (found,) = merged([], told(skipped))
    assert (found.status, found.tool) == (Status.UNKNOWN, "checkov")
    assert found.waiver is not None
    assert (found.waiver.reason, found.waiver.expires) == ("a copy for tests", "")


def test_a_waiver_of_ours_comes_before_a_skip_comment() -> None:
    agreed = Waiver(
        control="CKV*", subject="*", requester="ann", approver="bob", reason="agreed", expires="2027-01-01", ticket=""
    )
    run = beside("checkov.json", waivers=(agreed,))
    assert {f.waiver for f in run.findings if f.tool == "checkov"} == {agreed}
    past = replace(agreed, expires=date(2026, 1, 1).isoformat())
    assert beside("checkov.json", waivers=(past,)).expired


def test_a_baseline_knows_what_another_scanner_found() -> None:
    first = beside("checkov.json")
    again = beside("checkov.json", baseline={f.id: f.status for f in first.findings if f.status is Status.FAIL})
    assert all(f.baseline for f in again.findings if f.status is Status.FAIL)


# --- whose


def test_of_two_plans_with_one_address_only_the_one_that_is_meant_is_joined() -> None:
    content = plan(change("aws_kms_key.k", {"enable_key_rotation": False}))
    result = say("CKV_AWS_7", Says.FAIL, "aws_kms_key.k")
    of_second = scan(content, content, told=(told(result, plan="plan1.json"),))
    joined = {f.subject for f in of_second.findings if f.also}
    assert joined == {"plan1.json:aws_kms_key.k"}
    named = scan(content, content, told=(told(replace(result, file="out/plan1.json")),))
    assert {f.subject for f in named.findings if f.also} == joined
    unnamed = scan(content, content, told=(told(result),))
    assert not [f for f in unnamed.findings if f.also]
    assert [f.subject for f in unnamed.findings if f.tool] == ["aws_kms_key.k"]


def test_lines_of_the_source_find_the_block_that_begins_in_them() -> None:
    here = ours("aws_kms_key.k", file="infra/keys/main.tf", line=23)
    there = ours("aws_kms_key.l", file="infra/keys/main.tf", line=40)
    elsewhere = ours("aws_kms_key.m", file="other/main.tf", line=23)
    found = merged([here, there, elsewhere], told(say("CKV_AWS_7", Says.FAIL, file="keys/main.tf", line=23, last=25)))
    assert [f.subject for f in found if f.also] == ["aws_kms_key.k"]
    assert len(found) == 3


def test_of_instances_of_one_block_those_that_fail_are_meant() -> None:
    at: dict[str, Any] = {"file": "main.tf", "line": 3}
    good, bad = ours('aws_kms_key.k["a"]', "pass", **at), ours('aws_kms_key.k["b"]', **at)
    lines = say("CKV_AWS_7", Says.FAIL, file="main.tf", line=3, last=5)
    assert [f.subject for f in merged([good, bad], told(lines)) if f.opinions] == ['aws_kms_key.k["b"]']
    assert [len(f.against) for f in merged([good], told(lines))] == [1]


# --- the command


def imports(*arguments: str | Path) -> tuple[Answer, dict[str, Any]]:
    answer = call("import", *arguments, "--format", "json")
    return answer, json.loads(answer.out) if answer.out else {}


def test_results_alone_are_shown_under_the_criteria() -> None:
    answer, document = imports(WRITTEN / "checkov.json")
    assert answer.code == 1
    assert {finding["tool"] for finding in document["findings"]} == {"checkov"}
    assert {"CKV_AWS_7", "CKV_AWS_27", "CKV_AWS_293"} <= {finding["control"] for finding in document["findings"]}
    assert document["summary"]["criteria"]
    assert document["summary"]["controls"] == 0
    table = " ".join(call("import", WRITTEN / "checkov.json").out.split())
    assert "judged nothing: results of other scanners" in table


def test_with_the_plan_both_are_brought_together() -> None:
    _, document = imports(WRITTEN / "checkov.json", WRITTEN / "tf-nag.sarif", "--plan", STACK)
    (fixed,) = [
        f for f in document["findings"] if (f["control"], f["subject"]) == ("key-rotation-enabled", "aws_kms_key.fixed")
    ]
    assert fixed["also"] == [
        {"tool": "checkov", "check": "CKV_AWS_7"},
        {"tool": "tf-nag", "check": "AwsSolutions-KMS5"},
    ]
    assert [other["tool"] for other in document["others"]] == ["checkov", "tf-nag"]


def test_lines_of_trivy_are_placed_by_the_sources_of_the_plan(tmp_path: Path) -> None:
    text = (STACK.parent / "main.tf").read_text("utf-8").splitlines()
    line = next(i for i, content in enumerate(text, 1) if content.strip() == "enable_key_rotation = false")
    document = json.loads(json.dumps(TRIVY))
    place = document["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    place["artifactLocation"]["uri"], place["region"] = "main.tf", {"startLine": line, "endLine": line}
    file = tmp_path / "trivy.sarif"
    file.write_text(json.dumps(document), "utf-8")
    _, found = imports(file, "--plan", STACK, "--source", STACK.parent)
    also = {(f["control"], f["subject"]): f["also"] for f in found["findings"] if f["also"]}
    assert also == {("key-rotation-enabled", "aws_kms_key.fixed"): [{"tool": "trivy", "check": "AWS-0065"}]}
    _, unplaced = imports(file, "--plan", STACK)
    assert [(f["control"], f["subject"]) for f in unplaced["findings"] if f["tool"]] == [
        ("AWS-0065", f"main.tf:{line}")
    ]
    assert call("import", file, "--source", STACK.parent).code == 2
    refused(call("import", file, "--chdir", STACK.parent), "--chdir is for a saved plan: give the plan too")


def test_control_and_skip_choose_checks_too() -> None:
    _, document = imports(WRITTEN / "checkov.json", "--plan", STACK, "--control", "key-rotation-enabled")
    assert {finding["control"] for finding in document["findings"]} == {"key-rotation-enabled"}
    _, document = imports(WRITTEN / "checkov.json", "--plan", STACK, "--skip", "CKV*")
    assert not [f for f in document["findings"] if f["tool"] or f["also"]]
    assert call("import", WRITTEN / "checkov.json", "--skip", "NOSUCH_*").code == 2


def test_a_record_names_what_the_others_wrote(tmp_path: Path) -> None:
    answer = call("import", WRITTEN / "checkov.json", "--plan", STACK, "--run-dir", tmp_path / "runs", "-q")
    assert answer.code in {1, 3}, answer.err
    (file,) = (tmp_path / "runs").glob("*.json")
    document = json.loads(file.read_bytes())
    assert [one["name"].split(":")[0] for one in document["inputs"]][1:] == ["checkov 3.3.30"]
    assert "CKV_AWS_293" in {verdict["control"] for verdict in document["findings"]}
    alone = call("import", WRITTEN / "checkov.json", "--run-dir", tmp_path / "runs")
    assert alone.code == 2
    assert "--plan" in alone.err


def test_results_are_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_bytes((WRITTEN / "checkov.json").read_bytes())
    answer = call("import", file, "--output", f"json={file}")
    assert answer.code == 2
    assert file.read_bytes() == (WRITTEN / "checkov.json").read_bytes()


@pytest.mark.parametrize("name", ["checkov.json", "checkov-code.json"])
def test_secrets_in_results_are_in_no_output(name: str, tmp_path: Path) -> None:
    files = [tmp_path / form for form in FORMATS]
    outputs = [word for file in files for word in ("--output", f"{file.name}={file}")]
    answer = call("import", WRITTEN / name, "--plan", STACK, *outputs)
    texts = [answer.said, *(file.read_text("utf-8") for file in files)]
    assert not [secret for secret in SECRETS if any(secret in text for text in texts)]


def test_a_secret_or_a_control_character_in_a_text_of_theirs_is_not_shown() -> None:
    key = "AKIA" + "Z7Q2M4XNQRT5WV3K"
    result = say("MY_OWN_1", Says.FAIL, f'aws_sqs_queue.q["{SECRETS[0]}"]', title=f"{key} \x1b[31m {SECRETS[0]}")
    content = plan(
        change("aws_db_instance.d", {"password": SECRETS[0]}, sensitive={"password": True}),
    )
    run = scan(content, told=(told(result),))
    for form in FORMATS:
        text = written(form, run)
        assert key not in text
        assert SECRETS[0] not in text
        assert "\x1b" not in text


# --- the mapping files


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("X_1: {title: t, criteria: [CC6.1], severity: grave}", "severity"),
        ("X_1: {title: t, criteria: [CC99.9], severity: low}", "there is no criterion 'CC99.9'"),
        ("X_1: {title: t, criteria: [], severity: low}", "a check needs a criterion"),
        ("X_1: {title: t, criteria: [CC6.1], severity: low, extra: 1}", "extra"),
        ("- X_1", "object"),
        ("X_1: [", ""),
    ],
)
def test_a_mapping_that_is_not_valid_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"map\.yaml") as refusal:
        read("map.yaml", text)
    assert said in str(refusal.value)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_check_that_means_a_control_serves_what_it_serves(tool: str) -> None:
    controls = {one.control.id: one.control for one in POLICIES}
    types = {type_ for inspector in CLOUD.inspectors for type_ in inspector.terraform_types}
    for id_, mapped in mapping(tool).items():
        if not mapped.control:
            continue
        control = controls[mapped.control]
        lower = SEVERITIES.index(mapped.severity) > SEVERITIES.index(control.severity)
        assert mapped.criteria == control.criteria, id_
        assert mapped.severity == control.severity or (lower and "ours " in mapped.note), id_
        assert set(mapped.types) <= types, id_


def test_no_tool_without_a_file_has_a_mapping() -> None:
    assert mapping("../requirements") == {}


def test_a_line_of_an_attribute_belongs_to_the_block_around_it() -> None:
    key = ours("aws_kms_key.k", file="main.tf", line=20, end=24)
    after = ours("aws_kms_key.l", file="main.tf", line=26, end=28)
    log = ours("aws_cloudwatch_log_group.g", file="main.tf", line=20, end=24)
    line = say("AWS-0065", Says.FAIL, file="main.tf", line=22, last=22)
    found = merged([key, after, log], told(line, tool="trivy"))
    assert [f.subject for f in found if f.also] == ["aws_kms_key.k"]


def test_a_block_that_is_told_without_its_instances_means_those_that_fail() -> None:
    at: dict[str, Any] = {"file": "main.tf", "line": 3, "end": 9}
    good, bad = ours('aws_kms_key.k["a.b"]', "pass", **at), ours('aws_kms_key.k["c"]', **at)
    nested = ours("aws_kms_key.l", **at)
    block = say("CKV_AWS_7", Says.FAIL, "aws_kms_key.k", file="main.tf", line=3, last=9)
    found = merged([good, bad, nested], told(block))
    assert [f.subject for f in found if f.opinions] == ['aws_kms_key.k["c"]']
    assert len(found) == 3
