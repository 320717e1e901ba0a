"""What a scan may do, read off the calls that it declares: the list of calls, and the least policy that grants them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.entry import BY_THE_CALLER, IN_EACH_ACCOUNT, OF_AGGREGATOR
from scanner.collect.calls import Call, calls_of

LIMIT = 6144
"""Characters of a managed policy, white space not counted (AWS IAM User Guide, "IAM and AWS STS quotas")."""

READS = "TrustscanReads"
"""How the statements of the policy begin that every account grants."""


@dataclass(slots=True)
class Declared:
    """One call, and who makes it to what end."""

    call: Call
    collectors: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    """The provider's types that those collectors read."""


def in_each_account() -> list[Declared]:
    """Calls made in every account that is read, in order of their names."""
    found = [Declared(call, ["(every scan)"]) for call in IN_EACH_ACCOUNT]
    for collector in COLLECTORS:
        found.extend(Declared(call, [collector.name], list(collector.types)) for call in calls_of(collector))
    return _merged(found)


def by_the_caller() -> list[Declared]:
    """Calls made by whoever starts a scan of several accounts, or with an AWS Config aggregator."""
    made = [(call, "(several accounts)") for call in BY_THE_CALLER]
    made += [(call, "(--config-aggregator)") for call in OF_AGGREGATOR]
    return _merged(Declared(call, [end]) for call, end in made)


def policy() -> dict[str, Any]:
    """The policy that every account grants; each of its statements alone fits into a managed policy."""
    return _document(_statements(READS, in_each_account()))


def caller_policy() -> dict[str, Any]:
    """The policy of whoever starts a scan of several accounts."""
    return _document(_statements("TrustscanEnters", by_the_caller()))


def size(document: dict[str, Any]) -> int:
    """Characters of a policy, as AWS counts them."""
    return len(json.dumps(document, separators=(",", ":")))


def _merged(found: Iterable[Declared]) -> list[Declared]:
    by_name: dict[str, Declared] = {}
    for one in found:
        known = by_name.setdefault(f"{one.call.name} {one.call.action}", Declared(one.call))
        known.collectors.extend(name for name in one.collectors if name not in known.collectors)
        known.types.extend(type_ for type_ in one.types if type_ not in known.types)
    return [by_name[name] for name in sorted(by_name)]


def _statements(sid: str, declared: Iterable[Declared]) -> Iterator[dict[str, Any]]:
    """Statements for these calls, one a set of resources, and more where a policy would become too long."""
    resources: dict[str, set[str]] = {}
    for one in declared:
        resources.setdefault(one.call.action, set()).update(one.call.resources)
    groups: dict[tuple[str, ...], list[str]] = {}
    for action in sorted(resources):
        everywhere = "*" in resources[action]
        groups.setdefault(("*",) if everywhere else tuple(sorted(resources[action])), []).append(action)
    number = 0
    for reach, actions in sorted(groups.items()):
        for part in _parts(sid, reach, actions):
            number += 1
            yield _statement(f"{sid}{number}", reach, part)


def _parts(sid: str, reach: tuple[str, ...], actions: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for action in actions:
        if part and size(_document([_statement(f"{sid}00", reach, [*part, action])])) > LIMIT:
            yield part
            part = []
        part.append(action)
    yield part


def _statement(sid: str, reach: tuple[str, ...], actions: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*" if reach == ("*",) else list(reach)}


def _document(statements: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
