"""By what chain somebody becomes somebody else: one step after the other, certain ones before possible ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One identity can become another."""

    source: str
    target: str
    how: str
    """What it does for that, as a reader wants to know it."""

    definite: bool = True
    reason: str = ""
    """Why it is only possible."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps from one identity to another."""

    steps: tuple[Step, ...]

    @property
    def source(self) -> str:
        """Who begins it."""
        return self.steps[0].source

    @property
    def target(self) -> str:
        """Whom it ends with."""
        return self.steps[-1].target

    @property
    def definite(self) -> bool:
        """Whether each step is certain."""
        return all(step.definite for step in self.steps)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is only possible."""
        return tuple(dict.fromkeys(step.reason for step in self.steps if step.reason))

    @property
    def told(self) -> tuple[str, ...]:
        """Identities, and in between what leads from one to the next."""
        return (self.source, *(text for step in self.steps for text in (step.how, step.target)))


class Chains:
    """All steps of a world, asked backwards: who can become somebody."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._into: dict[str, list[Step]] = {}
        self._found: dict[str, Mapping[str, Chain]] = {}
        for step in steps:
            if step.source != step.target:
                self._into.setdefault(step.target, []).append(step)

    def into(self, target: str) -> Mapping[str, Chain]:
        """The shortest chain of each who can become `target`, by who begins it; a certain one where there is any."""
        if target not in self._found:
            found = self._search(self._search({target: ()}, only_definite=True), only_definite=False)
            self._found[target] = {source: Chain(steps) for source, steps in found.items() if steps}
        return self._found[target]

    def _search(self, known: Mapping[str, tuple[Step, ...]], *, only_definite: bool) -> dict[str, tuple[Step, ...]]:
        found = dict(known)
        queue = deque(known)
        while queue:
            here = queue.popleft()
            for step in self._into.get(here, ()):
                if step.source not in found and (step.definite or not only_definite):
                    found[step.source] = (step, *found[here])
                    queue.append(step.source)
        return found
