"""modules.json: where the called modules lie. Terraform writes it twice, of a folder and in a saved plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from scanner.hcl.tree import Problem
from scanner.terraform.sources.files import MOST_LEVELS, MOST_MODULES, printable

MOST_BYTES = 16 << 20
"""Of a modules.json; one of 20,000 modules has 4 MiB."""

_NAME = re.compile(r"[^\W\d][\w-]*")


class Entry(msgspec.Struct):
    """One called module."""

    key: str = msgspec.field(name="Key", default="")
    source: str = msgspec.field(name="Source", default="")
    version: str = msgspec.field(name="Version", default="")
    folder: str = msgspec.field(name="Dir", default="")


class _Installed(msgspec.Struct):
    modules: list[Entry] = msgspec.field(name="Modules")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The called modules by the names of their calls, the root module left out."""

    entries: Mapping[tuple[str, ...], Entry] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def of_plan(shown: str, raw: bytes) -> Manifest:
    """Read that of a saved plan: a list."""
    return _manifest(shown, raw, list[Entry])


def of_folder(shown: str, raw: bytes) -> Manifest:
    """Read that of a folder: an object with `Modules`."""
    return _manifest(shown, raw, _Installed)


def _manifest(shown: str, raw: bytes, type_: type[list[Entry] | _Installed]) -> Manifest:
    try:
        read = msgspec.json.decode(raw, type=type_)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Manifest(problems=(Problem(shown, 0, 0, "is no list of modules; called modules are not read"),))
    return _checked(shown, read.modules if isinstance(read, _Installed) else read)


def _checked(shown: str, listed: Iterable[Entry]) -> Manifest:
    entries: dict[tuple[str, ...], Entry] = {}
    problems = []
    twice = set()
    for entry in listed:
        key = tuple(entry.key.split(".")) if entry.key else ()
        wrong = _wrong(entry, key, len(entries))
        if key in entries:
            twice.add(key)
            wrong = "is listed twice"
        if wrong:
            problems.append(Problem(shown, 0, 0, f"module {printable(entry.key)} {wrong}, and is not read"))
        elif key:
            entries[key] = entry
    return Manifest({k: e for k, e in entries.items() if k not in twice}, tuple(problems))


def _wrong(entry: Entry, key: tuple[str, ...], count: int) -> str:
    if len(key) > MOST_LEVELS:
        return f"is called through more than {MOST_LEVELS} others"
    if count >= MOST_MODULES:
        return f"is one of more than {MOST_MODULES:,}"
    if not all(_NAME.fullmatch(name) for name in key):
        return "has a name that no module has"
    return "" if entry.folder or not key else "has no folder"
