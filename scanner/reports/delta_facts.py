"""The parts of a delta that say where data goes, what comes and goes, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.delta.flow import ABOUT, FlowChange, data_of, exposures
from scanner.delta.made import Delta, Open
from scanner.diff import FactChange
from scanner.evidence.record import Thing
from scanner.reports import text
from scanner.reports.comment import Comment, code, folded, prose, short

_SHOWN = 60
_ITEMS = 8
_ORDER = ("deleted", "replaced", "forgotten", "created")
_STANDS_OPEN = {"public": "public", "open": "open", "authenticated": "asks nobody who they are"}


def flow(comment: Comment, delta: Delta) -> None:
    """Write the stations and facts of the data flow that differ."""
    if not delta.flow:
        return
    comment.put(f"\n### Data flow ({text.plural(len(delta.flow), 'change')})\n")
    for about in ABOUT:
        lines = [_flow(change, delta) for change in delta.flow if change.about == about]
        comment.most(f"\n**{about.capitalize()}**\n\n", lines, "", "change", _SHOWN)


def openings(comment: Comment, delta: Delta) -> None:
    """Write, where all is new, what anybody reaches."""
    opened = [change for change in delta.flow if change.opens]
    comment.most("\n### Open to anybody\n\n", [_flow(change, delta) for change in opened], "", "resource", _SHOWN)


def facts(comment: Comment, delta: Delta) -> None:
    """Write what comes, goes and moves, what else differs, and what cannot be compared."""
    acted = [line for deed in _ORDER for line in _deeds(deed, delta)]
    if acted or delta.moved or delta.facts:
        comment.put("\n### Facts\n")
    comment.most("\n", [*acted, *_moves(delta)], "", "resource", _SHOWN)
    entries = _by_resource(delta.facts, delta)
    comment.most("\n**Changed**\n\n", entries, "", "resource", _SHOWN)
    silent = [id_ for id_, deed in delta.deeds.items() if deed == "changed" and not _told(id_, delta)]
    parts = [id_ for id_, deed in delta.deeds.items() if deed != "changed" and id_ not in delta.things]
    parts = [id_ for id_ in parts if not any(change.policy == id_ for change in delta.grants)]
    listed = [f"- {code(id_)} {delta.deeds[id_]}\n" for id_ in (*silent, *parts)]
    comment.most(
        folded(f"Also changed: no fact is read of these alone ({len(listed):,})"),
        listed,
        "\n</details>",
        "resource",
        _SHOWN,
    )
    comment.most(
        folded(f"Could not be compared ({text.plural(len(delta.open), 'fact')})"),
        _opens(delta.open),
        "\n</details>",
        "reason",
        _SHOWN,
    )


def plain(comment: Comment, delta: Delta) -> None:
    """Write what moves."""
    comment.most("\n", list(_moves(delta)), "", "resource", _SHOWN)


def _told(id_: str, delta: Delta) -> bool:
    """Whether anything above is said of a resource."""
    subjects = {change.resource for change in delta.facts} | {change.policy for change in delta.grants}
    return id_ in subjects | {change.thing.id for change in delta.flow} | {one.thing.id for one in delta.open}


def _flow(change: FlowChange, delta: Delta) -> str:
    name = _named(change.thing, delta)
    if change.how != "changed":
        ways = [_STANDS_OPEN[fact] for fact in exposures(change.thing)]
        stands = f": **{' and '.join(ways)}**" if ways and change.how == "new" else ""
        left = delta.deeds.get(change.thing.id) == "forgotten"
        return f"- {'not seen any more' if left else change.how}: {name}{stands}\n"
    mark = "**" if change.opens else ""
    return f"- {name}: {mark}{_change(change.fact, change.before, change.after)}{mark}\n"


def _named(thing: Thing, delta: Delta) -> str:
    """A resource with what it is, where it is and what it holds."""
    about = [thing.type or thing.kind]
    environment = thing.facts.get("environment")
    about += [environment] if isinstance(environment, str) and environment else []
    classes = data_of(thing)
    place = delta.places.get(thing.id, "")
    holds = f"; holds {', '.join(map(code, classes))}" if classes else ""
    return f"{code(thing.id)} ({', '.join(map(prose, about))}{holds}{f'; {code(place)}' if place else ''})"


def _deeds(deed: str, delta: Delta) -> Iterator[str]:
    for id_ in sorted(id_ for id_, done in delta.deeds.items() if done == deed):
        things = delta.things.get(id_, ())
        if things:
            stays = ": it stays, out of Terraform's care" if deed == "forgotten" else ""
            yield f"- **{deed}** {_named(things[0], delta)}{stays}\n"


def _moves(delta: Delta) -> Iterator[str]:
    for now, before in sorted(delta.moved.items()):
        yield f"- **moved** {code(before)} to {code(now)}\n"


def _by_resource(changes: Iterable[FactChange], delta: Delta) -> list[str]:
    groups: dict[tuple[str, str], list[FactChange]] = {}
    for change in changes:
        groups.setdefault((change.resource, change.kind), []).append(change)
    return [
        f"- {code(id_)} ({kind}{f'; {code(place)}' if (place := delta.places.get(id_, '')) else ''}): "
        f"{'; '.join(_change(change.fact, change.before, change.after) for change in group)}\n"
        for (id_, kind), group in groups.items()
    ]


def _change(fact: str, before: Any, after: Any) -> str:
    if isinstance(before, list) and isinstance(after, list):
        old, new = list(map(str, before)), list(map(str, after))
        sides = (("+", [one for one in new if one not in old]), ("-", [one for one in old if one not in new]))
        return f"{code(fact)} {', '.join(f'{sign} {_listed(items)}' for sign, items in sides if items)}"
    return f"{code(fact)} {_value(before)} → {_value(after)}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return _listed(map(str, value)) or "none"
    return (
        {True: "true", False: "false"}[value]
        if isinstance(value, bool)
        else code(str(value))
        if value != ""
        else "none"
    )


def _listed(items: Iterable[str]) -> str:
    names, left = text.few(list(items), _ITEMS)
    return ", ".join(map(code, names)) + (f" and {left:,} more" if left else "")


def _opens(found: Iterable[Open]) -> list[str]:
    groups: dict[tuple[str, str], list[Open]] = {}
    for one in found:
        groups.setdefault((one.side, one.reason), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] != "after", -len(item[1])))
    return [
        f"- not known {side}: {prose(short(reason))}\n"
        f"  ({len(group):,}) {_listed(f'{one.thing.id} {one.fact}' for one in group)}\n"
        for (side, reason), group in ordered
    ]
