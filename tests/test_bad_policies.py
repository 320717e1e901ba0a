"""Policies that AWS would refuse, or that look like what they are not: one hidden statement, or no match, and no stall.

Nothing here is timed: what grows with the square of its input would not end.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltas import delta_of
from scanner.clouds.aws.iam.patterns import matches, matches_action
from scanner.clouds.aws.iam.policydoc import Document, parse
from scanner.iam.actions import names
from scanner.model import Statement, Unknown
from worlds import change, plan, scan, verdicts, world_of

CONTROL = "identity-no-wildcard-grants"
ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
KELVIN = "\N{KELVIN SIGN}"
"""Its lower case is a plain k."""

CYRILLIC = "\N{CYRILLIC SMALL LETTER IE}"
FULLWIDTH = "\N{FULLWIDTH LATIN SMALL LETTER S}"


def statements(text: Any, address: str = "aws_iam_role_policy.p", **more: Any) -> tuple[Statement, ...]:
    return world_of(plan(change(address, {"role": "r", "policy": text, **more}))).statements


def policy(*items: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(items)}, ensure_ascii=False)


BAD: dict[str, tuple[str, str]] = {
    "no JSON": ("{'Statement': []}", "is not JSON"),
    "cut off": ('{"Statement": [', "is not JSON"),
    "a lone surrogate": ('{"Statement": ["\\ud800"]}', "is not JSON"),
    "a number too large": ('{"Statement": [1e999]}', "is not JSON"),
    "too deep": ("[" * 100_000, "is not JSON"),
    "a list": ("[]", "it has no statements"),
    "text": ('"Allow"', "it has no statements"),
    "no statements": ("{}", "it has no statements"),
    "statements that are none": ('{"Statement": ["Allow", 1, null]}', "it has no statements"),
    "a number as action": (policy({**ALLOW, "Action": 7}), "Action of a statement is not text"),
    "an object among resources": (policy({**ALLOW, "Resource": ["*", {}]}), "Resource of a statement is not text"),
    "an account as number": (
        policy({**ALLOW, "Principal": {"AWS": 123456789012}}),
        "Principal of a statement is not text",
    ),
    "action and its opposite": (policy({**ALLOW, "NotAction": "iam:*"}), "a statement of it has Action and NotAction"),
    "a name twice": ('{"Statement": [{"Effect": "Deny", "Effect": "Allow", "Action": "*"}]}', "writes a name twice"),
    "statements twice": ('{"Statement": [], "Statement": [{"Effect": "Allow"}]}', "writes a name twice"),
    "six megabytes": (policy(*[ALLOW] * 90_000), "longer than any policy that AWS takes"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_policy_that_cannot_be_read_is_one_hidden_statement(name: str) -> None:
    text, why = BAD[name]
    (found,) = statements(text)
    assert isinstance(found.actions, Unknown)
    assert why in found.actions.reason
    assert len(found.actions.reason) < 200
    (key,) = statements(text, "aws_kms_key_policy.p", key_id="k")
    assert isinstance(key.actions, Unknown)
    assert key.policy_kind == "resource"
    told = verdicts(scan(plan(change("aws_iam_role_policy.p", {"role": "r", "policy": text}))), [CONTROL])
    assert told == {CONTROL: {"aws_iam_role_policy.p": "unknown"}}


def test_blanks_do_not_make_a_policy_too_long() -> None:
    (found,) = statements(policy(ALLOW) + " " * 6_000_000)
    assert found.actions == ("s3:GetObject",)


def test_a_policy_of_no_statements_grants_nothing() -> None:
    assert statements('{"Statement": []}') == ()


@pytest.mark.parametrize(
    ("address", "more"),
    [("aws_kms_key_policy.p", {"key_id": "k"}), ("aws_vpc_endpoint_policy.p", {"vpc_endpoint_id": "vpce-1"})],
)
def test_a_resource_policy_of_no_statements_is_there_and_lets_nobody_in(address: str, more: dict[str, str]) -> None:
    (found,) = statements('{"Statement": []}', address, **more)
    assert (found.actions, found.principals, found.resources) == ((), (), ())
    assert found.binds == tuple(more.values())


def test_a_null_is_what_is_not_there() -> None:
    (found,) = statements(policy({**ALLOW, "NotAction": None, "Principal": None, "Resource": [None, "a"]}))
    assert (found.actions, found.not_actions, found.principals, found.resources) == (("s3:GetObject",), (), (), ("a",))


@pytest.mark.parametrize("value", [{"a": "b"}, [["a"]], [{"a": 1}]])
def test_a_condition_whose_value_is_no_text_is_not_known(value: Any) -> None:
    (found,) = statements(policy({**ALLOW, "Condition": {"StringEquals": {"aws:PrincipalOrgID": value}}}))
    assert isinstance(found.conditions, Unknown)
    assert found.actions == ("s3:GetObject",)


def test_numbers_and_truth_values_of_conditions_are_text() -> None:
    condition = {"Bool": {"aws:SecureTransport": False}, "NumericLessThan": {"s3:max-keys": [10]}}
    (found,) = statements(policy({**ALLOW, "Condition": condition}))
    assert found.conditions == (
        ("Bool", "aws:SecureTransport", ("false",)),
        ("NumericLessThan", "s3:max-keys", ("10",)),
    )


@pytest.mark.parametrize(
    "action", [f"s3:G{CYRILLIC}tObject", f"{KELVIN}MS:Decrypt", f"kms:Decr{CYRILLIC}pt", f"{FULLWIDTH}3:*"]
)
def test_a_letter_of_another_alphabet_is_another_letter(action: str) -> None:
    assert not matches_action(action, "s3:GetObject")
    assert not matches_action(action, "kms:Decrypt")
    assert names(action, "s3:getobject") is False
    assert names(action, "kms:decrypt") is False
    (found,) = statements(policy({**ALLOW, "Action": action}))
    assert found.actions == (action,)


def test_case_does_not_matter_within_the_alphabet() -> None:
    assert matches_action("KMS:decrypt", "kms:Decrypt")
    assert names("KMS:deC*", "kms:decrypt") is True


def test_many_statements_are_read_and_compared_each_once() -> None:
    one, other = (
        policy(*({"Effect": "Allow", "Action": f"s3:{side}{n}", "Resource": "*"} for n in range(1_500)))
        for side in ("Get", "Put")
    )
    role = {"role": "r", "policy": other}
    content = plan(change("aws_iam_role_policy.p", role, before={"role": "r", "policy": one}))
    found = delta_of(content).grants
    assert len(found) == 1_500
    assert {change.how for change in found} == {"changes"}


def test_a_policy_is_read_once_whatever_names_it() -> None:
    text = policy(ALLOW)
    assert isinstance(parse(text, "a"), Document)
    assert parse(text, "a") is parse(text, "a")


@given(st.text("ab*?", max_size=8), st.text("abc", max_size=10))
def test_stars_and_question_marks_stand_for_what_they_always_did(pattern: str, text: str) -> None:
    plain = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
    assert matches(pattern, text) is (plain.fullmatch(text) is not None)


def test_a_pattern_of_many_stars_is_matched_without_trying_every_way() -> None:
    assert not matches("*a" * 200 + "b", "a" * 500)
    assert matches("*a" * 200 + "*b", "a" * 500 + "b")
    text = policy({**ALLOW, "Principal": "*", "Action": "*e" * 40 + "x", "Resource": "arn:aws:s3:::" + "*a" * 40 + "b"})
    bucket = {"bucket": "a" * 63, "policy": text}
    assert len(world_of(plan(change("aws_s3_bucket.b", bucket))).statements) == 1


@pytest.mark.parametrize("odd", [[], {}, 7, False, [None], {"Statement": 1}])
@pytest.mark.parametrize("type_", ["aws_kms_key", "aws_s3_bucket", "aws_sqs_queue", "aws_vpc_endpoint"])
def test_what_is_no_text_where_a_policy_belongs_is_hidden(type_: str, odd: object) -> None:
    (found,) = statements(odd, f"{type_}.x")
    assert isinstance(found.actions, Unknown)
    assert "has no statements" in found.actions.reason


def test_odd_values_of_a_data_source_never_crash() -> None:
    odd = {"name": ["a"], "path_prefix": {}, "tags": {"a": "b"}, "arn": 7}
    content = plan(
        change("data.aws_iam_policy.p", odd, actions=["read"]),
        change("aws_iam_role_policy_attachment.a", {"role": "chat"}, unknown={"policy_arn": True}),
        config={"aws_iam_role_policy_attachment.a": {"policy_arn": {"references": ["data.aws_iam_policy.p.arn"]}}},
    )
    (found,) = world_of(content).statements
    assert isinstance(found.actions, Unknown)
