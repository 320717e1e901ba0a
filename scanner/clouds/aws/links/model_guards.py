"""What stands between code and the models of Bedrock that it calls: a guardrail that its permissions demand.

Whether they demand one is asked of the access engine, and of no operator by name: they do where no call without a
guardrail is let through. Which guardrails they may be is what the conditions on them say; whether these take out who
people are is a question of its own, and where it is open the guardrail stands all the same.

Source: Amazon Bedrock User Guide, "Enforce the use of specific guardrails in model inference requests": with a
condition on bedrock:GuardrailIdentifier a call without that guardrail is refused; its value is an ARN, with a version
perhaps.
"Apply cross-account safeguards with Amazon Bedrock Guardrails enforcements": one that an account enforces in a region
stands before every call there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.ai.personal_data import hides_people
from scanner.clouds.aws.links.model_callers import made_from, settings_text
from scanner.clouds.aws.links.seen import Seen
from scanner.iam.answers import Answer
from scanner.model import Statement, Unknown
from scanner.terraform.instances import PlannedResource

KEY = "bedrock:guardrailidentifier"
SOME = "arn:aws:bedrock:x:x:guardrail/x"
"""A guardrail of which nothing but that there is one is asked."""

_APPLY = "bedrock:ApplyGuardrail"
_ANY = "arn:aws:bedrock:*:*:guardrail/*"
_GUARDRAIL, _VERSION = "aws_bedrock_guardrail", "aws_bedrock_guardrail_version"
_NUMBER = re.compile(r":(\d+|DRAFT)$")
_EXACT = "=~"
"""Ends a condition's value that is the very name of a planned resource."""

_BESIDE = Unknown("its permissions demand a guardrail of calls of models, and none of calls of inference profiles")
_OTHERS = Unknown("models that its settings do not name can be called without a guardrail")
_NOT_ALL = Unknown("its permissions demand one of several guardrails, and not all redact")
_WHICH = Unknown("its permissions demand a guardrail, and do not say which")


@dataclass(frozen=True, slots=True)
class Without:
    """Who can call models without a guardrail."""

    models: tuple[Answer, ...]
    """Any model."""

    named: tuple[Answer, ...] = ()
    """Those of them that settings name."""

    profiles: tuple[Answer, ...] = ()
    """Inference profiles: whoever calls one needs the models behind it as well."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands before a call."""

    guards: tuple[str, ...] | Unknown = ()
    redacts: bool | Unknown = False

    def facts(self) -> dict[str, Any]:
        """As facts of a flow."""
        return {"guards": self.guards, "redacts": self.redacts}


def guarded_by(redacts: bool | Unknown) -> Guards:  # noqa: FBT001 - what a guardrail does to personal data
    """A guardrail that stands there for certain, and what it does to personal data in what a model reads."""
    return Guards(("guardrail", "redaction") if redacts is True else ("guardrail",), redacts)


def guards_of(seen: Seen, planned: PlannedResource, role: str, without: Without) -> Guards:
    """What every call of a model of Bedrock passes that code makes."""
    enforced = _enforced(seen, planned)
    if isinstance(enforced, Guards):
        return enforced
    held = _held(seen, role, without)
    if isinstance(enforced, Unknown) and (held is None or isinstance(held.guards, Unknown)):
        return Guards(enforced)
    return held or perhaps_applied(seen, planned, role)


def _held(seen: Seen, role: str, without: Without) -> Guards | None:
    """What its permissions hold an identity to; None where it is known that they hold it to nothing."""
    bit = 1 << seen.access.people.number[role]
    models, named, profiles = (
        [(bool(one.must & bit), bool(one.may & bit)) for one in answers]
        for answers in (without.models, without.named, without.profiles)
    )
    if models and not any(may for _, may in models):
        beside = any(may for _, may in profiles)
        return Guards(_BESIDE) if beside else guarded_by(_redact(seen, demanded(seen, role)))
    if named and not any(may for _, may in named):
        return Guards(_OTHERS)
    if demanded(seen, role) and not any(must for must, _ in models):
        return Guards(Unknown("whether its permissions demand a guardrail is not known"))
    return None


def perhaps_applied(seen: Seen, planned: PlannedResource, role: str) -> Guards:
    """What may stand before a call because code asks for it: nothing shows that each call does."""
    if _named(seen, planned):
        return Guards(Unknown("its settings name a guardrail; whether each call uses it is not seen"))
    if seen.access.who_can_at_home(_APPLY, _ANY).may & 1 << seen.access.people.number[role]:
        return Guards(Unknown("it may apply guardrails; whether each call does is not seen"))
    return Guards()


