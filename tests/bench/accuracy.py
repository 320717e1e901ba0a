"""`make bench`: precision and recall of the flows that are told of ten stacks, whose true flows were listed by hand.

Read is each plan with its sources, as a saved plan holds them; the last row is of the plans alone. `-v` lists each
difference as well: `-` for a true flow that was missed, `+` for one that was invented.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from commands import PROGRAM
from flow_labels import Measured, Pair, labels, measured, stacks, told, total

LEAST = 0.95
"""Budget: precision and recall of all stacks together, with their sources."""


def main() -> None:
    """Print the table; end with 1 where the budget is not kept."""
    print("flows, declared or likely, against labels made by hand")
    print(f"  {'stack':<18} {'true':>5} {'found':>5} {'right':>5} {'precision':>9} {'recall':>7}")
    results = [_one(stack, verbose="-v" in sys.argv[1:]) for stack in stacks()]
    everything = total(results)
    _row("total", everything)
    _row("total, plans alone", total(measured(labels(one), _found(one, "--no-source")) for one in stacks()))
    kept = min(everything.precision, everything.recall) >= LEAST
    print(f"  at least {LEAST} each: {'kept' if kept else 'NOT KEPT'}")
    sys.exit(0 if kept else 1)


def _one(stack: Path, *, verbose: bool) -> Measured:
    true, found = labels(stack), _found(stack, "--source", stack)
    result = measured(true, found)
    _row(stack.name, result)
    if verbose:
        for source, target in sorted(true.keys() - found.keys()):
            print(f"    - {source} -> {target}: {true[source, target]}")
        for source, target in sorted(found.keys() - true.keys()):
            print(f"    + {source} -> {target}: {found[source, target]}")
    return result


def _found(stack: Path, *args: str | Path) -> dict[Pair, str]:
    command: list[str | Path] = [PROGRAM, "graph", stack / "plan.json", "--format", "json", "--quiet", *args]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return told(done.stdout)


def _row(name: str, result: Measured) -> None:
    shares = f"{result.precision:9.3f} {result.recall:7.3f}"
    print(f"  {name:<18} {result.true:5} {result.found:5} {result.right:5} {shares}")


if __name__ == "__main__":
    main()
