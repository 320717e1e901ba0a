"""Controls over grants, flows and ways, as their files say them: loaded, refused with a place, and judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner import engine, policy
from scanner.cli.templates import explained
from scanner.errors import PolicyError
from scanner.findings import Finding
from scanner.kinds import Actor, Compute, Flow, Grant, Identity, Model, Store
from scanner.model import Gap, Resource, Unknown, World
from scanner.policy import Policy

FRAME = """\
id: made-for-tests
title: As it should be
criteria: [C1.1]
requirements: [DATA-03]
severity: high
risk: none
objective: none
activity: none
owner: nobody
frequency: never
evidence: none
check:
{check}
message: "{{it.id}} is not as it should be"
fix: {{text: mend it}}
examples:
  pass:
    - {{name: sound, {sound}}}
  fail:
    - {{name: faulty, {sound}}}
  unknown:
    - {{name: open, {sound}}}
"""
PATH = """\
  each: path
  from: {actor: true}
  to: {model: 'model.operator == "third_party"'}
  carrying: [conversation]
  through: {flow: '"redaction" in flow.guards', store: store.masks_personal_data}
"""
SOUND = """resources: {people: {kind: actor}, vendor: {kind: model}},
       flows: {people -> vendor: {data: [prompt], guards: [redaction]}}"""


def load(tmp_path: Path, check: str, sound: str = SOUND) -> Policy:
    """A control with this check and example."""
    path = tmp_path / "own" / "mine.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(FRAME.format(check=check.rstrip("\n"), sound=sound))
    (one,) = policy.load([tmp_path])
    return one


def test_a_check_over_ways_is_read(tmp_path: Path) -> None:
    control = load(tmp_path, PATH)
    world = control.examples[0].world
    assert [f.id for f in world.flows] == ["people -> vendor (sends_to)"]
    assert isinstance(world.flows[0], Flow)
    assert (world.flows[0].tier, world.flows[0].guards) == ("declared", ("redaction",))
    text = explained(control)
    assert "For each way of data that carries prompt, response, transcript" in text
    assert 'to model where model.operator == "third_party"' in text
    assert "  from actor\n" in text
    assert '    flow where "redaction" in flow.guards' in text


def test_other_checks_over_ways_are_explained(tmp_path: Path) -> None:
    never = "  {each: path, from: {actor: 'true'}, to: {store: store.public}, never: true}"
    assert explained(load(tmp_path, never)).count("there must be none") == 1
    hops = "  {each: path, from: {actor: true}, to: {store: true}, every_hop: {flow: flow.encrypted}}"
    assert "it must hold of all on it\n    flow where flow.encrypted" in explained(load(tmp_path, hops))


MISTAKES = {
    "no such kind": ("from: {actor", "from: {acter", ["'from' takes kinds", "'acter' is none; actor?", ":14:"]),
    "a flow at an end": ("to: {model: 'model.operator", "to: {flow: 'flow.how", ["'to' takes kinds", "'flow' is none"]),
    "no from": ("  from: {actor: true}\n", "", ["needs 'from'", ":12:"]),
    "no kind in from": ("from: {actor: true}", "from: {}", ["needs 'from': a condition by kind"]),
    "no rule": ("  through:", "  throug:", ["unknown key 'throug', 'through'?", "^"]),
    "no rule at all": ("each: path", "each: path\n  every_hop: {flow: flow.encrypted}", ["takes one of 'through'"]),
    "never, not": ("  through: ", "  never: false\n#", ["'never' takes true"]),
    "a rule missing": ("  through: ", "#", ["takes one of 'through', 'every_hop' and 'never'"]),
    "require": ("each: path", "each: path\n  require: flow.encrypted", ["'require' does not go with 'each: path'"]),
    "no such class": ("[conversation]", "[conversations]", ["no data class 'conversations'; conversation?", ":16:"]),
    "a fact with a typo": ("flow.guards", "flow.gards", ["flow.guards?", ":17:"]),
    "no condition": ("actor: true", "actor: false", ["'actor' takes a condition, or true for each of the kind"]),
    "another's key": ("each: path", "each: store\n  require: store.encrypted", ["'from' goes with 'each: path'"]),
    "no require": (PATH, "  each: store\n", ["`require` is missing"]),
    "an example's end": ("people -> vendor", "people -> vendro", ["there is no resource 'vendro' in this example"]),
    "an example's flow": ("people -> vendor", "people to vendor", ["'people to vendor' is no flow"]),
    "an example's tier": ("data: [prompt]", "tier: sure", ["there is no tier 'sure'; there are declared"]),
    "a tier that is not known": ("data: [prompt]", "tier: unknown", ["there is no tier 'unknown'; there are declared"]),
    "a tier that is a list": ("data: [prompt]", "tier: [likely]", ["there is no tier ['likely']"]),
    "how there is not": ("data: [prompt]", "how: sendsto", ["there is no how 'sendsto'; there are sends_to, invokes"]),
    "how that is a number": ("data: [prompt]", "how: 5", ["there is no how 5"]),
    "classes that are text": ("data: [prompt]", "data: prompt", ["data of flow takes a list of text or unknown, not"]),
    "classes that are numbers": ("data: [prompt]", "data: [[1]]", ["data of flow takes a list of text or unknown"]),
    "models that are a number": ("data: [prompt]", "models: 5", ["models of flow takes a list of text or unknown"]),
    "hosts that are not known": ("data: [prompt]", "hosts: unknown", ["hosts of flow takes a list of text; it is"]),
    "truth that is text": ("data: [prompt]", "encrypted: yes please", ["encrypted of flow takes true or false or"]),
    "truth that is a number": ("data: [prompt]", "encrypted: 1", ["encrypted of flow takes true or false or unknown"]),
    "an example's class": ("data: [prompt]", "data: [prompts]", ["there is no data class 'prompts'"]),
    "an example's fact": ("data: [prompt]", "date: [prompt]", ["flow has no fact 'date'"]),
    "a placeholder": ("{{it.id}}", "{{it.operator}} {{it.owner}}", ["{it.owner} is no fact"]),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_with_its_place(old: str, new: str, said: list[str], tmp_path: Path) -> None:
    made = FRAME.format(check=PATH.rstrip("\n"), sound=SOUND)
    old, new = (
        old.rstrip("\n").replace("{{", "{").replace("}}", "}"),
        new.rstrip("\n").replace("{{", "{").replace("}}", "}"),
    )
    assert old in made
    path = tmp_path / "mine.yaml"
    path.write_text(made.replace(old, new, 1))
    with pytest.raises(PolicyError) as caught:
        policy.load([tmp_path])
    assert str(path) in str(caught.value)
    for part in said:
        assert part in str(caught.value)


def judged(control: Policy, *resources: Resource, **more: Any) -> list[Finding]:
    """Findings of one control."""
    return list(engine.judge([control], World(resources=resources, **more)))


GRANT = """\
  each: grant
  where: grant.level == "read" && "transcript" in resource.data
  require: "!identity.human"