def demanded(seen: Seen, role: str) -> tuple[str, ...]:
    """Guardrails that conditions on the calls of an identity ask for, as they name them; `*` for any."""
    found: dict[str, None] = {}
    for statement in seen.conditions.get(KEY, ()):
        limits = statement.policy_kind not in {"identity", "resource"}
        if limits or isinstance(statement.binds, Unknown) or role in statement.binds:
            found.update(dict.fromkeys(value.removesuffix(_EXACT) for value in _values(statement)))
    return tuple(found)


def with_it(value: str) -> str:
    """A guardrail that a condition's value lets through, for a question."""
    return SOME if value == "*" else re.sub(r"(?<!\$)\{\w+\}|[*?]", "x", value) if "${" not in value else value


def _values(statement: Statement) -> Iterator[str]:
    conditions = statement.conditions
    denies = statement.effect == "Deny"
    for operator, key, values in () if isinstance(conditions, Unknown) else conditions:
        if key.lower() != KEY:
            continue
        if operator.lower() == "null":
            yield from ("*" for value in values if value.lower() == ("true" if denies else "false"))
        elif denies == ("not" in operator.lower()):
            yield from values


def _enforced(seen: Seen, planned: PlannedResource) -> Guards | Unknown | None:
    """What the account enforces on every call in the region of the code; None where it is known to enforce nothing."""
    place = seen.places.of(planned)
    here = [one for one in seen.planned.of(_GUARDRAIL) if seen.places.of(one) == place]
    redact = [_in_each_version(seen, one) for one in here if one.get("enforced") is True]
    if redact:
        unknown = next((one for one in redact if isinstance(one, Unknown)), False)
        return guarded_by(True if True in redact else unknown)
    return next((told for one in here if isinstance(told := one.get("enforced"), Unknown)), None)


def _in_each_version(seen: Seen, guardrail: PlannedResource) -> bool | Unknown:
    """Whether it redacts in whatever version it is enforced: which one that is was not read."""
    versions = (one for one in seen.planned.of(_VERSION) if one.values.get("guardrail_arn") == guardrail.address)
    found = {hides_people(one, "input") for one in (guardrail, *versions)}
    if len(found) == 1:
        return found.pop()
    return Unknown(f"{guardrail.address} is enforced in a version that was not told; not all redact")


def _redact(seen: Seen, named: tuple[str, ...]) -> bool | Unknown:
    """Whether any guardrail that permissions may mean takes out who people are, before a model reads it."""
    answers = [redacts_by(seen, value) for value in named] or [_WHICH]
    known = {one for one in answers if not isinstance(one, Unknown)}
    unknown = next((one for one in answers if isinstance(one, Unknown)), None)
    if unknown is not None:
        return unknown
    return known.pop() if len(known) == 1 else _NOT_ALL


def redacts_by(seen: Seen, value: str) -> bool | Unknown:
    """Whether a guardrail takes out who people are, before a model reads it, by a name of it."""
    guardrail = _meant(seen, value)
    return guardrail if isinstance(guardrail, Unknown) else hides_people(guardrail, "input")


def _meant(seen: Seen, value: str) -> PlannedResource | Unknown:
    """The guardrail that a condition names, in the version that it names."""
    if value.startswith("${"):
        id_ = value.partition("}")[0].removeprefix("${")
    elif set("*?") & set(value):
        return _WHICH
    else:
        name = _NUMBER.sub("", value)
        by_id = seen.planned.by_name(name, _GUARDRAIL)
        id_ = by_id.id if by_id is not None else seen.access.subject(name)
    found, number = seen.by_id.get(id_), _NUMBER.search(value)
    if found is None or found.type not in {_GUARDRAIL, _VERSION}:
        return Unknown(f"what the guardrail {value} does to personal data was not seen")
    if found.type == _VERSION:
        target = seen.planned.target(found, "guardrail_arn", (_GUARDRAIL,))
        return target if isinstance(target, PlannedResource) else Unknown(f"which guardrail {id_} is of was not seen")
    if not found.plan.is_live or number is None or number[1] == "DRAFT":
        return found
    versions = (one for one in seen.planned.of(_VERSION) if one.values.get("guardrail_arn") == found.address)
    asked = next((one for one in versions if one.values.get("version") == number[1]), None)
    return asked or Unknown(f"version {number[1]} of {found.address} was not seen")


def _named(seen: Seen, planned: PlannedResource) -> bool:
    if any(one.type in {_GUARDRAIL, _VERSION} for one in made_from(seen, planned)):
        return True
    text = settings_text(planned)
    known = (one.values.get("guardrail_id") for one in seen.planned.of(_GUARDRAIL))
    return any(isinstance(id_, str) and id_ and id_ in text for id_ in known)
