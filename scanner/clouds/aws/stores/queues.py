"""SQS queues, with what becomes of failed messages, and SNS topics; with their policies."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.resource_policy import attached_policy, denies_without_tls, opens_to_anyone, unless_unnamed
from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.clouds.aws.stores import failed_messages
from scanner.clouds.aws.stores.data_protection import attached, policy_hides_people, policy_masks
from scanner.clouds.aws.stores.log_keys import LogKeys, place_of
from scanner.hcl.values import Unfinished
from scanner.kinds import Store
from scanner.logic import Answer, Told, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = (
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sns_topic",
    "aws_sns_topic_policy",
    "aws_sns_topic_data_protection_policy",
    *failed_messages.terraform_types,
)
kinds = ("store",)

_DAY = 86_400
_DEFAULT_RETENTION = 345_600
_NO_POLICY = "it has no policy that denies requests without TLS"


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every queue and topic."""
    dead_letters = failed_messages.DeadLetters(planned)
    for queue in planned.of("aws_sqs_queue"):
        yield _queue(planned, queue, dead_letters)
    for topic in planned.of("aws_sns_topic"):
        yield _topic(planned, topic)


def _queue(planned: PlannedWorld, queue: PlannedResource, dead_letters: failed_messages.DeadLetters) -> Store:
    encrypted = _queue_encrypted(queue)
    seconds = queue.number("message_retention_seconds", _DEFAULT_RETENTION)
    return Store.of(
        **planned.labels(queue),
        type="queue",
        encrypted=encrypted,
        key_owner=_key_owner(planned, queue, encrypted),
        expires=Noted(True, "a queue keeps a message for 14 days at most"),
        retention_days=seconds if isinstance(seconds, Unknown) else -(-seconds // _DAY),
        shares_key_with_logs=planned.once(LogKeys).shared(place_of(queue)),
        keeps_failures=dead_letters.keeps(queue),
        takes_failures=dead_letters.takes(queue),
        **_policy_facts(planned, queue, "sqs", ("aws_sqs_queue_policy", "queue_url")),
    )


def _queue_encrypted(queue: PlannedResource) -> Answer:
    """SQS encrypts with its own key unless that is switched off; a KMS key takes its place.

    Source: Amazon SQS Developer Guide, "Encryption at rest" (on for new queues since October 2022).
    """
    key = queue.get("kms_master_key_id")
    if queue.plan.is_live and isinstance(key, Unknown):
        return key
    if not left_out(queue, "kms_master_key_id") and key != "":
        return Noted(True, "a KMS key is named")
    if left_out(queue, "sqs_managed_sse_enabled"):
        if queue.settled:
            return Noted(True, "SQS encrypts new queues unless that is switched off")
        return Unknown(f"{queue.address} existed before, and whether SQS encrypts it was not seen")
    managed = queue.flag("sqs_managed_sse_enabled")
    return Noted(False, "encryption with keys of SQS is off, and no KMS key is named") if managed is False else managed


_PROTECTED = ("aws_sns_topic_data_protection_policy", "arn", "policy")


def _topic(planned: PlannedWorld, topic: PlannedResource) -> Store:
    encrypted = _topic_encrypted(topic)
    return Store.of(
        **planned.labels(topic),
        type="topic",
        encrypted=encrypted,
        key_owner=_key_owner(planned, topic, encrypted),
        shares_key_with_logs=planned.once(LogKeys).shared(place_of(topic)),
        masks_personal_data=attached(planned, topic, *_PROTECTED, policy_masks),
        hides_people=attached(planned, topic, *_PROTECTED, policy_hides_people),
        **_policy_facts(planned, topic, "sns", ("aws_sns_topic_policy", "arn")),
    )


def _topic_encrypted(topic: PlannedResource) -> Answer:
    """A topic is encrypted only where a key is named; source: Amazon SNS Developer Guide, "Encryption at rest"."""
    key = topic.get("kms_master_key_id")
    if isinstance(key, Unfinished) or (topic.plan.is_live and isinstance(key, Unknown)):
        return key
    if left_out(topic, "kms_master_key_id") or key == "":
        return Noted(False, "no KMS key is named, and SNS encrypts no topic without")
    return Noted(True, "a KMS key is named")


def _key_owner(planned: PlannedWorld, owner: PlannedResource, encrypted: Answer) -> Told[str]:
    value = plain(encrypted)
    if isinstance(value, Unknown):
        return value
    absent = (
        Noted("provider", "no key is named, so SQS uses its own") if value else Noted("none", "it is not encrypted")
    )
    return key_owner(planned, owner, "kms_master_key_id", absent=absent)


def _policy_facts(
    planned: PlannedWorld, owner: PlannedResource, service: str, split: tuple[str, str]
) -> dict[str, Answer]:
    """What the policy, split or inline, says of who may come and how; without one only the own account may."""
    document = attached_policy(planned, owner, split, inline="policy")
    if isinstance(document, Unknown):
        return {"public": document, "requires_tls": document}
    if document is None:
        return {"public": Noted(False, "it has no policy"), "requires_tls": Noted(False, _NO_POLICY)}
    secured = denies_without_tls(document, service, [_spellings(owner, service)])
    return {
        "public": sourced(opens_to_anyone(document), document.completed),
        "requires_tls": sourced(unless_unnamed(secured, document, owner.get("name")), document.completed),
    }


def _spellings(owner: PlannedResource, service: str) -> tuple[str, ...]:
    """Ways in which a policy may write a queue or topic: nothing but the whole ARN is built from one."""
    arn, name = owner.get("arn"), owner.get("name")
    symbols = (f"${{{owner.id}}}", f"${{{owner.id}}}~")
    if isinstance(arn, str):
        return (*symbols, arn)
    return (*symbols, f"arn:*:{service}:*:*:{name}") if isinstance(name, str) else symbols
