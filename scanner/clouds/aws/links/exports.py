"""Exports: jobs and settings that carry what a store holds into another, or to somebody else.

Sources: AWS Glue Developer Guide, "Crawler properties"; Amazon Athena User Guide, "Specify a query result location";
Amazon AppFlow User Guide, "Supported source and destination applications"; AWS Database Migration Service User Guide,
"Sources for data migration"; AWS DataSync User Guide, "Where can I transfer my data"; Amazon DynamoDB Developer Guide,
"DynamoDB data export to Amazon S3" and "Using Kinesis Data Streams to capture changes"; Amazon RDS User Guide,
"Exporting DB snapshot data to Amazon S3" and "Working with zero-ETL integrations"; Amazon Kendra Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from scanner.clouds.aws.links.ends import BUCKET, DATABASE, STREAM, End, end_of, ends, hidden, link, vendor
from scanner.clouds.aws.links.logs import within
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_TABLE = ("aws_dynamodb_table",)
_DATABASES = (*DATABASE, "aws_docdb_cluster", "aws_neptune_cluster", "aws_redshift_cluster")
_INDEX = ("aws_kendra_index",)
_FILES = ("aws_efs_file_system",)
_WAREHOUSE = ("aws_redshift_cluster", "aws_redshiftserverless_namespace", "aws_redshiftserverless_workgroup")

_PAIRS = (
    ("aws_dynamodb_kinesis_streaming_destination", "table_name", _TABLE, "stream_arn", STREAM),
    ("aws_dynamodb_table_export", "table_arn", _TABLE, "s3_bucket", BUCKET),
    ("aws_rds_export_task", "source_arn", _DATABASES, "s3_bucket_name", BUCKET),
    ("aws_rds_integration", "source_arn", (*DATABASE, *_TABLE), "target_arn", _WAREHOUSE),
    ("aws_efs_replication_configuration", "source_file_system_id", _FILES, "", _FILES),
)
"""Types that name a store and where its data is carried: what both attributes name."""

_SAAS: Mapping[str, str] = {
    "Amplitude": "api2.amplitude.com",
    "Datadog": "api.datadoghq.com",
    "Dynatrace": "live.dynatrace.com",
    "Googleanalytics": "analyticsreporting.googleapis.com",
    "Marketo": "mktorest.com",
    "Salesforce": "salesforce.com",
    "Servicenow": "service-now.com",
    "Slack": "slack.com",
    "Snowflake": "snowflakecomputing.com",
    "Upsolver": "upsolver.com",
    "Veeva": "veevavault.com",
    "Zendesk": "zendesk.com",
}
"""Who is behind a connector of AppFlow."""

_CRAWLED = (("s3_target", "path", BUCKET), ("dynamodb_target", "path", _TABLE))
_LOCATIONS = (
    ("aws_datasync_location_s3", "s3_bucket_arn", BUCKET),
    ("aws_datasync_location_efs", "efs_file_system_arn", _FILES),
)
_ENDPOINTS = ("aws_dms_endpoint", "aws_dms_s3_endpoint")


def flows(seen: Seen) -> Iterator[Linked]:
    """Everything that carries data from one store to another."""
    for type_, source, sources, target, targets in _PAIRS:
        for owner in seen.planned.of(type_):
            for start in ends(seen, owner, source, sources):
                found = list(_targets(seen, owner, target, targets))
                yield from _carried(seen, start, found, owner, target or "destination")
                yield from hidden(seen, owner, target, targets, start.id)
    yield from _crawled(seen)
    yield from _queried(seen)
    yield from _jobs(seen)


def _crawled(seen: Seen) -> Iterator[Linked]:
    for crawler in seen.planned.of("aws_glue_crawler"):
        for name, attribute, types in _CRAWLED:
            for (block,) in within(crawler, (name,)):
                for found in ends(seen, crawler, attribute, types, block):
                    yield from link(
                        seen, "reads_from", found, end_of(seen, crawler), owner=crawler, rule="aws-crawler",
                        attribute=f"{name}.{attribute}", reason="the crawler reads it for its tables", encrypted=True,
                    )  # fmt: skip


def _queried(seen: Seen) -> Iterator[Linked]:
    for group in seen.planned.of("aws_athena_workgroup"):
        for blocks in within(group, ("configuration", "result_configuration")):
            for found in ends(seen, group, "output_location", BUCKET, blocks[-1]):
                yield from link(
                    seen, "writes_to", end_of(seen, group), found, owner=group, rule="aws-query-results",
                    attribute="configuration.result_configuration.output_location",
                    reason="results of queries are put there", encrypted=True,
                )  # fmt: skip


def _jobs(seen: Seen) -> Iterator[Linked]:
    for flow in seen.planned.of("aws_appflow_flow"):
        yield from _appflow(seen, flow)
    for task in seen.planned.of("aws_dms_replication_task"):
        names = ("source_endpoint_arn", "target_endpoint_arn")
        yield from _through(seen, task, _migrated(seen, task, names[0]), _migrated(seen, task, names[1]), names)
    for task in seen.planned.of("aws_datasync_task"):
        names = ("source_location_arn", "destination_location_arn")
        yield from _through(seen, task, _located(seen, task, names[0]), _located(seen, task, names[1]), names)
    for source in seen.planned.of("aws_kendra_data_source"):
        yield from _searched(seen, source)


def _targets(seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...]) -> Iterator[End]:
    if attribute:
        yield from ends(seen, owner, attribute, types)
        return
    for (block,) in within(owner, ("destination",)):
        yield from ends(seen, owner, "file_system_id", types, block)


def _through(
    seen: Seen, job: PlannedResource, starts: Iterable[End], targets: Iterable[End], attributes: tuple[str, str]
) -> Iterator[Linked]:
    """A job of its own, between what it reads and where it puts that."""
    for start in starts:
        yield from link(
            seen, "reads_from", start, end_of(seen, job), owner=job, rule="aws-export", attribute=attributes[0],
            reason="it carries on what is there", encrypted=True,
        )  # fmt: skip
    yield from _carried(seen, end_of(seen, job), targets, job, attributes[1])


def _carried(
    seen: Seen, start: End, targets: Iterable[End], owner: PlannedResource, attribute: str
) -> Iterator[Linked]:
    for target in targets:
        yield from link(
            seen, "exports_to", start, target, owner=owner, rule="aws-export", attribute=attribute,
            reason="what it holds is carried there", encrypted=True,
        )  # fmt: skip


def _appflow(seen: Seen, flow: PlannedResource) -> Iterator[Linked]:
    names = ("source_flow_config", "destination_flow_config")
    sources, targets = (
        [
            end
            for (block,) in within(flow, (name,))
            for end in _connected(seen, flow, block, name.replace("flow_config", "connector_properties"))
        ]
        for name in names
    )
    yield from _through(seen, flow, sources, targets, names)


def _connected(seen: Seen, flow: PlannedResource, block: Block, properties: str) -> Iterator[End]:
    """What a connector reads or writes."""
    host = _SAAS.get(str(block.values.get("connector_type")))
    known = vendor(host, named=False) if host else None
    if known is not None:
        yield known
    for blocks in within(flow, (properties, "s3"), (block,)):
        yield from ends(seen, flow, "bucket_name", BUCKET, blocks[-1])


def _migrated(seen: Seen, task: PlannedResource, attribute: str) -> Iterator[End]:
    """The store behind an endpoint of a migration."""
    endpoint = seen.planned.target(task, attribute, _ENDPOINTS)
    if not isinstance(endpoint, PlannedResource):
        return
    if endpoint.type == _ENDPOINTS[1]:
        yield from ends(seen, endpoint, "bucket_name", BUCKET)
        return
    for name, inner, types in (("s3_settings", "bucket_name", BUCKET), ("kinesis_settings", "stream_arn", STREAM)):
        for (block,) in within(endpoint, (name,)):
            yield from ends(seen, endpoint, inner, types, block)
    mentioned = seen.planned.mentioned(endpoint, "server_name")
    found = [one for one in mentioned if one.type in _DATABASES and one.mode == "managed"]
    yield from (end_of(seen, one) for one in found)
    host = endpoint.values.get("server_name")
    if isinstance(host, str) and host and not found:
        known = [
            one
            for one in seen.planned.of(*_DATABASES)
            if host in {one.values.get("address"), one.values.get("endpoint")}
        ]
        outer = vendor(host)
        yield from (end_of(seen, one) for one in known)
        yield from (outer,) if outer is not None and not known else ()


def _located(seen: Seen, task: PlannedResource, attribute: str) -> Iterator[End]:
    """The store behind a location of DataSync."""
    location = seen.planned.target(task, attribute, tuple(type_ for type_, _, _ in _LOCATIONS))
    for type_, inner, types in _LOCATIONS:
        if isinstance(location, PlannedResource) and location.type == type_:
            yield from ends(seen, location, inner, types)


def _searched(seen: Seen, source: PlannedResource) -> Iterator[Linked]:
    """Documents that an index of Kendra is made of."""
    for index in ends(seen, source, "index_id", _INDEX):
        for blocks in within(source, ("configuration", "s3_configuration")):
            for bucket in ends(seen, source, "bucket_name", BUCKET, blocks[-1]):
                yield from _carried(seen, bucket, [index], source, "configuration.s3_configuration.bucket_name")
        for blocks in within(source, ("configuration", "web_crawler_configuration", "urls", "seed_url_configuration")):
            urls = blocks[-1].texts("seed_urls")
            for host in () if isinstance(urls, Unknown) else filter(None, map(vendor, urls)):
                yield from _carried(seen, host, [index], source, "configuration.web_crawler_configuration")
