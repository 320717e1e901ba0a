"""Parts that readers take out of a text the plan marks sensitive: no output shows one, and a delta tells them apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands import call
from scanner.redact import HIDDEN, Redactor
from scanner.terraform.marked import parts
from test_secrets import FORMATS, leaks
from worlds import change, plan

YAML = "openapi: 3.0.1\npaths:\n  /yamlhunter:\n    post:\n      responses: {}\n"
PARTS = [
    *("modhunter", "teamhunter", "valhunter", "buckhunter", "partnerhunter", "oldhunter", "idp.hunter.example"),
    *("cthunter", "envhunter1234", "parhunter", "pathhunter", "yamlhunter", "dlqhunter"),
    *("999911112222", "888811112222", "777711112222", "666611112222"),
]


def policy(who: str, action: str) -> str:
    """A policy that lets in anybody, and somebody under conditions."""
    conditions = {
        "aws:PrincipalTag/teamhunter": "valhunter",
        "aws:SourceArn": "arn:aws:s3:::buckhunter/x",
        "idp.hunter.example:sub": "me",
    }
    somebody = {"AWS": [f"arn:aws:iam::999911112222:role/path/{who}", "888811112222"], "Service": "s3.amazonaws.com"}
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "modhunter", "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Principal": somebody,
                    "Action": [action],
                    "Resource": "*",
                    "Condition": {"StringEquals": conditions},
                },
            ],
        }
    )


def marked(address: str, **values: Any) -> dict[str, Any]:
    """A resource of which everything but its name is marked, before and after."""
    before = values.pop("before", None)
    made = change(address, {"name": "x", **values}, sensitive=dict.fromkeys(values, True), before=before)
    made["change"]["before_sensitive"] = dict.fromkeys(values, True)
    return made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan with marked policies, containers, documents and a queue's settings; and one that is not marked."""
    container = {
        "name": "cthunter",
        "image": "web:1",
        "environment": [{"name": "API_TOKEN", "value": "envhunter1234"}],
        "secrets": [{"name": "X", "valueFrom": "arn:aws:ssm:eu-west-1:777711112222:parameter/parhunter"}],
    }
    body = {"openapi": "3.0.1", "paths": {"/pathhunter/{id}": {"post": {"responses": {}}}}}
    letters = {"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:666611112222:dlqhunter", "maxReceiveCount": 4}
    trust = policy("partnerhunter", "sts:AssumeRole")
    before = {"name": "x", "assume_role_policy": policy("oldhunter", "sts:AssumeRole")}
    content = plan(
        marked("aws_kms_key.k", policy=policy("partnerhunter", "kms:*")),
        marked("aws_iam_role.r", assume_role_policy=trust, before=before),
        marked("aws_ecs_task_definition.t", container_definitions=json.dumps([container])),
        marked("aws_api_gateway_rest_api.json", body=json.dumps(body)),
        marked("aws_api_gateway_rest_api.yaml", body=YAML),
        marked("aws_sqs_queue.q", policy=policy("partnerhunter", "sqs:*"), redrive_policy=json.dumps(letters)),
        change("aws_kms_key.open", {"policy": policy("x", "kms:*").replace("modhunter", "AllowAll")}),
    )
    folder = tmp_path_factory.mktemp("marked")
    document = json.loads(content)
    open_policy = document["resource_changes"][-1]["change"]["after"]
    first = json.loads(open_policy["policy"])["Statement"][0]
    open_policy["policy"] = json.dumps({"Statement": [first]})
    (folder / "plan.json").write_text(json.dumps(document))
    return folder / "plan.json"


@pytest.mark.parametrize("form", [*FORMATS, "delta", "github"])
def test_no_part_is_shown_in_any_format_or_record(form: str, file: Path, tmp_path: Path) -> None:
    answer = call("plan", file, "--no-source", "--format", form, "--run-dir", tmp_path)
    assert answer.code == 1
    assert "aws_kms_key" in answer.out
    (record,) = tmp_path.glob("*.run.json")
    assert "kms:*" in record.read_text()
    assert leaks(PARTS, answer.said, record.read_text()) == set()


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_no_part_is_shown_in_a_page_of_access(form: str, file: Path) -> None:
    answer = call("access", file, "--no-source", "--format", form)
    assert answer.code == 0
    assert f"AWS:{HIDDEN}" in answer.out
    assert leaks(PARTS, answer.said) == set()


def test_what_every_document_has_stays(file: Path) -> None:
    said = " ".join(call("plan", file, "--no-source").out.split())
    assert f"aws_kms_key.k statement {HIDDEN} allows kms:* to anyone" in said
    assert "aws_kms_key.open statement AllowAll allows kms:* to anyone" in said


def test_a_delta_tells_that_a_hidden_principal_is_another(file: Path) -> None:
    answer = call("plan", file, "--no-source", "--format", "delta")
    (row,) = [line for line in answer.out.splitlines() if "`aws_iam_role.r`" in line and "trust" in line]
    gone, come = ({part for part in row.split("`") if part.startswith("AWS:(hidden")}, row)
    assert len(gone) == 2, come
    assert leaks(PARTS, answer.said) == set()


def test_the_same_hidden_text_is_no_change() -> None:
    hide = Redactor(["hunter-one", "hunter-two"])
    apart = hide.apart()
    assert apart.text("a hunter-two b") == apart.text("a hunter-two b") == "a (hidden 1) b"
    assert apart.text("hunter-one") == "(hidden 2)"
    assert apart.address('x.y["hunter-one"]') == hide.address('x.y["hunter-one"]') == f'x.y["{HIDDEN}"]'
    assert hide.text("hunter-one") == HIDDEN


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("plain text", set()),
        ('"a string alone"', set()),
        ("{broken", set()),
        ("[" * 5000, set()),
        ("[" * 500 + '"deephunter"' + "]" * 500, {"deephunter"}),
        (
            json.dumps({"inner": json.dumps({"a": "nested hunter"})}),
            {json.dumps({"a": "nested hunter"}), "nested hunter"},
        ),
        ('{"Effect":"Deny","Action":["s3:Get*","*"],"Principal":{"Service":"lambda.amazonaws.com"}}', set()),
        ('{"Action": "no action at all"}', {"no action at all"}),
        ('{"Version":"2012-10-17","username":"admin","ok":true,"port":443,"status":"public"}', set()),
        ('{"OPENAI_KEY":"a1b2","hunterskey":123456}', {"OPENAI_KEY", "a1b2", "hunterskey", "123456"}),
        ("arn:aws:iam::999911112222:root", {"999911112222"}),
        ("arn:aws:iam::aws:policy/service-role/hunter", {"hunter"}),
        ("arn:aws:s3:::bucket/key/*", {"bucket"}),
    ],
)
def test_what_a_text_is_taken_apart_into(text: str, found: set[str]) -> None:
    assert parts([text]) == found


def test_a_long_name_is_taken_whole() -> None:
    name = "A" * 200_000 + "!"
    assert parts([json.dumps({name: 1})]) == {name}
