"""Roles that users of the chatbot take themselves: whether each user gets at his own conversations alone.

Source: AICPA Trust Services Criteria, C1.1; requirement AI-CONF-04 (isolation of tenants).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kinds import Identity
from scanner.logic import Answer
from scanner.model import Noted, Statement, Unknown
from scanner.questions.asked import Asked, Found
from scanner.questions.duties import Held, production, who_holds

_READS = "view-conversations"


def facts(asked: Asked) -> Iterator[Found]:
    """Whether users of the chatbot take each role, and then whether it gets at conversations of others."""
    taken = dict(_taken(asked))
    if not any(answer is True for answer in taken.values()):
        yield from ((id_, {"customers": answer}) for id_, answer in taken.items())
        return
    statements = {one.id: one for one in asked.world.statements}
    held = [
        h
        for h in who_holds(asked.access, asked.language, asked.becoming.sources_of)
        if h.duty.name == _READS and production(h)
    ]
    for number, identity in asked.access.people.identities.items():
        answer = taken.get(identity.id)
        if answer is True:
            yield identity.id, {"customers": True, "reaches_others": _reaches(asked, number, held, statements)}
        elif answer is not None:
            yield identity.id, {"customers": answer}


def _taken(asked: Asked) -> Iterator[tuple[str, bool | Unknown]]:
    """Whether the trust policy of each role lets users of the chatbot take it."""
    found: dict[str, bool | Unknown] = {
        one.id: False for one in asked.world.resources if isinstance(one, Identity) and one.type == "role"
    }
    for statement in asked.world.statements:
        if statement.policy_kind != "trust" or statement.effect == "Deny" or isinstance(statement.binds, Unknown):
            continue
        keys = [key for _, key, _ in statement.conditions] if isinstance(statement.conditions, tuple) else []
        for id_ in statement.binds:
            if isinstance(statement.principals, Unknown):
                found[id_] = found[id_] if found.get(id_) else statement.principals
            elif any(asked.language.sort_of(one, keys) == "customers" for one in statement.principals):
                found[id_] = True
    yield from found.items()


def _reaches(asked: Asked, number: int, held: list[Held], statements: dict[str, Statement]) -> Answer:
    doubt: Unknown | None = None
    bound = ""
    for one in held:
        if one.may >> number & 1:
            why = one.why(number)
            loose = [s for s in why.statements if s in statements and not asked.language.own_part(statements[s])]
            where = one.resources[0].id if one.resources else "the account"
            if not loose:
                bound = f"it gets at its user's own part of {where} alone, by {', '.join(why.statements[:2])}"
            elif one.must >> number & 1:
                return Noted(True, f"it gets at everybody's part of {where}, by {loose[0]}")
            elif doubt is None:
                doubt = Unknown(next(iter(why.reasons), f"whether it gets at {where} is not certain"))
    return doubt or Noted(False, bound or "it gets at no conversations")
