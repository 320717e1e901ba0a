"""Terraform's built-in functions, by name.

A *plain* function takes known values only: a call with anything unknown inside an argument is given up on. A *lenient*
one takes arguments with unknown parts and makes of them what it can. Both raise FunctionError where Terraform
would refuse the call. Source: the Terraform language's "Functions" reference.

A value does not tell a list from a tuple, nor a map from an object; where that decides, the call is given up on. What
a symbol stands for is taken to be accepted: a result holds if the call succeeds at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scanner.hcl.functions.arithmetic import ARITHMETIC
from scanner.hcl.functions.characters import normal
from scanner.hcl.functions.dates import DATES
from scanner.hcl.functions.encoding import ENCODING
from scanner.hcl.functions.formatting import FORMATTING
from scanner.hcl.functions.hashes import HASHES
from scanner.hcl.functions.jsons import JSONS
from scanner.hcl.functions.lists import LISTS
from scanner.hcl.functions.maps import MAPS
from scanner.hcl.functions.networks import NETWORKS
from scanner.hcl.functions.paths import PATHS, Files, files_table
from scanner.hcl.functions.regexes import REGEXES
from scanner.hcl.functions.spec import Function, Table
from scanner.hcl.functions.strings import STRINGS
from scanner.hcl.functions.symbols import is_thing
from scanner.hcl.functions.yamls import YAMLS
from scanner.hcl.values import Failed, FunctionError, Unfinished, mentions, unfinished

__all__ = ["GIVEN_UP", "NAMES", "Files", "call"]

_TABLE: Table = {
    **ARITHMETIC, **DATES, **ENCODING, **FORMATTING, **HASHES, **JSONS, **LISTS, **MAPS, **NETWORKS, **PATHS,
    **REGEXES, **STRINGS, **YAMLS,
}  # fmt: skip

GIVEN_UP = {
    "base64gzip": "the bytes depend on who compresses",
    "bcrypt": "the result is another one each time",
    "plantimestamp": "the time of the plan",
    "rsadecrypt": "nothing is decrypted here",
    "timestamp": "the time of the apply",
    "uuid": "the result is another one each time",
}
"""Functions that are never worked out, and why."""

NAMES = frozenset({*_TABLE, *files_table(None), *GIVEN_UP})
"""The functions that are known here; those that need the expression itself, as `try`, are not."""


def call(name: str, args: Sequence[Any], files: Files | None) -> Any:
    """The value of a call: Failed where Terraform would refuse it, Unfinished where it is not worked out."""
    bare = name.removeprefix("core::")
    function = _TABLE.get(bare) or files_table(files).get(bare)
    if refused := next((arg for arg in args if isinstance(arg, Failed)), None):
        return refused
    if function is None:
        return _not_here(bare, args)
    return _checked(bare, function, args)


def _not_here(name: str, args: Sequence[Any]) -> Unfinished:
    if name in GIVEN_UP:
        return unfinished(f"{name}: {GIVEN_UP[name]}", *args)
    if "::" in name:
        return unfinished(f"{name} is a function of a provider", *args)
    return Failed(f"{name} is no function of Terraform", mentions(list(args)))


def _taken(arg: Any) -> Any:
    if isinstance(arg, str):
        return normal(arg)
    return unfinished("a resource as a whole", arg) if is_thing(arg) else arg


def _checked(name: str, function: Function, args: Sequence[Any]) -> Any:
    try:
        value = function.value([_taken(arg) for arg in args])
    except FunctionError as error:
        return Failed(f"{name}: {error}", mentions(list(args)))
    except RecursionError:
        return unfinished(f"{name}: a value that is nested too deeply")
    return normal(value) if isinstance(value, str) or not function.lenient else value
