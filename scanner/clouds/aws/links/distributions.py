"""Distributions of CloudFront: their origins, and the functions that they run on each request.

Sources: Amazon CloudFront Developer Guide, "Distribution settings" (origin protocol policy; to a bucket the protocol of
the viewer), "Use various origins", "Restrict access with VPC origins", "Customize at the edge with Lambda@Edge".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.hosts import front_of, host_of
from scanner.clouds.aws.links.leads import Setting, leads, leads_to
from scanner.clouds.aws.links.origins import FUNCTION_URL, Origin
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import BALANCERS, FUNCTION, at, set_blocks
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.hcl.values import LeftOut
from scanner.logic import Answer, both
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

CDN = "aws_cloudfront_distribution"
_VPC_ORIGIN = "aws_cloudfront_vpc_origin"
_REASON = "the distribution asks it for what it has not kept"
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


def _origin(seen: Seen, node: End, cdn: PlannedResource, block: Block) -> Iterator[Linked]:
    for inside in blocks_at(block, ("vpc_origin_config",)):
        behind = seen.planned.target(cdn, "vpc_origin_id", (_VPC_ORIGIN,), inside)
        if isinstance(behind, PlannedResource) and behind.type == _VPC_ORIGIN:
            yield from _in_network(seen, node, behind, Origin(seen, cdn, block, None, viewers_sealed(cdn)))
            return
    asked = block.block("custom_origin_config")
    sealed = asked if isinstance(asked, Unknown) else viewers_sealed(cdn)
    origin = Origin(seen, cdn, block, None if isinstance(asked, Unknown) else asked, sealed)
    end = host_of(seen, cdn, "domain_name", block)
    if isinstance(end, End) and end.id != node.id:
        front = front_of(seen, cdn, "domain_name", block)
        setting = Setting(
            owner=cdn, block=block, attribute="domain_name", within="origin", rule="aws-cdn-origin", how="sends_to",
            reason=_REASON,
        )  # fmt: skip
        yield from _asked(seen, node, end, front, origin, setting)
    elif isinstance(end, Unknown):
        yield gap(node.id, f"an origin of {cdn.id} is not known: {end.reason}")


def _in_network(seen: Seen, node: End, behind: PlannedResource, origin: Origin) -> Iterator[Linked]:
    """What stands in a network of its own: its own settings say how it is asked."""
    endpoints = behind.blocks("vpc_origin_endpoint_config")
    if isinstance(endpoints, Unknown):
        yield gap(node.id, f"an origin of {origin.cdn.id} is not known: {endpoints.reason}")
        return
    for block in endpoints:
        setting = Setting(
            owner=behind, block=block, attribute="arn", within="vpc_origin_endpoint_config", rule="aws-cdn-origin",
            types=(*BALANCERS, "aws_instance"), how="sends_to", reason=_REASON,
        )  # fmt: skip
        asked = replace(origin, asked=block)
        front = seen.planned.target(behind, "arn", BALANCERS, block)
        if isinstance(front, PlannedResource) and front.type in BALANCERS:
            yield from _asked(seen, node, at(seen, front), front, asked, setting)
        else:
            yield from leads(seen, node, replace(setting, facts={"encrypted": asked.sealed}))


def _asked(
    seen: Seen, node: End, end: End, front: PlannedResource | None, origin: Origin, setting: Setting
) -> Iterator[Linked]:
    """The flow to an origin, unless what it asks there hands no request on."""
    facts: dict[str, Any] = {"encrypted": origin.sealed}
    if front is not None and front.type in BALANCERS:
        told = origin.at_balancer(front)
        if told is None:
            return
        facts = {"encrypted": told[0], "guards": told[1]}
    elif front is not None:
        facts["guards"] = origin.at_url(front) if front.type == FUNCTION_URL else origin.at_entry(end.id)
    yield from leads_to(seen, node, end, replace(setting, facts=facts))


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
