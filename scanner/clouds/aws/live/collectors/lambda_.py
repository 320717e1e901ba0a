"""Lambda: functions with their settings and policies, function URLs, and the sources that functions are run for.

The policy of a version or an alias is its own, and is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.clouds.aws.live.collectors.tags import Tags, tags_for, tags_of
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "lambda"
everywhere = True
types = (
    "aws_lambda_function",
    "aws_lambda_function_url",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
)

TAGGED = tagging.TAGGED


def _masked(page: Page) -> Page:
    for function in page.get("Functions", ()):
        environment = function.get("Environment") or {}
        if "Variables" in environment:
            environment["Variables"] = masking.settings(environment["Variables"])
        image = (function.get("ImageConfigResponse") or {}).get("ImageConfig") or {}
        for part in ("EntryPoint", "Command"):
            if part in image:
                image[part] = masking.command(image[part])
    return page


LIST_FUNCTIONS = call("lambda", "ListFunctions", items="Functions", mask=_masked)
LIST_URLS = call("lambda", "ListFunctionUrlConfigs", items="FunctionUrlConfigs", absent=("ResourceNotFoundException",))
GET_POLICY = call("lambda", "GetPolicy", absent=("ResourceNotFoundException",))
LIST_INVOKES = call(
    "lambda",
    "ListFunctionEventInvokeConfigs",
    items="FunctionEventInvokeConfigs",
    absent=("ResourceNotFoundException",),
)
LIST_MAPPINGS = call("lambda", "ListEventSourceMappings", items="EventSourceMappings", mask=hiding("FilterCriteria"))


_SWITCHED_OFF = frozenset({"Disabled", "Disabling"})


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every function with its URLs, and every mapping."""
    functions = reader.every(LIST_FUNCTIONS)
    yield from functions.unread(types[:2])
    tags = tags_of(reader, "lambda:function") if functions.items else {}
    policies = reader.each(functions.items, lambda one: reader.ask(GET_POLICY, FunctionName=one["FunctionName"]))
    for function, policy in zip(functions.items, policies, strict=True):
        yield _function(function, tags, policy.get("Policy") if isinstance(policy, dict) else policy)
    listings = reader.each(functions.items, lambda one: reader.every(LIST_URLS, FunctionName=one["FunctionName"]))
    for function, urls in zip(functions.items, listings, strict=True):
        yield from (_url(function, url) for url in urls.items)
    if missing := next((urls.missing for urls in listings if urls.missing is not None), None):
        yield Unread(("aws_lambda_function_url",), missing, LIST_URLS.action)
    yield from _invokes(reader, functions.items)
    mappings = reader.every(LIST_MAPPINGS)
    yield from mappings.unread(("aws_lambda_event_source_mapping",))
    yield from (_mapping(reader, mapping) for mapping in mappings.items)


def _function(function: dict[str, Any], tags: dict[str, Tags] | Unknown, policy: Any) -> Item:
    arn, network = function["FunctionArn"], function.get("VpcConfig") or {}
    values = {
        "arn": arn,
        "function_name": function["FunctionName"],
        "role": function.get("Role"),
        "runtime": function.get("Runtime"),
        "handler": function.get("Handler"),
        "kms_key_arn": function.get("KMSKeyArn"),
        "environment": _environment(function.get("Environment")),
        "dead_letter_config": [{"target_arn": found["TargetArn"]} for found in _given(function, "DeadLetterConfig")],
        "tracing_config": [{"mode": found.get("Mode")} for found in _given(function, "TracingConfig")],
        "vpc_config": [_network(network)] if network.get("VpcId") or network.get("SecurityGroupIds") else [],
        "logging_config": _logging(function),
        "file_system_config": [
            {"arn": found["Arn"], "local_mount_path": found.get("LocalMountPath")}
            for found in function.get("FileSystemConfigs") or ()
        ],
        "policy": policy,
        "tags": tags_for(tags, arn),
    }
    return Item("aws_lambda_function", arn, values)


