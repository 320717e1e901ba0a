"""What sources say of the attributes that a plan leaves open: values, and marks for what stays open in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from scanner.hcl.scope import Scope
from scanner.hcl.shown import shortened
from scanner.hcl.tree import Attribute, Body
from scanner.hcl.values import (
    Encoded,
    Hidden,
    LeftOut,
    SetList,
    Symbol,
    Template,
    Unfinished,
    certain_ends,
    mentions,
    unknown_in,
    written_as,
)
from scanner.model import Unknown
from scanner.terraform.sources.expand import NOT_SENT, Expanded, expanded, written
from scanner.terraform.values import any_true

_MOST_ORDERS = 6
"""Blocks of one type that are matched in any order: a set's order in a plan is not that of the sources."""


@dataclass(slots=True)
class Filled:
    """What completion did to one instance."""

    lines: dict[str, int] = field(default_factory=dict)
    """Line of each attribute that was completed, by its name with those of its blocks before it."""

    differs: list[str] = field(default_factory=list)
    """Attributes of which plan and sources do not say the same."""


def split(value: Any) -> tuple[Any, Any]:
    """A value as a plan shows it: what is known, and a tree of marks for what is not."""
    if isinstance(value, Unknown):
        return None, value
    if isinstance(value, dict):
        parts = {name: split(item) for name, item in value.items()}
        marks = {name: mark for name, (_, mark) in parts.items() if mark}
        return {name: item for name, (item, _) in parts.items() if item is not None or name not in marks}, marks
    if isinstance(value, list):
        pairs = [split(item) for item in value]
        return [item for item, _ in pairs], [mark or False for _, mark in pairs] if any(m for _, m in pairs) else []
    if value is None or isinstance(value, (str, int, float)):
        return value, False
    return None, Unfinished("it is a resource as a whole")


def fill(
    values: dict[str, Any], marks: Any, body: Body, scope: Scope, filled: Filled, kept: Collection[str] = ()
) -> tuple[dict[str, Any], Any]:
    """Complete one instance: its values and marks with what its source block says, but for what is `kept`, or `all`."""
    if "all" in kept:
        return values, marks
    if not kept or not isinstance(marks, dict):
        return _body(values, marks, body, scope, _Place(filled, ""))
    told = {name: mark for name, mark in marks.items() if name not in kept}
    values, told = _body(values, told, body, scope, _Place(filled, ""))
    return values, marks | told


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an instance something is completed."""

    filled: Filled
    path: str

    def below(self, name: str) -> _Place:
        return _Place(self.filled, f"{self.path}{name}.")


def _body(
    values: dict[str, Any], marks: Any, body: Body, scope: Scope, place: _Place
) -> tuple[dict[str, Any], dict[str, Any]]:
    planned = values
    values, marks = dict(values), dict(marks) if isinstance(marks, dict) else dict.fromkeys(written(body), True)
    for name, mark in list(marks.items()):
        if not any_true(mark) or name in NOT_SENT:
            continue
        attribute = body.attributes.get(name)
        if attribute is not None and _also_dynamic(name, body):
            continue
        if attribute is not None:
            values[name], marks[name] = _attribute(values.get(name), mark, attribute, scope, place)
        else:
            values[name], marks[name] = _blocks(name, values.get(name), mark, (body, scope), place)
        if values[name] is None and name not in planned:
            del values[name]
    return values, marks


def _also_dynamic(name: str, body: Body) -> bool:
    """Whether blocks are written as an argument, as the JSON syntax has them, and made by `dynamic` as well."""
    return any(block.type == "dynamic" and block.labels[:1] == (name,) for block in body.blocks)


def _attribute(before: Any, mark: Any, attribute: Attribute, scope: Scope, place: _Place) -> tuple[Any, Any]:
    name = f"{place.path}{attribute.name}"
    found = attribute.expression.value(scope)
    if found is None:
        return before, LeftOut(f"{name} is null, and left to the provider") if mark is True else mark
    if isinstance(found, Encoded) and mark is True:
        place.filled.lines[name] = attribute.line
        return before, found
    if isinstance(found, Unfinished):
        return before, _told(name, attribute, found) if mark is True else mark
    are_blocks = isinstance(before, list) and any(isinstance(item, dict) for item in before)
    found = [found] if are_blocks and isinstance(found, dict) else found
    known_here = mark is True and not place.path and not unknown_in(found)
    if known_here or (before is not None and not agrees(before, mark, found)):
        place.filled.differs.extend([] if are_blocks else [name])
        return before, mark
    place.filled.lines[name] = attribute.line
    value, open_ = split(named(found, name))
    return _over(before, value), open_


def _over(before: Any, value: Any) -> Any:
    """A completed value over the planned one, which has what the provider adds."""
    if isinstance(before, dict) and isinstance(value, dict):
        return before | {name: _over(before.get(name), item) for name, item in value.items()}
    if isinstance(before, list) and isinstance(value, list) and len(before) == len(value):
        return [
            _over(one, other) if isinstance(other, dict) else other for one, other in zip(before, value, strict=True)
        ]
    return value


def _told(name: str, attribute: Attribute, found: Unfinished) -> Unfinished:
    said = f"{name} is known only after apply: {shortened(attribute.source)}"
    return Unfinished(said + (f" ({found.reason})" if found.reason else ""), found.mentions)


def named(found: Any, name: str) -> Any:
    """A symbol with a reason that says where it stands."""
    if isinstance(found, Symbol):
        return Symbol(f"{name} is known only after apply: it is {written_as(found)}", found.address, found.path)
    return found


def _blocks(name: str, before: Any, mark: Any, source: tuple[Body, Scope], place: _Place) -> tuple[Any, Any]:
    made = expanded(source[0], name, source[1])
    if isinstance(made, Unknown):
        return before, Unfinished(f"{place.path}{name}: {made.reason}", mentions(made)) if mark is True else mark
    inner = place.below(name)
    if made and mark is True:
        pairs = [_body({}, True, one.body, one.scope, inner) for one in made]
        return [value for value, _ in pairs], [open_ for _, open_ in pairs]
    fitting = isinstance(before, list) and len(before) == len(made)
    order = _order(before, mark, made) if made and fitting else None
    if order is None:
        return before, mark
    done = [
        _body(item if isinstance(item, dict) else {}, _at(mark, i), made[order[i]].body, made[order[i]].scope, inner)
        for i, item in enumerate(before)
    ]
    return [value for value, _ in done], [open_ for _, open_ in done]


def _at(mark: Any, index: int) -> Any:
    found = mark[index] if isinstance(mark, list) and index < len(mark) else {}
    return found if found is not False else {}


def _order(before: list[Any], mark: Any, made: Sequence[Expanded]) -> Sequence[int] | None:
    """Which source block each block of the plan is; None where known values do not tell."""
    if len(made) == 1:
        return (0,)
    fits = [[_fits(item, _at(mark, i), one) for one in made] for i, item in enumerate(before)]
    straight = tuple(range(len(made)))
    if all(fits[i][i] for i in straight) and all(sum(row) == 1 for row in fits):
        return straight
    if len(made) > _MOST_ORDERS:
        return _greedy(fits)
    orders = [order for order in permutations(straight) if all(fits[i][j] for i, j in enumerate(order))]
    if not orders:
        return None
    alike = all(_alike(before, mark, order, orders[0]) for order in orders)
    return orders[0] if alike else None


def _greedy(fits: list[list[bool]]) -> Sequence[int] | None:
    """An order where each block fits one source block only."""
    order = [row.index(True) for row in fits if sum(row) == 1]
    return order if len(order) == len(set(order)) == len(fits) else None


def _alike(before: list[Any], mark: Any, one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two orders give the same blocks: those that change places are alike in all that the plan knows."""
    return all(
        before[i] == before[other.index(j)] and _at(mark, i) == _at(mark, other.index(j)) for i, j in enumerate(one)
    )


