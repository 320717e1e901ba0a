"""Policies that something names and that stand elsewhere: those that AWS maintains, and those a data source reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from scanner.clouds.aws.iam.managed_policies import (
    FOR_SERVICES,
    document,
    managed_name,
    passes_roles,
    whole_services,
    wildcard_facts,
)
from scanner.clouds.aws.iam.passing import FACT
from scanner.clouds.aws.iam.policydoc import Document, Texts, parse
from scanner.clouds.aws.iam.statements import hidden, statements
from scanner.model import Statement, Unknown
from scanner.terraform.instances import External, PlannedResource


def named_policy(
    labels: dict[str, Any], policy: PlannedResource | External, where: str, *, kind: str, binds: Texts
) -> Iterator[Statement]:
    """Statements of a policy by its ARN, or of what a data source says of it, filed under what `labels` describes."""
    arn = policy.value if isinstance(policy, External) else str(policy.values.get("arn") or "")
    name = managed_name(arn) or (_by_name(policy) if isinstance(policy, PlannedResource) and not arn else "")
    text = policy.values.get("policy") if isinstance(policy, PlannedResource) else None
    read = parse(text, arn) if isinstance(text, str) else None
    if name:
        found = _of_aws(labels, name, read or document(name), where, kind=kind, binds=binds)
        yield from _maintained(found, f"{where}#{name}", FOR_SERVICES in arn and whole_services(name) is None)
    elif read is not None:
        yield from statements(labels, read, f"{where}#{arn}", kind=kind, binds=binds)
    else:
        what = f"the policy {arn or 'it names'} is not here, and what it allows was not seen"
        yield hidden(labels, Unknown(what), f"{where}#{arn}", kind=kind, binds=binds)


def _by_name(policy: PlannedResource) -> str:
    """Name of the AWS managed policy that a data source, not read yet, asks for by its name alone.

    Of two policies of one name the provider finds neither, so it is AWS's or an error.
    """
    more = any(policy.values.get(other) for other in ("path_prefix", "tags"))
    name = policy.values.get("name")
    return name if not more and isinstance(name, str) and whole_services(name) is not None else ""


def _of_aws(
    labels: dict[str, Any], name: str, text: Document | Unknown, where: str, *, kind: str, binds: Texts
) -> Iterator[Statement]:
    """Statements of an AWS managed policy, judged as a whole where our table knows it."""
    if whole_services(name) is None:
        yield from statements(labels, text, where, kind=kind, binds=binds)
        return
    wide = {**wildcard_facts(name), FACT: passes_roles(name)}
    if isinstance(text, Document):
        yield from statements(labels, text, where, kind=kind, binds=binds, wide=wide)
    else:
        open_ = dict.fromkeys(("actions", "resources", "conditions"), text)
        own = {"policy": labels["id"], "policy_kind": kind, "binds": binds}
        yield Statement.of(**{**labels, **own, **open_, **wide})


def _maintained(found: Iterable[Statement], where: str, unjudged: bool) -> Iterator[Statement]:  # noqa: FBT001
    """Say whose the text is. Nobody can narrow what AWS made for the roles of its own services: `unjudged`."""
    for number, statement in enumerate(found, 1):
        own = replace(statement, id=where if number == 1 else f"{where}#{number}", managed_by="provider")
        told = unjudged and not isinstance(own.actions, Unknown)
        yield replace(own, wildcard_resource=False, passes_roles_freely=False) if told else own
