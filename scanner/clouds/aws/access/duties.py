"""Which actions of AWS carry out a duty: scanner/data/aws-duties.yaml, read once, when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from scanner.clouds.aws.access.levels import levels
from scanner.yamlfile import parse

_FILE = Path(__file__).parents[3] / "data" / "aws-duties.yaml"


def carrying_out(duty: str, type_: str) -> tuple[str, ...]:
    """Actions by which a duty is carried out on a resource of a provider's type, each on what of it it can act on.

    Without a type those that act on the account, or on things that are no resource here.
    """
    told = duties().get(duty, {})
    if not type_:
        return (*told.get("named", ()), *told.get("account", ()))
    by_level = (action for level in told.get("levels", ()) for action in levels()[level].get(type_, ()))
    return tuple(dict.fromkeys((*by_level, *told.get("actions", ()))))


def unseen(duty: str) -> tuple[str, ...]:
    """Actions that carry out a duty, to be asked of anything where nothing that it is about was seen."""
    return duties().get(duty, {}).get("unseen", ())


@cache
def duties() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The file: by duty and by how its actions are listed."""
    raw = parse(_FILE.name, _FILE.read_text(encoding="utf-8")).value
    found = {duty: MappingProxyType({how: tuple(listed) for how, listed in told.items()}) for duty, told in raw.items()}
    return MappingProxyType(found)
