"""IAM roles with whom they trust, and since when nobody used them."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.access.users_of import sort_of
from scanner.clouds.aws.iam.accessed import accessed
from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.permission_sets import OF_IDENTITY_CENTER
from scanner.clouds.aws.iam.policydoc import Document, PolicyStatement, read_document
from scanner.clouds.aws.iam.statements import TRUST, statements
from scanner.clouds.aws.iam.subjects import boundary
from scanner.clouds.aws.iam.trust import lets_anyone_in
from scanner.clouds.aws.iam.users import NO_KEYS, SOMEBODY, unused
from scanner.clouds.aws.iam.vendors import lets_vendors_in
from scanner.clouds.aws.keys.strangers import own_accounts
from scanner.clouds.aws.naming import locate, partition, provider_key
from scanner.kinds import Identity
from scanner.logic import Answer
from scanner.model import Noted, Statement, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = ("aws_iam_role",)
kinds = ("identity", "statement")


def from_plan(planned: PlannedWorld) -> Iterator[Identity | Statement]:
    """Read every role; its trust policy also as statements.

    A live account tells `unused_days` as well: days since the role was last used, or since it was made where it never
    was.
    """
    for role in planned.of(*terraform_types):
        yield from _role(planned, role)


def _role(planned: PlannedWorld, role: PlannedResource) -> Iterator[Identity | Statement]:
    labels = planned.labels(role)
    document = read_document(planned, role, "assume_role_policy")
    if document is None:
        document = Unknown(f"{role.address} shows no assume_role_policy")
    trusts = _trusts(document)
    completed = document.completed if isinstance(document, Document) else ()
    yield Identity.of(
        **labels,
        type="role",
        human=sourced(planned.once(_Takers).people(role, document), completed)
        if isinstance(document, Document)
        else document,
        long_lived_key=Noted(False, NO_KEYS),
        unused_days=unused(role),
        **accessed(role),
        reserved=str(role.values.get("path")).startswith(OF_IDENTITY_CENTER),
        trusts=sourced(trusts, completed),
        boundary=boundary(planned, role),
        open=document if isinstance(document, Unknown) else sourced(lets_anyone_in(document), completed),
        lets_vendors_in=_vendors(planned, document),
    )
    yield from statements(labels, document, f"{role.id}#{TRUST}", kind="trust", binds=(role.id,))


def _vendors(planned: PlannedWorld, document: Document | Unknown) -> Answer:
    if isinstance(document, Unknown):
        return document
    return sourced(lets_vendors_in(document, planned.once(own_accounts)), document.completed)


def trusted_by(planned: PlannedWorld, role: PlannedResource) -> tuple[str, ...] | Unknown:
    """Principals that a role's trust policy lets become it."""
    document = read_document(planned, role, "assume_role_policy")
    return _trusts(document or Unknown(f"{role.address} shows no assume_role_policy"))


def _trusts(document: Document | Unknown) -> tuple[str, ...] | Unknown:
    """Principals that a trust policy lets become the role."""
    if isinstance(document, Unknown):
        return document
    found: list[str] = []
    for statement in document.statements:
        if statement.effect == "Allow":
            if isinstance(statement.principals, Unknown):
                return statement.principals
            found.extend(["AWS:*"] if statement.not_principals else statement.principals)
    if document.more or any(NOT_KNOWN in principal.split(":", 1) for principal in found):
        return Unknown(document.more or "a principal of its trust policy is known only after apply")
    return tuple(dict.fromkeys(found))


class _Takers:
    """Whether people take roles, each worked out once."""

    def __init__(self, planned: PlannedWorld) -> None:
        self._planned = planned
        self._roles = {name: role for role in planned.of(*terraform_types) for name in _called(role)}
        self._near = {(provider_key(role), name): role for role in planned.of(*terraform_types) for name in _near(role)}
        self._not_programs: frozenset[str] | None = None

    def people(self, role: PlannedResource, document: Document) -> Answer:
        """Whether people become a role by signing in; a role that programs' roles alone become is a program's."""
        trusts = _trusts(document)
        if isinstance(trusts, Unknown):
            return trusts
        if any(one.startswith("Federated:") and ":saml-provider/" in one for one in trusts):
            return Noted(True, "people become it through SAML")
        if all(one.startswith("Service:") for one in trusts):
            return Noted(False, "only services become it")
        return Noted(False, "programs and users of the chatbot alone become it") if self._no_people(role) else SOMEBODY

    def _no_people(self, role: PlannedResource) -> bool:
        """Whether no person becomes it, for certain. Roles that become each other alone let nobody in."""
        if self._not_programs is None:
            self._not_programs = frozenset(self._taken_by_others())
        return role.id not in self._not_programs

    def _taken_by_others(self) -> set[str]:
        """Roles that people may become, be it through others that they may become."""
        becomes: dict[str, list[str]] = {}
        found: list[str] = []
        for role in self._planned.of(*terraform_types):
            document = read_document(self._planned, role, "assume_role_policy")
            if not isinstance(document, Document) or isinstance(_trusts(document), Unknown):
                found.append(role.id)
                continue
            for statement in document.statements:
                if statement.effect == "Allow":
                    found += self._let_in(role, statement, becomes)
        reached: set[str] = set()
        while found:
            if (one := found.pop()) not in reached:
                reached.add(one)
                found += becomes.get(one, ())
        return reached

    def _let_in(self, role: PlannedResource, statement: PolicyStatement, becomes: dict[str, list[str]]) -> list[str]:
        """The role, where a statement lets in somebody who may be a person; notes the roles that it lets in."""
        keys = [key for _, key, _ in statement.conditions] if isinstance(statement.conditions, tuple) else []
        principals = () if isinstance(statement.principals, Unknown) else statement.principals
        some = not principals or bool(statement.not_principals)
        for principal in principals:
            named = principal.partition(":")[2]
            other = self._roles.get(named) or self._near.get((provider_key(role), named))
            if other is not None:
                becomes.setdefault(other.id, []).append(role.id)
            some = some or (other is None and sort_of(principal, keys) in {"", "people"})
        return [role.id] if some else []


def _called(role: PlannedResource) -> Iterator[str]:
    """How a trust policy may call a role."""
    yield f"${{{role.id}}}"
    if isinstance(arn := role.values.get("arn"), str):
        yield arn
        return
    if account := locate(role)[1]:
        yield from _in_account(role, account)


def _near(role: PlannedResource) -> Iterator[str]:
    """How a trust policy of the same account may call a role of an account that is not known."""
    if not locate(role)[1]:
        yield from _in_account(role, "{account}")


def _in_account(role: PlannedResource, account: str) -> Iterator[str]:
    (name, _, region), path = locate(role), role.get("path")
    if name and (path is None or isinstance(path, str)):
        yield f"arn:{partition(region)}:iam::{account}:role{path or '/'}{name}"
