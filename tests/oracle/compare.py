"""The engine and the oracle asked the same: once with everything known, and again with a key of the request left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from oracle.cases import Case, Context
from oracle.catalogue import SEVERAL, TEXTS, WHO
from oracle.differences import difference
from oracle.simulator import simulate
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access

_BY_LOWER = {key.lower(): key for key in TEXTS}
_OPEN_KEYS = 2
"""Keys of each case that are left out, one at a time."""

_FOLLOW = frozenset(key.lower() for key in WHO)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A case of which the engine is not told one key, with what the oracle says for values of it."""

    case: Case
    key: str
    contexts: tuple[Context, ...]


@dataclass
class Tally:
    """How often the two agree."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    """Cases of which everything is known, and that the engine calls possible."""

    def add(self, outcome: str, what: str) -> None:
        """Count one answer."""
        self.counts[outcome] += 1
        if outcome == "wrong":
            self.wrong.append(what)
        elif outcome == "undecided":
            self.undecided.append(what)


def ask(case: Case, *, without: str = "") -> bool | None:
    """What the engine says; every key that a policy speaks of is told to it, but for the one left out."""
    access = Access(case.world(), VOCABULARY)
    lower = {key.lower() for key in case.context}
    absent = {key: None for key in case.mentioned if key not in lower}
    given = {key: value for key, value in {**absent, **case.context}.items() if key.lower() != without}
    return access.can(case.principal, case.action, case.resource, given)


def compare_known(cases: Iterable[Case]) -> Tally:
    """Both asked with everything known."""
    made, tally = list(cases), Tally()
    for case, verdict in zip(made, simulate(case.simulation() for case in made), strict=True):
        found = ask(case)
        known = difference(case)
        if found is verdict.allowed:
            tally.add("agree", case.name)
        elif known:
            tally.add(f"known difference: {known}", case.name)
        else:
            tally.add("undecided" if found is None else "wrong", f"{case.name}: {found}, the oracle {verdict.result}")
    return tally


def compare_open(cases: Iterable[Case]) -> Tally:
    """Both asked without one key: the engine once, the oracle for values that the key may have, and for none."""
    doubts = [doubt for case in cases if not difference(case) for doubt in _doubts(case)]
    asked = iter(simulate(doubt.case.simulation(context) for doubt in doubts for context in doubt.contexts))
    tally = Tally()
    for doubt in doubts:
        verdicts = {verdict.allowed for verdict in islice(asked, len(doubt.contexts))}
        found = ask(doubt.case, without=doubt.key)
        what = f"{doubt.case.name} without {doubt.key}: {found}, the oracle {sorted(verdicts)}"
        if found is None:
            tally.add("possible, and it depends" if len(verdicts) > 1 else "possible, for all values alike", what)
        else:
            tally.add("definite, whatever the value" if verdicts == {found} else "wrong", what)
    return tally


def _doubts(case: Case) -> Iterator[Doubt]:
    keys = sorted(key for key in case.mentioned if key in _BY_LOWER and key not in _FOLLOW)
    for lower in keys[:_OPEN_KEYS]:
        key = _BY_LOWER[lower]
        # Nobody needs to do without TLS: the engine takes it for given, and so does the comparison.
        rest = {k: v for k, v in case.context.items() if k.lower() != lower}
        values: tuple[str | tuple[str, ...], ...] = (*TEXTS[key], "something else")
        values = tuple((value,) for value in TEXTS[key]) + (TEXTS[key],) if key in SEVERAL else values
        if key == "aws:SecureTransport":
            yield Doubt(case, lower, ({**rest, key: "true"},))
            continue
        some: tuple[Context, ...] = tuple({**rest, key: value} for value in values)
        yield Doubt(case, lower, (rest, *some))
