"""OpenSearch and Elasticsearch domains, with their access policies."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.iam.resource_policy import attached_policy, opens_to_anyone
from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.clouds.aws.stores import redundancy
from scanner.clouds.aws.stores.log_keys import LogKeys, place_of
from scanner.kinds import Store
from scanner.logic import Answer, Told, both, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import sourced
from scanner.terraform.computed import computed_block, setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

_POLICIES = {
    "aws_opensearch_domain": "aws_opensearch_domain_policy",
    "aws_elasticsearch_domain": "aws_elasticsearch_domain_policy",
}
terraform_types = (*_POLICIES, *_POLICIES.values())
kinds = ("store",)

_DELETED_BY_JOB = Unknown("indexes are deleted by a job or an index policy, which no setting shows")


def from_plan(planned: PlannedWorld) -> Iterator[Store]:
    """Read every domain."""
    log_keys = planned.once(LogKeys)
    for domain in planned.of(*_POLICIES):
        encrypted = _switch(domain, "encrypt_at_rest", "enabled")
        yield Store.of(
            **planned.labels(domain),
            type="search_domain",
            encrypted=encrypted,
            key_owner=_key_owner(planned, domain, encrypted),
            expires=_DELETED_BY_JOB,
            requires_tls=_switch(domain, "domain_endpoint_options", "enforce_https", absent=True),
            access_logged=_access_logged(domain),
            public=_public(planned, domain),
            redundant=redundancy.of_domain(domain),
            shares_key_with_logs=log_keys.shared(place_of(domain)),
        )


def _switch(domain: PlannedResource, name: str, attribute: str, *, absent: bool = False) -> Answer:
    """A flag of a block that is off where the block is left out; `absent` is its value inside the block."""
    block = computed_block(domain, name)
    if isinstance(block, Unknown):
        return block
    if block is None:
        return Noted(False, f"{attribute} is off where {name} is left out")
    return block.flag(attribute, absent=absent)


def _key_owner(planned: PlannedWorld, domain: PlannedResource, encrypted: Answer) -> Told[str]:
    value = plain(encrypted)
    if isinstance(value, Unknown):
        return value
    block = computed_block(domain, "encrypt_at_rest")
    if not value or block is None or isinstance(block, Unknown):
        return Noted("none", "it is not encrypted")
    absent = Noted("provider", "no key is named, so OpenSearch uses aws/es")
    return key_owner(planned, domain, "kms_key_id", block, absent=absent, computed=True)


def _access_logged(domain: PlannedResource) -> Answer:
    """Only audit logs tell who read and wrote; the others are about slowness and errors."""
    logs = domain.blocks("log_publishing_options")
    if isinstance(logs, Unknown):
        return logs
    answers = [log.flag("enabled", absent=True) for log in logs if log.get("log_type") == "AUDIT_LOGS"]
    if True in answers:
        return True
    unknown = [answer for answer in answers if isinstance(answer, Unknown)]
    unsure = [log.get("log_type") for log in logs if log.is_unknown("log_type")]
    return next(iter([*unknown, *unsure]), Noted(False, "it does not publish AUDIT_LOGS"))


def _public(planned: PlannedWorld, domain: PlannedResource) -> Answer:
    """A domain outside a VPC has a public endpoint; an open policy lets the internet in where no user must sign in."""
    network = domain.block("vpc_options")
    if isinstance(network, Unknown):
        return network
    if network is not None:
        return Noted(False, "its endpoint lies inside a VPC")
    document = attached_policy(
        planned, domain, (_POLICIES[domain.type], "domain_name"), "access_policies", "access_policies"
    )
    if isinstance(document, Unknown):
        return document
    if document is None:
        return Noted(False, "it has no access policy")
    opened = sourced(opens_to_anyone(document), document.completed)
    return opened if plain(opened) is False else _unless_users_sign_in(domain, opened)


def _unless_users_sign_in(domain: PlannedResource, opened: Answer) -> Answer:
    signs_in = _users_sign_in(domain)
    if plain(signs_in) is True:
        return Noted(False, "with fine-grained access control its users must sign in, whatever its policy says")
    return signs_in if isinstance(signs_in, Unknown) else opened


def _users_sign_in(domain: PlannedResource) -> Answer:
    """Whether fine-grained access control asks everybody who they are: anonymous access is only for moving to it.

    Source: Amazon OpenSearch Service Developer Guide, "Fine-grained access control", which recommends an open policy
    beside it; API reference, "AdvancedSecurityOptions".
    """
    options = computed_block(domain, "advanced_security_options")
    if isinstance(options, Unknown) or options is None:
        return options or False
    anonymous = setting(domain, "anonymous_auth_enabled", False, options)
    asked = anonymous if isinstance(anonymous, Unknown) else not options.flag("anonymous_auth_enabled")
    return both(options.flag("enabled"), asked)
