"""What acts as a role without settings that are read for credentials: notebooks, workflows, stacks, targets of events.

Sources: AWS Step Functions Developer Guide, "Creating an IAM role for your state machine"; AWS CloudFormation User
Guide, "AWS CloudFormation service role"; Amazon EventBridge User Guide, "Using IAM roles"; Amazon EKS User Guide, "EKS
Pod Identities" and "Amazon EKS node IAM role"; Amazon SageMaker Developer Guide, "SageMaker roles"; AWS Glue Developer
Guide, "Adding a development endpoint"; Amazon Bedrock AgentCore Developer Guide, "IAM Permissions for AgentCore
Runtime". An endpoint of SageMaker acts as the roles of its models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.clouds.aws.compute.acting import role_at
from scanner.kinds import Compute
from scanner.terraform.planned import PlannedWorld

_ACTORS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws_bedrockagentcore_agent_runtime": ("runtime", ("role_arn",)),
    "aws_bedrockagentcore_browser": ("runtime", ("execution_role_arn",)),
    "aws_bedrockagentcore_code_interpreter": ("runtime", ("execution_role_arn",)),
    "aws_cloudformation_stack": ("stack", ("iam_role_arn",)),
    "aws_cloudformation_stack_set": ("stack", ("administration_role_arn",)),
    "aws_codepipeline": ("pipeline", ("role_arn",)),
    "aws_eks_node_group": ("nodes", ("node_role_arn",)),
    "aws_eks_pod_identity_association": ("pods", ("role_arn",)),
    "aws_glue_dev_endpoint": ("notebook", ("role_arn",)),
    "aws_pipes_pipe": ("target", ("role_arn",)),
    "aws_sagemaker_notebook_instance": ("notebook", ("role_arn",)),
    "aws_scheduler_schedule": ("target", ("target", "role_arn")),
    "aws_sfn_state_machine": ("workflow", ("role_arn",)),
}
"""What each type is to us, and where its role stands."""

_TARGET = "aws_cloudwatch_event_target"

terraform_types = (*_ACTORS, _TARGET)
kinds = ("compute",)


def from_plan(planned: PlannedWorld) -> Iterator[Compute]:
    """Read everything that acts as a role; a target of a rule only where it does: most let the service itself call."""
    for type_, (sort, path) in _ACTORS.items():
        for resource in planned.of(type_):
            yield Compute.of(**planned.labels(resource), type=sort, acts_as=role_at(planned, resource, path))
    for target in planned.of(_TARGET):
        role = role_at(planned, target, ("role_arn",))
        if role:
            yield Compute.of(**planned.labels(target), type="target", acts_as=role)
