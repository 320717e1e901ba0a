"""`make bench`: user CPU and peak memory of the whole process, beside checkov where it is installed.

Machines are noisy: the figures are minima of several runs, and the ratios between rows of one run are what counts.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import sources

from estate import plan

SIZES = (100, 1_000, 10_000, 50_000)
BUDGETS = {100: (0.4, 90), 1_000: (0.6, 120), 10_000: (3.0, 300)}
"""User CPU seconds and MB a plan of that size may take."""

COMPLETION = {1_000: 1.0, 10_000: 5.0}
"""User CPU seconds that reading the sources of a plan of that size may add."""

RUNS = {100: 7, 1_000: 5, 10_000: 3, 50_000: 1}
CHECKOV_UP_TO = 1_000


def measure(command: list[str]) -> tuple[float, float]:
    """User CPU seconds and peak memory in MB of one finished process."""
    with Path(os.devnull).open("wb") as nothing:
        child = subprocess.Popen(command, stdout=nothing, stderr=nothing)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in {0, 1, 3}:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    return usage.ru_utime, usage.ru_maxrss / 1024


def best(command: list[str], runs: int) -> tuple[float, float, float]:
    """Least and median user CPU, and greatest memory, after one run that is not counted."""
    measure(command)
    taken = [measure(command) for _ in range(runs)]
    times = [seconds for seconds, _ in taken]
    return min(times), statistics.median(times), max(megabytes for _, megabytes in taken)


def main() -> None:
    """Print the table; end with 1 where a budget is not kept."""
    trustscan = [sys.executable, "-m", "scanner.main"]
    checkov = os.environ.get("TRUSTSCAN_CHECKOV") or shutil.which("checkov")
    compileall.compile_dir(Path(__file__).parents[2] / "scanner", quiet=1)  # as pip does for a wheel
    over = False
    least, _, memory = best([*trustscan, "--version"], 9)
    print(f"{'trustscan --version':<28} {least:7.2f} s {memory:6.0f} MB   at most 0.15 s")
    over |= least > 0.15
    print(f"{'resources':>9} {'plan MB':>8} {'least s':>8} {'median s':>9} {'peak MB':>8}  budget")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder) / f"plan{size}.json"
            path.write_bytes(plan(size))
            least, median, memory = best([*trustscan, "plan", str(path), "--format", "json", "-q"], RUNS[size])
            allowed = BUDGETS.get(size)
            kept = allowed is None or (least <= allowed[0] and memory <= allowed[1])
            over |= not kept
            said = f"{allowed[0]} s, {allowed[1]} MB: {'kept' if kept else 'NOT KEPT'}" if allowed else "linear"
            print(f"{size:>9} {path.stat().st_size / 1e6:8.1f} {least:8.2f} {median:9.2f} {memory:8.0f}  {said}")
            if checkov and size <= CHECKOV_UP_TO:
                _beside(checkov, path, least)
    over |= not _completion(trustscan)
    if not checkov:
        print("checkov is not installed here (PATH, or TRUSTSCAN_CHECKOV): no row beside it")
    sys.exit(int(over))


def _completion(trustscan: list[str]) -> bool:
    """Fresh plans, alone and with their sources; whether what the sources add is within the budget."""
    print(f"{'resources':>9} {'plan s':>8} {'+sources s':>11} {'MB':>5} {'MB':>5}  a fresh plan, and with its sources")
    kept = True
    for size, most in COMPLETION.items():
        with tempfile.TemporaryDirectory() as folder:
            path = sources.write(Path(folder), size)
            command = [*trustscan, "plan", str(path), "--format", "json", "-q"]
            alone, _, memory = best([*command, "--no-source"], RUNS[size])
            completed, _, more = best([*command, "--source", folder], RUNS[size])
        kept &= completed - alone <= most
        said = f"adds {completed - alone:.2f} s of {most} s"
        print(f"{size:>9} {alone:8.2f} {completed:11.2f} {memory:5.0f} {more:5.0f}  {said}")
    return kept


def _beside(checkov: str, path: Path, ours: float) -> None:
    arguments = [
        "-f",
        str(path),
        "--framework",
        "terraform_plan",
        "--quiet",
        "--compact",
        "--skip-download",
        "-o",
        "json",
    ]
    seconds, _, memory = best([checkov, *arguments], 1)
    print(f"{'checkov':>9} {'':8} {seconds:8.2f} {'':9} {memory:8.0f}  {seconds / ours:.0f} times ours")


if __name__ == "__main__":
    main()
