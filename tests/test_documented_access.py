"""What the AWS IAM User Guide says of requests, the access engine says too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oracle.cases import Case, Thing
from oracle.catalogue import BUCKET, FUNCTION, ROLE
from oracle.compare import as_documented, ask
from oracle.documented import documented
from oracle.guide import Documented, policy, statement
from oracle.simulator import simulate
from tools import IAM_SIMULATE, NODE

EXAMPLES = documented()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: f"{one.page}: {one.case.name}")
def test_the_engine_answers_as_the_guide(example: Documented) -> None:
    assert ask(example.case) is example.allowed


@NODE.needed
@IAM_SIMULATE.needed
def test_so_does_the_oracle() -> None:
    verdicts = simulate(as_documented(example.case)[0] for example in EXAMPLES)
    told = [(e.page, e.case.name, v.allowed, v.error) for e, v in zip(EXAMPLES, verdicts, strict=True)]
    assert told == [(e.page, e.case.name, e.allowed, "") for e in EXAMPLES]


@pytest.mark.parametrize(
    ("thing", "action", "allowed"), [(BUCKET, "s3:DeleteBucket", False), (FUNCTION, "lambda:InvokeFunction", True)]
)
def test_resource_control_policies_have_a_say_in_services_that_support_them(
    thing: Thing,
    action: str,
    *,
    allowed: bool,
) -> None:
    """AWS Organizations User Guide, "List of AWS services that support RCPs"; the oracle applies them to all."""
    asked = Case(name="rcp", principal=ROLE, action=action, resource=thing.arn, thing=thing)
    own, guard = policy(statement("Allow", "*")), policy(statement("Deny", "*"))
    assert ask(replace(asked, identity=(own,), rcps=((guard,),))) is allowed
