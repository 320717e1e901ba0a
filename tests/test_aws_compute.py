"""Credentials in settings: names, values, shapes, and what a plan hides of them."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import Any

import pytest

from scanner.clouds.aws.compute.credentials import Evidence, credential_by_name, credential_noun, literal_shape
from scanner.clouds.aws.compute.settings import unpack
from scanner.kinds import Compute
from scanner.model import Unknown
from scanner.redact import credential_shape
from worlds import change, facts_of, plan, scan

NO_CREDENTIALS = {
    "OPENAI_API_KEY_SECRET_ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:openai",
    "OPENAI_API_KEY": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:openai",
    "DB_PASSWORD_SECRET_NAME": "prod/db",
    "DB_PASSWORD": "prod/db",
    "PGPASSWORD": "",
    "SMTP_PASSWORD": "${SMTP_PASSWORD}",
    "MAIL_PASSWORD": "{{resolve:secretsmanager:mail:SecretString:password}}",
    "API_TOKEN": "$API_TOKEN",
    "AUTH_TOKEN": "true",
    "ADMIN_PASSWORD": "changeme",
    "ROOT_PASSWORD": "<your-password>",
    "SLACK_TOKEN": "REPLACE_ME",
    "MY_TOKEN": "MY_TOKEN",
    "GITHUB_TOKEN": "GH_ACCESS_TOKEN_PROD",
    "TOKEN_LIMIT": "4096",
    "MAX_TOKENS": "1024",
    "PRICE_PER_TOKEN": "0.002",
    "PAD_TOKEN": "[PAD]",
    "SECRET_ID": "chat/openai",
    "KEY_ALIAS": "alias/x",
    "ENCRYPTION_KEY": "5f0c4c5e-6d5c-4a52-9a5e-0d6f6f8d0c11",
    "AUTH_TOKEN_URL": "https://login.example.com/token",
    "ACCESS_TOKEN": "https://login.example.com/token",
    "PASSWORD_MIN_LENGTH": "12",
    "RESET_PASSWORD": "1",
    "SECRETS_MANAGER_ENDPOINT": "https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com",
    "API_KEY_HEADER": "x-api-key",
    "STRIPE_PUBLISHABLE_KEY": "not-for-the-server-alone",
    "GOOGLE_APPLICATION_CREDENTIALS": "service-account.json",
    "SSL_PRIVATE_KEY": "/etc/ssl/private/server.key",
    "PARTITION_KEY": "session",
    "AWS_ACCESS_KEY_ID": "of-whom",
    "COMPASS": "north",
}
CREDENTIALS = {
    "OPENAI_API_KEY": "0123456789abcdef",
    "OPENAI_KEY": "0123456789abcdef",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "DB_PASS": "tr0ub4dor",
    "DB_PASSWORD_PROD": "tr0ub4dor",
    "PGPASSWORD": "tr0ub4dor",
    "openaiApiKey": "abc123def",
    "spring.datasource.password": "tr0ub4dor",
    "--api-token": "tr0ub4dor",
    "CLIENT_SECRET": "chat-client",
    "HF_TOKEN_2": "tr0ub4dor",
    "ADMIN_PASSWORD": "12345678",
    "HEROKU_API_KEY": "5f0c4c5e-6d5c-4a52-9a5e-0d6f6f8d0c11",
}


@pytest.mark.parametrize("name", NO_CREDENTIALS)
def test_what_only_looks_like_a_credential_is_none(name: str) -> None:
    value = NO_CREDENTIALS[name]
    assert credential_by_name(name, value) is False
    assert literal_shape(value) is None


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_name_with_a_literal_value_is_one(name: str) -> None:
    assert credential_by_name(name, CREDENTIALS[name]) is True


def test_a_secret_s_own_name_may_stand_where_a_secret_could() -> None:
    assert isinstance(credential_by_name("CHAT_SECRET", "chat-openai-production"), Unknown)
    assert credential_by_name("CHAT_SECRET", "Tr0ub4dor&3") is True


def test_names_are_read_by_their_words() -> None:
    assert credential_noun("") == ""
    assert credential_noun("BYPASS") == ""
    assert credential_noun("XAIApiKey") == "API"


SHAPED = {
    "AKIAIOSFODNN7EXAMPLE": "AWS access key id",
    "ABSK" + "QmVkcm9ja0FQSUtleS" * 5 + "==": "Amazon Bedrock API key",
    "sk-ant-api03-" + "EXAMPLE" * 5: "Anthropic key",
    "sk-proj-" + "EXAMPLE" * 5: "OpenAI key",
    "sk-" + "a1B2" * 12: "OpenAI key",
    "line\\nsk-" + "a1B2" * 12: "OpenAI key",
    "hf_" + "EXAMPLE" * 5: "Hugging Face token",
    "hooks.slack.com/services/T0000000/B0000000/XXXXXXXX": "Slack webhook",
    "nvapi-" + "EXAMPLE" * 7: "NVIDIA key",
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl": "JSON web token",
    "postgres://chat:tr0ub4dor@db/chat": "password in a URL",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA": "private key",
}


@pytest.mark.parametrize("text", SHAPED)
def test_keys_are_known_by_their_shape(text: str) -> None:
    assert credential_shape(text) == SHAPED[text]


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn-extensions-and-more-of-them",
        "task-definition-family-of-the-worker",
        "task-0123456789abcdef0123456789abcdef",
        "risk-assessment-and-treatment-plan-2026",
        "sk-proj-analytics-and-reporting-dashboard",
        "anthropic.claude-3-5-sonnet-20241022-v2:0",
        "arn:aws:bedrock:eu-central-1:123456789012:guardrail/abcdefghijkl",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "5f0c4c5e-6d5c-4a52-9a5e-0d6f6f8d0c11",
        "shelf_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "https://example.com/a:b@c/d",
    ],
)
def test_other_long_words_have_no_such_shape(text: str) -> None:
    assert literal_shape(text) is None


def _text(text: str) -> tuple[str, ...]:
    evidence = Evidence()
    evidence.text(text, "its user data")
    return tuple(evidence.found)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("export DB_PASSWORD=tr0ub4dor", ("DB_PASSWORD",)),
        ("docker run -e API_TOKEN='tr0ub4dor' chat", ("API_TOKEN",)),
        ("db:\n  password: tr0ub4dor\n", ("password",)),
        ('{"db_password":"tr0ub4dor"}', ("db_password",)),
        ("aws_secret_access_key = wJalrXUtnFEMIK7MDENG", ("aws_secret_access_key",)),
        ("mysql --user root --password tr0ub4dor", ("password",)),
        ("curl https://chat:tr0ub4dor@example.com", ("its user data",)),
        ("curl https://chat:$PW@example.com", ()),
        ("password=$(fetch) token=`fetch` secret_key=${KEY}", ()),
        ("password = get_password()", ()),
        ("password = settings.password", ()),
        ("chpasswd:\n  expire: false\nlock_passwd: true", ()),
        ("passwd: $6$rounds=4096$salt$hash", ()),
        ('if [ "$TOKEN" == "none" ]; then', ()),
    ],
)
def test_scripts_are_searched_for_literal_assignments(text: str, names: tuple[str, ...]) -> None:
    assert _text(text) == names


def test_user_data_is_unpacked() -> None:
    plain = "#!/bin/sh\necho ü"
    assert unpack(plain) == plain
    assert unpack(base64.b64encode(plain.encode()).decode()) == plain
    assert unpack(base64.b64encode(gzip.compress(plain.encode())).decode()) == plain
    broken = base64.b64encode(b"\x1f\x8b" + b"no gzip").decode()
    assert "no gzip" in unpack(broken)
    bomb = gzip.compress(b"a" * (64 << 20))
    assert len(unpack(base64.b64encode(bomb).decode())) == 1 << 20


def _of(address: str, after: dict[str, Any], expressions: dict[str, Any] | None = None, **more: Any) -> Compute:
    others = more.pop("others", ())
    config = {address.partition("[")[0]: expressions or {}, **more.pop("config", {})}
    found = facts_of(plan(change(address, after, **more), *others, config=config))[address]
    assert isinstance(found, Compute)
    return found


SECRET = {"aws_secretsmanager_secret_version.s.secret_string", "aws_secretsmanager_secret_version.s"}
VALUE = "a made-up value"


def test_one_unknown_value_hides_the_map_but_not_what_it_reads() -> None:
    unknown = {"environment": [{"variables": True}]}
    harmless = {"environment": [{"variables": {"references": ["aws_sqs_queue.q.url", "aws_sqs_queue.q"]}}]}
    function = _of("aws_lambda_function.f", {"environment": [{}]}, harmless, unknown=unknown)
    assert isinstance(function.plaintext_credentials, Unknown)
    reads = {"environment": [{"variables": {"references": sorted(SECRET, reverse=True)}}]}
    function = _of("aws_lambda_function.f", {"environment": [{}]}, reads, unknown=unknown)
    assert isinstance(function.plaintext_credentials, Unknown)
    assert "secret_string, as it is or only a hash of it" in function.plaintext_credentials.reason


def test_a_partly_known_map_shows_the_names_of_what_is_unknown() -> None:
    after = {"environment": [{"variables": {"LEVEL": "INFO", "DB_PASSWORD": None}}]}
    unknown = {"environment": [{"variables": {"DB_PASSWORD": True}}]}
    function = _of("aws_lambda_function.f", after, unknown=unknown)
    assert isinstance(function.plaintext_credentials, Unknown)
    assert "DB_PASSWORD" in function.plaintext_credentials.reason


def test_a_secret_that_was_read_is_found_under_any_name() -> None:
    secret = change(
        "data.aws_secretsmanager_secret_version.s",
        {"secret_string": json.dumps({"pin": VALUE, "list": ["another made-up value", "{not JSON"], "port": 1})},
        actions=["read"],
    )
    expressions = {
        "environment": [{"variables": {"references": ["data.aws_secretsmanager_secret_version.s.secret_string"]}}]
    }
    config: dict[str, Any] = {"data.aws_secretsmanager_secret_version.s": {}}

    def names(variables: dict[str, Any]) -> tuple[str, ...] | Unknown:
        after = {"environment": [{"variables": variables}]}
        return _of("aws_lambda_function.f", after, expressions, others=(secret,), config=config).credential_names

    assert names({"PIN": VALUE}) == ("PIN",)
    assert names({"SETTINGS": f"pin={VALUE};"}) == ("SETTINGS",)
    digest = hashlib.sha256(VALUE.encode()).hexdigest()
    assert names({"FINGERPRINT": digest}) == ()


@pytest.mark.parametrize(
    ("environment", "verdict"),
    [
        (None, False),
        ([], False),
        ([None], False),
        ([{}], False),
        ([{"variables": None}], False),
        ([{"variables": {"DB_PASSWORD": None, "RETRIES": 3, "DEBUG": True}}], False),
        ([{"variables": {"DB_PASSWORD": ["tr0ub4dor"]}}], True),
        ([{"variables": [{"name": "DB_PASSWORD", "value": "tr0ub4dor"}]}], True),
        ([{"variables": "tr0ub4dor"}], False),
        ({"variables": {"DB_PASSWORD": "tr0ub4dor"}}, True),
        ([{"variables": {"CONFIG": '{"db": {"password": "tr0ub4dor"}}'}}], True),
        ("text", False),
    ],
)
def test_odd_environments(environment: Any, verdict: bool) -> None:  # noqa: FBT001
    assert _of("aws_lambda_function.f", {"environment": environment}).plaintext_credentials is verdict


@pytest.mark.parametrize(
    ("definitions", "verdict"),
    [
        ("[]", False),
        ("null", False),
        ('[null, 1, {"environment": null}, {"environment": [null, {"value": "x"}, {"name": "A"}]}]', False),
        ('[{"environment": [{"name": "DB_PASSWORD", "value": "tr0ub4dor"}]}]', True),
        ('[{"Environment": [{"name": "DB_PASSWORD", "value": "tr0ub4dor"}]}]', True),
        ('[{"healthCheck": {"command": ["curl", "https://a:tr0ub4dor@localhost"]}}]', True),
        ('[{"dockerLabels": {"api_key": "tr0ub4dor"}}]', True),
        ('[{"image": "https://a:tr0ub4dor@registry.example.com/x"}]', True),
        ('[{"secrets": [{"name": "OPENAI_API_KEY", "valueFrom": "openai"}]}]', False),
        ([{"environment": [{"name": "DB_PASSWORD", "value": "tr0ub4dor"}]}], True),
    ],
)
def test_odd_container_definitions(definitions: Any, verdict: bool) -> None:  # noqa: FBT001
    task = _of("aws_ecs_task_definition.t", {"container_definitions": definitions})
    assert task.plaintext_credentials is verdict


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "not JSON"])
def test_definitions_that_are_not_json_are_unknown(text: str) -> None:
    task = _of("aws_ecs_task_definition.t", {"container_definitions": text})
    assert task.plaintext_credentials == Unknown("container_definitions is not JSON")


def _instance(text: str, expressions: dict[str, Any], **more: Any) -> Compute:
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return _of("aws_instance.i", {"user_data": digest}, expressions, **more)


def test_a_hash_is_matched_with_the_text_it_was_made_of() -> None:
    bad = "export API_TOKEN=tr0ub4dor\n"
    assert _instance(bad, {"user_data": {"constant_value": bad}}).plaintext_credentials is True
    encoded = base64.b64encode(bad.encode()).decode()
    assert _instance(bad, {"user_data": {"constant_value": encoded}}).plaintext_credentials is True
    template = change("data.template_file.t", {"rendered": bad, "vars": {}}, actions=["read"])
    reads = {"user_data": {"references": ["data.template_file.t.rendered", "data.template_file.t"]}}
    found = _instance(bad, reads, others=(template,), config={"data.template_file.t": {}})
    assert found.credential_names == ("API_TOKEN",)


def test_a_hash_of_another_text_is_unknown() -> None:
    written = {"user_data": {"constant_value": "export API_TOKEN=tr0ub4dor\n"}}
    assert isinstance(_instance("another text", written).plaintext_credentials, Unknown)
    assert isinstance(_instance("another text", {}).plaintext_credentials, Unknown)
    reads = {"user_data": {"references": ["aws_iam_access_key.k.secret", "aws_iam_access_key.k"]}}
    found = _instance("another text", reads).plaintext_credentials
    assert isinstance(found, Unknown)
    assert "aws_iam_access_key.k.secret" in found.reason


def test_a_text_that_a_caller_passes_to_a_module_is_found() -> None:
    text = "export API_TOKEN=tr0ub4dor\n"
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    block = {"type": "aws_instance", "name": "i", "mode": "managed"}
    block["expressions"] = {"user_data": {"references": ["var.script"]}}  # type: ignore[assignment]
    inner = {"resources": [block], "variables": {"script": {"default": text}}}
    for passed in ({"script": {"constant_value": text}}, {"script": {"references": ["var.script"]}}, {}):
        module = {
            "module_calls": {"m": {"expressions": passed, "module": inner}},
            "variables": {"script": {"default": text}},
        }
        content = plan(change("module.m.aws_instance.i", {"user_data": digest}), configuration={"root_module": module})
        found = facts_of(content)["module.m.aws_instance.i"]
        assert isinstance(found, Compute)
        assert found.plaintext_credentials is True


def test_user_data_not_set_is_none_and_computed_is_unknown() -> None:
    unknown = {"user_data": True, "user_data_base64": True}
    other = {"ami": {"constant_value": "ami-1"}}
    assert _of("aws_instance.i", {}, other, unknown=unknown).plaintext_credentials is False
    reads = {"user_data": {"references": ["local.script"]}}
    assert isinstance(_of("aws_instance.i", {}, reads, unknown=unknown).plaintext_credentials, Unknown)
    assert isinstance(_of("aws_instance.i", {}, {}, unknown=unknown).plaintext_credentials, Unknown)


def test_a_state_s_user_data_may_be_text() -> None:
    assert _of("aws_instance.i", {"user_data": "export API_TOKEN=tr0ub4dor"}).plaintext_credentials is True


@pytest.mark.parametrize(
    ("after", "expressions", "unknown", "verdict"),
    [
        ({"type": "String", "value": "tr0ub4dor"}, {}, {}, True),
        ({"type": "StringList", "value": "a,b"}, {}, {}, True),
        ({"type": "String", "value": "/prod/db"}, {}, {}, False),
        ({"type": "String"}, {}, {}, False),
        ({"type": "String"}, {"value": {"references": sorted(SECRET, reverse=True)}}, {"value": True}, True),
        ({"type": "String"}, {"value": {"references": ["aws_db_instance.d.id"]}}, {"value": True}, False),
        ({"type": "String"}, {"value": {"references": ["aws_db_instance.d.tags"]}}, {"value": True}, None),
        ({"type": "String"}, {"value": {"references": ["aws_ssm_parameter.q.value"]}}, {"value": True}, None),
        ({"type": "String"}, {"value": {"references": ["vendor_key.k.api_key"]}}, {"value": True}, True),
        ({"type": "String"}, {"value": {"references": ["var.x"]}}, {"value": True}, None),
        ({}, {}, {"type": True, "value": True}, None),
    ],
)
def test_parameters(
    after: dict[str, Any],
    expressions: Any,
    unknown: Any,
    verdict: bool | None,  # noqa: FBT001
) -> None:
    parameter = _of("aws_ssm_parameter.p", {"name": "/chat/db-password", **after}, expressions, unknown=unknown)
    assert parameter.type == "configuration"
    if verdict is None:
        assert isinstance(parameter.plaintext_credentials, Unknown)
    else:
        assert parameter.plaintext_credentials is verdict


def test_an_encrypted_parameter_is_no_configuration() -> None:
    content = plan(change("aws_ssm_parameter.p", {"name": "p", "type": "SecureString", "value": "tr0ub4dor"}))
    assert not any(isinstance(found, Compute) for found in facts_of(content).values())


def test_a_value_follows_outputs_to_what_holds_no_secret() -> None:
    def parameter(type_: str, attribute: str) -> bool | Unknown:
        inner = {
            "resources": [{"type": type_, "name": "g", "mode": "managed", "expressions": {}}],
            "outputs": {"id": {"expression": {"references": [f"{type_}.g.{attribute}", f"{type_}.g"]}}},
        }
        block = {"type": "aws_ssm_parameter", "name": "p", "mode": "managed"}
        block["expressions"] = {"value": {"references": ["module.m.id", "module.m"]}}  # type: ignore[assignment]
        root = {"resources": [block], "module_calls": {"m": {"module": inner}}}
        content = plan(
            change("aws_ssm_parameter.p", {"name": "/chat/guardrail", "type": "String"}, unknown={"value": True}),
            change(f"module.m.{type_}.g", {}, unknown={attribute: True}),
            configuration={"root_module": root},
        )
        found = facts_of(content)["aws_ssm_parameter.p"]
        assert isinstance(found, Compute)
        return found.plaintext_credentials

    assert parameter("aws_bedrock_guardrail", "guardrail_id") is False
    assert isinstance(parameter("aws_db_instance", "endpoint"), Unknown)
    assert isinstance(parameter("vendor_key", "value"), Unknown)


def test_builds() -> None:
    variables = [
        {"name": "NPM_TOKEN", "type": "PARAMETER_STORE", "value": "npm"},
        {"name": "QUEUE", "value": None},
    ]
    environment = [{"environment_variable": variables}]
    unknown: dict[str, Any] = {"environment": [{"environment_variable": [{}, {"value": True}]}]}
    written = {"environment": [{"environment_variable": [{}, {"value": {"references": ["aws_sqs_queue.q.url"]}}]}]}
    build = _of("aws_codebuild_project.b", {"environment": environment}, written, unknown=unknown)
    assert build.plaintext_credentials is False
    specification = {"source": [{"buildspec": "env:\n  variables:\n    NPM_TOKEN: tr0ub4dor\n"}]}
    assert _of("aws_codebuild_project.b", specification).credential_names == ("NPM_TOKEN",)
    unknown = {"source": [{"buildspec": True}]}
    build = _of("aws_codebuild_project.b", {"source": [{}]}, unknown=unknown)
    assert isinstance(build.plaintext_credentials, Unknown)
    build = _of("aws_codebuild_project.b", {}, unknown={"environment": True})
    assert isinstance(build.plaintext_credentials, Unknown)


def test_jobs_and_services() -> None:
    env = [{"name": "HF_TOKEN", "value": "tr0ub4dor"}]
    job = {"eks_properties": [{"pod_properties": [{"containers": [{"env": env}]}]}]}
    assert _of("aws_batch_job_definition.j", job).credential_names == ("HF_TOKEN",)
    assert _of("aws_batch_job_definition.j", {"parameters": {"token": "tr0ub4dor"}}).credential_names == ("token",)
    code = {"code_configuration_values": [{"start_command": "API_TOKEN=tr0ub4dor serve"}]}
    source = [{"code_repository": [{"code_configuration": [code]}]}]
    assert _of("aws_apprunner_service.s", {"source_configuration": source}).credential_names == ("API_TOKEN",)
    service = _of("aws_ecs_service.s", {"network_configuration": [{"assign_public_ip": True}]})
    assert (service.type, service.public) == ("service", True)
    assert _of("aws_instance.i", {"associate_public_ip_address": True}).public is True


def test_no_value_is_ever_told() -> None:
    planted = "Pl4nted-value-that-nobody-may-see"
    content = plan(
        change("aws_lambda_function.f", {"environment": [{"variables": {"DB_PASSWORD": planted}}]}),
        change("aws_launch_template.t", {"user_data": f"export API_TOKEN={planted}"}),
        change("aws_ssm_parameter.p", {"name": "db-password", "type": "String", "value": planted}),
        change("aws_ecs_task_definition.t", {"container_definitions": f'[{{"command": ["--token={planted}"]}}]'}),
    )
    failed = [f for f in scan(content).findings if f.control == "compute-no-plaintext-credentials"]
    assert [f.status.value for f in failed] == ["fail"] * 4
    assert planted not in repr(failed)
    assert planted not in repr([fact for fact in facts_of(content).values() if isinstance(fact, Compute)])


METADATA: list[tuple[str, dict[str, Any], bool | None]] = [
    ("a token is required", {"metadata_options": [{"http_tokens": "required"}]}, True),
    ("a token is optional", {"metadata_options": [{"http_tokens": "optional", "http_endpoint": "enabled"}]}, False),
    ("no metadata at all", {"metadata_options": [{"http_endpoint": "disabled"}]}, True),
    ("the account decides", {}, None),
]


@pytest.mark.parametrize("address", ["aws_instance.i", "aws_launch_template.t"])
@pytest.mark.parametrize(("after", "wanted"), [pytest.param(a, w, id=name) for name, a, w in METADATA])
def test_what_an_instance_tells_of_itself(address: str, after: dict[str, Any], wanted: bool | None) -> None:  # noqa: FBT001
    found = _of(address, after, {"ami": {"constant_value": "a"}}).metadata_token_required
    assert isinstance(found, Unknown) if wanted is None else found is wanted


def test_metadata_left_to_the_account_or_known_late_is_unknown() -> None:
    for after, unknown in (
        ({}, {"metadata_options": True}),
        ({"metadata_options": [{}]}, {"metadata_options": [{"http_tokens": True}]}),
    ):
        found = _of("aws_instance.i", after, {"ami": {"constant_value": "a"}}, unknown=unknown).metadata_token_required
        assert isinstance(found, Unknown)


def test_whom_code_on_an_instance_acts_as() -> None:
    role = change("aws_iam_role.bot", {"name": "bot"}, unknown={"id": True, "arn": True})
    held = change("aws_iam_instance_profile.p", {"name": "bots", "role": "bot"}, unknown={"id": True, "arn": True})
    profile = (held, role)
    written = {
        "iam_instance_profile": {"references": ["aws_iam_instance_profile.p.name", "aws_iam_instance_profile.p"]}
    }
    assert _of("aws_instance.i", {"iam_instance_profile": "bots"}, written, others=profile).acts_as == role["address"]
    elsewhere = _of("aws_instance.i", {"iam_instance_profile": "elsewhere"}).acts_as
    assert isinstance(elsewhere, Unknown)
    assert "elsewhere" in elsewhere.reason
    empty = change("aws_iam_instance_profile.p", {"name": "bots"})
    assert _of("aws_instance.i", {"iam_instance_profile": "bots"}, written, others=(empty,)).acts_as == ""
    hidden = {"iam_instance_profile": True}
    assert _of("aws_instance.i", {}, {"ami": {"constant_value": "a"}}, unknown=hidden).acts_as == ""
    arn: dict[str, Any] = {"iam_instance_profile": [{"references": []}]}
    assert (
        _of("aws_launch_template.t", {"iam_instance_profile": [{"name": "bots"}]}, arn, others=profile).acts_as
        == role["address"]
    )
    late = {
        "iam_instance_profile": [
            {"arn": {"references": ["aws_iam_instance_profile.p.arn", "aws_iam_instance_profile.p"]}}
        ]
    }
    unknown = {"iam_instance_profile": [{"arn": True}]}
    found = _of("aws_launch_template.t", {"iam_instance_profile": [{}]}, late, others=profile, unknown=unknown)
    assert found.acts_as == role["address"]
    assert _of("aws_launch_template.t", {}).acts_as == ""


def test_a_role_that_a_plan_is_about_to_make_is_known_by_its_arn() -> None:
    role = change("aws_iam_role.bot", {"name": "bot", "path": "/chat/"}, unknown={"id": True, "arn": True})
    made = "arn:aws:iam::111122223333:role/chat/bot"
    for arn, wanted in ((made, "aws_iam_role.bot"), (made.replace("/chat", ""), made.replace("/chat", ""))):
        assert _of("aws_lambda_function.f", {"role": arn}, others=(role,)).acts_as == wanted
    there = change("aws_iam_role.bot", {"name": "bot", "arn": "arn:aws:iam::444455556666:role/bot"})
    other = "arn:aws:iam::111122223333:role/bot"
    assert _of("aws_lambda_function.f", {"role": other}, others=(there,)).acts_as == other
