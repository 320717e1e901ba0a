"""Facts put together in Kleene's logic: what decides keeps its note, what does not its reason."""

from __future__ import annotations

from typing import TypeAlias

from scanner.model import Noted, Unknown

Answer: TypeAlias = "bool | Unknown | Noted[bool]"
"""True, false or not known, perhaps with where it comes from."""


def plain(answer: Answer) -> bool | Unknown:
    """The answer without its note."""
    return answer.value if isinstance(answer, Noted) else answer


def both(*answers: Answer) -> Answer:
    """The first false answer, else the first unknown one, else true with the first note of all."""
    return _first(answers, decisive=False)


def either(*answers: Answer) -> Answer:
    """The first true answer, else the first unknown one, else false with the first note of all."""
    return _first(answers, decisive=True)


def negated(answer: Answer) -> Answer:
    """The contrary, with the same note."""
    if isinstance(answer, Unknown):
        return answer
    return Noted(not answer.value, answer.because) if isinstance(answer, Noted) else not answer


def _first(answers: tuple[Answer, ...], *, decisive: bool) -> Answer:
    unknown: Answer | None = None
    for answer in answers:
        value = plain(answer)
        if value is decisive:
            return answer
        if isinstance(value, Unknown) and unknown is None:
            unknown = value
    return unknown or next((answer for answer in answers if isinstance(answer, Noted)), not decisive)
