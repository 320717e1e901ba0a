"""No value that is a secret reaches any output, note, error or log, whatever the format and however much is asked."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from commands import Answer, call, program
from scanner import plugins
from scanner.findings import Run
from scanner.redact import HIDDEN, Redactor, credential_shape, hide_shapes, without_shapes
from test_bad_input import fake, zipped
from worlds import FIXTURES, change, plan, scan

FORMATS = ("html", "json", "junit", "markdown", "sarif", "table")
REAL = sorted(
    file for planted in (FIXTURES / "terraform").rglob("planted.txt") for file in planted.parent.glob("[ps]*.json")
)


def leaks(secrets: list[str], *texts: str) -> set[str]:
    """Secrets that stand in a text, raw or as some format escapes them."""
    found = set()
    for secret in secrets:
        forms = {secret, json.dumps(secret)[1:-1], secret.replace('"', "&quot;").replace("<", "&lt;")}
        found |= {secret for text in texts if any(form in text for form in forms)}
    return found


def written(result: Run) -> dict[str, str]:
    texts = {}
    for form in FORMATS:
        out = io.StringIO()
        plugins.load("scanner.reports", form)(result, out)
        texts[form] = out.getvalue()
    return texts


# --- a real plan


@pytest.mark.parametrize("file", REAL, ids=lambda p: f"{p.parent.name}/{p.name}")
@pytest.mark.parametrize("form", [*FORMATS, "delta"])
def test_nothing_planted_in_a_real_plan_is_shown(file: Path, form: str, tmp_path: Path) -> None:
    planted = (file.parent / "planted.txt").read_text().splitlines()
    other = tmp_path / "other"
    answer = program("plan", file, "--format", form, "--output", f"json={other}", TF_LOG="TRACE")
    assert answer.code == 2 or "aws_" in answer.out or (form == "delta" and "is a state" in answer.out)
    assert answer.code != 2 or file.parent.name == "raw_state"
    assert leaks(planted, answer.said, other.read_text() if other.exists() else "") == set()


def test_there_is_a_real_plan_with_planted_values() -> None:
    file = next(file for file in REAL if file.parent.name == "sensitive")
    planted = (file.parent / "planted.txt").read_text().splitlines()
    content = file.read_text()
    assert len(planted) > 10
    assert sum(secret in content or json.dumps(secret)[1:-1] in content for secret in planted) > len(planted) / 2


# --- a plan made by hand: every place that holds text, each with a value of its own


class Planter:
    """Gives values to plant and remembers them."""

    def __init__(self) -> None:
        self.values: list[str] = []

    def __call__(self, where: str, shape: str = "zq{n}planted{where}{n}qz") -> str:
        """Make a value for a place, and remember it."""
        value = shape.format(n=f"{len(self.values):03}", where=where)
        self.values.append(value)
        return value


def hand_made(p: Planter) -> bytes:
    """Secrets that Terraform marks, and ones that nobody marked, wherever inspectors look."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "kms:Decrypt",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:UserAgent": p("condition")}},
            }
        ],
    }
    variables = {
        "OPENAI_API_KEY": p("environment"),
        "DATABASE_URL": f"postgres://chat:{p('connection')}@db.internal/chat",
        "NOTE": p("anthropic", "sk-ant-api03-{n}" + "A" * 90),
    }
    containers = [{"name": "bot", "image": "bot:1", "environment": [{"name": "API_TOKEN", "value": p("container")}]}]
    user_data = f"#!/bin/sh\nexport DB_PASSWORD={p('userdata')}\ncurl -H 'Authorization: Bearer {p('bearer')}' x\n"
    broken = "{" + p("brokenpolicy")
    return plan(
        change(
            "aws_db_instance.chat",
            {"password": p("password"), "engine": "postgres", "tags": {"Password": p("sensitivetag")}},
            sensitive={"password": True, "tags": {"Password": True}},
            before={"password": p("oldpassword"), "engine": "postgres"},
        ),
        change("aws_secretsmanager_secret.chat", {"name": "chat"}),
        change(
            "aws_secretsmanager_secret_version.chat",
            {"secret_string": p("secretstring"), "secret_string_wo": p("writeonly"), "secret_binary": p("binary")},
            sensitive={"secret_string": True},
        ),
        change("aws_ssm_parameter.secure", {"name": "/a", "type": "SecureString", "value": p("secure")}),
        change("aws_ssm_parameter.plain", {"name": "/chat/api_key", "type": "String", "value": p("string")}),
        change("aws_ssm_parameter.insecure", {"name": "/password", "type": "String", "insecure_value": p("insecure")}),
        change("aws_lambda_function.chat", {"function_name": "chat", "environment": [{"variables": variables}]}),
        change("aws_ecs_task_definition.chat", {"family": "chat", "container_definitions": json.dumps(containers)}),
        change("aws_instance.chat", {"user_data": user_data, "tags": {"Name": "chat"}}),
        change("aws_instance.hashed", {"user_data": "0" * 40}),
        change("aws_kms_key.chat", {"policy": json.dumps(policy)}),
        change("aws_kms_key.broken", {"policy": broken}),
        change("aws_iam_policy.broken", {"policy": broken, "name": "x"}),
        change(
            "aws_s3_bucket.chat",
            {"bucket": p("bucketname"), "tags": {"DataClass": p("tag")}},
            sensitive={"bucket": True},
        ),
        change(f'aws_s3_bucket.keyed["{p("key")}"]', {"bucket": "keyed"}, sensitive={}),
        change("aws_cognito_user_pool.chat", {"name": "chat", "smtp": p("odd")}),
        change("aws_db_proxy.chat", {"auth": [{"secret_arn": p("arn")}]}),
        variables={"token": {"value": p("variable")}, "quiet": {"value": [p("listed")]}},
        output_changes={
            "url": {"actions": ["create"], "before": None, "after": p("output"), "after_sensitive": True},
            "plain": {"actions": ["create"], "before": None, "after": p("plainoutput"), "after_sensitive": False},
        },
        resource_drift=[
            change(
                "aws_db_instance.a", {"password": p("drift")}, sensitive={"password": True}, before={"password": "x"}
            )
        ],
        configuration={
            "provider_config": {"aws": {"expressions": {"secret_key": {"constant_value": p("provider")}}}},
            "root_module": {
                "variables": {"token": {"sensitive": True, "default": p("default")}},
                "outputs": {"url": {"sensitive": True, "expression": {"constant_value": p("outputconstant")}}},
                "resources": [
                    {
                        "mode": "managed",
                        "type": "aws_instance",
                        "name": "hashed",
                        "address": "aws_instance.hashed",
                        "expressions": {"user_data": {"constant_value": f"export OPENAI_API_KEY={p('configured')}"}},
                    }
                ],
            },
        },
        prior_state={
            "values": {
                "outputs": {"url": {"sensitive": True, "value": p("prioroutput")}},
                "root_module": {
                    "resources": [
                        {
                            "address": "data.aws_secretsmanager_secret_version.chat",
                            "mode": "data",
                            "type": "aws_secretsmanager_secret_version",
                            "name": "chat",
                            "values": {"secret_string": p("data")},
                            "sensitive_values": {"secret_string": True},
                        }
                    ]
                },
            }
        },
    )


