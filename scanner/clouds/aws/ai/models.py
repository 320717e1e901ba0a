"""Models: those that Bedrock runs for the user, and those that the user hosts on SageMaker."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kinds import Model
from scanner.logic import Answer, both
from scanner.model import Noted, Origin, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_PROFILE = "aws_bedrock_inference_profile"
_CUSTOM = "aws_bedrock_custom_model"
_THROUGHPUT = "aws_bedrock_provisioned_model_throughput"
_AGENT = "aws_bedrockagent_agent"
_ENDPOINT = "aws_sagemaker_endpoint"
_ENDPOINT_CONFIGURATION = "aws_sagemaker_endpoint_configuration"
_HOSTED = "aws_sagemaker_model"

terraform_types = (_PROFILE, _CUSTOM, _THROUGHPUT, _AGENT, _ENDPOINT, _ENDPOINT_CONFIGURATION, _HOSTED)
kinds = ("model",)


def from_plan(planned: PlannedWorld) -> Iterator[Model]:
    """Read every model, and name the foundation models that agents and profiles call."""
    yield from _foundation_models(planned)
    for profile in planned.of(_PROFILE):
        yield Model.of(**planned.labels(profile), type="inference_profile", operator="cloud")
    for throughput in planned.of(_THROUGHPUT):
        yield Model.of(**planned.labels(throughput), type="provisioned_throughput", operator="cloud")
    for custom in planned.of(_CUSTOM):
        encrypted = _keyed(custom, "custom_model_kms_key_id")
        yield Model.of(**planned.labels(custom), type="custom_model", operator="cloud", encrypted=encrypted)
    for endpoint in planned.of(_ENDPOINT):
        yield _endpoint(planned, endpoint)
    for hosted in planned.of(_HOSTED):
        isolated = hosted.flag("enable_network_isolation")
        yield Model.of(**planned.labels(hosted), type="hosted_model", operator="own", isolated=isolated)


def _foundation_models(planned: PlannedWorld) -> Iterator[Model]:
    """One model for each id that an agent or an inference profile names, whoever names it."""
    named: dict[str, PlannedResource] = {}
    for agent in planned.of(_AGENT):
        named.setdefault(_base_id(agent.get("foundation_model")), agent)
    for profile in planned.of(_PROFILE):
        source = profile.block("model_source")
        named.setdefault(_base_id(source.get("copy_from") if isinstance(source, Block) else None), profile)
    for id_, user in named.items():
        if id_:
            yield Model(id=f"bedrock:{id_}", type="foundation_model", name=id_, operator="cloud", origin=_origin(user))


def _origin(user: PlannedResource) -> Origin:
    if user.plan.is_live:
        return Origin(source="live")
    return Origin(source=user.plan.kind, plan=user.plan.name)


def _base_id(value: object) -> str:
    """The model's id, out of an ARN that ends in it; empty for what is not known or is no foundation model."""
    text = value if isinstance(value, str) else ""
    return text.rpartition("/")[2] if "foundation-model/" in text or not text.startswith("arn:") else ""


def _endpoint(planned: PlannedWorld, endpoint: PlannedResource) -> Model:
    target = planned.target(endpoint, "endpoint_config_name", (_ENDPOINT_CONFIGURATION,))
    if not isinstance(target, PlannedResource):
        why = planned.left_out(endpoint, _ENDPOINT_CONFIGURATION) or "its endpoint configuration was not seen"
        unseen = target if isinstance(target, Unknown) else Unknown(why)
        return Model.of(**planned.labels(endpoint), type="endpoint", operator="own", encrypted=unseen, isolated=unseen)
    return Model.of(
        **planned.labels(endpoint),
        type="endpoint",
        operator="own",
        encrypted=_keyed(target, "kms_key_arn"),
        isolated=_all_isolated(planned, target),
    )


def _keyed(owner: PlannedResource, attribute: str) -> Answer:
    """Whether a key is named; one that is known only after apply is named all the same, if the code names it."""
    value = owner.get(attribute)
    if isinstance(value, Unknown):
        return True if owner.configured(attribute) and not owner.plan.is_live else value
    return bool(value) or Noted(False, f"{attribute} is not set")


def _all_isolated(planned: PlannedWorld, configuration: PlannedResource) -> Answer:
    variants = configuration.blocks("production_variants")
    if isinstance(variants, Unknown):
        return variants
    return both(
        *(_isolated(planned, configuration, variant) for variant in variants),
        bool(variants) or Unknown(f"{configuration.address} shows no model"),
    )


def _isolated(planned: PlannedWorld, configuration: PlannedResource, variant: Block) -> Answer:
    hosted = planned.target(configuration, "model_name", (_HOSTED,), variant)
    if isinstance(hosted, PlannedResource):
        isolated = hosted.flag("enable_network_isolation")
        return isolated if isinstance(isolated, Unknown) else Noted(isolated, f"network isolation of {hosted.address}")
    why = planned.left_out(configuration, _HOSTED) or "a model that it hosts was not seen"
    return hosted if isinstance(hosted, Unknown) else Unknown(why)
