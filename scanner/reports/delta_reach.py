"""The part of a delta that says who reaches what they did not, and no more: all policies together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.delta.made import Delta
from scanner.delta.reach import ReachChange, Reached
from scanner.reports import text
from scanner.reports.comment import Comment, code, row

_SHOWN = 60
_NAMED = 5
_SORTS = 6
_HEAD = "| Who | Reaches now | No more | Actions |\n| --- | --- | --- | --- |\n"


def reach(comment: Comment, delta: Delta) -> None:
    """Write what each identity reaches that it did not; in one line where all is new."""
    changes = delta.reach.changes
    if not changes:
        return
    head = f"\n### Reach ({summary(delta)})\n"
    if delta.fresh:
        comment.put(head)
        return
    comment.most(f"{head}\n{_HEAD}", [_row(change, delta) for change in changes], "", "identity", _SHOWN)


def summary(delta: Delta) -> str:
    """What a plan adds and takes away, in one line: `adds read on 2 transcript stores, 183 actions`."""
    told = []
    more, fewer = delta.reach.total(), delta.reach.total(more=False)
    levels = delta.reach.actions
    if more:
        told.append(f"adds {_several(more)}")
    if levels:
        of = ", ".join(f"{count:,} of {level}" for level, count in levels.most_common() if _grave(level))
        told.append(f"{'' if more else 'adds '}{text.plural(levels.total(), 'action')}{f', {of}' if of else ''}")
    if fewer:
        told.append(f"takes away {_several(fewer)}")
    if gone := sum(change.withdrawn for change in delta.reach.changes):
        told.append(f"{'' if fewer else 'takes away '}{text.plural(gone, 'action')}")
    return ", ".join(told) or "perhaps more, as not all is known before apply"


def _grave(level: str) -> bool:
    """Whether a level is told by itself: one that manages permissions."""
    return "permission" in level


def _several(counted: Iterable[tuple[str, str, int]]) -> str:
    listed, left = text.few([f"{level} on {text.plural(count, sort)}" for level, sort, count in counted], _SORTS)
    return ", ".join(listed) + (f" and {left:,} more" if left else "")


def _row(change: ReachChange, delta: Delta) -> str:
    place = delta.places.get(change.identity, "")
    who = f"{code(change.identity)}{f'<br>{code(place)}' if place else ''}"
    return row(who, "<br>".join(map(_told, change.more)), "<br>".join(map(_told, change.fewer)), _actions(change))


def _told(one: Reached) -> str:
    named, left = text.few(list(one.ids), _NAMED)
    more = f" and {left:,} more" if left else ""
    sure = "" if one.certain else "possibly "
    return f"{sure}**{one.level}** on {text.plural(len(one.ids), one.sort)}: {', '.join(map(code, named))}{more}"


def _actions(change: ReachChange) -> str:
    return "<br>".join(_counted(change))


def _counted(change: ReachChange) -> Iterator[str]:
    for level, count in sorted(change.actions.items(), key=lambda one: -one[1]):
        yield f"+ {count:,} {level or 'other'}"
    if change.withdrawn:
        yield f"- {change.withdrawn:,}"
