"""Grants that are too wide: every action of a service, or every resource where an action could name one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from scanner.clouds.aws.iam.actions import Action, actions, reaches_all
from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import PolicyStatement
from scanner.logic import Answer, any_holds
from scanner.model import Noted, Unknown

_NARROWING_KEYS = frozenset(
    {
        "aws:resourceaccount",
        "ec2:subnet",
        "ec2:vpc",
        "ecs:cluster",
        "elasticfilesystem:accesspointarn",
        "kms:requestalias",
        "kms:resourcealiases",
        "lambda:functionarn",
        "s3:dataaccesspointarn",
        "s3:resourceaccount",
        "secretsmanager:secretid",
    }
)
"""Condition keys, in lower case, whose value names the resources themselves, or as an ARN does their account.

Not among them: what tells how or by whom a resource is used (kms:ViaService, s3:prefix, iam:PassedToService,
aws:SourceVpce), or that holds for a whole organization (aws:ResourceOrgID).
"""

_NARROWING_TAGS = re.compile(r"[a-z0-9-]+:(?:resourcetag|requesttag)/.+")
_EVERYTHING = ("*",)
_ALL = re.compile(r"\*+|arn:(\*+|[^:]+(:\*+)+)")
_EVERY_ACTION = re.compile(r"[*?]+(:[*?]+)?")
_NAMELESS = re.compile(r"~|\$\{(.*\.)?data\.aws_(partition|region)\..*")
"""Elements that may yet turn out to be `*`: not known at all, or built from nothing that names a resource."""

_OWNED = re.compile(r"(?!arn:[^:]+:[^:]+:[^:]+::)").match
"""ARN formats of things an account owns; a foundation model has a region and no account: AWS offers it to everybody."""

_EQUALS = frozenset({"stringequals", "stringequalsignorecase", "arnequals"})
_LIKE = frozenset({"stringlike", "arnlike"})


def wildcard_action(statement: PolicyStatement) -> Answer:
    """Whether it names every action, or every action of a service, or all but some."""
    if isinstance(statement.not_actions, Unknown) or isinstance(statement.actions, Unknown):
        return next(v for v in (statement.not_actions, statement.actions) if isinstance(v, Unknown))
    if statement.not_actions:
        return Noted(True, f"{_call(statement)} allows every action but {_shown(statement.not_actions)}")
    wide = [action for action in statement.actions if names_whole_service(action)]
    if wide:
        return Noted(True, f"{_call(statement)} allows {_shown(wide)}")
    if any(NOT_KNOWN in action for action in statement.actions):
        return Unknown(f"an action of {_call(statement)} is known only after apply")
    return False


def names_whole_service(action: str) -> bool:
    """Whether an action pattern is `*`, or `service:*` however it is written."""
    service, separator, name = action.partition(":")
    if not separator:
        return "*" in service and not service.strip("*?")
    return "*" in name and not name.strip("*?")


def wildcard_resource(statement: PolicyStatement) -> Answer:
    """Whether it reaches every resource with an action that could name one, and no condition names the resources.

    A pattern that fixes the account, the region or a part of the name is narrower than that, and so is one for what
    no account owns, such as every foundation model. An action pattern is
    taken for what it stands for; one that mostly lists what cannot be named, such as ec2:Describe*, may use `*`.
    Source: AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS services".
    """
    reached = _reached(statement)
    if reached is False:
        return False
    narrowed = _narrowed(statement)
    if narrowed is True:
        return Noted(False, f"a condition of {_call(statement)} names the resources")
    if isinstance(reached, Noted) and narrowed is None:
        return Unknown(f"{reached.because}, and a condition of it is known only after apply")
    return reached


def _reached(statement: PolicyStatement) -> Answer:
    """The same without a look at the conditions."""
    resources, not_resources, acts = statement.resources, statement.not_resources, _acts(statement)
    if isinstance(resources, Unknown) or isinstance(not_resources, Unknown) or isinstance(acts, Unknown):
        return next(part for part in (resources, not_resources, acts) if isinstance(part, Unknown))
    wide = _wide(("*",) if not_resources else resources)
    culprits = [act for act in acts if _names(act, wide) is True] if wide else []
    if culprits:
        where = f"every resource but {_shown(not_resources)}" if not_resources else _shown(wide)
        return Noted(True, f"{_call(statement)} allows {_shown(culprits)} on {where}, and could name a resource")
    if wide:
        unknown = next((answer for act in acts if isinstance(answer := _names(act, wide), Unknown)), None)
        if unknown is not None:
            return unknown
    nameless = any(_NAMELESS.fullmatch(r) for r in resources) and not statement.names_resources
    if nameless and any(_names(act, _EVERYTHING) is not False for act in acts):
        return Unknown(f"a resource of {_call(statement)} is known only after apply")
    return False


def _acts(statement: PolicyStatement) -> tuple[str, ...] | Unknown:
    """Action patterns; all that are not excepted count as `*`."""
    if isinstance(statement.not_actions, Unknown):
        return statement.not_actions
    return ("*",) if statement.not_actions else statement.actions


def _wide(resources: Iterable[str]) -> tuple[str, ...]:
    """Known patterns that may reach everything; one that does makes the others no matter."""
    found = tuple(dict.fromkeys(r for r in resources if set(r) & set("*?") and not r.startswith("${")))
    return _EVERYTHING if any(_ALL.fullmatch(r) for r in found) else found


@lru_cache(maxsize=16384)
def _names(action: str, wide: tuple[str, ...]) -> bool | Unknown:
    """Whether an action pattern can name a resource of a sort that one of the patterns reaches whole."""
    if NOT_KNOWN in action:
        return Unknown("an action is known only after apply")
    if _EVERY_ACTION.fullmatch(action):
        services = {arn[2] for arn in (pattern.split(":") for pattern in wide) if len(arn) > 3}
        return wide == _EVERYTHING or any(_names(f"{service}:*", wide) is True for service in services)
    found = actions(action)
    if not found:
        return Unknown(f"the action {action} is not among those of AWS that we know")
    naming = [one for one in found if _reaches(one, wide)]
    if not set(action) & set("*?"):
        return bool(naming)
    return any(not one.only_sees for one in naming) or len(naming) * 2 > len(found)


def _reaches(action: Action, wide: tuple[str, ...]) -> bool:
    if wide == _EVERYTHING:
        return bool(action.names)
    return any(reaches_all(pattern, format_) for pattern in wide for format_ in action.names if _OWNED(format_))


def _narrowed(statement: PolicyStatement) -> bool | None:
    """Whether a condition that must hold names the resources."""
    if isinstance(statement.conditions, Unknown):
        return None
    return any_holds(_names_resource(*condition) for condition in statement.conditions)


def _names_resource(operator: str, key: str, values: tuple[str, ...]) -> bool | None:
    if NOT_KNOWN in {operator, key}:
        return None
    operator, key = operator.lower().removeprefix("foranyvalue:"), key.lower()
    if key not in _NARROWING_KEYS and _NARROWING_TAGS.fullmatch(key) is None:
        return False
    if operator == "null":
        return values == ("false",)
    if operator in _EQUALS:
        return bool(values)
    if operator not in _LIKE:
        return False
    return None if NOT_KNOWN in values else all(value.strip("*") for value in values)


def _call(statement: PolicyStatement) -> str:
    return f"statement {statement.sid}" if statement.sid else "a statement"


def _shown(texts: Iterable[str]) -> str:
    listed = list(texts)
    return ", ".join(listed[:3]) + (" and more" if len(listed) > 3 else "")
