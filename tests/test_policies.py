"""Every control keeps its own word: its examples, its place in the lists, its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner import criteria, engine, policy
from scanner.errors import PolicyError
from scanner.findings import Status
from scanner.policy import Example, Policy
from worlds import POLICIES, ROOT

ISSUE_CONTROLS = [
    "key-rotation-enabled",
    "key-policy-not-open",
    "store-not-public",
    "store-public-block-declared",
    "store-encrypted",
    "store-encrypted-with-customer-key",
    "store-retention-set",
    "store-versioned",
    "store-point-in-time-recovery",
    "store-access-logged",
    "store-requires-tls",
    "secret-rotation-enabled",
    "secret-encrypted-with-customer-key",
    "compute-no-plaintext-credentials",
    "entrypoint-authenticated",
    "entrypoint-requires-tls12",
    "entrypoint-rate-limited",
    "entrypoint-access-logged",
    "model-invocations-logged",
    "guardrail-redacts-personal-data",
    "agent-irreversible-actions-confirmed",
    "identity-no-wildcard-grants",
    "audit-trail-complete",
    "audit-trail-immutable",
    "network-not-open",
]

EXAMPLES = [pytest.param(p, e, id=f"{p.control.id}: {e.name}") for p in POLICIES for e in p.examples]


def test_the_controls_promised_are_there() -> None:
    assert not set(ISSUE_CONTROLS) - {p.control.id for p in POLICIES}


@pytest.mark.parametrize(("control", "example"), EXAMPLES)
def test_example(control: Policy, example: Example) -> None:
    found = {finding.status for finding in engine.judge([control], example.world)}
    verdict = max(found, key=[Status.PASS, Status.UNKNOWN, Status.FAIL].index, default=Status.PASS)
    assert verdict.value == example.verdict


@pytest.mark.parametrize("control", POLICIES, ids=lambda p: p.control.id)
def test_text_is_whole(control: Policy) -> None:
    text = control.control
    for name in ("title", "risk", "objective", "activity", "owner", "frequency", "evidence", "message", "fix"):
        assert getattr(text, name).strip(), name
    assert text.snippets["aws"].count("{") == text.snippets["aws"].count("}")
    assert {e.verdict for e in control.examples} == {"pass", "fail", "unknown"}
    assert Path(control.source).stem == text.id


def test_the_lists_are_whole() -> None:
    assert len(criteria.criteria()) == 61
    assert len(criteria.requirements()) == 136
    assert all(c in criteria.criteria() for r in criteria.requirements().values() for c in r.criteria)


GOOD = (ROOT / "policies" / "keys" / "key-rotation-enabled.yaml").read_text()

MISTAKES = {
    "a fact with a typo": (
        "require: key.rotates",
        "require: key.rotate",
        ["undeclared reference", "key.rotates?", "^"],
    ),
    "an unknown key": ("severity: medium", "seveirty: medium", ["unknown key 'seveirty', 'severity'?", ":5:1", "^"]),
    "an unknown severity": ("severity: medium", "severity: grave", ["Invalid enum value 'grave'", ":5:", "^"]),
    "an unknown criterion": ("[CC6.1, C1.1]", "[CC6.1, C1.9]", ["there is no criterion 'C1.9'", ":3:", "^"]),
    "an unknown requirement": ("[KEY-04]", "[KEY-40]", ["there is no requirement 'KEY-40'; KEY-04?", "^"]),
    "a duplicate key": (
        "severity: medium",
        "severity: medium\nseverity: low",
        ["'severity' stands here a second", "^"],
    ),
    "a condition that is no yes or no": ("require: key.rotates", "require: key.rotation_days", ["not true or false"]),
    "text compared with a number": (
        "where: key.rotatable",
        "where: key.rotation_days == 'x'",
        ["no matching overload"],
    ),
    "indexing": ("require: key.rotates", "require: key.data[0] == 'x'", ["indexing may not be used", "^"]),
    "arithmetic": ("require: key.rotates", "require: key.rotation_days / 0 > 1", ["arithmetic", "^"]),
    "a function that may raise": ("require: key.rotates", "require: key.id.matches('(')", ["matches() may not", "^"]),
    "an unknown kind": ("each: key", "each: keys", ["there is no kind 'keys'; kinds are"]),
    "a placeholder that is no fact": ('"{it.id} never rotates"', '"{it.rotate}"', ["{it.rotate} is no fact"]),
    "an id that is no id": ("id: key-rotation-enabled", "id: KeyRotation", ["is not kebab-case"]),
    "an example with a fact there is not": ("rotates: false}", "rotated: false}", ["key has no fact 'rotated'"]),
    "no examples that are unknown": ("  unknown:\n", "  unknowns:\n", ["unknown key 'unknowns'", "^"]),
    "a missing part": ("severity: medium\n", "", ["missing required field `severity`"]),
    "no YAML": ("id: key", "id: [key", [":", "^"]),
    "an empty file": (GOOD, "", ["Expected `object`, got `null`"]),
    "an alias bomb": ("[CC6.1, C1.1]", "&a [*a, *a]", []),
}


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_at_load_with_its_place(old: str, new: str, said: list[str], tmp_path: Path) -> None:
    assert old in GOOD
    path = tmp_path / "own" / "mine.yaml"
    path.parent.mkdir()
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(PolicyError) as caught:
        policy.load([tmp_path])
    assert str(path) in str(caught.value)
    for part in said:
        assert part in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 6


def test_two_controls_with_one_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD)
    with pytest.raises(PolicyError, match="already that of"):
        policy.load([ROOT / "policies", tmp_path])


def test_a_folder_without_policies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="holds no policy"):
        policy.load([tmp_path])
    with pytest.raises(PolicyError, match="no such folder"):
        policy.load([tmp_path / "none"])