@pytest.fixture(scope="module")
def planted() -> tuple[bytes, list[str]]:
    p = Planter()
    content = hand_made(p)
    key = next(value for value in p.values if "plantedkey" in value)
    # A key that Terraform says is secret elsewhere: it may not stand in an address either.
    document: dict[str, Any] = json.loads(content)
    document["resource_changes"][0]["change"]["after_sensitive"]["username"] = True
    document["resource_changes"][0]["change"]["after"]["username"] = key
    return json.dumps(document).encode(), p.values


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_planted_by_hand_is_shown(form: str, planted: tuple[bytes, list[str]]) -> None:
    content, values = planted
    text = written(scan(content))[form]
    assert "aws_lambda_function.chat" in text
    assert leaks(values, text) == set()


def test_nothing_planted_reaches_the_terminal(planted: tuple[bytes, list[str]], tmp_path: Path) -> None:
    content, values = planted
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    for extra in ([], ["-q"]):
        answer = program("plan", file, *extra, TF_LOG="TRACE", TRUSTSCAN_DEBUG="1")
        assert answer.code == 1
        assert leaks(values, answer.said) == set()


def test_a_state_shows_nothing_planted() -> None:
    p = Planter()
    document = {
        "format_version": "1.0",
        "values": {
            "outputs": {"o": {"sensitive": True, "value": {"deep": [p("output")]}}},
            "root_module": {
                "resources": [
                    {
                        "address": "aws_lambda_function.f",
                        "mode": "managed",
                        "type": "aws_lambda_function",
                        "name": "f",
                        "values": {"environment": [{"variables": {"API_KEY": p("variable")}}]},
                        "sensitive_values": {"environment": [{"variables": {"API_KEY": True}}]},
                    }
                ]
            },
        },
    }
    for text in written(scan(json.dumps(document).encode())).values():
        assert leaks(p.values, text) == set()


