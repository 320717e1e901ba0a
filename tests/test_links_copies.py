"""What carries data on, and what deletes: expected by hand from fixtures/aws/flows/copies/main.tf."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows import fixture, flows, hidden, told, world_of
from scanner.kinds import Store
from worlds import change

FIREHOSE = "aws_kinesis_firehose_delivery_stream.{}"
EVENTS, TURNS, USERS = "aws_kinesis_stream.events", "aws_dynamodb_table.turns", "aws_dynamodb_table.users"
MAIN = "aws_db_instance.main"
RULES = (
    "aws-log-subscription", "aws-delivery-stream", "aws-metric-stream", "aws-replication", "aws-backup", "aws-crawler",
    "aws-query-results", "aws-export",
)  # fmt: skip


def bucket(name: str) -> str:
    return f'aws_s3_bucket.this["{name}"]'


def function(name: str) -> str:
    return f'aws_lambda_function.this["{name}"]'


def group(number: int) -> str:
    return f"aws_cloudwatch_log_group.chat[{number}]"


def vault(name: str) -> str:
    return f'aws_backup_vault.this["{name}"]'


DELIVERED = {
    (FIREHOSE.format("lake"), "invokes", function("masker")),
    (FIREHOSE.format("lake"), "exports_to", bucket("lake")),
    (FIREHOSE.format("vendor"), "exports_to", "ext:api.datadoghq.com"),
    (FIREHOSE.format("vendor"), "exports_to", bucket("failed")),
    (FIREHOSE.format("search"), "exports_to", "aws_opensearch_domain.chat"),
    (FIREHOSE.format("search"), "exports_to", "ext:arn:aws:s3:::central-failed"),
    (FIREHOSE.format("warehouse"), "exports_to", "aws_redshift_cluster.chat"),
    (FIREHOSE.format("warehouse"), "exports_to", bucket("lake")),
    (FIREHOSE.format("splunk"), "exports_to", "ext:splunkcloud.com"),
    (FIREHOSE.format("splunk"), "exports_to", bucket("failed")),
    (EVENTS, "reads_from", FIREHOSE.format("lake")),
    ("aws_cloudwatch_metric_stream.all", "exports_to", FIREHOSE.format("vendor")),
}
COPIED = {
    (bucket("chats"), "replicates_to", bucket("replica")),
    (bucket("chats"), "replicates_to", "ext:arn:aws:s3:::partner-copies"),
    (TURNS, "replicates_to", f"{TURNS}@eu-west-1"),
    (MAIN, "replicates_to", "aws_db_instance.reader"),
    (MAIN, "backs_up_to", vault("near")),
    (USERS, "backs_up_to", vault("near")),
    (vault("near"), "backs_up_to", vault("far")),
    (vault("short"), "backs_up_to", vault("archive")),
    (vault("short"), "backs_up_to", vault("longer")),
}
SELECTED = {(TURNS, "backs_up_to", vault("near")), (bucket("chats"), "backs_up_to", vault("near"))}
"""Backups by a tag, and by a pattern."""

EXPORTED = {
    (bucket("lake"), "reads_from", "aws_glue_crawler.lake"),
    (TURNS, "reads_from", "aws_glue_crawler.lake"),
    ("aws_athena_workgroup.analysts", "writes_to", bucket("results")),
    (TURNS, "exports_to", EVENTS),
    (TURNS, "exports_to", bucket("exported")),
    (bucket("exported"), "reads_from", "aws_appflow_flow.crm"),
    ("aws_appflow_flow.crm", "exports_to", "ext:salesforce.com"),
    (MAIN, "reads_from", "aws_dms_replication_task.lake"),
    ("aws_dms_replication_task.lake", "exports_to", bucket("lake")),
    (bucket("chats"), "reads_from", "aws_datasync_task.copy"),
    ("aws_datasync_task.copy", "exports_to", bucket("exported")),
}
SUBSCRIBED = {
    (group(0), "exports_to", FIREHOSE.format("lake")),
    (group(1), "exports_to", EVENTS),
    (group(2), "exports_to", function("shipper")),
}


def test_what_carries_data_on() -> None:
    declared = {(*one, "declared") for one in DELIVERED | COPIED | EXPORTED | SUBSCRIBED}
    assert told(fixture("copies"), *RULES) == declared | {(*one, "likely") for one in SELECTED}


def test_a_plan_alone_tells_the_same_but_what_a_loop_hands_out() -> None:
    found = told(fixture("copies", sources=False), *RULES)
    sure = {one[:3] for one in found if one[3] != "possible"}
    loop = {one for one in EXPORTED if "aws_datasync_task.copy" in one}
    assert sure >= (DELIVERED | COPIED | EXPORTED | SELECTED) - loop
    assert sure <= DELIVERED | COPIED | EXPORTED | SELECTED | SUBSCRIBED


def test_a_replica_is_a_table_of_its_own_in_another_region() -> None:
    found = next(one for one in fixture("copies").resources if one.id == f"{TURNS}@eu-west-1")
    assert isinstance(found, Store)
    assert (found.type, found.region) == ("table", "eu-west-1")


def test_what_carries_data_on_is_a_store_of_its_own() -> None:
    known = {one.id: one for one in fixture("copies").resources}
    assert {known[FIREHOSE.format("lake")].type, known[vault("far")].type} == {"stream", "vault"}
    assert known["aws_redshift_cluster.chat"].type == "database"


def test_jobs_that_delete() -> None:
    found = {one.id: one for one in flows(fixture("copies")).values() if one.how == "deletes"}
    cleaned = found[f"{function('cleaner')} -> {USERS} (deletes)"]
    assert cleaned.tier == "likely"
    assert "aws_cloudwatch_event_rule.nightly runs it" in cleaned.reason
    swept = found[f"{function('sweeper')} -> {bucket('chats')} (deletes)"]
    assert "aws_scheduler_schedule.hourly runs it" in swept.reason, "by way of a workflow"
    assert "runs it" not in found[f"{function('idle')} -> {USERS} (deletes)"].reason
    assert not any(one.target == bucket("scratch") for one in found.values()), "to delete a bucket takes out no data"


def job(**more: Any) -> list[dict[str, Any]]:
    allowed = {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::b/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    role = "arn:aws:iam::111122223333:role/r"
    return [
        change("aws_s3_bucket.b", {"bucket": "b"}),
        change("aws_iam_role.r", {"name": "r", "arn": role}),
        change("aws_iam_role_policy.p", {"role": "r", "name": "p", "policy": policy}),
        change(
            "aws_ecs_task_definition.t",
            {"family": "t", "arn": "arn:t", "task_role_arn": role},
        ),
        change("aws_cloudwatch_event_rule.r", {"name": "r", "schedule_expression": "rate(1 day)", **more}),
        change(
            "aws_cloudwatch_event_target.t",
            {
                "rule": "r",
                "arn": "arn:aws:ecs:us-east-1:111122223333:cluster/c",
                "ecs_target": [{"task_definition_arn": "arn:t"}],
            },
        ),
    ]


@pytest.mark.parametrize(("more", "runs"), [({}, True), ({"state": "DISABLED"}, False), ({"is_enabled": False}, False)])
def test_a_task_on_a_schedule_that_deletes(more: dict[str, Any], runs: bool) -> None:  # noqa: FBT001 - cases
    found = flows(world_of(*job(**more)))["aws_ecs_task_definition.t -> aws_s3_bucket.b (deletes)"]
    assert ("runs it" in found.reason) is runs


def test_subscriptions_behind_a_destination_of_other_accounts() -> None:
    world = world_of(
        change("aws_cloudwatch_log_group.g", {"name": "g"}),
        change("aws_cloudwatch_log_subscription_filter.f", {"log_group_name": "g", "destination_arn": "arn:d"}),
        change("aws_cloudwatch_log_destination.d", {"name": "d", "arn": "arn:d", "target_arn": "arn:s"}),
        change("aws_kinesis_stream.s", {"name": "s", "arn": "arn:s"}),
    )
    assert told(world, "aws-log-sub") == {
        ("aws_cloudwatch_log_group.g", "exports_to", "aws_kinesis_stream.s", "declared")
    }


def test_log_groups_that_another_account_may_read() -> None:
    def shared(types: list[str]) -> set[tuple[str, str, str, str]]:
        sink = "arn:aws:oam:us-east-1:444455556666:sink/s"
        world = world_of(
            change("aws_cloudwatch_log_group.g", {"name": "g"}),
            change("aws_oam_link.l", {"sink_identifier": sink, "resource_types": types}),
        )
        return told(world, "aws-shared-logs")

    sink = "ext:arn:aws:oam:us-east-1:444455556666:sink/s"
    assert shared(["AWS::Logs::LogGroup"]) == {("aws_cloudwatch_log_group.g", "exports_to", sink, "likely")}
    assert shared(["AWS::XRay::Trace"]) == set()


def test_what_is_not_known_hides_flows() -> None:
    unknown = {"http_endpoint_configuration": [{"url": True}]}
    stream = {"name": "f", "http_endpoint_configuration": [{"name": "v"}]}
    world = world_of(change("aws_kinesis_firehose_delivery_stream.f", stream, unknown=unknown))
    assert "aws_kinesis_firehose_delivery_stream.f" in hidden(world)


def test_backups_of_what_no_inspector_reads() -> None:
    def selection(**values: Any) -> dict[str, Any]:
        return change("aws_backup_selection.s", {"name": "s", "plan_id": "p", "iam_role_arn": "arn:r", **values})

    file_system = "arn:aws:elasticfilesystem:us-east-1:111122223333:file-system/fs-1"
    rest = (
        change("aws_backup_vault.v", {"name": "v"}),
        change("aws_backup_plan.p", {"id": "p", "name": "p", "rule": [{"rule_name": "d", "target_vault_name": "v"}]}),
        change("aws_efs_file_system.f", {"id": "fs-1", "arn": file_system, "tags": {"Backup": "yes"}}),
    )
    tag = {"type": "STRINGEQUALS", "key": "Backup", "value": "yes"}
    kept = ("aws_efs_file_system.f", "backs_up_to", "aws_backup_vault.v")
    assert told(world_of(*rest, selection(resources=[file_system])), "aws-backup") == {(*kept, "declared")}
    assert told(world_of(*rest, selection(selection_tag=[tag])), "aws-backup") == {(*kept, "likely")}
    assert told(world_of(*rest, selection(selection_tag=[{**tag, "value": "no"}])), "aws-backup") == set()


def test_more_copies_of_databases_and_files() -> None:
    efs = {"source_file_system_id": "fs-1", "destination": [{"file_system_id": "fs-2"}]}
    world = world_of(
        change("aws_db_instance.a", {"identifier": "a", "arn": "arn:a"}),
        change("aws_db_instance_automated_backups_replication.r", {"source_db_instance_arn": "arn:a"}),
        change("aws_dynamodb_table.t", {"name": "t", "arn": "arn:t"}),
        change("aws_dynamodb_table_replica.r", {"global_table_arn": "arn:t"}),
        change("aws_efs_file_system.one", {"id": "fs-1"}),
        change("aws_efs_file_system.two", {"id": "fs-2"}),
        change("aws_efs_replication_configuration.e", efs),
    )
    assert told(world, "aws-backup", "aws-replication", "aws-export") == {
        ("aws_db_instance.a", "backs_up_to", "aws_db_instance_automated_backups_replication.r", "declared"),
        ("aws_dynamodb_table.t", "replicates_to", "aws_dynamodb_table_replica.r", "declared"),
        ("aws_efs_file_system.one", "exports_to", "aws_efs_file_system.two", "declared"),
    }


def test_migrations_between_hosts() -> None:
    kinesis = [{"stream_arn": "arn:s"}]
    task = {"source_endpoint_arn": "arn:from", "target_endpoint_arn": "arn:to"}
    world = world_of(
        change("aws_dms_endpoint.from", {"id": "arn:from", "server_name": "db.example.net"}),
        change("aws_dms_endpoint.to", {"id": "arn:to", "kinesis_settings": kinesis}),
        change("aws_kinesis_stream.s", {"name": "s", "arn": "arn:s"}),
        change("aws_dms_replication_task.t", task),
    )
    task_ = "aws_dms_replication_task.t"
    assert told(world, "aws-export") == {
        ("ext:db.example.net", "reads_from", task_, "declared"),
        (task_, "exports_to", "aws_kinesis_stream.s", "declared"),
    }


def test_documents_of_an_index_of_kendra() -> None:
    web = {"urls": [{"seed_url_configuration": [{"seed_urls": ["https://docs.example.org/a"]}]}]}
    configuration = [{"s3_configuration": [{"bucket_name": "docs"}], "web_crawler_configuration": [web]}]
    world = world_of(
        change("aws_kendra_index.i", {"id": "i", "name": "i"}),
        change("aws_kendra_data_source.d", {"index_id": "i", "configuration": configuration}),
        change("aws_s3_bucket.docs", {"bucket": "docs"}),
    )
    assert told(world, "aws-export") == {
        ("aws_s3_bucket.docs", "exports_to", "aws_kendra_index.i", "declared"),
        ("ext:docs.example.org", "exports_to", "aws_kendra_index.i", "declared"),
    }


def test_a_cluster_in_a_jdbc_url() -> None:
    def loaded(url: str) -> set[str]:
        stream = {"name": "f", "redshift_configuration": [{"cluster_jdbcurl": url}]}
        cluster = {"cluster_identifier": "c", "endpoint": "c.abc.us-east-1.redshift.amazonaws.com:5439"}
        world = world_of(
            change("aws_kinesis_firehose_delivery_stream.f", stream), change("aws_redshift_cluster.c", cluster)
        )
        return {target for _, _, target, _ in told(world, "aws-delivery-stream")}

    host = "c.abc.us-east-1.redshift.amazonaws.com"
    assert loaded(f"jdbc:redshift://{host}:5439/db") == {"aws_redshift_cluster.c"}
    assert loaded("jdbc:redshift://other.example.net:5439/db") == {"ext:other.example.net"}
