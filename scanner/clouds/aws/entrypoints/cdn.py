"""CloudFront distributions.

Sources: Amazon CloudFront Developer Guide, "Supported protocols and ciphers between viewers and CloudFront",
"Distribution settings" (with the default certificate the security policy is TLSv1), "Access logs (standard logs)" and
"Configure standard logging (v2)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.clouds.aws import vended_logs
from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.kinds import Entrypoint
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = (
    vended_logs.DISTRIBUTION,
    vended_logs.SOURCE,
    vended_logs.DELIVERY,
)

_TLS12 = re.compile(r"TLSv1\.[23](_\d{4})?")
_OLD = frozenset({"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"})
_PLAIN = "allow-all"


def from_plan(planned: PlannedWorld, protection: Protection) -> Iterator[Entrypoint]:
    """Read every distribution."""
    for cdn in planned.of(vended_logs.DISTRIBUTION):
        yield Entrypoint.of(
            **planned.labels(cdn),
            type="cdn",
            public=cdn.flag("enabled"),
            tls12=_tls12(cdn),
            rate_limited=protection.distribution_limit(cdn),
            access_logged=_access_logged(planned, cdn),
        )


def _tls12(cdn: PlannedResource) -> Answer:
    plaintext = _plaintext(cdn)
    certificate = _certificate(cdn)
    for answer in (plaintext, certificate):
        if plain(answer) is False:
            return answer
    return plaintext if isinstance(plaintext, Unknown) else certificate


def _plaintext(cdn: PlannedResource) -> Answer:
    """False where a behaviour serves plain HTTP."""
    for name in ("default_cache_behavior", "ordered_cache_behavior"):
        behaviours = cdn.blocks(name)
        if isinstance(behaviours, Unknown):
            return behaviours
        for behaviour in behaviours:
            policy = behaviour.text("viewer_protocol_policy", _PLAIN)
            if isinstance(policy, Unknown):
                return policy
            if policy == _PLAIN:
                path = behaviour.values.get("path_pattern") or "by default"
                return Noted(False, f"it answers plain HTTP ({path}: allow-all)")
    return True


def _certificate(cdn: PlannedResource) -> Answer:
    block = cdn.block("viewer_certificate")
    if isinstance(block, Unknown):
        return block
    if block is None or block.flag("cloudfront_default_certificate") is True:
        return Noted(False, "CloudFront's default certificate comes with TLSv1")
    policy = block.text("minimum_protocol_version", "TLSv1")
    if isinstance(policy, Unknown):
        return policy
    if _TLS12.fullmatch(policy):
        return Noted(True, f"minimum protocol version {policy}")
    if policy in _OLD:
        return Noted(False, f"minimum protocol version {policy}")
    return Unknown(f"the minimum protocol version {policy} is not one we know")


def _access_logged(planned: PlannedWorld, cdn: PlannedResource) -> Answer:
    standard = cdn.blocks("logging_config")
    if isinstance(standard, Unknown):
        return standard
    if any(block.get("bucket") for block in standard):
        return Noted(True, "standard logging to a bucket")
    nothing: Answer = planned.default(cdn, False, "neither standard logging nor a log delivery is set up for it")
    return either(_real_time(planned, cdn), _delivered(planned, cdn), nothing)


def _delivered(planned: PlannedWorld, cdn: PlannedResource) -> Answer:
    """Whether standard logging (v2), which CloudWatch delivers, is set up."""
    return both(vended_logs.delivered(planned, cdn, ("ACCESS_LOGS",)), Noted(True, "standard logging (v2)"))


def _real_time(planned: PlannedWorld, cdn: PlannedResource) -> Answer:
    """Whether every behaviour sends every request to a real-time log."""
    behaviours: list[Block] = []
    for name in ("default_cache_behavior", "ordered_cache_behavior"):
        found = cdn.blocks(name)
        behaviours.extend(() if isinstance(found, Unknown) else found)
    if not behaviours or not all(block.get("realtime_log_config_arn") for block in behaviours):
        return False
    for block in behaviours:
        config = planned.target(cdn, "realtime_log_config_arn", ("aws_cloudfront_realtime_log_config",), block)
        if not isinstance(config, PlannedResource):
            return Unknown("its real-time log configuration was not seen")
        rate = config.number("sampling_rate", 100)
        if rate != 100:
            return rate if isinstance(rate, Unknown) else False
    return Noted(True, "real-time logs of every request")
