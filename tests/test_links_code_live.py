"""What code reads, writes and calls in a running account: the same rules over what the account shows."""

from __future__ import annotations

import json
from typing import Any

from flows import flows, hidden, told
from live import ACCOUNT, Faked
from scanner.model import World
from test_live_compute import function

RULES = ("aws-permission", "aws-setting", "aws-vendor")
SECRETS = ("hunter2", "sk-live-planted")


def role(faked: Faked, name: str, *statements: dict[str, Any]) -> str:
    iam = faked.client("iam")
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", **trust}))
    text = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]}
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(text))
    return str(made["Role"]["Arn"])


def seen(faked: Faked) -> World:
    return faked.judge("iam", "lambda", "s3", "dynamodb", "secretsmanager").world


def test_what_code_uses_in_an_account(faked: Faked) -> None:
    faked.client("s3").create_bucket(Bucket="chat-uploads")
    faked.client("s3").create_bucket(Bucket="site")
    secret = faked.client("secretsmanager").create_secret(Name="chat/anthropic", SecretString="sk-live-planted")["ARN"]
    scoped = role(
        faked, "scoped", {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::chat-uploads/*"},
        {"Action": "secretsmanager:GetSecretValue", "Resource": secret},
    )  # fmt: skip
    wide = role(faked, "wide", {"Action": "s3:PutObject", "Resource": "*"})
    settings = {
        "LLM_URL": "https://api.openai.com/v1/x?key=hunter2", "UPLOADS_BUCKET": "chat-uploads",
        "LANGFUSE_HOST": "cloud.langfuse.com", "OTHER": "https://crm.partner.example/hunter2",
    }  # fmt: skip
    reader = function(faked, "reader", scoped)
    writer = function(faked, "writer", wide, Environment={"Variables": settings})
    world = seen(faked)
    bucket, site = "arn:aws:s3:::chat-uploads", "arn:aws:s3:::site"
    assert told(world, *RULES) == {
        (bucket, "reads_from", reader, "likely"),
        (secret, "reads_from", reader, "likely"),
        (reader, "invokes", "ext:api.anthropic.com", "likely"),
        (writer, "writes_to", bucket, "likely"),
        (writer, "writes_to", site, "possible"),
        (writer, "invokes", "ext:api.openai.com", "likely"),
        (writer, "sends_to", "ext:cloud.langfuse.com", "likely"),
        (writer, "sends_to", "ext:crm.partner.example", "likely"),
    }
    told_of = [(one.reason, one.attribute) for one in flows(world).values() if one.rule in RULES]
    assert not any(secret in text for secret in SECRETS for pair in told_of for text in pair)
    assert not any("apply" in text or "plan" in text for pair in told_of for text in pair)


def test_what_is_not_kept_of_settings_hides_flows(faked: Faked) -> None:
    arn = function(
        faked,
        "f",
        role(faked, "f", {"Action": "s3:PutObject", "Resource": "*"}),
        Environment={"Variables": {"PLACE": "Some text that is not kept"}},
    )
    assert "what its setting PLACE holds is not kept" in hidden(seen(faked))[arn]
    assert f"arn:aws:iam::{ACCOUNT}:role/f" not in hidden(seen(faked))[arn]
