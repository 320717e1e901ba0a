"""Hosts and URLs: the entry point, bucket or machine of ours that goes by one, or somebody else's.

Sources: Amazon CloudFront Developer Guide, "Use various origins"; Amazon API Gateway Developer Guide, "Invoke REST
APIs"; AWS Lambda Developer Guide, "Invoking Lambda function URLs"; Amazon Route 53 Developer Guide, "Alias records".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from scanner.clouds.aws.links.ends import End, elsewhere
from scanner.clouds.aws.links.seen import Seen
from scanner.clouds.aws.links.things import APIS, BALANCERS, BUCKET, at, canonical, known
from scanner.graph.vendors import node_at
from scanner.hcl.values import LeftOut, Symbol, Template, mentions
from scanner.hostnames import ascii_host
from scanner.model import Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_CDN = "aws_cloudfront_distribution"
DOMAINS = {
    "aws_api_gateway_domain_name": ("aws_api_gateway_base_path_mapping", "api_id"),
    "aws_apigatewayv2_domain_name": ("aws_apigatewayv2_api_mapping", "api_id"),
}
"""Custom domain names: what maps each to APIs, and by which attribute."""

_RECORD = "aws_route53_record"
_RECORDS = 8
"""How often one name may lead to another."""

_HELPERS = ("aws_lambda_function_url", "aws_api_gateway_stage", "aws_apigatewayv2_stage", "aws_api_gateway_deployment")
TYPES: tuple[str, ...] = (
    *APIS, *BALANCERS, "aws_elb", BUCKET, *_HELPERS, "aws_s3_bucket_website_configuration", "aws_instance",
    "aws_appsync_graphql_api", "aws_apprunner_service", _CDN, *DOMAINS, "aws_cognito_user_pool",
)  # fmt: skip
"""Types whose attributes hold hosts that requests go to."""

_S3 = re.compile(r"(.+?)\.s3(?:[.-][a-z0-9.-]*)?\.amazonaws\.com(?:\.cn)?")
_API = re.compile(r"([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)+")


def host_in(text: str) -> str:
    """The host of a URL, or of a bare name; empty where there is none."""
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    host = (host if host.isascii() else ascii_host(host)).lower().removeprefix("dualstack.")
    return host if _HOST.fullmatch(host) else ""


def vendor(host: str) -> End:
    """Somebody else's host."""
    node = node_at(host)
    return End(node.id, node, host=host)


def host_of(seen: Seen, owner: PlannedResource, attribute: str, block: Block | None = None) -> End | Unknown | None:
    """What the host in an attribute is; None where it is not set."""
    holder = block or owner
    value = holder.get(attribute)
    if value in (None, "") or isinstance(value, LeftOut) or left_out(owner, attribute, block):
        return None
    found = front_of(seen, owner, attribute, block)
    if found is not None:
        return _entry(seen, found)
    host = _host(value)
    if host:
        return by_host(seen, owner, host)
    target = seen.planned.target(owner, attribute, TYPES, block)
    return target if isinstance(target, Unknown) else Unknown(f"{owner.id}.{attribute} names no host")


def front_of(seen: Seen, owner: PlannedResource, attribute: str, block: Block | None = None) -> PlannedResource | None:
    """What of ours goes by the host in an attribute itself, such as a function URL."""
    value = (block or owner).get(attribute)
    if not (isinstance(value, Template) and _certain(value)):
        target = seen.planned.target(owner, attribute, TYPES, block)
        found = target if isinstance(target, PlannedResource) else _made_from(seen, owner, value)
        if found is not None:
            return found
    host = _host(value)
    return _ours(seen, owner, host) if host else None


def _host(value: object) -> str:
    """The host in a value, where it is certain."""
    return host_in(value) if isinstance(value, str) else _certain(value) if isinstance(value, Template) else ""


def _made_from(seen: Seen, owner: PlannedResource, value: object) -> PlannedResource | None:
    """The one resource that a text is made from, such as a URL without its scheme."""
    found = [seen.planned.instance(owner, one) for one in mentions(value) if isinstance(one, Symbol)]
    hosts = {one.id: one for one in found if one is not None and one.type in TYPES}
    return next(iter(hosts.values())) if len(hosts) == 1 else None


