"""Statements made ready for questions: alike ones put together, each with those whom it holds for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from scanner.iam.actions import names
from scanner.iam.context import (
    Principal,
    Question,
    asks_what_is_chosen,
    asks_who,
    condition_holds,
    filled,
    literal,
    variables,
)
from scanner.iam.patterns import NOT_KNOWN, Reach, reach
from scanner.logic import any_holds, contrary
from scanner.model import Statement, Unknown

AFTER_APPLY = "a part of a statement is known only after apply"
"""Why what a statement comes to is open, where it does not say why itself."""

_VARIABLES_SINCE = "2012"
_CHOICE = "a condition depends on what whoever asks chooses, such as to do without TLS"

Condition: TypeAlias = tuple[str, str, tuple[str, ...]]
"""Operator, key and values."""


@dataclass(slots=True, eq=False)
class Compiled:
    """One statement's text, and every statement that says the same."""

    first: Statement
    must: int = 0
    """Principals it binds for certain, of an identity policy."""

    may: int = 0
    holders: list[tuple[str, int]] = field(default_factory=list)
    """Ids of the statements, each with the principals it binds at most."""

    who: frozenset[str] = frozenset()
    """Condition keys and variables, in lower case, that differ from one principal to the next."""

    by_who_alone: bool = False
    """Whether its conditions that ask who it is ask nothing else besides."""

    named: bool = False
    """Whether a resource pattern of it holds a policy variable."""

    by_name: bool = False
    """Whether such a variable differs from one principal to the next."""

    @property
    def denies(self) -> bool:
        """Whether it denies; one of unknown effect does both, perhaps."""
        return self.first.effect == "Deny"

    @property
    def certain(self) -> bool:
        """Whether its effect is known."""
        return not isinstance(self.first.effect, Unknown)

    def acts(self, action: str) -> bool | None:
        """Whether it is about an action, in lower case; None where that is not known."""
        one = self.first
        if isinstance(one.actions, Unknown) or isinstance(one.not_actions, Unknown):
            return None
        if one.not_actions:
            return contrary(any_holds(names(pattern, action) for pattern in one.not_actions))
        return any_holds(names(pattern, action) for pattern in one.actions)

    def reaches(self, spellings: tuple[str, ...], question: Question, principal: Principal | None) -> Reach:
        """What it reaches of what is asked about; a statement that names no resource is about what it stands at."""
        one = self.first
        if isinstance(one.resources, Unknown) or isinstance(one.not_resources, Unknown):
            return Reach.MAYBE
        if question.nameless and (one.resources or one.not_resources):
            return _of_all(one.not_resources, spared=True) if one.not_resources else _of_all(one.resources)
        if one.not_resources:
            return _spared(self._filled(one.not_resources, question, principal), spellings)
        if not one.resources:
            return Reach.ALL if one.policy_kind in {"trust", "resource"} else Reach.NONE
        return reach(self._filled(one.resources, question, principal), spellings)

    def _filled(self, patterns: tuple[str, ...], question: Question, principal: Principal | None) -> Iterable[str]:
        if not self.named:
            return patterns
        done = (filled(pattern, question, principal) for pattern in patterns)
        return [
            pattern.replace("{unknown}", "~") if pattern.endswith("{unknown}") else pattern
            for pattern in done
            if pattern
        ]

    def general(self, question: Question) -> bool | str:
        """Whether its conditions hold but for those that ask who it is; as text why that is not known."""
        if isinstance(self.first.conditions, Unknown):
            return self.first.conditions.reason
        found = _all(self.first.conditions, question, None, lambda one: not _personal(one))
        # Of two ways to ask, the one that is expected is taken for given only where it serves whoever asks.
        if found is not self.denies or not self._leaves_a_choice():
            return found
        other = _all(self.first.conditions, question.otherwise(), None, lambda one: not _personal(one))
        return found if other is found else _CHOICE

    def _leaves_a_choice(self) -> bool:
        conditions = self.first.conditions
        return isinstance(conditions, tuple) and any(asks_what_is_chosen(key.lower()) for _, key, _ in conditions)

    def personal(self, question: Question, principal: Principal | None) -> bool | str:
        """Whether those conditions hold that ask who it is."""
        if isinstance(self.first.conditions, Unknown):
            return True
        return _all(self.first.conditions, question, principal, _personal)

    def condition(self, question: Question, principal: Principal | None) -> bool | str:
        """Whether its conditions hold for a request; as text why that is not known."""
        general, personal = self.general(question), self.personal(question, principal)
        if general is False or personal is False:
            return False
        return personal if general is True else general

    def hidden(self) -> str:
        """Why a part of it is not known; empty where all of it is."""
        one = self.first
        parts = (one.effect, one.actions, one.not_actions, one.resources, one.not_resources)
        return next((part.reason for part in parts if isinstance(part, Unknown)), "")


