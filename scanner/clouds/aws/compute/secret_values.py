"""References that read a secret's value, as opposed to its ARN, id or name.

The plan's configuration says which attribute an expression reads. One that reads `secret_string` or a generated
password may put that value where it stands, or only a hash of it: both look the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from scanner.clouds.aws.compute.credentials import credential_noun
from scanner.terraform.address import Reference, reference, shown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_SECRET = frozenset(
    {
        ("aws_api_gateway_api_key", "value"),
        ("aws_appsync_api_key", "key"),
        ("aws_iam_access_key", "secret"),
        ("aws_iam_access_key", "ses_smtp_password_v4"),
        ("aws_iam_service_specific_credential", "service_credential_secret"),
        ("aws_kms_secrets", "plaintext"),
        ("aws_secretsmanager_random_password", "random_password"),
        ("aws_secretsmanager_secret_version", "secret_binary"),
        ("aws_secretsmanager_secret_version", "secret_string"),
        ("random_password", "result"),
        ("tls_private_key", "private_key_openssh"),
        ("tls_private_key", "private_key_pem"),
        ("tls_private_key", "private_key_pem_pkcs8"),
    }
)
"""Types and their attributes that hold a secret's value, besides attributes whose name says so."""

_NO_SECRET = frozenset({"master_user_secret", "private_key", "secret"})
"""Attributes of other types that sound like one and hold its ARN, or a block."""

_MAY_HOLD = (
    *{type_ for type_, _ in _SECRET},
    "aws_cognito_user_pool_client",
    "aws_db_instance",
    "aws_directory_service_directory",
    "aws_docdb_cluster",
    "aws_elasticache_replication_group",
    "aws_iam_user_login_profile",
    "aws_mq_broker",
    "aws_neptune_cluster",
    "aws_rds_cluster",
    "aws_redshift_cluster",
    "aws_secretsmanager",
    "aws_ssm_parameter",
)
"""Types, or how they begin, of which some attribute is a secret's value."""

_IDENTIFIERS = ("arn", "id", "name", "url", "endpoint", "address", "alias", "version", "region")
_SHORTEST = 6


def read_secret(references: Iterable[str] | None) -> str | None:
    """The first reference that reads a secret's value."""
    return next((shown(text) for text in references or () if _reads_secret(text)), None)


def reads_no_secret(
    planned: PlannedWorld, owner: PlannedResource, references: tuple[str, ...] | None, *, identifying: bool
) -> bool:
    """Whether an expression reads nothing but attributes of resources that hold no secret.

    `identifying`: each must be an ARN, id, name or place, as where the setting's own name calls it a credential.
    """
    found = [reference(text) for text in references or ()]
    read = [ref for ref in found if ref.attribute]
    whole = [ref for ref in found if not ref.attribute and not any(_same(ref, other) for other in read)]
    if read and not whole and all(_plain(ref, identifying=identifying) for ref in read):
        return True
    return not identifying and _from_plain_types(planned, owner, references or ())


def _from_plain_types(planned: PlannedWorld, owner: PlannedResource, references: tuple[str, ...]) -> bool:
    """Whether all that reaches an expression, through variables and outputs, is of types without a secret."""
    resolution = owner.plan.resolver.resolve(references, owner.place())
    if resolution.problem or resolution.outside or not resolution.instances:
        return False
    sources = planned.referred(owner, references)
    return all(source.type.startswith("aws_") and not source.type.startswith(_MAY_HOLD) for source in sources)


def values_read(planned: PlannedWorld, owner: PlannedResource, references: Iterable[str] | None) -> Iterator[str]:
    """Secret values that an expression reads and the plan knows, each part of a JSON one included."""
    for text in references or ():
        if not _reads_secret(text):
            continue
        attribute = reference(text).attribute[0]
        for source in planned.referred(owner, [text]):
            value = source.values.get(attribute)
            yield from (leaf for leaf in _leaves(value) if len(leaf) >= _SHORTEST)


@lru_cache(maxsize=8192)
def _reads_secret(text: str) -> bool:
    ref = reference(text)
    if ref.scope not in {"resource", "data"} or not ref.attribute:
        return False
    if (ref.type, ref.attribute[0]) in _SECRET:
        return True
    last = next((step for step in reversed(ref.attribute) if not step.isdigit()), "")
    return last not in _NO_SECRET and bool(credential_noun(last))


def _plain(ref: Reference, *, identifying: bool) -> bool:
    if ref.scope not in {"resource", "data"} or ref.type in {"aws_ssm_parameter", "terraform_data", "null_resource"}:
        return False
    if (ref.type, ref.attribute[0]) in _SECRET or credential_noun(ref.attribute[-1]):
        return False
    return not identifying or ref.attribute[-1].rpartition("_")[2] in _IDENTIFIERS


def _same(short: Reference, long: Reference) -> bool:
    return (short.scope, short.type, short.name) == (long.scope, long.type, long.name)


def _leaves(value: Any) -> Iterator[str]:
    """Every text in a value; text that is JSON is taken apart."""
    if isinstance(value, str):
        yield value
        if value.lstrip().startswith(("{", "[")):
            try:
                yield from _leaves(json.loads(value))
            except (ValueError, RecursionError):
                return
    elif isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
