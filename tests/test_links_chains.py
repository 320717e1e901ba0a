"""What runs may act as another by assuming roles: its flows are those of that role as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows import flows, folder, hidden, world_of
from scanner.clouds.aws.links import chains
from scanner.model import World
from worlds import change

TABLE, FUNCTION = "aws_dynamodb_table.t", "aws_lambda_function.f"
READS = f"{TABLE} -> {FUNCTION} (reads_from)"
ROOT = "arn:aws:iam::111122223333:root"


def role(name: str, trusts: str, *statements: str) -> str:
    policy = f"""
resource "aws_iam_role_policy" "{name}" {{
  role   = aws_iam_role.{name}.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{", ".join(statements)}] }})
}}
"""
    return f"""
resource "aws_iam_role" "{name}" {{
  name = "{name}"
  assume_role_policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ {trusts} }} }}
  ] }})
}}
{policy if statements else ""}
"""


def says(action: str, resource: str, effect: str = "Allow") -> str:
    return f'{{ Effect = "{effect}", Action = "{action}", Resource = {resource} }}'


LAMBDA = 'Service = "lambda.amazonaws.com"'
TRUSTS_A = "AWS = aws_iam_role.a.arn"
READER = says("dynamodb:Query", "aws_dynamodb_table.t.arn")
MAIN = """
resource "aws_dynamodb_table" "t" {
  name     = "chats"
  hash_key = "id"
}
resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = aws_iam_role.a.arn
  %s
}
"""
SETTING = "environment {\n variables = { TABLE = aws_dynamodb_table.t.name }\n }"


def made(tmp_path: Path, *roles: str, setting: str = "") -> World:
    return folder(tmp_path, MAIN % setting + "".join(roles))


def test_who_may_assume_the_role_that_reads_reads(tmp_path: Path) -> None:
    one = flows(
        made(tmp_path, role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn")), role("b", TRUSTS_A, READER))
    )[READS]
    assert (one.tier, one.rule, one.attribute) == ("likely", "aws-permission", "aws_iam_role_policy.b#1")
    assert one.reason == (
        "a permission of aws_iam_role.b to read it names it; "
        "its identity may assume aws_iam_role.b (by aws_iam_role.b#trust#1)"
    )


def test_a_chain_of_two_is_told_step_by_step(tmp_path: Path) -> None:
    steps = (
        role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn")),
        'data "aws_caller_identity" "me" {}',
        role("b", "AWS = data.aws_caller_identity.me.account_id", says("sts:AssumeRole", "aws_iam_role.c.arn")),
        role("c", "AWS = aws_iam_role.b.arn", READER, says("sts:AssumeRole", "aws_iam_role.a.arn")),
    )
    one = flows(made(tmp_path, *steps))[READS]
    assert one.tier == "likely"
    assert one.reason.endswith(
        "its identity may assume aws_iam_role.b (by aws_iam_role_policy.a#1), "
        "then aws_iam_role.c (by aws_iam_role.c#trust#1)"
    )


@pytest.mark.parametrize(
    ("own", "trusts", "may"),
    [
        ('"*"', f'AWS = "{ROOT}"', READER),  # neither names the other
        ('"arn:aws:iam::111122223333:role/*"', 'AWS = "*"', READER),
        ("aws_iam_role.b.arn", TRUSTS_A, says("dynamodb:Query", '"*"')),
    ],
)
def test_no_step_makes_a_flow_surer_than_the_weakest(own: str, trusts: str, may: str, tmp_path: Path) -> None:
    roles = (role("a", LAMBDA, says("sts:AssumeRole", own)), role("b", trusts, may))
    assert flows(made(tmp_path, *roles))[READS].tier == "possible"


def test_a_setting_beside_a_wide_grant_of_the_role_makes_it_likely(tmp_path: Path) -> None:
    roles = (
        role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn")),
        role("b", TRUSTS_A, says("dynamodb:Query", '"*"')),
    )
    found = flows(made(tmp_path, *roles, setting=SETTING))
    assert found[READS].tier == "likely"
    assert "TABLE names it, and aws_iam_role.b may read it among others; its identity may" in found[READS].reason
    assert [one for one in found if one.startswith(f"{FUNCTION} -> {TABLE}")] == []


def test_what_it_may_do_itself_is_told_of_itself(tmp_path: Path) -> None:
    roles = (
        role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn"), READER),
        role("b", TRUSTS_A, READER, says("dynamodb:PutItem", "aws_dynamodb_table.t.arn")),
    )
    found = flows(made(tmp_path, *roles))
    assert "assume" not in found[READS].reason
    assert "assume" in found[f"{FUNCTION} -> {TABLE} (writes_to)"].reason


@pytest.mark.parametrize(
    ("own", "trusts"),
    [
        ((says("sts:AssumeRole", "aws_iam_role.b.arn"), says("sts:*", '"*"', "Deny")), TRUSTS_A),
        ((says("sts:AssumeRole", "aws_iam_role.b.arn"),), LAMBDA),
        ((says("sts:AssumeRole", "aws_iam_role.b.arn"),), "AWS = aws_iam_role.other.arn"),
    ],
)
def test_who_may_not_assume_it_reads_nothing(own: tuple[str, ...], trusts: str, tmp_path: Path) -> None:
    roles = (role("a", LAMBDA, *own), role("b", trusts, READER), role("other", LAMBDA))
    world = made(tmp_path, *roles)
    assert READS not in flows(world)
    assert FUNCTION not in hidden(world)


def test_a_role_elsewhere_hides_what_it_may_do(tmp_path: Path) -> None:
    there = "arn:aws:iam::444455556666:role/reader"
    world = made(tmp_path, role("a", LAMBDA, says("sts:AssumeRole", f'"{there}"')))
    assert hidden(world)[FUNCTION] == f"what {there} may do, which its identity may assume, was not read"


def test_a_policy_that_is_not_known_hides_what_a_role_may_do(tmp_path: Path) -> None:
    roles = (
        role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn")),
        role("b", TRUSTS_A),
        'resource "aws_iam_role_policy" "b" {\n role = aws_iam_role.b.id\n policy = aws_s3_object.p.version_id\n }',
    )
    assert hidden(made(tmp_path, *roles))[FUNCTION].startswith("what aws_iam_role.b may do, which its identity may")


def _many(count: int) -> World:
    def trust(**principal: str) -> str:
        return json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}]})

    roles = [
        change(f"aws_iam_role.r{n:02}", {"name": f"r{n:02}", "arn": f"arn:aws:iam::111122223333:role/r{n:02}",
                                         "assume_role_policy": trust(AWS=ROOT)})
        for n in range(count)
    ]  # fmt: skip
    allows = json.dumps({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]})
    return world_of(
        *roles,
        change("aws_iam_role.a", {"name": "a", "arn": "arn:aws:iam::111122223333:role/a",
                                  "assume_role_policy": trust(Service="lambda.amazonaws.com")}),
        change("aws_iam_role_policy.a", {"role": "a", "policy": allows}),
        change(FUNCTION, {"function_name": "f", "role": "arn:aws:iam::111122223333:role/a"}),
    )  # fmt: skip


def test_who_may_assume_more_roles_than_are_told_hides_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FUNCTION not in hidden(_many(3))
    assert hidden(_many(30))[FUNCTION] == "its identity may assume more roles than can be told"
    monkeypatch.setattr(chains, "_PAIRS", 2)
    assert hidden(_many(3))[FUNCTION] == "its identity may assume more roles than can be told"


MODELS = """
resource "aws_sagemaker_endpoint" "e" {
  name                 = "chat"
  endpoint_config_name = "c"
}
"""
CLAUDE = '"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"'


@pytest.mark.parametrize(
    ("action", "resource", "target", "said"),
    [
        ("bedrock:InvokeModel", CLAUDE, "ext:bedrock", "aws_iam_role.b may invoke models; its identity may assume"),
        (
            "sagemaker:InvokeEndpoint",
            "aws_sagemaker_endpoint.e.arn",
            "aws_sagemaker_endpoint.e",
            "its identity may invoke the endpoint, as aws_iam_role.b; its identity may assume",
        ),
    ],
)
def test_who_may_assume_the_role_that_calls_a_model_calls_it(
    action: str, resource: str, target: str, said: str, tmp_path: Path
) -> None:
    caller = role("b", TRUSTS_A, says(action, resource))
    named = role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn"))
    one = flows(made(tmp_path / "named", MODELS, named, caller))[f"{FUNCTION} -> {target} (invokes)"]
    assert one.tier == "likely"
    assert one.reason.startswith(said)
    wide = (role("a", LAMBDA, says("sts:AssumeRole", '"*"')), caller.replace(TRUSTS_A, f'AWS = "{ROOT}"'))
    assert flows(made(tmp_path / "wide", MODELS, *wide))[one.id].tier == "possible"
    itself = role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn"), says(action, resource))
    assert "assume" not in flows(made(tmp_path / "itself", MODELS, itself, caller))[one.id].reason


def test_a_role_that_calls_no_model_adds_none(tmp_path: Path) -> None:
    roles = (
        role("a", LAMBDA, says("sts:AssumeRole", "aws_iam_role.b.arn")),
        role("b", TRUSTS_A, READER),
        role("c", LAMBDA, says("bedrock:InvokeModel", CLAUDE)),
    )
    assert f"{FUNCTION} -> ext:bedrock (invokes)" not in flows(made(tmp_path, *roles))