def _logging(function: dict[str, Any]) -> list[dict[str, Any]]:
    """Where a function logs to, if it is not the group that is called after it, which may not be there yet."""
    group = (function.get("LoggingConfig") or {}).get("LogGroup")
    return [{"log_group": group}] if group and group != f"/aws/lambda/{function['FunctionName']}" else []


def _given(function: dict[str, Any], name_: str) -> list[dict[str, Any]]:
    found = function.get(name_)
    return [found] if found else []


def _network(network: dict[str, Any]) -> dict[str, Any]:
    return {
        "vpc_id": network.get("VpcId"),
        "subnet_ids": network.get("SubnetIds", []),
        "security_group_ids": network.get("SecurityGroupIds", []),
    }


def _environment(environment: dict[str, Any] | None) -> list[dict[str, Any]]:
    """A list of one block; its variables are unknown where Lambda may not decrypt them for us.

    Source: AWS Lambda API Reference, "EnvironmentError".
    """
    if not environment:
        return []
    if error := environment.get("Error"):
        why = f"{error.get('ErrorCode')}: its environment is shown only to who may kms:Decrypt with its key"
        return [{"variables": Unknown(why)}]
    return [{"variables": environment.get("Variables", {})}]


def _url(function: dict[str, Any], url: dict[str, Any]) -> Item:
    arn = url["FunctionArn"]
    values = {
        "function_arn": arn,
        "function_name": function["FunctionName"],
        "qualifier": arn.removeprefix(function["FunctionArn"]).removeprefix(":") or None,
        "function_url": url["FunctionUrl"],
        "authorization_type": url["AuthType"],
        "invoke_mode": url.get("InvokeMode"),
    }
    return Item("aws_lambda_function_url", f"{arn}/url", values)


def _own_cluster(given: dict[str, Any] | None) -> list[dict[str, Any]]:
    endpoints = (given or {}).get("Endpoints") or {}
    return [{"endpoints": {name: ",".join(hosts) for name, hosts in endpoints.items()}}] if endpoints else []


def _invokes(reader: Reader, functions: list[dict[str, Any]]) -> Iterator[Item | Unread]:
    """Where that goes which functions were given without waiting for them, once they dealt with it or could not."""
    listings = reader.each(functions, lambda one: reader.every(LIST_INVOKES, FunctionName=one["FunctionName"]))
    for function, listed in zip(functions, listings, strict=True):
        yield from (_invoke(function, config) for config in listed.items)
    if missing := next((listed.missing for listed in listings if listed.missing is not None), None):
        yield Unread(("aws_lambda_function_event_invoke_config",), missing, LIST_INVOKES.action)


def _invoke(function: dict[str, Any], config: dict[str, Any]) -> Item:
    outcomes = config.get("DestinationConfig") or {}
    where = {
        name: [{"destination": outcomes[key]["Destination"]}] if (outcomes.get(key) or {}).get("Destination") else []
        for name, key in (("on_failure", "OnFailure"), ("on_success", "OnSuccess"))
    }
    arn = config["FunctionArn"]
    values = {
        "function_name": function["FunctionArn"],
        "qualifier": arn.removeprefix(function["FunctionArn"]).removeprefix(":") or None,
        "destination_config": [where] if any(where.values()) else [],
    }
    return Item("aws_lambda_function_event_invoke_config", f"{arn}/event-invoke-config", values)


def _mapping(reader: Reader, mapping: dict[str, Any]) -> Item:
    """A source of events, and where those go that a function could not deal with."""
    uuid = mapping["UUID"]
    arn = mapping.get("EventSourceMappingArn") or reader.arn("lambda", f"event-source-mapping:{uuid}")
    failed = ((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
    values = {
        "arn": arn,
        "uuid": uuid,
        "function_arn": mapping.get("FunctionArn"),
        "event_source_arn": mapping.get("EventSourceArn"),
        "enabled": mapping.get("State") not in _SWITCHED_OFF,
        "self_managed_event_source": _own_cluster(mapping.get("SelfManagedEventSource")),
        "destination_config": [{"on_failure": [{"destination_arn": failed}]}] if failed else [],
    }
    return Item("aws_lambda_event_source_mapping", arn, values)
