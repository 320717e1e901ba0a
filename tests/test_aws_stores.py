"""Stores of AWS but buckets: odd shapes, existing resources, and rules that a real plan cannot show cheaply."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.clouds.aws.iam.policydoc import Document, PolicyStatement, parse
from scanner.clouds.aws.iam.resource_policy import covers, denies_without_tls, opens_to_anyone
from scanner.clouds.aws.stores.database_tls import _default
from scanner.model import Noted, Unknown
from worlds import change, facts_of, plan

ACCOUNT = "123456789012"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": False}},
}
QUEUE = ("arn:*:sqs:*:*:inbox", "${aws_sqs_queue.inbox}", "${aws_sqs_queue.inbox}~")


def known(fact: Any) -> Any:
    """The fact's value, None where it is unknown."""
    value = fact.value if isinstance(fact, Noted) else fact
    return None if isinstance(value, Unknown) else value


def policy(*statements: dict[str, Any]) -> Document:
    document = parse(json.dumps({"Statement": list(statements)}), "a test")
    assert isinstance(document, Document)
    return document


def fact(address: str, name: str, *changes: dict[str, Any], **more: Any) -> Any:
    return known(getattr(facts_of(plan(*changes, **more))[address], name))


def existing(address: str, after: dict[str, Any]) -> dict[str, Any]:
    return change(address, after, before=after, actions=["no-op"])


