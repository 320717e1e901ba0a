"""CloudFront: origins of distributions, those in private networks, and how the distribution signs what it asks.

Asked for only where an origin names them; of a bucket's origin nobody asks how requests are signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

VPC_ORIGIN_TYPE, CONTROL_TYPE = "aws_cloudfront_vpc_origin", "aws_cloudfront_origin_access_control"

VPC_ORIGIN = call("cloudfront", "GetVpcOrigin")
CONTROLS = call("cloudfront", "ListOriginAccessControls", items="OriginAccessControlList.Items")


def origin(listed: dict[str, Any]) -> dict[str, Any]:
    """One origin of a distribution."""
    asked, inside = listed.get("CustomOriginConfig"), listed.get("VpcOriginConfig")
    return {
        "origin_id": listed.get("Id"),
        "domain_name": listed.get("DomainName"),
        "origin_access_control_id": listed.get("OriginAccessControlId") or "",
        "custom_origin_config": [_endpoint(asked)] if asked else [],
        "vpc_origin_config": [{"vpc_origin_id": inside.get("VpcOriginId")}] if inside else [],
    }


def _endpoint(asked: dict[str, Any]) -> dict[str, Any]:
    return {
        "origin_protocol_policy": asked.get("OriginProtocolPolicy"),
        "http_port": asked.get("HTTPPort"),
        "https_port": asked.get("HTTPSPort"),
    }


def named_by(reader: Reader, origins: Iterable[dict[str, Any]]) -> Iterator[Item | Unread]:
    """What origins name."""
    told = list(origins)
    inside = {block["vpc_origin_id"] for one in told for block in one["vpc_origin_config"]}
    yield from reader.each(sorted(filter(None, inside)), lambda id_: _in_network(reader, id_))
    if any(one["origin_access_control_id"] and one["custom_origin_config"] for one in told):
        yield from _controls(reader)


def _in_network(reader: Reader, id_: str) -> Item:
    answer = reader.ask(VPC_ORIGIN, Id=id_)
    config: Any = answer or Unknown(f"{id_} is not there")
    if isinstance(config, dict):
        endpoint = config["VpcOrigin"]["VpcOriginEndpointConfig"]
        config = [{"arn": endpoint.get("Arn"), **_endpoint(endpoint)}]
    arn = reader.arn("cloudfront", f"vpcorigin/{id_}", region="")
    return Item(VPC_ORIGIN_TYPE, arn, {"id": id_, "arn": arn, "vpc_origin_endpoint_config": config})


def _controls(reader: Reader) -> Iterator[Item | Unread]:
    listed = reader.every(CONTROLS)
    yield from listed.unread((CONTROL_TYPE,))
    for one in listed.items:
        arn = reader.arn("cloudfront", f"origin-access-control/{one['Id']}", region="")
        values = {"id": one["Id"], "name": one.get("Name"), "signing_behavior": one.get("SigningBehavior")}
        yield Item(CONTROL_TYPE, arn, values)
