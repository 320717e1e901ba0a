"""`trustscan plan --diff`: what a plan changes, on real plans and by hand; redacted, escaped, and short enough."""

from __future__ import annotations

import json
import os
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from commands import call, program, refused
from deltas import compared, delta_of, written
from scanner.delta.made import Delta
from scanner.findings import Status
from scanner.reports.comment import LIMIT
from test_reports import GOLDEN, NASTY, OUR_TAGS, rendered
from worlds import FIXTURES, change, plan

CHATBOT = FIXTURES / "terraform" / "delta" / "chatbot" / "plan.json"
LATE = FIXTURES / "terraform" / "delta" / "late" / "plan.json"
ZOO = FIXTURES / "terraform" / "zoo"
KEY = "aws_kms_key.k"
ON, OFF = {"enable_key_rotation": True, "arn": "a"}, {"enable_key_rotation": False, "arn": "a"}


@cache
def chatbot() -> Delta:
    return delta_of(CHATBOT.read_bytes())


def zoo(name: str) -> str:
    return written(compared((ZOO / name / "plan.json").read_bytes()))


NEW = (
    change("aws_s3_bucket.chat", {"bucket": "chat", "tags": {"DataClass": "transcript"}}, unknown={"arn": True}),
    change(KEY, {"enable_key_rotation": False}),
)
UNTOUCHED = change("aws_kms_key.old", OFF, before=OFF, actions=["no-op"])
SHOWN = {
    "delta": CHATBOT.read_bytes(),
    "delta_late": LATE.read_bytes(),
    "delta_new": plan(*NEW),
    "delta_nothing": plan(UNTOUCHED),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_delta_is_as_it_was_reviewed(name: str) -> None:
    """Set TRUSTSCAN_GOLDEN=1 to write the files anew; then read them."""
    file = GOLDEN / f"{name}.golden"
    text = written(compared(SHOWN[name]))
    if os.environ.get("TRUSTSCAN_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


# --- the plan of a chatbot that real terraform made


def test_what_is_done_to_resources() -> None:
    assert chatbot().counts == {"created": 4, "changed": 7, "replaced": 1, "deleted": 1}
    assert chatbot().moved == {"aws_cloudwatch_log_group.chat": "aws_cloudwatch_log_group.old"}
    assert not chatbot().fresh


def test_verdicts_that_change() -> None:
    found = chatbot().verdicts
    assert {(told.change.control, told.change.subject) for told in found.worse} == {
        ("network-not-open", "aws_security_group.db"),
        ("store-not-public", "aws_s3_bucket.transcripts"),
        ("store-public-block-declared", "aws_s3_bucket.transcripts"),
        ("entrypoint-authenticated", "aws_apigatewayv2_api.chat"),
        ("identity-no-wildcard-grants", "aws_iam_role_policy.chat"),
        ("duties-separated", "aws_iam_role.chat"),
        ("roles-not-mixed", "aws_iam_role.reports"),
        ("vendor-roles-ask-external-id", "aws_iam_role.reports"),
    }
    assert {(told.change.control, told.change.subject, told.gone) for told in found.better} == {
        ("key-rotation-enabled", KEY.replace(".k", ".data"), ""),
        ("store-encrypted-with-customer-key", "aws_dynamodb_table.sessions", ""),
        ("store-encrypted-with-customer-key", "aws_dynamodb_table.feedback", "deleted"),
        ("store-retention-set", "aws_dynamodb_table.feedback", "deleted"),
        ("store-point-in-time-recovery", "aws_dynamodb_table.feedback", "deleted"),
    }


def test_access_that_changes() -> None:
    assert [(change.policy, change.way, change.wild) for change in chatbot().grants] == [
        ("aws_iam_role_policy.chat", "wider", True),
        ("aws_s3_bucket_policy.transcripts", "wider", True),
        ("aws_iam_role.reports", "wider", False),
        ("aws_iam_role_policy.chat", "wider", False),
        ("aws_iam_policy.reports", "narrower", False),
    ]
    (attachment,) = chatbot().attachments
    assert (attachment.policy, attachment.new) == ("aws_iam_policy.reports", ("aws_iam_role.chat",))


def test_data_flow_that_changes() -> None:
    assert [(one.about, one.how, one.thing.id, one.fact, one.opens) for one in chatbot().flow] == [
        ("exposure", "changed", "aws_s3_bucket.transcripts", "public", True),
        ("exposure", "changed", "aws_security_group.db", "open", True),
        ("exposure", "changed", "aws_security_group.db", "open_ports", False),
        ("entry points", "new", "aws_apigatewayv2_api.chat", "", True),
        ("stores of data", "gone", "aws_dynamodb_table.feedback", "", False),
    ]


def test_facts_that_change() -> None:
    plain = [
        one for one in chatbot().facts if one.fact not in {"duties", "duties_apart", "mixed_use", "lets_vendors_in"}
    ]
    assert {(one.resource, one.fact, one.before, one.after) for one in plain} == {
        ("aws_dynamodb_table.sessions", "key_owner", "provider", "customer"),
        ("aws_kms_key.data", "rotates", False, True),
        ("aws_s3_bucket.transcripts", "public_block_declared", True, False),
    }
    asked = {"duties", "exports", "exports_apart", "reads_conversations", "trusts_environments", "deletion_reaches"}
    assert [(one.thing.id, one.fact, one.side) for one in chatbot().open if one.fact not in asked] == [
        ("aws_iam_role.reports", "human", "after")
    ]


# --- a plan that a policy and a key slip away in


def test_what_is_known_only_after_apply_is_not_told_to_be_wider_or_narrower() -> None:
    delta = delta_of(LATE.read_bytes())
    assert [(change.policy, change.how, change.way) for change in delta.grants] == [
        ("aws_iam_role_policy.encoded", "changes", "open"),
        ("aws_iam_role_policy.written", "changes", "open"),
    ]
    assert "known only after apply; it names `aws_s3_bucket.exports`" in written(compared(LATE.read_bytes()))


def test_with_its_sources_the_same_plan_tells_what_widens_and_where(tmp_path: Path) -> None:
    shutil.copy(LATE.with_name("main.tf"), tmp_path)
    text = call("plan", LATE, "--source", tmp_path, "--diff", "-q").out
    assert "### Access (2 wider)" in text
    (encoded,) = [line for line in text.splitlines() if line.startswith("| **wider** | `aws_iam_role_policy.encoded`")]
    assert "main.tf:35`" in encoded
    assert "resources: `${aws_s3_bucket.exports}/*`" in encoded


def test_what_was_failing_and_is_let_go_of_is_lost_and_not_better() -> None:
    found = delta_of(LATE.read_bytes()).verdicts
    lost = {(told.change.control, told.change.subject, told.change.before) for told in found.lost}
    assert ("key-rotation-enabled", "aws_kms_key.forgotten", "fail") in lost
    assert ("identity-no-wildcard-grants", "aws_iam_role_policy.encoded", "pass") in lost
    assert not found.better


# --- what else a plan may do


def test_what_terraform_lets_go_of_is_lost_sight_of_and_not_better() -> None:
    text = zoo("forget")
    assert "verdicts not decided any more" in text.splitlines()[0]
    assert "not seen any more: `aws_cloudwatch_log_group.forgotten`" in text
    assert "Better" not in text


def test_what_is_deleted_fails_no_more() -> None:
    text = zoo("destroy")
    assert text.startswith("## trustscan: 3 verdicts better\n")
    assert "is deleted" in text


def test_a_move_is_neither_new_nor_gone() -> None:
    moved = change("aws_kms_key.now", OFF, before=OFF, actions=["no-op"]) | {"previous_address": "aws_kms_key.then"}
    text = written(compared(plan(moved)))
    assert text.startswith("## trustscan: this plan changes nothing but names\n")
    assert "- **moved** `aws_kms_key.then` to `aws_kms_key.now`" in text
    changed = change("aws_kms_key.now", ON, before=OFF) | {"previous_address": "aws_kms_key.then"}
    delta = delta_of(plan(changed))
    assert [told.change.subject for told in delta.verdicts.better] == ["aws_kms_key.now"]
    assert [one.fact for one in delta.facts] == ["rotates"]


def test_a_resource_under_another_address_is_deleted_and_made_anew_whatever_its_name() -> None:
    values = {"bucket": "chat", "id": "chat", "tags": {"DataClass": "transcript"}}
    delta = delta_of(
        plan(
            change("aws_s3_bucket.old", None, before=values, actions=["delete"]),
            change("aws_s3_bucket.new", values),
        )
    )
    assert [(one.how, one.thing.id) for one in delta.flow] == [
        ("new", "aws_s3_bucket.new"),
        ("gone", "aws_s3_bucket.old"),
    ]


def test_a_state_and_a_plan_without_changes_say_so() -> None:
    state = written(compared((ZOO / "state" / "state.json").read_bytes()))
    assert state.startswith("## trustscan: this plan changes nothing\n")
    assert "is a state" in state
    assert written(compared(plan(UNTOUCHED))).startswith("## trustscan: this plan changes nothing\n")


def test_where_all_is_new_it_is_summed_up() -> None:
    text = written(compared((FIXTURES / "stacks" / "leaky" / "plan.json").read_bytes()))
    first = text.splitlines()[0]
    assert re.fullmatch(r"## trustscan: everything is new: \d+ failures, \d+ not decided", first)
    assert {"### New", "### Verdicts"} <= set(text.splitlines())
    assert "### Facts" not in text
    assert "### Data flow" not in text
    assert text.count("\n") < 300


def test_what_is_not_known_on_one_side_is_told_with_its_reason() -> None:
    lost = change(KEY, {"arn": "a"}, before=ON, unknown={"enable_key_rotation": True})
    delta = delta_of(plan(lost))
    assert [told.change.control for told in delta.verdicts.lost] == ["key-rotation-enabled"]
    assert [(one.fact, one.side) for one in delta.open if one.fact == "rotates"] == [("rotates", "after")]
    text = written(compared(plan(lost)))
    assert "1 verdict not decided any more" in text
    assert "not known after: `enable_key_rotation` is known only after apply" in text


def test_a_failure_that_stays_for_another_reason_is_told() -> None:
    def rule(cidr: str) -> dict[str, Any]:
        group = {"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"], "description": ""}
        return {"name": "g", "id": "sg-1", "ingress": [{**group, "from_port": int(cidr), "to_port": int(cidr)}]}

    before, after = rule("22"), rule("5432")
    for side in (before, after):
        side["ingress"][0]["protocol"] = "tcp"
    found = delta_of(plan(change("aws_security_group.g", after, before=before))).verdicts
    assert not found.worse
    assert [(told.change.control, told.change.reason) for told in found.otherwise] == [
        ("network-not-open", "open to anybody: tcp 22")
    ]


def test_a_waived_failure_is_told_and_not_counted(tmp_path: Path) -> None:
    file, waivers = tmp_path / "plan.json", tmp_path / "waivers.yaml"
    file.write_bytes(plan(change(KEY, OFF, before=ON)))
    entry = {"control": "*", "subject": KEY, "requester": "ann", "approver": "bob", "reason": "agreed"}
    waivers.write_text(json.dumps({"waivers": [{**entry, "expires": "2999-12-31"}]}))
    text = call("plan", file, "--diff", "-q", "--waivers", waivers).out
    assert text.startswith("## trustscan: no verdict changes\n")
    assert "medium<br>waived until `2999-12-31`" in text


REFUSED = {"format_2", "opentofu_encrypted", "plan_stream", "raw_state"}
CHANGING = sorted([*FIXTURES.glob("aws/*/existing/plan.json"), *ZOO.glob("*/plan.json"), CHATBOT, LATE])
CHANGING = [file for file in CHANGING if file.parent.name not in REFUSED]


@pytest.mark.parametrize("file", CHANGING, ids=lambda file: "/".join(file.parts[-3:-1]))
def test_what_gets_worse_is_what_fails_where_only_the_new_does(file: Path) -> None:
    result = compared(file.read_bytes())
    found = result.delta.verdicts
    by_plan = [f for f in result.findings if f.origin.source != "state"]
    new = {(f.control, f.subject) for f in by_plan if f.status is Status.FAIL and f.change != "keeps"}
    assert {(told.change.control, told.change.subject) for told in found.worse} == new
    open_ = {(f.control, f.subject) for f in by_plan if f.status is Status.UNKNOWN and f.change != "keeps"}
    here = [told for told in (*found.lost, *found.open) if told.finding is not None]
    assert {(told.change.control, told.change.subject) for told in here} <= open_
    resolved = {(f.control, f.subject) for f in result.findings if f.change == "resolves"}
    assert {(told.change.control, told.change.subject) for told in found.better if not told.gone} == resolved


# --- the command


def test_the_delta_goes_to_standard_output_or_to_a_file(tmp_path: Path) -> None:
    file, wanted = tmp_path / "delta.md", written(compared(CHATBOT.read_bytes())).replace("`plan.json`", f"`{CHATBOT}`")
    shown = program("plan", CHATBOT, "--diff", "-q", "-o", f"json={tmp_path / 'out.json'}")
    assert (shown.code, shown.out) == (1, wanted)
    assert json.loads((tmp_path / "out.json").read_text())["schema"] == "trustscan/1"
    assert call("plan", CHATBOT, "-f", "delta", "-q").out == wanted
    table = call("plan", CHATBOT, "-o", f"delta={file}", "-q")
    assert table.out.startswith("FAILS ")
    assert file.read_text() == wanted


def test_the_delta_is_of_plans_alone(tmp_path: Path) -> None:
    refused(call("plan", CHATBOT, "--diff", "-f", "json"), "--diff and --format json", "--output json=FILE")
    refused(call("judge", tmp_path, "-f", "delta"), "delta", "trustscan diff")
    refused(call("live", "aws", "-o", f"delta={tmp_path / 'd.md'}"), "delta", "trustscan diff")
    part = ZOO / "fragment_planned_values_only" / "plan.json"
    refused(call("plan", part, "--diff"), "does not tell what is changed", "terraform show -json")


@pytest.mark.parametrize("file", sorted(ZOO.glob("*/[ps]*.json")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_plan_there_is_has_a_delta_or_is_refused(file: Path) -> None:
    answer = call("plan", file, "--diff", "-q")
    if answer.code == 2:
        refused(answer)
    else:
        assert answer.out.startswith("## trustscan: ")
        assert rendered(answer.out).tags <= OUR_TAGS


# --- what nobody may see, and what nobody may write


@pytest.mark.parametrize("bad", [bad for bad in NASTY if bad != "\ud800"])
def test_nothing_of_a_name_is_read_as_markup(bad: str) -> None:
    key = json.dumps(bad)
    before = {"name": bad, "id": "r", "description": bad, "tags": {"Environment": bad, "DataClass": "prompt"}}
    grant = {"Sid": bad, "Effect": "Allow", "Action": f"s3:{bad}", "Resource": bad, "Condition": {bad: {bad: bad}}}
    policy = [
        json.dumps({"Version": "2012-10-17", "Statement": side}) for side in ([grant], [{**grant, "Action": "*"}])
    ]
    moved = change(f"aws_kms_key.new[{key}]", ON, before=OFF) | {"previous_address": f"aws_kms_key.old[{key}]"}
    text = written(
        compared(
            plan(
                change(f"aws_iam_role.r[{key}]", before, before=before, actions=["no-op"]),
                change(
                    f"aws_iam_role_policy.p[{key}]",
                    {"role": "r", "name": bad, "policy": policy[1]},
                    before={"role": "r", "name": bad, "policy": policy[0]},
                ),
                change(
                    f"aws_sqs_queue.q[{key}]", None, before={"name": bad, "tags": before["tags"]}, actions=["delete"]
                ),
                change(f"aws_kms_key.lost[{key}]", {}, before=ON, unknown={"enable_key_rotation": True}),
                moved,
            )
        )
    )
    page = rendered(text)
    assert page.tags <= OUR_TAGS
    loose = " ".join(page.loose)
    assert not re.search(r"[@#\[\]`<>|\\~_&]|https?:|www\.|evil", loose.replace("→", "")), loose
    html = MarkdownIt("commonmark").enable("table").render(text)
    heads = [5] * text.count("| Severity |") + [4] * (text.count("| Access |") + text.count("| Who |"))
    assert html.count("<th>") == sum(heads)


def test_no_secret_is_shown() -> None:
    secret, shaped = "zq-planted-value-qz", "AKIAIOSFODNN7EXAMPLE"
    grants = [
        {"Sid": "One", "Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/{shaped}/*"}
        for name in (secret, "other")
    ]
    sides = [
        {"role": "r", "name": secret, "policy": json.dumps({"Version": "2012-10-17", "Statement": [grant]})}
        for grant in grants
    ]
    policy = change("aws_iam_role_policy.p", sides[1], before=sides[0])
    policy["change"]["before_sensitive"] = {"name": True}
    queue = change(
        f'aws_sqs_queue.q["{secret}"]',
        {"name": f"q-{secret}", "tags": {"Environment": secret, "Owner": shaped}},
        before={"name": "q"},
        sensitive={"tags": True},
    )
    text = written(compared(plan(policy, queue)))
    assert "aws_iam_role_policy.p" in text
    assert "aws_sqs_queue.q" in text
    assert secret not in text
    assert shaped not in text


def test_a_password_in_a_condition_is_not_shown() -> None:
    word = "zq-referer-qz"
    grant = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    hidden = {**grant, "Condition": {"StringEquals": {"aws:Referer": word}}}
    sides = [
        {"bucket": "b", "policy": json.dumps({"Version": "2012-10-17", "Statement": side})}
        for side in ([grant], [hidden], [{**hidden, "Action": "s3:PutObject", "Principal": {"AWS": "1"}}])
    ]
    for before, after in ((None, 1), (0, 1), (1, 0), (1, 2)):
        old = None if before is None else sides[before]
        text = written(compared(plan(change("aws_s3_bucket_policy.b", sides[after], before=old))))
        assert ("aws:Referer (1 hidden)" in text) is (after != 2)
        assert word not in text


@pytest.mark.parametrize(("count", "length"), [(400, 10), (90, 3000), (2000, 200)])
def test_a_delta_is_never_longer_than_a_comment_may_be_and_says_what_is_left_out(count: int, length: int) -> None:
    keys = [change(f'aws_kms_key.k["{i}{"x" * length}"]', OFF, before=ON) for i in range(count)]
    text = written(compared(plan(*keys)))
    assert len(text.encode()) <= LIMIT
    assert text.startswith(f"## trustscan: {count:,} verdicts worse\n")
    assert "left out" in text
    shown = text.count("| medium |")
    left = sum(int(found.replace(",", "")) for found in re.findall(r"([\d,]+) (?:more )?verdicts? left out", text))
    assert shown + left == count
    assert text.count("<details>") == text.count("</details>")
