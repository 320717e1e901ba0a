"""Copies: replicas of buckets, tables and databases, and backups with the vaults that these are copied to.

Sources: Amazon S3 User Guide, "Replicating objects within and across Regions"; Amazon DynamoDB Developer Guide, "Global
tables"; Amazon RDS User Guide, "Working with DB instance read replicas" and "Replicating automated backups to another
AWS Region"; AWS Backup Developer Guide, "Assign resources to a backup plan" (all conditions must hold, of tags one is
enough) and "Creating backup copies across AWS accounts".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from scanner.clouds.aws.access.vocabulary import VOCABULARY
from scanner.clouds.aws.links.ends import BUCKET, End, end_of, ends, gap, hidden, link
from scanner.clouds.aws.links.kept_backups import Days, Kept, days_of
from scanner.clouds.aws.links.logs import within
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.kinds import UNREAD, Flow, Store
from scanner.model import Noted, Resource, Unknown, with_facts
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_TABLE = ("aws_dynamodb_table",)
_INSTANCE, _CLUSTER = ("aws_db_instance",), ("aws_rds_cluster",)
_VAULT = ("aws_backup_vault", "aws_backup_logically_air_gapped_vault")
_PLAN, _SELECTION = "aws_backup_plan", "aws_backup_selection"
BACKED_UP = frozenset(
    {
        "aws_db_instance", "aws_docdb_cluster", "aws_dynamodb_table", "aws_ebs_volume", "aws_efs_file_system",
        "aws_fsx_lustre_file_system", "aws_neptune_cluster", "aws_rds_cluster", "aws_redshift_cluster",
        "aws_s3_bucket",
    }
)  # fmt: skip
"""Types that AWS Backup keeps and that hold data."""

_REPLICAS = (
    ("aws_db_instance", "replicate_source_db", (*_INSTANCE, *_CLUSTER), "it is a replica of it"),
    ("aws_rds_cluster", "replication_source_identifier", (*_CLUSTER, *_INSTANCE), "it is a replica of it"),
)


def flows(seen: Seen) -> Iterator[Linked]:
    """Every copy that a setting makes."""
    for rules in seen.planned.of("aws_s3_bucket_replication_configuration"):
        yield from _buckets(seen, rules)
    for table in seen.planned.of("aws_dynamodb_table"):
        yield from _tables(seen, table)
    for replica in seen.planned.of("aws_dynamodb_table_replica"):
        for source in ends(seen, replica, "global_table_arn", _TABLE):
            said = "it is a replica of it"
            yield from _copied(seen, source, end_of(seen, replica), replica, "global_table_arn", said)
    for type_, attribute, types, said in _REPLICAS:
        for replica in seen.planned.of(type_):
            for source in ends(seen, replica, attribute, types):
                yield from _copied(seen, source, end_of(seen, replica), replica, attribute, said)
            yield from hidden(seen, replica, attribute, types, replica.id)
    for copies in seen.planned.of("aws_db_instance_automated_backups_replication"):
        for source in ends(seen, copies, "source_db_instance_arn", _INSTANCE):
            target = End(copies.id, _store(seen, copies, "backup"))
            said = "its backups are copied to another region"
            yield from _copied(seen, source, target, copies, "source_db_instance_arn", said, how="backs_up_to")
    yield from _backups(seen)


def _copied(  # noqa: PLR0913, PLR0917 - what a setting says
    seen: Seen,
    source: End,
    target: End,
    owner: PlannedResource,
    attribute: str,
    reason: str,
    how: str = "replicates_to",
) -> Iterator[Linked]:
    rule = "aws-backup" if how == "backs_up_to" else "aws-replication"
    yield from link(
        seen, how, source, target, owner=owner, rule=rule, attribute=attribute, reason=reason, encrypted=True
    )


def _store(seen: Seen, owner: PlannedResource, type_: str) -> Store:
    labels = seen.planned.labels(owner)
    data = labels["data"]
    return Store.of(**{**labels, "data": () if isinstance(data, Unknown) else data}, type=type_)


def _buckets(seen: Seen, rules: PlannedResource) -> Iterator[Linked]:
    for source in ends(seen, rules, "bucket", BUCKET):
        told = rules.blocks("rule")
        if isinstance(told, Unknown):
            yield gap(source.id, f"where its objects are copied to is not known: {told.reason}")
        for rule, destination in within(rules, ("rule", "destination")):
            if rule.text("status") == "Disabled":
                continue
            for target in ends(seen, rules, "bucket", BUCKET, destination):
                said = "its objects are copied there"
                yield from _copied(seen, source, target, rules, "rule.destination.bucket", said)
            yield from hidden(seen, rules, "bucket", BUCKET, source.id, destination)


def _tables(seen: Seen, table: PlannedResource) -> Iterator[Linked]:
    for (block,) in within(table, ("replica",)):
        region = block.get("region_name")
        if isinstance(region, str) and region:
            target = _replica(seen, table, region, block)
            said = f"it has a replica in {region}"
            yield from _copied(seen, end_of(seen, table), target, table, "replica.region_name", said)


def _replica(seen: Seen, table: PlannedResource, region: str, block: Block) -> End:
    """The same table in another region: itself a resource where that region was read."""
    arn = block.get("arn")
    known = seen.resources.get(arn) if isinstance(arn, str) else None
    if known is None and table.plan.is_live:
        parts = table.id.split(":")
        known = seen.resources.get(":".join([*parts[:3], region, *parts[4:]])) if len(parts) > 4 else None
    if known is not None:
        return End(known.id)
    node = replace(_store(seen, table, "table"), id=f"{table.id}@{region}", region=region)
    return End(node.id, with_facts(node, _as_its_table(seen.resources.get(table.id))))


def _as_its_table(table: Resource | None) -> dict[str, Any]:
    """What a replica has from its table.

    Source: Amazon DynamoDB Developer Guide, "Global tables": time to live is kept the same in all replicas; "DynamoDB
    encryption at rest": all tables are encrypted.
    """
    if not isinstance(table, Store):
        return {}
    names = [name for name in ("encrypted", "expires") if getattr(table, name) != UNREAD]
    return {name: _with_note(table, name) for name in names}


def _with_note(table: Store, name: str) -> object:
    value = getattr(table, name)
    return value if isinstance(value, Unknown) else Noted(value, table.because.get(name, f"as {table.id}"))


def _backups(seen: Seen) -> Iterator[Linked]:
    vaults: dict[PlannedResource, list[End]] = {}
    kept = _kept(seen)
    for plan in seen.planned.of(_PLAN):
        vaults[plan] = []
        for (rule,) in within(plan, ("rule",)):
            found = [kept.told(one) for one in ends(seen, plan, "target_vault_name", _VAULT, rule)]
            vaults[plan] += found
            for _, action in within(plan, ("copy_action",), (rule,)):
                for target in ends(seen, plan, "destination_vault_arn", _VAULT, action):
                    for source in found:
                        said = "backups are copied there"
                        where = "rule.copy_action.destination_vault_arn"
                        yield from _copied(seen, source, kept.told(target), plan, where, said, how="backs_up_to")
                yield from hidden(seen, plan, "destination_vault_arn", _VAULT, plan.id, action)
    for selection in seen.planned.of(_SELECTION):
        named = seen.planned.target(selection, "plan_id", (_PLAN,))
        for vault in vaults.get(named, ()) if isinstance(named, PlannedResource) else ():
            for source, tier, said, attribute in _selected(seen, selection):
                for one in _copied(seen, source, vault, selection, attribute, said, how="backs_up_to"):
                    yield replace(one, tier=tier) if isinstance(one, Flow) and one.tier == "declared" else one


def _kept(seen: Seen) -> Kept:
    """How long each vault keeps what the rules of all plans put there."""
    kept = Kept()
    for plan in seen.planned.of(_PLAN):
        rules = plan.blocks("rule")
        if isinstance(rules, Unknown):
            kept.leave_open(Unknown(f"the rules of {plan.id} are not known: {rules.reason}"))
        for (rule,) in within(plan, ("rule",)):
            days = days_of(rule)
            _put(seen, kept, plan, "target_vault_name", rule, days)
            for _, action in within(plan, ("copy_action",), (rule,)):
                _put(seen, kept, plan, "destination_vault_arn", action, days_of(action, days))
    return kept


def _put(seen: Seen, kept: Kept, plan: PlannedResource, attribute: str, block: Block, days: Days) -> None:
    found = list(ends(seen, plan, attribute, _VAULT, block))
    for vault in found:
        kept.put(vault, plan, days)
    if not found:
        kept.leave_open(Unknown(f"into which vaults {plan.id} puts backups is not all known"))


def _selected(seen: Seen, selection: PlannedResource) -> Iterator[tuple[End, str, str, str]]:
    """What a selection takes: what it names, what patterns fit, and what has its tags."""
    named = {one.id: one for one in _listed(seen, selection)}
    listed = selection.values.get("resources")
    written = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    patterns = [one for one in written if set("*?") & set(one)]
    left_out = selection.values.get("not_resources")
    refused = [one for one in left_out if isinstance(one, str)] if isinstance(left_out, list) else []
    tags = [blocks[0] for blocks in within(selection, ("selection_tag",))]
    conditioned = bool(list(within(selection, ("condition",))))
    yield from ((one, "declared", "a backup plan names it", "resources") for one in named.values())
    for planned in seen.planned.of(*sorted(BACKED_UP)) if patterns or tags else ():
        found = end_of(seen, planned)
        one = found.node or seen.resources[found.id]
        if one.id in named or _fits(one, refused):
            continue
        if patterns and _fits(one, patterns) and _same_place(seen, selection, one):
            tier = "possible" if conditioned else "likely"
            yield found, tier, "a backup plan takes all that fit a pattern", "resources"
        elif tags and _tagged(planned, tags):
            yield found, "likely", "a backup plan takes what has its tag", "selection_tag"


def _listed(seen: Seen, selection: PlannedResource) -> Iterator[End]:
    """What a selection names: of a list that is not known yet, everything that it is made from."""
    found = seen.planned.targets(selection, "resources", tuple(BACKED_UP))
    if isinstance(found, Unknown):
        yield from ends(seen, selection, "resources", tuple(BACKED_UP))
    else:
        yield from (end_of(seen, one) for one in found if isinstance(one, PlannedResource) and one.mode == "managed")


def _fits(resource: Resource, patterns: list[str]) -> bool:
    """Whether one of the full names of a resource fits a pattern, as far as these are known."""
    spelled = [name for name in VOCABULARY.names(resource) if name.startswith("arn:")]
    return any(fnmatchcase(name, pattern) for name in spelled for pattern in patterns)


def _same_place(seen: Seen, selection: PlannedResource, one: Resource) -> bool:
    account, region = seen.places.of(selection)
    here = one.account == account or not one.account or not account
    return here and (one.region == region or not one.region or not region)


def _tagged(planned: PlannedResource, tags: list[Block]) -> bool:
    held = planned.tags()
    return any(held.get(str(tag.values.get("key"))) == tag.values.get("value") for tag in tags)