def text_of(statement: Statement) -> tuple[Any, ...]:
    """What must be the same in two statements that are put together."""
    one = statement
    return (
        one.effect, one.actions, one.not_actions, one.resources, one.not_resources, one.principals, one.not_principals,
        one.conditions, one.version, isinstance(one.policy_kind, Unknown),
    )  # fmt: skip


def compiled(statement: Statement) -> Compiled:
    """Make one statement ready."""
    old = statement.version < _VARIABLES_SINCE
    if old and isinstance(statement.conditions, tuple):
        written = tuple((operator, key, tuple(map(literal, values))) for operator, key, values in statement.conditions)
        statement = replace(statement, conditions=written) if written != statement.conditions else statement
    found: set[str] = set()
    for part in (statement.resources, statement.not_resources):
        found.update(key for text in _texts(part) for key in variables(text))
    named = bool(found) and not old
    conditions = statement.conditions if isinstance(statement.conditions, tuple) else ()
    alone = all(_by_who_alone(one) for one in conditions if _personal(one))
    by_name = named and any(map(asks_who, found))
    for _, key, values in conditions:
        found.add(key.lower())
        found.update(name for value in values for name in variables(value))
    return Compiled(statement, who=frozenset(filter(asks_who, found)), by_who_alone=alone, named=named, by_name=by_name)


def _personal(condition: Condition) -> bool:
    """Whether a condition asks who it is, by its key or by a variable in a value."""
    _, key, values = condition
    return asks_who(key.lower()) or any(asks_who(name) for value in values for name in variables(value))


def _by_who_alone(condition: Condition) -> bool:
    """Whether a condition asks only who it is, and nothing of the request."""
    _, key, values = condition
    return asks_who(key.lower()) and all(asks_who(name) for value in values for name in variables(value))


def _all(
    conditions: tuple[Condition, ...],
    question: Question,
    principal: Principal | None,
    wanted: Callable[[Condition], bool],
) -> bool | str:
    doubt = ""
    for one in conditions:
        found = condition_holds(*one, question, principal) if wanted(one) else True
        if found is False:
            return False
        if isinstance(found, str):
            doubt = doubt or found
    return doubt or True


def _texts(part: object) -> tuple[str, ...]:
    return part if isinstance(part, tuple) else ()


def _of_all(patterns: tuple[str, ...], *, spared: bool = False) -> Reach:
    """What patterns reach of an action that names no resource: `*` alone stands for that."""
    if any(not pattern.strip("*") for pattern in patterns):
        return Reach.NONE if spared else Reach.ALL
    if any(pattern.startswith(NOT_KNOWN) for pattern in patterns):
        return Reach.MAYBE
    return Reach.ALL if spared else Reach.NONE


def _spared(spared: Iterable[str], spellings: tuple[str, ...]) -> Reach:
    """What a statement about everything but some resources reaches."""
    touched = reach(spared, spellings)
    if touched in {Reach.NONE, Reach.ALL}:
        return Reach.ALL if touched is Reach.NONE else Reach.NONE
    return touched