def by_host(seen: Seen, owner: PlannedResource, host: str) -> End:
    """What a host is: ours, or somebody else's."""
    found = _ours(seen, owner, host)
    if found is not None:
        return _entry(seen, found)
    bucket = _S3.fullmatch(host)
    if bucket:
        return elsewhere(f"arn:aws:s3:::{bucket[1]}", BUCKET, live=owner.plan.is_live)
    return vendor(host)


def _entry(seen: Seen, found: PlannedResource) -> End:
    """What stands behind a host of ours: of a custom domain name, the API that it is mapped to."""
    api = api_behind(seen, found) if found.type in DOMAINS else None
    return at(seen, api or canonical(seen, found))


def api_behind(seen: Seen, domain: PlannedResource) -> PlannedResource | None:
    """The API that a custom domain name is mapped to."""
    for type_, attribute in DOMAINS.values():
        mapped = seen.planned.attached(domain, type_, "domain_name", owners=tuple(DOMAINS))
        for one in () if isinstance(mapped, Unknown) else mapped:
            api = seen.planned.target(one, attribute, APIS)
            if isinstance(api, PlannedResource):
                return api
    return None


def _certain(value: Template) -> str:
    """The host of a URL of which only the path is not known."""
    first = value.parts[0]
    text = first if isinstance(first, str) else ""
    scheme, _, rest = text.partition("://")
    return host_in(text) if scheme and "/" in rest else ""


def _ours(seen: Seen, owner: PlannedResource, host: str) -> PlannedResource | None:
    bucket, api = _S3.fullmatch(host), _API.fullmatch(host)
    if bucket:
        return known(seen, owner, bucket[1], (BUCKET,))
    if api:
        return known(seen, owner, api[1], APIS)
    found = seen.planned.once(_named).get(host)
    for _ in range(_RECORDS):
        if found is None or found.type != _RECORD:
            return found
        found = _behind_record(seen, found)
    return None


def _behind_record(seen: Seen, record: PlannedResource) -> PlannedResource | None:
    """What DNS leads a name to, perhaps by another name."""
    blocks = record.blocks("alias")
    for block in () if isinstance(blocks, Unknown) else blocks:
        target = seen.planned.target(record, "name", TYPES, block)
        if isinstance(target, PlannedResource):
            return target
        name = block.values.get("name")
        if isinstance(name, str):
            return seen.planned.once(_named).get(host_in(name.rstrip(".")))
    target = seen.planned.target(record, "records", TYPES)
    if isinstance(target, External):
        return seen.planned.once(_named).get(host_in(target.value.rstrip(".")))
    return target if isinstance(target, PlannedResource) else None


def _named(planned: PlannedWorld) -> Mapping[str, PlannedResource]:
    """What goes by a host; records last, since they lead on to others."""
    found: dict[str, PlannedResource] = {}
    for one, name in _hosts(planned):
        host = host_in(name.rstrip(".")) if isinstance(name, str) else ""
        if host:
            found.setdefault(host, one)
    return found


def _hosts(planned: PlannedWorld) -> Iterator[tuple[PlannedResource, object]]:
    for balancer in planned.of(*BALANCERS, "aws_elb"):
        yield balancer, balancer.values.get("dns_name")
    for url in planned.of("aws_lambda_function_url"):
        yield url, url.values.get("function_url")
    for domain in planned.of(*DOMAINS):
        yield domain, domain.values.get("domain_name")
    for cdn in planned.of(_CDN):
        yield cdn, cdn.values.get("domain_name")
        for alias in cdn.values.get("aliases") or ():
            yield cdn, alias
    for instance in planned.of("aws_instance"):
        for name in ("public_dns", "private_dns"):
            yield instance, instance.values.get(name)
    for record in planned.of(_RECORD):
        yield record, record.values.get("fqdn") or _full_name(planned, record)


def _full_name(planned: PlannedWorld, record: PlannedResource) -> str:
    """A record's name with that of its zone, unless it ends so already."""
    name = record.values.get("name")
    zone = planned.target(record, "zone_id", ("aws_route53_zone",))
    of_zone = zone.values.get("name") if isinstance(zone, PlannedResource) else None
    if not isinstance(name, str) or not isinstance(of_zone, str):
        return name if isinstance(name, str) else ""
    bare = of_zone.rstrip(".")
    return name if name.rstrip(".").endswith(bare) else f"{name}.{bare}"
