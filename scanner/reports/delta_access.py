"""The part of a delta that says who may do what that they could not, or can no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scanner.delta.access import AttachmentChange, GrantChange
from scanner.delta.made import Delta
from scanner.delta.scope import Part, told_condition, unknown
from scanner.evidence.record import Thing
from scanner.reports import text
from scanner.reports.comment import Comment, code, prose, row, short

_SHOWN = 60
_HIDDEN = "~"
"""Stands in an element for text that is known only after apply."""

_ITEMS = 8
_WAYS = {
    "wider": "**wider**",
    "narrower": "narrower",
    "other": "other",
    "open": "cannot be told",
    "same": "as much as before",
}
_NAMES = {
    "not_actions": "actions but for",
    "not_resources": "resources but for",
    "not_principals": "principals but for",
}
_HEAD = "| Access | Policy | Bound to | What changes |\n| --- | --- | --- | --- |\n"


def access(comment: Comment, delta: Delta) -> None:
    """Write every statement and attachment that differs."""
    rows = [_grant(change, delta) for change in delta.grants]
    rows += [_attachment(change, delta) for change in delta.attachments]
    if rows:
        comment.most(
            f"\n### Access ({_counts(delta.grants, delta.attachments)})\n\n{_HEAD}", rows, "", "change", _SHOWN
        )


def wild_access(comment: Comment, delta: Delta) -> None:
    """Write, where all is new, how much is permitted, and what permits everything."""
    if not delta.grants:
        return
    wild = [change for change in delta.grants if change.wild]
    policies = len({change.policy for change in delta.grants})
    said = f"{text.plural(len(delta.grants), 'statement')} in {policies:,} {'policy' if policies == 1 else 'policies'}"
    head = f"\n### Access ({said})\n"
    if not wild:
        comment.put(f"{head}\nNone permits every action, every resource or anybody.\n")
        return
    comment.most(
        f"{head}\nThese permit every action, every resource or anybody:\n\n{_HEAD}",
        [_grant(change, delta) for change in wild],
        "",
        "statement",
        _SHOWN,
    )


def _counts(grants: Sequence[GrantChange], attached: Sequence[AttachmentChange]) -> str:
    ways = [change.way for change in grants]
    told = [f"{ways.count(way):,} {said.strip('*')}" for way, said in _WAYS.items() if way in ways]
    told += [text.plural(len(attached), "attachment")] if attached else []
    return ", ".join(told)


def _grant(change: GrantChange, delta: Delta) -> str:
    return row(
        _WAYS[change.way],
        _policy(change.policy, delta) + f"<br>{_kind(change.statement)}",
        _bound(change.statement),
        "<br>".join(_said(change)),
    )


def _policy(policy: str, delta: Delta) -> str:
    place = delta.places.get(policy, "")
    deed = delta.deeds.get(policy, "")
    return f"{code(policy)}{f' ({deed})' if deed not in {'', 'changed'} else ''}{f'<br>{code(place)}' if place else ''}"


def _kind(statement: Thing) -> str:
    kind = statement.facts.get("policy_kind")
    return f"{kind} policy" if isinstance(kind, str) and kind.isidentifier() else "a policy"


def _bound(statement: Thing) -> str:
    binds = statement.facts.get("binds")
    if reason := unknown(binds):
        return prose(short(reason))
    return _listed(binds) if isinstance(binds, list) else ""


def _listed(items: Iterable[object]) -> str:
    names, left = text.few([str(item).replace(_HIDDEN, "…") for item in items], _ITEMS)
    return ", ".join(map(code, names)) + (f" and {left:,} more" if left else "")


def _said(change: GrantChange) -> Iterator[str]:
    facts = change.statement.facts
    if change.wild:
        wide = [
            said
            for name, said in (
                ("wildcard_action", "every action of a service"),
                ("wildcard_resource", "every resource"),
            )
            if facts.get(name) is True
        ]
        anybody = "anybody who meets the conditions" if facts.get("conditions") else "anybody"
        yield f"**now permits {' on '.join(wide) or anybody}**"
    effect = facts.get("effect")
    effect = effect if isinstance(effect, str) else "statement"
    if change.how == "changes":
        veiled = change.parts[:1] and change.parts[0].name == "statements"
        yield "the policy changes" if veiled else f"{effect} changes"
        yield from (_part(part, ("now", "before") if veiled else ("+", "-")) for part in change.parts)
        return
    yield f"{effect} {change.how}"
    yield from _whole(change.statement)
    if change.reason:
        yield prose(short(change.reason))


def _part(part: Part, signs: tuple[str, str]) -> str:
    name = _NAMES.get(part.name, part.name)
    sides = [f"{sign} {_listed(items)}" for sign, items in zip(signs, (part.new, part.gone), strict=True) if items]
    why = f"{prose(short(part.reason))}" if part.reason else ""
    return f"{name}: {', '.join([*sides, *([why] if why else [])])}"


def _whole(statement: Thing) -> Iterator[str]:
    facts = statement.facts
    for name in ("actions", "not_actions", "resources", "not_resources", "principals", "not_principals"):
        value = facts.get(name)
        if isinstance(value, list) and value:
            yield f"{_NAMES.get(name, name)}: {_listed(value)}"
    conditions = facts.get("conditions")
    if isinstance(conditions, list) and conditions:
        yield "only if: " + _listed(told_condition(*condition) for condition in conditions)


def _attachment(change: AttachmentChange, delta: Delta) -> str:
    said = [f"+ {_listed(change.new)}"] if change.new else []
    said += [f"- {_listed(change.gone)}"] if change.gone else []
    said += [prose(short(change.reason))] if change.reason else []
    way = "cannot be told" if change.reason else "binds others"
    return row(way, _policy(change.policy, delta), ", ".join(said), "its statements bind others than before")
