"""Cognito user pools: the people who sign in to the chatbot."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kinds import Identity
from scanner.model import Noted, Unknown
from scanner.terraform.planned import PlannedWorld

terraform_types = ("aws_cognito_user_pool",)
kinds = ("identity",)


def from_plan(planned: PlannedWorld) -> Iterator[Identity]:
    """Read every user pool. Source: Amazon Cognito Developer Guide, "Adding MFA to a user pool" (OFF by default)."""
    for pool in planned.of("aws_cognito_user_pool"):
        mode = pool.text("mfa_configuration", "OFF")
        second = mode if isinstance(mode, Unknown) else Noted(mode == "ON", f"MFA is {mode}")
        yield Identity.of(**planned.labels(pool), type="user_pool", human=True, second_factor=second)
