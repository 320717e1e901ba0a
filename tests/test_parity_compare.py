"""What tests/test_parity.py compares with: it finds every sort of difference, and explains no more than it names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import parity_exceptions
from live import ACCOUNT, REGION
from parity import Difference, Stack, instances
from parity_exceptions import Explained
from scanner import run
from scanner.collect.items import Item
from scanner.collect.shards import Collected, Shard, ShardResult, Target
from scanner.kinds import Store
from scanner.model import Gap, Unknown, with_facts
from scanner.run import Judged
from scanner.terraform.planfile import Source
from worlds import POLICIES, TODAY, change, plan

ADDRESS = "aws_kms_key.this"
API = "aws_api_gateway_rest_api.a"
GROUP = "group"
OPEN = Unknown("nobody knows")
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
KEY: dict[str, Any] = {"key_usage": "ENCRYPT_DECRYPT", "customer_master_key_spec": "SYMMETRIC_DEFAULT"}


def _stack(planned: dict[str, Any], *live: dict[str, Any]) -> Stack:
    """A key of a plan, and keys of an account, of which the first is the one that was applied."""
    settings = run.Settings(policies=POLICIES, today=TODAY)
    items = [Item("aws_kms_key", f"{ARN[:-1]}{place + 1}", KEY | values) for place, values in enumerate(live)]
    target = Target(account=ACCOUNT, partition="aws", home=REGION, regions=(REGION,))
    collected = Collected(target=target, results=[ShardResult(Shard(ACCOUNT, REGION, "kms"), items=items)])
    resources = [{"mode": "managed", "address": ADDRESS, "type": "aws_kms_key", "values": {"arn": ARN}}]
    return Stack(
        name="made up",
        planned=run.judge_plans([Source("plan.json", plan(change(ADDRESS, KEY | planned)))], settings),
        live=run.judge_accounts([collected], settings),
        items=tuple(items),
        state=dict(instances({"child_modules": [{"resources": resources}]})),
        live_only=frozenset({"key-rotated-in-time"}),
    )


def _whats(stack: Stack) -> set[str]:
    return {d.what for d in stack.differences() if d.subject in {ADDRESS, ARN, f"{ARN[:-1]}2"}}


def test_what_is_the_same_has_no_difference() -> None:
    stack = _stack({"enable_key_rotation": True}, {"enable_key_rotation": True})
    assert stack.subjects[ADDRESS] == ARN
    assert _whats(stack) == set()
    assert ("key-rotation-enabled", True) in {(v.control, v.by_both) for v in stack.verdicts}
    assert {fact.name for fact in stack.facts} >= {"rotates", "rotatable", "type"}


def test_another_fact_and_another_verdict_are_differences() -> None:
    assert _whats(_stack({"enable_key_rotation": True}, {"enable_key_rotation": False})) >= {
        "key.rotates",
        "key-rotation-enabled",
    }


def test_a_verdict_lost_in_the_account_is_a_difference() -> None:
    lost = _stack({"enable_key_rotation": True}, {"enable_key_rotation": Unknown("refused")})
    assert "unread key-rotation-enabled" in _whats(lost)
    assert "key.rotates" not in _whats(lost)


def test_what_one_side_alone_has_is_a_difference() -> None:
    assert "live key.kms" in _whats(_stack({"enable_key_rotation": True}, {"enable_key_rotation": True}, {}))
    assert "planned key.kms" in _whats(_stack({"enable_key_rotation": True}))


def _logging() -> Judged:
    """An API whose requests are logged to a group."""
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
    log = [{"format": "$context.requestId", "destination_arn": arn}]
    stage = change("aws_api_gateway_stage.s", {"rest_api_id": "a", "access_log_settings": log})
    api = change(API, {"id": "a", "name": "a"})
    group = change("aws_cloudwatch_log_group.g", {"name": GROUP, "arn": arn})
    settings = run.Settings(policies=POLICIES, today=TODAY)
    return run.judge_plans([Source("plan.json", plan(api, stage, group))], settings)


def _without(judged: Judged, *gaps: Gap) -> Judged:
    """The same without its flow, and what that brings."""
    resources = (with_facts(r, {"may_hold": ()}) if isinstance(r, Store) else r for r in judged.world.resources)
    return replace(judged, world=replace(judged.world, resources=tuple(resources), flows=(), gaps=gaps))


def _of_flows(planned: Judged, live: Judged) -> set[str]:
    """What differs, where both sides are plans of the same addresses."""
    stack = Stack("made up", planned=planned, live=live, items=(), state={}, live_only=frozenset())
    return {d.what for d in stack.differences() if d.what.endswith("flow") or "may_hold" in d.what}


def test_a_flow_of_one_side_and_what_it_brings_are_differences() -> None:
    seen = _logging()
    lost = _without(seen, Gap(scope="aws_cloudwatch_log_group.other", kinds=("flow",), reason="hidden elsewhere"))
    assert _of_flows(seen, seen) == set()
    assert _of_flows(seen, lost) == {"planned flow", "store.may_hold"}
    assert _of_flows(lost, seen) == {"live flow", "store.may_hold"}


def test_they_are_none_where_the_other_side_says_that_it_does_not_see_all_flows_there() -> None:
    seen = _logging()
    lost = _without(seen, Gap(scope=API, kinds=("flow",), reason="hidden"))
    assert _of_flows(seen, lost) == _of_flows(lost, seen) == set()


def test_facts_of_a_flow_are_compared() -> None:
    seen = _logging()
    (flow,) = seen.world.flows
    other = replace(seen, world=replace(seen.world, flows=(with_facts(flow, {"tier": "possible", "encrypted": OPEN}),)))
    stack = Stack("made up", planned=seen, live=other, items=(), state={}, live_only=frozenset())
    assert [d.what for d in stack.differences()] == ["flow.tier"]


def test_an_entry_explains_what_it_names_alone() -> None:
    entry = Explained("key.data", '*.aws_kms_key.this["logs"]', "named so")
    covered = Difference("key.data", 'module.a.aws_kms_key.this["logs"]', "")
    others = [
        Difference("key.data", 'module.a.aws_kms_key.this["data"]', ""),
        Difference("key.open", 'module.a.aws_kms_key.this["logs"]', ""),
    ]
    found = parity_exceptions.sort([covered, *others], [entry, Explained("key.data", "nothing", "idle")])
    assert list(found.explained) == [covered]
    assert sorted(found.unexplained) == sorted(others)
    assert [idle.subject for idle in found.idle] == ["nothing"]


def test_every_explanation_gives_a_reason() -> None:
    assert all(len(entry.why) >= 20 for entry in parity_exceptions.load())
