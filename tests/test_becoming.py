"""Who becomes whom by several identities, what is meant and what is a gain, what is not known, and where it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalations import (
    ACCOUNT,
    ADMIN,
    ROLE,
    ROOT,
    USER,
    arn,
    becoming,
    found,
    identity,
    scene,
    statement,
    thing,
    trust,
    world,
)
from scanner.clouds.aws import CLOUD
from scanner.clouds.aws.access.escalation import escalation_rules, read
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access
from scanner.iam.reach import Reach
from scanner.iam.rules import Need
from scanner.iam.sources import Sources
from scanner.model import Resource, Unknown
from scanner.yamlfile import YamlError

ANN, WORKER = identity("user", "ann"), identity("role", "worker")
LAMBDA = "Service:lambda.amazonaws.com"
PASSES = ("iam:PassRole", "lambda:CreateFunction")
SECRETS, LOGS = "secretsmanager:GetSecretValue", "logs:PutLogEvents"
FUNCTION = arn("aws_lambda_function")
READER = arn("aws_iam_role", "reader")
NOTHING_COMPLETE: frozenset[str] = frozenset()


def reader(*principals: str, allowed: str = SECRETS) -> list[Resource]:
    """A role that is allowed one thing, on everything, and lets these become it."""
    return [identity("role", "reader"), statement(READER, allowed), trust(READER, *principals)]


# --- several identities -----------------------------------------------------------------------------------------------


def test_steps_may_be_gone_by_several_identities_that_one_can_become() -> None:
    told = found(
        *scene("lambda-001"),
        *(ANN, WORKER, statement(USER, *PASSES, policy="a"), statement(USER, "sts:AssumeRole", on=[ROLE], policy="b")),
        *(trust(ROLE, ROOT), statement(ROLE, "lambda:InvokeFunction")),
    )
    assert set(told) == {USER}
    assert told[USER].definite
    assert told[USER].path == (
        USER,
        f"iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction (as {ROLE})",
        ADMIN,
    )


def test_who_can_become_two_that_together_can_grant_escalates() -> None:
    writer = arn("aws_iam_role", "writer")
    told = found(
        *(ANN, WORKER, identity("role", "writer"), trust(ROLE, f"AWS:{USER}"), trust(writer, f"AWS:{USER}")),
        statement(writer, "iam:AttachRolePolicy", on=[ROLE]),
    )
    assert set(told) == {USER}
    assert told[USER].path == (
        *(USER, "sts:AssumeRole", ROLE),
        f"iam:AttachRolePolicy (as {writer}) on {ROLE}",
        f"administrator of {ACCOUNT}",
    )


def test_who_passes_a_role_and_who_makes_what_takes_it_must_be_the_same() -> None:
    told = found(
        *scene("lambda-001"),
        *(ANN, WORKER, statement(USER, "iam:PassRole", policy="a"), statement(USER, "sts:AssumeRole", policy="b")),
        *(trust(ROLE, ROOT), statement(ROLE, "lambda:CreateFunction", "lambda:InvokeFunction")),
    )
    assert told == {}


def test_roles_that_trust_each_other_come_to_an_end() -> None:
    names = ["a", "b", "c"]
    roles = [identity("role", name) for name in names]
    ring = zip(roles, (*roles[1:], roles[0]), strict=True)
    parts = [part for one, other in ring for part in (one, trust(one.id, f"AWS:{other.id}"))]
    settled = becoming(*parts, *(statement(role.id, "sts:AssumeRole") for role in roles))
    assert {*settled.reach(roles[0].id).definite} == {roles[1].id, roles[2].id}
    assert settled.reach(roles[0].id).possible == ()
    assert settled.chain(roles[0].id, roles[1].id) == (
        *(roles[0].id, "sts:AssumeRole", roles[2].id),
        *("sts:AssumeRole", roles[1].id),
    )


def test_an_administrator_can_be_anybody_of_its_account_and_nobody_of_another() -> None:
    other = identity("role", "elsewhere", account="999988887777")
    settled = becoming(identity("role", "admin"), statement(ADMIN, "*"), WORKER, ANN, other)
    assert {*settled.reach(ADMIN).definite} == {ROLE, USER, f"administrator of {ACCOUNT}"}
    assert settled.sources(ROLE) == (1 << settled.principals.index(ADMIN),) * 2
    assert settled.sources(other.id) == (0, 0)
    assert settled.chain(ADMIN, ROLE)[-1] == ROLE
    assert settled.chain(USER, ROLE) == ()


def test_permissions_of_others_do_not_justify_themselves() -> None:
    told = found(*scene("lambda-001"), ANN, statement(USER, *PASSES))
    assert told == {}


# --- one cause, one finding -------------------------------------------------------------------------------------------


def test_who_assumes_a_role_that_escalates_is_no_second_cause() -> None:
    told = found(
        *scene("lambda-001"),
        *(ANN, WORKER, statement(USER, "sts:AssumeRole", on=[ROLE]), trust(ROLE, ROOT)),
        statement(ROLE, *PASSES, "lambda:InvokeFunction"),
    )
    assert set(told) == {ROLE}


def test_a_role_that_lets_one_in_is_no_escalation() -> None:
    told = found(ANN, *reader(ROOT), statement(USER, "sts:AssumeRole", on=[READER]))
    assert told == {}


def test_a_role_of_an_administrator_that_lets_one_in_is_one() -> None:
    told = found(ANN, identity("role", "admin"), statement(ADMIN, "*"), trust(ADMIN, f"AWS:{USER}"))
    assert told[USER].path == (USER, "sts:AssumeRole", ADMIN)


def test_an_administrator_escalates_to_nothing() -> None:
    told = found(identity("role", "admin"), statement(ADMIN, "*"), ANN, statement(USER, "*"))
    assert told == {}


def test_everything_but_granting_is_no_administrator() -> None:
    kept = statement(ADMIN, "iam:*", effect="Deny")
    told = found(identity("role", "admin"), statement(ADMIN, "*"), kept, trust(ADMIN, f"AWS:{USER}"), ANN)
    assert USER not in told


# --- what is meant, and what is a gain --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("*", True),
        (f"arn:aws:iam::{ACCOUNT}:role/*", True),
        (f"arn:aws:iam::{ACCOUNT}:role/read*", False),
        (READER, False),
    ],
)
def test_a_role_that_is_named_is_meant_to_be_passed(on: str, expected: bool) -> None:  # noqa: FBT001 - a verdict
    own = [statement(USER, "iam:PassRole", on=[on], policy="a")]
    own.append(statement(USER, "lambda:CreateFunction", "lambda:InvokeFunction", policy="b"))
    told = found(ANN, *own, *reader(LAMBDA))
    assert (USER in told) is expected
    assert not expected or (told[USER].definite and not told[USER].administrator)


@pytest.mark.parametrize(("on", "expected"), [("*", True), (f"{FUNCTION[:-2]}i*", False), (FUNCTION, False)])
def test_a_function_that_is_named_is_meant_to_be_changed(on: str, expected: bool) -> None:  # noqa: FBT001 - a verdict
    function = thing("aws_lambda_function", acts_as=READER)
    told = found(ANN, statement(USER, "lambda:UpdateFunctionCode", on=[on]), function, *reader(LAMBDA))
    assert (USER in told) is expected


@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        ((LOGS,), (LOGS,), False),
        (("logs:*",), (LOGS,), False),
        (("logs:Put*", "logs:Create*"), (LOGS, "logs:CreateLogStream"), False),
        ((LOGS,), ("logs:*",), True),
        (("logs:*",), ("logs:Put*",), False),
        (("s3:GetObject",), (LOGS,), True),
    ],
)
def test_a_role_whose_rights_one_has_is_no_gain(own: tuple[str, ...], theirs: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001 - a verdict
    function = thing("aws_lambda_function", acts_as=READER)
    rights = [statement(USER, "lambda:UpdateFunctionCode", policy="a"), statement(USER, *own, policy="b")]
    told = found(ANN, *rights, function, identity("role", "reader"), statement(READER, *theirs))
    assert (USER in told) is expected


@pytest.mark.parametrize(
    ("mine", "expected"), [("*", False), ("arn:aws:s3:::a/*", False), ("arn:aws:s3:::a/b/*", True)]
)
def test_more_of_the_same_is_a_gain(mine: str, expected: bool) -> None:  # noqa: FBT001 - a verdict
    function = thing("aws_lambda_function", acts_as=READER)
    rights = [statement(USER, "lambda:UpdateFunctionCode", policy="a")]
    rights.append(statement(USER, "s3:GetObject", on=[mine], policy="b"))
    theirs = statement(READER, "s3:GetObject", on=["arn:aws:s3:::a/*"])
    assert (USER in found(ANN, *rights, function, identity("role", "reader"), theirs)) is expected


def test_what_is_denied_to_the_other_is_no_gain() -> None:
    function = thing("aws_lambda_function", acts_as=READER)
    denied = statement(READER, SECRETS, effect="Deny")
    told = found(ANN, statement(USER, "lambda:UpdateFunctionCode"), function, *reader(LAMBDA), denied)
    assert told == {}


# --- boundaries, and what cannot be written ---------------------------------------------------------------------------


@pytest.mark.parametrize(("allows", "gains"), [(("iam:PutUserPolicy",), False), (("iam:PutUserPolicy", "s3:*"), True)])
def test_within_a_boundary_one_gets_to_what_it_allows(allows: tuple[str, ...], gains: bool) -> None:  # noqa: FBT001 - a verdict
    limit = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    bounded = identity("user", "ann", boundary=limit)
    boundary = statement("", *allows, policy=limit, policy_kind="boundary", binds=())
    told = found(bounded, statement(USER, "iam:PutUserPolicy"), boundary)
    assert (USER in told) is gains
    if gains:
        assert not told[USER].administrator
        assert told[USER].path[-1] == f"all that {limit} allows"


def test_roles_of_identity_center_cannot_be_written() -> None:
    assert set(found(identity("role", "worker", reserved=True), statement(ROLE, "iam:PutRolePolicy"))) == set()
    assert set(found(identity("role", "worker", reserved=False), statement(ROLE, "iam:PutRolePolicy"))) == {ROLE}


def test_a_second_factor_keeps_a_new_password_from_working() -> None:
    boss, own = arn("aws_iam_user", "boss"), statement(USER, "iam:UpdateLoginProfile")
    for second, expected in ((False, True), (True, None), (Unknown("not seen"), False)):
        other = identity("user", "boss", signs_in=True, second_factor=second)
        told = found(ANN, own, other, statement(boss, "*")).get(USER)
        assert (None if told is None else told.definite) is expected


def test_an_instance_takes_a_role_by_its_profile_alone() -> None:
    parts = [part for part in scene("ec2-001") if getattr(part, "type", "") != "instance_profile"]
    assert found(*parts, ANN, statement(USER, "iam:PassRole", "ec2:RunInstances")) == {}


def test_an_instance_that_systems_manager_cannot_reach_runs_no_command() -> None:
    box = thing("aws_instance", acts_as=READER)
    own = statement(USER, "ssm:SendCommand")
    assert found(ANN, own, box, *reader("Service:ec2.amazonaws.com")) == {}
    assert set(found(ANN, own, box, *reader("Service:ec2.amazonaws.com", allowed="ssmmessages:*"))) == {USER}


# --- what is not known ------------------------------------------------------------------------------------------------


def test_a_condition_that_is_not_known_is_the_reason() -> None:
    asked = (("Bool", "aws:MultiFactorAuthPresent", ("true",)),)
    told = found(ANN, identity("role", "admin"), statement(ADMIN, "*"), trust(ADMIN, f"AWS:{USER}", conditions=asked))
    assert not told[USER].definite
    assert "aws:multifactorauthpresent" in told[USER].reason.lower()


def test_a_policy_that_is_not_known_is_the_reason() -> None:
    hidden = Unknown("policy is known only after apply")
    told = found(WORKER, statement(ROLE, actions=hidden, resources=hidden))
    assert not told[ROLE].definite
    assert told[ROLE].reason == "policy is known only after apply"


def test_whom_one_becomes_may_be_an_administrator_where_its_policy_is_not_known() -> None:
    hidden = Unknown("policy is known only after apply")
    theirs = statement(READER, actions=hidden, resources=hidden, policy="hidden")
    own = statement(USER, "sts:AssumeRole", on=[READER])
    told = found(ANN, own, *reader(ROOT), theirs)[USER]
    assert not told.definite
    assert told.reason == f"what {READER} is allowed is not known as a whole"


def test_a_plan_shows_a_part_of_what_may_be_passed() -> None:
    own = statement(USER, *PASSES, "lambda:InvokeFunction")
    told = found(ANN, own, complete=NOTHING_COMPLETE)
    assert not told[USER].definite
    assert told[USER].reason == "not all that * stands for was seen"
    assert found(ANN, own) == {}


def test_a_role_of_the_plan_is_seen() -> None:
    own = [statement(USER, "iam:PassRole", on=[READER], policy="a")]
    own.append(statement(USER, "lambda:CreateFunction", "lambda:InvokeFunction", policy="b"))
    assert found(ANN, *own, *reader(LAMBDA), complete=NOTHING_COMPLETE) == {}


def test_a_role_of_an_account_that_was_not_read_may_be_anybody() -> None:
    far = "arn:aws:iam::999988887777:role/deploy"
    told = found(ANN, statement(USER, "sts:AssumeRole", on=[far]))
    assert not told[USER].definite
    assert told[USER].reason == f"not all that {far} stands for was seen"


# --- rules and sets ---------------------------------------------------------------------------------------------------


def test_what_is_not_read_live_is_listed() -> None:
    told = {type_ for collector in CLOUD.collectors for type_ in collector.types}
    read_ = {type_ for inspector in CLOUD.inspectors for type_ in inspector.terraform_types}
    named = {type_ for rule in escalation_rules().rules for type_ in (*rule.targets, *rule.present)}
    named -= {"role", "user", "group", "aws_iam_policy"}
    # An instance that was asked for on the spot market is an instance like others once it runs.
    assert escalation_rules().unread == named - (told & read_) - {"aws_spot_instance_request"}


RULES = """
source: a catalogue
administrator: [iam:PutUserPolicy]
policies: [aws_iam_policy]
unread: []
new: {function: "arn:*:lambda:*:{account}:function:*"}
rules:
"""


@pytest.mark.parametrize(
    ("rule", "mistake"),
    [
        ("{id: [a], title: t, target: role, call: [iam:PutRolPolicy on target]}", "AWS has no action iam:PutRolPolicy"),
        ("{id: [a], title: t, target: role, call: [iam:putrolepolicy on target]}", "AWS has no action"),
        ("{id: [a], title: t, target: aws_moon, call: [iam:PassRole on target]}", "of the type aws_moon is called"),
        ("{id: [a], title: t, call: [iam:PassRole]}", "needs a target"),
        ("{id: [], title: t, target: role, call: [iam:PassRole]}", "needs an id"),
        ("{id: [a, a], title: t, target: role, call: [iam:PassRole]}", "a second time"),
        ("{id: [a], title: t, target: role, call: [iam:PassRole], gives: money}", "gives is one of"),
        ("{id: [a], title: t, pass: [x], call: [lambda:CreateFunction on moon]}", "not said under new what moon is"),
        ("{id: [a], title: t, pass: [x], call: [s3:GetObject on function]}", "s3:GetObject cannot act on"),
        ("{id: [a], title: t, pass: [x], call: [lambda:CreateFunction on target]}", "there is no target"),
        ("{id: [a], title: t, target: role, call: [iam:PassRole], holder: [ssm:Fly]}", "AWS has no action ssm:Fly"),
        ("{id: [a], title: t, target: role, cal: []}", "unknown field `cal`"),
    ],
)
def test_a_mistake_in_the_rules_is_told_with_its_place(rule: str, mistake: str) -> None:
    with pytest.raises(YamlError) as told:
        read("rules.yaml", f"{RULES}  - {rule}\n")
    assert mistake in str(told.value)
    assert str(told.value).startswith("rules.yaml:")


def _sets(nodes: int) -> st.SearchStrategy[tuple[list[int], int]]:
    one = st.integers(0, 2**nodes - 1)
    return st.tuples(st.lists(one, min_size=nodes, max_size=nodes), one)


@given(st.integers(1, 9).flatmap(_sets))
def test_reaching_is_reaching_step_by_step(sets: tuple[list[int], int]) -> None:
    into, hubs = sets
    reach = Reach(dict(enumerate(into)), hubs)
    for node in range(len(into)):
        seen, todo = 0, into[node]
        while todo:
            one = (todo & -todo).bit_length() - 1
            seen, todo = seen | 1 << one, todo & ~(1 << one)
            todo |= into[one] & ~seen
        assert reach.before(node) == seen
        assert reach.above(1 << node) == seen | 1 << node
        assert all(bool(reach.after(other) >> node & 1) == bool(seen >> other & 1) for other in range(len(into)))


_NAMES = st.sampled_from(["a", "ab", "b", "admin"])
_ON = st.sampled_from(
    ["*", "arn:aws:iam::111122223333:role/*", "arn:aws:iam::111122223333:role/a*", arn("aws_iam_role", "ab"),
     "arn:aws:iam::*:role/?b", "arn:aws:iam::111122223333:role/${aws:username}", "arn:aws:iam::999988887777:role/*"]
)  # fmt: skip
_STATEMENTS = st.lists(
    st.tuples(_NAMES, st.sampled_from(["Allow", "Allow", "Deny"]), _ON, st.sampled_from([PASSES[0], "sts:AssumeRole"])),
    max_size=8,
)
_BY = st.sampled_from([ROOT, "AWS:*", f"AWS:{arn('aws_iam_role', 'a')}", LAMBDA])
_TRUSTS = st.lists(st.tuples(_NAMES, _BY), max_size=4)


@given(_STATEMENTS, _TRUSTS)
def test_things_that_are_alike_are_asked_about_once_and_answered_alike(
    allowed: list[tuple[str, str, str, str]], trusts: list[tuple[str, str]]
) -> None:
    roles = [identity("role", name) for name in ("a", "ab", "b", "admin")]
    parts: list[Resource] = [*roles]
    for number, (name, effect, on, action) in enumerate(allowed):
        who = arn("aws_iam_role", name)
        parts.append(statement(who, action, on=[on], effect=effect, policy=f"p{number}"))
    parts += [trust(arn("aws_iam_role", name), by) for name, by in trusts]
    access = Access(world(*parts), VOCABULARY)
    sources = Sources(access)
    for need in (Need("iam:PassRole", "target", (("iam:PassedToService", "x"),)), Need("sts:AssumeRole", "target")):
        for role in roles:
            answer = access.who_can(need.action, role.id, dict(need.context))
            held = sources.on(need, role)
            assert (held.must, held.may) == (answer.must, answer.may)
