"""What the AWS IAM User Guide says of requests, the access engine says too."""

from __future__ import annotations

import pytest

from oracle.compare import as_documented, ask
from oracle.documented import Documented, documented
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
