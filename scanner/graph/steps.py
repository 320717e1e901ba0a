"""A way that data takes, step by step, as findings tell it."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.kinds import Flow


def told_way(flows: Iterable[Flow]) -> tuple[str, ...]:
    """A way as ids, and between them how each leads on, with its evidence."""
    found: list[str] = []
    for one in flows:
        evidence = ", ".join(filter(None, (one.tier, one.rule, _beside(one))))
        found += [*([] if found else [one.source]), f"{one.how} ({evidence})", one.target]
    return tuple(found)


def _beside(flow: Flow) -> str:
    """The setting that shows a flow, without the resource where that is an end of it and so stands beside it."""
    own = (end for end in (flow.source, flow.target) if flow.attribute.startswith(f"{end}."))
    return flow.attribute.removeprefix(f"{next(own, '')}.") if flow.attribute not in {flow.source, flow.target} else ""
