"""Who becomes whom by the paths of pathfinding.cloud: each tried where it leads to an administrator, and where not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from escalations import (
    ACCOUNT,
    ACTS,
    ADMIN,
    ALSO,
    PASSED_TO,
    REQUIRED,
    ROLE,
    arn,
    found,
    identity,
    on,
    one,
    scene,
    statement,
    trust,
)
from scanner.clouds.aws.access.escalation import escalation_rules
from scanner.kinds import Compute, Identity
from scanner.model import Resource, Unknown
from worlds import ROOT

SHORTER = {"lambda-004": "lambda-003", "lambda-005": "lambda-003"}
"""Paths of which a part is a path of its own, which is told."""

UNREAD = {"bedrock-001": "bedrock-002", "ecs-001": "ecs-003", "ecs-002": "ecs-004"}
"""Paths of which a part is a path to things of which a live scan does not tell: they may be there."""

BARRED = "arn:aws:iam::111122223333:policy/limit"
ENDS = {ADMIN, arn("aws_iam_user", "admin"), arn("aws_iam_group"), f"administrator of {ACCOUNT}"}


def allowed(path: str, actions: Iterable[str]) -> list[Resource]:
    """Who tries a path, and what it is allowed."""
    who = one(path)
    return [who, statement(who.id, *actions, on=on(path))]


def missed(path: str, left: Iterable[str]) -> bool | None:
    """What a near miss comes to with the permissions that are left."""
    part = UNREAD.get(path, "")
    return None if part and {*REQUIRED[part]} <= {*left} else False


def escalates(path: str, parts: Iterable[Resource]) -> bool | None:
    """Whether who tries a path escalates; None where it may."""
    told = found(*parts).get(one(path).id)
    return False if told is None else True if told.definite else None


def test_every_path_of_the_catalogue_has_a_rule() -> None:
    assert {id_ for rule in escalation_rules().rules for id_ in rule.ids} == set(REQUIRED)


@pytest.mark.parametrize("path", REQUIRED)
def test_whoever_is_allowed_what_a_path_needs_escalates(path: str) -> None:
    told = found(*scene(path), *allowed(path, REQUIRED[path]))[one(path).id]
    assert told.definite, told
    assert told.administrator
    assert not told.reason
    assert told.path[0] == one(path).id
    assert told.path[-1] in ENDS
    assert SHORTER.get(path, path) in {
        id_ for rule in escalation_rules().rules if rule.title == told.title for id_ in rule.ids
    }


@pytest.mark.parametrize(
    ("path", "missing"), [(path, action) for path, needed in REQUIRED.items() for action in needed]
)
def test_nobody_escalates_without_one_of_the_permissions(path: str, missing: str) -> None:
    left = [action for action in REQUIRED[path] if action != missing]
    expected = True if {*REQUIRED[SHORTER.get(path, path)]} <= {*left} else missed(path, left)
    assert escalates(path, [*scene(path), *allowed(path, [*left, "s3:ListAllMyBuckets"])]) is expected


@pytest.mark.parametrize("path", REQUIRED)
def test_nobody_escalates_to_whom_it_is_denied(path: str) -> None:
    denied = statement(one(path).id, REQUIRED[path][0], effect="Deny")
    expected = missed(path, REQUIRED[path][1:])
    assert escalates(path, [*scene(path), *allowed(path, REQUIRED[path]), denied]) is expected


@pytest.mark.parametrize("path", REQUIRED)
def test_nobody_escalates_whom_a_boundary_stops(path: str) -> None:
    who, may = allowed(path, REQUIRED[path])
    assert isinstance(who, Identity)
    limit = statement("", "s3:*", policy=BARRED, policy_kind="boundary", binds=())
    assert escalates(path, [*scene(path), replace(who, boundary=BARRED), may, limit]) is False


@pytest.mark.parametrize("path", PASSED_TO)
def test_nobody_escalates_by_a_role_that_does_not_trust_the_service(path: str) -> None:
    parts = [part for part in scene(path) if not part.id.startswith(f"{ADMIN}#trust")]
    parts.append(trust(ADMIN, "Service:batch.amazonaws.com"))
    handed = UNREAD.get(path) in PASSED_TO
    expected = False if handed else missed(path, REQUIRED[path])
    assert escalates(path, [*parts, *allowed(path, REQUIRED[path])]) is expected


@pytest.mark.parametrize("path", PASSED_TO)
def test_nobody_escalates_who_may_pass_another_role(path: str) -> None:
    who = one(path)
    rest = [action for action in REQUIRED[path] if action != "iam:PassRole"]
    service = f"Service:{PASSED_TO[path]}.amazonaws.com"
    low = [identity("role", "worker"), trust(ROLE, service), statement(ROLE, "logs:PutLogEvents")]
    profile = identity("instance_profile", "worker", holds=ROLE)
    own = [statement(who.id, "iam:PassRole", on=[ROLE], policy="one"), statement(who.id, *rest, policy="other")]
    assert escalates(path, [*scene(path), *low, profile, who, *own]) is missed(path, rest)


@pytest.mark.parametrize("path", PASSED_TO)
def test_nobody_escalates_who_may_pass_roles_to_another_service(path: str) -> None:
    who = one(path)
    rest = [action for action in REQUIRED[path] if action != "iam:PassRole"]
    only = (("StringEquals", "iam:PassedToService", ("batch.amazonaws.com",)),)
    own = [statement(who.id, "iam:PassRole", conditions=only, policy="one"), statement(who.id, *rest, policy="other")]
    assert escalates(path, [*scene(path), who, *own]) is missed(path, rest)


@pytest.mark.parametrize("path", PASSED_TO)
def test_passing_to_the_named_service_escalates(path: str) -> None:
    who = one(path)
    rest = [action for action in REQUIRED[path] if action != "iam:PassRole"]
    only = (("StringEquals", "iam:PassedToService", (f"{PASSED_TO[path]}.amazonaws.com",)),)
    own = [statement(who.id, "iam:PassRole", conditions=only, policy="one"), statement(who.id, *rest, policy="other")]
    assert escalates(path, [*scene(path), who, *own]) is True


@pytest.mark.parametrize("path", ACTS)
def test_nobody_escalates_where_it_acts_as_nobody(path: str) -> None:
    parts = [replace(part, acts_as="") if isinstance(part, Compute) else part for part in scene(path)]
    expected = None if ACTS[path] in escalation_rules().unread else False
    assert escalates(path, [*parts, *allowed(path, REQUIRED[path])]) is expected


@pytest.mark.parametrize("path", ACTS)
def test_what_it_acts_as_is_not_known(path: str) -> None:
    hidden = Unknown("known only after apply")
    parts = [replace(part, acts_as=hidden) if isinstance(part, Compute) else part for part in scene(path)]
    assert escalates(path, [*parts, *allowed(path, REQUIRED[path])]) is None


@pytest.mark.parametrize("path", [*ALSO, *ACTS])
def test_nobody_escalates_where_there_is_nothing_to_do_it_with(path: str) -> None:
    parts = [part for part in scene(path) if part.kind != "compute"]
    rule = next(rule for rule in escalation_rules().rules if path in rule.ids)
    expected = False if escalation_rules().unread.isdisjoint({*rule.targets, *rule.present}) else None
    assert escalates(path, [*parts, *allowed(path, REQUIRED[path])]) is expected


@pytest.mark.parametrize("path", REQUIRED)
def test_the_documentation_tells_of_each_path(path: str) -> None:
    rule = next(rule for rule in escalation_rules().rules if path in rule.ids)
    taken = f"; taken for granted: {rule.granted}" if rule.granted else ""
    told = (ROOT / "docs/access.md").read_text(encoding="utf-8").splitlines()
    assert f"| {path} | {rule.title}{taken} | {', '.join(REQUIRED[path])} |" in told