# --- errors


def no_leak(answer: Answer, values: list[str]) -> None:
    assert answer.code == 2
    assert leaks(values, answer.said) == set()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.99])
def test_a_truncated_file_is_not_quoted(share: float, planted: tuple[bytes, list[str]], tmp_path: Path) -> None:
    content, values = planted
    file = tmp_path / "plan.json"
    file.write_bytes(content[: int(len(content) * share)])
    no_leak(call("plan", file), values)


@pytest.mark.parametrize("place", ["change", "address", "mode"])
def test_a_value_of_a_wrong_type_is_not_quoted(place: str, tmp_path: Path) -> None:
    document = json.loads(plan(change("aws_s3_bucket.b", {})))
    document["resource_changes"][0][place] = ["zq-planted-value-zq"]
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(document))
    no_leak(call("plan", file), ["zq-planted-value-zq"])


def test_what_terraform_says_below_its_title_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'Error: Invalid value "zq-planted-a-zq" for variable\n\n  on x line 1: password = zq-planted-b-zq'
    fake(tmp_path, "terraform", f"cat >&2 <<'X'\nTRACE zq-planted-c-zq\n{said}\nX\nexit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    file = tmp_path / "tfplan"
    file.write_bytes(zipped(tfplan=b"x"))
    answer = call("plan", file)
    assert "Invalid value ... for variable" in answer.err
    no_leak(answer, [f"zq-planted-{x}-zq" for x in "abc"])


def test_a_broken_policy_that_names_a_key_does_not_show_it(tmp_path: Path) -> None:
    key = "sk-ant-api03-" + "B" * 80
    own = tmp_path / "own"
    own.mkdir()
    source = FIXTURES.parent / "policies" / "keys" / "key-rotation-enabled.yaml"
    (own / "mine.yaml").write_text(source.read_text().replace("severity: medium", f"severity: {key}"))
    file = tmp_path / "plan.json"
    file.write_bytes(plan(change("aws_s3_bucket.b", {})))
    answer = call("plan", file, "--policies", own)
    assert HIDDEN in answer.err
    no_leak(answer, [key])


def test_a_file_in_the_way_is_not_quoted(planted: tuple[bytes, list[str]], tmp_path: Path) -> None:
    content, values = planted
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    for option in ("--baseline", "--waivers", "--config"):
        no_leak(call("plan", file, option, file), values)
    shutil.copy(file, tmp_path / "policy.yaml")
    no_leak(call("plan", file, "--policies", tmp_path), values)


# --- the redactor itself


def test_a_secret_is_hidden_whole_and_in_its_lines() -> None:
    hide = Redactor(["first line\nsecond line", "abc"])
    assert hide.text("it says second line here") == f"it says {HIDDEN} here"
    assert hide.text("abc") == "abc", "three letters are no secret"


def test_a_short_secret_is_hidden_as_a_word_only() -> None:
    hide = Redactor(["prod", "hunter2"])
    assert hide.text("production, prod; hunter2!") == f"production, {HIDDEN}; {HIDDEN}!"


def test_the_longest_secret_wins_and_all_are_hidden() -> None:
    secrets = ["planted", "planted-long", "planted-longer-still"]
    assert Redactor(secrets).text("planted-longer-still planted-long planted") == " ".join([HIDDEN] * 3)


def test_an_address_keeps_its_labels_and_loses_secret_keys() -> None:
    hide = Redactor(["chatbot_prod", "customer-key-1"])
    address = 'module.chatbot_prod["customer-key-1"].aws_s3_bucket.chatbot_prod["a"]'
    shown = 'module.chatbot_prod["(hidden)"].aws_s3_bucket.chatbot_prod["a"]'
    assert hide.address(address) == shown
    assert hide.about(f"{address} is open: chatbot_prod", address) == f"{shown} is open: {HIDDEN}"
    assert hide.address("arn:aws:iam::999911112222:role/customer-key-1") == f"arn:aws:iam::999911112222:role/{HIDDEN}"
    assert hide.address("AWS:customer-key-1") == f"AWS:{HIDDEN}"
    flow = "aws_lambda_function.f -> bedrock:customer-key-1 (invokes)"
    assert hide.address(flow) == f"aws_lambda_function.f -> bedrock:{HIDDEN} (invokes)"


def test_an_earlier_result_still_covers_a_subject_with_a_hidden_key() -> None:
    content = plan(
        change('aws_s3_bucket.b["zq-planted-key-zq"]', {"bucket": "zq-planted-key-zq"}, sensitive={"bucket": True})
    )
    first = scan(content)
    failed = [f for f in first.findings if f.status == "fail"]
    assert failed
    assert all(f.subject == 'aws_s3_bucket.b["(hidden)"]' for f in failed)
    again = scan(content, baseline={f.id: f.status for f in failed})
    assert all(f.baseline for f in again.findings if f.status == "fail")


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "sk-ant-api03-" + "x1" * 40,
        "sk-proj-" + "x1" * 20,
        "AIza" + "x" * 35,
        "ghp_" + "x" * 36,
        "xoxb-1234567890-abcdef",
        "hf_" + "x" * 34,
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl",
    ],
)
def test_what_is_shaped_like_a_credential_is_hidden_everywhere(text: str) -> None:
    assert credential_shape(text)
    assert hide_shapes(f"a {text} b") == f"a {HIDDEN} b"
    key = text.replace("\n", " ")
    result = scan(plan(change(f'aws_s3_bucket.b["{key}"]', {"bucket": "b"})))
    for form, shown in written(result).items():
        assert key not in shown, form


