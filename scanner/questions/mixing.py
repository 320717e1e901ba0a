"""Roles that several sorts of identities take: people, programs, pipelines, vendors, customers.

Source: AICPA Trust Services Criteria, CC6.1; requirement ACC-06.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.kinds import Identity
from scanner.logic import Answer
from scanner.model import Noted, Statement, Unknown
from scanner.questions.asked import Asked, Found

_ACCOUNT = re.compile(r"(?:arn:[^:]*:iam::)?(\d{12})(?::.*)?")
_ONE = re.compile(r":(?:user|role)/[^*?~]+$|^AWS:\$\{[^}]+\}$")
"""One user or role by its name: of one sort, whichever that is."""

_TAKES = {
    "people": "people take it",
    "programs": "programs of the cloud take it",
    "pipelines": "pipelines of a code host take it",
    "vendors": "another's account takes it",
    "customers": "users of the chatbot take it",
}


def facts(asked: Asked) -> Iterator[Found]:
    """Whether several sorts of identities take each role."""
    trust: dict[str, list[Statement]] = {}
    for statement in asked.world.statements:
        if statement.policy_kind == "trust" and isinstance(statement.binds, tuple):
            for id_ in statement.binds:
                trust.setdefault(id_, []).append(statement)
    sorts = _Sorts(asked)
    for role in asked.world.resources:
        if isinstance(role, Identity) and role.type == "role":
            yield role.id, {"mixed_use": _mixed(role, trust.get(role.id, ()), sorts)}


def _mixed(role: Identity, trust: Iterable[Statement], sorts: _Sorts) -> Answer:
    found: dict[str, str] = {}
    doubts: list[str] = []
    alone: list[str] = []
    for statement in trust:
        if statement.effect == "Deny":
            continue
        hidden = next((x for x in (statement.principals, statement.effect) if isinstance(x, Unknown)), None)
        if hidden is not None:
            doubts.append(hidden.reason)
            alone.append("")
            continue
        for principal in statement.principals if isinstance(statement.principals, tuple) else ():
            sort = sorts.of(principal, statement, role)
            if isinstance(sort, Unknown):
                doubts.append(sort.reason)
                alone.append(principal.partition(":")[2] if _ONE.search(principal) else "")
            elif sort:
                found.setdefault(sort, principal.partition(":")[2])
    if len(found) > 1:
        return Noted(True, "; ".join(f"{_TAKES[sort]}, as {found[sort]}" for sort in sorted(found)))
    if not found and len({*alone}) == 1 and alone[0]:
        return Noted(False, f"{alone[0]} alone takes it")
    if doubts:
        return Unknown(doubts[0])
    return Noted(False, next((_TAKES[sort] for sort in found), "nobody takes it"))


class _Sorts:
    """What sort principals of trust policies are."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._identities = {one.id: one for one in asked.world.resources if isinstance(one, Identity)}
        self._own = {*asked.config.own_accounts, *(one.account for one in self._identities.values())} - {""}

    def of(self, principal: str, statement: Statement, role: Identity) -> str | Unknown:
        """The sort of one; empty for the role itself."""
        conditions = statement.conditions
        keys = [key for _, key, _ in conditions] if isinstance(conditions, tuple) else []
        sort: str = self._asked.language.sort_of(principal, keys)
        kind, _, name = principal.partition(":")
        if sort or kind == "Federated":
            return sort or Unknown(f"whether people or programs sign in through {name} is not known")
        named = name[2:-1] if name.startswith("${") and name.endswith("}") else name
        identity = self._identities.get(self._asked.access.subject(named))
        if identity is not None:
            return "" if identity.id == role.id else self._taken(identity)
        account = _ACCOUNT.fullmatch(name)
        own = self._own if role.account in self._own else {role.account, *self._own} - {""}
        if account and account[1] not in own and (own or account[1] in self._asked.config.trusted_accounts):
            return "vendors"
        return Unknown(f"whether people or programs are {name} is not known")

    @staticmethod
    def _taken(identity: Identity) -> str | Unknown:
        if isinstance(identity.human, Unknown):
            return Unknown(f"whether people or programs are {identity.id} is not known: {identity.human.reason}")
        return "people" if identity.human else "programs"
