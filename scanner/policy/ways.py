"""Checks over ways: `each: path`, with from, to, carrying and one of through, every_hop and never."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import NoReturn, Protocol

from scanner.expr import Condition
from scanner.kinds import KINDS, Account, Flow, Grant, Region
from scanner.model import CLASS_GROUPS, DATA_CLASSES, Resource, Statement
from scanner.policy.checks import PathCheck
from scanner.policy.files import CheckFile

PATH_KEYS = ("from", "to", "carrying", "through", "every_hop", "never")
"""Keys of a check that go with `each: path`."""

_RULES = ("through", "every_hop", "never")
_NODES = {name: kind for name, kind in KINDS.items() if kind not in {Account, Region, Flow, Grant, Statement}}
_HOPS = {**_NODES, Flow.kind: Flow}


class Reader(Protocol):
    """What reads a control's file, and says where it is wrong."""

    def refuse(self, message: str, path: str) -> NoReturn:
        """Say what is wrong, and where."""

    def known(self, what: str, ids: list[str], table: Iterable[str], path: str) -> None:
        """Refuse an id that is not in a table."""

    def condition(self, text: str, kind: type[Resource], path: str) -> Condition:
        """A condition over a kind."""


def path_check(loader: Reader, raw: CheckFile, path: str) -> PathCheck:
    """A check over ways."""
    for key in ("require", "where", "has", "among"):
        if getattr(raw, key) is not None:
            loader.refuse(f"{key!r} does not go with 'each: path'", f"{path}.{key}")
    rules = [key for key in _RULES if getattr(raw, key) is not None]
    if len(rules) != 1:
        message = "'each: path' takes one of 'through', 'every_hop' and 'never'"
        loader.refuse(message, f"{path}.{rules[1]}" if rules else f"{path}.each")
    if raw.never is False:
        loader.refuse("'never' takes true", f"{path}.never")
    if raw.carrying is not None:
        loader.known("data class", raw.carrying, (*DATA_CLASSES, *CLASS_GROUPS), f"{path}.carrying")
    classes = (c for name in raw.carrying or () for c in CLASS_GROUPS.get(name, (name,)))
    return PathCheck(
        origins=_conditions(loader, raw.from_, _NODES, f"{path}.from"),
        targets=_conditions(loader, raw.to, _NODES, f"{path}.to"),
        carrying=tuple(dict.fromkeys(classes)),
        guards=_conditions(loader, raw.through, _HOPS, f"{path}.through") if raw.through is not None else {},
        hops=_conditions(loader, raw.every_hop, _HOPS, f"{path}.every_hop") if raw.every_hop is not None else {},
    )


def _conditions(
    loader: Reader, raw: Mapping[str, str | bool] | None, kinds: Mapping[str, type[Resource]], path: str
) -> dict[type[Resource], Condition]:
    key = path.rpartition(".")[2]
    if not raw:
        loader.refuse(f"'each: path' needs {key!r}: a condition by kind", path)
    found = {}
    for name, text in raw.items():
        place = f"{path}.{name}"
        if name not in kinds:
            near = difflib.get_close_matches(name, kinds, 1)
            hint = f"; {near[0]}?" if near else ""
            loader.refuse(f"{key!r} takes kinds of what data comes to, and {name!r} is none{hint}", place)
        if text is False:
            loader.refuse(f"{name!r} takes a condition, or true for each of the kind", place)
        found[kinds[name]] = loader.condition("true" if text is True else str(text), kinds[name], place)
    return found
