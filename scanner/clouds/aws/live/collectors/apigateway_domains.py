"""API Gateway: custom domain names, and which APIs they serve.

REST, HTTP and WebSocket APIs share the domain names: both versions of the API list the same ones. They are taken from
the first; what only the second lists is added. Routing rules, which are not read, decide something only where a domain
name asks for client certificates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "apigateway-domains"
everywhere = True
types = (
    "aws_api_gateway_domain_name",
    "aws_apigatewayv2_domain_name",
    "aws_api_gateway_base_path_mapping",
    "aws_apigatewayv2_api_mapping",
)

_ARN = "arn:*:apigateway:*::/domainnames"
_GET = "apigateway:GET"
_REST, _HTTP, _REST_MAPPING, _HTTP_MAPPING = types

REST_DOMAINS = call("apigateway", "GetDomainNames", items="items", action=_GET, resources=(_ARN,))
HTTP_DOMAINS = call("apigatewayv2", "GetDomainNames", items="Items", action=_GET, resources=(_ARN,))
REST_MAPPINGS = call(
    "apigateway",
    "GetBasePathMappings",
    items="items",
    absent=("NotFoundException",),
    action=_GET,
    resources=(f"{_ARN}/*/basepathmappings",),
)
HTTP_MAPPINGS = call(
    "apigatewayv2",
    "GetApiMappings",
    items="Items",
    absent=("NotFoundException",),
    action=_GET,
    resources=(f"{_ARN}/*/apimappings",),
)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every domain name."""
    rest = reader.every(REST_DOMAINS, limit=500)
    yield from rest.unread((_REST, _REST_MAPPING))
    http = reader.every(HTTP_DOMAINS)
    yield from http.unread((_HTTP, _HTTP_MAPPING))
    listed = {domain["domainName"] for domain in rest.items}
    others = [domain for domain in http.items if domain["DomainName"] not in listed]
    domains = [*(_of_rest(reader, domain) for domain in rest.items), *(_of_http(reader, domain) for domain in others)]
    yield from domains
    for found in reader.each(domains, lambda domain: list(_mappings(reader, domain))):
        yield from found
    if any(domain.values["mutual_tls_authentication"] for domain in domains):
        yield from _by_rules([*rest.items, *others])


def _of_rest(reader: Reader, domain: dict[str, Any]) -> Item:
    private = domain.get("domainNameId")
    values = {
        "domain_name": domain["domainName"],
        "domain_name_id": private,
        "arn": (private and domain.get("domainNameArn")) or _arn(reader, domain["domainName"]),
        "security_policy": domain.get("securityPolicy"),
        "mutual_tls_authentication": _certificates(domain.get("mutualTlsAuthentication"), "truststoreUri"),
        "tags": domain.get("tags") or {},
    }
    return Item(_REST, values["arn"], values)


def _of_http(reader: Reader, domain: dict[str, Any]) -> Item:
    values = {
        "domain_name": domain["DomainName"],
        "arn": _arn(reader, domain["DomainName"]),
        "domain_name_configuration": [
            {"security_policy": one.get("SecurityPolicy"), "endpoint_type": one.get("EndpointType")}
            for one in domain.get("DomainNameConfigurations") or ()
        ],
        "mutual_tls_authentication": _certificates(domain.get("MutualTlsAuthentication"), "TruststoreUri"),
        "tags": domain.get("Tags") or {},
    }
    return Item(_HTTP, values["arn"], values)


def _certificates(settings: dict[str, Any] | None, store: str) -> list[dict[str, Any]]:
    return [{"truststore_uri": settings[store]}] if settings and settings.get(store) else []


def _mappings(reader: Reader, domain: Item) -> Iterator[Item | Unread]:
    """APIs that a domain name serves: the second version knows those of every API."""
    host = domain.values["domain_name"]
    if domain.type == _REST:
        more = {"domainNameId": id_} if (id_ := domain.values["domain_name_id"]) else {}
        rest = reader.every(REST_MAPPINGS, domainName=host, limit=500, **more)
        yield from rest.unread((_REST_MAPPING,))
        for one in rest.items:
            values = {"domain_name": host, "api_id": one.get("restApiId"), "stage_name": one.get("stage")}
            yield Item(_REST_MAPPING, f"{domain.id}/basepathmappings/{one.get('basePath') or '(none)'}", values)
    http = reader.every(HTTP_MAPPINGS, DomainName=host)
    yield from http.unread((_HTTP_MAPPING,))
    for one in http.items:
        values = {"domain_name": host, "api_id": one["ApiId"], "stage": one.get("Stage")}
        yield Item(_HTTP_MAPPING, f"{domain.id}/apimappings/{one.get('ApiMappingId')}", values)


def _by_rules(domains: Iterable[dict[str, Any]]) -> Iterator[Unread]:
    """Say where routing rules, which are not read, may send requests to any API."""
    for domain in domains:
        mode = str(domain.get("routingMode") or domain.get("RoutingMode") or "")
        if mode.startswith("ROUTING_RULE"):
            host = domain.get("domainName") or domain.get("DomainName")
            why = Unknown(f"the domain name {host} sends requests on by routing rules, which are not read")
            yield Unread((_REST_MAPPING, _HTTP_MAPPING), why)


def _arn(reader: Reader, host: str) -> str:
    return reader.arn("apigateway", f"/domainnames/{host}", account="")
