"""`trustscan access`: the page of who can do what, in each format, and single questions."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from commands import call, program, refused
from holders import (
    CHANGE,
    PEOPLE,
    STOP,
    TABLE,
    allow,
    arn,
    document,
    planned,
    role,
    things,
    trust,
    user,
)
from live import Faked
from scanner.cli.access_data import COLUMNS
from worlds import FIXTURES, ROOT, change

SCHEMA = json.loads((ROOT / "scanner" / "data" / "trustscan-access-1.schema.json").read_text(encoding="utf-8"))
READ = allow("dynamodb:Query", TABLE)


def account() -> list[list[dict[str, Any]]]:
    """A small account: who reads, who becomes the reader, an administrator, a guest, a policy that is not known."""
    policy = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::999988887777:root"},
            "Action": "dynamodb:Query",
            "Resource": TABLE,
        }
    )
    return [
        things(),
        role("support", READ, trusts=trust({"AWS": arn("user", "eve")}, {"Federated": arn("saml-provider", "staff")})),
        user("eve", allow("sts:AssumeRole", arn("role", "support"))),
        role("emergency", allow("*")),
        role("engineer", CHANGE, trusts=PEOPLE),
        role("operator", STOP),
        role("late"),
        [
            change("aws_iam_role_policy.late", {"role": "late", "name": "x"}, unknown={"policy": True}),
            change("aws_dynamodb_resource_policy.sessions", {"resource_arn": TABLE, "policy": policy}),
        ],
    ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_bytes(planned(*account()))
    return path


def page(*args: str | Path) -> dict[str, Any]:
    """The page as JSON, valid by its schema."""
    answer = call("access", *args, "--format", "json")
    assert answer.code == 0, answer.said
    told: dict[str, Any] = json.loads(answer.out)
    Draft202012Validator(SCHEMA).validate(told)
    return told


def duty(told: dict[str, Any], name: str) -> dict[str, Any]:
    """Holders of one duty, by identity."""
    section = next(one for one in told["duties"] if one["duty"] == name)
    return {holder["identity"]: holder for holder in section["holders"]}


def test_the_page_names_who_can_for_certain_who_possibly_and_by_which_statement(file: Path) -> None:
    told = page(file)
    readers = duty(told, "view-conversations")
    support = readers["aws_iam_role.support"]["on"]
    assert [(on["resources"][0]["id"], on["certainty"], on["statements"]) for on in support] == [
        ("aws_dynamodb_table.sessions", "definite", ["aws_iam_role_policy.support#1"])
    ]
    late = readers["aws_iam_role.late"]["on"][0]
    assert late["certainty"] == "possible"
    assert "known only after apply" in late["reasons"][0]
    assert "aws_iam_role.engineer" not in readers
    assert set(duty(told, "change-guardrails")) == {
        "aws_iam_role.engineer",
        "aws_iam_role.emergency",
        "aws_iam_role.late",
    }
    assert readers["aws_iam_role.support"]["human"] is True or readers["aws_iam_role.support"]["human"] is None


def test_who_becomes_a_holder_is_told_with_the_chain(file: Path) -> None:
    support = duty(page(file), "view-conversations")["aws_iam_role.support"]
    eve = next(one for one in support["reached_by"] if one["identity"] == "aws_iam_user.eve")
    assert eve["certainty"] == "definite"
    assert eve["chain"][0] == "aws_iam_user.eve"
    assert eve["chain"][-1] == "aws_iam_role.support"
    assert "sts:AssumeRole" in eve["chain"][1]
    assert "aws_iam_role.emergency" not in {one["identity"] for one in support["reached_by"]}


def test_who_can_become_an_administrator_is_told_apart(file: Path) -> None:
    rise = user("max", allow("sts:AssumeRole", arn("role", "emergency")))
    emergency = role("emergency", allow("*"), trusts=trust({"AWS": arn("user", "max")}))
    file.write_bytes(planned(things(), rise, emergency, user("ann")))
    told = page(file)
    (max_,) = told["become_administrators"]
    assert (max_["identity"], max_["certainty"]) == ("aws_iam_user.max", "definite")
    assert max_["chain"][0] == "aws_iam_user.max"
    assert "aws_iam_role.emergency" in max_["chain"]
    assert "aws_iam_user.max" not in duty(told, "stop-audit")
    text = " ".join(program("access", file, COLUMNS="80").out.split())
    assert "aws_iam_user.max → sts:AssumeRole" in text.partition("ADMINISTRATORS")[2]
    rows = list(csv.DictReader(io.StringIO(call("access", file, "--format", "csv").out)))
    assert {row["identity"] for row in rows if row["duty"] == "everything"} == {
        "aws_iam_role.emergency",
        "aws_iam_user.max",
    }


def test_administrators_and_guests_are_shown(file: Path) -> None:
    told = page(file)
    assert [one["identity"] for one in told["administrators"]] == ["aws_iam_role.emergency"]
    guest = duty(told, "view-conversations")["AWS:arn:aws:iam::999988887777:root"]
    assert (guest["type"], guest["on"][0]["resources"][0]["id"]) == ("outside", "aws_dynamodb_table.sessions")


def test_what_was_not_seen_is_said(file: Path) -> None:
    said = " ".join(page(file)["unseen"])
    assert "SCPs" in said
    assert "not in this plan" in said
    guard = change(
        "aws_organizations_policy.guard",
        {"name": "guard", "type": "SERVICE_CONTROL_POLICY", "content": document(allow("*"))},
    )
    file.write_bytes(planned(*account(), [guard]))
    assert "SCPs" not in " ".join(page(file)["unseen"])


def test_the_table_fits_80_columns_and_names_everything_once(file: Path) -> None:
    answer = program("access", file, COLUMNS="80")
    assert answer.code == 0, answer.said
    lines = answer.out.splitlines()
    assert max(len(line) for line in lines if " " in line.strip() and str(file) not in line) <= 80
    text = " ".join(answer.out.split())
    assert "WHO CAN view prompts and transcripts" in text
    assert "aws_iam_user.eve → sts:AssumeRole" in text
    assert "ADMINISTRATORS, WHO CAN DO EVERYTHING" in text
    may = text.partition("WHO MAY DO ANY OF THIS")[2]
    assert "aws_iam_role.late" in may
    assert text.count("aws_iam_role.late") == 1
    assert "NOT SEEN" in text


def test_the_csv_has_a_row_for_each_way_and_no_formula(file: Path) -> None:
    evil = planned(*account(), role("=cmd", READ))
    file.write_bytes(evil)
    answer = call("access", file, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert tuple(rows[0]) == COLUMNS
    reads = [row for row in rows if row["duty"] == "view-conversations"]
    assert {(row["identity"], row["certainty"], bool(row["chain"])) for row in reads} >= {
        ("aws_iam_role.support", "definite", False),
        ("aws_iam_user.eve", "definite", True),
        ("aws_iam_role.late", "possible", False),
    }
    assert ("everything", "aws_iam_role.emergency") in {(row["duty"], row["identity"]) for row in rows}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]


def test_one_question_alone(file: Path) -> None:
    told = page(file, "--who-can", "dynamodb:Query", "aws_dynamodb_table.sessions")
    (section,) = told["duties"]
    assert told["question"] == "dynamodb:Query on aws_dynamodb_table.sessions"
    assert {one["identity"] for one in section["holders"]} == {
        "aws_iam_role.support",
        "aws_iam_role.emergency",
        "aws_iam_role.late",
        "AWS:arn:aws:iam::999988887777:root",
    }
    nobody = page(file, "--who-can", "dynamodb:DeleteTable", TABLE)
    assert "aws_iam_role.support" not in {one["identity"] for one in nobody["duties"][0]["holders"]}


def test_one_identity_alone_itself_and_as_another(file: Path) -> None:
    told = page(file, "--by", "eve")
    assert set(duty(told, "view-conversations")) == {"aws_iam_role.support"}
    assert [one["identity"] for one in duty(told, "view-conversations")["aws_iam_role.support"]["reached_by"]] == [
        "aws_iam_user.eve"
    ]
    assert duty(told, "change-guardrails") == {}


def test_an_environment_alone(file: Path) -> None:
    file.write_bytes(planned(things("staging"), role("support", READ)))
    assert set(duty(page(file), "view-conversations")) == {"aws_iam_role.support"}
    assert duty(page(file, "--environment", "prod"), "view-conversations") == {}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--who-can", "s3", "*"], ["no action"]),
        (["--who-can", "s3:Get*", "*"], ["no action"]),
        (["--who-can", "s3:GetObject", "aws_s3_bucket.nowhere"], ["neither"]),
        (["--by", "nobody"], ["no identity"]),
        (["--by", "eve", "--who-can", "s3:GetObject", "*"], ["--who-can"]),
        (["--format", "xml"], ["xml"]),
    ],
)
def test_wrong_use_is_refused_in_one_line(file: Path, args: list[str], words: list[str]) -> None:
    answer = call("access", file, *args)
    assert answer.code == 2
    assert "Traceback" not in answer.said
    for word in words:
        assert word in answer.said


def test_an_input_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("[]")
    refused(call("access", tmp_path / "no.json"))
    refused(call("access", tmp_path / "missing.json"), "no such file")


def test_an_unknown_action_is_told_and_matched_by_its_text(file: Path) -> None:
    answer = call("access", file, "--who-can", "dynamodb:QueryTomorrow", "*")
    assert answer.code == 0
    assert "no action that is known here" in answer.err
    assert "aws_iam_role.emergency" in answer.out


def test_secrets_in_names_and_reasons_are_hidden(file: Path) -> None:
    secret = "sk-ant-api03-EXAMPLE00EXAMPLE00EXAMPLE00EXAMPLE00"
    keyed = change(
        f'aws_iam_role.each["{secret}"]', {"name": "each", "arn": arn("role", "each"), "assume_role_policy": PEOPLE}
    )
    own = change(f'aws_iam_role_policy.each["{secret}"]', {"role": "each", "name": "x", "policy": document(READ)})
    sensitive = change(
        "aws_iam_role.marked",
        {"name": "very-private-name", "arn": arn("role", "very-private-name"), "assume_role_policy": PEOPLE},
        sensitive={"name": True},
    )
    policy = change("aws_iam_role_policy.marked", {"role": "very-private-name", "name": "x", "policy": document(READ)})
    file.write_bytes(planned(*account(), [keyed, own, sensitive, policy]))
    for format_ in ("table", "json", "csv"):
        answer = call("access", file, "--format", format_)
        assert answer.code == 0, answer.said
        assert secret not in answer.said
        assert "very-private-name" not in answer.said
        assert "aws_iam_role.marked" in answer.out


def test_control_characters_of_a_name_never_reach_a_terminal(file: Path) -> None:
    policy = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::999988887777:user/a\u001b[31mb"},
            "Action": "dynamodb:Query",
            "Resource": TABLE,
        }
    )
    guest = change("aws_dynamodb_resource_policy.sessions", {"resource_arn": TABLE, "policy": policy})
    file.write_bytes(planned(things(), [guest]))
    for format_ in ("table", "csv"):
        answer = call("access", file, "--format", format_)
        assert "999988887777:user/a" in answer.out
        assert "\u001b" not in answer.out


def test_the_leaky_stack_shows_its_faults() -> None:
    told = page(FIXTURES / "stacks" / "leaky" / "plan.json", "--config", FIXTURES / "stacks/leaky/trustscan.yaml")
    assert 'aws_iam_role.duty["operator"]' in duty(told, "change-guardrails")
    assert 'aws_iam_role.duty["operator"]' in duty(told, "stop-audit")
    assert "aws_iam_role.archive" in duty(told, "export-conversations")
    assert "module.legacy.aws_iam_role.emergency" in {one["identity"] for one in told["administrators"]}
    assert all(
        on["reasons"] for s in told["duties"] for h in s["holders"] for on in h["on"] if on["certainty"] != "definite"
    )


def test_who_makes_itself_an_administrator_or_becomes_such_a_one_is_told(file: Path) -> None:
    own = user("max", allow("iam:PutUserPolicy", arn("user", "max")))
    door = role("door", allow("iam:PutRolePolicy", arn("role", "door")), trusts=trust({"AWS": arn("user", "ann")}))
    ann = user("ann", allow("sts:AssumeRole", arn("role", "door")))
    file.write_bytes(planned(things(), own, door, ann, user("ben")))
    found = {one["identity"]: one for one in page(file)["become_administrators"]}
    assert set(found) == {"aws_iam_user.max", "aws_iam_user.ann", "aws_iam_role.door"}
    assert "iam:PutUserPolicy" in found["aws_iam_user.max"]["chain"][1]
    assert found["aws_iam_user.ann"]["chain"][2] == "aws_iam_role.door"
    assert {one["certainty"] for one in found.values()} == {"definite"}


def test_a_saved_capture_of_an_account_is_asked_like_a_plan(faked: Faked, tmp_path: Path) -> None:
    iam, table = faked.client("iam"), faked.client("dynamodb")
    made = table.create_table(
        TableName="sessions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "DataClass", "Value": "transcript"}],
    )["TableDescription"]["TableArn"]
    for name, statements in (("support", [allow("dynamodb:Query", made)]), ("idle", [allow("sqs:SendMessage")])):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
    iam.create_user(UserName="eve")
    iam.put_user_policy(
        UserName="eve", PolicyName="own", PolicyDocument=document(allow("lambda:InvokeFunction"), allow("*"))
    )
    night = tmp_path / "night"
    saved = call("live", "aws", "--region", "us-east-1", "--save", night, "--quiet")
    assert night.is_dir(), saved.said
    told = page(night)
    readers = duty(told, "view-conversations")
    support = readers[arn("role", "support")]
    assert [(one["id"], on["certainty"]) for on in support["on"] for one in on["resources"]] == [(made, "definite")]
    assert arn("role", "idle") not in readers
    assert [one["identity"] for one in told["administrators"]] == [arn("user", "eve")]
    assert page(night, "--who-can", "dynamodb:Query", made)["duties"][0]["holders"]
    refused(call("access", night, "--no-source"), "capture")
    refused(call("access", night, night), "alone")
