"""What the engine answers: who can, who perhaps can, by which statements, and why it is not certain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """What one statement, or one limit, adds to an answer."""

    role: str
    """allow, deny or limit."""

    must: int
    may: int
    statements: Sequence[tuple[str, int]] = ()
    """Ids of statements that say the same, each with the principals it holds for."""

    reason: str = ""
    """Why it is not certain for those in `may` alone; for a limit also for those it stops."""


@dataclass(frozen=True, slots=True)
class Why:
    """How an answer about one principal came about."""

    statements: tuple[str, ...]
    """Ids of the statements that decide."""

    reasons: tuple[str, ...]
    """Why it is only possible."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody outside of the world whom a policy of the thing itself lets in."""

    principal: str
    """`<type>:<identifier>`, such as AWS:* or Service:s3.amazonaws.com."""

    definite: bool
    statements: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Who can do something; bit i of a set stands for the engine's principal i."""

    principals: tuple[str, ...]
    must: int
    """Those who definitely can."""

    may: int
    """Those who definitely or possibly can."""

    parts: tuple[Part, ...] = ()
    outside: tuple[Outside, ...] = ()
    reason: str = ""
    """Why nobody can, where that holds for all alike."""

    @property
    def definitely(self) -> tuple[str, ...]:
        """Ids of those who definitely can."""
        return tuple(self.principals[i] for i in members(self.must))

    @property
    def possibly(self) -> tuple[str, ...]:
        """Ids of those of whom it is not certain."""
        return tuple(self.principals[i] for i in members(self.may & ~self.must))

    def why(self, principal: str) -> Why:
        """The deciding statements and, where it is only possible, the reasons."""
        return self.why_of(self.principals.index(principal))

    def why_of(self, number: int) -> Why:
        """The same of a principal's number."""
        bit = 1 << number
        # What allows decides where it is allowed; otherwise what denies or limits.
        statements = [s for p in self._parts(bit) for s, bits in p.statements if bits & bit]
        return Why(tuple(dict.fromkeys(statements)), self.reasons_of(number))

    def reasons_of(self, number: int) -> tuple[str, ...]:
        """Why it is only possible for a principal, by its number."""
        bit = 1 << number
        unsure = self._unsure(bit)
        certain = any(p.must & bit for p in self.parts if p.role == "allow" and self.may & bit)
        doubts = [p.reason for p in unsure if not (certain and p.role == "allow")] or [p.reason for p in unsure]
        return tuple(dict.fromkeys(doubts))

    def _parts(self, bit: int) -> list[Part]:
        """Parts that decide of a principal, and those that leave it open."""
        allowed = bool(self.may & bit)
        return [*(p for p in self.parts if p.may & bit and (p.role == "allow") == allowed), *self._unsure(bit)]

    def _unsure(self, bit: int) -> list[Part]:
        if not self.may & ~self.must & bit:
            return []
        return [p for p in self.parts if p.reason and (p.may & ~p.must) & bit]


_FEW = 64
"""Bits of which one is found by arithmetic sooner than in a text."""


def members(bits: int) -> Iterator[int]:
    """Numbers of the bits that are set, in order."""
    while bits and bits.bit_length() <= _FEW:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low
    # Each step of that takes as long as the number is: of thousands it would take the square of them.
    digits = f"{bits:b}"[::-1] if bits else ""
    found = digits.find("1")
    while found >= 0:
        yield found
        found = digits.find("1", found + 1)
