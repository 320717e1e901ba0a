"""What stands at the ends of flows: resources that settings name, and those that nobody reads for themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.graph.hidden import Narrow
from scanner.graph.vendors import node_at
from scanner.hcl.values import LeftOut, Symbol, Template
from scanner.hostnames import ascii_host
from scanner.kinds import Compute, Entrypoint, Model, Network, Store
from scanner.model import DATA_CLASSES, Gap, Origin, Resource, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

BUCKET = ("aws_s3_bucket",)
LOG_GROUP = ("aws_cloudwatch_log_group",)
FUNCTION = ("aws_lambda_function",)
FIREHOSE = ("aws_kinesis_firehose_delivery_stream",)
STREAM = ("aws_kinesis_stream",)
SEARCH = ("aws_opensearch_domain", "aws_elasticsearch_domain")
COLLECTION = ("aws_opensearchserverless_collection",)
DATABASE = ("aws_rds_cluster", "aws_db_instance")

_KINDS: Mapping[str, tuple[type[Resource], str]] = {
    "aws_alb": (Entrypoint, "load_balancer"),
    "aws_appflow_flow": (Compute, "job"),
    "aws_appsync_graphql_api": (Entrypoint, "api"),
    "aws_athena_workgroup": (Compute, "service"),
    "aws_backup_logically_air_gapped_vault": (Store, "vault"),
    "aws_backup_vault": (Store, "vault"),
    "aws_cloudwatch_log_group": (Store, "log_group"),
    "aws_cloudwatch_metric_stream": (Store, "stream"),
    "aws_datasync_task": (Compute, "job"),
    "aws_db_instance": (Store, "database"),
    "aws_dms_replication_task": (Compute, "job"),
    "aws_docdb_cluster": (Store, "database"),
    "aws_dynamodb_table": (Store, "table"),
    "aws_dynamodb_table_replica": (Store, "table"),
    "aws_efs_file_system": (Store, "file_system"),
    "aws_elasticache_replication_group": (Store, "database"),
    "aws_elasticsearch_domain": (Store, "search_domain"),
    "aws_fsx_lustre_file_system": (Store, "file_system"),
    "aws_glue_crawler": (Compute, "job"),
    "aws_kendra_index": (Store, "search_collection"),
    "aws_kinesis_firehose_delivery_stream": (Store, "stream"),
    "aws_kinesis_stream": (Store, "stream"),
    "aws_lambda_function": (Compute, "function"),
    "aws_msk_cluster": (Store, "stream"),
    "aws_neptune_cluster": (Store, "database"),
    "aws_neptunegraph_graph": (Store, "database"),
    "aws_opensearch_domain": (Store, "search_domain"),
    "aws_opensearchserverless_collection": (Store, "search_collection"),
    "aws_rds_cluster": (Store, "database"),
    "aws_redshift_cluster": (Store, "database"),
    "aws_redshiftserverless_workgroup": (Store, "database"),
    "aws_s3_bucket": (Store, "bucket"),
    "aws_s3vectors_index": (Store, "vectors"),
    "aws_s3vectors_vector_bucket": (Store, "vectors"),
    "aws_sagemaker_endpoint": (Model, "endpoint"),
    "aws_vpc": (Network, "vpc"),
    "aws_wafv2_web_acl": (Network, "firewall"),
}
"""Kind and type of what stands at an end of a flow, where nothing else reads it."""


_URI = re.compile(r"s3[an]?://")
_HOST = re.compile(r"\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$")


@dataclass(frozen=True, slots=True)
class End:
    """One thing that a setting names."""

    id: str
    node: Resource | None = None
    """What it is, where nobody has read it."""

    doubt: str = ""
    """Why it is only possible that it is this one."""

    host: str = ""
    """The host of a vendor, as a setting names it."""


def end_of(seen: Seen, resource: PlannedResource, doubt: str = "") -> End:
    """A resource as an end of a flow."""
    if resource.id in seen.resources:
        return End(resource.id, doubt=doubt)
    kind, type_ = _KINDS.get(resource.type, (Store, resource.type.removeprefix("aws_")))
    labels = seen.planned.labels(resource)
    return End(resource.id, _node(kind, type_, labels), doubt)


def elsewhere(name: str, type_: str, *, live: bool = False) -> End:
    """A thing of a provider's type that was not read, by the name that a setting gives it."""
    kind, sort = _KINDS.get(type_, (Store, type_.removeprefix("aws_")))
    origin = Origin(source="outside", type=type_)
    labels = {"id": f"ext:{name}", "name": name, "environment": "external", "origin": origin, "planned": not live}
    return End(f"ext:{name}", _node(kind, sort, labels))


def _node(kind: type[Resource], type_: str, labels: dict[str, Any]) -> Resource:
    data = labels.get("data", ())
    told = {**labels, "data": () if isinstance(data, Unknown) else data}
    return kind.of(**told, type=type_)


