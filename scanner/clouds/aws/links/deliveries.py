"""Streams that carry logs and events on: subscriptions of log groups, delivery streams, metric streams, shared logs.

Sources: Amazon CloudWatch Logs User Guide, "Real-time processing of log data with subscriptions"; Amazon Data Firehose
Developer Guide, "Configure destination settings" (what fails, or all of it, is put in a bucket as well); Amazon
CloudWatch User Guide, "Use metric streams" and "CloudWatch cross-account observability".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import (
    BUCKET,
    FIREHOSE,
    FUNCTION,
    LOG_GROUP,
    SEARCH,
    STREAM,
    End,
    end_of,
    ends,
    gap,
    hidden,
    link,
    outside,
    vendor,
)
from scanner.clouds.aws.links.logs import within
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import Template
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_FILTER, _DESTINATION = "aws_cloudwatch_log_subscription_filter", "aws_cloudwatch_log_destination"
_TAKES = (*FIREHOSE, *STREAM, *FUNCTION, *SEARCH)
_REDSHIFT = ("aws_redshift_cluster", "aws_redshiftserverless_workgroup")
_COLLECTION = ("aws_opensearchserverless_collection",)

_SETTINGS = (
    "s3_configuration", "extended_s3_configuration", "redshift_configuration", "elasticsearch_configuration",
    "opensearch_configuration", "opensearchserverless_configuration", "splunk_configuration",
    "http_endpoint_configuration", "snowflake_configuration", "iceberg_configuration",
)  # fmt: skip
"""Destinations of a delivery stream; each may hold a bucket for what fails as well."""

_NAMED = (("bucket_arn", BUCKET), ("domain_arn", SEARCH), ("collection_endpoint", _COLLECTION))
_HOSTS = ("url", "hec_endpoint", "account_url")
_BESIDE = ("s3_configuration", "s3_backup_configuration")
_PARAMETERS = ("processing_configuration", "processors", "parameters")


def flows(seen: Seen) -> Iterator[Linked]:
    """Everything that carries records on by itself."""
    for subscription in seen.planned.of(_FILTER):
        yield from _subscribed(seen, subscription)
    for stream in seen.planned.of(*FIREHOSE):
        yield from _stream(seen, stream)
    for metrics in seen.planned.of("aws_cloudwatch_metric_stream"):
        for target in ends(seen, metrics, "firehose_arn", FIREHOSE):
            yield from link(
                seen, "exports_to", end_of(seen, metrics), target, owner=metrics, rule="aws-metric-stream",
                attribute="firehose_arn", reason="metrics are streamed there", content=False, encrypted=True,
            )  # fmt: skip
    for shared in seen.planned.of("aws_oam_link"):
        yield from _shared(seen, shared)


def _subscribed(seen: Seen, subscription: PlannedResource) -> Iterator[Linked]:
    for group in ends(seen, subscription, "log_group_name", LOG_GROUP):
        for target in _receivers(seen, subscription):
            yield from link(
                seen, "exports_to", group, target, owner=subscription, rule="aws-log-subscription",
                attribute="destination_arn", reason="what is logged there is sent on", encrypted=True,
            )  # fmt: skip
        yield from hidden(seen, subscription, "destination_arn", (*_TAKES, _DESTINATION), group.id)


def _receivers(seen: Seen, subscription: PlannedResource) -> Iterator[End]:
    """What a subscription leads to, behind a destination that other accounts may send to."""
    for found in ends(seen, subscription, "destination_arn", (*_TAKES, _DESTINATION)):
        planned = seen.by_id.get(found.id)
        if planned is not None and planned.type == _DESTINATION:
            yield from ends(seen, planned, "target_arn", (*STREAM, *FIREHOSE))
        else:
            yield found


def _stream(seen: Seen, stream: PlannedResource) -> Iterator[Linked]:
    node = end_of(seen, stream)
    unknown = next((blocks for name in _SETTINGS if isinstance(blocks := stream.blocks(name), Unknown)), None)
    if unknown is not None:
        yield gap(stream.id, f"where it delivers is not known: {unknown.reason}")
    for name, attribute, types in (
        ("kinesis_source_configuration", "kinesis_stream_arn", STREAM),
        ("msk_source_configuration", "msk_cluster_arn", ("aws_msk_cluster", "aws_msk_serverless_cluster")),
    ):
        for (block,) in within(stream, (name,)):
            for source in ends(seen, stream, attribute, types, block):
                yield from link(
                    seen, "reads_from", source, node, owner=stream, rule="aws-delivery-stream",
                    attribute=f"{name}.{attribute}", reason="it delivers what comes in there", encrypted=True,
                )  # fmt: skip
            yield from hidden(seen, stream, attribute, types, stream.id, block)
    for name in _SETTINGS:
        for (block,) in within(stream, (name,)):
            yield from _destination(seen, node, stream, block, name)
            yield from _beside(seen, node, stream, block, name)


def _destination(seen: Seen, node: End, stream: PlannedResource, block: Block, name: str) -> Iterator[Linked]:
    for attribute, types in _NAMED:
        for target in ends(seen, stream, attribute, types, block):
            yield from _delivered(seen, node, target, stream, f"{name}.{attribute}", "it delivers there")
        yield from hidden(seen, stream, attribute, types, stream.id, block)
    for attribute in _HOSTS:
        url = block.get(attribute)
        host = vendor(_begun(url))
        if host is not None:
            yield from _delivered(seen, node, host, stream, f"{name}.{attribute}", "it delivers there")
        elif isinstance(url, Unknown):
            yield gap(stream.id, f"where it delivers is not known: {url.reason}")
    if name == "redshift_configuration":
        yield from _warehouse(seen, node, stream, block)
    for parameter in blocks_at(block, _PARAMETERS):
        if parameter.values.get("parameter_name") == "LambdaArn":
            for target in _function(seen, stream, parameter):
                yield from link(
                    seen, "invokes", node, target, owner=stream, rule="aws-delivery-stream",
                    attribute=f"{name}.processing_configuration", encrypted=True,
                    reason="the function changes records before they are delivered",
                )  # fmt: skip


def _begun(url: object) -> object:
    """A URL as far as it is known, where that is all of its host."""
    first = url.parts[0] if isinstance(url, Template) else url
    return first if not isinstance(url, Template) or (isinstance(first, str) and first.count("/") > 2) else None


def _delivered(
    seen: Seen, node: End, target: End, stream: PlannedResource, attribute: str, reason: str
) -> Iterator[Linked]:
    yield from link(
        seen, "exports_to", node, target, owner=stream, rule="aws-delivery-stream", attribute=attribute,
        reason=reason, encrypted=True,
    )  # fmt: skip


def _beside(seen: Seen, node: End, stream: PlannedResource, block: Block, name: str) -> Iterator[Linked]:
    """The bucket beside a destination: for what fails, for all of it, or on the way into a warehouse."""
    for inner in _BESIDE:
        for bucket in blocks_at(block, (inner,)):
            for target in ends(seen, stream, "bucket_arn", BUCKET, bucket):
                said = "what it does not deliver elsewhere, or all of it, is put there"
                yield from _delivered(seen, node, target, stream, f"{name}.{inner}.bucket_arn", said)
            yield from hidden(seen, stream, "bucket_arn", BUCKET, stream.id, bucket)


def _warehouse(seen: Seen, node: End, stream: PlannedResource, block: Block) -> Iterator[Linked]:
    """The cluster in a JDBC URL."""
    attribute = "redshift_configuration.cluster_jdbcurl"
    url = block.get("cluster_jdbcurl")
    mentioned = seen.planned.referred(stream, block.references("cluster_jdbcurl") or ())
    found = [one for one in mentioned if one.type in _REDSHIFT and one.mode == "managed"]
    if isinstance(url, str) and not found:
        host = url.removeprefix("jdbc:redshift://").partition(":")[0].partition("/")[0]
        known = [one for one in seen.planned.of(*_REDSHIFT) if host and host in _addresses(one)]
        found = known
        if not known and host:
            yield from _delivered(seen, node, outside(host, _REDSHIFT, live=stream.plan.is_live), stream, attribute, "")
    for cluster in found:
        yield from _delivered(seen, node, end_of(seen, cluster), stream, attribute, "it loads records there")


def _addresses(cluster: PlannedResource) -> set[str]:
    names = (cluster.values.get(name) for name in ("dns_name", "endpoint"))
    return {name.partition(":")[0] for name in names if isinstance(name, str)}


def _function(seen: Seen, stream: PlannedResource, parameter: Block) -> Iterator[End]:
    """The function of a processor; its version or alias may follow its name."""
    found = list(ends(seen, stream, "parameter_value", FUNCTION, parameter))
    value = parameter.values.get("parameter_value")
    if isinstance(value, str):
        bare = ":".join(value.split(":")[:7])
        known = seen.planned.named(stream, bare, FUNCTION) or seen.planned.named(
            stream, bare.rpartition(":")[2], FUNCTION
        )
        found = [end_of(seen, known)] if known is not None else found
    yield from found


def _shared(seen: Seen, shared: PlannedResource) -> Iterator[Linked]:
    """Log groups that a monitoring account may read."""
    types = shared.texts("resource_types")
    if isinstance(types, Unknown) or "AWS::Logs::LogGroup" not in types:
        return
    for sink in ends(seen, shared, "sink_identifier", ("aws_oam_sink",)):
        for group in seen.planned.of(*LOG_GROUP):
            if group.plan is shared.plan and seen.places.of(group) == seen.places.of(shared):
                yield from link(
                    seen, "exports_to", end_of(seen, group), sink, owner=shared, rule="aws-shared-logs",
                    attribute="resource_types", tier="likely", encrypted=True,
                    reason="log groups of the account can be read in the account of the sink",
                )  # fmt: skip
