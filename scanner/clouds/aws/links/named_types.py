"""Types of the provider that edge rules name, so that none of them is said to be read by nobody.

The rules name them where they need them; they are found in what the rules were compiled to, and no list can be out of
date.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.abc import InspectLoader
from types import CodeType

from scanner.clouds.aws import links

_TYPE = re.compile(r"aws_[a-z0-9]+(?:_[a-z0-9]+)*")


@cache
def named_types() -> frozenset[str]:
    """Every type that a rule names; another word of such a form does no harm."""
    return frozenset(text for code in _modules() for text in _texts(code) if _TYPE.fullmatch(text))


def _modules() -> Iterator[CodeType]:
    for found in pkgutil.iter_modules(links.__path__, f"{links.__name__}."):
        spec = import_module(found.name).__spec__
        loader = spec.loader if spec is not None else None
        code = loader.get_code(found.name) if isinstance(loader, InspectLoader) else None
        if code is not None:
            yield code


def _texts(constant: object) -> Iterator[str]:
    """Texts among the constants of code, and of what is defined in it."""
    if isinstance(constant, str):
        yield constant.removeprefix("data.")
    inner = constant.co_consts if isinstance(constant, CodeType) else constant
    for one in inner if isinstance(inner, (tuple, frozenset)) else ():
        yield from _texts(one)
