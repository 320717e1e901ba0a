"""Actions on what is called after a resource: its executions, its consumers."""

from __future__ import annotations

import json

import pytest

from scanner.clouds.aws.access.names import OF_TYPE, named_after, own_format
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.iam.policydoc import parse
from scanner.clouds.aws.iam.statements import statements
from scanner.iam.access import Access
from scanner.kinds import Compute, Identity, Store
from scanner.model import Origin, Resource, World

ROLE = "arn:aws:iam::111122223333:role/chat"
MACHINE = "arn:aws:states:eu-west-1:111122223333:stateMachine:chat"
STREAM = "arn:aws:kinesis:eu-west-1:111122223333:stream/chat"


def thing(kind: type[Resource], arn: str, type_: str) -> Resource:
    """A resource of an account."""
    origin = Origin(source="live", type=type_)
    return kind(id=arn, name="chat", account="111122223333", region="eu-west-1", planned=False, origin=origin)


def access(action: str, resource: str) -> Access:
    """A role that is allowed one action."""
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]}
    found = statements({"id": "p"}, parse(json.dumps(policy), "p"), "p", kind="identity", binds=(ROLE,))
    origin = Origin(source="live", type="aws_iam_role")
    role = Identity(id=ROLE, type="role", name="chat", account="111122223333", planned=False, origin=origin)
    things = (thing(Compute, MACHINE, "aws_sfn_state_machine"), thing(Store, STREAM, "aws_kinesis_stream"))
    return Access(World(resources=(role, *things), statements=tuple(found)), VOCABULARY)


@pytest.mark.parametrize(
    ("action", "resource", "about", "expected"),
    [
        ("states:GetExecutionHistory", "*", MACHINE, True),
        ("states:GetExecutionHistory", MACHINE.replace("stateMachine", "execution") + ":*", MACHINE, True),
        ("states:GetExecutionHistory", MACHINE.replace("stateMachine:chat", "execution:other:*"), MACHINE, False),
        ("states:GetExecutionHistory", MACHINE, MACHINE, False),
        ("kinesis:SubscribeToShard", STREAM + "/consumer/*", STREAM, True),
        ("kinesis:SubscribeToShard", STREAM.replace("chat", "other") + "/consumer/*", STREAM, False),
    ],
)
def test_what_is_called_after_a_resource_is_a_part_of_it(
    action: str, resource: str, about: str, *, expected: bool
) -> None:
    assert access(action, resource).can(ROLE, action, about) is expected


def test_an_action_that_names_nothing_is_granted_by_a_star_alone() -> None:
    collection = thing(
        Store, "arn:aws:aoss:eu-west-1:111122223333:collection/abc", "aws_opensearchserverless_collection"
    )
    for resource, levels in (("*", {"admin"}), (collection.id, set())):
        made = access("aoss:UpdateAccessPolicy", resource)
        world = World(resources=(*made.world.resources, collection), statements=made.world.statements)
        assert {grant.level for grant in Access(world, VOCABULARY).grants()} == levels


@pytest.mark.parametrize("type_", sorted(OF_TYPE))
def test_every_type_has_a_format_that_can_be_read(type_: str) -> None:
    assert own_format(type_).startswith("arn:")
    assert named_after(thing(Store, own_format(type_), type_), own_format(type_)) == (own_format(type_),)
