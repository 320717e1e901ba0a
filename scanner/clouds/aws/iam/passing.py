"""Whether a statement lets roles be handed to services that nobody named: iam:PassRole.

Sources: AWS IAM User Guide, "Grant a user permissions to pass a role to an AWS service" (name the role; a role's trust
policy decides which services can take it), "IAM and AWS STS condition context keys" (iam:PassedToService,
iam:AssociatedResourceArn; some services give neither, so an operator that holds without the key limits nothing).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.patterns import compiled, matches_action
from scanner.clouds.aws.iam.policydoc import Conditions, Texts
from scanner.logic import Answer, any_holds, contrary, either, plain
from scanner.model import Noted, Statement, Unknown

FACT = "passes_roles_freely"

_PASS = "iam:PassRole"  # noqa: S105 - an action
_SERVICE, _FOR = "iam:passedtoservice", "iam:associatedresourcearn"
_ARN_PARTS = 6
_OF_ROLE = ("arn", "", "iam", "", "", "role/")
"""What is fixed of a role's ARN, part by part; a region it has none, and no account stands in it that matters here."""

_PLANNED = re.compile(r"\$\{(?P<id>.+)\}[^{}]*")
_OPEN = re.compile(rf"[*?{NOT_KNOWN}]")
"""Where a pattern ceases to be plain text."""

_ROLE = re.compile(r"arn:[^:]*:iam::[^:]*:role/[^*?~]+")
"""One role: a wildcard for the account is the caller's own, as roles are passed in one account alone."""

_LATER = "is known only after apply"

Trusted = Callable[[str], Texts | None]
"""Who may become the role that a pattern names; None where what it names is no role."""


def judged(statement: Statement, trusted: Trusted) -> Statement:
    """The same statement with the fact whether it passes roles freely, where that is not told already."""
    if not isinstance(statement.passes_roles_freely, Unknown):
        return statement
    if statement.effect == "Deny" or statement.policy_kind == "boundary":
        return replace(statement, passes_roles_freely=False)
    return with_fact(statement, passes_freely(statement, trusted))


def with_fact(statement: Statement, answer: Answer) -> Statement:
    """The statement with an answer, its note and what of the sources it rests on."""
    notes: Mapping[str, str] = statement.because
    if isinstance(answer, Noted):
        notes = {**notes, FACT: answer.because}
    told = statement.completed.get("actions", ())
    completed = {**statement.completed, FACT: told} if told else statement.completed
    value = answer.value if isinstance(answer, Noted) else answer
    return replace(statement, passes_roles_freely=value, because=notes, completed=completed)


def passes_freely(statement: Statement, trusted: Trusted) -> Answer:
    """Whether it lets every role of an account be passed, or a role to more than one service, without naming one.

    A role that one service alone can assume needs no condition: nothing else can take it.
    """
    passes = _passes(statement)
    if passes is False:
        return False
    reached = _reached(statement, trusted)
    return passes if isinstance(passes, Unknown) and plain(reached) is not False else reached


def _passes(statement: Statement) -> bool | Unknown:
    """Whether it allows to pass a role at all."""
    actions, excepted = statement.actions, statement.not_actions
    if isinstance(actions, Unknown):
        return actions
    if isinstance(excepted, Unknown):
        return excepted
    found = contrary(any_holds(map(_is_pass, excepted))) if excepted else any_holds(map(_is_pass, actions))
    return Unknown(f"an action of it {_LATER}") if found is None else found


def _is_pass(pattern: str) -> bool | None:
    return None if NOT_KNOWN in pattern else matches_action(pattern, _PASS)


def _reached(statement: Statement, trusted: Trusted) -> Answer:
    """Whether what it may pass, and to whom, is wide."""
    resources, excepted = statement.resources, statement.not_resources
    if isinstance(resources, Unknown) or isinstance(excepted, Unknown):
        return resources if isinstance(resources, Unknown) else Unknown(f"a role that it excepts {_LATER}")
    if excepted:
        return Noted(True, f"{_PASS} is allowed on every role but {', '.join(excepted[:3])}")
    wide = next(filter(_every_role, resources), None)
    if wide is not None:
        return Noted(True, f"{_PASS} is allowed on every role, by {wide}")
    return _to_any(resources, statement.conditions, trusted)


