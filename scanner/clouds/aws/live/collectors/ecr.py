"""ECR: private repositories and their policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader

name = "ecr"
everywhere = True
types = ("aws_ecr_repository", "aws_ecr_repository_policy")

LIST_REPOSITORIES = call("ecr", "DescribeRepositories", items="repositories")
GET_POLICY = call("ecr", "GetRepositoryPolicy", absent=("RepositoryPolicyNotFoundException",))
TAGGED = tagging.TAGGED


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every repository."""
    listed = reader.every(LIST_REPOSITORIES)
    if listed.missing is not None:
        yield Unread(types[:1], listed.missing, LIST_REPOSITORIES.action)
    if not listed.items:
        return
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
    named = {"encryption_type": encryption.get("encryptionType"), "kms_key": encryption.get("kmsKey")}
    return {
        "arn": repository["repositoryArn"],
        "name": repository["repositoryName"],
        "image_tag_mutability": repository.get("imageTagMutability"),
        "encryption_configuration": [named] if encryption else [],
    }


def _policy(reader: Reader, repository: str, arn: str) -> Item | None:
    answer = reader.ask(GET_POLICY, repositoryName=repository)
    if answer is None:
        return None
    text = answer.get("policyText") if isinstance(answer, dict) else answer
    return Item("aws_ecr_repository_policy", f"{arn}?policy", {"repository": repository, "policy": text})
