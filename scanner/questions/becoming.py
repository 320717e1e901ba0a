"""Who can become whom, as chains."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.iam.answers import members
from scanner.kinds import Identity
from scanner.questions.asked import Asked
from scanner.questions.chains import Chains, Step


def chains(asked: Asked) -> Chains:
    """Every step by which an identity of the world becomes another."""
    return Chains(_steps(asked))


def _steps(asked: Asked) -> Iterator[Step]:
    access = asked.access
    for role in asked.world.resources:
        if isinstance(role, Identity) and role.type == "role":
            answer = access.who_can("sts:AssumeRole", role.id)
            for number in members(answer.may):
                definite = bool(answer.must >> number & 1)
                reason = "" if definite else "; ".join(answer.why_of(number).reasons)
                yield Step(access.principals[number], role.id, "assumes it", definite, reason)
