"""ECR repositories, with their policies and the scans of their images."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.resource_policy import attached_policy, opens_to_anyone
from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.clouds.aws.stores.image_scans import REGISTRY, scans_images
from scanner.kinds import Store
from scanner.logic import Answer, Told
from scanner.model import Noted, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.computed import computed_block
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = ("aws_ecr_repository", "aws_ecr_repository_policy", REGISTRY)
kinds = ("store",)


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every private repository."""
    for repository in planned.of("aws_ecr_repository"):
        yield Store.of(
            **planned.labels(repository),
            type="registry",
            encrypted=Noted(True, "ECR encrypts every repository"),
            key_owner=_key_owner(planned, repository),
            public=_public(planned, repository),
            immutable=_immutable(repository),
            scans_images=scans_images(planned, repository),
        )


def _key_owner(planned: PlannedWorld, repository: PlannedResource) -> Told[str]:
    """A key counts only with the encryption type KMS; without one named there, ECR uses aws/ecr."""
    encryption = computed_block(repository, "encryption_configuration")
    if isinstance(encryption, Unknown):
        return encryption
    kind = encryption.text("encryption_type", "AES256") if encryption is not None else "AES256"
    if isinstance(kind, Unknown):
        return kind
    if encryption is None or kind == "AES256":
        return Noted("provider", "encryption type AES256 uses a key of S3")
    return key_owner(planned, repository, "kms_key", encryption, computed=True)


def _public(planned: PlannedWorld, repository: PlannedResource) -> Answer:
    document = attached_policy(planned, repository, ("aws_ecr_repository_policy", "repository"))
    if isinstance(document, Unknown):
        return document
    if document is None:
        return Noted(False, "it has no policy")
    return sourced(opens_to_anyone(document), document.completed)


def _immutable(repository: PlannedResource) -> Answer:
    mutability = repository.text("image_tag_mutability", "MUTABLE")
    return mutability if isinstance(mutability, Unknown) else mutability == "IMMUTABLE"