def _fits(item: Any, mark: Any, one: Expanded) -> bool:
    """Whether all that a plan knows of a block is what a source block says."""
    if not isinstance(item, dict):
        return False
    for name, attribute in one.body.attributes.items():
        open_ = mark.get(name) if isinstance(mark, dict) else mark
        if open_ is not True and not agrees(item.get(name), open_, attribute.expression.value(one.scope)):
            return False
    return all(_counts(item.get(name), one, name) for name in written(one.body) if name not in one.body.attributes)


def _counts(items: Any, one: Expanded, name: str) -> bool:
    """Whether a plan has as many blocks of a type as the source makes, where it shows them."""
    made = expanded(one.body, name, one.scope)
    return not isinstance(items, list) or isinstance(made, Unknown) or len(items) == len(made)


def agrees(plan: Any, mark: Any, source: Any) -> bool:
    """Whether nothing known of a plan's value speaks against what the sources say, as far as either goes."""
    if mark is True or isinstance(mark, Unknown) or isinstance(source, (Symbol, Hidden, Unfinished)):
        return True
    if isinstance(source, Template):
        return isinstance(plan, str) and _may_be_text(plan, source)
    if isinstance(source, dict) and isinstance(plan, dict):
        marks = mark if isinstance(mark, dict) else {}
        return all(agrees(plan.get(name), marks.get(name), item) for name, item in source.items())
    if isinstance(source, list) and isinstance(plan, list):
        return len(source) == len(plan) and _same_items(plan, mark, source)
    return bool(_plain(plan) == _plain(source))


def _same_items(plan: list[Any], mark: Any, source: list[Any]) -> bool:
    """Whether every known text of a list stands in the other; a set may be in another order."""
    known = [item for i, item in enumerate(plan) if not any_true(_at(mark, i))]
    if all(isinstance(item, (str, int, float)) for item in known):
        rest = [_plain(item) for item in source if not isinstance(item, Unknown)]
        open_ = len(source) - len(rest)
        missing = [item for item in map(_plain, known) if not _take(rest, item)]
        return len(missing) <= open_
    if isinstance(source, SetList) or len(known) < len(source):
        return True
    return all(agrees(item, None, source[i]) for i, item in enumerate(known))


def _take(rest: list[Any], item: Any) -> bool:
    if item not in rest:
        return False
    rest.remove(item)
    return True


def _plain(value: Any) -> Any:
    """A value as text where it is a number or boolean: providers convert between them; empty for null."""
    if value in (None, "", [], {}):
        return ""
    return str(value).lower() if isinstance(value, (bool, int, float)) else value


def _may_be_text(text: str, template: Template) -> bool:
    """Whether a text can be what a template comes to."""
    first, last = certain_ends(template)
    return text.startswith(first) and text.endswith(last)
