"""Bedrock guardrails: whether they redact personal data, and whether anything that calls a model uses them.

Sources: Amazon Bedrock User Guide, "Remove PII from conversations by using sensitive information filters" and "Use a
guardrail"; Amazon Bedrock API Reference, GuardrailPiiEntityConfig and GuardrailRegexConfig.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.ai import guardrail_uses
from scanner.clouds.aws.ai.guardrail_uses import GUARDRAIL, VERSION
from scanner.kinds import Guardrail
from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = (GUARDRAIL, VERSION)
kinds = ("guardrail",)

_ACTS = frozenset({"BLOCK", "ANONYMIZE"})
_SIDES = ("input", "output")


def from_plan(planned: PlannedWorld) -> Iterator[Guardrail]:
    """Read every guardrail."""
    uses = guardrail_uses.Uses(planned)
    for guardrail in planned.of(GUARDRAIL):
        yield Guardrail.of(
            **planned.labels(guardrail), type="guardrail", redacts=redacts(guardrail), attached=uses.of(guardrail)
        )


def redacts(guardrail: PlannedResource) -> Answer:
    """Whether a kind of personal data or a pattern is blocked or masked, in prompts or in responses."""
    policies = guardrail.blocks("sensitive_information_policy_config")
    if isinstance(policies, Unknown):
        return policies
    rules: list[Answer] = []
    for policy in policies:
        for name in ("pii_entities_config", "regexes_config"):
            found = policy.blocks(name)
            rules.extend([found] if isinstance(found, Unknown) else map(_acts, found))
    nothing = "none of its rules on personal data blocks or masks" if rules else "it has no rule on personal data"
    return either(*rules, Noted(False, nothing))


def _acts(rule: Block) -> Answer:
    return either(*(_acts_on(rule, side) for side in _SIDES))


def _acts_on(rule: Block, side: str) -> Answer:
    """A side takes its own action where it has one, else the rule's."""
    action = rule.text(f"{side}_action") or rule.text("action")
    acts: Answer = action if isinstance(action, Unknown) else action.upper() in _ACTS
    return both(rule.flag(f"{side}_enabled", absent=True), acts)
