"""OpenSearch Serverless collections, with the encryption and network policies that match their names.

Source: Amazon OpenSearch Service Developer Guide, "Encryption at rest for Amazon OpenSearch Serverless" (a policy that
names the collection more closely wins), "Network access for Amazon OpenSearch Serverless" (a rule that allows public
access overrides one that does not) and "Using data lifecycle policies".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.keys.key_owner import KEY_TYPES
from scanner.clouds.aws.stores import redundancy
from scanner.hcl.values import Symbol, Template
from scanner.kinds import Store
from scanner.logic import Answer, Told, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = (
    "aws_opensearchserverless_collection",
    "aws_opensearchserverless_lifecycle_policy",
    "aws_opensearchserverless_security_policy",
)
kinds = ("store",)

_COLLECTION = "aws_opensearchserverless_collection"
_SECURITY = "aws_opensearchserverless_security_policy"
_LIFECYCLE = "aws_opensearchserverless_lifecycle_policy"
_NO_LIFECYCLE = Unknown("no lifecycle policy that was seen deletes its documents; a job may")


@dataclass(frozen=True, slots=True)
class _Rule:
    """One rule of a policy, with the part of the policy it stands in."""

    policy: PlannedResource
    pattern: str
    """A collection's name, or the beginning of one and a `*`."""

    part: dict[str, Any]
    rule: dict[str, Any]


@dataclass(eq=False)
class _Rules:
    """Rules of one type of policy: by whole name, by pattern, and policies whose text is not known."""

    exact: dict[str, list[_Rule]] = field(default_factory=dict)
    patterns: list[_Rule] = field(default_factory=list)
    unread: list[tuple[PlannedResource, Unknown]] = field(default_factory=list)

    def matching(self, name: str) -> list[_Rule]:
        """Rules for a collection of this name, the closest first."""
        wider = [rule for rule in self.patterns if name.startswith(rule.pattern.rstrip("*"))]
        return [*self.exact.get(name, ()), *sorted(wider, key=lambda rule: -len(rule.pattern))]

    def beside(self, collection: PlannedResource) -> _Rules:
        """Those that may be for a collection: of running accounts, those of its own account and region."""
        if not collection.plan.is_live:
            return self
        return _Rules(
            {name: here for name, rules in self.exact.items() if (here := _beside(collection, rules))},
            _beside(collection, self.patterns),
            [(policy, why) for policy, why in self.unread if policy.plan is collection.plan],
        )


def _beside(collection: PlannedResource, rules: Iterable[_Rule]) -> list[_Rule]:
    return [rule for rule in rules if rule.policy.plan is collection.plan]


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every collection."""
    names = {str(c.values.get("name")) for c in planned.of(_COLLECTION)}
    encryption, network = (_rules(planned, _SECURITY, type_, "collection/") for type_ in ("encryption", "network"))
    lifecycle = _rules(planned, _LIFECYCLE, "retention", "index/")
    for collection in planned.of(_COLLECTION):
        live = collection.plan.is_live
        unseen = "" if live else planned.left_out(collection, _SECURITY)
        unkept = "" if live else planned.left_out(collection, _LIFECYCLE)
        public = _public(collection, network.beside(collection), names)
        owner = _key_owner(planned, collection, encryption.beside(collection), names)
        yield Store.of(
            **planned.labels(collection),
            type="search_collection",
            encrypted=Noted(True, "a collection cannot be made without an encryption policy"),
            key_owner=Unknown(unseen) if unseen else owner,
            expires=Unknown(unkept) if unkept else _expires(collection, lifecycle.beside(collection)),
            public=public if plain(public) is True or not unseen else Unknown(unseen),
            redundant=redundancy.of_collection(collection),
        )


def _rules(planned: PlannedWorld, type_: str, sort: str, prefix: str) -> _Rules:
    rules = _Rules()
    for policy in planned.of(type_):
        if policy.get("type") != sort:
            continue
        parts = _parts(policy)
        if isinstance(parts, Unknown):
            rules.unread.append((policy, parts))
            continue
        for rule in _of_parts(policy, parts, prefix):
            if rule.pattern.endswith("*"):
                rules.patterns.append(rule)
            else:
                rules.exact.setdefault(rule.pattern, []).append(rule)
    return rules


def _parts(policy: PlannedResource) -> list[dict[str, Any]] | Unknown:
    """The policy's parts: a network policy is a list of them, the other policies are one each."""
    value = policy.get("policy")
    if isinstance(value, Unknown) and not isinstance(value, Template):
        return value
    raw = read_json(value, f"{policy.address}.policy")
    if isinstance(raw, Unknown):
        return raw
    items = raw if isinstance(raw, list) else [raw]
    decisive = [part for item in items for part in _decisive(item)]
    unread = next((part for part in decisive if isinstance(part, Unknown)), None)
    return unread or [item for item in items if isinstance(item, dict)]


def _decisive(item: Any) -> Iterator[Any]:
    """What decides whom a part of a policy is about and what it says, but for the key it names."""
    yield item
    for name in ("Rules", "AllowFromPublic", "AWSOwnedKey") if isinstance(item, dict) else ():
        yield item.get(name)
    for rule in _list(item.get("Rules")) if isinstance(item, dict) else ():
        yield rule
        for name in ("Resource", "ResourceType", "MinIndexRetention") if isinstance(rule, dict) else ():
            yield rule.get(name)
            yield from _list(rule.get(name))


