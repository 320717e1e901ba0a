"""What of conversations a guardrail takes out: which kinds of personal data tell who somebody is.

Sources: Amazon Bedrock API Reference, GuardrailPiiEntityConfig (the kinds; a side may take an action of its own, or be
switched off) and GuardrailRegexConfig; Amazon Bedrock User Guide, "Remove PII from conversations by using sensitive
information filters" (no kind is taken out unless it is listed; what is masked in a request is masked before the model
reads it, and what is blocked never gets there); NIST SP 800-122, section 2.2 (a name, and what a person is reached by,
tell one person from all others).
"""

from __future__ import annotations

from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

PEOPLE = ("NAME", "EMAIL", "PHONE")
"""Kinds that must all go so that a conversation no longer says whose it is: each alone tells one person from all
others, and people write them in every country. Numbers that a state, a bank or a hospital gives are not asked for,
since which of them there are depends on the country; nor are streets, which many people live in."""

THINGS = frozenset({
    "AGE", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_CVV", "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "IP_ADDRESS", "MAC_ADDRESS", "PASSWORD", "PIN",
    "SWIFT_CODE", "URL", "US_BANK_ACCOUNT_NUMBER", "US_BANK_ROUTING_NUMBER",
})  # fmt: skip
"""Kinds that tell of a machine, a secret or a payment, and not who somebody is: to take out these alone redacts no
conversation."""

_ACTS = frozenset({"BLOCK", "ANONYMIZE"})
_BY_PATTERN = frozenset({"EMAIL", "PHONE"})
"""Kinds that a pattern of the user's own may find as well; none finds names."""


def hides_people(guardrail: PlannedResource, side: str) -> bool | Unknown:
    """Whether a guardrail takes out who people are, on a side: input is what a model reads, output what it says."""
    found = _rules(guardrail)
    if isinstance(found, Unknown):
        return found
    entities, patterns = found
    by_pattern = either(*(acts_on(one, side) for one in patterns), False)
    every = both(*(_takes_out(kind, entities, side, by_pattern) for kind in PEOPLE))
    return every.value if isinstance(every, Noted) else every


def hides_some(guardrail: PlannedResource, side: str) -> Answer:
    """Whether a guardrail takes out any kind of personal data on a side, by a kind or a pattern of the user's own."""
    found = _rules(guardrail)
    if isinstance(found, Unknown):
        return found
    entities, patterns = found
    personal = (both(_of_people(one), acts_on(one, side)) for one in entities)
    nothing = "none of its rules on personal data blocks or masks" if entities or patterns else ""
    where = {"input": "prompts", "output": "responses"}[side]
    said = f"{nothing} in {where} what tells who people are" if nothing else "it has no rule on personal data"
    return either(*personal, *(acts_on(one, side) for one in patterns), Noted(False, said))


def acts_on(rule: Block, side: str) -> Answer:
    """Whether a rule does more than report on a side; it takes the side's own action where there is one."""
    action = rule.text(f"{side}_action") or rule.text("action")
    acts: Answer = action if isinstance(action, Unknown) else action.upper() in _ACTS
    return both(rule.flag(f"{side}_enabled", absent=True), acts)


def _rules(guardrail: PlannedResource) -> tuple[list[Block], list[Block]] | Unknown:
    """Its rules on kinds of personal data, and those on patterns."""
    policies = guardrail.blocks("sensitive_information_policy_config")
    if isinstance(policies, Unknown):
        return policies
    found: tuple[list[Block], list[Block]] = ([], [])
    for policy in policies:
        for index, name in enumerate(("pii_entities_config", "regexes_config")):
            blocks = policy.blocks(name)
            if isinstance(blocks, Unknown):
                return blocks
            found[index].extend(blocks)
    return found


def _takes_out(kind: str, entities: list[Block], side: str, by_pattern: Answer) -> Answer:
    rules = [both(_is(one, kind), acts_on(one, side)) for one in entities]
    if kind in _BY_PATTERN and by_pattern is not False:
        rules.append(Unknown(f"whether one of its patterns finds {kind} is not told"))
    return either(*rules, False)


def _is(rule: Block, kind: str) -> Answer:
    type_ = rule.text("type")
    return type_ if isinstance(type_, Unknown) else type_.upper() == kind


def _of_people(rule: Block) -> Answer:
    type_ = rule.text("type")
    return type_ if isinstance(type_, Unknown) else type_.upper() not in THINGS
