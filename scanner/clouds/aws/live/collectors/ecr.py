"""ECR: private repositories, their policies and that of the registry, and what scans their images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "ecr"
everywhere = True
types = (
    "aws_ecr_repository",
    "aws_ecr_repository_policy",
    "aws_ecr_registry_scanning_configuration",
    "aws_ecr_registry_policy",
)

LIST_REPOSITORIES = call("ecr", "DescribeRepositories", items="repositories")
GET_POLICY = call("ecr", "GetRepositoryPolicy", absent=("RepositoryPolicyNotFoundException",))
GET_REGISTRY_POLICY = call("ecr", "GetRegistryPolicy", absent=("RegistryPolicyNotFoundException",))
GET_SCANNING = call("ecr", "GetRegistryScanningConfiguration")
TAGGED = tagging.TAGGED


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every repository."""
    listed = reader.every(LIST_REPOSITORIES)
    yield from listed.unread(types[:1])
    if not listed.items:
        return
    yield _scanning(reader)
    registry = reader.ask(GET_REGISTRY_POLICY)
    if registry is not None:
        text = registry.get("policyText") if isinstance(registry, dict) else registry
        yield Item(types[3], reader.arn("ecr", "registry/policy"), {"policy": text})
    tags = tagging.tags_of(reader, "ecr:repository")
    for repository in listed.items:
        arn = repository["repositoryArn"]
        yield Item("aws_ecr_repository", arn, _described(repository) | {"tags": tagging.tags_for(tags, arn)})
    names = [(one["repositoryName"], one["repositoryArn"]) for one in listed.items]
    for policy in reader.each(names, lambda named: _policy(reader, *named)):
        if policy is not None:
            yield policy


def _described(repository: dict[str, Any]) -> dict[str, Any]:
    encryption = repository.get("encryptionConfiguration") or {}
    scanning = repository.get("imageScanningConfiguration") or {}
    named = {"encryption_type": encryption.get("encryptionType"), "kms_key": encryption.get("kmsKey")}
    return {
        "arn": repository["repositoryArn"],
        "name": repository["repositoryName"],
        "image_tag_mutability": repository.get("imageTagMutability"),
        "encryption_configuration": [named] if encryption else [],
        "image_scanning_configuration": [{"scan_on_push": bool(scanning.get("scanOnPush"))}],
    }


def _scanning(reader: Reader) -> Item:
    """What the registry scans in all its repositories."""
    arn, answer = reader.arn("ecr", "registry/scanning-configuration"), reader.ask(GET_SCANNING)
    if not isinstance(answer, dict):
        return Item(types[2], arn, {"scan_type": answer, "rule": answer})
    told = answer.get("scanningConfiguration") or {}
    return Item(
        types[2], arn, {"scan_type": told.get("scanType"), "rule": [_rule(one) for one in told.get("rules") or ()]}
    )


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    filters = [{"filter": one.get("filter")} for one in rule.get("repositoryFilters") or ()]
    return {"scan_frequency": rule.get("scanFrequency"), "repository_filter": filters}


def _policy(reader: Reader, repository: str, arn: str) -> Item | None:
    answer = reader.ask(GET_POLICY, repositoryName=repository)
    if answer is None:
        return None
    text = answer.get("policyText") if isinstance(answer, dict) else answer
    return Item("aws_ecr_repository_policy", f"{arn}?policy", {"repository": repository, "policy": text})
