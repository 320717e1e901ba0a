"""Who uses a security group: public balancers only, or anything else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from scanner.clouds.aws.network.group_doubts import GROUPS, Doubts
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_BALANCERS = ("aws_lb", "aws_alb", "aws_elb")
_USES: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys(_BALANCERS, (("security_groups",),)),
    "aws_apigatewayv2_vpc_link": (("security_group_ids",),),
    "aws_apprunner_vpc_connector": (("security_groups",),),
    "aws_batch_compute_environment": (("compute_resources", "security_group_ids"),),
    "aws_codebuild_project": (("vpc_config", "security_group_ids"),),
    "aws_db_instance": (("vpc_security_group_ids",),),
    "aws_docdb_cluster": (("vpc_security_group_ids",),),
    "aws_ecs_service": (("network_configuration", "security_groups"),),
    "aws_efs_mount_target": (("security_groups",),),
    "aws_eks_cluster": (("vpc_config", "security_group_ids"),),
    "aws_elasticache_cluster": (("security_group_ids",),),
    "aws_elasticache_replication_group": (("security_group_ids",),),
    "aws_elasticache_serverless_cache": (("security_group_ids",),),
    "aws_instance": (("vpc_security_group_ids",), ("security_groups",)),
    "aws_lambda_function": (("vpc_config", "security_group_ids"),),
    "aws_launch_configuration": (("security_groups",),),
    "aws_launch_template": (("vpc_security_group_ids",), ("network_interfaces", "security_groups")),
    "aws_memorydb_cluster": (("security_group_ids",),),
    "aws_mq_broker": (("security_groups",),),
    "aws_msk_cluster": (("broker_node_group_info", "security_groups"),),
    "aws_neptune_cluster": (("vpc_security_group_ids",),),
    "aws_network_interface": (("security_groups",),),
    "aws_network_interface_sg_attachment": (("security_group_id",),),
    "aws_opensearch_domain": (("vpc_options", "security_group_ids"),),
    "aws_opensearchserverless_vpc_endpoint": (("security_group_ids",),),
    "aws_rds_cluster": (("vpc_security_group_ids",),),
    "aws_redshift_cluster": (("vpc_security_group_ids",),),
    "aws_sagemaker_model": (("vpc_config", "security_group_ids"),),
    "aws_sagemaker_notebook_instance": (("security_groups",),),
    "aws_spot_instance_request": (("vpc_security_group_ids",), ("security_groups",)),
    "aws_vpc_endpoint": (("security_group_ids",),),
}
"""Where each type names the groups in front of it."""


class Users:
    """Users of security groups, looked up only where a verdict depends on them."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Take the world; nothing is read yet."""
        self.planned = planned

    def public_balancers_only(self, group: PlannedResource) -> Noted[bool] | Unknown:
        """Whether a group stands in front of internet-facing balancers and nothing else."""
        index = self._index
        users = index.certain.get(group, [])
        facing = [(user, _public(user)) for user in users]
        other = next((user for user, public in facing if public is False), None)
        if other is not None:
            return Noted(value=False, because=f"{other.address} uses it, which is no public balancer")
        doubt = index.doubts.about(group) or next(
            (public.reason for _, public in facing if isinstance(public, Unknown)), None
        )
        if doubt:
            return Unknown(doubt)
        if not users and group.plan.is_live:
            return Noted(value=False, because="no public balancer uses it")
        if not users:
            return Unknown("it opens a web port to anybody, and nothing in this plan uses it: a public balancer may")
        return Noted(value=True, because=f"only a public balancer uses it: {users[0].address}")

    @cached_property
    def _index(self) -> _Index:
        index = _Index(self.planned)
        for user in self.planned.of(*_USES):
            for block, attribute in _places(user):
                index.take(self.planned, user, block, attribute)
        index.unread(self.planned)
        return index


class _Index:
    """Users by group, and those whose groups cannot be told."""

    def __init__(self, planned: PlannedWorld) -> None:
        self.certain: dict[PlannedResource, list[PlannedResource]] = {}
        self.doubts = Doubts(planned)

    def take(self, planned: PlannedWorld, user: PlannedResource, block: Block, attribute: str) -> None:
        """Join one user to the groups that an attribute of it names."""
        if block.is_unknown(attribute) and block.expressions and not block.configured(attribute):
            return
        targets = planned.targets(user, attribute, GROUPS, block)
        if not isinstance(targets, Unknown):
            for target in targets:
                if isinstance(target, PlannedResource):
                    self.certain.setdefault(target, []).append(user)
            return
        self._doubt(user, block.references(attribute) or (), targets)

    def unread(self, planned: PlannedWorld) -> None:
        """Doubt the groups of a live account's region where something that may use them could not be listed."""
        for plan in (plan for plan in planned.plans if plan.is_live):
            if why := next(filter(None, (planned.left_out(plan, type_) for type_ in _USES)), ""):
                self.doubts.add_plan(plan, f"what uses it cannot be told: {why}")
        for user in (user for user in planned.of(*_USES) if user.plan.is_live):
            for path in _USES[user.type]:
                blocks = user.blocks(path[0]) if len(path) > 1 else ()
                if isinstance(blocks, Unknown):
                    self._doubt(user, (), blocks)

    def _doubt(self, user: PlannedResource, references: Iterable[str], why: Unknown) -> None:
        self.doubts.add(user, references, f"whether {user.address} uses it cannot be told: {why.reason}")


def _places(user: PlannedResource) -> Iterator[tuple[Block, str]]:
    for path in _USES[user.type]:
        if len(path) == 1:
            yield user, path[0]
            continue
        blocks = user.blocks(path[0])
        for block in () if isinstance(blocks, Unknown) else blocks:
            yield block, path[1]


def _public(user: PlannedResource) -> bool | Unknown:
    """Whether a user is an internet-facing balancer; `internal` not set means that it is."""
    if user.type not in _BALANCERS:
        return False
    internal = user.get("internal", absent=False)
    if isinstance(internal, Unknown):
        return Unknown(f"{user.address}: {internal.reason}") if user.configured("internal") else True
    return not user.flag("internal")
