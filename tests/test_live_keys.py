"""Keys, secrets, parameters and certificates of an account, through the real SDK against moto's server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from live import REGION, UNHURRIED, Live, settings_of
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Page, Request
from scanner.findings import Finding
from scanner.model import Unknown

TODAY = datetime.now(UTC)
"""Moto dates what is made by the clock."""

OPEN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
)
Changes = Mapping[str, Callable[[Page, dict[str, Any]], None]]


class Changed:
    """Adds to moto's answers what AWS documents and moto does not keep: dates, uses, owners."""

    def __init__(self, changes: Changes) -> None:
        self._source = Connections(reach(Wanted(regions=(REGION,))).sessions, pace=UNHURRIED)
        self._changes = changes

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        answer = self._source.answer(request)
        change = self._changes.get(request.call.operation)
        for page in answer.pages if change else ():
            assert change is not None
            change(page, request.parameters)
        return answer


def verdicts(findings: tuple[Finding, ...], control: str) -> dict[str, str]:
    """Status by the subject's last words."""
    return {f.subject: f.status.name for f in findings if f.control == control}


def day(days: float) -> str:
    """A moment this many days from now, as answers have it."""
    return (TODAY + timedelta(days=days)).isoformat()


def test_keys_of_every_sort_become_the_types_of_the_provider(aws: Live) -> None:
    kms = aws.client("kms")
    primary = kms.create_key(MultiRegion=True, Tags=[{"TagKey": "env", "TagValue": "prod"}])["KeyMetadata"]
    kms.enable_key_rotation(KeyId=primary["KeyId"])
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion="eu-west-1")
    external = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    hmac = kms.create_key(KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")["KeyMetadata"]["Arn"]
    going = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/chat", TargetKeyId=primary["KeyId"])
    replica = primary["Arn"].replace(REGION, "eu-west-1")

    def scheduled(page: Page, _: dict[str, Any]) -> None:
        if page["KeyMetadata"]["Arn"] == going:
            page["KeyMetadata"] |= {"Enabled": False, "KeyState": "PendingDeletion"}

    how: dict[str, Any] = {"now": TODAY, "source": Changed({"DescribeKey": scheduled})}
    collected = aws.collect("kms", regions=(REGION, "eu-west-1"), **how)
    types = {i.id: i.type for one in collected for r in one.results for i in r.items}
    assert types[primary["Arn"]] == types[hmac] == types[going] == "aws_kms_key"
    assert types[external] == "aws_kms_external_key"
    assert types[replica] == "aws_kms_replica_key"
    settings = settings_of(collected)
    assert settings[replica]["primary_key_arn"] == primary["Arn"]
    assert settings[primary["Arn"]]["tags"] == {"env": "prod"}
    facts = aws.facts("kms", regions=(REGION, "eu-west-1"), **how)
    assert facts[primary["Arn"]].name == "alias/chat"
    assert facts[primary["Arn"]].environment == "prod"
    assert [facts[arn].rotatable for arn in (primary["Arn"], replica, external, hmac, going)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert (facts[replica].rotates, facts[replica].type) == (True, "kms_replica")
    alone = aws.facts("kms", regions=("eu-west-1",), now=TODAY)[replica]
    assert isinstance(alone.rotated_in_time, Unknown)
    assert "plan" not in alone.rotated_in_time.reason


def test_a_key_that_aws_manages_is_known_by_its_alias_and_costs_no_call(aws: Live) -> None:
    aws.client("secretsmanager").create_secret(Name="a", SecretString="x")
    kms = aws.client("kms")
    arn = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    kms.create_key()
    items = {i.id: i for one in aws.collect("kms") for r in one.results for i in r.items}
    assert items[arn].type == "data.aws_kms_key"
    assert aws.collect("kms", deny={"kms:DescribeKey"})[0].results[0].items[0].type in {
        "data.aws_kms_key",
        "aws_kms_key",
    }
    without = {i.id: i for one in aws.collect("kms", deny={"kms:DescribeKey"}) for r in one.results for i in r.items}
    assert without[arn].type == "data.aws_kms_key"
    doubtful = aws.collect("kms", deny={"kms:DescribeKey", "kms:ListAliases"})
    assert isinstance(settings_of(doubtful)[arn]["key_manager"], Unknown)


def test_a_key_rotates_in_time_by_the_date_of_its_last_rotation(aws: Live) -> None:
    kms = aws.client("kms")
    ids = [kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(3)]
    fresh, late, still = ids
    for id_ in (fresh, late):
        kms.enable_key_rotation(KeyId=id_)

    def rotations(page: Page, asked: dict[str, Any]) -> None:
        ages = (-500, -100) if fresh in asked["KeyId"] else (-800, -400)
        page["Rotations"] = [{"RotationDate": day(age), "RotationType": "AUTOMATIC"} for age in ages]

    def status(page: Page, asked: dict[str, Any]) -> None:
        if fresh in asked["KeyId"]:
            page["NextRotationDate"] = day(264.5)

    source = Changed({"ListKeyRotations": rotations, "GetKeyRotationStatus": status})
    judged = aws.judge("kms", source=source, now=TODAY)
    keys = {r.name or r.id.rpartition("/")[2]: r for r in judged.world.resources}
    assert (keys[fresh].last_rotated_days, keys[fresh].next_rotation_days) == (100, 265)  # type: ignore[attr-defined]
    assert keys[late].last_rotated_days == 400  # type: ignore[attr-defined]
    found = {k.rpartition("/")[2]: v for k, v in verdicts(judged.run.findings, "key-rotated-in-time").items()}
    assert found == {fresh: "PASS", late: "FAIL"}, "a key that does not rotate is key-rotation-enabled's to tell"
    assert still not in found


def test_secrets_are_read_with_rotation_age_key_and_policy(aws: Live) -> None:
    secrets, key = aws.client("secretsmanager"), aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    made = {n: secrets.create_secret(Name=n, SecretString="x")["ARN"] for n in ("sound", "overdue", "own", "stale")}
    made["keyed"] = secrets.create_secret(Name="keyed", SecretString="x", KmsKeyId=key)["ARN"]
    secrets.put_resource_policy(SecretId="stale", ResourcePolicy=OPEN)
    turning = {
        "RotationEnabled": True,
        "RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "RotationRules": {"AutomaticallyAfterDays": 30},
    }
    more: dict[str, dict[str, Any]] = {
        "sound": turning | {"NextRotationDate": day(3.5), "LastRotatedDate": day(-26.5), "LastAccessedDate": day(-1)},
        "overdue": turning
        | {"NextRotationDate": day(-9.5), "LastRotatedDate": day(-39.5), "LastAccessedDate": day(-1)},
        "own": {"OwningService": "rds"},
        "stale": {"CreatedDate": day(-200)},
    }

    def dates(page: Page, _: dict[str, Any]) -> None:
        page["SecretList"] = [item | more.get(item["Name"], {}) for item in page["SecretList"]]

    judged = aws.judge("secretsmanager", "kms", source=Changed({"ListSecrets": dates}), now=TODAY)
    facts: dict[str, Any] = {r.name: r for r in judged.world.resources if r.kind == "secret"}
    assert {n: facts[n].rotates for n in made} == {
        "sound": True, "overdue": True, "own": False, "stale": False, "keyed": False,
    }  # fmt: skip
    assert facts["sound"].rotation_days == 30
    assert facts["own"].rotatable is False
    assert (facts["keyed"].key_owner, facts["sound"].key_owner) == ("customer", "provider")
    assert (facts["stale"].open, facts["sound"].open) == (True, False)
    assert facts["stale"].last_accessed_days == 200
    by_name = {arn: name for name, arn in made.items()}
    in_time = {by_name[s]: v for s, v in verdicts(judged.run.findings, "secret-rotated-in-time").items()}
    assert in_time == {"sound": "PASS", "overdue": "FAIL"}
    used = {by_name[s]: v for s, v in verdicts(judged.run.findings, "secret-recently-used").items()}
    assert used == {"sound": "PASS", "overdue": "PASS", "stale": "FAIL", "keyed": "PASS"}


def test_a_replica_is_a_secret_of_its_own_that_follows_its_primary(aws: Live) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="wide", SecretString="x", AddReplicaRegions=[{"Region": "eu-west-1"}])
    facts = aws.facts("secretsmanager", regions=(REGION, "eu-west-1"), now=TODAY)
    by_region: dict[str, Any] = {fact.region: fact for fact in facts.values() if fact.kind == "secret"}
    assert (by_region[REGION].rotatable, by_region["eu-west-1"].rotatable) == (True, False)


def test_a_parameter_is_read_by_name_and_key_never_by_value(aws: Live) -> None:
    ssm, key = aws.client("ssm"), aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    ssm.put_parameter(Name="/chat/model", Value="claude", Type="String")
    ssm.put_parameter(
        Name="/chat/token", Value="planted", Type="SecureString", KeyId=key, Tags=[{"Key": "env", "Value": "dev"}]
    )
    ssm.put_parameter(Name="plain", Value="planted", Type="SecureString")
    collected = aws.collect("ssm", "kms", now=TODAY)
    assert b"planted" not in msgspec.json.encode(settings_of(collected), enc_hook=str)
    facts: dict[str, Any] = {fact.name: fact for fact in aws.facts("ssm", "kms", now=TODAY).values()}
    assert (facts["/chat/token"].key_owner, facts["plain"].key_owner) == ("customer", "provider")
    assert facts["/chat/token"].environment == "dev"
    assert facts["/chat/model"].plaintext_credentials == Unknown("a scan never reads the value of a parameter")
    assert facts["plain"].id == "arn:aws:ssm:us-east-1:123456789012:parameter/plain"


def test_a_certificate_in_use_must_not_be_about_to_expire(aws: Live) -> None:
    acm = aws.client("acm")
    days = {"soon.example": 30.0, "later.example": 31.0, "gone.example": -3.0, "idle.example": -3.0}
    for name in days:
        acm.request_certificate(DomainName=name, KeyAlgorithm="EC_prime256v1")

    def dates(page: Page, _: dict[str, Any]) -> None:
        for item in page["CertificateSummaryList"]:
            item |= {"NotAfter": day(days[item["DomainName"]]), "InUse": item["DomainName"] != "idle.example"}

    judged = aws.judge("acm", source=Changed({"ListCertificates": dates}), now=TODAY)
    names = {r.id: r.name for r in judged.world.resources}
    found = {names[s]: v for s, v in verdicts(judged.run.findings, "certificate-not-expiring").items()}
    assert found == {"soon.example": "FAIL", "later.example": "PASS", "gone.example": "FAIL"}
    assert not verdicts(judged.run.findings, "secret-encrypted-with-customer-key"), "nobody may choose that key"


@pytest.mark.parametrize(
    "action",
    [
        "kms:ListKeys",
        "kms:ListAliases",
        "kms:DescribeKey",
        "kms:GetKeyRotationStatus",
        "kms:ListKeyRotations",
        "kms:GetKeyPolicy",
        "tag:GetResources",
        "secretsmanager:ListSecrets",
        "secretsmanager:GetResourcePolicy",
        "ssm:DescribeParameters",
        "acm:ListCertificates",
    ],
)
def test_no_refusal_turns_a_verdict_or_hides_one(aws: Live, action: str) -> None:
    furnish(aws)
    names = ("acm", "kms", "secretsmanager", "ssm")
    source = Changed({"DescribeKey": managed_by_aws(aws)})
    whole, less = (aws.judge(*names, source=source, now=TODAY, deny=deny).run for deny in ((), {action}))
    before = {(f.control, f.subject): f.status.name for f in whole.findings}
    after = {(f.control, f.subject): f for f in less.findings}
    undecided = {f.control for f in less.findings if f.status.name == "UNKNOWN"}
    for (control, subject), status in before.items():
        now = after.get((control, subject))
        if now is None:
            assert control in undecided, f"{control} of {subject} is gone"
        elif now.status.name != status:
            assert now.status.name == "UNKNOWN", f"{control} of {subject}: {status} became {now.status.name}"
            assert action in now.reason
    assert any(action == gap.call for gap in less.gaps)


def test_a_key_that_may_be_of_aws_leaves_the_owner_of_what_it_encrypts_open(aws: Live) -> None:
    furnish(aws)
    deny = {"kms:DescribeKey", "kms:ListAliases"}
    facts: dict[str, Any] = {f.name: f for f in aws.facts("kms", "secretsmanager", now=TODAY, deny=deny).values()}
    assert isinstance(facts["theirs"].key_owner, Unknown)
    assert "kms:DescribeKey" in facts["theirs"].key_owner.reason


def managed_by_aws(aws: Live) -> Callable[[Page, dict[str, Any]], None]:
    """What AWS says of the keys it manages; moto calls them the customer's."""
    theirs = aws.client("kms").describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["Arn"]

    def change(page: Page, _: dict[str, Any]) -> None:
        if page["KeyMetadata"]["Arn"] == theirs:
            page["KeyMetadata"]["KeyManager"] = "AWS"

    return change


def furnish(aws: Live) -> None:
    """Make sound and faulty things of every sort."""
    kms, secrets, ssm = aws.client("kms"), aws.client("secretsmanager"), aws.client("ssm")
    turning = kms.create_key(Tags=[{"TagKey": "env", "TagValue": "prod"}])["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=turning)
    kms.create_key(Policy=OPEN)
    kms.create_alias(AliasName="alias/chat", TargetKeyId=turning)
    of_aws = kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["Arn"]
    for name, key in (("ours", turning), ("by-alias", "alias/chat"), ("theirs", of_aws)):
        secrets.create_secret(Name=name, SecretString="x", KmsKeyId=key)
    secrets.put_resource_policy(SecretId="ours", ResourcePolicy=OPEN)
    ssm.put_parameter(Name="p", Value="x", Type="SecureString", KeyId=of_aws)
    ssm.put_parameter(Name="q", Value="x", Type="String")
    aws.client("acm").request_certificate(DomainName="a.example")
