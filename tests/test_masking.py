"""Masking keeps no secret, and settings are judged alike before and after it."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanner.clouds.aws.compute.credentials import Evidence
from scanner.clouds.aws.compute.settings import Settings, unpack
from scanner.clouds.aws.links.request_names import named_in
from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.collectors import api_integrations
from scanner.redact import HIDDEN, hide_shapes

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:openai-AbCdEf"
NAMES = (
    "OPENAI_API_KEY",
    "DB_PASSWORD",
    "DB_PASS_PROD",
    "dbPassword",
    "SECRET",
    "APP_SECRETS",
    "CREDENTIALS",
    "CLIENT_SECRET",
    "ENCRYPTION_KEY",
    "TOKEN_LIMIT",
    "STOP_TOKEN",
    "AUTH_TOKEN_URL",
    "DATABASE_URL",
    "CONFIG",
    "MYSQL_PW",
    "STAGE",
    "--db_password",
    "--api-key",
    "password-",
    "masked-name",
    "(hidden)",
    "PLAINTEXT",
    "x",
    "",
)
SHAPED = ("AKIAIOSFODNN7EXAMPLE", "sk-ant-" + "a1" * 20, "ghp_" + "Ab1" * 13, "sk_live_" + "x1Y2" * 5)
TEMPLATES = (
    "{}",
    "prefix {} suffix",
    "postgres://app:{}@db.internal:5432/chat",
    "https://hooks.example.com/in?token={}",
    "https://hooks.example.com/{}",
    "Server=db;Uid=app;Pwd={};",
    "password={}",
    '{{"DB_PASSWORD": "{}"}}',
    '{{"db": {{"user": "app", "api_key": "{}"}}, "limit": 5}}',
    "{{'secret': '{}'}}",
    '{{"DATABASE": "password={}"}}',
    "user: app\npassword: {}\n",
    "export API_KEY={}\nrun\n",
    "run --password {} --verbose",
    "run --token={}",
    "export DB_PASSWORD- = {}",
    "a{{b {}",
    "${{{}}}",
    "<{}>",
    "vault:{}",
)
HARMLESS = (
    ARN,
    "true",
    "0.5",
    "48151623",
    "eu-central-1",
    "production",
    "my-app-secret",
    "https://sqs.us-east-1.amazonaws.com/123456789012/jobs",
    "/run/secrets/db",
    "${ssm:/db/password}",
    "changeme",
    "(hidden)",
    "hidden",
    "<masked>",
    "masked-name",
    "OPENAI_API_KEY",
    "anthropic.claude-3-haiku-20240307-v1:0",
    "s3://bucket/key",
    "",
)

planted = st.from_regex(r"Zq[0-9]pl[A-Za-z0-9]{8,20}", fullmatch=True)
values = st.one_of(
    st.sampled_from(HARMLESS),
    st.builds(str.format, st.sampled_from(TEMPLATES), st.one_of(planted, st.sampled_from(SHAPED))),
    st.text(),
    st.text(st.sampled_from("aZ1=:{}\"'\n -_/@$.?;<>()"), max_size=40),
)
names = st.one_of(st.sampled_from(NAMES), st.from_regex(r"[A-Za-z_-]{1,3}[A-Za-z0-9_.-]{0,20}", fullmatch=True))


def judged(name: str, value: Any) -> tuple[bool, bool, tuple[str, ...]]:
    """Whether a credential was found, whether there is a doubt, and the names of what was found."""
    evidence = Evidence()
    evidence.setting(name, value)
    return bool(evidence.found), bool(evidence.doubts), tuple(evidence.found)


def written(text: str) -> tuple[bool, tuple[str, ...]]:
    evidence = Evidence()
    evidence.text(text, "here")
    return bool(evidence.found), tuple(evidence.found)


def kept(value: Any) -> Any:
    """A masked value as it is recorded."""
    return msgspec.json.decode(hide_shapes(msgspec.json.encode(value).decode()))


@settings(max_examples=600, deadline=None)
@given(names, values)
@example("DB_PASSWORD", "hunter2")
@example("SECRET", "my-app-secret")
@example("CONFIG", '{"DATABASE": "password=hunter2"}')
def test_a_setting_is_judged_alike(name: str, value: str) -> None:
    masked = kept(masking.setting(name, value))
    assert judged(name, masked)[:2] == judged(name, value)[:2]


@settings(max_examples=300, deadline=None)
@given(names, st.sampled_from(TEMPLATES), planted)
def test_no_secret_survives_in_a_setting(name: str, template: str, secret: str) -> None:
    assert secret not in json.dumps(masking.settings({name: template.format(secret)}))


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("name", ["DB_PASSWORD", "CONFIG", "SECRET", "STAGE"])
def test_the_settings_that_hold_a_credential_are_named_alike(name: str, template: str) -> None:
    value = template.format("Zq8planted-hunter2")
    assert judged(name, masking.setting(name, value)) == judged(name, value)


@settings(max_examples=300, deadline=None)
@given(st.lists(values, max_size=4).map("\n".join))
@example("export OPENAI_API_KEY=hunter2\ncurl https://app:hunter2@example.com")
def test_a_script_is_judged_alike(text: str) -> None:
    assert written(masking.script(text))[0] == written(text)[0]
    assert written(kept(masking.script(text)))[0] == written(text)[0]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=3), planted, st.booleans())
def test_no_secret_survives_in_user_data(lines: list[str], secret: str, packed: bool) -> None:  # noqa: FBT001
    plain = "\n".join(line.format(secret) for line in ("#!/bin/bash", *lines)).encode()
    encoded = b64encode(gzip.compress(plain) if packed else plain).decode()
    masked = masking.user_data(encoded)
    assert secret not in masked
    assert written(unpack(masked))[0] == written(unpack(encoded))[0]


def definition(name: str, value: str) -> dict[str, Any]:
    return {
        "name": "app",
        "image": "app:1",
        "environment": [{"name": name, "value": value}],
        "secrets": [{"name": name, "valueFrom": ARN}],
        "command": ["sh", "-c", value],
        "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": value}},
        "healthCheck": {"command": ["CMD", value], "interval": 5},
        "dockerLabels": {name: value},
        "workingDirectory": value,
        "extraHosts": [{"hostname": value, "ipAddress": "10.0.0.1"}],
        "links": [value],
    }


def contained(node: Any) -> tuple[bool, bool]:
    found = Settings.__new__(Settings)
    found.evidence = Evidence()
    list(found._definition(node, "container_definitions"))  # noqa: SLF001 - what the inspector reads, without a world
    return bool(found.evidence.found), bool(found.evidence.doubts)


@settings(max_examples=200, deadline=None)
@given(names, values)
def test_containers_are_judged_alike(name: str, value: str) -> None:
    original = definition(name, value)
    masked = kept(masking.containers([json.loads(json.dumps(original))]))
    assert contained(masked) == contained([original])


@settings(max_examples=100, deadline=None)
@given(names, st.sampled_from(TEMPLATES), planted)
def test_no_secret_survives_in_containers(name: str, template: str, secret: str) -> None:
    assert secret not in json.dumps(masking.containers([definition(name, template.format(secret))]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"),
        ("OPENAI_SECRET_ARN", ARN),
        ("TABLE_NAME", "transcripts"),
        ("GUARDRAIL_ID", "ab12cd34ef56"),
        ("MODEL", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("LOG_LEVEL", "DEBUG"),
        ("REGION", "eu-central-1"),
        ("TIMEOUT", "30"),
        ("DB_HOST", "chat.abcdefgh1234.us-east-1.rds.amazonaws.com"),
        ("CACHE", "chat.abc123.0001.use1.cache.amazonaws.com:6379"),
        ("awslogs-group", "/ecs/chat"),
        ("LOG_GROUP_NAME", "/aws/lambda/chat"),
    ],
)
def test_what_names_a_resource_stays(name: str, value: str) -> None:
    assert masking.setting(name, value) == value


def test_hidden_is_a_credential_wherever_it_stands() -> None:
    assert judged("CONFIG", f"a {HIDDEN} b")[0]
    assert judged("STAGE", HIDDEN)[0]
    assert written(f"curl https://{HIDDEN}@example.com")[0]


REQUESTS = (
    '{{"TableName": "chats", "Item": {{"k": "{}"}}}}',
    "Action=SendMessage&QueueUrl=https://sqs.eu-west-1.amazonaws.com/1/jobs&MessageBody={}",
    "Action=Publish&TopicArn=$util.urlEncode('arn:aws:sns:eu-west-1:123456789012:alerts')&Message={}",
    '#set($key = "{}")\n{{\\"stateMachineArn\\": \\"arn:aws:states:eu-west-1:123456789012:stateMachine:m\\"}}',
    "{}",
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from((*REQUESTS, *TEMPLATES)), st.sampled_from(("application/json", "header.k", "Body")), planted)
def test_no_secret_survives_in_an_integration_and_what_it_names_does(template: str, name: str, secret: str) -> None:
    text = template.format(secret)
    found = api_integrations.masked({
        "uri": f"https://me:{secret}@hooks.example.com/{secret}?k={secret}",
        "requestTemplates": {name: text},
        "RequestParameters": {name: text},
        "credentials": secret,
    })  # fmt: skip
    assert secret not in json.dumps(found)
    assert found["uri"] == "https://hooks.example.com"
    assert list(named_in(name, found["requestTemplates"][name])) == list(named_in(name, text))
