"""What was read of accounts, as the parts of a world that inspectors judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner.collect.items import Item
from scanner.collect.reader import Refusal
from scanner.collect.shards import GLOBAL, Collected, ShardResult
from scanner.model import Gap, Unknown
from scanner.terraform.instances import Plan, PlannedResource

_DATA = "data."


class LiveResource(PlannedResource):
    """One resource as its account shows it: nothing is left to be computed, what is unknown could not be read."""

    __slots__ = ()

    def __init__(self, plan: Plan, item: Item) -> None:
        """Take what a collector read."""
        values, unknown = _parted(item.values)
        mode = "data" if item.type.startswith(_DATA) else "managed"
        super().__init__(
            plan=plan,
            address=item.id,
            mode=mode,
            type_=item.type.removeprefix(_DATA),
            name="",
            module=(),
            key=None,
            actions=("read",),
            values=values,
            unknown=unknown,
        )
        self.region = item.region
        self.settled = True

    def configured(self, name: str) -> bool:  # noqa: ARG002 - the same for every attribute
        """Every attribute is as somebody or something set it; none is computed later."""
        return True


def parts(collected: Iterable[Collected]) -> Iterator[Plan]:
    """Every region of every account read, and what each account has once, as a part of the world."""
    for one in collected:
        account = one.target.account
        unseen = next((gap.reason for gap in one.target.gaps if gap.kinds or gap.hides), "")
        parted = _Parts(account, unseen)
        for result in one.results:
            parted.add(result)
        yield from parted.by_region.values()


class _Parts:
    """The parts of one account."""

    def __init__(self, account: str, unseen: str) -> None:
        self.by_region: dict[str, Plan] = {}
        self._account = account
        self._unseen = unseen
        self._once: set[tuple[str, str]] = set()

    def add(self, result: ShardResult) -> None:
        region = result.shard.region
        here = self._of(region)
        for item in result.items:
            if item.once:
                if (item.type, item.id) in self._once:
                    continue
                self._once.add((item.type, item.id))
            part = self._of(GLOBAL) if item.once else here
            (part.data if item.type.startswith(_DATA) else part.resources).append(LiveResource(part, item))
        for unread in result.unread:
            for type_ in unread.types:
                here.unread.setdefault(type_, unread.why)

    def _of(self, region: str) -> Plan:
        if region not in self.by_region:
            name = f"{self._account} {region}" if region != GLOBAL else self._account
            self.by_region[region] = Plan(
                name=name, has_configuration=False, account=self._account, region=region, unseen=self._unseen
            )
        return self.by_region[region]


def gaps(collected: Iterable[Collected], kinds: Mapping[str, frozenset[str]]) -> Iterator[Gap]:
    """What was not read: of the targets, of whole lists, and single answers, told once an operation and place.

    `kinds` are those that are read from a type.
    """
    for one in collected:
        yield from one.target.gaps
        account = one.target.account
        for result in one.results:
            scope = place(one.target.partition, account, result.shard.region)
            told = _by_reason(result.refusals)
            for unread in result.unread:
                hidden = sorted({kind for type_ in unread.types for kind in kinds.get(type_, ())})
                refused = told.pop(unread.why.reason, None)
                yield Gap(
                    scope=scope,
                    kinds=() if unread.expected else tuple(hidden),
                    hides=tuple(hidden) if unread.expected else (),
                    reason=_often(refused) if refused else unread.why.reason,
                    call=unread.call,
                    account=account,
                    region=result.shard.region,
                )
            for refusals in told.values():
                refusal = refusals[0]
                yield Gap(
                    scope=scope,
                    kinds=(),
                    reason=_often(refusals),
                    call=refusal.call.action,
                    account=account,
                    region=result.shard.region,
                )


def _by_reason(refusals: Iterable[Refusal]) -> dict[str, list[Refusal]]:
    found: dict[str, list[Refusal]] = {}
    for refusal in refusals:
        found.setdefault(refusal.brief, []).append(refusal)
    return found


def _often(refusals: list[Refusal]) -> str:
    """Why several requests were refused, and how many, without their number where it is one."""
    return refusals[0].reason + (f" ({len(refusals)} times)" if len(refusals) > 1 else "")


def place(partition: str, account: str, region: str) -> str:
    """What an account, or a region of it, is called in findings."""
    cloud = "aws" if partition.startswith("aws") else partition
    return f"{cloud}:{account}:{region}" if region else f"{cloud}:{account}"


def _parted(value: Any) -> tuple[Any, Any]:
    """Values and marks apart: what could not be read is null in the one, and an `Unknown` in the other."""
    if isinstance(value, Unknown):
        return None, value
    if isinstance(value, dict):
        pairs = {name: _parted(item) for name, item in value.items()}
        marks = {name: mark for name, (_, mark) in pairs.items() if mark}
        return {name: item for name, (item, _) in pairs.items()}, marks
    if isinstance(value, (list, tuple)):
        parted = [_parted(item) for item in value]
        marked = any(mark for _, mark in parted)
        return [item for item, _ in parted], [mark for _, mark in parted] if marked else []
    return value, {}
