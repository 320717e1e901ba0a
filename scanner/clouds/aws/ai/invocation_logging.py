"""Bedrock's record of model invocations: one setting an account and region.

Source: Amazon Bedrock User Guide, "Monitor model invocation using CloudWatch Logs and Amazon S3".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.places import Places
from scanner.kinds import AuditTrail
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

LOGGING = "aws_bedrock_model_invocation_logging_configuration"

terraform_types = (LOGGING,)
kinds = ("audit_trail",)

_RECORDED = Noted(("prompt", "response"), "it records what models are asked and answer")
"""Data classes of what is recorded, whatever the setting is called."""

_DESTINATIONS = (
    ("s3_config", "bucket_name", "S3 encrypts every object since January 2023"),
    ("cloudwatch_config", "log_group_name", "CloudWatch Logs encrypts every log group"),
)
"""Where records go, the attribute that names the place, and why they are encrypted there whoever keeps it.

Sources: Amazon S3 User Guide, "Setting default server-side encryption behavior"; CloudWatch Logs User Guide, "Encrypt
log data". Who owns the key is judged on the store itself.
"""


def from_plan(planned: PlannedWorld) -> Iterator[AuditTrail]:
    """Read the setting of each account and region."""
    places = Places(planned)
    for setting in planned.of(LOGGING):
        account, region = places.of(setting)
        yield AuditTrail.of(
            **planned.labels(setting) | {"account": account, "region": region, "data": _RECORDED, "data_by": ""},
            type="model_invocations",
            text_delivered=_text_delivered(setting),
            destination_encrypted=_destination_encrypted(setting),
        )


def _text_delivered(setting: PlannedResource) -> Answer:
    """Whether prompts and responses are recorded, and somewhere; delivery of text is on unless switched off."""
    config = setting.block("logging_config")
    if not isinstance(config, Block):
        return config or Noted(False, "it has no logging_config")
    text = config.flag("text_data_delivery_enabled", absent=True)
    if text is False:
        return Noted(False, "text_data_delivery_enabled is false")
    return both(text, _has_destination(config))


def _has_destination(config: Block) -> Answer:
    return either(*(_delivers(config, *d[:2]) for d in _DESTINATIONS), Noted(False, "it has no destination"))


def _delivers(config: Block, name: str, attribute: str) -> Answer:
    destination = config.block(name)
    if not isinstance(destination, Block):
        return destination or False
    return bool(destination.get(attribute))


def _destination_encrypted(setting: PlannedResource) -> Answer:
    config = setting.block("logging_config")
    if not isinstance(config, Block):
        return config or Noted(False, "it has no destination")
    used = [(_delivers(config, name, attribute), because) for name, attribute, because in _DESTINATIONS]
    known = [because for delivers, because in used if plain(delivers) is True]
    if known:
        return Noted(True, "; ".join(known))
    unknown = next((delivers for delivers, _ in used if isinstance(delivers, Unknown)), None)
    return unknown or Noted(False, "it has no destination")
