"""The oracle: npm's @cloud-copilot/iam-simulate, in a process of its own. Tests alone ask it; trustscan never does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import IAM_SIMULATE, NODE

DRIVER = Path(__file__).parent / "simulate.mjs"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the oracle says of one request."""

    allowed: bool
    result: str
    error: str = ""
    """Why it took the request for none."""

    ignored: tuple[str, ...] = ()
    """Context keys that no such request has."""


def simulate(simulations: Iterable[dict[str, Any]]) -> list[Verdict]:
    """Ask about all of them at once."""
    lines = "".join(json.dumps(one) + "\n" for one in simulations)
    done = subprocess.run(
        [NODE.path, str(DRIVER), IAM_SIMULATE.path], input=lines, capture_output=True, text=True, check=True
    )
    return [_verdict(json.loads(line)) for line in done.stdout.splitlines()]


def _verdict(answer: dict[str, Any]) -> Verdict:
    result = answer.get("result", "")
    return Verdict(result == "Allowed", result, answer.get("error", ""), tuple(answer.get("ignored", ())))
