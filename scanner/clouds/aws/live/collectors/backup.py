"""AWS Backup: vaults, and plans with what they take and where they copy it.

What cannot be read of a plan may be of any resource of the region: then plans, or selections, may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "backup"
everywhere = True
types = (
    "aws_backup_vault",
    "aws_backup_logically_air_gapped_vault",
    "aws_backup_plan",
    "aws_backup_selection",
)
_VAULT, _AIR_GAPPED, _PLAN, _SELECTION = types

LIST_VAULTS = call("backup", "ListBackupVaults", items="BackupVaultList")
LIST_PLANS = call("backup", "ListBackupPlans", items="BackupPlansList")
GET_PLAN = call("backup", "GetBackupPlan", absent=("ResourceNotFoundException",))
LIST_SELECTIONS = call(
    "backup", "ListBackupSelections", items="BackupSelectionsList", absent=("ResourceNotFoundException",)
)
GET_SELECTION = call("backup", "GetBackupSelection", absent=("ResourceNotFoundException",))


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every vault, plan and selection."""
    vaults = reader.every(LIST_VAULTS)
    yield from vaults.unread((_VAULT, _AIR_GAPPED))
    yield from map(_vault, vaults.items)
    plans = reader.every(LIST_PLANS)
    yield from plans.unread((_PLAN, _SELECTION))
    yield from reader.each(plans.items, lambda plan: _plan(reader, plan))
    ids = [plan["BackupPlanId"] for plan in plans.items]
    chosen: list[dict[str, Any]] = []
    for listed in reader.each(ids, lambda plan: reader.every(LIST_SELECTIONS, BackupPlanId=plan)):
        yield from listed.unread((_SELECTION,))
        chosen += listed.items
    for item in reader.each(chosen, lambda selection: _selection(reader, selection)):
        if item is not None:
            yield item


def _vault(vault: dict[str, Any]) -> Item:
    gapped = vault.get("VaultType") == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
    arn, called = vault["BackupVaultArn"], vault["BackupVaultName"]
    values = {"arn": arn, "id": called, "name": called}
    key = {"encryption_key_arn" if gapped else "kms_key_arn": vault.get("EncryptionKeyArn")}
    return Item(_AIR_GAPPED if gapped else _VAULT, arn, values | key)


def _plan(reader: Reader, plan: dict[str, Any]) -> Item | Unread:
    answer = reader.ask(GET_PLAN, BackupPlanId=plan["BackupPlanId"])
    if isinstance(answer, Unknown):
        return Unread((_PLAN,), answer, GET_PLAN.action)
    given = (answer or {}).get("BackupPlan") or {}
    values = {"arn": plan["BackupPlanArn"], "id": plan["BackupPlanId"], "name": plan.get("BackupPlanName")}
    return Item(_PLAN, plan["BackupPlanArn"], {**values, "rule": [_rule(rule) for rule in given.get("Rules") or ()]})


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    copies = [
        {"destination_vault_arn": copy.get("DestinationBackupVaultArn"), "lifecycle": _lifecycle(copy)}
        for copy in rule.get("CopyActions") or ()
    ]
    return {
        "rule_name": rule.get("RuleName"),
        "target_vault_name": rule.get("TargetBackupVaultName"),
        "lifecycle": _lifecycle(rule),
        "copy_action": copies,
    }


def _lifecycle(of: dict[str, Any]) -> list[dict[str, Any]]:
    given = of.get("Lifecycle") or {}
    days = {"cold_storage_after": given.get("MoveToColdStorageAfterDays"), "delete_after": given.get("DeleteAfterDays")}
    return [days] if given else []


def _selection(reader: Reader, selection: dict[str, Any]) -> Item | Unread | None:
    plan, id_ = selection["BackupPlanId"], selection["SelectionId"]
    answer = reader.ask(GET_SELECTION, BackupPlanId=plan, SelectionId=id_)
    if isinstance(answer, Unknown):
        return Unread((_SELECTION,), answer, GET_SELECTION.action)
    given = (answer or {}).get("BackupSelection")
    if not given:
        return None
    tags = [
        {"type": one.get("ConditionType"), "key": one.get("ConditionKey"), "value": one.get("ConditionValue")}
        for one in given.get("ListOfTags") or ()
    ]
    values = {
        "id": id_,
        "plan_id": plan,
        "name": given.get("SelectionName"),
        "iam_role_arn": given.get("IamRoleArn"),
        "resources": given.get("Resources") or [],
        "not_resources": given.get("NotResources") or [],
        "selection_tag": tags,
        "condition": _conditions(given.get("Conditions") or {}),
    }
    return Item(_SELECTION, reader.arn("backup", f"backup-plan:{plan}:selection:{id_}"), values)


_CONDITIONS = {
    "StringEquals": "string_equals",
    "StringNotEquals": "string_not_equals",
    "StringLike": "string_like",
    "StringNotLike": "string_not_like",
}


def _conditions(given: dict[str, Any]) -> list[dict[str, Any]]:
    found = {
        ours: [{"key": one.get("ConditionKey"), "value": one.get("ConditionValue")} for one in given[theirs]]
        for theirs, ours in _CONDITIONS.items()
        if given.get(theirs)
    }
    return [found] if found else []
