"""`make bench`: the access engine over 1,400 policies and 10,000 principals, beside other readers of policies.

Others are measured where TRUSTSCAN_POLICY_TOOLS names a Python that has parliament, policyuniverse and cloudsplaining:
user CPU to read each of the same policies, the import left out. Figures are user CPU seconds of one process.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from policies import STORES, TYPES, arn, documents, read, world
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access

PEOPLE = 10_000
ACTIONS = {
    "s3": ("s3:GetObject", "s3:PutObject", "s3:DeleteObject"),
    "dynamodb": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
    "sqs": ("sqs:ReceiveMessage", "sqs:SendMessage", "sqs:DeleteMessage"),
    "kms": ("kms:Decrypt", "kms:Encrypt", "kms:ScheduleKeyDeletion"),
    "secretsmanager": ("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:DeleteSecret"),
}
COMPILE, ASK, GRANTS, MEMORY = 0.2, 5.0, 5.0, 300.0
"""Budgets: milliseconds a policy and a question, seconds for all grants, MB."""

OTHERS = ("parliament", "policyuniverse", "cloudsplaining")


def main() -> None:
    """Print the table; end with 1 where a budget is not kept."""
    if sys.argv[1:] == ["ours"]:
        print(json.dumps(ours()))
        return
    measured = json.loads(subprocess.run([sys.executable, __file__, "ours"], check=True, capture_output=True).stdout)
    budgets = {"compile": COMPILE, "ask": ASK, "grants": GRANTS, "memory": MEMORY}
    units = {"read": "ms a policy", "compile": "ms a policy", "ask": "ms", "first": "ms", "grants": "s", "memory": "MB"}
    print(f"access engine: {measured['policies']} policies, {PEOPLE} principals, {STORES * len(TYPES)} stores")
    for name, unit in units.items():
        allowed = budgets.get(name)
        kept = "" if allowed is None else f"at most {allowed}: {'kept' if measured[name] < allowed else 'NOT KEPT'}"
        print(f"  {name:<10} {measured[name]:8.3f} {unit:<12} {kept}")
    _beside(measured["read"] + measured["compile"])
    sys.exit(int(any(measured[name] >= allowed for name, allowed in budgets.items())))


def ours() -> dict[str, float]:
    """Milliseconds, seconds and MB of this process."""
    gc.disable()  # as a scan does
    texts = documents()
    start = time.process_time()
    for number, text in enumerate(texts):
        list(read(text, number, ()))
    reading = time.process_time() - start
    made = world(texts, PEOPLE)
    start = time.process_time()
    access = Access(made, VOCABULARY)
    compiling = time.process_time() - start
    asked = [_ask(access, action, arn(service, 1)) for service, actions in ACTIONS.items() for action in actions]
    again = [_ask(access, action, arn(service, 2)) for service, actions in ACTIONS.items() for action in actions]
    start = time.process_time()
    grants = len(access.grants())
    return {
        "policies": len(texts),
        "read": reading / len(texts) * 1000,
        "compile": compiling / len(texts) * 1000,
        "first": max(asked),
        "ask": sum(again) / len(again),
        "grants": time.process_time() - start,
        "number": grants,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _ask(access: Access, action: str, name: str) -> float:
    start = time.process_time()
    access.who_can(action, name)
    return (time.process_time() - start) * 1000


def _beside(mine: float) -> None:
    python = os.environ.get("TRUSTSCAN_POLICY_TOOLS")
    if not python:
        print("  TRUSTSCAN_POLICY_TOOLS names no Python with parliament, policyuniverse and cloudsplaining: no rows")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policies.json"
        path.write_text(json.dumps(documents()))
        reader = Path(__file__).parent / "other_readers.py"
        for name in OTHERS:
            told = subprocess.run([python, str(reader), name, str(path)], check=True, capture_output=True)
            other = json.loads(told.stdout)
            failed = f", {other['failed']} of them it cannot read" if other["failed"] else ""
            print(f"  {name:<14} {other['ms']:8.2f} ms a policy, {other['ms'] / mine:.0f} times ours{failed}")


if __name__ == "__main__":
    main()
