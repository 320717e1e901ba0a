"""Bedrock guardrails: what they stop, and whether anything that calls a model uses them.

Sources: Amazon Bedrock User Guide, "Remove PII from conversations by using sensitive information filters", "Detect
prompt attacks", "Use contextual grounding check to filter hallucinations in responses" and "Use a guardrail"; Amazon
Bedrock API Reference, GuardrailPiiEntityConfig, GuardrailRegexConfig, GuardrailContentFilter (its inputAction is BLOCK
unless set) and GuardrailContextualGroundingFilter (so is its action).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.ai import guardrail_uses
from scanner.clouds.aws.ai.guardrail_uses import GUARDRAIL, VERSION
from scanner.clouds.aws.ai.personal_data import hides_some
from scanner.kinds import Guardrail
from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = (GUARDRAIL, VERSION)
kinds = ("guardrail",)


def from_plan(planned: PlannedWorld) -> Iterator[Guardrail]:
    """Read every guardrail."""
    uses = guardrail_uses.Uses(planned)
    for guardrail in planned.of(GUARDRAIL):
        yield Guardrail.of(
            **planned.labels(guardrail),
            type="guardrail",
            redacts=redacts(guardrail),
            blocks_attacks=blocks_attacks(guardrail),
            grounds=grounds(guardrail),
            attached=uses.of(guardrail),
        )


def redacts(guardrail: PlannedResource) -> Answer:
    """Whether personal data, of any kind, is blocked or masked in prompts and in responses."""
    return both(hides_some(guardrail, "input"), hides_some(guardrail, "output"))


def blocks_attacks(guardrail: PlannedResource) -> Answer:
    """Whether prompts that attack the model are blocked, at any strength; the filter looks at prompts alone."""
    filters = _filters(guardrail, "content_policy_config", "PROMPT_ATTACK")
    if isinstance(filters, Unknown):
        return filters
    nothing = "its filter for prompt attacks does not block" if filters else "it has no filter for prompt attacks"
    return either(*map(_blocks_input, filters), Noted(False, nothing))


def grounds(guardrail: PlannedResource) -> Answer:
    """Whether answers that their sources do not bear out are blocked; a threshold of zero lets all pass."""
    filters = _filters(guardrail, "contextual_grounding_policy_config", "GROUNDING")
    if isinstance(filters, Unknown):
        return filters
    nothing = "its check of grounding does not block" if filters else "it does not check grounding"
    return either(*map(_blocks_ungrounded, filters), Noted(False, nothing))


def _filters(guardrail: PlannedResource, policy: str, type_: str) -> list[Block] | Unknown:
    """Filters of a type; unknown where there may be one."""
    found: list[Block] = []
    policies = guardrail.blocks(policy)
    for one in policies if not isinstance(policies, Unknown) else ():
        filters = one.blocks("filters_config")
        if isinstance(filters, Unknown):
            return filters
        for filter_ in filters:
            named = filter_.text("type")
            if isinstance(named, Unknown):
                return named
            found += [filter_] if named.upper() == type_ else []
    return policies if isinstance(policies, Unknown) else found


def _blocks_input(filter_: Block) -> Answer:
    strength, action = filter_.text("input_strength", "NONE"), filter_.text("input_action") or "BLOCK"
    return both(
        filter_.flag("input_enabled", absent=True),
        strength if isinstance(strength, Unknown) else strength.upper() != "NONE",
        action if isinstance(action, Unknown) else action.upper() == "BLOCK",
    )


def _blocks_ungrounded(filter_: Block) -> Answer:
    threshold, action = filter_.get("threshold"), filter_.text("action") or "BLOCK"
    return both(
        filter_.flag("enabled", absent=True),
        threshold if isinstance(threshold, Unknown) else bool(threshold),
        action if isinstance(action, Unknown) else action.upper() == "BLOCK",
    )
