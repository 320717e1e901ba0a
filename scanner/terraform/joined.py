"""An index of companions, such as split resources, by the resource they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

OwnerT = TypeVar("OwnerT")
CompanionT = TypeVar("CompanionT")


@dataclass(eq=False)
class Joined(Generic[OwnerT, CompanionT]):
    """Companions by owner, and why others, whose owner cannot be told, may belong to it as well."""

    certain: dict[OwnerT, list[CompanionT]] = field(default_factory=dict)
    perhaps: dict[OwnerT, str] = field(default_factory=dict)
    anyone: str = ""
    """Why a companion may belong to any owner; empty where none may."""

    _seen: dict[int, object] = field(default_factory=dict)

    def add(self, owner: OwnerT, companion: CompanionT) -> None:
        """Take in a companion of one owner."""
        self.certain.setdefault(owner, []).append(companion)

    def doubt(self, candidates: tuple[OwnerT, ...], reason: str) -> None:
        """Take in a companion of one of the candidates, or of anything where there is none."""
        if not candidates:
            self.anyone = self.anyone or reason
        elif id(candidates) not in self._seen:  # many companions share one tuple of candidates
            self._seen[id(candidates)] = candidates
            for candidate in candidates:
                self.perhaps.setdefault(candidate, reason)

    def why_not(self, owner: OwnerT) -> str:
        """Why it is not told which companions an owner has; empty where it is."""
        return self.perhaps.get(owner) or self.anyone
