"""A policy document as neutral statements, with what is too wide in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import EITHER, Document, PolicyStatement, Texts, read_document
from scanner.clouds.aws.iam.wildcards import wildcard_action, wildcard_resource
from scanner.logic import Answer
from scanner.model import Statement, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_FACTS = (
    "effect", "actions", "not_actions", "resources", "not_resources", "principals", "not_principals", "conditions",
    "wildcard_action", "wildcard_resource",
)  # fmt: skip
"""What a statement says itself."""

TRUST = "trust"
"""What a role's trust policy is called in the ids of its statements."""

_OF_ONE_RESOURCE = frozenset({"resource", "trust"})
"""Kinds of policies in which `*` is the resource that has the policy."""


def read_statements(
    planned: PlannedWorld,
    owner: PlannedResource,
    attribute: str,
    block: Block | None = None,
    *,
    kind: str | Unknown = "identity",
    binds: Texts = (),
) -> Iterator[Statement]:
    """Read the statements of the policy in an attribute, filed under `owner`; one unknown where it is hidden."""
    document = read_document(planned, owner, attribute, block)
    if document is None:
        document = Unknown(f"{owner.address} shows no {attribute}")
    where = f"{owner.id}#{_within(block)}" if block is not None else owner.id
    yield from statements(planned.labels(owner), document, where, kind=kind, binds=binds)


def _within(block: Block) -> str:
    """What the policy in a block is called: never as a role's trust policy is."""
    name = str(block.values.get("name") or "inline")
    return f"inline/{name}" if name == TRUST else name


def statements(
    labels: dict[str, Any],
    document: Document | Unknown,
    where: str,
    *,
    kind: str | Unknown,
    binds: Texts,
    wide: Mapping[str, Answer] | None = None,
) -> Iterator[Statement]:
    """Yield the statements of one document, filed under the resource that `labels` describes.

    `wide` tells what is too wide of all that the document allows, where that is known already.
    """
    policy = labels["id"]
    if isinstance(document, Unknown):
        yield hidden(labels, document, where, kind=kind, binds=binds)
        return
    for number, statement in enumerate((*document.statements, *document.undecided), 1):
        facts = {
            **labels,
            "id": f"{where}#{number}",
            "policy": policy,
            "policy_kind": kind,
            "binds": binds,
            "version": document.version,
            **_as_written(statement),
        }
        if document.completed:
            facts["completed"] = {**labels.get("completed", {}), **dict.fromkeys(_FACTS, document.completed)}
        if wide is not None and statement.effect == "Allow":
            facts.update(wide)
        elif statement.effect != "Deny":
            facts["wildcard_action"] = _if_allowed(statement, wildcard_action(statement))
            one = kind in _OF_ONE_RESOURCE
            facts["wildcard_resource"] = False if one else _if_allowed(statement, wildcard_resource(statement))
        yield Statement.of(**facts)
    if document.more and document.more != EITHER:
        yield hidden(labels, Unknown(document.more), f"{where}#more", kind=kind, binds=binds)


def _if_allowed(statement: PolicyStatement, wide: Answer) -> Answer:
    """The fact itself, unless the statement may turn out to deny."""
    return wide if statement.effect == "Allow" or wide is False else _effect(statement)


def hidden(
    labels: dict[str, Any], reason: Unknown, where: str, *, kind: str | Unknown = "identity", binds: Texts = ()
) -> Statement:
    """Stand for the statements of a policy that is not known."""
    facts: dict[str, Any] = dict.fromkeys(_FACTS, reason)
    own = {"id": where, "policy": labels["id"], "policy_kind": kind, "binds": binds}
    return Statement.of(**{**labels, **own, **facts})


def _as_written(statement: PolicyStatement) -> dict[str, Any]:
    return {
        "effect": _effect(statement),
        "actions": statement.actions,
        "not_actions": statement.not_actions,
        "resources": statement.resources,
        "not_resources": statement.not_resources,
        "principals": statement.principals,
        "not_principals": statement.not_principals,
        "conditions": statement.conditions,
    }


def _effect(statement: PolicyStatement) -> Any:
    if statement.effect in {"Allow", "Deny"}:
        return statement.effect
    waits = statement.effect == NOT_KNOWN
    return Unknown("its effect is known only after apply" if waits else "its effect is neither Allow nor Deny")
