"""What stands between code and the models of Bedrock that it calls: a guardrail that its permissions demand.

Source: Amazon Bedrock User Guide, "Set up permissions to use guardrails for content filtering": with a condition on
bedrock:GuardrailIdentifier a call without that guardrail is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.clouds.aws.links.model_callers import made_from, settings_text
from scanner.clouds.aws.links.seen import Seen
from scanner.iam.answers import Answer
from scanner.kinds import Guardrail
from scanner.model import Statement, Unknown
from scanner.terraform.instances import PlannedResource

KEY = "bedrock:guardrailidentifier"
_APPLY = "bedrock:ApplyGuardrail"
_ANY = "arn:aws:bedrock:*:*:guardrail/*"
_OF_GUARDRAILS = ("aws_bedrock_guardrail", "aws_bedrock_guardrail_version")


def guards_of(seen: Seen, planned: PlannedResource, role: str, without: Iterable[Answer]) -> tuple[str, ...] | Unknown:
    """What every call of a model passes that code makes; `without` is who can call it without a guardrail."""
    enforced = [one for one in seen.planned.of(_OF_GUARDRAILS[0]) if one.get("enforced") is True]
    if enforced:
        return _with_redaction(seen, [one.id for one in enforced], every=False)
    bit = 1 << seen.access.people.number[role]
    answers = [(bool(answer.must & bit), bool(answer.may & bit)) for answer in without]
    named = demanded(seen, role)
    if answers and named and not any(may for _, may in answers):
        return _with_redaction(seen, [_guardrail(seen, value) for value in named], every=True)
    if answers and named and not any(must for must, _ in answers):
        return Unknown("whether its permissions demand a guardrail is not known")
    if _named(seen, planned):
        return Unknown("its settings name a guardrail; whether each call uses it is not seen")
    if seen.access.who_can_at_home(_APPLY, _ANY).may & bit:
        return Unknown("it may apply guardrails; whether each call does is not seen")
    return ()


def demanded(seen: Seen, role: str) -> tuple[str, ...]:
    """Guardrails that conditions on the calls of an identity name, as they name them."""
    found: dict[str, None] = {}
    for statement in seen.conditions.get(KEY, ()):
        if isinstance(statement.binds, Unknown) or role in statement.binds:
            found.update(dict.fromkeys(value.removesuffix("=~") for value in _values(statement)))
    return tuple(found)


def _guardrail(seen: Seen, value: str) -> str:
    """The id of the guardrail that a condition names, or the name itself."""
    head = value.partition("}")[0].removeprefix("${") if value.startswith("${") else value
    return head if head in seen.resources else seen.access.subject(value) or value


def _values(statement: Statement) -> Iterator[str]:
    conditions = statement.conditions
    for operator, key, values in () if isinstance(conditions, Unknown) else conditions:
        if key.lower() == KEY and (statement.effect == "Deny") == ("not" in operator.lower()):
            yield from values


def _with_redaction(seen: Seen, ids: list[str], *, every: bool) -> tuple[str, ...] | Unknown:
    """The guard itself, and that it redacts where every guardrail that may be meant does."""
    answers: list[bool | Unknown] = []
    for id_ in ids:
        one = seen.resources.get(id_)
        unseen = Unknown(f"what the guardrail {id_} does to personal data was not seen")
        answers.append(one.redacts if isinstance(one, Guardrail) else unseen)
    unknown = next((one for one in answers if isinstance(one, Unknown)), None)
    if any(one is True for one in answers) and (not every or all(one is True for one in answers)):
        return ("guardrail", "redaction")
    if unknown is not None and (not every or not any(one is False for one in answers)):
        return unknown
    return ("guardrail",)


def _named(seen: Seen, planned: PlannedResource) -> bool:
    if any(one.type in _OF_GUARDRAILS for one in made_from(seen, planned)):
        return True
    text = settings_text(planned)
    known = (one.values.get("guardrail_id") for one in seen.planned.of(_OF_GUARDRAILS[0]))
    return any(isinstance(id_, str) and id_ and id_ in text for id_ in known)
