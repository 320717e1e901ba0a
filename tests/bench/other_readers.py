"""Have another reader of policies read each policy of a file; runs in an environment that has it, not in ours."""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def parliament() -> Callable[[str], Any]:
    """Its findings of one policy, and every action that its statements stand for."""
    module = importlib.import_module("parliament")

    def run(text: str) -> None:
        module.analyze_policy_string(text)
        for statement in json.loads(text)["Statement"]:
            listed = statement.get("Action", [])
            for action in [listed] if isinstance(listed, str) else listed:
                module.expand_action(action)

    return run


def policyuniverse() -> Callable[[str], Any]:
    """Every policy with its wildcards expanded."""
    expander = importlib.import_module("policyuniverse.expander_minimizer")
    return lambda text: expander.expand_policy(json.loads(text))


def cloudsplaining() -> Callable[[str], Any]:
    """Its findings of one policy."""
    document = importlib.import_module("cloudsplaining.scan.policy_document").PolicyDocument

    def run(text: str) -> None:
        policy = document(json.loads(text))
        _ = (
            policy.allows_privilege_escalation,
            policy.allows_data_exfiltration_actions,
            policy.infrastructure_modification,
        )

    return run


READERS = {"parliament": parliament, "policyuniverse": policyuniverse, "cloudsplaining": cloudsplaining}


def main() -> None:
    """Print milliseconds of user CPU a policy, and how many it cannot read."""
    name, path = sys.argv[1:]
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    run = READERS[name]()
    run(texts[0])
    failed = 0
    start = time.process_time()
    for text in texts:
        try:
            run(text)
        except Exception:  # noqa: BLE001 - whatever it raises, it has not read it
            failed += 1
    print(json.dumps({"ms": (time.process_time() - start) / len(texts) * 1000, "failed": failed}))


if __name__ == "__main__":
    main()
