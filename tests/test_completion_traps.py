"""Sources that look plainer than they are: what may be anything decides nothing, and much work ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from folders import PROVIDER, judged, said
from sourcetree import written

STAR = 'resource "terraform_data" "star" {\n  input = "*"\n}\nresource "aws_s3_bucket" "b" {}\n'
ROLE = """
resource "aws_iam_role" "r" {
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [%s] })
}
"""
GRANT = """
resource "aws_iam_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [%s] })
}
"""
ISSUER = """
resource "aws_iam_openid_connect_provider" "gh" {
  url             = "https://token.actions.githubusercontent.com"
  client_id_list  = ["sts.amazonaws.com"]
}
"""


def status(folder: Path, main: str, control: str, subject: str) -> str:
    return said(judged(written(folder, main=PROVIDER + main)))[control, subject]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ('{ StringEquals = { "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com" } }', "fail"),
        ('{ StringLike = { "token.actions.githubusercontent.com:sub" = "repo:*" } }', "fail"),
        ('{ StringLike = { "token.actions.githubusercontent.com:sub" = "repo:us/bot:*" } }', "pass"),
        ("null", "unknown"),
    ],
)
def test_a_planned_issuer_is_as_shared_as_a_named_one(tmp_path: Path, condition: str, told: str) -> None:
    admitted = "Principal = { Federated = aws_iam_openid_connect_provider.gh.arn }"
    statement = f'{{ Effect = "Allow", Action = "sts:AssumeRoleWithWebIdentity", Condition = {condition}, {admitted} }}'
    assert status(tmp_path, ISSUER + ROLE % statement, "identity-trust-not-open", "aws_iam_role.r") == told


@pytest.mark.parametrize(
    ("resource", "told"),
    [
        ("terraform_data.star.output", "unknown"),
        ('"arn:aws:s3:::${terraform_data.star.output}"', "unknown"),
        ('"arn:aws:dynamodb:eu-west-1:111122223333:table/${terraform_data.star.output}"', "unknown"),
        ("aws_s3_bucket.b.arn", "pass"),
        ('"${aws_s3_bucket.b.arn}/*"', "pass"),
        ('"arn:aws:s3:::${aws_s3_bucket.b.id}/*"', "pass"),
        ('["*", terraform_data.star.output]', "fail"),
    ],
)
def test_a_text_of_any_resource_may_be_a_wildcard(tmp_path: Path, resource: str, told: str) -> None:
    statement = f'{{ Effect = "Allow", Action = ["s3:GetObject", "dynamodb:PutItem"], Resource = {resource} }}'
    assert status(tmp_path, STAR + GRANT % statement, "identity-no-wildcard-grants", "aws_iam_policy.p") == told


@pytest.mark.parametrize(
    ("principal", "condition", "told"),
    [
        ("terraform_data.star.output", "null", "unknown"),
        ('"*"', '{ StringLike = { "aws:PrincipalOrgID" = terraform_data.star.output } }', "unknown"),
        ('"*"', '{ StringEquals = { "aws:PrincipalOrgID" = "o-1234567890" } }', "pass"),
    ],
)
def test_a_text_of_any_resource_may_be_anybody(tmp_path: Path, principal: str, condition: str, told: str) -> None:
    statement = (
        f'{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = {principal} }}, '
        f"Condition = {condition} }}"
    )
    assert status(tmp_path, STAR + ROLE % statement, "identity-trust-not-open", "aws_iam_role.r") == told


def test_blocks_of_unknown_number_are_not_taken_for_none(tmp_path: Path) -> None:
    group = """
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = aws_s3_bucket.b.arn == "x" ? ["10.0.0.0/8"] : ["0.0.0.0/0"]
    content {
      protocol    = "tcp"
      from_port   = 22
      to_port     = 22
      cidr_blocks = [ingress.value]
    }
  }
}
"""
    assert status(tmp_path, STAR + group, "network-not-open", "aws_security_group.g") == "unknown"


def test_an_object_with_a_symbol_is_not_null(tmp_path: Path) -> None:
    statements = """
resource "aws_iam_policy" "p" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    for s in [{ Effect = "Allow", Action = ["s3:*"], Resource = "*", Sid = aws_s3_bucket.b.id }, null] : s if s != null
  ] })
}
"""
    assert status(tmp_path, STAR + statements, "identity-no-wildcard-grants", "aws_iam_policy.p") == "fail"


def test_a_document_within_an_expression_is_not_that_document(tmp_path: Path) -> None:
    main = """
data "aws_iam_policy_document" "good" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
  }
}

data "aws_iam_policy_document" "wide" {
  source_policy_documents = [replace(data.aws_iam_policy_document.good.json, "s3:GetObject", "s3:*")]
}

resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.wide.json
}
"""
    assert status(tmp_path, STAR + main, "identity-no-wildcard-grants", "aws_iam_policy.p") == "unknown"


def chain(first: str, link: Callable[[int], str], length: int) -> str:
    """Locals of which each is made from the one before."""
    links = "".join(f"  l{i} = {link(i - 1)}\n" for i in range(1, length))
    return f"locals {{\n  l0 = {first}\n{links}  last = local.l{length - 1}\n}}\n"


MUCH = {
    "circles": chain("local.last", lambda _: f"[{', '.join(f'local.l{i}' for i in range(30))}]", 30),
    "texts": chain("aws_s3_bucket.b.arn", lambda i: '"' + f"${{local.l{i}}}" * 10 + '"', 9),
    "lists": chain('["lol"]', lambda i: f"[{', '.join([f'local.l{i}'] * 10)}]", 15),
    "steps": chain("{}", lambda i: f"local.l{i}" + ".x" * 20_000, 2),
}


@pytest.mark.parametrize("what", MUCH)
def test_work_without_end_is_given_up(tmp_path: Path, what: str) -> None:
    policy = 'resource "aws_iam_policy" "p" {\n  policy = jsonencode({ Statement = local.last })\n}\n'
    assert status(tmp_path, STAR + MUCH[what] + policy, "identity-no-wildcard-grants", "aws_iam_policy.p") == "unknown"


@pytest.mark.parametrize(("suffix", "told"), [("", "pass"), ("/32", "pass"), ("/0", "unknown")])
def test_an_address_with_a_range_behind_it_is_more_than_that_address(tmp_path: Path, suffix: str, told: str) -> None:
    statement = (
        '{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" }, '
        f'Condition = {{ IpAddress = {{ "aws:SourceIp" = "${{aws_eip.e.public_ip}}{suffix}" }} }} }}'
    )
    main = 'resource "aws_eip" "e" {}\n' + ROLE % statement
    assert status(tmp_path, main, "identity-trust-not-open", "aws_iam_role.r") == told


@pytest.mark.parametrize(
    ("line", "told"), [("export KEY_NAME=main", "pass"), ("export DB_PASSWORD=hunter2hunter", "fail")]
)
def test_user_data_is_read_through_its_encoding(tmp_path: Path, line: str, told: str) -> None:
    template = """
resource "aws_launch_template" "t" {
  user_data = base64encode(<<-EOT
    #!/bin/sh
    export BUCKET=${aws_s3_bucket.b.id}
    %s
  EOT
  )
}
"""
    main = STAR + template % line
    assert status(tmp_path, main, "compute-no-plaintext-credentials", "aws_launch_template.t") == told
