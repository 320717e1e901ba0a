"""SNS: who is subscribed to what, with where goes what could not be delivered.

Endpoints keep what tells a flow: an ARN, the host of a URL, the domain of an address. Sources: Amazon SNS API
Reference, ListSubscriptions (those of the account itself), ListSubscriptionsByTopic (those of others too), Subscribe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.compute.credentials import MASKED
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import origin
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

TYPE = "aws_sns_topic_subscription"

_TOLD = ("protocol", "endpoint", "redrive_policy")


def endpoint(protocol: str, value: str) -> str:
    """An endpoint without who reads it and what opens it."""
    if value.startswith("arn:"):
        return value
    if protocol.startswith("email") and "@" in value:
        return f"{MASKED}@{value.rpartition('@')[2]}"
    return origin(value) if protocol in {"http", "https"} else MASKED


def _masked(page: Page) -> Page:
    found = page.get("Subscriptions") or ()
    return {**page, "Subscriptions": [{**one, "Endpoint": _of(one)} for one in found]}


def _of(subscription: dict[str, Any]) -> str:
    return endpoint(str(subscription.get("Protocol")), str(subscription.get("Endpoint") or ""))


def _only_redrive(page: Page) -> Page:
    """What is kept of a subscription: its filter may hold anything."""
    given = page.get("Attributes") or {}
    return {"Attributes": {name: given[name] for name in ("RedrivePolicy",) if name in given}}


SUBSCRIPTIONS = call("sns", "ListSubscriptions", items="Subscriptions", mask=_masked)
OF_TOPIC = call("sns", "ListSubscriptionsByTopic", items="Subscriptions", absent=("NotFound",), mask=_masked)
SUBSCRIPTION = call("sns", "GetSubscriptionAttributes", absent=("NotFound",), mask=_only_redrive)


def subscriptions(reader: Reader, topics: Iterable[Item]) -> Iterator[Item | Unread]:
    """Read every confirmed subscription; topics that say they have more are asked for those of other accounts."""
    listed = reader.every(SUBSCRIPTIONS)
    yield from listed.unread((TYPE,))
    found = {one["SubscriptionArn"]: one for one in listed.items if _confirmed(one)}
    if listed.missing is None:
        often = Counter(one["TopicArn"] for one in found.values())
        more = [one.id for one in topics if _tells_more(one.values.get("subscriptions_confirmed"), often[one.id])]
        for topic, others in zip(
            more, reader.each(more, lambda arn: reader.every(OF_TOPIC, TopicArn=arn)), strict=True
        ):
            found |= {one["SubscriptionArn"]: one for one in others.items if _confirmed(one)}
            if others.missing is not None:
                yield Item(TYPE, f"{topic}:*", {"topic_arn": topic, **dict.fromkeys(_TOLD, others.missing)})
    yield from reader.each(found.values(), lambda one: _subscription(reader, one))


def _confirmed(subscription: dict[str, Any]) -> bool:
    """Whether it is given anything: one that is pending or deleted has a word for its ARN."""
    return str(subscription.get("SubscriptionArn")).startswith("arn:")


def _tells_more(confirmed: object, often: int) -> bool:
    """Whether a topic may have more subscriptions than those of its own account."""
    text = str(confirmed)
    return isinstance(confirmed, Unknown) or (text.isdigit() and int(text) > often)


def _subscription(reader: Reader, found: dict[str, Any]) -> Item:
    arn = found["SubscriptionArn"]
    answer = reader.ask(SUBSCRIPTION, SubscriptionArn=arn)
    told = answer.get("Attributes") or {} if isinstance(answer, dict) else {}
    values = {
        "arn": arn,
        "topic_arn": found["TopicArn"],
        "protocol": found.get("Protocol"),
        "endpoint": found.get("Endpoint"),
        "redrive_policy": answer if isinstance(answer, Unknown) else told.get("RedrivePolicy"),
    }
    return Item(TYPE, arn, values)
