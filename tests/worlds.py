"""Small worlds for tests: a plan as a Python value, through the very path a plan file takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from scanner import plugins, policy, run
from scanner.config import Config
from scanner.findings import Run
from scanner.model import Gap, Resource, Statement, World
from scanner.policy import PathCheck, Policy
from scanner.terraform.planfile import Source
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import read_plan

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
POLICIES = policy.load([ROOT / "policies"])
TODAY = date(2026, 11, 21)


def asks_only_accounts(policy: Policy) -> bool:
    """Whether nothing in a plan is asked about: what is judged was read in a running account."""
    asked = (None if isinstance(check, PathCheck) else check.where for check in policy.checks)
    return all(where is not None and re.search(r"!\w+\.planned\b", where.text) for where in asked)


def change(address: str, after: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """One entry of resource_changes that creates `address`; `unknown`, `before`, `actions` as given."""
    module, _, own = address.rpartition("module.")
    module, own = (f"{module}module.{own.split('.')[0]}", own.partition(".")[2]) if own != address else ("", address)
    mode = "data" if own.startswith("data.") else "managed"
    type_, _, rest = own.removeprefix("data.").partition(".")
    name, _, index = rest.partition("[")
    key = json.loads(index.removesuffix("]")) if index else None
    before = more.get("before")
    actions = more.get("actions", ["create"] if before is None else ["update"])
    return {
        "address": address,
        "module_address": module,
        "mode": mode,
        "type": type_,
        "name": name,
        **({"index": key} if key is not None else {}),
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": more.get("unknown", {}),
            "after_sensitive": more.get("sensitive", {}),
        },
    }


def plan(*changes: dict[str, Any], config: dict[str, dict[str, Any]] | None = None, **top: Any) -> bytes:
    """A plan file; `config` gives the expressions of root blocks by `type.name` (data ones as `data.type.name`)."""
    blocks = [
        {
            "mode": "data" if name.startswith("data.") else "managed",
            "type": name.removeprefix("data.").split(".")[0],
            "name": name.removeprefix("data.").split(".")[1],
            "expressions": expressions,
        }
        for name, expressions in (config or {}).items()
    ]
    document = {
        "format_version": "1.2",
        "resource_changes": list(changes),
        "configuration": {"root_module": {"resources": blocks}},
        **top,
    }
    return json.dumps(document).encode()


def world_of(content: bytes, config: Config | None = None) -> World:
    """What the inspectors see in a plan file."""
    clouds = plugins.load_all("scanner.clouds")
    return run.see([read_plan(Source("plan.json", content)).after], clouds, config or Config(), {}, today=TODAY)


def facts_of(content: bytes, config: Config | None = None) -> dict[str, Resource]:
    """Neutral resources of a plan file by address; of several statements in a policy, the last."""
    world = world_of(content, config)
    return {item.id: item for item in (*world.statements, *world.resources)}


def planned_of(content: bytes) -> PlannedWorld:
    """The planned resources themselves, for tests of joins."""
    clouds = plugins.load_all("scanner.clouds")
    return run.plan_world([read_plan(Source("plan.json", content)).after], clouds, Config(), {})


def scan(*contents: bytes, config: Config | None = None, **settings: Any) -> Run:
    """Judge plan files with every control of ours."""
    sources = [Source(f"plan{i or ''}.json", content) for i, content in enumerate(contents)]
    made = run.Settings(policies=settings.pop("policies", POLICIES), today=TODAY, config=config or Config(), **settings)
    return run.judge_plans(sources, made).run


def verdicts(result: Run, controls: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """Status by control and subject."""
    found: dict[str, dict[str, str]] = {}
    for finding in result.findings:
        if not controls or finding.control in set(controls):
            found.setdefault(finding.control, {})[finding.subject] = finding.status.value
    return found


__all__ = ["Gap", "Statement", "change", "facts_of", "plan", "planned_of", "scan", "verdicts", "world_of"]
