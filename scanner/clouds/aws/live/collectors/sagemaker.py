"""SageMaker: models, endpoints with their configurations, and notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "sagemaker"
everywhere = True
types = (
    "aws_sagemaker_model",
    "aws_sagemaker_endpoint",
    "aws_sagemaker_endpoint_configuration",
    "aws_sagemaker_notebook_instance",
)
_MODEL, _ENDPOINT, _CONFIGURATION, _NOTEBOOK = types
_API = "sagemaker"
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")


def _masked(page: Page) -> Page:
    """A model whose containers' environments hold no secret."""
    shown = dict(page)
    if isinstance(page.get("PrimaryContainer"), dict):
        shown["PrimaryContainer"] = _container(page["PrimaryContainer"])
    if page.get("Containers"):
        shown["Containers"] = [_container(container) for container in page["Containers"]]
    return shown


def _container(container: dict[str, Any]) -> dict[str, Any]:
    return container | {"Environment": masking.settings(container.get("Environment"))}


TAGGED = tags.TAGGED
LIST_MODELS = call(_API, "ListModels", items="Models")
DESCRIBE_MODEL = call(_API, "DescribeModel", mask=_masked)
LIST_ENDPOINTS = call(_API, "ListEndpoints", items="Endpoints")
DESCRIBE_ENDPOINT = call(_API, "DescribeEndpoint")
LIST_CONFIGURATIONS = call(_API, "ListEndpointConfigs", items="EndpointConfigs")
DESCRIBE_CONFIGURATION = call(_API, "DescribeEndpointConfig")
LIST_NOTEBOOKS = call(_API, "ListNotebookInstances", items="NotebookInstances")
DESCRIBE_NOTEBOOK = call(_API, "DescribeNotebookInstance")

_Tags: TypeAlias = "dict[str, tags.Tags] | Unknown"


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read everything of one region."""
    kinds = (
        (LIST_MODELS, _MODEL, _model),
        (LIST_ENDPOINTS, _ENDPOINT, _endpoint),
        (LIST_CONFIGURATIONS, _CONFIGURATION, _configuration),
        (LIST_NOTEBOOKS, _NOTEBOOK, _notebook),
    )
    lists = [(reader.every(what), type_, read) for what, type_, read in kinds]
    tagged = tags.tags_of(reader, _API) if any(listing.items for listing, *_ in lists) else {}
    for listing, type_, read in lists:
        yield from listing.unread((type_,))
        yield from reader.each(listing.items, lambda one, read=read: read(reader, one, tagged))  # type: ignore[misc]


def _about(answer: Page | Unknown | None, *names: str) -> dict[str, Any]:
    """The named members of an answer; each Unknown where it was not given."""
    if isinstance(answer, dict):
        return {name: answer.get(name) for name in names}
    return dict.fromkeys(names, answer or Unknown("it was not there when it was read"))


def _model(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> Item:
    arn, name_ = listed["ModelArn"], listed["ModelName"]
    answer = reader.ask(DESCRIBE_MODEL, ModelName=name_)
    about = _about(answer, "EnableNetworkIsolation", "PrimaryContainer", "Containers", "VpcConfig", "ExecutionRoleArn")
    values = {
        "arn": arn,
        "name": name_,
        "execution_role_arn": about["ExecutionRoleArn"],
        "enable_network_isolation": about["EnableNetworkIsolation"],
        "primary_container": _containers(about["PrimaryContainer"]),
        "container": _containers(about["Containers"]),
        "vpc_config": _networks(about["VpcConfig"]),
        "tags": tags.tags_for(tagged, arn),
    }
    return Item(_MODEL, arn, values)


def _containers(found: Any) -> Any:
    if isinstance(found, Unknown):
        return found
    several = found if isinstance(found, list) else [found] if found else []
    return [{"image": one.get("Image"), "environment": one.get("Environment") or {}} for one in several]


def _networks(config: Any) -> Any:
    if isinstance(config, Unknown):
        return config
    return [{"security_group_ids": config["SecurityGroupIds"], "subnets": config["Subnets"]}] if config else []


def _endpoint(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> Item:
    arn, name_ = listed["EndpointArn"], listed["EndpointName"]
    about = _about(reader.ask(DESCRIBE_ENDPOINT, EndpointName=name_), "EndpointConfigName")
    values = {"arn": arn, "name": name_, "endpoint_config_name": about["EndpointConfigName"]}
    return Item(_ENDPOINT, arn, values | {"tags": tags.tags_for(tagged, arn)})


def _configuration(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> Item:
    arn, name_ = listed["EndpointConfigArn"], listed["EndpointConfigName"]
    answer = reader.ask(DESCRIBE_CONFIGURATION, EndpointConfigName=name_)
    about = _about(answer, "KmsKeyId", "DataCaptureConfig", "AsyncInferenceConfig", *_VARIANTS)
    values = {
        "arn": arn,
        "name": name_,
        "kms_key_arn": about["KmsKeyId"],
        "production_variants": _variants(about["ProductionVariants"]),
        "shadow_production_variants": _variants(about["ShadowProductionVariants"]),
        "data_capture_config": _captured(about["DataCaptureConfig"]),
        "async_inference_config": _answered_later(about["AsyncInferenceConfig"]),
    }
    return Item(_CONFIGURATION, arn, values | {"tags": tags.tags_for(tagged, arn)})


def _variants(found: Any) -> Any:
    if isinstance(found, Unknown):
        return found
    return [{"variant_name": one["VariantName"], "model_name": one.get("ModelName")} for one in found or ()]


def _captured(config: Any) -> Any:
    if isinstance(config, Unknown):
        return config
    if not config:
        return []
    return [{"enable_capture": config.get("EnableCapture"), "destination_s3_uri": config.get("DestinationS3Uri")}]


def _answered_later(config: Any) -> Any:
    if isinstance(config, Unknown):
        return config
    output = (config or {}).get("OutputConfig") or {}
    kept = {"s3_output_path": output.get("S3OutputPath"), "s3_failure_path": output.get("S3FailurePath")}
    return [{"output_config": [kept]}] if output else []


def _notebook(reader: Reader, listed: dict[str, Any], tagged: _Tags) -> Item:
    arn, name_ = listed["NotebookInstanceArn"], listed["NotebookInstanceName"]
    answer = reader.ask(DESCRIBE_NOTEBOOK, NotebookInstanceName=name_)
    about = _about(answer, "SecurityGroups", "SubnetId", "RoleArn", "KmsKeyId", "DirectInternetAccess", "RootAccess")
    values = {
        "arn": arn,
        "name": name_,
        "security_groups": about["SecurityGroups"],
        "subnet_id": about["SubnetId"],
        "role_arn": about["RoleArn"],
        "kms_key_id": about["KmsKeyId"],
        "direct_internet_access": about["DirectInternetAccess"],
        "root_access": about["RootAccess"],
        "tags": tags.tags_for(tagged, arn),
    }
    return Item(_NOTEBOOK, arn, values)
