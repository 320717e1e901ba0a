"""A small account as a plan: who holds which policy, and what duties are about."""

from __future__ import annotations

import json
from typing import Any

from scanner.config import Config
from worlds import change, facts_of, plan

ACCOUNT = "123456789012"
GUARDRAIL = f"arn:aws:bedrock:*:{ACCOUNT}:guardrail/*"
TRAIL = f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/audit"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/sessions"


def arn(kind: str, name: str) -> str:
    """The ARN of something of IAM in the account."""
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows; `more` adds elements such as Condition."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*") -> dict[str, Any]:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource}


def document(*statements: dict[str, Any]) -> str:
    """A policy as its text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(*principals: dict[str, Any], **conditions: Any) -> str:
    """Who may take a role, and under which conditions."""
    actions = ["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    more = {"Condition": conditions} if conditions else {}
    return document(*({"Effect": "Allow", "Action": actions, "Principal": one, **more} for one in principals))


PROGRAM = trust({"Service": "lambda.amazonaws.com"})
PEOPLE = trust({"Federated": arn("saml-provider", "staff")})


def role(name: str, *statements: dict[str, Any], trusts: str = PROGRAM, **more: Any) -> list[dict[str, Any]]:
    """A role, with its statements as an inline policy."""
    own = {"name": name, "arn": arn("role", name), "assume_role_policy": trusts, "path": "/", **more}
    policy = {"name": "own", "role": name, "policy": document(*statements)}
    return [
        change(f"aws_iam_role.{name}", own),
        *([change(f"aws_iam_role_policy.{name}", policy)] if statements else []),
    ]


def user(name: str, *statements: dict[str, Any], password: bool = True) -> list[dict[str, Any]]:
    """A user with its inline policy, and with a password unless it is a program's."""
    found = [change(f"aws_iam_user.{name}", {"name": name, "arn": arn("user", name), "path": "/"})]
    if statements:
        policy = {"name": "own", "user": name, "policy": document(*statements)}
        found.append(change(f"aws_iam_user_policy.{name}", policy))
    if password:
        found.append(change(f"aws_iam_user_login_profile.{name}", {"user": name}))
    return found


def things(environment: str = "prod") -> list[dict[str, Any]]:
    """What duties are about: a guardrail, a trail with its bucket, a table of sessions, a secret."""
    tags = {"tags": {"Environment": environment}}
    return [
        change("aws_bedrock_guardrail.chat", {"name": "chat", **tags}),
        change(
            "aws_cloudtrail.audit",
            {"name": "audit", "arn": TRAIL, "s3_bucket_name": "audit-records", "enable_logging": True},
        ),
        change("aws_s3_bucket.audit", {"bucket": "audit-records", "arn": "arn:aws:s3:::audit-records"}),
        change(
            "aws_dynamodb_table.sessions",
            {"name": "sessions", "arn": TABLE, "tags": {"DataClass": "transcript", "Environment": environment}},
        ),
        change(
            "aws_secretsmanager_secret.openai",
            {"name": "openai", "arn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:openai-AbCdEf", **tags},
        ),
    ]


CALLER = change("data.aws_caller_identity.current", {"account_id": ACCOUNT, "id": ACCOUNT}, actions=["read"])
"""Whose account everything is of."""


def planned(*changes: list[dict[str, Any]]) -> bytes:
    """A plan of all of them."""
    return plan(CALLER, *(one for listed in changes for one in listed))


def seen(*changes: list[dict[str, Any]], config: Config | None = None) -> dict[str, Any]:
    """Facts by address."""
    return facts_of(planned(*changes), config)


CHANGE = allow("bedrock:UpdateGuardrail", GUARDRAIL)
"""What changes the guardrail."""

STOP = allow("cloudtrail:StopLogging", TRAIL)
"""What stops the trail."""
