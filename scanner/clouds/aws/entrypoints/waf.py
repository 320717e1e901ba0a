"""Web ACLs: whether one limits the rate of requests.

Sources: AWS WAF Developer Guide, "Rate-based rule statement", "Setting rule actions" (count lets every request pass)
and "AWS Managed Rules rule groups list" (none of AWS's groups bounds the rate of ordinary requests).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.hcl.values import LeftOut, Symbol, Template
from scanner.logic import Answer, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in
from scanner.terraform.instances import External, PlannedResource, Target
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = (
    "aws_wafv2_web_acl",
    "aws_wafv2_rule_group",
    "aws_wafv2_web_acl_association",
    "aws_waf_web_acl",
    "aws_wafregional_web_acl",
    "aws_wafregional_web_acl_association",
)

ACLS = ("aws_wafv2_web_acl", "aws_waf_web_acl", "aws_wafregional_web_acl")
"""Types a web ACL may have; the last two are AWS WAF Classic."""

_GROUP = "rule_group_reference_statement"
_STOPPING = ("block", "captcha", "challenge")
_SCOPED = Unknown("the rate rule counts only requests that its scope-down statement matches")


def acl_limit(planned: PlannedWorld, acl: Target) -> Answer:
    """Whether a web ACL, as an attribute names it, stops clients that send too many requests."""
    if acl is None:
        return Noted(False, "no web ACL protects it")
    if isinstance(acl, Unknown):
        return acl
    if isinstance(acl, External):
        return Unknown("its web ACL was not seen") if acl.value else Noted(False, "no web ACL protects it")
    if acl.type != "aws_wafv2_web_acl":
        return _classic(acl)
    answer = either(*_rules(planned, acl, frozenset()))
    completed = completed_in(acl, "rule_json")
    if plain(answer) is False:
        return Noted(False, f"{acl.address} has no rate-based rule that stops a request", completed)
    return Noted(True, f"{acl.address} has a rate-based rule", completed) if plain(answer) is True else answer


def _rules(planned: PlannedWorld, owner: PlannedResource, counted: frozenset[str]) -> Iterator[Answer]:
    """Answers of the rules of a web ACL or rule group; those named in `counted` only count."""
    text = owner.get("rule_json")
    if isinstance(text, (str, Template)):
        yield _from_json(text, owner)
    elif isinstance(text, Unknown) and not isinstance(text, LeftOut):
        yield text
    rules = owner.blocks("rule")
    if isinstance(rules, Unknown):
        yield rules
        return
    for rule in rules:
        if rule.values.get("name") not in counted:
            yield _rule(planned, owner, rule)


def _rule(planned: PlannedWorld, owner: PlannedResource, rule: Block) -> Answer:
    statement = rule.block("statement")
    if statement is None or isinstance(statement, Unknown):
        return statement or False
    rate = statement.block("rate_based_statement")
    if rate is not None:
        return rate if isinstance(rate, Unknown) else _rate(rule, rate)
    managed = statement.block("managed_rule_group_statement")
    if isinstance(managed, Block) and managed.text("vendor_name") != "AWS":
        return Unknown(f"{owner.address} uses a vendor's rule group, which may hold a rate rule")
    reference = statement.block(_GROUP)
    if isinstance(reference, Block) and not _has(rule.block("override_action"), "count"):
        return _group(planned, owner, reference)
    return False


def _rate(rule: Block, rate: Block) -> Answer:
    action = rule.block("action")
    if isinstance(action, Unknown):
        return action
    if not any(_has(action, name) for name in _STOPPING):
        return False
    return True if rate.block("scope_down_statement") is None else _SCOPED


def _group(planned: PlannedWorld, owner: PlannedResource, reference: Block) -> Answer:
    """Answer of the rule group that a rule refers to.

    Rules are a set, so that an ARN not known yet may be that of any group the web ACL names.
    """
    arn = reference.get("arn")
    if isinstance(arn, Unknown) and not isinstance(arn, Symbol):
        named = planned.mentioned(owner, "rule", "statement", _GROUP, "arn")
    else:
        target = planned.target(owner, "arn", ("aws_wafv2_rule_group",), reference)
        named = (target,) if isinstance(target, PlannedResource) else ()
    groups = [group for group in named if group.type == "aws_wafv2_rule_group"]
    if not groups:
        return Unknown(f"{owner.address} uses a rule group that was not seen")
    answers = [either(*_rules(planned, group, _counted(reference))) for group in groups]
    if len({str(answer) for answer in answers}) > 1:
        return Unknown(f"{owner.address} names several rule groups, of which not all limit the rate")
    return answers[0]


def _counted(reference: Block) -> frozenset[str]:
    overrides = reference.blocks("rule_action_override")
    return frozenset(
        str(override.values.get("name"))
        for override in (() if isinstance(overrides, Unknown) else overrides)
        if _has(override.block("action_to_use"), "count")
    )


def _has(block: Block | Unknown | None, name: str) -> bool:
    """Whether a block holds the empty block `name`, as of an action."""
    return isinstance(block, Block) and isinstance(block.values.get(name), list) and bool(block.values[name])


def _classic(acl: PlannedResource) -> Answer:
    """AWS WAF Classic tells the type of each rule in the web ACL itself."""
    rules = acl.blocks("rules" if acl.type == "aws_waf_web_acl" else "rule")
    if isinstance(rules, Unknown):
        return rules
    for rule in rules:
        action = rule.block("action")
        if rule.text("type") == "RATE_BASED" and isinstance(action, Block) and action.text("type") == "BLOCK":
            return Noted(True, f"{acl.address} has a rate-based rule")
    return Noted(False, f"{acl.address} has no rate-based rule that blocks")


def _from_json(text: str | Template, acl: PlannedResource) -> Answer:
    """Rules as the API writes them."""
    rules = read_json(text, f"{acl.address}.rule_json")
    if isinstance(rules, Unknown):
        return rules
    return either(*(_json_rule(rule) for rule in (rules if isinstance(rules, list) else [])))


def _json_rule(rule: Any) -> Answer:
    action, statement = (rule.get("Action"), rule.get("Statement")) if isinstance(rule, dict) else (None, rule)
    if not isinstance(statement, dict):
        return statement if isinstance(statement, Unknown) else False
    if "RuleGroupReferenceStatement" in statement:
        return Unknown("its rules, written as JSON, use a rule group that was not followed")
    rate = statement.get("RateBasedStatement")
    for part in (action, rate):
        if isinstance(part, Unknown):
            return part
    stops = isinstance(action, dict) and any(name.capitalize() in action for name in _STOPPING)
    if not isinstance(rate, dict) or not stops:
        return False
    return _SCOPED if rate.get("ScopeDownStatement") else True
