"""What environments share, and who gets from one into another: real plans, and what decides each verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner import config
from scanner.config import Config
from scanner.run import Settings, judge_plans
from scanner.terraform.planfile import Source
from worlds import FIXTURES, POLICIES, TODAY, change, plan

ENVIRONMENTS = FIXTURES / "environments"
CONTROLS = tuple(policy for policy in POLICIES if policy.control.area == "environments")
TASKS = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:crm-AbCdEf"


def _judged(*contents: bytes, made: Config | None = None, names: tuple[str, ...] = ()) -> dict[str, dict[str, str]]:
    """Status by control and subject, of the controls on environments alone."""
    return {control: {subject: one[0] for subject, one in found.items()} for control, found in
            _findings(*contents, made=made, names=names).items()}  # fmt: skip


def _findings(
    *contents: bytes, made: Config | None = None, names: tuple[str, ...] = ()
) -> dict[str, dict[str, tuple[str, str, tuple[str, ...]]]]:
    called = names or tuple(f"plan{number}.json" for number in range(len(contents)))
    sources = [Source(name, content) for name, content in zip(called, contents, strict=True)]
    run = judge_plans(sources, Settings(policies=CONTROLS, today=TODAY, config=made or Config())).run
    found: dict[str, dict[str, tuple[str, str, tuple[str, ...]]]] = {}
    for one in run.findings:
        found.setdefault(one.control, {})[one.subject] = (one.status.value, one.reason, one.path)
    return found


def _config(folder: Path, text: str) -> Config:
    path = folder / "trustscan.yaml"
    path.write_text(text)
    return config.load(path)


def _tags(environment: str) -> dict[str, Any]:
    return {"tags": {"Environment": environment}} if environment else {}


def _role(address: str, environment: str, *, trust: object = TASKS, **more: object) -> dict[str, Any]:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = address.rpartition(".")[2]
    return change(address, {"name": name, "assume_role_policy": policy, **_tags(environment), **more})


def _allowed(role: str, action: list[str], resource: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return change(f"aws_iam_role_policy.{role}", {"name": "it", "role": role, "policy": policy})


def _function(name: str, environment: str, role: str, more: dict[str, Any] | None = None) -> dict[str, Any]:
    arn = role if role.startswith("arn:") else f"arn:aws:iam::123456789012:role/{role}"
    after = {"function_name": name, "role": arn, **_tags(environment), **(more or {})}
    return change(f"aws_lambda_function.{name}", after)


def _account() -> dict[str, Any]:
    """What says, in a plan, which account it is for."""
    data = {"address": "data.aws_caller_identity.c", "mode": "data", "type": "aws_caller_identity", "name": "c",
            "values": {"account_id": "123456789012"}}  # fmt: skip
    return {"prior_state": {"values": {"root_module": {"resources": [data]}}}}


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    """The plans of production and staging that real terraform made."""
    return tuple((ENVIRONMENTS / name / "plan.json").read_bytes() for name in ("production", "staging"))  # type: ignore[return-value]


# --- two plans at once are one world ---------------------------------------------------------------------------------


def test_the_two_plans_share_exactly_what_they_are_meant_to(pair: tuple[bytes, bytes]) -> None:
    expected = yaml.safe_load((ENVIRONMENTS / "expected.yaml").read_text())
    found = _judged(*pair, names=("production.json", "staging.json"))
    assert found.keys() == expected.keys()
    assert {c: {s: v for s, v in by.items() if v != "pass"} for c, by in found.items()} == expected


@pytest.mark.parametrize(("which", "faults"), [(0, [("environments-trust-apart", "aws_iam_role.exports")]), (1, [])])
def test_each_plan_alone_shares_nothing(pair: tuple[bytes, bytes], which: int, faults: list[tuple[str, str]]) -> None:
    found = _judged(pair[which])
    assert [(c, s) for c, by in found.items() for s, v in by.items() if v == "fail"] == faults


def test_the_chain_from_staging_into_production_is_shown(pair: tuple[bytes, bytes]) -> None:
    found = _findings(*pair, names=("production.json", "staging.json"))["environments-not-reachable"]
    assert found["aws_iam_role.support"][2] == (
        "aws_iam_role.support",
        "sts:AssumeRole",
        "aws_iam_role.exports",
        "reads it by aws_iam_role_policy.exports#1",
        "production.json:module.bot.aws_dynamodb_table.sessions",
    )


def test_a_setting_says_whose_a_network_elsewhere_is(pair: tuple[bytes, bytes], tmp_path: Path) -> None:
    for environment, verdict in (("production", "fail"), ("staging", "pass"), ("shared", "pass")):
        text = f"environments: [{{environment: {environment}, match: {{name: vpc-0a1b2c3d4e5f60718}}}}]"
        found = _judged(*pair, made=_config(tmp_path, text))
        assert found["environments-share-no-network"]["aws_vpc_peering_connection.reports"] == verdict, environment


def test_a_setting_may_say_the_environment_of_a_plan(tmp_path: Path) -> None:
    role = "arn:aws:iam::111122223333:role/worker"
    contents = [plan(_function("worker", "", role)), plan(_function("worker", "", role))]
    text = """
