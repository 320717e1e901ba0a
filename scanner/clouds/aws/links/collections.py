"""Data access policies of OpenSearch Serverless: the second permission that it takes to get at documents.

Source: Amazon OpenSearch Service Developer Guide, "Data access control for Amazon OpenSearch Serverless" (principals,
`index/<collection>/<index>`, aoss:ReadDocument and aoss:WriteDocument; wildcards at the end of a name).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from scanner.clouds.aws.access.names import names
from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.links.moves import READS, WRITES
from scanner.clouds.aws.links.scope import Width
from scanner.clouds.aws.links.seen import Seen
from scanner.hcl.values import Symbol, Template
from scanner.iam.patterns import Reach, relation
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_POLICY = "aws_opensearchserverless_access_policy"
_PERMISSIONS = {READS: ("aoss:ReadDocument", "aoss:*"), WRITES: ("aoss:WriteDocument", "aoss:*")}


@dataclass(frozen=True, slots=True)
class _Rule:
    """Who may do what with the documents of what."""

    principals: tuple[str, ...]
    indexes: tuple[str, ...]
    """`<collection>/<index>`, which may end in wildcards."""

    permissions: tuple[str, ...]


class Documents:
    """Every data access policy, as far as it is known."""

    def __init__(self, seen: Seen) -> None:
        """Read them all."""
        self._seen = seen
        self._rules: list[_Rule] = []
        self._unread: list[set[str]] = []
        for policy in seen.planned.of(_POLICY):
            document = _document(policy)
            if isinstance(document, Unknown):
                self._unread.append({one.id for one in seen.planned.mentioned(policy, "policy")})
            else:
                self._rules.extend(self._read(policy, document))

    def narrowed(self, wide: Width, collection: str, identity: str, way: str) -> Width:
        """How closely IAM and these policies together name a collection; NONE where they let the identity nowhere."""
        about = [rule for rule in self._rules if self._of(rule, collection)]
        letting = [r for r in about if self._lets_in(r, identity) and {*_PERMISSIONS.get(way, ())} & {*r.permissions}]
        if letting:
            return Width.NAMED if any(self._closely(rule, collection) for rule in letting) else wide
        if any({collection, identity} <= told for told in self._unread):
            return Width.NAMED
        if self._unread or not about:
            return max(wide, Width.SEVERAL)
        return Width.NONE

    def _read(self, policy: PlannedResource, document: Any) -> Iterator[_Rule]:
        for part in document if isinstance(document, list) else ():
            if not isinstance(part, dict):
                continue
            principals = tuple(self._text(policy, one) for one in _listed(part.get("Principal")))
            for rule in _listed(part.get("Rules")):
                if isinstance(rule, dict) and rule.get("ResourceType") == "index":
                    told = (self._text(policy, one) for one in _listed(rule.get("Resource")))
                    indexes = tuple(one.removeprefix("index/") for one in told)
                    yield _Rule(principals, indexes, tuple(map(str, _listed(rule.get("Permission")))))

    def _text(self, policy: PlannedResource, value: Any) -> str:
        """A text, with `${<id>}` for what stands for a resource."""
        parts = value.parts if isinstance(value, Template) else (value,)
        return "".join(self._part(policy, part) for part in parts)

    def _part(self, policy: PlannedResource, part: Any) -> str:
        if isinstance(part, Symbol):
            found = self._seen.planned.instance(policy, part)
            return f"${{{found.id}}}" if found is not None else "~"
        return part if isinstance(part, str) else "~"

    def _of(self, rule: _Rule, collection: str) -> bool:
        name = self._seen.resources[collection].name or "\0"
        called = (one.rpartition("/")[0] for one in rule.indexes)
        return any(one in {f"${{{collection}}}", "~"} or fnmatchcase(name, one) for one in called)

    def _lets_in(self, rule: _Rule, identity: str) -> bool:
        known = self._seen.resources.get(identity)
        spelled = (f"${{{identity}}}", *(names(known) if known is not None else (identity,)))
        return any(relation(one, name) is not Reach.NONE for one in rule.principals for name in spelled)

    def _closely(self, rule: _Rule, collection: str) -> bool:
        """Whether a rule names the collection itself, and its principals one by one."""
        called = {one.rpartition("/")[0] for one in rule.indexes}
        named = {f"${{{collection}}}", self._seen.resources[collection].name}
        return bool(called & named) and not any("*" in one for one in rule.principals)


def _document(policy: PlannedResource) -> Any:
    value = policy.get("policy")
    if isinstance(value, Unknown) and not isinstance(value, Template):
        return value
    return read_json(value, "policy") if isinstance(value, (str, Template)) else Unknown("it shows no policy")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
