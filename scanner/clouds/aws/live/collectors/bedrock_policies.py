"""What a guardrail of Bedrock stops, in the provider's words; GetGuardrail answers alike for draft and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.model import Unknown

_PERSONAL, _CONTENT, _GROUNDING = (
    "sensitive_information_policy_config",
    "content_policy_config",
    "contextual_grounding_policy_config",
)
_SIDES = {
    "input_action": "inputAction",
    "output_action": "outputAction",
    "input_enabled": "inputEnabled",
    "output_enabled": "outputEnabled",
}
_RULE = {"type": "type", "name": "name", "action": "action", **_SIDES}
_FILTER = {"type": "type", "input_strength": "inputStrength", "output_strength": "outputStrength", **_SIDES}
_CHECK = {"type": "type", "threshold": "threshold", "action": "action", "enabled": "enabled"}


def of(about: dict[str, Any] | Unknown | None) -> dict[str, Any]:
    """Policies on sensitive information, on content and on grounding, as far as a guardrail has them."""
    if not isinstance(about, dict):
        why = about or Unknown("the guardrail was not there when it was read")
        return dict.fromkeys((_PERSONAL, _CONTENT, _GROUNDING), why)
    found: dict[str, Any] = {}
    if policy := about.get("sensitiveInformationPolicy"):
        rules = {"pii_entities_config": "piiEntities", "regexes_config": "regexes"}
        found[_PERSONAL] = [{ours: _said(policy, theirs, _RULE) for ours, theirs in rules.items()}]
    if policy := about.get("contentPolicy"):
        found[_CONTENT] = [{"filters_config": _said(policy, "filters", _FILTER)}]
    if policy := about.get("contextualGroundingPolicy"):
        found[_GROUNDING] = [{"filters_config": _said(policy, "filters", _CHECK)}]
    return found


def _said(policy: dict[str, Any], name: str, words: Mapping[str, str]) -> list[dict[str, Any]]:
    rules = policy.get(name) or ()
    return [{ours: rule[theirs] for ours, theirs in words.items() if rule.get(theirs) is not None} for rule in rules]
