"""What is told of a thing of which no environment of its own is known that uses it."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.config import Config
from scanner.model import Noted, Unknown, Wire
from scanner.questions.sharing import Users, used_in

CONFIG = Config()


def wire(**more: Any) -> Wire:
    return Wire(how="key", source="aws_lambda_function.f", target="aws_kms_key.k", attribute="kms_key_arn", **more)


def users(*wires: Wire) -> Users:
    return Users([one for one in wires if not one.reason], [one for one in wires if one.reason])


@pytest.mark.parametrize(
    ("wires", "told"),
    [
        ((), "nothing that was seen uses it"),
        ((wire(),), "aws_lambda_function.f uses it (kms_key_arn), whose environment is not known"),
        (
            (wire(reason="by a wildcard"),),
            "aws_lambda_function.f may use it (kms_key_arn), whose environment is not known",
        ),
        (
            (wire(environment="security"),),
            "aws_lambda_function.f of security, which serves all environments, uses it (kms_key_arn)",
        ),
        ((wire(environment="prod", reason="r"),), "aws_lambda_function.f of prod may use it (kms_key_arn)"),
    ],
)
def test_what_is_used_is_not_told_to_be_unused(wires: tuple[Wire, ...], told: str) -> None:
    assert used_in(users(*wires), CONFIG) == Noted((), told)


def test_two_users_of_environments_that_are_not_known_leave_it_open() -> None:
    other = Wire(how="key", source="aws_lambda_function.g", target="aws_kms_key.k", attribute="kms_key_arn")
    assert isinstance(used_in(users(wire(), other), CONFIG), Unknown)
