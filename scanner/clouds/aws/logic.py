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
    """True where all are: the first false one, else the first unknown one, else true."""
    return _first(answers, decisive=False)


def either(*answers: Answer) -> Answer:
    """True where any is: the first true one, else the first unknown one, else false."""
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
    return unknown or (answers[-1] if answers else not decisive)
