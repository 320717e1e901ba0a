"""Bedrock: guardrails with their versions, the record of invocations, and the account's own models and profiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import bedrock_policies, tags
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Listing, Reader
from scanner.model import Unknown

name = "bedrock"
everywhere = True
types = (
    "aws_bedrock_guardrail",
    "aws_bedrock_guardrail_version",
    "aws_bedrock_model_invocation_logging_configuration",
    "aws_bedrock_custom_model",
    "aws_bedrock_provisioned_model_throughput",
    "aws_bedrock_inference_profile",
)
_GUARDRAIL, _VERSION, _LOGGING, _CUSTOM, _THROUGHPUT, _PROFILE = types

TAGGED = tags.TAGGED
LIST_GUARDRAILS = call("bedrock", "ListGuardrails", items="guardrails")
GET_GUARDRAIL = call(
    "bedrock", "GetGuardrail", mask=hiding("text", "definition", "examples", "pattern", "blockedInputMessaging",
                                           "blockedOutputsMessaging"),
)  # fmt: skip
GET_LOGGING = call("bedrock", "GetModelInvocationLoggingConfiguration")
LIST_CUSTOM = call("bedrock", "ListCustomModels", items="modelSummaries")
GET_CUSTOM = call("bedrock", "GetCustomModel", mask=hiding("hyperParameters", "requestMetadataFilters"))
LIST_THROUGHPUTS = call("bedrock", "ListProvisionedModelThroughputs", items="provisionedModelSummaries")
LIST_PROFILES = call("bedrock", "ListInferenceProfiles", items="inferenceProfileSummaries")

LIST_ENFORCED = call("bedrock", "ListEnforcedGuardrailsConfiguration", items="guardrailsConfig")

_Tags: TypeAlias = "dict[str, tags.Tags] | Unknown"


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read everything of the account in one region."""
    tagged = tags.tags_of(reader, "bedrock")
    guardrails = reader.every(LIST_GUARDRAILS)
    yield from guardrails.unread((_GUARDRAIL, _VERSION))
    enforced = reader.every(LIST_ENFORCED) if guardrails.items else Listing([])
    for found in reader.each(guardrails.items, lambda one: list(_guardrail(reader, one, tagged, enforced))):
        yield from found
    yield from _logging(reader)
    customs = reader.every(LIST_CUSTOM)
    yield from customs.unread((_CUSTOM,))
    yield from reader.each(customs.items, lambda one: _custom(reader, one, tagged))
    throughputs = reader.every(LIST_THROUGHPUTS)
    yield from throughputs.unread((_THROUGHPUT,))
    yield from (_throughput(one, tagged) for one in throughputs.items)
    profiles = reader.every(LIST_PROFILES, typeEquals="APPLICATION")
    yield from profiles.unread((_PROFILE,))
    yield from (_profile(one, tagged) for one in profiles.items)


def _guardrail(reader: Reader, listed: dict[str, Any], tagged: _Tags, enforced: Listing) -> Iterator[Item | Unread]:
    """A guardrail as its draft stands, and each version that was made of it."""
    arn, id_ = listed["arn"], listed["id"]
    about = reader.ask(GET_GUARDRAIL, guardrailIdentifier=id_, guardrailVersion="DRAFT")
    values = {
        "guardrail_arn": arn,
        "guardrail_id": id_,
        "name": listed["name"],
        "tags": tags.tags_for(tagged, arn),
        "version": "DRAFT",
        "enforced": any(one.get("guardrailId") == id_ for one in enforced.items) or enforced.missing or False,
        "kms_key_arn": about.get("kmsKeyArn") if isinstance(about, dict) else about,
    }
    yield Item(_GUARDRAIL, arn, values | bedrock_policies.of(about))
    versions = reader.every(LIST_GUARDRAILS, guardrailIdentifier=id_)
    yield from versions.unread((_VERSION,))
    for version in versions.items:
        if version["version"] != "DRAFT":
            yield _version(reader, arn, id_, version["version"])


def _version(reader: Reader, arn: str, id_: str, number: str) -> Item:
    about = reader.ask(GET_GUARDRAIL, guardrailIdentifier=id_, guardrailVersion=number)
    values = {"guardrail_arn": arn, "version": number} | bedrock_policies.of(about)
    return Item(_VERSION, f"{arn}:{number}", values)


def _logging(reader: Reader) -> Iterator[Item | Unread]:
    """The region's one setting; without a destination there is none."""
    answer = reader.ask(GET_LOGGING)
    if isinstance(answer, Unknown):
        yield Unread((_LOGGING,), answer, GET_LOGGING.action)
        return
    config = (answer or {}).get("loggingConfig")
    if not config:
        return
    cloudwatch, s3 = config.get("cloudWatchConfig"), config.get("s3Config")
    values = {
        f"{kind}_data_delivery_enabled": config.get(f"{kind}DataDeliveryEnabled")
        for kind in ("text", "image", "embedding", "video")
    }
    settings = {
        **{name: value for name, value in values.items() if value is not None},
        "cloudwatch_config": [_cloudwatch(cloudwatch)] if cloudwatch else [],
        "s3_config": [_bucket(s3)] if s3 else [],
    }
    yield Item(_LOGGING, reader.arn("bedrock", "logging/modelinvocations"), {"logging_config": [settings]})


def _cloudwatch(config: dict[str, Any]) -> dict[str, Any]:
    large = config.get("largeDataDeliveryS3Config")
    return {
        "log_group_name": config.get("logGroupName"),
        "role_arn": config.get("roleArn"),
        "large_data_delivery_s3_config": [_bucket(large)] if large else [],
    }


def _bucket(config: dict[str, Any]) -> dict[str, Any]:
    return {"bucket_name": config.get("bucketName"), "key_prefix": config.get("keyPrefix")}


def _custom(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> Item:
    arn = listed["modelArn"]
    about = reader.ask(GET_CUSTOM, modelIdentifier=arn)
    values = {
        "custom_model_arn": arn,
        "custom_model_name": listed["modelName"],
        "base_model_identifier": listed["baseModelArn"],
        "customization_type": listed.get("customizationType"),
        "custom_model_kms_key_id": about.get("modelKmsKeyArn") if isinstance(about, dict) else about,
        "tags": tags.tags_for(tagged, arn),
    }
    return Item(_CUSTOM, arn, values)


def _throughput(listed: dict[str, Any], tagged: _Tags) -> Item:
    arn = listed["provisionedModelArn"]
    values = {
        "provisioned_model_arn": arn,
        "provisioned_model_name": listed["provisionedModelName"],
        "model_arn": listed["modelArn"],
        "model_units": listed["modelUnits"],
        "commitment_duration": listed.get("commitmentDuration"),
        "tags": tags.tags_for(tagged, arn),
    }
    return Item(_THROUGHPUT, arn, values)


def _profile(listed: dict[str, Any], tagged: _Tags) -> Item:
    """A profile; one that was copied from a profile of AWS's has several models, and does not say which it was."""
    arn = listed["inferenceProfileArn"]
    models = [model["modelArn"] for model in listed.get("models") or () if model.get("modelArn")]
    values = {
        "arn": arn,
        "name": listed["inferenceProfileName"],
        "type": listed["type"],
        "models": [{"model_arn": model} for model in models],
        "model_source": [{"copy_from": models[0]}] if len(models) == 1 else [],
        "tags": tags.tags_for(tagged, arn),
    }
    return Item(_PROFILE, arn, values)
