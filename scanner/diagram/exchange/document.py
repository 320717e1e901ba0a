"""The graph as plain data, by scanner/data/trustscan-graph-1.schema.json; nothing in it holds a secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanner.diagram.build import View, chosen, unread
from scanner.diagram.compared import Change, Compared, shown
from scanner.diagram.stages import environment_of
from scanner.kinds import Flow
from scanner.model import Resource, Unknown, World
from scanner.redact import Redactor

SCHEMA = "trustscan-graph/1"

LISTED = frozenset({"actor", "entrypoint", "compute", "model", "guardrail", "agent", "store", "secret", "vendor"})
"""Kinds that are listed whether a flow leads to them or not."""

_LONGEST = 10_000
"""Characters of one text: no tag or name is worth more."""


def document(world: World, view: View, hide: Redactor, about: dict[str, Any]) -> dict[str, Any]:
    """Resources, flows, and where some may be missing; `about` names program and inputs."""
    flows = chosen(world, view)
    listed = list(_listed(world, view, flows))
    hidden = [gap for gap in world.gaps if gap.hides_any("flow")]
    return {
        "schema": SCHEMA,
        **about,
        "tier": view.tier,
        "resources": [_resource(one, hide) for one in sorted(listed, key=lambda one: one.id)],
        "flows": [_flow(one, hide) for one in flows],
        "unseen": [{"scope": _cut(hide.address(one.scope)), "reason": _cut(hide.text(one.reason))} for one in hidden],
    }


def difference(both: Compared, view: View, hide: Redactor, about: dict[str, Any]) -> dict[str, Any]:
    """The same for two worlds: each resource and flow with what becomes of it, and the changes of facts."""
    view = both.of(view)
    told = document(both.world, view, hide, about)
    for one, resource in zip(told["resources"], sorted(_of(both, view), key=lambda one: one.id), strict=True):
        one["change"] = both.nodes.get(resource.id)
    changes = {change.flow.id: change for change in shown(both, view)}
    for flow, given in zip(told["flows"], chosen(both.world, view), strict=True):
        change = changes.get(given.id)
        flow["change"] = change.how if change else None
        flow["changed"] = list(_facts(change)) if change else []
    return told


def _of(both: Compared, view: View) -> list[Resource]:
    return list(_listed(both.world, view, chosen(both.world, view)))


def _facts(change: Change) -> Iterator[dict[str, Any]]:
    for name, was, is_ in change.facts:
        yield {"fact": name, "before": _plain(was), "after": _plain(is_)}


def _listed(world: World, view: View, flows: Sequence[Flow]) -> Iterable[Resource]:
    """Whatever data may go through or rest in, and every end of a flow."""
    known = {one.id: one for one in world.resources}
    ends = {end for flow in flows for end in (flow.source, flow.target)}
    for one in known.values():
        there = not view.environment or environment_of(one) in {"", view.environment}
        if one.id in ends or (one.kind in LISTED and there and not view.data):
            yield one
    yield from (unread(end) for end in sorted(ends - known.keys()))


def _resource(one: Resource, hide: Redactor) -> dict[str, Any]:
    return {
        "id": _cut(hide.address(one.id)),
        "kind": one.kind,
        "environment": _cut(hide.text(environment_of(one))) or None,
        "data": _list(one.data),
        "type": _cut(hide.text(one.type)),
        "name": _cut(hide.text(one.name)),
        "account": one.account or None,
        "region": one.region or None,
        "unknown": _unknown(one, ("environment", "data"), hide),
    }


def _flow(flow: Flow, hide: Redactor) -> dict[str, Any]:
    return {
        "source": _cut(hide.address(flow.source)),
        "target": _cut(hide.address(flow.target)),
        "kind": flow.how,
        "tier": flow.tier,
        "data": _list(flow.data),
        "rule": flow.rule,
        "reason": _cut(hide.text(flow.reason)),
        "attribute": _cut(hide.address(flow.attribute)) or None,
        "may_carry": _list(flow.may_carry),
        "encrypted": None if isinstance(flow.encrypted, Unknown) else flow.encrypted,
        "guards": None if isinstance(flow.guards, Unknown) else sorted(flow.guards),
        "regions": None if isinstance(flow.regions, Unknown) else sorted(flow.regions),
        "hosts": [_cut(hide.text(host)) for host in flow.hosts],
        "unknown": _unknown(flow, ("data", "may_carry", "encrypted", "guards", "redacts", "regions"), hide),
    }


def _unknown(one: Resource, facts: Sequence[str], hide: Redactor) -> dict[str, str]:
    """Why facts are not known, by fact."""
    values = {name: getattr(one, name) for name in facts}
    return {name: _cut(hide.text(value.reason)) for name, value in values.items() if isinstance(value, Unknown)}


def _list(value: tuple[str, ...] | Unknown) -> list[str]:
    return [] if isinstance(value, Unknown) else list(value)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text) - _LONGEST:,} more characters)"
