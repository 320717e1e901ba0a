"""Time that building, propagating and judging flows takes, over worlds of many chatbots: 3 flows a resource.

Every tenth chatbot has a way that offends, every fifth something that is only possible.
"""

from __future__ import annotations

import gc
import random
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from scanner import engine, policy
from scanner.config import Config
from scanner.graph.derived import with_flows
from scanner.kinds import Actor, AuditTrail, Compute, Entrypoint, Flow, Model, Store, Vendor
from scanner.model import Resource, World

T = TypeVar("T")
SIZES = {10_000: 2.0, 100_000: 20.0}
"""Resources, and user CPU seconds for building, propagating and judging together."""

CELL = 20
"""Resources of one chatbot."""


def flow(source: str, target: str, how: str = "sends_to", **facts: object) -> Flow:
    """One flow as an edge rule finds it."""
    given: dict[str, object] = {"encrypted": True, "tier": "declared", "rule": "bench", **facts}
    id_ = f"{source} -> {target} ({how})"
    return Flow.of(id=id_, type=how, how=how, source=source, target=target, reason="it is made so", **given)


def cell(number: int, chance: random.Random) -> Iterator[Resource]:
    """The resources of one chatbot: an API, functions, tables, buckets, logs, and what they call."""
    environment = ("prod", "staging", "dev")[number % 3]
    kinds: dict[str, Callable[..., Resource]] = {
        "api": Entrypoint, "model": Model, "vendor": Vendor, "trail": AuditTrail,
        **{f"fn{n}": Compute for n in range(8)}, **{f"store{n}": Store for n in range(8)},
    }  # fmt: skip
    for name, kind in kinds.items():
        facts: dict[str, object] = {}
        if kind is Store:
            data = (("transcript",), ("telemetry",), (), ("prompt", "user_identity"))[chance.randrange(4)]
            type_ = ("bucket", "table", "queue", "log_group")[chance.randrange(4)]
            facts = {
                "data": data, "encrypted": True, "expires": chance.random() < 0.95, "longest_days": 30,
                "immutable": True, "masks_personal_data": False, "type": type_,
            }  # fmt: skip
        elif kind is Model:
            facts = {"operator": "cloud"}
        elif kind is Vendor:
            facts = {"type": "model", "registered": True, "agreed": number % 10 > 0, "trains": False}
        yield kind(id=f"c{number}.{name}", environment=environment, **facts)


def flows(number: int, chance: random.Random, cells: int) -> Iterator[Flow]:
    """The flows of one chatbot, and one into another."""
    own = f"c{number}."
    tier = "possible" if number % 5 == 0 else "likely"
    guards = () if number % 10 == 0 else ("authentication", "rate_limit")
    yield flow("ext:internet", f"{own}api", guards=guards)
    yield flow(f"{own}api", f"{own}fn0")
    yield flow(f"{own}fn0", f"{own}model", "invokes", guards=("guardrail", "redaction"))
    yield flow(f"{own}fn1", f"{own}vendor", "invokes", tier=tier)
    yield flow(f"{own}trail", f"{own}store0", "logs_to", content=False)
    for n in range(8):
        yield flow(f"{own}fn{n}", f"{own}store{n}", "writes_to", tier="likely")
        yield flow(f"{own}store{n}", f"{own}fn{(n + 1) % 8}", "reads_from", tier="likely")
        for _ in range(4):
            end = f"{own}store{chance.randrange(8)}"
            yield flow(f"{own}fn{n}", end, chance.choice(("writes_to", "logs_to", "deletes")), tier=tier)
    end = f"c{chance.randrange(cells)}.store{chance.randrange(8)}"
    yield flow(f"{own}store{chance.randrange(8)}", end, "exports_to", tier="possible")
    yield flow(f"{own}store7", f"{own}store6", "replicates_to")


def timed(what: Callable[[], T]) -> tuple[float, T]:
    """User CPU seconds of the quickest of three runs, and what the last one gave."""
    taken = []
    for _ in range(3):
        gc.collect()
        start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        found = what()
        taken.append(resource.getrusage(resource.RUSAGE_SELF).ru_utime - start)
    return min(taken), found


def row(size: int, controls: Sequence[policy.Policy]) -> tuple[float, float]:
    """Print what one size takes: to build and propagate, and to judge."""
    chance = random.Random(size)  # noqa: S311 - no secret
    cells = size // CELL
    nodes = (Actor(id="ext:internet", type="internet"), *(one for n in range(cells) for one in cell(n, chance)))
    found = [one for n in range(cells) for one in flows(n, chance, cells)]
    gc.disable()
    built, world = timed(lambda: with_flows(World(resources=nodes), found, Config(), date(2026, 11, 22)))
    judged, findings = timed(lambda: engine.judge(controls, world))
    gc.enable()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = f"{len(world.resources):>9} {len(world.flows):>7} {built:8.2f} {judged:14.2f} {len(findings):>9}"
    print(f"{line} {memory:5.0f}   at most {SIZES[size]} s to build and judge", flush=True)
    return built, judged


def main() -> None:
    """Print the table; end with 1 where a budget is not kept."""
    controls = [one for one in policy.load([Path(__file__).parents[2] / "policies"]) if one.control.area == "flow"]
    print(f"{'resources':>9} {'flows':>7} {'graph s':>8} {f'{len(controls)} controls s':>14} {'findings':>9} {'MB':>5}")
    sys.exit(int(any(sum(row(size, controls)) > most for size, most in SIZES.items())))


if __name__ == "__main__":
    main()
