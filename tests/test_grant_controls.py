"""A control over grants loads, and judges each with everyone and everything that it is about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from scanner import engine, policy
from scanner.cli import templates
from scanner.findings import Status
from scanner.kinds import Grant, Identity, Store
from scanner.model import World

_OWN = 'each: store\n  where: store.type == "bucket" && "transcript" in store.data\n  require: store.versioned'
_GRANT = (
    "each: grant\n"
    '  where: grant.level == "delete" && "transcript" in resource.data\n'
    '  require: identity.environment == "prod"'
)


def test_a_grant_is_judged_with_both_its_ends(tmp_path: Path) -> None:
    text = templates.control("grants-apart")
    assert _OWN in text
    file = tmp_path / "own" / "grants-apart.yaml"
    file.parent.mkdir()
    file.write_text(text.replace(_OWN, _GRANT))
    control = policy.read(file, tmp_path)
    people = (Identity(id="ci", environment="dev"), Identity(id="app", environment="prod"), Identity(id="who"))
    store = Store(id="s", data=("transcript",))
    found = {}
    for one in people:
        grant = Grant(id=f"g-{one.id}", policy="p", level="delete", identities=(one.id,), resources=("s",))
        for made in (grant, replace(grant, definite=False)):
            (verdict,) = engine.judge([control], World(resources=(*people, store), grants=(made,)))
            found[one.id, made.definite] = verdict.status
    assert found == {
        ("ci", True): Status.FAIL,
        ("ci", False): Status.UNKNOWN,
        ("app", True): Status.PASS,
        ("app", False): Status.PASS,
        ("who", True): Status.UNKNOWN,
        ("who", False): Status.UNKNOWN,
    }
