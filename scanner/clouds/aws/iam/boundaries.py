"""Policies that bound identities here and stand elsewhere: in the text that AWS maintains, or in another place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.clouds.aws.iam.named_policies import named_policy
from scanner.clouds.aws.iam.subjects import named_policy_of, subject
from scanner.model import Statement
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = ("aws_iam_role", "aws_iam_user")
kinds = ()
"""None: of identities that were not read, no verdict on grants is open for what bounds them."""


def from_plan(planned: PlannedWorld) -> Iterator[Statement]:
    """Read what such policies allow, each once and filed under its ARN; whom it bounds says so itself."""
    managed = {policy.id for policy in planned.of("aws_iam_policy")}
    found: dict[str, tuple[PlannedResource | External, PlannedResource]] = {}
    for limited in planned.of(*terraform_types):
        bounds = named_policy_of(planned, limited, "permissions_boundary")
        if isinstance(bounds, External) or (isinstance(bounds, PlannedResource) and bounds.mode == "data"):
            found.setdefault(subject(planned, bounds), (bounds, limited))
    for arn, (bounds, limited) in found.items():
        if arn not in managed:
            labels = {name: value for name, value in planned.labels(limited).items() if name in {"planned", "origin"}}
            for statement in named_policy({**labels, "id": arn}, bounds, arn, kind="boundary", binds=()):
                yield replace(statement, written=False)