"""


@pytest.mark.parametrize(
    ("human", "definite", "status"),
    [(False, True, "pass"), (True, True, "fail"), (True, False, "unknown"), (Unknown("not seen"), True, "unknown")],
)
def test_a_control_over_grants_is_read_and_judged(
    human: bool | Unknown, definite: bool, status: str, tmp_path: Path  # noqa: FBT001 - facts
) -> None:  # fmt: skip
    control = load(tmp_path, GRANT, "resources: {g: {kind: grant}}")
    grant = Grant(id="g", policy="p", level="read", identities=("anna",), resources=("chats",), definite=definite)
    people, chats = Identity(id="anna", human=human), Store(id="chats", data=("transcript",))
    (found,) = judged(control, people, chats, grants=(grant,))
    assert (found.subject, found.status) == ("p", status)


FLOWS = """\
  each: flow
  where: flow.how == "invokes" && target.kind == "model"
  require: flow.encrypted && source.environment == target.environment
"""


def _invokes(**facts: Any) -> list[Finding]:
    given = {"how": "invokes", "source": "chat", "target": "model", "encrypted": True, "rule": "r", **facts}
    return [Flow.of(id="chat -> model (invokes)", **given)]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        ({}, "pass", ""),
        ({"encrypted": False}, "fail", ""),
        ({"encrypted": False, "tier": "possible", "reason": "a wide grant"}, "unknown", "a wide grant"),
        ({"encrypted": Unknown("not seen")}, "unknown", "not seen"),
        ({"target": "elsewhere"}, "unknown", "it was not read itself"),
    ],
)
def test_a_control_over_flows_is_read_and_judged(
    facts: dict[str, Any], status: str, reason: str, tmp_path: Path
) -> None:
    control = load(tmp_path, FLOWS)
    ends = (Compute(id="chat", environment="prod"), Model(id="model", environment="prod"))
    (found,) = judged(control, *ends, flows=tuple(_invokes(**facts)))
    assert (found.subject, found.status) == ("chat -> model (invokes)", status)
    assert reason in found.reason
    told = ("chat", f"invokes ({facts.get('tier', 'declared')}, r)", facts.get("target", "model"))
    assert found.path == (() if status == "pass" else told)


def test_flows_of_another_kind_are_not_asked(tmp_path: Path) -> None:
    control = load(tmp_path, FLOWS)
    assert judged(control, Store(id="model"), Compute(id="chat"), flows=tuple(_invokes())) == []
    gap = Gap(scope="chat", kinds=("flow",), reason="its settings are known only after apply")
    (found,) = judged(control, gaps=(gap,))
    assert (found.subject, found.status, found.reason) == ("chat", "unknown", gap.reason)


def test_a_finding_on_a_way_has_its_place_and_its_steps(tmp_path: Path) -> None:
    control = load(tmp_path, PATH)
    flow = Flow(id="f", how="sends_to", source="people", target="vendor", data=("prompt",), rule="r", attribute="a.b")
    vendor = Model(id="vendor", operator="third_party")
    gap = Gap(scope="eu", kinds=("actor",), reason="denied")
    found, hidden = judged(control, Actor(id="people"), vendor, flows=(flow,), gaps=(gap,))
    assert (found.subject, found.status, found.message) == ("vendor", "fail", "vendor is not as it should be")
    assert found.path == ("people", "sends_to (declared, r, a.b)", "vendor")
    assert (hidden.subject, hidden.status, hidden.origin.source) == ("eu", "unknown", "gap")
