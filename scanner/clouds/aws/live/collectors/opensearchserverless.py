"""OpenSearch Serverless: collections, the policies that match their names, and endpoints inside VPCs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.batches import batches
from scanner.collect.calls import Call, Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "opensearchserverless"
everywhere = True
types = (
    "aws_opensearchserverless_collection",
    "aws_opensearchserverless_lifecycle_policy",
    "aws_opensearchserverless_security_policy",
    "aws_opensearchserverless_vpc_endpoint",
    "aws_opensearchserverless_access_policy",
)

LIST_COLLECTIONS = call("opensearchserverless", "ListCollections", items="collectionSummaries")
DESCRIBE_COLLECTIONS = call("opensearchserverless", "BatchGetCollection")
LIST_SECURITY = call("opensearchserverless", "ListSecurityPolicies", items="securityPolicySummaries")
GET_SECURITY = call("opensearchserverless", "GetSecurityPolicy")
LIST_ACCESS = call("opensearchserverless", "ListAccessPolicies", items="accessPolicySummaries")
GET_ACCESS = call("opensearchserverless", "GetAccessPolicy")
LIST_LIFECYCLE = call("opensearchserverless", "ListLifecyclePolicies", items="lifecyclePolicySummaries")
DESCRIBE_LIFECYCLE = call("opensearchserverless", "BatchGetLifecyclePolicy")
LIST_ENDPOINTS = call("opensearchserverless", "ListVpcEndpoints", items="vpcEndpointSummaries")
DESCRIBE_ENDPOINTS = call("opensearchserverless", "BatchGetVpcEndpoint")
TAGGED = tagging.TAGGED

_COLLECTION, _LIFECYCLE, _SECURITY, _ENDPOINT, _ACCESS = types
_AT_ONCE = 100
_POLICIES_AT_ONCE = 40


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every collection, and the policies where there is one."""
    yield from _endpoints(reader)
    listed = reader.every(LIST_COLLECTIONS)
    yield from listed.unread((_COLLECTION,))
    if not listed.items:
        return
    details = _details(reader, listed.items)
    keys = {one["id"]: one.get("kmsKeyArn") or _told(details[one["id"]]) for one in listed.items}
    tags = tagging.tags_of(reader, "aoss:collection")
    for one in listed.items:
        arn, about = one["arn"], details[one["id"]]
        values = {
            "arn": arn,
            "name": one["name"],
            "kms_key_arn": keys[one["id"]],
            "collection_endpoint": about if isinstance(about, Unknown) else about.get("collectionEndpoint"),
            "standby_replicas": about if isinstance(about, Unknown) else about.get("standbyReplicas"),
            "tags": tagging.tags_for(tags, arn),
        }
        yield Item(_COLLECTION, arn, values)
    kinds = (
        ["network"] if all(isinstance(keys.get(one["id"]), str) for one in listed.items) else ["encryption", "network"]
    )
    for kind in kinds:
        yield from _policies(reader, _SECURITY, kind, LIST_SECURITY, GET_SECURITY)
    yield from _policies(reader, _ACCESS, "data", LIST_ACCESS, GET_ACCESS)
    yield from _lifecycle(reader)


def _details(reader: Reader, collections: list[dict[str, Any]]) -> dict[str, dict[str, Any] | Unknown]:
    """What is told of each collection beside the list, by its id."""
    found: dict[str, dict[str, Any] | Unknown] = {}
    for some in batches([one["id"] for one in collections], _AT_ONCE):
        answer = reader.ask(DESCRIBE_COLLECTIONS, ids=some)
        told = answer.get("collectionDetails") or () if isinstance(answer, dict) else ()
        why = answer if isinstance(answer, Unknown) else Unknown("its details were not told")
        found |= dict.fromkeys(some, why) | {one["id"]: one for one in told}
    return found


def _told(details: dict[str, Any] | Unknown) -> Any:
    """The key, where the details tell it; else the policies do."""
    return details.get("kmsKeyArn") if isinstance(details, dict) else None


def _policies(reader: Reader, type_: str, kind: str, list_: Call, get: Call) -> Iterator[Item]:
    listed = reader.every(list_, type=kind)
    if listed.missing is not None:
        yield _unseen(reader, type_, kind, listed.missing)
    names = [one["name"] for one in listed.items]
    answers = reader.each(names, lambda name_: reader.ask(get, type=kind, name=name_))
    for name_, answer in zip(names, answers, strict=True):
        yield _policy(reader, type_, kind, name_, _detail(answer))


def _detail(answer: Page | Unknown | None) -> Any:
    """The document in the one part of an answer."""
    return next((one.get("policy") for one in answer.values()), None) if isinstance(answer, dict) else answer


def _lifecycle(reader: Reader) -> Iterator[Item]:
    kind = "retention"
    listed = reader.every(LIST_LIFECYCLE, type=kind)
    if listed.missing is not None:
        yield _unseen(reader, _LIFECYCLE, kind, listed.missing)
    for some in batches([one["name"] for one in listed.items], _POLICIES_AT_ONCE):
        answer = reader.ask(DESCRIBE_LIFECYCLE, identifiers=[{"type": kind, "name": name_} for name_ in some])
        found = answer if isinstance(answer, dict) else {}
        texts = {one["name"]: one.get("policy") for one in found.get("lifecyclePolicyDetails") or ()}
        for name_ in some:
            text = answer if isinstance(answer, Unknown) else texts.get(name_) or Unknown(f"{name_} was not answered")
            yield _policy(reader, _LIFECYCLE, kind, name_, text)


def _policy(reader: Reader, type_: str, kind: str, name_: str, document: Any) -> Item:
    """One policy; the service writes its document as JSON of its own, Terraform as text."""
    text = document if isinstance(document, (Unknown, str)) else msgspec.json.encode(document).decode()
    return Item(type_, reader.arn("aoss", f"policy/{kind}/{name_}"), {"type": kind, "name": name_, "policy": text})


def _unseen(reader: Reader, type_: str, kind: str, why: Unknown) -> Item:
    """Stands for the policies of a kind that could not be listed: any collection may be theirs."""
    return Item(type_, reader.arn("aoss", f"policy/{kind}/*"), {"type": kind, "name": why, "policy": why})


def _endpoints(reader: Reader) -> Iterator[Item | Unread]:
    listed = reader.every(LIST_ENDPOINTS)
    yield from listed.unread((_ENDPOINT,))
    for some in batches([one["id"] for one in listed.items], _AT_ONCE):
        yield from _described(reader, DESCRIBE_ENDPOINTS, some)


def _described(reader: Reader, describe: Call, ids: list[str]) -> Iterator[Item]:
    answer = reader.ask(describe, ids=ids)
    if isinstance(answer, dict):
        groups = {one["id"]: one.get("securityGroupIds") for one in answer.get("vpcEndpointDetails") or ()}
    else:
        groups = dict.fromkeys(ids, answer)
    for id_ in ids:
        values = {"id": id_, "security_group_ids": groups.get(id_)}
        yield Item(_ENDPOINT, reader.arn("aoss", f"vpcendpoint/{id_}"), values)
