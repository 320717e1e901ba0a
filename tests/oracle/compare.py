"""The engine and the oracle asked the same: with everything known, and again with a key of the request left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from oracle.cases import Case, Context, Policy
from oracle.catalogue import SEVERAL, TEXTS, WHO
from oracle.differences import left_open, told
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

    differences: Counter[str] = field(default_factory=Counter)
    """What the oracle had to be told otherwise, and how often."""

    def add(self, outcome: str, what: str) -> None:
        """Count one answer."""
        self.counts[outcome] += 1
        if outcome == "wrong":
            self.wrong.append(what)
        elif outcome == "undecided":
            self.undecided.append(what)


def told_to_engine(case: Case) -> dict[str, str | tuple[str, ...] | None]:
    """The context of a case with the keys that its policies speak of and its request lacks.

    Of an identity the engine is told nothing: who asks it knows from the world.
    """
    given = {key.lower() for key in case.context}
    told = {**dict.fromkeys(sorted(case.mentioned - given)), **case.context}
    known = _FOLLOW if case.principal.startswith("arn:") else frozenset[str]()
    return {key: value for key, value in told.items() if key.lower() not in known}


def ask(case: Case, *, without: str = "") -> bool | None:
    """What the engine says; every key that a policy speaks of is told to it, but for the one left out."""
    given = {key: value for key, value in told_to_engine(case).items() if key.lower() != without}
    return Access(case.world(), VOCABULARY).can(case.principal, case.action, case.resource, given)


def as_documented(case: Case, context: Context | None = None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the oracle is asked, with the policies as the documentation has them read, and what was changed."""
    found: dict[str, None] = {}
    request = case if context is None else replace(case, context=context)

    def read(policy: Policy) -> Policy:
        changed, differences = told(request, policy)
        found.update(dict.fromkeys(differences))
        return changed

    asked = replace(
        request,
        identity=tuple(map(read, case.identity)),
        boundary=read(case.boundary) if case.boundary is not None else None,
        policy=read(case.policy) if case.policy is not None else None,
        scps=tuple(tuple(map(read, level)) for level in case.scps),
        rcps=tuple(tuple(map(read, level)) for level in case.rcps),
    )
    return asked.simulation(), tuple(found)


def compare_known(cases: Iterable[Case]) -> Tally:
    """Both asked with everything known."""
    made, tally = list(cases), Tally()
    asked = [as_documented(case) for case in made]
    for case, (_, differences), verdict in zip(made, asked, simulate(one for one, _ in asked), strict=True):
        tally.differences.update(differences)
        found, what = ask(case), f"{case.name}: the oracle says {verdict.result} {verdict.error}"
        if found is verdict.allowed and not verdict.error:
            tally.add("agree", what)
        elif found is None:
            why = left_open(case)
            tally.add(f"open by the documentation: {why}" if why else "undecided", what)
        else:
            tally.add("wrong", f"{what}, we {found}")
    return tally


def compare_open(cases: Iterable[Case]) -> Tally:
    """Both asked without one key: the engine once, the oracle for values that the key may have, and for none."""
    doubts = [doubt for case in cases for doubt in _doubts(case)]
    asked = [as_documented(doubt.case, context)[0] for doubt in doubts for context in doubt.contexts]
    verdicts, tally = iter(simulate(asked)), Tally()
    for doubt in doubts:
        # A key that no such request has says nothing.
        tried = [verdict for verdict in islice(verdicts, len(doubt.contexts)) if not verdict.ignored]
        # Nobody needs to do without TLS: what is allowed with it is allowed.
        chosen = doubt.key == "aws:securetransport" and any(verdict.allowed for verdict in tried[:1])
        allowed = {True} if chosen else {verdict.allowed for verdict in tried}
        found = ask(doubt.case, without=doubt.key)
        what = f"{doubt.case.name} without {doubt.key}: we {found}, the oracle {sorted(allowed)}"
        if found is None:
            tally.add("possible, and it depends" if len(allowed) > 1 else "possible, for the values tried alike", what)
        else:
            tally.add("definite, whatever the value" if allowed == {found} else "wrong", what)
    return tally


def compare_outside(cases: Iterable[Case]) -> Tally:
    """Whether a service is let in: both asked with everything known."""
    made, tally = list(cases), Tally()
    asked = (as_documented(case)[0] for case in made)
    for case, verdict in zip(made, simulate(asked), strict=True):
        answer = Access(case.world(), VOCABULARY).who_can(case.action, case.resource, told_to_engine(case))
        service = {one.definite for one in answer.outside if one.principal == f"Service:{case.principal}"}
        anybody = {one.definite for one in answer.outside if one.principal == "AWS:*"}
        # Of anybody it is open where a Deny names the service: it is one of them.
        found = True if True in service | anybody else None if service else verdict.allowed if anybody else False
        what = f"{case.name}: the oracle says {verdict.result} {verdict.error}, we {found}"
        tally.add("agree" if found is verdict.allowed else "undecided" if found is None else "wrong", what)
    return tally


def _doubts(case: Case) -> Iterator[Doubt]:
    keys = sorted(key for key in case.mentioned if key in _BY_LOWER and key not in _FOLLOW)
    for lower in keys[:_OPEN_KEYS]:
        key = _BY_LOWER[lower]
        rest = {k: v for k, v in case.context.items() if k.lower() != lower}
        if key == "aws:SecureTransport":
            yield Doubt(case, lower, ({**rest, key: "true"}, {**rest, key: "false"}))
            continue
        tried = tuple(dict.fromkeys((*TEXTS[key], *_spoken_of(case, lower), *rest.values(), "something else")))
        plain = tuple(value for value in tried if isinstance(value, str))
        values: tuple[str | tuple[str, ...], ...] = plain
        if key in SEVERAL:
            values = (*((value,) for value in plain), TEXTS[key])
        some: tuple[Context, ...] = tuple({**rest, key: value} for value in values)
        yield Doubt(case, lower, (rest, *some))


def _spoken_of(case: Case, key: str) -> Iterator[str]:
    """Values that the policies compare a key with, and those next to them."""
    for policy in case.policies:
        statements = policy["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for operator, keys in statement.get("Condition", {}).items():
                found = [values for name, values in keys.items() if name.lower() == key and operator != "Null"]
                for value in (one for values in found for one in (values if isinstance(values, list) else [values])):
                    yield value.partition("/")[0] if "Ip" in operator else value
                    yield value.replace("*", "x").replace("?", "x")
                    if value.isdigit():
                        yield from (str(int(value) - 1), str(int(value) + 1))
