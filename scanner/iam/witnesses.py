"""Questions about all that lies below something, settled by single things there.

A policy may part what lies below a bucket: who is allowed one part and denied another, or has a boundary that leaves
a third, can do it with something there only where the parts meet. A name on which all of them agree proves it; where
none of those tried does, it stays possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, islice

from scanner.iam.answers import Answer, Part
from scanner.iam.decision import Decision
from scanner.iam.patterns import common

_FILLER = "\ue000\ue000\ue000"
"""Stands in a name where any text may stand: no policy speaks of it, and it is more than a letter or two."""

_MOST = 16
_PAIRED = 6
_LARGEST = 1 << 16
_DENIED = "each part that is allowed is denied"
_NOT_PROVEN = "it is allowed on parts that other policies may not leave it"


def settled(decision: Decision, answer: Answer) -> Answer:
    """The same answer, in which those are certain who can do it with one thing at least."""
    doubtful = decision.apart & answer.may
    if not doubtful or not any("*" in spelling for spelling in decision.target.spellings):
        return answer
    proven = 0
    for names in islice(_each(decision.target.spellings, tuple(dict.fromkeys(decision.regions))), _MOST):
        target, question = replace(decision.target, spellings=names), replace(decision.question, spellings=names)
        one = Decision(decision.library, decision.vocabulary, target, question).answer(answer.principals)
        proven |= one.must & doubtful
        if proven == doubtful:
            break
    shut = doubtful & ~proven & ~_let_in(decision)
    left = doubtful & ~proven & ~shut
    parts = [Part("limit", shut, shut, reason=_DENIED)] if shut else []
    parts += [Part("limit", 0, left, reason=_NOT_PROVEN)] if left else []
    must, may = answer.must & ~doubtful | proven, answer.may & ~shut
    return replace(answer, must=must, may=may, parts=(*answer.parts, *parts))


def _let_in(decision: Decision) -> int:
    """Those whom something allows a part that is not denied as a whole."""
    found = 0
    for one, bits in decision.allowing:
        for denial, denied in decision.partly:
            if bits & denied & ~found and decision.inside(one, denial):
                bits &= ~denied  # noqa: PLW2901 - what is left of them
        found |= bits
    return found


def _each(spellings: tuple[str, ...], regions: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Single things, each in every spelling of what is asked about."""
    seen: set[str] = set()
    for rest in _rests(spellings, regions):
        if rest not in seen and "*" not in rest:
            seen.add(rest)
            yield tuple(f"{spelling[:-1]}{rest}" for spelling in spellings if spelling.endswith("*"))


def _rests(spellings: tuple[str, ...], regions: tuple[str, ...]) -> Iterator[str]:
    """What may follow the name below which all is asked about."""
    yield _FILLER
    for pattern in regions:
        yield from _within(spellings, pattern.replace("*", _FILLER), pattern.replace("*", f"*{_FILLER}*"), pattern)
    for one, other in combinations(regions[:_PAIRED], 2):
        found = _shared(one.replace("*", f"*{_FILLER}*"), other) or _shared(one, other)
        yield from _within(spellings, found or "")


def _shared(one: str, other: str) -> str | None:
    """A text that both match; none is looked for where that would take very many steps."""
    return common(one, other) if len(one) * len(other) <= _LARGEST else None


def _within(spellings: Iterable[str], *patterns: str) -> Iterator[str]:
    for spelling in spellings:
        for pattern in patterns:
            name = _shared(pattern, spelling) if spelling.endswith("*") else None
            if name is not None and name.startswith(spelling[:-1]):
                yield name[len(spelling) - 1 :]
