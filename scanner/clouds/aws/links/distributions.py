"""Distributions of CloudFront: their origins, and the functions that they run on each request.

Sources: Amazon CloudFront Developer Guide, "Distribution settings" (origin protocol policy; to a bucket the protocol of
the viewer), "Use various origins", "Restrict access with VPC origins", "Customize at the edge with Lambda@Edge".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.hosts import host_of
from scanner.clouds.aws.links.leads import Setting, leads, leads_to
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, FUNCTION, at, set_blocks
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import LeftOut
from scanner.logic import Answer, both, either
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

CDN = "aws_cloudfront_distribution"
_VPC_ORIGIN = "aws_cloudfront_vpc_origin"
_BEHAVIOURS = ("default_cache_behavior", "ordered_cache_behavior")


def flows(seen: Seen) -> Iterator[Linked]:
    """Origins and functions of every distribution that is on."""
    for cdn in seen.planned.of(CDN):
        if cdn.values.get("enabled") is False:
            continue
        node = at(seen, cdn)
        origins = set_blocks(cdn, "origin")
        if isinstance(origins, Unknown):
            yield gap(node.id, f"the origins of {cdn.id} are not known: {origins.reason}")
            continue
        for origin in origins:
            yield from _origin(seen, node, cdn, origin)
        yield from _edge_functions(seen, node, cdn)


def _origin(seen: Seen, node: End, cdn: PlannedResource, origin: Block) -> Iterator[Linked]:
    setting = Setting(
        owner=cdn, block=origin, attribute="domain_name", within="origin", rule="aws-cdn-origin", how="sends_to",
        reason="the distribution asks it for what it has not kept", facts={"encrypted": _sealed(cdn, origin)},
    )  # fmt: skip
    for block in blocks_at(origin, ("vpc_origin_config",)):
        behind = seen.planned.target(cdn, "vpc_origin_id", (_VPC_ORIGIN,), block)
        if isinstance(behind, PlannedResource) and behind.type == _VPC_ORIGIN:
            yield from _in_network(seen, node, behind, setting)
            return
    end = host_of(seen, cdn, "domain_name", origin)
    if isinstance(end, End) and end.id != node.id:
        yield from leads_to(seen, node, end, setting)
    elif isinstance(end, Unknown):
        yield gap(node.id, f"an origin of {cdn.id} is not known: {end.reason}")


def _in_network(seen: Seen, node: End, origin: PlannedResource, asked: Setting) -> Iterator[Linked]:
    for block in blocks_at(origin, ("vpc_origin_endpoint_config",)):
        setting = Setting(
            owner=origin, block=block, attribute="arn", within="vpc_origin_endpoint_config", rule="aws-cdn-origin",
            types=(*BALANCERS, "aws_instance"), how="sends_to", facts=asked.facts,
            reason=asked.reason,
        )  # fmt: skip
        yield from leads(seen, node, setting)


def viewers_sealed(cdn: PlannedResource) -> bool | Unknown:
    """Whether viewers use TLS whatever they ask for."""
    answers: list[Answer] = []
    for name in _BEHAVIOURS:
        behaviours = cdn.blocks(name)
        if isinstance(behaviours, Unknown):
            return behaviours
        for one in behaviours:
            policy = one.text("viewer_protocol_policy", "allow-all")
            answers.append(policy if isinstance(policy, Unknown) else policy != "allow-all")
    answer = both(*answers)
    return answer if isinstance(answer, (bool, Unknown)) else bool(answer.value)


def _sealed(cdn: PlannedResource, origin: Block) -> bool | Unknown:
    """Whether an origin is asked over TLS: a bucket, and one that matches the viewer, as viewers ask."""
    custom = origin.block("custom_origin_config")
    if isinstance(custom, Unknown):
        return custom
    if custom is None:
        return viewers_sealed(cdn)
    policy = custom.text("origin_protocol_policy")
    if isinstance(policy, Unknown):
        return policy
    answer = either(policy == "https-only", viewers_sealed(cdn) if policy == "match-viewer" else False)
    return answer if isinstance(answer, (bool, Unknown)) else bool(answer.value)


def _edge_functions(seen: Seen, node: End, cdn: PlannedResource) -> Iterator[Linked]:
    for name in _BEHAVIOURS:
        behaviours = cdn.blocks(name)
        for behaviour in () if isinstance(behaviours, Unknown) else behaviours:
            functions = set_blocks(cdn, "lambda_function_association", behaviour)
            for block in () if isinstance(functions, Unknown) else functions:
                if not isinstance(block.get("lambda_arn"), LeftOut):
                    setting = Setting(
                        owner=cdn, block=block, attribute="lambda_arn", within=f"{name}.lambda_function_association",
                        rule="aws-cdn-function", types=(FUNCTION,), how="sends_to",
                        reason="the distribution runs it on each request",
                    )  # fmt: skip
                    yield from leads(seen, node, setting)
