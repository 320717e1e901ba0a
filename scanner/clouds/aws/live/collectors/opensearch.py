"""OpenSearch: domains, those of Elasticsearch among them, with their access policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.batches import batches
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "opensearch"
everywhere = True
types = ("aws_opensearch_domain",)

LIST_DOMAINS = call("opensearch", "ListDomainNames", items="DomainNames")
DESCRIBE_DOMAINS = call("opensearch", "DescribeDomains")
TAGGED = tagging.TAGGED

_AT_ONCE = 5
"""Domains that may be described by one call: the service refuses more, though its reference does not say so."""

_READ = (
    "access_policies",
    "advanced_security_options",
    "cluster_config",
    "domain_endpoint_options",
    "encrypt_at_rest",
    "log_publishing_options",
    "vpc_options",
)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every domain."""
    listed = reader.every(LIST_DOMAINS)
    yield from listed.unread(types)
    names = [domain["DomainName"] for domain in listed.items]
    if not names:
        return
    tags = tagging.tags_of(reader, "es:domain")
    for domains in reader.each(list(batches(names, _AT_ONCE)), lambda some: _domains(reader, some)):
        for values in domains:
            yield Item("aws_opensearch_domain", values["arn"], values | {"tags": tagging.tags_for(tags, values["arn"])})


def _domains(reader: Reader, names: list[str]) -> list[dict[str, Any]]:
    answer = reader.ask(DESCRIBE_DOMAINS, DomainNames=names)
    if isinstance(answer, dict):
        return [_described(domain) for domain in answer.get("DomainStatusList") or ()]
    why = answer or Unknown("it is not there")
    return [_named(reader, domain) | dict.fromkeys(_READ, why) for domain in names]


def _named(reader: Reader, domain: str) -> dict[str, Any]:
    return {"arn": reader.arn("es", f"domain/{domain}"), "domain_name": domain}


def _described(domain: dict[str, Any]) -> dict[str, Any]:
    encryption, endpoint = domain.get("EncryptionAtRestOptions"), domain.get("DomainEndpointOptions")
    network = domain.get("VPCOptions") or {}
    inside = {
        "vpc_id": network.get("VPCId"),
        "subnet_ids": network.get("SubnetIds"),
        "security_group_ids": network.get("SecurityGroupIds"),
    }
    return {
        "arn": domain["ARN"],
        "domain_name": domain["DomainName"],
        "endpoint": domain.get("Endpoint") or (domain.get("Endpoints") or {}).get("vpc"),
        "engine_version": domain.get("EngineVersion"),
        "access_policies": domain.get("AccessPolicies") or None,
        "advanced_security_options": [_security(domain.get("AdvancedSecurityOptions") or {})],
        "cluster_config": [_cluster(domain.get("ClusterConfig") or {})],
        "encrypt_at_rest": [_encryption(encryption)] if encryption else [],
        "domain_endpoint_options": [{"enforce_https": bool(endpoint.get("EnforceHTTPS"))}] if endpoint else [],
        "log_publishing_options": [_log(*log) for log in sorted((domain.get("LogPublishingOptions") or {}).items())],
        "vpc_options": [inside] if network.get("VPCId") or network.get("SubnetIds") else [],
    }


def _cluster(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "instance_count": given.get("InstanceCount"),
        "zone_awareness_enabled": bool(given.get("ZoneAwarenessEnabled")),
        "multi_az_with_standby_enabled": bool(given.get("MultiAZWithStandbyEnabled")),
    }


def _security(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "enabled": bool(given.get("Enabled")),
        "anonymous_auth_enabled": bool(given.get("AnonymousAuthEnabled")),
    }


def _encryption(given: dict[str, Any]) -> dict[str, Any]:
    return {"enabled": bool(given.get("Enabled")), "kms_key_id": given.get("KmsKeyId")}


def _log(type_: str, given: dict[str, Any]) -> dict[str, Any]:
    group = given.get("CloudWatchLogsLogGroupArn")
    return {"log_type": type_, "enabled": bool(given.get("Enabled")), "cloudwatch_log_group_arn": group}
