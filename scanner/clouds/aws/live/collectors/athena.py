"""Athena: workgroups with where results of their queries are put."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "athena"
everywhere = True
types = ("aws_athena_workgroup",)


def _only_results(page: Page) -> Page:
    """What is kept of a workgroup: the rest is about its engine and what it costs."""
    group = page.get("WorkGroup") or {}
    given = group.get("Configuration") or {}
    kept = {key: given[key] for key in ("ResultConfiguration", "EnforceWorkGroupConfiguration") if key in given}
    return {"WorkGroup": {"State": group.get("State"), "Configuration": kept}}


LIST_GROUPS = call("athena", "ListWorkGroups", items="WorkGroups")
GET_GROUP = call("athena", "GetWorkGroup", mask=_only_results)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every workgroup."""
    listed = reader.every(LIST_GROUPS)
    yield from listed.unread(types)
    yield from reader.each([one["Name"] for one in listed.items], lambda group: _group(reader, group))


def _group(reader: Reader, group: str) -> Item:
    answer = reader.ask(GET_GROUP, WorkGroup=group)
    arn = reader.arn("athena", f"workgroup/{group}")
    values: dict[str, Any] = {"arn": arn, "id": group, "name": group}
    if isinstance(answer, Unknown):
        return Item(types[0], arn, values | dict.fromkeys(("state", "configuration"), answer))
    told = (answer or {}).get("WorkGroup") or {}
    return Item(types[0], arn, values | {"state": told.get("State"), "configuration": [_settings(told)]})


def _settings(told: dict[str, Any]) -> dict[str, Any]:
    given = told.get("Configuration") or {}
    results = given.get("ResultConfiguration") or {}
    encrypted = results.get("EncryptionConfiguration") or {}
    block = {
        "output_location": results.get("OutputLocation"),
        "encryption_configuration": [
            {"encryption_option": encrypted.get("EncryptionOption"), "kms_key_arn": encrypted.get("KmsKey")}
        ]
        if encrypted
        else [],
    }
    return {
        "enforce_workgroup_configuration": given.get("EnforceWorkGroupConfiguration"),
        "result_configuration": [block] if results else [],
    }
