"""What in a plan calls or hosts a model: agents and the like, and permissions to invoke one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

AGENT = "aws_bedrockagent_agent"
GUARDRAIL = "aws_bedrock_guardrail"

HOSTS = (
    AGENT,
    "aws_bedrockagent_flow",
    "aws_bedrockagent_knowledge_base",
    "aws_bedrockagent_prompt",
    "aws_bedrock_inference_profile",
    "aws_bedrock_provisioned_model_throughput",
    "aws_bedrock_custom_model",
    GUARDRAIL,
    "aws_sagemaker_endpoint",
)
"""Types whose presence shows that models are used in their region."""

POLICIES = ("aws_iam_role_policy", "aws_iam_policy", "aws_iam_user_policy", "aws_iam_group_policy")
"""Identity policies, each with its text in `policy`."""

_PROVIDED = "data.aws_iam_policy"
"""AWS's own policies, of a live account those that something is attached to."""

HOLDERS = ("aws_iam_role", "aws_iam_user", "aws_iam_group")
"""What may have policies inline."""

_DOCUMENT = "data.aws_iam_policy_document"
_INVOKES = re.compile(r"(bedrock:(\*|invoke|converse)|sagemaker:invokeendpoint)", re.IGNORECASE)
_ARN_REGION = re.compile(r"arn:aws[a-z-]*:bedrock:([a-z]{2}(?:-[a-z0-9]+)+):")


def first_caller(planned: PlannedWorld) -> str:
    """Address of something that calls a model; empty where nothing in the plan does."""
    for caller in planned.of(AGENT, "aws_bedrockagent_flow"):
        return caller.address
    return next((owner.address for owner, _ in permitted(planned)), "")


def permitted(planned: PlannedWorld) -> Iterator[tuple[PlannedResource, str]]:
    """Policies that name an action by which a model is called, with the one region they name, if it is one."""
    for owner in planned.of(*POLICIES, _PROVIDED):
        text = owner.values.get("policy")
        if isinstance(text, str) and _INVOKES.search(text):
            yield owner, _region(text)
    for owner in planned.of(*HOLDERS):
        inline = owner.values.get("inline_policy")
        for block in inline if isinstance(inline, list) else ():
            text = block.get("policy") if isinstance(block, dict) else None
            if isinstance(text, str) and _INVOKES.search(text):
                yield owner, _region(text)
    for source in planned.of(_DOCUMENT):
        text = str(source.values.get("statement"))
        if _INVOKES.search(text):
            yield source, _region(text)


def _region(text: str) -> str:
    """The region of the models that a policy names, unless there are several: then calls leave from the role's own."""
    regions = set(_ARN_REGION.findall(text))
    return regions.pop() if len(regions) == 1 else ""
