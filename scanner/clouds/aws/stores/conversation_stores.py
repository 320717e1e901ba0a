"""Stores that hold what people tell the chatbot, by their data classes."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.naming import locate
from scanner.clouds.aws.places import provider_of
from scanner.clouds.aws.stores.bucket_settings import BUCKET
from scanner.config import Described
from scanner.model import CONVERSATION_CLASSES
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

TABLE = "aws_dynamodb_table"

_STORES = (
    BUCKET,
    TABLE,
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_opensearch_domain",
    "aws_opensearchserverless_collection",
    "aws_cloudwatch_log_group",
    "aws_sqs_queue",
    "aws_sns_topic",
)
_CONVERSATION = frozenset(CONVERSATION_CLASSES)


def recordable(planned: PlannedWorld) -> Iterator[PlannedResource]:
    """Buckets and tables of conversation data: the stores whose data events a trail can record by type and ARN."""
    return (store for store in planned.of(BUCKET, TABLE) if holds_conversations(planned, store))


def first_of_each_type(planned: PlannedWorld) -> Iterator[PlannedResource]:
    """One store of conversation data of each type of store, provider configuration and plan, where there is one."""
    for type_ in _STORES:
        found: set[tuple[int, str]] = set()
        for store in planned.of(type_):
            provider = provider_of(store)
            if provider not in found and holds_conversations(planned, store):
                found.add(provider)
                yield store


def holds_conversations(planned: PlannedWorld, store: PlannedResource) -> bool:
    """Whether settings, tags or names give the store a class of conversation data."""
    name, account, _ = locate(store)
    described = Described(store.address, name, store.type, account, store.tags())
    return not _CONVERSATION.isdisjoint(planned.config.classify(described).classes)
