"""App Runner: services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.tags import Tags, tags_for, tags_of
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "apprunner"
everywhere = True
types = ("aws_apprunner_service",)

TAGGED = tagging.TAGGED

_GONE = "DELETED"
_COMMANDS = {"BuildCommand": "build_command", "StartCommand": "start_command"}
_VARIABLES = "RuntimeEnvironmentVariables"


def _masked(page: Page) -> Page:
    for holder in _configurations((page.get("Service") or {}).get("SourceConfiguration") or {}):
        if _VARIABLES in holder:
            holder[_VARIABLES] = masking.settings(holder[_VARIABLES])
        for command in _COMMANDS:
            if command in holder:
                holder[command] = masking.script(holder[command])
    return page


def _configurations(source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield (source.get("ImageRepository") or {}).get("ImageConfiguration") or {}
    code = (source.get("CodeRepository") or {}).get("CodeConfiguration") or {}
    yield code.get("CodeConfigurationValues") or {}


LIST_SERVICES = call("apprunner", "ListServices", items="ServiceSummaryList")
DESCRIBE_SERVICE = call("apprunner", "DescribeService", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every service."""
    services = reader.every(LIST_SERVICES)
    yield from services.unread(types)
    tags = tags_of(reader, "apprunner:service") if services.items else {}
    there = [service for service in services.items if service.get("Status") != _GONE]
    yield from reader.each(there, lambda service: _service(reader, service, tags))


def _service(reader: Reader, listed: dict[str, Any], tags: dict[str, Tags] | Unknown) -> Item:
    arn = listed["ServiceArn"]
    values = {"arn": arn, "service_name": listed["ServiceName"], "service_id": listed["ServiceId"]}
    values |= {"service_url": listed.get("ServiceUrl"), "tags": tags_for(tags, arn)}
    answer = reader.ask(DESCRIBE_SERVICE, ServiceArn=arn)
    if not isinstance(answer, dict):
        why = answer or Unknown(f"{arn} is not described")
        unread = ("source_configuration", "instance_configuration", "network_configuration", "encryption_configuration")
        return Item("aws_apprunner_service", arn, {**values, **dict.fromkeys(unread, why)})
    service = answer["Service"]
    role = (service.get("InstanceConfiguration") or {}).get("InstanceRoleArn")
    ingress = (service.get("NetworkConfiguration") or {}).get("IngressConfiguration") or {}
    key = (service.get("EncryptionConfiguration") or {}).get("KmsKey")
    values |= {
        "source_configuration": [_source(service.get("SourceConfiguration") or {})],
        "instance_configuration": [{"instance_role_arn": role}],
        "encryption_configuration": [{"kms_key": key}] if key else [],
        "network_configuration": [
            {"ingress_configuration": [{"is_publicly_accessible": ingress.get("IsPubliclyAccessible")}]}
        ],
    }
    return Item("aws_apprunner_service", arn, values)


def _source(source: dict[str, Any]) -> dict[str, Any]:
    image, code = source.get("ImageRepository"), source.get("CodeRepository")
    found: dict[str, Any] = {}
    if image:
        settings = image.get("ImageConfiguration")
        named = {"image_identifier": image.get("ImageIdentifier")}
        found["image_repository"] = [{**named, "image_configuration": [_settings(settings)] if settings else []}]
    if code:
        configuration = code.get("CodeConfiguration") or {}
        settings = configuration.get("CodeConfigurationValues")
        values = [_settings(settings)] if settings else []
        origin = configuration.get("ConfigurationSource")
        configured = {"configuration_source": origin, "code_configuration_values": values}
        found["code_repository"] = [{"code_configuration": [configured]}]
    return found


def _settings(holder: dict[str, Any]) -> dict[str, Any]:
    commands = {name_: holder[key] for key, name_ in _COMMANDS.items() if key in holder}
    return {"runtime_environment_variables": holder.get(_VARIABLES, {}), **commands}
