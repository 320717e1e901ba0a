"""WAF: regional web ACLs with their rules and rule groups, and the balancers they protect.

Which ACL protects a REST stage stands at the stage, which distribution one at the distribution: `cloudfront` reads
those. AWS ended WAF Classic on 30 September 2025 (AWS WAF API Reference, "Welcome"); it is not read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "wafv2"
everywhere = True
types = (
    "aws_wafv2_web_acl",
    "aws_wafv2_rule_group",
    "aws_wafv2_web_acl_association",
    "aws_wafv2_web_acl_logging_configuration",
)

_ACL, _GROUP, _ASSOCIATION, _LOGGING = types
_SECRET = hiding("SearchString", "RegexString", "InsertHeaders", "ResponseHeaders", "Content")
"""A rule may compare a header with a secret that a distribution sends."""


def _places_only(page: Page) -> Page:
    """Of where requests are logged, not by which headers they are chosen."""
    kept = ("ResourceArn", "LogDestinationConfigs")
    found = [{key: one[key] for key in kept if key in one} for one in page.get("LoggingConfigurations") or ()]
    return {**page, "LoggingConfigurations": found}


ACLS = call("wafv2", "ListWebACLs", items="WebACLs")
ACL = call("wafv2", "GetWebACL", mask=_SECRET)
GROUP = call("wafv2", "GetRuleGroup", mask=_SECRET)
LOGGING = call("wafv2", "ListLoggingConfigurations", items="LoggingConfigurations", mask=_places_only)
PROTECTED = call("wafv2", "ListResourcesForWebACL", items="ResourceArns")


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every regional web ACL, and which balancers it protects."""
    listed = reader.every(ACLS, Scope="REGIONAL", Limit=100)
    yield from listed.unread(types)
    arns = [acl["ARN"] for acl in listed.items]
    yield from acls(reader, arns)
    yield from logging(reader, arns, "REGIONAL")
    for found in reader.each(arns, lambda arn: list(_associations(reader, arn))):
        yield from found


def acls(reader: Reader, arns: Iterable[str]) -> Iterator[Item]:
    """Web ACLs by their ARNs, with the rule groups they refer to."""
    read = reader.each(arns, lambda arn: _rules(reader, ACL, "WebACL", arn))
    yield from (Item(_ACL, arn, {"id": arn, "arn": arn, **about}) for arn, about in read)
    groups = sorted({group for _, about in read for group in _groups(about["rule"])})
    for arn, about in reader.each(groups, lambda arn: _rules(reader, GROUP, "RuleGroup", arn)):
        yield Item(_GROUP, arn, {"id": arn, "arn": arn, **about})


def logging(reader: Reader, arns: Collection[str], scope: str) -> Iterator[Item | Unread]:
    """Where these web ACLs log the requests that they look at."""
    if not arns:
        return
    listed = reader.every(LOGGING, Scope=scope, Limit=100)
    yield from listed.unread((_LOGGING,))
    for one in listed.items:
        arn = one["ResourceArn"]
        if arn in arns:
            values = {"id": arn, "resource_arn": arn, "log_destination_configs": one.get("LogDestinationConfigs") or []}
            yield Item(_LOGGING, f"{arn}/logging", values)


def _rules(reader: Reader, ask: Any, key: str, arn: str) -> tuple[str, dict[str, Any]]:
    """Name and rules of a web ACL or rule group; its ARN ends in <scope>/<type>/<name>/<id>."""
    scope, _, name_, id_ = arn.split(":", 5)[5].split("/")
    wide = "CLOUDFRONT" if scope == "global" else "REGIONAL"
    answer = reader.ask(ask, Name=name_, Scope=wide, Id=id_)
    if not isinstance(answer, dict):
        return arn, {"name": name_, "scope": wide, "rule": answer or Unknown(f"{arn} is not there")}
    about = answer[key]
    rules = [
        *(about.get("PreProcessFirewallManagerRuleGroups") or ()),
        *(about.get("Rules") or ()),
        *(about.get("PostProcessFirewallManagerRuleGroups") or ()),
    ]
    return arn, {"name": name_, "scope": wide, "rule": [_rule(rule) for rule in rules]}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as a block; a rule group that Firewall Manager puts into the ACL is one too."""
    return {
        "name": rule["Name"],
        "action": _chosen(rule.get("Action")),
        "override_action": _chosen(rule.get("OverrideAction")),
        "statement": [_statement(rule.get("Statement") or rule.get("FirewallManagerStatement") or {})],
    }


def _chosen(action: dict[str, Any] | None) -> list[dict[str, Any]]:
    """An action, of which the API names one; what it sets besides decides nothing."""
    return [{kind.lower(): [{}] for kind in action}] if action else []


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    if (rate := statement.get("RateBasedStatement")) is not None:
        scoped: dict[str, Any] = {"scope_down_statement": [{}]} if rate.get("ScopeDownStatement") else {}
        return {"rate_based_statement": [{"limit": rate.get("Limit"), **scoped}]}
    if (managed := statement.get("ManagedRuleGroupStatement")) is not None:
        return {"managed_rule_group_statement": [{"vendor_name": managed["VendorName"], "name": managed["Name"]}]}
    if (group := statement.get("RuleGroupReferenceStatement")) is not None:
        return {"rule_group_reference_statement": [_reference(group)]}
    return {}


def _reference(group: dict[str, Any]) -> dict[str, Any]:
    """A rule group referred to; an excluded rule is one that counts (AWS WAF API Reference, "ExcludedRule")."""
    overrides = [(one["Name"], _chosen(one["ActionToUse"])) for one in group.get("RuleActionOverrides") or ()]
    excluded: list[tuple[str, list[dict[str, Any]]]] = [
        (one["Name"], [{"count": [{}]}]) for one in group.get("ExcludedRules") or ()
    ]
    return {
        "arn": group["ARN"],
        "rule_action_override": [{"name": rule, "action_to_use": action} for rule, action in (*overrides, *excluded)],
    }


def _groups(rules: list[dict[str, Any]] | Unknown) -> Iterator[str]:
    for rule in () if isinstance(rules, Unknown) else rules:
        for statement in rule["statement"]:
            for reference in statement.get("rule_group_reference_statement", ()):
                yield reference["arn"]


def _associations(reader: Reader, acl: str) -> Iterator[Item | Unread]:
    listed = reader.every(PROTECTED, WebACLArn=acl, ResourceType="APPLICATION_LOAD_BALANCER")
    yield from listed.unread((_ASSOCIATION,))
    for resource in listed.items:
        yield Item(_ASSOCIATION, f"{acl},{resource}", {"web_acl_arn": acl, "resource_arn": resource})
