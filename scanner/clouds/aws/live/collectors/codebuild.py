"""CodeBuild: projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors.batches import batches
from scanner.clouds.aws.live.collectors.tags import pairs
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown
from scanner.redact import HIDDEN

name = "codebuild"
everywhere = True
types = ("aws_codebuild_project",)

_AT_ONCE = 100


def _masked(page: Page) -> Page:
    for project in page.get("projects", ()):
        environment = project.get("environment") or {}
        if "environmentVariables" in environment:
            environment["environmentVariables"] = list(map(_variable, environment["environmentVariables"]))
        for source in (project.get("source") or {}, *project.get("secondarySources", ())):
            if "buildspec" in source:
                source["buildspec"] = masking.script(source["buildspec"])
        if "secret" in (project.get("webhook") or {}):
            project["webhook"]["secret"] = HIDDEN
    return page


def _variable(variable: dict[str, Any]) -> dict[str, Any]:
    """A variable of another type than PLAINTEXT holds the name of a secret or parameter."""
    if variable.get("type", "PLAINTEXT") == "PLAINTEXT":
        return {**variable, "value": masking.setting(str(variable.get("name")), variable.get("value"))}
    return {**variable, "value": masking.place(variable.get("value"))}


LIST_PROJECTS = call("codebuild", "ListProjects", items="projects")
GET_PROJECTS = call("codebuild", "BatchGetProjects", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every project."""
    names = reader.every(LIST_PROJECTS)
    yield from names.unread(types)
    pieces = list(batches(names.items, _AT_ONCE))
    for piece, answer in zip(
        pieces, reader.each(pieces, lambda some: reader.ask(GET_PROJECTS, names=some)), strict=True
    ):
        if isinstance(answer, Unknown):
            yield from (_not_described(reader, project, answer) for project in piece)
        else:
            yield from map(_project, (answer or {}).get("projects", ()))


def _project(project: dict[str, Any]) -> Item:
    environment, source = project.get("environment") or {}, project.get("source") or {}
    network, batches = project.get("vpcConfig") or {}, project.get("buildBatchConfig") or {}
    values = {
        "arn": project["arn"],
        "name": project["name"],
        "service_role": project.get("serviceRole"),
        "encryption_key": project.get("encryptionKey"),
        "environment": [
            {
                "type": environment.get("type"),
                "image": environment.get("image"),
                "privileged_mode": environment.get("privilegedMode"),
                "environment_variable": environment.get("environmentVariables", []),
            }
        ],
        "source": [{"type": source.get("type"), "buildspec": source.get("buildspec")}],
        "vpc_config": [_network(network)] if network.get("vpcId") else [],
        "logs_config": _logs(project.get("logsConfig") or {}),
        "build_batch_config": [{"service_role": batches.get("serviceRole")}] if batches else [],
        "tags": pairs(project.get("tags"), "key", "value"),
    }
    return Item("aws_codebuild_project", project["arn"], values)


def _logs(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Where builds log to; CloudWatch Logs is told with its group where that is not the one of the project's name."""
    cloudwatch, bucket = given.get("cloudWatchLogs") or {}, given.get("s3Logs") or {}
    group = {"status": cloudwatch.get("status"), "group_name": cloudwatch.get("groupName")}
    place = {"status": bucket.get("status"), "location": bucket.get("location")}
    found = {"cloudwatch_logs": [group] if cloudwatch else [], "s3_logs": [place] if bucket else []}
    return [found] if any(found.values()) else []


def _network(network: dict[str, Any]) -> dict[str, Any]:
    return {
        "vpc_id": network.get("vpcId"),
        "subnets": network.get("subnets", []),
        "security_group_ids": network.get("securityGroupIds", []),
    }


def _not_described(reader: Reader, project: str, why: Unknown) -> Item:
    arn = reader.arn("codebuild", f"project/{project}")
    unread = (
        "environment",
        "source",
        "vpc_config",
        "logs_config",
        "build_batch_config",
        "service_role",
        "encryption_key",
        "tags",
    )
    return Item("aws_codebuild_project", arn, {"arn": arn, "name": project, **dict.fromkeys(unread, why)})
