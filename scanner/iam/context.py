"""What is known of a request: keys that the question gives, and those that tell who asks, and for what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from scanner.iam.operators import holds, whatever
from scanner.iam.patterns import looked_up

Value = tuple[str, ...] | None
"""Values of a key, or None where it is certain that the request has none."""

Given = Mapping[str, str | tuple[str, ...] | None]
"""Condition keys of a question, in any case; None for a key that the request lacks."""

_OF_PRINCIPAL = frozenset(
    {"aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:username", "kms:calleraccount"}
)
_OF_RESOURCE = frozenset({"aws:resourceaccount", "s3:resourceaccount"})
_CHOSEN = {"aws:securetransport": ("true",)}
"""What whoever wants in simply does: nobody needs to do without TLS."""

_OTHERWISE: Mapping[str, Value] = {"aws:securetransport": ("false",)}
"""What whoever wants in can do as well."""

_SAID_BY_NOBODY = {"aws:principalisawsservice": ("false",)}
_SYMBOL = r"(?:[^\"{}]*:)?(?:module\.|data\.|[a-z]+_[a-z0-9_]*\.)"
"""How what stands in the braces of a planned resource begins, and of no variable: an address, perhaps of a plan."""

_VARIABLE = re.compile(r"\$\{(?!" + _SYMBOL + r")([A-Za-z0-9-]+(?:\.[A-Za-z0-9.-]+)?:[^}'~]*?)(?:,\s*'([^']*)')?\}")
_EXACT = "}=~"
"""Ends a condition's value that is the very ARN of a planned resource."""
_LITERAL = {"${*}": "*", "${?}": "?", "${$}": "$"}


@dataclass(frozen=True, slots=True)
class Principal:
    """One who may act: a role, a user, or somebody outside of whom only the name is known."""

    id: str
    type: str
    """role, user and the like; empty where only the name is known."""

    account: str
    name: str
    names: tuple[str, ...]
    """Every way to write it."""

    place: str = ""
    """The plan it is of; empty in a live world. Two of one plan whose accounts are not known are of one account."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an action on something, and what is known of the request."""

    action: str
    """In lower case."""

    spellings: tuple[str, ...]
    account: str
    given: Mapping[str, Value]
    """By key in lower case."""

    nameless: bool = False
    """Whether the action names no resource."""

    def value(self, key: str, principal: Principal | None) -> Value | str:
        """What a key is: its values, None where it is missing; the reason, as text, where that is not known."""
        if key in self.given:
            return self.given[key]
        if key in _CHOSEN:
            return _CHOSEN[key]
        if key in _OF_RESOURCE:
            return (self.account,) if self.account else f"the account of {key} is not known"
        if principal is not None and principal.type:
            found = _told(key, principal)
            if found is not None:
                return found or None
        return f"whether {key} holds is not known"

    def otherwise(self) -> Question:
        """The same, of whoever chooses the other way, where that is not told."""
        return replace(self, given={**_OTHERWISE, **self.given})


def asks_what_is_chosen(key: str) -> bool:
    """Whether whoever asks chooses what a key, in lower case, is."""
    return key in _CHOSEN


def asks_who(key: str) -> bool:
    """Whether a key differs from one principal to the next."""
    return key in _OF_PRINCIPAL or key in _SAID_BY_NOBODY


def _told(key: str, principal: Principal) -> Value | str:
    """What a principal itself tells of a key: nothing in it where it has none, None where it does not tell."""
    if key in _SAID_BY_NOBODY:
        return _SAID_BY_NOBODY[key]
    user = principal.type == "user"
    told: dict[str, Value] = {
        "aws:principalaccount": (principal.account or "{account}",),
        "kms:calleraccount": (principal.account or "{account}",),
        "aws:principalarn": principal.names,
        "aws:principaltype": ("User",) if user else ("AssumedRole",),
        "aws:username": (principal.name or "{name}",) if user else (),
    }
    return told.get(key)


def variables(text: str) -> tuple[str, ...]:
    """Keys, in lower case, of the policy variables in a text."""
    return tuple(match[1].lower() for match in _VARIABLE.finditer(text)) if "${" in text else ()


def filled(text: str, question: Question, principal: Principal | None) -> str | None:
    """A text with its policy variables filled in, `{unknown}` for one that is not known; None where one has no value.

    Source: AWS IAM User Guide, "IAM policy elements: Variables and tags": a variable without a value and default
    matches nothing.
    """
    missing = False

    def one(match: re.Match[str]) -> str:
        nonlocal missing
        value = question.value(match[1].lower(), principal)
        if isinstance(value, str):
            return "{unknown}"
        if value is None or len(value) != 1:
            if match[2] is None and value is not None and len(value) > 1:
                return "{unknown}"
            missing = missing or match[2] is None
            return match[2] or ""
        return value[0]

    done = _VARIABLE.sub(one, text)
    for written, meant in _LITERAL.items():
        done = done.replace(written, meant)
    return None if missing else done


def literal(text: str) -> str:
    """A text of a policy whose version knows no variables: what looks like one is none, and no request has it."""
    return text if "~" in text else _VARIABLE.sub(lambda match: "$\0" + match[0][1:], text)


def condition_holds(
    operator: str, key: str, values: tuple[str, ...], question: Question, principal: Principal | None
) -> bool | str:
    """Whether one condition holds for a request; as text why that is not known."""
    if "~" in operator + key:
        return "a condition is known only after apply"
    actual = question.value(key.lower(), principal)
    if isinstance(actual, str):
        decided = whatever(operator, values)
        return actual if decided is None else decided
    values = tuple(value[: 1 - len(_EXACT)] if value.endswith(_EXACT) else value for value in values)
    filled_in = [filled(value, question, principal) for value in values] if any("${" in v for v in values) else values
    wanted = tuple(value for value in filled_in if value is not None)
    named = key.lower() == "aws:principalarn" and principal is not None and actual == principal.names
    found = _any_name(operator, wanted, actual) if named else holds(operator, wanted, actual)
    return f"whether {operator} {key} holds is not known" if found is None else found


def _any_name(operator: str, wanted: tuple[str, ...], names: Value) -> bool | None:
    """The same for a principal that can be written in several ways, of which each is its one ARN."""
    positive = "not" not in operator.lower()
    if any(name in wanted for name in names or () if name.startswith("${")):
        return positive
    # No planned resource has the ARN of another.
    wanted = tuple(v for v in wanted if looked_up(v) or not (v.startswith("${") and v.endswith("}")))
    known = [name for name in names or () if not name.startswith("${")]
    found = [holds(operator, wanted, (name,)) for name in known] or [None]
    return positive if positive in found else None if None in found else not positive