environments:
  - {environment: prod, match: {plan: "prod*"}}
  - {environment: dev, match: {plan: "dev*"}}
"""
    names = ("prod.json", "dev.json")
    assert _judged(*contents, names=names)["environments-share-no-identity"] == {role: "unknown"}
    made = _config(tmp_path, text)
    assert _judged(*contents, names=names, made=made)["environments-share-no-identity"] == {role: "fail"}


# --- what is shared --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environments", "verdict"),
    [
        (("prod", "prod"), "pass"),
        (("prod", "dev"), "fail"),
        (("prod", "shared"), "pass"),
        (("staging", "non-prod"), "pass"),
        (("prod", "non-prod"), "fail"),
        (("prod", ""), "unknown"),
        (("", ""), "unknown"),
    ],
)
def test_one_role_for_two_functions(environments: tuple[str, str], verdict: str) -> None:
    functions = [_function(f"f{number}", name, "worker") for number, name in enumerate(environments)]
    found = _judged(plan(_role("aws_iam_role.worker", ""), *functions, **_account()))
    assert found["environments-share-no-identity"] == {"aws_iam_role.worker": verdict}


def test_an_environment_that_serves_all_is_named_in_the_settings(tmp_path: Path) -> None:
    contents = plan(
        change("aws_s3_bucket.logs", {"bucket": "acme-records", **_tags("ops")}),
        change("aws_s3_bucket.data", {"bucket": "acme-data", **_tags("prod")}),
        change("aws_s3_bucket_logging.data", {"bucket": "acme-data", "target_bucket": "acme-records"}),
    )
    assert _judged(contents)["environments-share-no-store"]["aws_s3_bucket.logs"] == "fail"
    made = _config(tmp_path, "shared_environments: [ops]")
    assert _judged(contents, made=made)["environments-share-no-store"]["aws_s3_bucket.logs"] == "pass"


def test_a_setting_says_that_a_store_elsewhere_serves_all(tmp_path: Path) -> None:
    contents = plan(
        *(change(f"aws_s3_bucket.{name}", {"bucket": f"acme-{name}", **_tags(name)}) for name in ("prod", "dev")),
        *(
            change(f"aws_s3_bucket_logging.{name}", {"bucket": f"acme-{name}", "target_bucket": "acme-records"})
            for name in ("prod", "dev")
        ),
    )
    archive = "arn:aws:s3:::acme-records"
    assert _judged(contents)["environments-share-no-store"][archive] == "fail"
    for environment, verdict in (("security", "pass"), ("ops", "fail")):
        text = f"environments: [{{environment: {environment}, match: {{name: acme-records}}}}]"
        found = _judged(contents, made=_config(tmp_path, text))
        assert found["environments-share-no-store"][archive] == verdict, environment


def test_keys_and_roles_of_aws_itself_are_in_every_account() -> None:
    logs = [("prod", "a"), ("dev", "b")]
    contents = plan(
        *(change(f"aws_sqs_queue.{n}", {"name": n, "kms_master_key_id": "alias/aws/sqs", **_tags(e)}) for e, n in logs),
        *(_function(n, e, "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/X") for e, n in logs),
    )
    found = _judged(contents)
    assert "environments-share-no-key" not in found
    assert "environments-share-no-identity" not in found


def test_an_alias_means_something_in_its_own_account_alone() -> None:
    def one(environment: str, account: dict[str, Any]) -> bytes:
        queue = {"name": "jobs", "kms_master_key_id": "alias/chat", **_tags(environment)}
        return plan(change("aws_sqs_queue.jobs", queue), **account)

    found = _judged(one("prod", {}), one("dev", {}))
    assert found["environments-share-no-key"] == {"alias/chat": "unknown"}


@pytest.mark.parametrize(
    "secrets",
    [
        {"valueFrom": SECRET},
        {"valueFrom": f"{SECRET}:key::"},
        {"valueFrom": "arn:aws:ssm:us-east-1:111122223333:parameter/crm"},
    ],
)
def test_containers_of_two_environments_read_one_secret(secrets: dict[str, str]) -> None:
    def task(name: str, environment: str) -> dict[str, Any]:
        definition = json.dumps([{"name": "a", "secrets": [{"name": "KEY", **secrets}]}])
        after = {"family": name, "container_definitions": definition, **_tags(environment)}
        return change(f"aws_ecs_task_definition.{name}", after)

    found = _judged(plan(task("a", "prod"), task("b", "staging")))["environments-share-no-secret"]
    assert found == {secrets["valueFrom"].removesuffix(":key::"): "fail"}


def test_a_function_names_a_secret_that_another_plan_makes() -> None:
    secret = change("aws_secretsmanager_secret.crm", {"name": "crm", **_tags("prod")})
    arn = SECRET.replace("111122223333", "123456789012")
    variables = {"environment": [{"variables": {"CRM": arn}}]}
    function = _function("f", "dev", "worker", variables)
    found = _judged(plan(secret, **_account()), plan(function))
    assert found["environments-share-no-secret"] == {"aws_secretsmanager_secret.crm": "fail"}


@pytest.mark.parametrize(
    ("resource", "verdict", "reached"),
    [("crm-*", "fail", "fail"), ("crm-AbCdEf", "fail", "fail"), ("*", "pass", "fail")],
)
def test_a_permission_that_names_a_secret_is_a_use_of_it(resource: str, verdict: str, reached: str) -> None:
    prefix = SECRET.replace("111122223333", "123456789012").removesuffix("crm-AbCdEf")
    contents = plan(
        change("aws_secretsmanager_secret.crm", {"name": "crm", "arn": f"{prefix}crm-AbCdEf", **_tags("prod")}),
        _role("aws_iam_role.dev", "dev"),
        _allowed("dev", ["secretsmanager:GetSecretValue"], prefix + resource),
        **_account(),
    )
    found = _judged(contents)
    assert found["environments-share-no-secret"] == {"aws_secretsmanager_secret.crm": verdict}
    assert found["environments-not-reachable"] == {"aws_iam_role.dev": reached}


def test_terraforms_state_of_two_environments_in_one_bucket() -> None:
    contents = plan(
        change("aws_s3_bucket.state", {"bucket": "acme-tfstate"}),
        *(_role(f"aws_iam_role.{name}", name) for name in ("prod", "dev")),
        *(_allowed(n, ["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::acme-tfstate/{n}/*") for n in ("prod", "dev")),
        **_account(),
    )
    assert _judged(contents)["environments-share-no-store"] == {"aws_s3_bucket.state": "fail"}


# --- networks --------------------------------------------------------------------------------------------------------


def _attached(gateway: dict[str, Any], **attachment: object) -> bytes:
    blocks: dict[str, dict[str, Any]] = {}
    found = [change("aws_ec2_transit_gateway.hub", gateway, unknown={"id": True})]
    for name in ("prod", "dev"):
        found.append(change(f"aws_vpc.{name}", _tags(name), unknown={"id": True}))
        unknown = {"vpc_id": True, "transit_gateway_id": True}
        found.append(change(f"aws_ec2_transit_gateway_vpc_attachment.{name}", attachment, unknown=unknown))
        blocks[f"aws_ec2_transit_gateway_vpc_attachment.{name}"] = {
            "vpc_id": {"references": [f"aws_vpc.{name}.id", f"aws_vpc.{name}"]},
            "transit_gateway_id": {"references": ["aws_ec2_transit_gateway.hub.id", "aws_ec2_transit_gateway.hub"]},
        }
    return plan(*found, config=blocks)


def test_a_transit_gateway_connects_by_its_default_table_for_certain() -> None:
    name = "environments-share-no-network"
    assert _judged(_attached({}))[name]["aws_ec2_transit_gateway.hub"] == "fail"
    apart = {"default_route_table_association": "disable"}
    assert _judged(_attached(apart))[name]["aws_ec2_transit_gateway.hub"] == "unknown"
    own = _attached({}, transit_gateway_default_route_table_association=False)
    assert _judged(own)[name]["aws_ec2_transit_gateway.hub"] == "unknown"


def test_functions_of_two_environments_in_one_network() -> None:
    functions = [("prod", "a"), ("dev", "b")]
    contents = plan(
        change("aws_vpc.main", {"id": "vpc-0a1b2c3d4e5f60718"}),
        change("aws_subnet.main", {"id": "subnet-0a1b2c3d4e5f60718", "vpc_id": "vpc-0a1b2c3d4e5f60718"}),
        *(_function(n, e, n, {"vpc_config": [{"subnet_ids": ["subnet-0a1b2c3d4e5f60718"]}]}) for e, n in functions),
    )
    assert _judged(contents)["environments-share-no-network"] == {"aws_vpc.main": "fail"}


def test_functions_of_two_environments_in_one_subnet_of_a_network_that_was_not_read() -> None:
    def judged(*functions: tuple[str, str]) -> dict[str, dict[str, str]]:
        network = {"vpc_config": [{"subnet_ids": ["subnet-0a1b2c3d4e5f60718"]}]}
        return _judged(plan(*(_function(name, environment, name, network) for environment, name in functions)))

    name = "environments-share-no-network"
    assert list(judged(("prod", "a"), ("dev", "b"))[name].values()) == ["fail"]
    assert list(judged(("prod", "a"), ("prod", "b")).get(name, {}).values()) in ([], ["pass"])


# --- trust -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "verdict"),
    [
        ({"AWS": "arn:aws:iam::111122223333:root"}, "unknown"),
        ({"AWS": "arn:aws:iam::444455556666:root"}, "fail"),
        ({"AWS": "arn:aws:iam::777788889999:root"}, "pass"),
        ({"AWS": "arn:aws:iam::123456789012:root"}, "pass"),
        ({"AWS": "arn:aws:iam::999900001111:role/deploy"}, "pass"),
        ({"AWS": "arn:aws:iam::111122223333:role/acme-dev-ci"}, "fail"),
        ({"Service": "lambda.amazonaws.com"}, "pass"),
    ],
)
def test_whom_a_role_of_production_trusts(principal: dict[str, str], verdict: str, tmp_path: Path) -> None:
    text = """
