"""What sources tell of a plan, held against what an apply of that plan made.

Every symbol in a completed value is replaced by what the apply made of it: the value must be the applied one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from scanner import run
from scanner.findings import Status
from scanner.hcl.functions.jsons import jsondecode
from scanner.hcl.values import Encoded, Symbol, Template
from scanner.model import Unknown, fact_names
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planfile import Source
from scanner.terraform.read import ReadPlan, read_plan
from scanner.terraform.sources.files import SourceTree
from scanner.terraform.values import any_true
from worlds import POLICIES, TODAY

Applied = Mapping[str, Mapping[str, Any]]
"""Values of each applied resource, by address."""

_HAVE_DEFAULTS = frozenset({"container_definitions"})
"""Attributes to which the service adds its defaults."""

_RENAMED = "00000000"
"""In identifiers that fixtures have in place of those of the run: what was sorted by them no longer is."""

OPEN: Final = object()
"""A part of a value that the sources do not tell either."""

PLANNED: Final = object()
"""A part of a value that the plan itself knew."""


@dataclass(slots=True)
class Held:
    """Completed attributes, held against applied ones."""

    told: int = 0
    """Attributes that the sources tell, of which every part was compared."""

    partly: int = 0
    """Attributes of which some part stays open, and the others were compared."""

    wrong: list[str] = field(default_factory=list)

    def __add__(self, other: Held) -> Held:
        """Both together."""
        return Held(self.told + other.told, self.partly + other.partly, [*self.wrong, *other.wrong])


def applied(state: Mapping[str, Any]) -> Applied:
    """Values by address, of what `terraform show -json` prints of a state."""
    return {r["address"]: r["values"] for r in _resources(state["values"]["root_module"])}


def _resources(module: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def everything_known(plan: bytes, truth: Applied) -> bytes:
    """The same plan with all that was known only after apply."""
    document = json.loads(plan)
    for one in document["resource_changes"]:
        change, values = one["change"], truth.get(one["address"])
        if values is not None and change["after"] is not None:
            change["after"] = _filled(change["after"], change["after_unknown"], values)
            change["after_unknown"] = {}
    return json.dumps(document).encode()


def _filled(after: Any, marks: Any, values: Any) -> Any:
    if marks is True or (isinstance(marks, list) and any_true(marks)):
        return values
    if isinstance(marks, dict) and isinstance(after, dict) and isinstance(values, dict):
        return {n: _filled(after.get(n), marks.get(n), values.get(n)) for n in after | marks}
    return after


def held(plan: bytes, tree: SourceTree, truth: Applied) -> Held:
    """Hold every attribute that completion touched against the applied value."""
    alone = read_plan(Source("plan.json", plan)).after
    before = {r.address: r for r in (*alone.resources, *alone.data)}
    read = completed(plan, tree)
    found = Held()
    for resource in (*read.after.resources, *read.after.data):
        if resource.address in truth:
            _hold(resource, before[resource.address], truth, found)
    return found


def completed(plan: bytes, tree: SourceTree) -> ReadPlan:
    """A plan with what its sources tell."""
    return read_plan(Source("plan.json", plan, tree))


def _hold(resource: PlannedResource, before: PlannedResource, truth: Applied, found: Held) -> None:
    marks = before.unknown if isinstance(before.unknown, dict) else {}
    for name, mark in marks.items():
        if not any_true(mark) or not any(line.split(".")[0] == name for line in resource.completed):
            continue
        value = meant(resource.values.get(name), _mark(resource.unknown, name), truth, mark)
        real = truth[resource.address].get(name)
        if same(value, real, defaults=name in _HAVE_DEFAULTS):
            found.partly += _has_open(value)
            found.told += not _has_open(value)
        else:
            found.wrong.append(f"{resource.address}.{name}: {value!r} is {real!r}")


def _mark(marks: Any, name: str) -> Any:
    return marks.get(name) if isinstance(marks, dict) else marks


def meant(value: Any, mark: Any, truth: Applied, asked: Any) -> Any:
    """A value with every symbol replaced by what the apply made of it.

    OPEN stands for what is not told, PLANNED for what the plan itself knew: `asked` are its own marks.
    """
    if not any_true(asked):
        return PLANNED
    if mark is True or isinstance(mark, Unknown):
        return _symbolic(mark, truth) if isinstance(mark, (Symbol, Template, Encoded)) else OPEN
    if isinstance(mark, dict) and (isinstance(value, dict) or (value is None and mark)):
        value = value or {}
        names = dict.fromkeys((*value, *mark))
        return {n: meant(value.get(n), mark.get(n), truth, _below(asked, n)) for n in names}
    if isinstance(value, dict):
        return {n: meant(item, False, truth, _below(asked, n)) for n, item in value.items()}
    if isinstance(value, list):
        marks = (*(mark or ()), *(False for _ in value)) if isinstance(mark, list) else [mark] * len(value)
        return [meant(item, marks[i], truth, _below(asked, i)) for i, item in enumerate(value)]
    return value


def _below(asked: Any, step: str | int) -> Any:
    if isinstance(asked, dict) and isinstance(step, str):
        return asked.get(step)
    if isinstance(asked, list) and isinstance(step, int):
        return asked[step] if step < len(asked) else None
    return asked


@dataclass(frozen=True, slots=True)
class _OpenJson:
    """A JSON text of which parts stay open: providers write it anew, with its keys in an order of their own."""

    value: Any


def _symbolic(mark: Symbol | Template | Encoded, truth: Applied) -> Any:
    if isinstance(mark, Symbol):
        return _read(mark, truth)
    if isinstance(mark, Encoded):
        text = _symbolic(mark.text, truth)
        return base64.b64encode(text.encode()).decode() if isinstance(text, str) else OPEN
    parts = [part if isinstance(part, str) else _text(part, truth) for part in mark.parts]
    if OPEN not in parts:
        return "".join(map(str, parts))
    decoded = jsondecode(mark)
    if isinstance(decoded, (dict, list)):
        return _OpenJson(_tree(decoded, truth))
    return re.compile("".join(".*" if part is OPEN else re.escape(part) for part in parts), re.DOTALL)


def _tree(value: Any, truth: Applied) -> Any:
    if isinstance(value, Unknown):
        return meant(None, value, truth, True)
    if isinstance(value, dict):
        return {name: _tree(item, truth) for name, item in value.items()}
    return [_tree(item, truth) for item in value] if isinstance(value, list) else value


def _text(part: Unknown, truth: Applied) -> Any:
    value = _read(part, truth) if isinstance(part, Symbol) else OPEN
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else OPEN


def _read(symbol: Symbol, truth: Applied) -> Any:
    value: Any = truth.get(symbol.address, OPEN)
    for step in symbol.path:
        try:
            value = value if value is OPEN else value[step]
        except (KeyError, IndexError, TypeError):
            return f"{symbol.address} has no {symbol.path} once applied"
    return value


def _has_open(value: Any) -> bool:
    if value is OPEN or isinstance(value, (re.Pattern, _OpenJson)):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_has_open, inner))


def same(told: Any, real: Any, *, defaults: bool = False) -> bool:
    """Whether a completed value is the applied one, as far as it is told; `defaults` may stand beside it."""
    if told is OPEN or told is PLANNED:
        return True
    if isinstance(told, (re.Pattern, _OpenJson)):
        return isinstance(real, str) and _same_open(told, real, defaults=defaults)
    if isinstance(told, dict):
        return isinstance(real, dict) and all(
            same(item, real.get(name), defaults=defaults) for name, item in told.items()
        )
    if isinstance(told, list):
        return isinstance(real, list) and _same_items(told, real, defaults=defaults)
    if isinstance(told, str) and isinstance(real, str):
        return told == real or _same_json(_json(told), _json(real), defaults=defaults)
    return bool(_plain(told) == _plain(real))


def _same_open(told: re.Pattern[str] | _OpenJson, real: str, *, defaults: bool) -> bool:
    if isinstance(told, re.Pattern):
        return bool(told.fullmatch(real))
    return same(told.value, _json(real), defaults=defaults)


def _same_json(told: Any, real: Any, *, defaults: bool) -> bool:
    if defaults:
        return isinstance(told, (dict, list)) and same(told, real, defaults=True)
    return told is not None and bool(told == real)


def _same_items(told: list[Any], real: list[Any], *, defaults: bool) -> bool:
    """Lists in order; what may be a set, in any: a plan has sets of texts sorted, and others by their hash."""
    if len(told) != len(real):
        return False
    if all(same(one, other, defaults=defaults) for one, other in zip(told, real, strict=True)):
        return True
    texts = [item for item in real if isinstance(item, str)]
    texts = [item for item in real if isinstance(item, str)]
    renamed = any(_RENAMED in text for text in texts)
    return (renamed or texts == sorted(texts)) and _matched(told, list(real))


def _matched(told: list[Any], left: list[Any]) -> bool:
    if not told:
        return True
    return any(same(told[0], item) and _matched(told[1:], left[:i] + left[i + 1 :]) for i, item in enumerate(left))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    if value in (None, "", [], {}):
        return None
    return str(value).lower() if isinstance(value, (bool, int, float)) else value


def decided(source: Source, settings: run.Settings | None = None) -> dict[tuple[str, str], set[Status]]:
    """Every verdict that is PASS or FAIL, by control and subject."""
    judged = run.judge_plans([source], settings or run.Settings(policies=POLICIES, today=TODAY))
    found: dict[tuple[str, str], set[Status]] = {}
    for finding in judged.run.findings:
        if finding.status in {Status.PASS, Status.FAIL}:
            found.setdefault((finding.control, finding.subject), set()).add(finding.status)
    return found


def differing_facts(plan: Source, truth: Applied, settings: run.Settings | None = None) -> list[str]:
    """Facts that only sources tell, and that a plan that knows everything tells otherwise."""
    everything = Source(plan.name, everything_known(plan.content, truth))
    alone, told, known = (_facts(one, settings) for one in (replace(plan, tree=None), plan, everything))
    return [
        f"{key}: {fact!r} is {known[key]!r}"
        for key, fact in told.items()
        if isinstance(alone.get(key), Unknown) and key in known
        if not isinstance(fact, Unknown) and not isinstance(known[key], Unknown)
        if _own_account(fact) != _own_account(known[key])
    ]


def _facts(source: Source, settings: run.Settings | None) -> dict[tuple[str, str, str], Any]:
    world = run.judge_plans([source], settings or run.Settings(policies=POLICIES, today=TODAY)).world
    return {(one.kind, one.id, name): getattr(one, name) for one in world.resources for name in fact_names(type(one))}


def _own_account(fact: Any) -> Any:
    """A fact in which the own account has its number, as it has where that is known."""
    if not isinstance(fact, tuple):
        return fact
    return {str(item).replace("{account}", "123456789012") for item in fact}
