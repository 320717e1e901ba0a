"""Print how far plans and the accounts they were applied to agree, kind by kind: `python tests/parity_table.py`."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import parity_exceptions
from parity import DECIDED, Difference, Stack, Verdict
from parity_exceptions import Sorted
from parity_stacks import Done, done
from scanner.findings import Status
from tools import AWS_PROVIDER, TERRAFORM

_COLUMNS = (
    ("kind", 12), ("both", 5), ("plan", 5), ("live", 5), ("facts", 6), ("equal", 6), ("excepted", 9), ("pairs", 6),
    ("agree", 6), ("excepted", 9), ("only live decides", 18), ("only plan decides", 18),
)  # fmt: skip


def main() -> None:
    """Apply both stacks, and print."""
    for tool in (TERRAFORM, AWS_PROVIDER):
        if tool.found is None:
            sys.exit(tool.missing)
    with tempfile.TemporaryDirectory() as folder, done(Path(folder)) as result:
        print("\n".join(lines(result)))


def lines(result: Done) -> Iterator[str]:
    """The tables of all stacks, and what is explained and open."""
    everything: list[Difference] = []
    for stack in result.stacks.values():
        differences = sorted(stack.differences())
        everything += differences
        yield f"{stack.name}: resources, facts known by both, pairs of control and subject judged PASS or FAIL by both"
        yield _row([title for title, _ in _COLUMNS])
        kinds = sorted({planned.kind for planned, _ in stack.resources} | {verdict.kind for verdict in stack.verdicts})
        rows = [_cells(stack, kind) for kind in kinds]
        for kind, row in zip(kinds, rows, strict=True):
            yield _row([kind, *map(str, row)])
        yield _row(["all", *(str(sum(column)) for column in zip(*rows, strict=True))])
        yield ""
    yield from _undecided(result.stacks.values())
    everything += (difference for stack in result.completed.values() for difference in stack.differences())
    yield from _explained(parity_exceptions.sort(everything, parity_exceptions.load()), Counter(everything))


def _cells(stack: Stack, kind: str) -> list[int]:
    facts = [fact for fact in stack.facts if fact.planned.kind == kind]
    verdicts = [verdict for verdict in stack.verdicts if verdict.kind == kind]
    pairs = [verdict for verdict in verdicts if verdict.by_both]
    equal = sum(fact.equal for fact in facts)
    agree = sum(verdict.planned is verdict.live for verdict in pairs)
    return [
        sum(planned.kind == kind for planned, _ in stack.resources),
        sum(side == "planned" and found.kind == kind for side, found in stack.alone),
        sum(side == "live" and found.kind == kind for side, found in stack.alone),
        len(facts),
        equal,
        len(facts) - equal,
        len(pairs),
        agree,
        len(pairs) - agree,
        sum(v.planned is Status.UNKNOWN and v.live in DECIDED for v in verdicts),
        sum(v.planned in DECIDED and v.live is Status.UNKNOWN for v in verdicts),
    ]


def _row(cells: Iterable[str]) -> str:
    return " ".join(
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, (_, width)) in enumerate(zip(cells, _COLUMNS, strict=True))
    ).rstrip()


def _undecided(stacks: Iterable[Stack]) -> Iterator[str]:
    """Where one side alone decides, by control."""
    verdicts = [verdict for stack in stacks for verdict in stack.verdicts]
    for title, chosen in (
        ("UNKNOWN in the plan, decided in the account", [v for v in verdicts if _only_live(v)]),
        ("decided in the plan, UNKNOWN in the account", [v for v in verdicts if _only_planned(v)]),
    ):
        yield f"{title}:"
        for control, count in sorted(Counter(verdict.control for verdict in chosen).items()):
            told = next(verdict.told for verdict in chosen if verdict.control == control)
            yield f"  {count:4} {control}: {told[:300]}"
        yield ""


def _only_live(verdict: Verdict) -> bool:
    return verdict.planned is Status.UNKNOWN and verdict.live in DECIDED


def _only_planned(verdict: Verdict) -> bool:
    return verdict.planned in DECIDED and verdict.live is Status.UNKNOWN


def _explained(found: Sorted, times: Counter[Difference]) -> Iterator[str]:
    yield "Differences, each explained:"
    counts: Counter[tuple[str, str]] = Counter()
    for difference, entry in found.explained.items():
        counts[entry.what, entry.why] += times[difference]
    for (what, why), count in sorted(counts.items()):
        yield f"  {count:4} {what}: {why}"
    for difference in found.unexplained:
        yield f"  OPEN {difference.what} | {difference.subject} | {difference.told}"
    for idle in found.idle:
        yield f"  IDLE {idle.what} | {idle.subject}"


if __name__ == "__main__":
    main()