environments:
  - {environment: staging, match: {account: "444455556666"}}
  - {environment: tooling, match: {account: "999900001111"}}
accounts: {trusted: ["777788889999"]}
"""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    arn = "arn:aws:iam::123456789012:role/r"
    found = _judged(plan(_role("aws_iam_role.r", "prod", trust=trust, arn=arn)), made=_config(tmp_path, text))
    assert found["environments-trust-apart"] == {"aws_iam_role.r": verdict}


def test_where_one_account_alone_is_ones_own_a_role_trusts_its_own(tmp_path: Path) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
    contents = plan(_role("aws_iam_role.r", "prod", trust=trust))
    for own, verdict in (("'123456789012'", "pass"), ("'123456789012', '999988887777'", "unknown")):
        made = _config(tmp_path, f"accounts: {{own: [{own}]}}")
        assert _judged(contents, made=made)["environments-trust-apart"] == {"aws_iam_role.r": verdict}


def test_a_role_is_not_taken_for_the_user_of_the_same_name() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:user/ops"}}
    user = change("aws_iam_user.ops", {"name": "ops", "arn": "arn:aws:iam::123456789012:user/ops", **_tags("staging")})
    role = _role("aws_iam_role.ops", "prod", trust=trust, arn="arn:aws:iam::123456789012:role/ops")
    assert _judged(plan(role, user))["environments-trust-apart"] == {"aws_iam_role.ops": "fail"}
    assert _judged(plan(user, role))["environments-trust-apart"] == {"aws_iam_role.ops": "fail"}


def test_the_role_of_a_session_is_whom_a_session_is_trusted_as() -> None:
    session = "arn:aws:sts::123456789012:assumed-role/ci/deploy"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": session}}
    ci = _role("aws_iam_role.ci", "staging", arn="arn:aws:iam::123456789012:role/ci")
    role = _role("aws_iam_role.ops", "prod", trust=trust, arn="arn:aws:iam::123456789012:role/ops")
    found = _judged(plan(role, ci))["environments-trust-apart"]
    assert found == {"aws_iam_role.ops": "fail", "aws_iam_role.ci": "pass"}


def test_the_reason_names_whom_it_trusts_of_an_environment_that_is_not_known() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:user/bob"}}
    bob = change("aws_iam_user.bob", {"name": "bob", "arn": "arn:aws:iam::123456789012:user/bob"})
    role = _role("aws_iam_role.r", "prod", trust=trust, arn="arn:aws:iam::123456789012:role/r")
    status, reason, _ = _findings(plan(role, bob))["environments-trust-apart"]["aws_iam_role.r"]
    assert (status, "aws_iam_user.bob, whose environment is not known" in reason) == ("unknown", True)


# --- reach -----------------------------------------------------------------------------------------------------------


def _bucket(environment: str = "prod", **more: object) -> list[dict[str, Any]]:
    tags = {"Environment": environment, "DataClass": "transcript"}
    return [change("aws_s3_bucket.b", {"bucket": "acme-talks", "tags": tags, **more})]


def _under_key(role: str, *actions: str) -> bytes:
    key = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4234-8234-123456789012"
    encryption = [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": key}]}]
    return plan(
        *_bucket(),
        change("aws_kms_key.k", {"arn": key, "key_id": key.rpartition("/")[2], **_tags("shared")}),
        change("aws_s3_bucket_server_side_encryption_configuration.b", {"bucket": "acme-talks", "rule": encryption}),
        _role(f"aws_iam_role.{role}", role),
        _allowed(role, list(actions), "*"),
        **_account(),
    )


def test_who_reads_a_bucket_under_a_key_must_decrypt_with_it() -> None:
    found = _judged(_under_key("dev", "s3:GetObject"))["environments-not-reachable"]
    assert found == {"aws_iam_role.dev": "pass"}
    found = _judged(_under_key("dev", "s3:GetObject", "kms:Decrypt"))["environments-not-reachable"]
    assert found == {"aws_iam_role.dev": "fail"}
    found = _judged(_under_key("dev", "s3:DeleteObject"))["environments-not-reachable"]
    assert found == {"aws_iam_role.dev": "fail"}


@pytest.mark.parametrize(
    ("role", "verdict"), [("dev", "fail"), ("staging", "fail"), ("security", "pass"), ("", "unknown")]
)
def test_who_may_read_a_bucket_of_production(role: str, verdict: str) -> None:
    contents = plan(
        *_bucket(),
        _role("aws_iam_role.r", role),
        _allowed("r", ["s3:GetObject"], "arn:aws:s3:::acme-talks/*"),
        **_account(),
    )
    assert _judged(contents)["environments-not-reachable"] == {"aws_iam_role.r": verdict}


def test_what_is_of_another_environment_is_nobodys_concern() -> None:
    contents = plan(*_bucket("staging"), _role("aws_iam_role.r", "dev"), _allowed("r", ["s3:*"], "*"), **_account())
    assert _judged(contents)["environments-not-reachable"] == {"aws_iam_role.r": "pass"}


def test_a_policy_that_waits_for_apply_is_possible_and_says_so() -> None:
    contents = plan(
        *_bucket(),
        _role("aws_iam_role.r", "dev"),
        change("aws_iam_role_policy.r", {"name": "it", "role": "r"}, unknown={"policy": True}),
        **_account(),
    )
    found = _findings(contents)["environments-not-reachable"]["aws_iam_role.r"]
    assert found[0] == "unknown"
    assert "known only after apply" in found[1]


def test_who_becomes_an_administrator_reaches_production() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:role/dev"}}
    contents = plan(
        *_bucket(),
        _role("aws_iam_role.dev", "dev"),
        _role("aws_iam_role.admin", "prod", trust=trust),
        _allowed("admin", ["*"], "*"),
        **_account(),
    )
    found = _findings(contents)["environments-not-reachable"]["aws_iam_role.dev"]
    assert found[0] == "fail"
    assert found[2][:3] == ("aws_iam_role.dev", "sts:AssumeRole", "aws_iam_role.admin")


def test_who_becomes_several_reaches_what_all_of_them_reach() -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:role/dev"}}
    tags = {"Environment": "prod", "DataClass": "transcript"}
    contents = plan(
        *_bucket(),
        change("aws_s3_bucket.second", {"bucket": "acme-more-talks", "tags": tags}),
        _role("aws_iam_role.dev", "dev"),
        _role("aws_iam_role.one", "prod", trust=trust),
        _role("aws_iam_role.two", "prod", trust=trust),
        _allowed("one", ["s3:GetObject"], "arn:aws:s3:::acme-talks/*"),
        _allowed("two", ["s3:GetObject"], "arn:aws:s3:::acme-more-talks/*"),
        **_account(),
    )
    found = _findings(contents)["environments-not-reachable"]["aws_iam_role.dev"]
    assert found[0] == "fail"
    assert found[1].startswith("aws_iam_role.dev reaches aws_s3_bucket.b, aws_s3_bucket.second;")


@pytest.mark.parametrize(
    ("key", "verdict"), [("production/network.tfstate", "fail"), ("staging/network.tfstate", "pass"), ("network", None)]
)
def test_a_plan_that_reads_the_state_of_another_environment(key: str, verdict: str | None) -> None:
    values = {"backend": "s3", "config": {"bucket": "acme-tfstate", "key": key}, "workspace": None}
    address = {"address": "data.terraform_remote_state.network", "mode": "data", "name": "network"}
    data = {**address, "type": "terraform_remote_state", "values": values}
    state = {"prior_state": {"values": {"root_module": {"resources": [data]}}}}
    found = _judged(plan(_role("aws_iam_role.r", "staging"), **state)).get("environments-share-no-store", {})
    assert found == ({f"arn:aws:s3:::acme-tfstate/{key}": verdict} if verdict else {})


@pytest.mark.parametrize(("users", "verdict"), [(["prod"], "pass"), (["prod", ""], "unknown"), ([], "unknown")])
def test_a_role_is_of_production_where_all_that_acts_as_it_is(users: list[str], verdict: str) -> None:
    functions = [_function(f"f{number}", name, "r") for number, name in enumerate(users)]
    allowed = _allowed("r", ["s3:GetObject"], "arn:aws:s3:::acme-talks/*")
    contents = plan(*_bucket(), _role("aws_iam_role.r", ""), allowed, *functions, **_account())
    assert _judged(contents)["environments-not-reachable"] == {"aws_iam_role.r": verdict}


def test_a_key_that_the_provider_filled_in_is_nobodys_choice() -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-4234-8234-123456789012"
    found = []
    for name in ("prod", "dev"):
        after = {"identifier": name, "kms_key_id": key, **_tags(name)}
        found.append(change(f"aws_db_instance.{name}", after, before=after, actions=["no-op"]))

    def judged(**written: object) -> dict[str, str]:
        blocks = {f"aws_db_instance.{name}": {"identifier": {}, **written} for name in ("prod", "dev")}
        return _judged(plan(*found, config=blocks)).get("environments-share-no-key", {})

    assert judged() == {}
    assert judged(kms_key_id={"constant_value": key}) == {key: "fail"}
