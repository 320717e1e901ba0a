"""What the access engine makes of policies that nobody should write: a reason and *possible*, never a crash or a stall.

Nothing here is timed: what grows faster than its input would not end.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.cases import HOME, OTHER, Case, Policy, identity, read, resource
from oracle.catalogue import BUCKET, KEY, ROLE, USER, WORKER
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access
from scanner.iam.patterns import Reach, common, covers, relation
from scanner.model import Unknown, World

OBJECT = f"{BUCKET.arn}/a.json"
EVERYTHING: Policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def allow(action: str | list[str], where: str | list[str] = "*", **more: Any) -> Policy:
    statement = {"Effect": "Allow", "Action": action, "Resource": where, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def access(*policies: Policy, **more: Any) -> Access:
    facts = {"thing": BUCKET, "action": "s3:GetObject", "resource": OBJECT, **more}
    return Access(Case(name="bad", principal=ROLE, identity=policies, **facts).world(), VOCABULARY)


def possible(engine: Access, action: str, where: str) -> str:
    """Why it is only possible."""
    assert engine.can(ROLE, action, where) is None
    reasons = engine.who_can(action, where).why(ROLE).reasons
    assert reasons
    return " ".join(reasons)


# --- globs ------------------------------------------------------------------------------------------------------------

TEXTS = ["".join(letters) for size in range(6) for letters in product("ab", repeat=size)]
globs = st.text("ab*?", max_size=6)


def _fits(glob: str, text: str) -> bool:
    """The plainest way to say it."""
    if not glob:
        return not text
    if glob[0] == "*":
        return any(_fits(glob[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and glob[0] in {"?", text[0]} and _fits(glob[1:], text[1:])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(globs, globs)
def test_how_two_globs_relate_is_what_their_texts_say(pattern: str, wanted: str) -> None:
    both = [text for text in TEXTS if _fits(pattern, text) and _fits(wanted, text)]
    found = relation(pattern, wanted)
    if covers(pattern, wanted):
        assert all(_fits(pattern, text) for text in TEXTS if _fits(wanted, text))
    if both:
        assert found > Reach.NONE
    shared = common(pattern, wanted)
    assert (shared is None) is (found is Reach.NONE)
    if shared is not None:
        plain = shared.replace("_", "a")
        assert _fits(pattern, plain)
        assert _fits(wanted, plain)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(globs, st.text("ab", max_size=6))
def test_of_a_plain_text_a_glob_takes_all_or_nothing(pattern: str, text: str) -> None:
    assert relation(pattern, text) is (Reach.ALL if _fits(pattern, text) else Reach.NONE)
    assert covers(pattern, text) is _fits(pattern, text)


def test_globs_of_very_many_stars_end() -> None:
    stars = ["*a" * 300 + "b", "a*" * 300 + "b", "*" * 2000 + "b", "?*" * 400 + "b", "*?a" * 200 + "c"]
    below = f"{BUCKET.arn}/{'a' * 500}"
    engine = access(allow(["s3:*"], [f"{BUCKET.arn}/{one}" for one in stars]))
    assert engine.can(ROLE, "s3:GetObject", below) is False
    assert engine.can(ROLE, "s3:GetObject", f"{BUCKET.arn}/*") is True
    actions = ["s3:" + "*e" * 40 + "x", "s3:" + "*" * 900 + "x", "*e" * 300 + ":*"]
    assert access(allow(actions)).can(ROLE, "s3:GetObject", below) is False


def test_thousands_of_globs_that_part_a_bucket_in_many_ways_end() -> None:
    apart = [f"{BUCKET.arn}/{'*a' * (n % 30)}*{n}*" for n in range(3000)]
    denied = {"Effect": "Deny", "Action": "s3:*", "Resource": apart[1500:]}
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": apart[:1500]}
    engine = access({"Version": "2012-10-17", "Statement": [allowed, denied]}, boundary=allow("s3:*", apart[::7]))
    assert engine.can(ROLE, "s3:GetObject", f"{BUCKET.arn}/*") in {True, None}


def test_a_pattern_longer_than_any_name_is_not_looked_into() -> None:
    assert "another one" in possible(access(allow("s3:*", f"{BUCKET.arn}/{'*a' * 20_000}")), "s3:GetObject", OBJECT)


# --- size -------------------------------------------------------------------------------------------------------------


def test_a_policy_of_six_megabytes_is_not_read_and_leaves_everything_possible() -> None:
    policy = {"Version": "2012-10-17", "Statement": [EVERYTHING["Statement"][0]] * 120_000}
    engine = access(policy)
    assert len(engine.library.granting) == 1
    assert "longer than any policy" in possible(engine, "s3:GetObject", OBJECT)


def test_statements_that_say_the_same_are_kept_once() -> None:
    statements = list(read("p", {"Statement": [EVERYTHING["Statement"][0]] * 900}, "identity", (ROLE,), ""))
    engine = Access(World(resources=(identity(ROLE),), statements=tuple(statements)), VOCABULARY)
    assert len(engine.library.granting) == 1
    assert engine.can(ROLE, "s3:GetObject", "*") is True


def test_very_many_statements_are_gone_through_once_a_question() -> None:
    statements = [
        s
        for n in range(20_000)
        for s in read(f"p{n}", allow("s3:GetObject", f"{BUCKET.arn}/{n}"), "identity", (ROLE,), "")
    ]
    engine = Access(World(resources=(identity(ROLE), resource(BUCKET)), statements=tuple(statements)), VOCABULARY)
    assert engine.can(ROLE, "s3:GetObject", f"{BUCKET.arn}/19999") is True
    assert engine.can(ROLE, "s3:GetObject", f"{BUCKET.arn}/20000") is False
    assert len(engine.library.granting) == 20_000


# --- what nobody knows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["newservice:DoThings", "s3:GetObjectFromTheFuture", "bedrock:InvokeEverything"])
def test_actions_newer_than_the_data_are_matched_by_their_text(action: str) -> None:
    service, _, name = action.partition(":")
    for pattern, allowed in (
        (f"{service}:*", True),
        ("*", True),
        (action.upper(), True),
        (f"{service}:{name[:4]}*", True),
    ):
        assert access(allow(pattern)).can(ROLE, action, OBJECT) is allowed
    assert access(allow("iam:*")).can(ROLE, action, OBJECT) is False
    shut = {"Effect": "Deny", "NotAction": "s3:GetObject", "Resource": "*"}
    both = {"Version": "2012-10-17", "Statement": [EVERYTHING["Statement"][0], shut]}
    assert access(both).can(ROLE, action, OBJECT) is False


@pytest.mark.parametrize(
    "condition",
    [
        {"StringResembles": {"aws:username": "anna"}},
        {"ForSomeValues:StringEquals": {"aws:TagKeys": "a"}},
        {"": {"aws:username": "anna"}},
        {"Bool": {"aws:NoSuchKey": "true"}},
        {"StringEquals": {"": "anna"}},
        {"StringEquals": {"aws:PrincipalTag/team": "${aws:NoSuchKey}"}},
    ],
    ids=str,
)
def test_a_condition_that_nobody_can_answer_is_a_doubt_with_its_reason(condition: dict[str, Any]) -> None:
    assert possible(access(allow("s3:*", Condition=condition)), "s3:GetObject", OBJECT)
    denied = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    both = {"Version": "2012-10-17", "Statement": [EVERYTHING["Statement"][0], denied]}
    assert possible(access(both), "s3:GetObject", OBJECT)


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericLessThan": {"s3:max-keys": "many"}},
        {"DateLessThan": {"aws:TokenIssueTime": "yesterday"}},
        {"IpAddress": {"aws:SourceIp": "the office"}},
    ],
    ids=str,
)
def test_a_condition_that_no_request_meets_is_none(condition: dict[str, Any]) -> None:
    assert access(allow("s3:*", Condition=condition)).can(ROLE, "s3:GetObject", OBJECT) is False
    denied = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    both = {"Version": "2012-10-17", "Statement": [EVERYTHING["Statement"][0], denied]}
    assert access(both).can(ROLE, "s3:GetObject", OBJECT) is True


@pytest.mark.parametrize("month", ["2023-01", "2023-01-01T00:00Z"])
def test_a_date_may_end_with_its_month_or_minute(month: str) -> None:
    since = {"DateGreaterThan": {"aws:CurrentTime": month}}
    assert possible(access(allow("s3:*", Condition=since)), "s3:GetObject", OBJECT)


@pytest.mark.parametrize("operator", ["Bool", "BoolIfExists", "StringEquals"])
def test_whoever_asks_may_do_without_tls(operator: str) -> None:
    without, with_ = ({operator: {"aws:SecureTransport": value}} for value in ("false", "true"))
    assert possible(access(allow("s3:*", Condition=without)), "s3:GetObject", OBJECT)
    assert access(allow("s3:*", Condition=with_)).can(ROLE, "s3:GetObject", OBJECT) is True
    denied = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    for condition, expected in ((without, True), (with_, None)):
        both = [EVERYTHING["Statement"][0], {**denied, "Condition": condition}]
        found = access({"Version": "2012-10-17", "Statement": both}).can(ROLE, "s3:GetObject", OBJECT)
        assert found is expected


@pytest.mark.parametrize("operator", ["StringResembles", "ForSomeValues:StringEquals", "", "String\u0415quals"])
def test_an_operator_that_there_is_not_is_a_doubt_whatever_is_known(operator: str) -> None:
    engine = access(allow("s3:*", Condition={operator: {"aws:PrincipalTag/team": "chat"}}))
    known = {"aws:PrincipalTag/team": "chat"}
    assert engine.can(ROLE, "s3:GetObject", OBJECT, known) is None
    assert engine.who_can("s3:GetObject", OBJECT, known).why(ROLE).reasons


def test_a_policy_that_was_not_seen_is_a_doubt_with_its_reason() -> None:
    (statement,) = read("p", allow("s3:*"), "identity", (ROLE,), "aws_iam_policy")
    hidden = dict.fromkeys(("actions", "resources", "conditions"), Unknown("the text of it was refused"))
    made = type(statement).of(id="p#1", policy="p", binds=(ROLE,), **hidden)
    engine = Access(World(resources=(identity(ROLE), resource(BUCKET)), statements=(made,)), VOCABULARY)
    assert "the text of it was refused" in possible(engine, "s3:GetObject", OBJECT)


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "AIDAJQABLZS4A3QDU576Q"},
        {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
        {"Federated": "accounts.google.com"},
        {"Service": "no.such.service"},
        {"AWS": f"arn:aws:iam::{HOME}:user/nobody"},
        {"AWS": "arn:aws:iam::12345:root"},
        {"AWS": ""},
        {"Martian": "*"},
        {},
    ],
    ids=str,
)
def test_principals_that_are_nobody_of_the_world_let_nobody_of_it_in(principal: dict[str, str]) -> None:
    engine = access(policy=allow("s3:*", Principal=principal))
    assert engine.can(ROLE, "s3:GetObject", OBJECT) is False


def test_a_canonical_user_may_be_any_account() -> None:
    canonical = {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}
    let_in = allow("s3:*", Principal=canonical)
    assert possible(access(EVERYTHING, policy=let_in, thing=replace(BUCKET, account=OTHER)), "s3:GetObject", OBJECT)
    shut = {"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": canonical}]}
    assert possible(access(EVERYTHING, policy=shut), "s3:GetObject", OBJECT)


def test_no_boundary_keeps_a_session_from_what_names_it() -> None:
    session = ROLE.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/nightly"
    limit = allow("ec2:*")
    assert possible(access(policy=allow("s3:*", Principal={"AWS": session}), boundary=limit), "s3:GetObject", OBJECT)
    by_role = access(policy=allow("s3:*", Principal={"AWS": ROLE}), boundary=limit)
    assert by_role.can(ROLE, "s3:GetObject", OBJECT) is False


def test_roles_that_trust_each_other_in_a_circle_can_become_each_other() -> None:
    roles = [f"arn:aws:iam::{HOME}:role/r{n}" for n in range(50)]
    statements = [
        statement
        for n, role in enumerate(roles)
        for statement in read(role, _trust(roles[n - 1]), "trust", (role,), "aws_iam_role")
    ]
    engine = Access(World(resources=tuple(map(identity, roles)), statements=tuple(statements)), VOCABULARY)
    for n, role in enumerate(roles):
        assert engine.who_can("sts:AssumeRole", role).definitely == (roles[n - 1],)


def _trust(role: str) -> Policy:
    return {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": role}}]}


@pytest.mark.parametrize(
    ("pattern", "action"),
    [("s3:G\u0435tObject", "s3:GetObject"), ("\u212ams:Decrypt", "kms:Decrypt"), ("\uff53\uff13:*", "s3:GetObject")],
)
def test_a_letter_of_another_alphabet_is_another_letter(pattern: str, action: str) -> None:
    where = KEY.arn if action.startswith("kms") else OBJECT
    assert access(allow(pattern), thing=KEY if action.startswith("kms") else BUCKET).can(ROLE, action, where) is False
    assert access(allow("s3:*", OBJECT.replace("a", "\u0430"))).can(ROLE, "s3:GetObject", OBJECT) is False


# --- anything ---------------------------------------------------------------------------------------------------------

ODD = (
    "", "*", "**", "?", "~", "${", "}", "${}", "${aws:username", "${${aws:username}}", "${aws:username}~", "{account}",
    "{", "\0", "\ue000", "\ud800", "a" * 5000, "arn:", "arn:aws:s3:::", "arn:aws:s3:::*", "::::::", ":", "s3:", ":Get",
    "s3:Get:Object", "arn:*", "arn:aws:*", f"arn:aws:iam::{OTHER}:root", HOME, "AWS:~", "${aws:PrincipalTag/x, 'y'}",
    "${*}", "${?}", "${$}", OBJECT, BUCKET.arn, ROLE, USER, "s3:GetObject", "S3:getobject", "0.0.0.0/0", "1e400", "NaN",
)  # fmt: skip
texts = st.one_of(st.sampled_from(ODD), st.text(max_size=6))
lists = st.lists(texts, max_size=3)
OPERATORS = (
    "StringLike", "ForAllValues:StringNotLike", "Null", "NumericEquals", "DateLessThan", "IpAddress", "ArnLike", "Bool",
)  # fmt: skip
operators = st.one_of(texts, st.sampled_from(OPERATORS))
keys = st.one_of(texts, st.sampled_from(("aws:username", "aws:PrincipalArn", "aws:SourceIp", "aws:TagKeys")))
conditions = st.dictionaries(operators, st.dictionaries(keys, lists, max_size=2), max_size=2)


@st.composite
def odd_policies(draw: st.DrawFn) -> Policy:
    def statement() -> dict[str, Any]:
        made: dict[str, Any] = {"Effect": draw(st.sampled_from(("Allow", "Deny", "allow", "")))}
        made[draw(st.sampled_from(("Action", "NotAction")))] = draw(lists)
        made[draw(st.sampled_from(("Resource", "NotResource")))] = draw(lists)
        made["Condition"] = draw(conditions)
        if draw(st.booleans()):
            made[draw(st.sampled_from(("Principal", "NotPrincipal")))] = {"AWS": draw(lists), "Service": draw(lists)}
        return made

    return {
        "Version": draw(st.sampled_from(("2012-10-17", "2008-10-17", "", "\u00b2"))),
        "Statement": [statement() for _ in range(2)],
    }


@settings(max_examples=300, deadline=None, derandomize=True)
@given(odd_policies(), odd_policies(), odd_policies(), texts, st.sampled_from((*ODD, WORKER.arn, f"{BUCKET.arn}/*")))
def test_odd_policies_are_answered(own: Policy, theirs: Policy, bound: Policy, action: str, where: str) -> None:
    case = Case(
        name="odd", principal=ROLE, action=action, resource=where, thing=BUCKET, identity=(own, EVERYTHING),
        boundary=bound, policy=theirs, scps=((theirs,), (own, EVERYTHING)), rcps=((theirs,),),
    )  # fmt: skip
    engine = Access(case.world(), VOCABULARY)
    for asked in (action, "s3:GetObject"):
        answer = engine.who_can(asked, where, {"aws:SourceIp": "10.0.0.1", "": "x", "aws:TagKeys": ()})
        assert answer.must & ~answer.may == 0
        for principal in answer.possibly:
            assert answer.why(principal).reasons
