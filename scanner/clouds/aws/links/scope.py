"""How closely a statement names a resource: itself, one of several, or everything of its type.

Sources: AWS IAM User Guide, "IAM JSON policy elements: Resource"; AWS Service Authorization Reference.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from itertools import islice

from scanner.clouds.aws.access.names import PLACEHOLDER, names, own_format
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.patterns import NOT_KNOWN, Reach, relation
from scanner.model import Resource, Statement, Unknown

_FIELDS = 6
_WILD = re.compile(r"[*?{~]")
_WHOLE_ACCOUNT, _OWN_ACCOUNT = ":root", "{account}"
_BELOW = frozenset(
    {
        "aws_s3_bucket", "aws_dynamodb_table", "aws_opensearch_domain", "aws_elasticsearch_domain",
        "aws_kinesis_stream", "aws_s3vectors_vector_bucket",
    }
)  # fmt: skip
"""Types whose name ends where a slash stands: what follows is a part of what they hold."""

_VERSIONED = frozenset({"aws_cloudwatch_log_group", "aws_ecs_task_definition", "aws_lambda_function"})
"""Types whose name ends where a colon stands."""


class Width(IntEnum):
    """How much a statement is about, the closest first."""

    NAMED = 0
    """This one."""

    SEVERAL = 1
    """Some of its type, by a wildcard, or perhaps this one."""

    DOUBTED = 2
    """This one, and another statement may take it away."""

    WIDE = 3
    """All of its type."""

    HIDDEN = 4
    """What it says is not known."""

    NONE = 5
    """Something else keeps it away."""


def everything(statement: Statement | None) -> Width | None:
    """WIDE of a statement on everything, HIDDEN of one that is not known; None of one that names some things."""
    if statement is None:
        return Width.WIDE  # of a policy that AWS maintains, which knows no name of ours
    if statement.policy_kind == "resource":
        return None
    told = (statement.actions, statement.not_actions, statement.not_resources, statement.effect)
    if isinstance(statement.resources, Unknown) or any(isinstance(part, Unknown) for part in told):
        return Width.HIDDEN
    return Width.WIDE if "*" in statement.resources or statement.not_resources else None


def width(statement: Statement, resource: Resource, actions: tuple[str, ...], among: Among) -> Width:
    """How closely a statement that allows these actions names a resource."""
    patterns = () if isinstance(statement.resources, Unknown) else statement.resources
    reaching = [one for one in patterns if among.reaches(one, resource, actions)]
    if statement.policy_kind == "resource":
        perhaps = bool(reaching) and all(_is_open(one, resource.origin.type) for one in reaching)
        return max(_by_principal(statement), Width.SEVERAL if perhaps else Width.NAMED)
    return min((_of_pattern(pattern, resource, among) for pattern in reaching), default=Width.WIDE)


def _is_open(pattern: str, type_: str) -> bool:
    """Whether what a pattern names is not known, so that it may be something else."""
    return pattern.startswith(NOT_KNOWN) or NOT_KNOWN in _name_in(pattern, type_)


def _by_principal(statement: Statement) -> Width:
    """How closely the policy of a resource names whom it lets in."""
    if isinstance(statement.principals, Unknown):
        return Width.HIDDEN
    told = [one.partition(":")[2] for one in statement.principals]
    return Width.WIDE if not told or any(map(means_many, told)) else Width.NAMED


def means_many(principal: str) -> bool:
    """Whether the identifier of a principal means everybody, or all of an account."""
    return principal in {"*", _OWN_ACCOUNT} or principal.endswith(_WHOLE_ACCOUNT) or principal.isdigit()


def _of_pattern(pattern: str, resource: Resource, among: Among) -> Width:
    if pattern.startswith(f"${{{resource.id}}}"):
        return Width.NAMED
    if pattern.startswith("${"):
        return Width.SEVERAL
    if pattern.startswith(NOT_KNOWN):
        return Width.HIDDEN
    name = _name_in(pattern, resource.origin.type)
    if not name.strip("*?"):
        return Width.WIDE
    if not any(letter in name for letter in "*?~{"):
        return Width.NAMED
    return Width.NAMED if among.single(pattern, resource) else Width.SEVERAL


@lru_cache(maxsize=1 << 14)
def _name_in(pattern: str, type_: str) -> str:
    """The part of an ARN that says which of its type it is; empty where there is none."""
    fields = pattern.split(":", _FIELDS - 1)
    if len(fields) < _FIELDS:
        return ""
    last = fields[-1]
    head = PLACEHOLDER.split(own_format(type_).split(":", _FIELDS - 1)[-1])[0]
    if not last.startswith(head):
        return ""
    name = last[len(head) :]
    if type_ == "aws_secretsmanager_secret":
        return name.removesuffix("-??????").removesuffix("-*")
    end = "/" if type_ in _BELOW else ":" if type_ in _VERSIONED else ""
    return name.partition(end)[0] if end else name


class Among:
    """What else of a type there is, for patterns that may be about several."""

    def __init__(self, resources: dict[str, Resource]) -> None:
        """Take everything there is."""
        self._by_type: dict[str, list[Resource]] = {}
        for one in resources.values():
            self._by_type.setdefault(one.origin.type, []).append(one)
        self._single: dict[tuple[str, str], bool] = {}
        self._names: dict[str, list[tuple[str, str, Resource]]] = {}
        self._spelled: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}

    def reaches(self, pattern: str, resource: Resource, actions: tuple[str, ...]) -> bool:
        """Whether a pattern is about a resource, or may be."""
        if pattern == "*":
            return True
        key = (resource.id, actions)
        if key not in self._spelled:
            told = (spelling for action in actions for spelling in VOCABULARY.acted_on(action, resource))
            self._spelled[key] = tuple(dict.fromkeys(told))
        return any(relation(pattern, spelling) is not Reach.NONE for spelling in self._spelled[key])

    def single(self, pattern: str, resource: Resource) -> bool:
        """Whether a pattern with wildcards is about no other of the type."""
        type_ = resource.origin.type
        key = (pattern, type_)
        if key not in self._single:
            found = 0
            for one in self._beginning(type_, _WILD.split(_name_in(pattern, type_), maxsplit=1)[0]):
                told = (name + rest for name in names(one) for rest in ("", "/*", ":*"))
                found += any(relation(pattern, spelling) > Reach.MAYBE for spelling in told)
                if found > 1:
                    break
            self._single[key] = found == 1
        return self._single[key]

    def _beginning(self, type_: str, head: str) -> Iterator[Resource]:
        """Those of a type whose names begin so: no other can a pattern be about for certain."""
        if type_ not in self._names:
            self._names[type_] = sorted((one.name.lstrip("/"), one.id, one) for one in self._by_type.get(type_, ()))
        listed, head = self._names[type_], head.lstrip("/")
        for name, _, one in islice(listed, bisect_left(listed, (head,)), None):
            if not name.startswith(head):
                return
            yield one
