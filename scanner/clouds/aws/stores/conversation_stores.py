"""Stores that hold what people tell the chatbot, by their data classes."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.places import provider_of
from scanner.clouds.aws.stores.bucket_settings import BUCKET
from scanner.model import CONVERSATION_CLASSES, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

TABLE = "aws_dynamodb_table"

STORES = (
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
"""Types of stores that may hold conversations."""

_CONVERSATION = frozenset(CONVERSATION_CLASSES)


def recordable(planned: PlannedWorld) -> Iterator[PlannedResource]:
    """Buckets and tables of conversation data: the stores whose data events a trail can record by type and ARN.

    Those of which it is not known are among them, see `holds_conversations`.
    """
    return (store for store in planned.of(BUCKET, TABLE) if holds_conversations(planned, store) is not False)


def first_of_each_type(planned: PlannedWorld) -> Iterator[PlannedResource]:
    """One store of conversation data of each type of store, provider configuration and plan, where there is one."""
    for type_ in STORES:
        found: set[tuple[int, str]] = set()
        for store in planned.of(type_):
            provider = provider_of(store)
            if provider not in found and holds_conversations(planned, store) is True:
                found.add(provider)
                yield store


def unsure(planned: PlannedWorld, account: str) -> Unknown | None:
    """Why some store of a running account may hold conversations: its tags could not be read."""
    stores = (store for store in planned.of(*STORES) if store.plan.is_live and store.plan.account == account)
    answers = (holds_conversations(planned, store) for store in stores)
    return next((answer for answer in answers if isinstance(answer, Unknown)), None)


def holds_conversations(planned: PlannedWorld, store: PlannedResource) -> bool | Unknown:
    """Whether settings, tags or names give the store a class of conversation data."""
    classes = planned.labels(store)["data"]
    return classes if isinstance(classes, Unknown) else not _CONVERSATION.isdisjoint(classes)