def _of_parts(policy: PlannedResource, parts: Iterable[dict[str, Any]], prefix: str) -> Iterator[_Rule]:
    for part in parts:
        for rule in _list(part.get("Rules")):
            for resource in _list(rule.get("Resource") if isinstance(rule, dict) else None):
                if isinstance(resource, str) and resource.startswith(prefix):
                    yield _Rule(policy, resource.removeprefix(prefix), part, rule)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _key_owner(planned: PlannedWorld, collection: PlannedResource, rules: _Rules, names: set[str]) -> Told[str]:
    key = collection.get("kms_key_arn")
    if isinstance(key, str) and key:
        return (
            Noted("provider", "AWS owns its key") if key == "auto" else Noted("customer", "it names a key of its own")
        )
    if collection.plan.is_live and rules.unread:
        return rules.unread[0][1]
    name = collection.text("name")
    return name if isinstance(name, Unknown) else _by_policies(planned, collection, rules, names, name)


def _by_policies(
    planned: PlannedWorld, collection: PlannedResource, rules: _Rules, names: set[str], name: str
) -> Told[str]:
    """Who owns the key that the encryption policy closest to the collection's name gives it."""
    own = [policy for policy, _ in rules.unread if _belongs(policy, collection, names)]
    if own:
        return _by_expression(planned, own[0])
    found = rules.matching(name)
    closest = found[0] if found else None
    if closest is not None and (not rules.unread or closest.pattern == name):
        return _by_rule(planned, closest)
    may_be = next((why for policy, why in rules.unread if _belongs(policy, collection, names) is None), None)
    if may_be is None and closest is not None:
        return _by_rule(planned, closest)
    return may_be or Unknown("no encryption policy that was seen matches it")


def _by_rule(planned: PlannedWorld, rule: _Rule) -> Told[str]:
    arn = rule.part.get("KmsARN")
    if isinstance(arn, Unknown) and rule.part.get("AWSOwnedKey") is not True:
        key = planned.instance(rule.policy, arn) if isinstance(arn, Symbol) else None
        made = key is not None and key.type in KEY_TYPES and key.mode != "data"
        return (
            Noted("customer", f"{rule.policy.address} names {key.address}", completed_in(rule.policy, "policy"))
            if key is not None and made
            else arn
        )
    owner = "customer" if rule.part.get("KmsARN") and rule.part.get("AWSOwnedKey") is not True else "provider"
    return Noted(owner, f"by {rule.policy.address}", completed_in(rule.policy, "policy"))


def _by_expression(planned: PlannedWorld, policy: PlannedResource) -> Told[str]:
    """A policy is unknown as a whole because of the key it names: that it names one of the plan's is enough."""
    named = planned.referred(policy, policy.references("policy") or ())
    keys = [resource for resource in named if resource.type in KEY_TYPES and resource.mode != "data"]
    if keys:
        return Noted("customer", f"{policy.address} names {keys[0].address}")
    return Unknown(f"{policy.address}.policy is known only after apply")


def _public(collection: PlannedResource, rules: _Rules, names: set[str]) -> Answer:
    name = collection.text("name")
    if isinstance(name, Unknown):
        return name
    found = rules.matching(name)
    for rule in found:
        if rule.part.get("AllowFromPublic") is True:
            what = rule.rule.get("ResourceType", "collection")
            return Noted(
                True,
                f"{rule.policy.address} allows the internet to reach its {what} endpoint",
                completed_in(rule.policy, "policy"),
            )
    unread = next((why for policy, why in rules.unread if _belongs(policy, collection, names) is not False), None)
    if unread is not None:
        return unread
    if found:
        completed = tuple(one for rule in found for one in completed_in(rule.policy, "policy"))
        return Noted(False, f"{found[0].policy.address} allows no access from the internet", completed)
    return Unknown("no network policy that was seen matches it")


def _expires(collection: PlannedResource, rules: _Rules) -> Answer:
    """Whether a retention rule covers every index of the collection."""
    name = collection.text("name")
    if isinstance(name, Unknown) or rules.unread:
        return rules.unread[0][1] if collection.plan.is_live and rules.unread else _NO_LIFECYCLE
    for rule in rules.matching(f"{name}/"):
        if rule.pattern in {f"{name}/*", "*", f"{name}*"} and rule.rule.get("MinIndexRetention"):
            return Noted(True, f"by {rule.policy.address}")
    return _NO_LIFECYCLE


def _belongs(policy: PlannedResource, collection: PlannedResource, names: set[str]) -> bool | None:
    """Whether a policy whose text is not known is about a collection: by its name, or as what the collection awaits."""
    name = policy.text("name")
    if (name and name == collection.text("name")) or _awaits(collection, policy):
        return True
    return False if name in names else None


def _awaits(collection: PlannedResource, policy: PlannedResource) -> bool:
    """Whether the collection's depends_on names the policy; of several instances, the one of the same key."""
    if (collection.plan, collection.module) != (policy.plan, policy.module) or policy.key not in {None, collection.key}:
        return False
    block = collection.plan.resolver.block(collection.module, collection.mode, collection.type, collection.name)
    return block is not None and f"{policy.type}.{policy.name}" in block.depends_on
