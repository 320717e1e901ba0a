"""Facts put together in Kleene's logic: what decides keeps its note, what does not its reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, TypeVar

from scanner.model import Noted, Unknown

T = TypeVar("T")

Told: TypeAlias = T | Unknown | Noted[T]
"""A fact, perhaps with where it comes from."""

Answer: TypeAlias = Told[bool]
"""True, false or not known, perhaps with where it comes from."""


def plain(fact: Told[T]) -> T | Unknown:
    """The fact without its note."""
    return fact.value if isinstance(fact, Noted) else fact


def said_of(address: str, answer: Answer) -> Answer:
    """The same answer, its note told of the resource at `address`."""
    if not isinstance(answer, Noted) or not answer.because:
        return answer
    return Noted(answer.value, f"{address}: {answer.because}", answer.completed)


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
    return Noted(not answer.value, answer.because, answer.completed) if isinstance(answer, Noted) else not answer


def _first(answers: tuple[Answer, ...], *, decisive: bool) -> Answer:
    unknown: Answer | None = None
    for answer in answers:
        value = plain(answer)
        if value is decisive:
            return answer
        if isinstance(value, Unknown) and unknown is None:
            unknown = value
    return unknown or next((answer for answer in answers if isinstance(answer, Noted)), not decisive)


def all_hold(answers: Iterable[bool | None]) -> bool | None:
    """Kleene's and, of answers without a reason: None where it is not known."""
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        result = result if answer else None
    return result


def any_holds(answers: Iterable[bool | None]) -> bool | None:
    """Kleene's or, the same way."""
    return contrary(all_hold(contrary(answer) for answer in answers))


def contrary(answer: bool | None) -> bool | None:  # noqa: FBT001 - a truth value is its whole subject
    """Kleene's not, the same way."""
    return None if answer is None else not answer
