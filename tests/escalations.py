"""Small accounts in which somebody escalates, or does not: by path of pathfinding.cloud, what must be there."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scanner.clouds.aws.access.escalation import escalation_rules
from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.iam.access import Access
from scanner.iam.causes import Escalation, escalations
from scanner.iam.escalation import Becoming
from scanner.kinds import KINDS, Compute, Identity
from scanner.model import Origin, Resource, Statement, Unknown, World

ACCOUNT = "111122223333"
WHOLE = frozenset(KINDS)

with (Path(__file__).parent / "escalation_paths.csv").open(encoding="utf-8") as _file:
    REQUIRED: Mapping[str, tuple[str, ...]] = {
        row["id"]: tuple(row["required"].split()) for row in csv.DictReader(_file)
    }
"""What the catalogue says must be allowed, by its id of the path."""

PASSED_TO: Mapping[str, str] = {
    "apprunner-001": "tasks.apprunner",
    "bedrock-001": "bedrock-agentcore",
    "cloudformation-001": "cloudformation",
    "codebuild-001": "codebuild",
    "codebuild-004": "codebuild",
    "datapipeline-001": "datapipeline",
    "ec2-001": "ec2",
    "ec2-003": "ec2",
    "ecs-001": "ecs-tasks",
    "ecs-002": "ecs-tasks",
    "ecs-003": "ecs-tasks",
    "ecs-004": "ecs-tasks",
    "ecs-005": "ecs-tasks",
    "glue-001": "glue",
    "glue-003": "glue",
    "glue-004": "glue",
    "glue-005": "glue",
    "glue-006": "glue",
    "lambda-001": "lambda",
    "lambda-002": "lambda",
    "lambda-006": "lambda",
    "sagemaker-001": "sagemaker",
    "sagemaker-002": "sagemaker",
    "sagemaker-003": "sagemaker",
}
"""Service that the administrator's role must trust."""

ACTS: Mapping[str, str] = {
    "apprunner-002": "aws_apprunner_service",
    "bedrock-002": "aws_bedrockagentcore_code_interpreter",
    "cloudformation-002": "aws_cloudformation_stack",
    "cloudformation-005": "aws_cloudformation_stack",
    "codebuild-002": "aws_codebuild_project",
    "codebuild-003": "aws_codebuild_project",
    "ec2-002": "aws_instance",
    "ec2-004": "aws_launch_template",
    "ec2instanceconnect-003": "aws_instance",
    "glue-002": "aws_glue_dev_endpoint",
    "lambda-003": "aws_lambda_function",
    "lambda-004": "aws_lambda_function",
    "lambda-005": "aws_lambda_function",
    "sagemaker-004": "aws_sagemaker_notebook_instance",
    "sagemaker-005": "aws_sagemaker_notebook_instance",
    "ssm-001": "aws_instance",
    "ssm-002": "aws_instance",
}
"""Type of what must exist and act as the administrator's role."""

ALSO: Mapping[str, str] = {
    "cloudformation-004": "aws_cloudformation_stack_set",
    "ecs-003": "aws_ecs_service",
    "ecs-004": "aws_ecs_service",
    "ecs-005": "aws_ecs_service",
    "glue-005": "aws_glue_job",
    "glue-006": "aws_glue_job",
}
"""Type of what must exist besides."""

WRITTEN: Mapping[str, str] = {
    **dict.fromkeys(("iam-014", "iam-016", "iam-017", "iam-019", "iam-020", "iam-021"), "role/worker"),
    **dict.fromkeys(("iam-015", "iam-018"), "user/robot"),
}
"""Whom alone one is allowed to write to, and to become: with every one it would be another path."""

BY_ROLE = frozenset({"iam-005", "iam-009"})
"""Paths that only a role can go, for itself; every other one is tried by a user."""

_ARNS: Mapping[str, str] = {
    "aws_apprunner_service": "apprunner:eu-west-1:{}:service/it/0123456789abcdef",
    "aws_bedrockagentcore_code_interpreter": "bedrock-agentcore:eu-west-1:{}:code-interpreter-custom/it-0123456789",
    "aws_cloudformation_stack": "cloudformation:eu-west-1:{}:stack/it/0123",
    "aws_cloudformation_stack_set": "cloudformation:eu-west-1:{}:stackset/it:0123",
    "aws_codebuild_project": "codebuild:eu-west-1:{}:project/it",
    "aws_ecs_service": "ecs:eu-west-1:{}:service/it",
    "aws_glue_dev_endpoint": "glue:eu-west-1:{}:devEndpoint/it",
    "aws_glue_job": "glue:eu-west-1:{}:job/it",
    "aws_iam_group": "iam::{}:group/it",
    "aws_iam_instance_profile": "iam::{}:instance-profile/it",
    "aws_iam_policy": "iam::{}:policy/it",
    "aws_iam_role": "iam::{}:role/it",
    "aws_iam_user": "iam::{}:user/it",
    "aws_instance": "ec2:eu-west-1:{}:instance/i-0123456789abcdef0",
    "aws_lambda_function": "lambda:eu-west-1:{}:function:it",
    "aws_launch_template": "ec2:eu-west-1:{}:launch-template/lt-0123456789abcdef0",
    "aws_sagemaker_notebook_instance": "sagemaker:eu-west-1:{}:notebook-instance/it",
}


def arn(type_: str, name: str = "it", account: str = ACCOUNT) -> str:
    """What something of a type is called."""
    return "arn:aws:" + _ARNS[type_].format(account).replace("/it", f"/{name}").replace(":it", f":{name}")


ADMIN, USER, ROLE = arn("aws_iam_role", "admin"), arn("aws_iam_user", "ann"), arn("aws_iam_role", "worker")
ROOT = f"AWS:arn:aws:iam::{ACCOUNT}:root"


