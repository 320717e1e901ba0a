"""How long vaults keep backups, and replicas what their table holds: as the rules and the table say."""

from __future__ import annotations

from typing import Any

import pytest

from flows import fixture, reason, world_of
from scanner.kinds import Store
from scanner.model import World
from worlds import change

NIGHTLY = "arn:aws:backup:eu-west-1:111122223333:backup-vault:"


def store(world: World, id_: str) -> Store:
    found = next(one for one in world.resources if one.id == id_)
    assert isinstance(found, Store)
    return found


@pytest.mark.parametrize(
    ("vault", "days"), [("near", None), ("far", None), ("short", 35), ("archive", 35), ("longer", 90)]
)
def test_vaults_of_a_real_plan(vault: str, days: int | None) -> None:
    """A copy without a time of its own is kept as long as what it is a copy of."""
    found = store(fixture("copies"), f'aws_backup_vault.this["{vault}"]')
    assert found.expires is (days is not None)
    if days is None:
        assert found.because["expires"] == "aws_backup_plan.daily keeps backups there for ever"
    else:
        assert (found.shortest_days, found.longest_days) == (days, days)


def kept(*plans: dict[str, Any]) -> Store:
    """The vault of a world, into which a selection of a table and other plans put backups."""
    parts = [
        change("aws_backup_vault.v", {"name": "v", "arn": f"{NIGHTLY}v"}),
        change("aws_backup_vault.other", {"name": "other", "arn": f"{NIGHTLY}other"}),
        change("aws_backup_plan.first", {"id": "first", "rule": [rule("v", 30, copied("other"))]}),
    ]
    return store(world_of(*parts, *plans), "aws_backup_vault.v")


def plan(name: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return change(f"aws_backup_plan.{name}", {"id": name, "rule": list(rules)}, **more)


def rule(into: str, days: int | None = None, *copies: dict[str, Any]) -> dict[str, Any]:
    return {"rule_name": into, "target_vault_name": into, "lifecycle": lifecycle(days), "copy_action": list(copies)}


def copied(into: str, days: int | None = None) -> dict[str, Any]:
    return {"destination_vault_arn": f"{NIGHTLY}{into}", "lifecycle": lifecycle(days)}


def lifecycle(days: int | None) -> list[dict[str, Any]]:
    return [] if days is None else [{"delete_after": days, "cold_storage_after": None}]


def test_one_rule_that_says_for_how_long() -> None:
    found = kept()
    assert (found.expires, found.longest_days) == (True, 30)
    assert "after 30 days at the latest" in found.because["expires"]


def test_what_one_of_several_rules_keeps_for_ever_stays() -> None:
    found = kept(plan("second", rule("v", -1)))
    assert found.expires is False
    assert found.because["expires"] == "aws_backup_plan.second keeps backups there for ever"


def test_the_longest_of_several_rules_counts_and_copies_that_come_there() -> None:
    found = kept(plan("second", rule("other", 10, copied("v", 365))))
    assert (found.expires, found.shortest_days, found.longest_days) == (True, 30, 365)


def test_a_copy_that_never_ends_ends_with_its_source() -> None:
    found = kept(plan("second", rule("other", 10, copied("v", -1))))
    assert (found.expires, found.shortest_days, found.longest_days) == (True, 10, 30)


@pytest.mark.parametrize(
    ("unknown", "why"),
    [
        ({"rule": True}, "the rules of aws_backup_plan.second are not known"),
        ({"rule": [{"lifecycle": [{"delete_after": True}]}]}, "known only after apply"),
        ({"rule": [{"target_vault_name": True}]}, "into which vaults aws_backup_plan.second puts backups"),
    ],
)
def test_what_is_known_only_after_apply_leaves_it_open(unknown: dict[str, Any], why: str) -> None:
    given = rule("v", 20)
    hidden = unknown["rule"]
    if isinstance(hidden, list):
        given = {name: value for name, value in given.items() if name not in hidden[0] or name == "lifecycle"}
        if "lifecycle" in hidden[0]:
            given["lifecycle"] = [{}]
    rules = [given] if isinstance(hidden, list) else None
    found = kept(change("aws_backup_plan.second", {"id": "second", "rule": rules}, unknown=unknown))
    assert why in reason(found.expires)


@pytest.mark.parametrize("expires", [True, False])
def test_a_replica_expires_and_is_encrypted_as_its_table(expires: bool) -> None:  # noqa: FBT001 - a verdict
    ttl = [{"attribute_name": "until", "enabled": expires}]
    table = {"name": "chats", "ttl": ttl, "replica": [{"region_name": "eu-west-1"}]}
    found = store(world_of(change("aws_dynamodb_table.chats", table)), "aws_dynamodb_table.chats@eu-west-1")
    assert (found.expires, found.encrypted) == (expires, True)


def test_a_replica_of_a_table_whose_time_to_live_is_not_known() -> None:
    table = {"name": "chats", "replica": [{"region_name": "eu-west-1"}]}
    made = change("aws_dynamodb_table.chats", table, unknown={"ttl": [{"enabled": True}]})
    made["change"]["after"]["ttl"] = [{"attribute_name": "until"}]
    found = store(world_of(made), "aws_dynamodb_table.chats@eu-west-1")
    assert "known only after apply" in reason(found.expires)
