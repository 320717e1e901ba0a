"""Whether the ARNs in an event selector take in a store."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scanner.clouds.aws.iam.elements import NOT_KNOWN, element
from scanner.clouds.aws.naming import locate
from scanner.clouds.aws.stores.bucket_settings import BUCKET
from scanner.logic import Answer, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_PARTITION = re.compile(r"^arn:aws[a-z-]*")
_SERVICES = {"AWS::S3::Object": "s3", "AWS::DynamoDB::Table": "dynamodb"}


@dataclass(frozen=True, slots=True)
class Holder:
    """A block, with the resource it stands in."""

    planned: PlannedWorld
    owner: PlannedResource
    block: Block

    def inner(self, block: Block) -> Holder:
        """A block inside it."""
        return Holder(self.planned, self.owner, block)

    def fields(self) -> tuple[Holder, ...] | Unknown:
        """Its field selectors, each with its own expressions: they are a set, so a plan orders them anew."""
        blocks = self.block.blocks("field_selector")
        if isinstance(blocks, Unknown):
            return blocks
        written = self.block.expressions.get("field_selector")
        return tuple(self.inner(Block(b.values, b.unknown, _written(written, b), b.where)) for b in blocks)


def _written(written: Any, block: Block) -> Any:
    """The expressions of the one field selector that is for the same field."""
    field = block.values.get("field")
    listed = written if isinstance(written, list) else []
    same = [w for w in listed if isinstance(w, dict) and w.get("field") == {"constant_value": field}]
    return same[0] if len(same) == 1 else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What ARNs should take in: one store, or every store of a service."""

    service: str
    every: bool = True
    region: str = ""
    account: str = ""
    resource: str = ""
    """Last part of the store's ARN, with a slash after a bucket; empty where it is not known yet."""


def wanted(store: PlannedResource | None, resource_type: str) -> Wanted:
    """One store's data, or all data of CloudTrail's `resource_type`."""
    service = _SERVICES[resource_type]
    if store is None:
        return Wanted(service)
    name, account, region = locate(store)
    if store.type == BUCKET:
        return Wanted(service, every=False, resource=f"{name}/" if name else "")
    resource = f"table/{name}" if name else ""
    return Wanted(service, every=False, region=region, account=account, resource=resource)


def includes(holder: Holder, attribute: str, store: PlannedResource | None, want: Wanted, match: str) -> Answer:
    """Whether one of the attribute's ARNs takes in all of what is wanted.

    `match` says how ARNs are compared: `exact`, which is never all objects of a bucket; `whole`, a bucket with all its
    objects; `prefix`; `inside`, where one thing in a store is enough; or `part`, either of the last two. One that is
    known only after apply counts for the store that its expression refers to.
    """
    value = holder.block.get(attribute)
    texts = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    unknown: Unknown | None = None
    for text in texts:
        answer = _matches(text, want, match)
        if answer is True:
            return True
        if isinstance(answer, Unknown):
            unknown = answer
    if not holder.block.whole(attribute):
        told = _told(holder, attribute, store, match)
        return either(_referred(holder, attribute, store) if told is None else told, unknown or False)
    return unknown or False


def _told(holder: Holder, attribute: str, store: PlannedResource | None, match: str) -> Answer | None:
    """The same of ARNs that wait for apply, by what the sources tell of each; None where they do not."""
    marks = holder.block.unknown.get(attribute) if isinstance(holder.block.unknown, dict) else None
    texts = [element(holder.planned, holder.owner, mark) for mark in marks if mark] if isinstance(marks, list) else []
    if not texts or any(NOT_KNOWN in text or not text.startswith("${") for text in texts):
        return None
    own = f"${{{store.id}}}" if store is not None else ""
    rests = [text.removeprefix(own) for text in texts if own and text.startswith(own)]
    if store is None or not any(_below(store, rest, match) for rest in rests):
        return False
    return Noted(True, f"{holder.owner.address} names {store.id}")


def _below(store: PlannedResource, rest: str, match: str) -> bool:
    """Whether the ARN of a store, and what follows it, takes in all that is wanted of it."""
    service, place, end = ("s3", "", "/") if store.type == BUCKET else ("dynamodb", "table/", "")
    want = Wanted(service, every=False, resource=f"{place}this{end}")
    return _matches(f"arn:aws:{service}:::{place}this{rest}", want, match) is True


def _referred(holder: Holder, attribute: str, store: PlannedResource | None) -> Answer:
    """Whether an ARN that is not known yet refers to the store."""
    where = f"{holder.owner.address} names ARNs that are known only after apply"
    if store is None:
        return Unknown(where)
    found = holder.planned.targets(holder.owner, attribute, (store.type,), holder.block)
    if isinstance(found, Unknown):
        return Unknown(f"{where}: {found.reason}")
    if store in found:
        return Noted(True, f"{holder.owner.address} names {store.id}")
    others = holder.planned.referred(holder.owner, holder.block.references(attribute) or ())
    strange = [r.address for r in others if not r.type.startswith(store.type)]
    return Unknown(f"{where}: they refer to {', '.join(strange)}") if strange else False


def _matches(text: str, want: Wanted, match: str) -> bool | Unknown:
    arn = _parsed(text)
    if arn is None or arn[0] != want.service:
        return False
    _, region, account, resource = arn
    if resource and want.resource and not _same_resource(resource, want, match):
        return False
    if not (_same(region, want.region, want) and _same(account, want.account, want)):
        return False
    if resource and not want.resource:
        return False if want.every else Unknown(f"whether {text} is the store's ARN is known only after apply")
    return bool(resource) or match != "exact"


@lru_cache(maxsize=4096)
def _parsed(text: str) -> tuple[str, str, str, str] | None:
    """Service, region, account and resource of an ARN, which may be cut short; None for what is no ARN of AWS."""
    parts = _PARTITION.sub("arn:aws", text.strip()).split(":", 5)
    parts += [""] * (6 - len(parts))
    return (parts[2], parts[3], parts[4], parts[5]) if parts[:2] == ["arn", "aws"] else None


def _same_resource(resource: str, want: Wanted, match: str) -> bool:
    if match == "whole" and want.service == "s3":
        return resource.removesuffix("/") == want.resource.removesuffix("/")
    if match in {"exact", "whole"}:
        return resource == want.resource and want.service != "s3"
    inside = match in {"inside", "part"} and resource.startswith(want.resource)
    return inside or (match != "inside" and want.resource.startswith(resource))


def _same(given: str, known: str, want: Wanted) -> bool:
    """Whether a region or account fits; what is not known of a store in the same plan is taken to."""
    return not given or (not want.every and known in {"", given})