def _to_any(resources: tuple[str, ...], conditions: Conditions | Unknown, trusted: Trusted) -> Answer:
    """Whether a role of these may go to services that nobody named."""
    if NOT_KNOWN in resources:
        return Unknown(f"a role that it lets be passed {_LATER}")
    named = _names_service(conditions)
    if named is True:
        return Noted(False, f"a condition names the service that {_PASS} is allowed for")
    free = either(*(_free(pattern, trusted) for pattern in resources))
    if named is None and isinstance(free, Noted) and free.value:
        return Unknown(f"{free.because}, and a condition of it {_LATER}")
    return free


def _every_role(pattern: str) -> bool:
    """Whether a pattern reaches every role of an account, whatever it is called."""
    if not set("*?") & set(pattern) or pattern.startswith("${"):
        return False
    parts = pattern.split(":", _ARN_PARTS - 1)
    account = parts[4] if len(parts) == _ARN_PARTS and not set("*?") & set(parts[4]) else "\0"
    partition = parts[1] if len(parts) > 1 and not set("*?") & set(parts[1]) else "\0"
    return compiled(pattern).fullmatch(f"arn:{partition}:iam::{account}:role/\0\0") is not None


def _may_be_role(pattern: str) -> bool:
    """Whether a pattern with wildcards, or text that is cut off, can be a role's ARN."""
    parts = pattern.split(":", _ARN_PARTS - 1)
    # A wildcard before the last part that is there may stand for several parts.
    spans = len(parts) < _ARN_PARTS
    heads = [_OPEN.split(part, maxsplit=1)[0] if _OPEN.search(part) else None for part in parts]
    for part, head, want in zip(parts, heads, _OF_ROLE, strict=False):
        if spans and head is not None:
            return not want or want.startswith(head)
        told = part if head is None else head
        if want and not (want.startswith(told) if head is not None else part == want) and not told.startswith("role/"):
            return False
    return not spans


def _free(pattern: str, trusted: Trusted) -> Answer:
    """Whether what one resource pattern names can be passed to more than one service."""
    planned = _PLANNED.fullmatch(pattern)
    if planned or _ROLE.fullmatch(pattern):
        name = planned["id"] if planned else pattern
        return _taken(name, trusted(name))
    if not _may_be_role(pattern):
        return False
    if NOT_KNOWN in pattern and not set("*?") & set(pattern):
        return Unknown(f"which role {pattern.partition(NOT_KNOWN)[0]} names {_LATER}, and no service is named")
    return Noted(True, f"{_PASS} is allowed on {pattern} for any service")


def _taken(role: str, by: Texts | None) -> Answer:
    """Whether more than one service can take a role, by its trust policy."""
    if by is None:
        return False
    if isinstance(by, Unknown):
        return Unknown(f"{_PASS} is allowed on {role} for any service, and who may become that: {by.reason}")
    services = [one.partition(":")[2] for one in by if one.startswith("Service:")]
    if "AWS:*" in by or len(services) > 1:
        takers = "anybody" if "AWS:*" in by else ", ".join(services)
        return Noted(True, f"{_PASS} is allowed on {role} for any service, and {takers} can assume it")
    return Noted(False, f"{role} can be assumed by {services[0] if services else 'no service'} alone")


def _names_service(conditions: Conditions | Unknown) -> bool | None:
    """Whether a condition that must hold names the service, itself or by what the role is for."""
    if isinstance(conditions, Unknown):
        return None
    return any_holds(_names(*condition) for condition in conditions)


def _names(operator: str, key: str, values: tuple[str, ...]) -> bool | None:
    if NOT_KNOWN in {operator, key}:
        return None
    operator, key = operator.lower().removeprefix("foranyvalue:"), key.lower()
    if key == _SERVICE and operator in {"stringequals", "stringequalsignorecase"}:
        return bool(values)
    if key == _SERVICE and operator == "stringlike":
        return None if NOT_KNOWN in values else bool(values) and all(map(_one_service, values))
    if key == _FOR and operator in {"arnlike", "arnequals", "stringlike", "stringequals"}:
        return None if NOT_KNOWN in values else bool(values) and all(map(_of_one_service, values))
    return False


def _one_service(value: str) -> bool:
    """Whether a pattern of service names fixes the service: its first label."""
    label = value.partition(".")[0]
    return bool(label) and not set("*?") & set(label)


def _of_one_service(value: str) -> bool:
    parts = value.split(":")
    return len(parts) > 2 and bool(parts[2]) and not set("*?") & set(parts[2])
