"""Where logs of services go: of what handles requests, of networks, trails, workflows and stores."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import BUCKET, FIREHOSE, LOG_GROUP, End, end_of, ends, hidden, link
from scanner.clouds.aws.links.log_groups import named_after
from scanner.clouds.aws.links.log_places import PLACES, QUERIES, Place
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import set_blocks
from scanner.model import DATA_CLASSES, LOG_CLASSES, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_DELIVERY, _SOURCE, _DESTINATION = (
    "aws_cloudwatch_log_delivery", "aws_cloudwatch_log_delivery_source", "aws_cloudwatch_log_delivery_destination",
)  # fmt: skip
SENDERS = ("aws_cloudfront_distribution", "aws_bedrockagent_agent", "aws_bedrockagent_knowledge_base")
"""Types whose logs CloudWatch Logs delivers."""

_REALTIME = "aws_cloudfront_realtime_log_config"
_SPOKEN = Unknown("whether it holds what people ask depends on what is logged at the time")


def flows(seen: Seen) -> Iterator[Linked]:
    """Every log that a setting sends somewhere."""
    for place in PLACES:
        if place.type != _REALTIME:
            for owner in seen.planned.of(place.type):
                yield from _place(seen, owner, place)
    for delivery in seen.planned.of(_DELIVERY):
        yield from _delivered(seen, delivery)
    for database in seen.planned.of("aws_rds_cluster", "aws_db_instance"):
        yield from _exported(seen, database)
    for domain in seen.planned.of("aws_cloudfront_distribution"):
        yield from _realtime(seen, domain)


def _place(seen: Seen, owner: PlannedResource, place: Place) -> Iterator[Linked]:
    sources = list(ends(seen, owner, place.owner, place.owners)) if place.owner else [end_of(seen, owner)]
    for blocks in within(owner, place.within):
        around = (owner, *blocks)
        content = place.holds(around[place.switch] if place.switch < 0 else around[place.switch + 1])
        if content is not None:
            for source in sources:
                yield from _logged(seen, source, owner, place, around[-1], content)


def within(
    owner: PlannedResource, path: tuple[str, ...], around: tuple[Block, ...] = ()
) -> Iterator[tuple[Block, ...]]:
    """Each chain of nested blocks along a path."""
    if not path:
        yield around
        return
    found = set_blocks(owner, path[0], around[-1] if around else None)
    for block in () if isinstance(found, Unknown) else found:
        yield from within(owner, path[1:], (*around, block))


def _logged(
    seen: Seen,
    source: End,
    owner: PlannedResource,
    place: Place,
    block: Block,
    content: bool | Unknown,  # noqa: FBT001
) -> Iterator[Linked]:
    inner = None if block is owner else block
    for target in ends(seen, owner, place.attribute, place.targets, inner):
        yield from link(
            seen, "logs_to", source, target, owner=owner, rule=place.rule,
            attribute=".".join((*place.within, place.attribute)), reason=place.reason, content=content, encrypted=True,
        )  # fmt: skip
    carries = LOG_CLASSES if content is False else DATA_CLASSES
    yield from hidden(seen, owner, place.attribute, place.targets, source.id, inner, carries)


def _delivered(seen: Seen, delivery: PlannedResource) -> Iterator[Linked]:
    """Logs that CloudWatch Logs delivers for others: from their source to their destination."""
    source = seen.planned.target(delivery, "delivery_source_name", (_SOURCE,))
    destination = seen.planned.target(delivery, "delivery_destination_arn", (_DESTINATION,))
    if not isinstance(source, PlannedResource) or not isinstance(destination, PlannedResource):
        return
    for sender in ends(seen, source, "resource_arn", SENDERS):
        content = False if source.text("log_type") == "ACCESS_LOGS" else _SPOKEN
        for (block,) in within(destination, ("delivery_destination_configuration",)):
            types = (*LOG_GROUP, *BUCKET, *FIREHOSE)
            for target in ends(seen, destination, "destination_resource_arn", types, block):
                yield from link(
                    seen, "logs_to", sender, target, owner=delivery, rule="aws-log-delivery",
                    attribute="delivery_destination_arn", reason="its log is delivered there", content=content,
                    encrypted=True,
                )  # fmt: skip


def _exported(seen: Seen, database: PlannedResource) -> Iterator[Linked]:
    """Logs that a database exports to groups of fixed names."""
    sort = "cluster" if database.type == "aws_rds_cluster" else "instance"
    id_ = "cluster_identifier" if sort == "cluster" else "identifier"
    exported = database.texts("enabled_cloudwatch_logs_exports")
    for name in () if isinstance(exported, Unknown) else exported:
        for group in named_after(seen, database, f"/aws/rds/{sort}/", id_, f"/{name}"):
            yield from link(
                seen, "logs_to", end_of(seen, database), group, owner=database, rule="aws-store-log",
                attribute="enabled_cloudwatch_logs_exports", reason=f"it exports its {name} log there",
                content=QUERIES, encrypted=True,
            )  # fmt: skip


def _realtime(seen: Seen, distribution: PlannedResource) -> Iterator[Linked]:
    """Logs of single requests as they come, to a stream."""
    place = next(one for one in PLACES if one.type == _REALTIME)
    for name in ("default_cache_behavior", "ordered_cache_behavior"):
        for (block,) in within(distribution, (name,)):
            config = seen.planned.target(distribution, "realtime_log_config_arn", (_REALTIME,), block)
            if isinstance(config, PlannedResource):
                for blocks in within(config, place.within):
                    yield from _logged(seen, end_of(seen, distribution), config, place, blocks[-1], content=False)