# --- whom a policy lets in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "opens"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"stringequals": {"AWS:SOURCEACCOUNT": ACCOUNT}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc/r-ab12/*"}}, False),
        ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-abc/r-ab12/*"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, False),
        ({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}, True),
        ({"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:chat"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, False),
        ({"StringLike": {"aws:userid": "AROAEXAMPLEID12345:*"}}, False),
        ({"StringLike": {"sns:Endpoint": "*@example.com"}}, False),
        ({"StringLike": {"sns:Endpoint": "*"}}, True),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, False),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"IpAddress": {"aws:SourceIp": "::/0"}}, True),
        ({"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "0.0.0.0/0"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "not an address"}}, True),
        ({"StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "chat"}}, True),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "${aws:PrincipalTag/account}"}}, True),
        ({"StringEquals": {"aws:SourceAccount": []}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}, False),
        ({"StringEquals": ["not", "a", "map"]}, None),
    ],
)
def test_a_condition_binds_anyone_or_does_not(condition: dict[str, Any], opens: bool | None) -> None:  # noqa: FBT001
    assert known(opens_to_anyone(policy({**ALLOW, "Condition": condition}))) is opens


@pytest.mark.parametrize(
    ("statement", "opens"),
    [
        (ALLOW, True),
        ({**ALLOW, "Principal": {"AWS": ["arn:aws:iam::123456789012:root", "*"]}}, True),
        ({**ALLOW, "Principal": {"AWS": ACCOUNT}}, False),
        ({**ALLOW, "Principal": {"Service": "s3.amazonaws.com"}}, False),
        ({"Effect": "Allow", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "sqs:*", "Resource": "*"}, True),
        ({**ALLOW, "Effect": "Deny"}, False),
    ],
)
def test_only_an_allow_to_everybody_opens(statement: dict[str, Any], opens: bool) -> None:  # noqa: FBT001
    assert known(opens_to_anyone(policy(statement))) is opens


@pytest.mark.parametrize(
    ("denial", "opens"),
    [
        ({**DENY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}}}, False),
        ({**DENY, "Condition": {"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}}, False),
        ({**DENY, "Condition": {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}, False),
        ({**DENY, "Condition": {"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        (
            {
                **DENY,
                "Condition": {
                    "StringNotEquals": {"aws:PrincipalOrgID": "o-abc"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                },
            },
            False,
        ),
        (DENY, True),
        ({**DENY, "Condition": {}}, False),
        ({**DENY, "Condition": {}, "Action": "sqs:ReceiveMessage"}, True),
        ({**DENY, "Condition": {}, "Resource": "arn:aws:sqs:eu-west-1:123456789012:other"}, True),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sqs:GetQueueUrl", "Resource": "*"}, False),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sqs:Send*", "Resource": "*"}, True),
        ({"Effect": "Deny", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}, False),
        ({**DENY, "Condition": {}, "Principal": {"AWS": ACCOUNT}}, True),
    ],
)
def test_a_deny_shuts_anyone_out_or_does_not(denial: dict[str, Any], opens: bool) -> None:  # noqa: FBT001
    assert known(opens_to_anyone(policy(ALLOW, denial))) is opens


def test_parts_that_are_not_known_leave_a_policy_undecided() -> None:
    unknown = Unknown("known only after apply")
    allow = PolicyStatement(principals=("AWS:*",), actions=("sqs:*",), resources=("*",))
    for statement in (
        PolicyStatement(principals=unknown, actions=("sqs:*",), resources=("*",)),
        PolicyStatement(principals=("AWS:~",), actions=("sqs:*",), resources=("*",)),
        PolicyStatement(principals=("AWS:*",), conditions=unknown),
        PolicyStatement(principals=("AWS:*",), conditions=(("StringLike", "aws:SourceArn", ("~",)),)),
        PolicyStatement(principals=("AWS:*",), conditions=(("~", "aws:SourceArn", ("x",)),)),
    ):
        assert isinstance(opens_to_anyone(Document(statements=(statement,))), Unknown), statement
    assert isinstance(opens_to_anyone(Document(statements=(allow,), more="there may be a Deny")), Unknown)
    denial = PolicyStatement(effect="Deny", principals=("AWS:*",), actions=unknown, resources=("*",))
    assert isinstance(opens_to_anyone(Document(statements=(allow, denial))), Unknown)
    bound = PolicyStatement(principals=("AWS:*",), conditions=(("ArnLike", "aws:SourceArn", ("${aws_sns_topic.t}~",)),))
    assert opens_to_anyone(Document(statements=(bound,))) is False
    exact = PolicyStatement(principals=("AWS:*",), conditions=(("StringEquals", "aws:SourceAccount", ("~",)),))
    assert opens_to_anyone(Document(statements=(exact,))) is False


# --- TLS by policy ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("denial", "required"),
    [
        (DENY, True),
        ({**DENY, "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"]}, True),
        ({**DENY, "Action": "sqs:SendMessage"}, False),
        ({**DENY, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({**DENY, "Condition": {"BoolIfExists": {"aws:securetransport": ["FALSE"]}}}, True),
        ({**DENY, "Principal": {"AWS": ACCOUNT}}, False),
        ({"Effect": "Deny", "NotPrincipal": {"AWS": ACCOUNT}, **{k: DENY[k] for k in ("Action", "Resource")}}, False),
        ({**DENY, "Resource": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:inbox"}, True),
        ({**DENY, "Resource": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:in*"}, True),
        ({**DENY, "Resource": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:inbox-dead"}, False),
        ({**DENY, "Resource": f"arn:aws:sns:eu-west-1:{ACCOUNT}:inbox"}, False),
        ({**DENY, "Resource": "${aws_sqs_queue.inbox}"}, True),
        ({**DENY, "Resource": "${aws_sqs_queue.inbox}~"}, True),
        ({**DENY, "Resource": "${aws_sqs_queue.inbox2}~"}, False),
        ({**DENY, "Resource": "~"}, None),
        (
            {
                **DENY,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}},
            },
            False,
        ),
        (
            {
                **DENY,
                "Condition": {"Bool": {"aws:SecureTransport": "false", "aws:PrincipalIsAWSService": "false"}},
            },
            True,
        ),
        ({"Effect": "Deny", "Principal": "*", "NotAction": "sqs:GetQueueUrl", "NotResource": "arn:aws:sqs:::x"}, True),
        ({**ALLOW, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
    ],
)
def test_a_deny_refuses_plain_text_or_does_not(denial: dict[str, Any], required: bool | None) -> None:  # noqa: FBT001
    assert known(denies_without_tls(policy(denial), "sqs", [QUEUE])) is required


def test_two_denies_may_cover_a_bucket_and_its_objects_between_them() -> None:
    needs = [("arn:*:s3:::chat",), ("arn:*:s3:::chat/*",)]
    one = {**DENY, "Action": "s3:*", "Resource": "arn:aws:s3:::chat"}
    other = {**DENY, "Action": "s3:*", "Resource": "arn:aws:s3:::chat/*"}
    assert known(denies_without_tls(policy(one), "s3", needs)) is False
    assert known(denies_without_tls(policy(other), "s3", needs)) is False
    assert known(denies_without_tls(policy(one, other), "s3", needs)) is True
    assert known(denies_without_tls(policy({**one, "Resource": "arn:aws:s3:::chat*"}), "s3", needs)) is True
    assert known(denies_without_tls(policy({**one, "Resource": "arn:aws:s3:::chat/a/*"}), "s3", needs[1:])) is False
    more = Document(statements=(), more="a part of it is not known")
    assert isinstance(denies_without_tls(more, "s3", needs), Unknown)


def test_brackets_of_an_address_are_no_pattern() -> None:
    assert covers('${aws_s3_bucket.b["x"]}/*', '${aws_s3_bucket.b["x"]}/*') is True
    assert covers('${aws_s3_bucket.b["x"]}*', '${aws_s3_bucket.b["x"]}/*') is True
    assert covers('${aws_s3_bucket.b["x"]}~', '${aws_s3_bucket.b["x"]}/*') is None
    assert covers("arn:aws:s3:::a", "${aws_s3_bucket.b}") is False


# --- databases -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "on"),
    [
        ("postgres14", False),
        ("postgres15", True),
        ("postgres15.7", True),
        ("postgres", None),
        ("aurora-postgresql16", False),
        ("aurora-postgresql17", None),
        ("mysql8.4", False),
        ("aurora-mysql8.0.mysql_aurora.3.05.2", False),
        ("aurora5.6", False),
        ("mariadb11.4", False),
        ("mariadb11.8", True),
        ("sqlserver-se-15.0", False),
        ("sqlserver-ex", False),
        ("oracle-ee-19", None),
        ("", None),
    ],
)
def test_defaults_of_engines_for_tls(family: str, on: bool | None) -> None:  # noqa: FBT001
    assert known(_default(family, "a test")) is on


def db(**after: Any) -> dict[str, Any]:
    return change("aws_db_instance.db", {"engine": "mysql", "identifier": "db", **after})


def test_an_existing_database_is_what_the_refresh_saw() -> None:
    seen = {
        "engine": "postgres",
        "identifier": "db",
        "storage_encrypted": True,
        "kms_key_id": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1",
        "backup_retention_period": 0,
        "parameter_group_name": "default.postgres14",
        "publicly_accessible": False,
    }
    read = facts_of(plan(existing("aws_db_instance.db", seen)))["aws_db_instance.db"]
    assert (read.encrypted, read.point_in_time_recovery, read.requires_tls, read.public) == (True, False, False, False)  # type: ignore[attr-defined]
    assert isinstance(read.key_owner, Unknown)  # type: ignore[attr-defined]
    bare = facts_of(plan(existing("aws_db_instance.db", {"engine": "postgres"})))["aws_db_instance.db"]
    assert all(isinstance(getattr(bare, n), Unknown) for n in ("encrypted", "point_in_time_recovery", "requires_tls"))


def test_a_parameter_group_decides_as_far_as_it_is_known() -> None:
    def tls(*parameters: dict[str, Any], family: str = "mysql8.0", unknown: Any = None) -> Any:
        group = change(
            "aws_db_parameter_group.g",
            {"name": "g", "family": family, "parameter": list(parameters)},
            unknown=unknown or {},
        )
        return fact("aws_db_instance.db", "requires_tls", db(parameter_group_name="g"), group)

    on = {"name": "require_secure_transport", "value": "1"}
    assert tls(on) is True
    assert tls({**on, "value": "OFF"}) is False
    assert tls({**on, "name": "REQUIRE_SECURE_TRANSPORT"}) is True
    assert tls() is False
    assert tls({**on, "value": None}, unknown={"parameter": [{"value": True}]}) is None
    assert tls({"value": "1"}, unknown={"parameter": [{"name": True}]}) is None
    assert tls(on, family="oracle-ee-19") is None


def test_a_parameter_group_of_which_nothing_is_known_decides_nothing() -> None:
    for unknown in ({"parameter": True}, {"family": True}):
        after = {"name": "g", "family": "mysql8.0", "parameter": []}
        hidden = {name: value for name, value in after.items() if name not in unknown}
        group = change("aws_db_parameter_group.g", hidden, unknown=unknown)
        assert fact("aws_db_instance.db", "requires_tls", db(parameter_group_name="g"), group) is None, unknown


def test_a_copy_that_cannot_be_followed_is_undecided() -> None:
    for origin in (
        {"replicate_source_db": "elsewhere"},
        {"snapshot_identifier": "nightly"},
        {"restore_to_point_in_time": [{"source_db_instance_identifier": "elsewhere"}]},
    ):
        read = facts_of(plan(db(**origin)))["aws_db_instance.db"]
        assert isinstance(read.encrypted, Unknown), origin  # type: ignore[attr-defined]
        assert isinstance(read.key_owner, Unknown), origin  # type: ignore[attr-defined]
        assert isinstance(read.point_in_time_recovery, Unknown), origin  # type: ignore[attr-defined]
    assert fact("aws_db_instance.db", "encrypted", db(snapshot_identifier="nightly", storage_encrypted=True)) is True


def test_whether_a_database_is_restored_at_all_may_be_known_only_after_apply() -> None:
    read = facts_of(plan(db(snapshot_identifier="nightly")))["aws_db_instance.db"]
    assert "if set" not in str(read.encrypted)  # type: ignore[attr-defined]
    waiting = change("aws_db_instance.db", {"engine": "postgres"}, unknown={"snapshot_identifier": True})
    read = facts_of(plan(waiting, config={"aws_db_instance.db": {"snapshot_identifier": {"references": ["local.s"]}}}))[
        "aws_db_instance.db"
    ]
    assert "snapshot_identifier is known only after apply; if set" in str(read.encrypted)  # type: ignore[attr-defined]


def test_a_restored_cluster_takes_after_its_source() -> None:
    source = change(
        "aws_rds_cluster.source",
        {"cluster_identifier": "source", "engine": "aurora-mysql", "storage_encrypted": True},
    )
    copy = change(
        "aws_rds_cluster.copy",
        {
            "cluster_identifier": "copy",
            "engine": "aurora-mysql",
            "restore_to_point_in_time": [{"source_cluster_identifier": "source"}],
        },
    )
    joined = change("aws_rds_cluster.joined", {"engine": "aurora-mysql", "global_cluster_identifier": "world"})
    read = facts_of(plan(source, copy, joined))
    assert read["aws_rds_cluster.copy"].encrypted is True  # type: ignore[attr-defined]
    assert isinstance(read["aws_rds_cluster.joined"].encrypted, Unknown)  # type: ignore[attr-defined]


def test_a_public_database_is_said_to_have_an_address_rather_than_to_let_anybody_in() -> None:
    made = change("aws_db_instance.d", {"engine": "postgres", "publicly_accessible": True})
    member = change("aws_rds_cluster_instance.i", {"cluster_identifier": "c", "publicly_accessible": True})
    cluster = change("aws_rds_cluster.c", {"cluster_identifier": "c", "engine": "aurora-mysql"})
    read = facts_of(plan(made, member, cluster))
    why = "it has a public address, in front of which only security groups stand"
    assert read["aws_db_instance.d"].public is True  # type: ignore[attr-defined]
    assert read["aws_db_instance.d"].because["public"] == why
    assert read["aws_rds_cluster.c"].because["public"] == f"aws_rds_cluster_instance.i: {why}"


def test_a_cluster_is_public_through_any_instance() -> None:
    def public(cluster: dict[str, Any], *instances: dict[str, Any]) -> Any:
        made = [
            change(f"aws_rds_cluster_instance.i{n}", {"cluster_identifier": "c", **instance})
            for n, instance in enumerate(instances)
        ]
        owner = {"cluster_identifier": "c", "engine": "aurora-mysql", **cluster}
        return fact("aws_rds_cluster.c", "public", change("aws_rds_cluster.c", owner), *made)

    assert public({}) is False
    assert public({}, {}, {"publicly_accessible": True}) is True
    assert public({}, {"publicly_accessible": "false"}) is False
    assert public({"cluster_members": ["a", "b"]}, {}) is None
    assert public({"db_cluster_instance_class": "db.r6gd.large"}) is None
    assert public({"engine_mode": "serverless"}) is False


# --- tables, queues, log groups, registries --------------------------------------------------------------------------


def test_a_table_existing_or_new_without_blocks() -> None:
    hidden = {"point_in_time_recovery": True, "ttl": True, "server_side_encryption": True}
    new = facts_of(plan(change("aws_dynamodb_table.t", {"name": "t"}, unknown=hidden)))["aws_dynamodb_table.t"]
    assert (new.expires, new.point_in_time_recovery, new.key_owner) == (False, False, "provider")  # type: ignore[attr-defined]
    kept = change("aws_dynamodb_table.t", {"name": "t"}, before={"name": "t"}, unknown=hidden)
    old = facts_of(plan(kept))["aws_dynamodb_table.t"]
    assert all(isinstance(getattr(old, n), Unknown) for n in ("expires", "point_in_time_recovery", "key_owner"))


def test_a_replica_of_a_table_elsewhere_does_not_tell_when_it_expires() -> None:
    arn = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/elsewhere"
    replica = change("aws_dynamodb_table_replica.r", {"global_table_arn": arn, "point_in_time_recovery": True})
    assert fact("aws_dynamodb_table_replica.r", "expires", replica) is None
    assert fact("aws_dynamodb_table_replica.r", "point_in_time_recovery", replica) is True


def test_a_policy_that_is_not_json_leaves_its_store_undecided() -> None:
    for address, after in (
        ("aws_sqs_queue.x", {"name": "x", "policy": "{not json"}),
        ("aws_sns_topic.x", {"name": "x", "policy": "[]"}),
        ("aws_opensearch_domain.x", {"domain_name": "x", "access_policies": "nonsense"}),
    ):
        assert fact(address, "public", change(address, after)) is None, address


def test_an_existing_queue_that_shows_no_encryption_is_undecided() -> None:
    queue = existing("aws_sqs_queue.q", {"name": "q", "policy": ""})
    assert fact("aws_sqs_queue.q", "encrypted", queue) is None
    assert fact("aws_sqs_queue.q", "key_owner", queue) is None
    assert fact("aws_sqs_queue.q", "public", queue) is False
    seen = existing("aws_sqs_queue.q", {"name": "q", "sqs_managed_sse_enabled": True, "kms_master_key_id": ""})
    assert fact("aws_sqs_queue.q", "encrypted", seen) is True
    assert fact("aws_sqs_queue.q", "key_owner", seen) == "provider"


def test_retention_of_a_log_group_in_odd_shapes() -> None:
    def expires(after: dict[str, Any], unknown: Any = None) -> Any:
        return fact(
            "aws_cloudwatch_log_group.g", "expires", change("aws_cloudwatch_log_group.g", after, unknown=unknown)
        )

    assert expires({"retention_in_days": "30"}) is True
    assert expires({"retention_in_days": None}) is False
    assert expires({"retention_in_days": "for ever"}) is False
    assert expires({}, {"retention_in_days": True}) is None


def test_masking_by_a_policy_of_the_account() -> None:
    group = change("aws_cloudwatch_log_group.g", {"name": "g"})
    mask = json.dumps({"Statement": [{"Operation": {"Deidentify": {}}}]})
    account = {"policy_type": "DATA_PROTECTION_POLICY", "policy_document": mask}
    wide = change("aws_cloudwatch_log_account_policy.a", account)
    assert fact("aws_cloudwatch_log_group.g", "masks_personal_data", group, wide) is True
    assert fact("aws_cloudwatch_log_group.g", "hides_people", group, wide) is None, "another policy may"
    for document in ("[]", "nonsense", json.dumps({"Statement": "odd"}), json.dumps({"Statement": [None]})):
        own = change(
            "aws_cloudwatch_log_data_protection_policy.p", {"log_group_name": "g", "policy_document": document}
        )
        assert fact("aws_cloudwatch_log_group.g", "masks_personal_data", group, own) is None, document
    hidden = change(
        "aws_cloudwatch_log_data_protection_policy.p", {"log_group_name": "g"}, unknown={"policy_document": True}
    )
    assert fact("aws_cloudwatch_log_group.g", "masks_personal_data", group, hidden) is None


@pytest.mark.parametrize(
    ("statements", "hides"),
    [
        ([("Deidentify", ["Name", "EmailAddress", "PhoneNumber-US", "CreditCardNumber"])], True),
        ([("Deidentify", ["Name", "EmailAddress"]), ("Deidentify", ["PhoneNumber-DE"])], True),
        ([("Deidentify", ["CreditCardNumber"])], False),
        ([("Deidentify", ["EmailAddress", "PhoneNumber-US"])], False),
        ([("Audit", ["Name", "EmailAddress", "PhoneNumber-US"]), ("Deidentify", ["Name"])], False),
        ([("Deidentify", [])], False),
    ],
)
def test_a_topic_hides_people_where_all_that_tells_who_they_are_is_masked(
    statements: list[tuple[str, list[str]]], hides: object
) -> None:
    arn = "arn:aws:dataprotection::aws:data-identifier"
    document = [{"DataIdentifier": [f"{arn}/{n}" for n in names], "Operation": {how: {}}} for how, names in statements]
    topic = change("aws_sns_topic.t", {"name": "t", "arn": "arn:aws:sns:us-east-1:111122223333:t"})
    values = {"arn": "arn:aws:sns:us-east-1:111122223333:t", "policy": json.dumps({"Statement": document})}
    own = change("aws_sns_topic_data_protection_policy.p", values)
    assert fact("aws_sns_topic.t", "hides_people", topic, own) is hides


def test_a_policy_that_waits_for_apply_leaves_open_whether_people_are_hidden() -> None:
    topic = change("aws_sns_topic.t", {"name": "t", "arn": "arn:aws:sns:us-east-1:111122223333:t"})
    values = {"arn": "arn:aws:sns:us-east-1:111122223333:t"}
    hidden = change("aws_sns_topic_data_protection_policy.p", values, unknown={"policy": True})
    assert fact("aws_sns_topic.t", "hides_people", topic, hidden) is None
    assert fact("aws_sns_topic.t", "hides_people", topic) is False


def test_a_registry_without_its_own_key_uses_one_of_aws() -> None:
    def owner(after: dict[str, Any], unknown: Any = None) -> Any:
        return fact("aws_ecr_repository.r", "key_owner", change("aws_ecr_repository.r", after, unknown=unknown))

    assert owner({"name": "r"}) == "provider"
    assert owner({"name": "r", "encryption_configuration": [{"encryption_type": "AES256"}]}) == "provider"
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
    kms = {"name": "r", "encryption_configuration": [{"encryption_type": "KMS", "kms_key": arn}]}
    config = {"aws_ecr_repository.r": {"encryption_configuration": [{"kms_key": {"constant_value": arn}}]}}
    read = facts_of(plan(change("aws_ecr_repository.r", kms), config=config))
    assert read["aws_ecr_repository.r"].key_owner == "customer"  # type: ignore[attr-defined]
    hidden = {"name": "r", "encryption_configuration": [{}]}
    assert owner(hidden, {"encryption_configuration": [{"encryption_type": True}]}) is None


# --- search ----------------------------------------------------------------------------------------------------------


def test_a_domain_in_odd_shapes() -> None:
    def domain(name: str, after: dict[str, Any], unknown: Any = None) -> Any:
        made = change("aws_opensearch_domain.d", {"domain_name": "d", **after}, unknown=unknown)
        return fact("aws_opensearch_domain.d", name, made)

    assert domain("public", {}, {"vpc_options": True}) is None
    assert domain("access_logged", {}, {"log_publishing_options": True}) is None
    assert (
        domain("access_logged", {"log_publishing_options": [{}]}, {"log_publishing_options": [{"log_type": True}]})
        is None
    )
    audit = {"log_publishing_options": [{"log_type": "AUDIT_LOGS"}]}
    assert domain("access_logged", audit) is True
    assert domain("access_logged", audit, {"log_publishing_options": [{"enabled": True}]}) is None
    assert domain("encrypted", {"encrypt_at_rest": [{}]}, {"encrypt_at_rest": [{"enabled": True}]}) is None
    assert domain("key_owner", {"encrypt_at_rest": [{}]}, {"encrypt_at_rest": [{"enabled": True}]}) is None
    assert domain("key_owner", {"encrypt_at_rest": [{"enabled": False}]}) == "none"
    assert domain("requires_tls", {"domain_endpoint_options": [{}]}) is True


def test_an_open_policy_opens_no_domain_whose_users_must_sign_in() -> None:
    """Amazon OpenSearch Service Developer Guide, "Fine-grained access control", asks for such a policy."""
    arn = f"arn:aws:es:eu-west-1:{ACCOUNT}:domain/d/*"
    grant = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:ESHttp*", "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [grant]})

    def public(unknown: Any = None, **options: Any) -> Any:
        after: dict[str, Any] = {"domain_name": "d", "access_policies": document}
        if options:
            after["advanced_security_options"] = [options]
        hidden = {"advanced_security_options": unknown} if unknown else None
        return fact("aws_opensearch_domain.d", "public", change("aws_opensearch_domain.d", after, unknown=hidden))

    assert public() is True
    assert public(unknown=True) is True, "a new domain without the block has it off"
    assert public(enabled=False) is True
    assert public(enabled=True) is False
    assert public(enabled=True, anonymous_auth_enabled=False) is False
    assert public(enabled=True, anonymous_auth_enabled=True) is True
    assert public(unknown=[{"enabled": True}], internal_user_database_enabled=True) is None


def security(name: str, type_: str, policy: Any, **more: Any) -> dict[str, Any]:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    after = {"name": name, "type": type_, "policy": None if "unknown" in more else text}
    return change(f"aws_opensearchserverless_security_policy.{name}", after, **more)


def test_policies_of_collections_in_odd_shapes() -> None:
    collection = change("aws_opensearchserverless_collection.c", {"name": "c"})

    def read(name: str, *policies: dict[str, Any]) -> Any:
        return fact("aws_opensearchserverless_collection.c", name, collection, *policies)

    rules = [{"ResourceType": "collection", "Resource": ["collection/c"]}]
    for odd in ("nonsense", "null", '["x"]', '[{"Rules": "x"}]', '[{"Rules": [1, {"Resource": "x"}]}]'):
        assert read("public", security("n", "network", odd)) is None, odd
    assert read("public", security("n", "network", [{"Rules": rules}])) is False
    assert read("public", security("n", "network", [{"Rules": rules, "AllowFromPublic": True}])) is True
    unread = security("n", "network", "", unknown={"policy": True})
    assert read("public", unread, security("m", "network", [{"Rules": rules}])) is None
    assert read("key_owner", security("e", "encryption", {"Rules": rules, "AWSOwnedKey": True})) == "provider"
    assert read("key_owner", security("c", "encryption", "", unknown={"policy": True})) is None
    wide = {"Rules": [{"Resource": ["collection/*"]}], "KmsARN": "arn:aws:kms:eu-west-1:123456789012:key/1"}
    assert read("key_owner", security("e", "encryption", wide)) == "customer"
    assert (
        read("key_owner", security("e", "encryption", wide), security("u", "encryption", "", unknown={"policy": True}))
        is None
    )
    assert read("expires") is None


def test_a_collection_that_exists_knows_its_key() -> None:
    def owner(key: str) -> Any:
        seen = existing("aws_opensearchserverless_collection.c", {"name": "c", "kms_key_arn": key})
        return fact("aws_opensearchserverless_collection.c", "key_owner", seen)

    assert owner("auto") == "provider"
    assert owner("arn:aws:kms:eu-west-1:123456789012:key/1") == "customer"
    unnamed = change("aws_opensearchserverless_collection.c", {}, unknown={"name": True})
    for name in ("key_owner", "public", "expires"):
        assert fact("aws_opensearchserverless_collection.c", name, unnamed) is None


# --- what cannot be joined -------------------------------------------------------------------------------------------


def hidden(address: str, attribute: str, references: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A split resource whose owner is known only after apply, and the expression that names it."""
    made = change(address, {"policy": json.dumps({"Statement": [ALLOW]})}, unknown={attribute: True})
    return made, {address: {attribute: {"references": references}, "policy": {}}}


def test_a_policy_that_may_be_anybodys_leaves_every_queue_undecided() -> None:
    queue = change("aws_sqs_queue.q", {"name": "q"}, unknown={"id": True})
    split, config = hidden("aws_sqs_queue_policy.p", "queue_url", ["local.url"])
    read = facts_of(plan(queue, split, config={"aws_sqs_queue.q": {"name": {}}, **config}))["aws_sqs_queue.q"]
    assert isinstance(read.public, Unknown)  # type: ignore[attr-defined]
    assert isinstance(read.requires_tls, Unknown)  # type: ignore[attr-defined]


def test_a_policy_of_a_replica_is_not_that_of_its_table() -> None:
    table = change("aws_dynamodb_table.t", {"name": "t"}, unknown={"arn": True})
    replica = change("aws_dynamodb_table_replica.r", {}, unknown={"arn": True, "global_table_arn": True})
    split, config = hidden("aws_dynamodb_resource_policy.p", "resource_arn", ["aws_dynamodb_table_replica.r.arn"])
    more: dict[str, dict[str, Any]] = {
        "aws_dynamodb_table.t": {"name": {}},
        "aws_dynamodb_table_replica.r": {"global_table_arn": {"references": ["aws_dynamodb_table.t.arn"]}},
    }
    read = facts_of(plan(table, replica, split, config={**config, **more}))
    assert read["aws_dynamodb_table.t"].public is False  # type: ignore[attr-defined]
    assert read["aws_dynamodb_table_replica.r"].public is True  # type: ignore[attr-defined]


def test_a_table_of_which_parts_wait_for_others() -> None:
    def table(name: str, after: dict[str, Any], unknown: dict[str, Any]) -> Any:
        return fact(
            "aws_dynamodb_table.t", name, change("aws_dynamodb_table.t", {"name": "t", **after}, unknown=unknown)
        )

    block: dict[str, Any] = {"server_side_encryption": [{}]}
    assert table("key_owner", block, {"server_side_encryption": [{"enabled": True}]}) is None
    on = {"server_side_encryption": [{"enabled": True}]}
    assert table("key_owner", on, {"replica": True}) is None
    assert table("key_owner", on, {"server_side_encryption": [{"kms_key_arn": True}]}) is None
    replica = {**on, "replica": [{"region_name": "eu-west-3"}]}
    assert table("key_owner", replica, {"server_side_encryption": [{"kms_key_arn": True}]}) == "provider"


def test_a_table_whose_policy_waits_or_cannot_be_told() -> None:
    table = change("aws_dynamodb_table.t", {"name": "t"}, unknown={"arn": True})
    after = {"resource_arn": "t"}
    waiting = change("aws_dynamodb_resource_policy.p", after, unknown={"policy": True})
    assert fact("aws_dynamodb_table.t", "public", table, waiting) is None
    split, config = hidden("aws_dynamodb_resource_policy.p", "resource_arn", ["local.arn"])
    assert fact("aws_dynamodb_table.t", "public", table, split, config=config) is None


def test_a_database_of_which_parts_wait_for_others() -> None:
    for name, attribute in (
        ("encrypted", "storage_encrypted"),
        ("point_in_time_recovery", "backup_retention_period"),
        ("requires_tls", "engine"),
        ("requires_tls", "engine_version"),
        ("public", "publicly_accessible"),
    ):
        after = {"engine": "postgres", "identifier": "db"}
        after.pop(attribute, None)
        config = {"aws_db_instance.db": {attribute: {"references": ["local.x"]}}}
        made = change("aws_db_instance.db", after, unknown={attribute: True})
        assert fact("aws_db_instance.db", name, made, config=config) is None, name


def test_a_replica_without_backups_is_restored_through_its_source() -> None:
    source = change("aws_db_instance.source", {"identifier": "source", "backup_retention_period": 7, "engine": "mysql"})
    replica = db(replicate_source_db="source", backup_retention_period=0)
    assert fact("aws_db_instance.db", "point_in_time_recovery", source, replica) is True
    assert fact("aws_db_instance.db", "point_in_time_recovery", replica) is None


def test_an_instance_that_may_be_any_clusters_leaves_them_undecided() -> None:
    cluster = change("aws_rds_cluster.c", {"cluster_identifier": "c", "engine": "aurora-mysql"}, unknown={"id": True})
    instance = change("aws_rds_cluster_instance.i", {}, unknown={"cluster_identifier": True})
    config = {"aws_rds_cluster_instance.i": {"cluster_identifier": {"references": ["local.id"]}}}
    assert fact("aws_rds_cluster.c", "public", cluster, instance, config=config) is None
    unsure = change("aws_rds_cluster_instance.i", {"cluster_identifier": "c"}, unknown={"publicly_accessible": True})
    config = {"aws_rds_cluster_instance.i": {"publicly_accessible": {"references": ["local.public"]}}}
    assert fact("aws_rds_cluster.c", "public", cluster, unsure, config=config) is None


def test_a_registry_of_which_parts_wait_for_others() -> None:
    old = change(
        "aws_ecr_repository.r", {"name": "r"}, before={"name": "r"}, unknown={"encryption_configuration": True}
    )
    assert fact("aws_ecr_repository.r", "key_owner", old) is None
    assert fact("aws_ecr_repository.r", "public", old) is None


def test_an_unread_policy_belongs_to_what_awaits_it() -> None:
    key = change("aws_kms_key.k", {}, unknown={"arn": True})
    one = change('aws_opensearchserverless_collection.c["one"]', {"name": "c-one"})
    other = change('aws_opensearchserverless_collection.c["other"]', {"name": "c-other"})
    policy_of_one = change(
        'aws_opensearchserverless_security_policy.e["one"]',
        {"name": "e-one", "type": "encryption"},
        unknown={"policy": True},
    )
    document = json.loads(
        plan(
            key,
            one,
            other,
            policy_of_one,
            config={
                "aws_kms_key.k": {},
                "aws_opensearchserverless_collection.c": {"name": {}},
                "aws_opensearchserverless_security_policy.e": {"policy": {"references": ["aws_kms_key.k.arn"]}},
            },
        )
    )
    for block in document["configuration"]["root_module"]["resources"]:
        if block["type"] == "aws_opensearchserverless_collection":
            block["depends_on"] = ["aws_opensearchserverless_security_policy.e"]
    read = facts_of(json.dumps(document).encode())
    assert read['aws_opensearchserverless_collection.c["one"]'].key_owner == "customer"  # type: ignore[attr-defined]
    assert isinstance(read['aws_opensearchserverless_collection.c["other"]'].key_owner, Unknown)  # type: ignore[attr-defined]