def _place(id_: str, type_: str, name: str, account: str) -> dict[str, Any]:
    return {
        "id": id_, "account": account, "name": name, "planned": False, "origin": Origin(source="live", type=type_)
    }  # fmt: skip


def identity(sort: str, name: str, account: str = ACCOUNT, **facts: Any) -> Identity:
    """A role, user, group or instance profile."""
    type_ = f"aws_iam_{sort}"
    return Identity.of(**_place(arn(type_, name, account), type_, name, account), type=sort, **facts)


def thing(type_: str, **facts: Any) -> Resource:
    """Something that runs code, or stands for it."""
    return Compute.of(**_place(arn(type_), type_, "it", ACCOUNT), type="function", **facts)


def statement(who: str | Unknown, *actions: str, on: Iterable[str] = ("*",), **facts: Any) -> Statement:
    """What one is allowed by a policy of one's own."""
    policy = facts.pop("policy", f"{who}/policy")
    effect = facts.get("effect", "Allow")
    binds = (who,) if isinstance(who, str) else who
    given = {"id": f"{policy}#{effect}{'+'.join(actions)}", "policy": policy, "actions": actions, "binds": binds}
    return Statement.of(**{"resources": tuple(on), "planned": False, "account": ACCOUNT, **given, **facts})


def trust(role: str, *principals: str, **facts: Any) -> Statement:
    """Whom a role lets become it."""
    given = {"id": f"{role}#trust{facts.get('effect', '')}", "policy": role, "policy_kind": "trust", "binds": (role,)}
    who = {"actions": ("sts:AssumeRole",), "principals": principals, "planned": False}
    return Statement.of(**{**given, **who, "account": ACCOUNT, **facts})


def world(*parts: Resource, complete: frozenset[str] = WHOLE) -> World:
    """A world of resources and statements; complete, as a live account that was read whole."""
    return World(
        resources=tuple(one for one in parts if not isinstance(one, Statement)),
        statements=tuple(one for one in parts if isinstance(one, Statement)),
        complete=complete,
    )


def becoming(*parts: Resource, complete: frozenset[str] = WHOLE) -> Becoming:
    """Who can become whom there."""
    return Becoming(Access(world(*parts, complete=complete), VOCABULARY), escalation_rules())


def found(*parts: Resource, complete: frozenset[str] = WHOLE) -> dict[str, Escalation]:
    """Who escalates there."""
    return escalations(becoming(*parts, complete=complete))


def scene(path: str) -> list[Resource]:
    """What must be there for a path, but for what one is allowed: an administrator's role in its place first."""
    parts: list[Resource] = [identity("role", "admin"), statement(ADMIN, "*")]
    if path in PASSED_TO:
        parts.append(trust(ADMIN, f"Service:{PASSED_TO[path]}.amazonaws.com"))
    if path in {"ec2-001", "ec2-003"}:
        parts.append(identity("instance_profile", "admin", holds=ADMIN))
    if path in ACTS:
        parts.append(thing(ACTS[path], acts_as=ADMIN, runs_batches=True))
    if path in ALSO:
        parts.append(thing(ALSO[path], acts_as=""))
    if path in {"cloudformation-003", "cloudformation-004"}:
        stack_sets = identity("role", "stack-sets")
        parts += [stack_sets, trust(stack_sets.id, "Service:cloudformation.amazonaws.com")]
        parts += [statement(stack_sets.id, "sts:AssumeRole", on=[ADMIN]), trust(ADMIN, f"AWS:{stack_sets.id}")]
    return [*parts, *_iam(path)]


def _iam(path: str) -> list[Resource]:
    """The same for paths of IAM and STS alone."""
    root, other = trust(ROLE, ROOT), trust(ROLE, "Service:ec2.amazonaws.com")
    worker, group, robot = identity("role", "worker"), identity("group", "it"), identity("user", "robot")
    full = path == "iam-003"
    admin = identity("user", "admin", signs_in=path == "iam-006", second_factor=False, access_keys_full=full)
    user: list[Resource] = [admin, statement(admin.id, "*")]
    scenes: Mapping[tuple[str, ...], list[Resource]] = {
        ("iam-001",): [_policy(USER)],
        ("iam-002", "iam-003", "iam-004", "iam-006"): user,
        ("iam-010", "iam-011"): [group],
        ("iam-012",): [trust(ADMIN, "Service:ec2.amazonaws.com")],
        ("iam-013",): [group, statement(group.id, "*")],
        ("iam-014", "iam-017"): [worker, root],
        ("iam-019", "iam-021"): [worker, other],
        ("iam-015", "iam-018"): [replace(robot, access_keys_full=False)],
        ("iam-016",): [worker, root, _policy(ROLE)],
        ("iam-020",): [worker, other, _policy(ROLE), statement(USER, "s3:ListAllMyBuckets", policy="the same")],
        ("sts-001",): [trust(ADMIN, ROOT)],
    }
    return next((parts for paths, parts in scenes.items() if path in paths), [])


def _policy(holder: str) -> Statement:
    own = Origin(source="live", type="aws_iam_policy")
    return statement(holder, "s3:ListAllMyBuckets", policy=arn("aws_iam_policy"), origin=own, name="it")


def on(path: str) -> list[str]:
    """What one is allowed to act on."""
    if path not in WRITTEN:
        return ["*"]
    return [f"arn:aws:iam::{ACCOUNT}:{WRITTEN[path]}", arn("aws_iam_policy")]


def one(path: str) -> Identity:
    """Who tries a path."""
    if path in BY_ROLE:
        return identity("role", "worker", reserved=False)
    return identity("user", "ann", member_of=(arn("aws_iam_group"),) if path in {"iam-010", "iam-011"} else ())