_AWS_KEY = "AKIA" + "Q" * 16


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"a": "-----BEGIN PRIVATE KEY-----", "b": "kept"}, {"a": HIDDEN, "b": "kept"}),
        ([{"d": "-----BEGIN PRIVATE KEY-----x"}, {"n": "two"}], [{"d": HIDDEN}, {"n": "two"}]),
        ({"w": "https://wiki", "o": "ml@corp.example"}, {"w": "https://wiki", "o": "ml@corp.example"}),
        ({"u": "https://me:pass@host/x"}, {"u": f"https://{HIDDEN}@host/x"}),
        ({f"{_AWS_KEY}": 1, "b": 2}, {HIDDEN: 1, "b": 2}),
        ({f"{_AWS_KEY}": 1, f"{_AWS_KEY[:-1]}R": 2}, {HIDDEN: 1, f"{HIDDEN} 1": 2}),
        *(({"t": f"x{odd}{_AWS_KEY}"}, {"t": f"x{odd}{HIDDEN}"}) for odd in '\n\t\r\b\f\x00\x1f\x7f"\\/\u2028'),
        ([1, True, None, 2.5, "plain"], [1, True, None, 2.5, "plain"]),
    ],
)
def test_hiding_in_json_leaves_all_that_stands_beside(value: object, shown: object) -> None:
    assert without_shapes(value) == shown
