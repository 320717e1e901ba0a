"""An account in the style of a chatbot's, with many policies: 1,000 made ones and 400 that AWS maintains."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.iam.statements import statements
from scanner.kinds import Identity, Store
from scanner.model import Origin, Statement, World

ACCOUNT = "123456789012"
_MANAGED = Path(__file__).parents[2] / "scanner" / "data" / "aws_managed_policies.zip"
_SERVICES = {
    "s3": ("GetObject", "PutObject", "DeleteObject", "ListBucket", "GetBucketPolicy"),
    "dynamodb": ("GetItem", "PutItem", "Query", "Scan", "DeleteItem", "BatchGetItem"),
    "sqs": ("SendMessage", "ReceiveMessage", "DeleteMessage"),
    "kms": ("Decrypt", "GenerateDataKey", "DescribeKey"),
    "secretsmanager": ("GetSecretValue", "PutSecretValue"),
}
TYPES = {
    "s3": "aws_s3_bucket",
    "dynamodb": "aws_dynamodb_table",
    "sqs": "aws_sqs_queue",
    "kms": "aws_kms_key",
    "secretsmanager": "aws_secretsmanager_secret",
}
STORES = 40
"""Of each service."""

_CONDITIONS: tuple[dict[str, Any], ...] = (
    {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/worker-1*"}},
)


def arn(service: str, number: int) -> str:
    """ARN of one store."""
    return {
        "s3": f"arn:aws:s3:::chat-{number}",
        "dynamodb": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/chat-{number}",
        "sqs": f"arn:aws:sqs:us-east-1:{ACCOUNT}:chat-{number}",
        "kms": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/00000000-0000-0000-0000-{number:012}",
        "secretsmanager": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:chat-{number}-a1b2c3",
    }[service]


def documents() -> list[str]:
    """The policies as JSON texts, always the same."""
    chance = random.Random(20261121)  # noqa: S311 - no secret
    own = [json.dumps({"Version": "2012-10-17", "Statement": list(_statements(chance))}) for _ in range(1_000)]
    return [*own, *sorted(_managed())[::3][:400]]


def _managed() -> Iterator[str]:
    with ZipFile(_MANAGED) as file:
        for name in file.namelist():
            for line in file.read(name).decode().splitlines():
                yield line.partition(" ")[2]


def _statements(chance: random.Random) -> Iterator[dict[str, Any]]:
    for _ in range(chance.randint(2, 6)):
        service = chance.choice(list(_SERVICES))
        known = _SERVICES[service]
        listed = [f"{service}:{name}" for name in chance.sample(known, chance.randint(1, len(known)))]
        actions = chance.choices((listed, [f"{service}:*"], [f"{service}:Get*", f"{service}:List*"]), (8, 1, 1))[0]
        name = arn(service, chance.randrange(STORES * 2))
        resource: Any = chance.choices(([name, f"{name}/*"], "*", f"{name[:-1]}*"), (7, 1, 2))[0]
        yield {
            "Effect": "Deny" if chance.random() < 0.12 else "Allow",
            "NotAction" if chance.random() < 0.03 else "Action": actions,
            "Resource": resource,
            **({"Condition": chance.choice(_CONDITIONS)} if chance.random() < 0.2 else {}),
        }


def world(texts: list[str], people: int) -> World:
    """The account: roles with one to five of the policies each, and stores."""
    chance = random.Random(7)  # noqa: S311 - the same
    roles = [_role(number) for number in range(people)]
    binds: list[list[str]] = [[] for _ in texts]
    for role in roles:
        for number in chance.sample(range(len(texts)), chance.randint(1, 5)):
            binds[number].append(role.id)
    found = [one for number, text in enumerate(texts) for one in read(text, number, tuple(binds[number]))]
    return World(resources=(*roles, *stores()), statements=tuple(found))


def read(text: str, number: int, binds: tuple[str, ...]) -> Iterator[Statement]:
    """The statements of one policy."""
    id_ = f"arn:aws:iam::{ACCOUNT}:policy/p{number}"
    return statements({"id": id_, "account": ACCOUNT}, parse(text, id_), id_, kind="identity", binds=binds)


def stores() -> list[Store]:
    """200 stores."""
    return [
        Store(id=arn(service, number), account=ACCOUNT, region="us-east-1", planned=False,
              origin=Origin(source="live", type=type_))
        for service, type_ in TYPES.items() for number in range(STORES)
    ]  # fmt: skip


def _role(number: int) -> Identity:
    name = f"worker-{number}"
    origin = Origin(source="live", type="aws_iam_role")
    id_ = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return Identity(id=id_, type="role", name=name, account=ACCOUNT, planned=False, origin=origin)