def ends(
    seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None = None
) -> Iterator[End]:
    """Everything of these types that an attribute of a resource, or of one of its blocks, names."""
    value = (block or owner).get(attribute)
    first = value.parts[0] if isinstance(value, Template) else value
    if types == BUCKET and isinstance(first, str) and _URI.match(first):
        yield from _in_uri(seen, owner, value)
        return
    for named in seen.names.of(owner, attribute, types, block):
        if isinstance(named.target, PlannedResource):
            yield end_of(seen, named.target, named.reason)
        else:
            written = _bucket_of(value if isinstance(value, str) else named.target, types)
            known = seen.planned.named(owner, written, BUCKET) if written != value else None
            yield end_of(seen, known) if known is not None else outside(written, types, live=owner.plan.is_live)


def _bucket_of(written: str, types: tuple[str, ...]) -> str:
    """The bucket in `<bucket>/<prefix>`, by its ARN or, where nothing but a bucket may be named, by its name."""
    head, slash, _ = written.partition("/")
    is_bucket = slash and BUCKET[0] in types and (":s3:::" in head if written.startswith("arn:") else types == BUCKET)
    return head if is_bucket else written


def outside(written: str, types: tuple[str, ...], *, live: bool) -> End:
    """What a name stands for that is of nothing that was read."""
    bucket = types == BUCKET and not written.startswith("arn:")
    name = f"arn:aws:s3:::{_HOST.sub('', written)}" if bucket else written.removesuffix(":*")
    return elsewhere(name, types[0], live=live)


def _in_uri(seen: Seen, owner: PlannedResource, value: object) -> Iterator[End]:
    """The bucket in `s3://<bucket>/<key>`."""
    parts = value.parts if isinstance(value, Template) else (str(value),)
    head = _URI.sub("", str(parts[0]))
    symbol = parts[1] if len(parts) > 1 and not head else None
    found = seen.planned.instance(owner, symbol) if isinstance(symbol, Symbol) else None
    if found is not None and found.type == BUCKET[0] and (len(parts) == 2 or str(parts[2]).startswith("/")):
        yield end_of(seen, found)
    name, slash, _ = head.partition("/")
    if name and (slash or len(parts) == 1):
        known = seen.planned.named(owner, name, BUCKET)
        yield end_of(seen, known) if known is not None else outside(name, BUCKET, live=owner.plan.is_live)


def end(
    seen: Seen, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None = None
) -> End | None:
    """The first of these."""
    return next(ends(seen, owner, attribute, types, block), None)


def hidden(  # noqa: PLR0913, PLR0917 - what is read, and what it would have told
    seen: Seen,
    owner: PlannedResource,
    attribute: str,
    types: tuple[str, ...],
    scope: str,
    block: Block | None = None,
    carries: tuple[str, ...] = DATA_CLASSES,
) -> Iterator[Gap]:
    """What is not seen where an attribute is set and nobody can tell to what; `carries` is what would go there."""
    holder = block or owner
    value = holder.get(attribute)
    if not isinstance(value, Unknown) or isinstance(value, LeftOut) or left_out(owner, attribute, block):
        return
    if not owner.plan.is_live and holder.expressions and not holder.configured(attribute):
        return
    if any(True for _ in ends(seen, owner, attribute, types, block)):
        return
    why = f"where data of it goes is not known: {value.reason}"
    yield Narrow(scope=scope, kinds=("flow",), reason=why, leads_to=types, carries=carries)


def gap(scope: str, reason: str, leads_to: tuple[str, ...] | None = None) -> Gap:
    """Flows of a node that cannot be told; `leads_to` are the provider's types that they may lead to, if that is."""
    if leads_to is None:
        return Gap(scope=scope, kinds=("flow",), reason=reason)
    return Narrow(scope=scope, kinds=("flow",), reason=reason, leads_to=leads_to)


def link(seen: Seen, how: str, source: End, target: End, **about: Any) -> Iterator[Linked]:
    """One flow with the ends that nobody has read; only possible where one of them is."""
    yield from (one.node for one in (source, target) if one.node is not None)
    doubt = source.doubt or target.doubt
    if host := target.host or source.host:
        about = {**about, "hosts": (host,)}
    if doubt:
        about = {**about, "tier": "possible", "reason": f"{about['reason']}; {doubt}"}
    yield seen.flow(how, source.id, target.id, **about)


def vendor(url: object, *, named: bool = True) -> End | None:
    """Whoever answers on the host of a URL, or on a bare one; None where it names none.

    Where no setting names the host, and it is only the usual one of a vendor, it is not `named`.
    """
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname if isinstance(url, str) else ""
    except ValueError:
        return None
    if not host or "." not in host:
        return None
    host = ascii_host(host) or host
    node = node_at(host)
    return End(node.id, node, host=host if named else "")
