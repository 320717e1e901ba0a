"""Values of expressions: JSON-like where they are known, symbolic where they wait for apply.

A known value is None, bool, int, float, str, list, `SetList` or dict. What is not known is a subclass of
`scanner.model.Unknown`, as a whole or anywhere inside a list or dict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeAlias, runtime_checkable

from scanner.model import Unknown

Steps: TypeAlias = tuple[str | int, ...]

LONGEST_TEXT = 1 << 20
"""Characters of a text, and LONGEST_LIST elements of a collection, beyond which a value is not built."""

LONGEST_TEMPLATE = 10_000
"""Parts of a text that are not known."""

LONGEST_LIST = 100_000


@dataclass(frozen=True, slots=True)
class Symbol(Unknown):
    """An attribute of a planned resource instance that is known only after apply."""

    address: str = ""
    """Of the instance, such as aws_s3_bucket.b["x"]."""

    path: Steps = ()
    """The attribute, such as ("arn",)."""


@dataclass(frozen=True, slots=True)
class Hidden(Unknown):
    """A value that is marked sensitive: it exists, and is never materialised."""

    source: str = ""
    """The variable or attribute that holds it, such as var.db_password."""


@dataclass(frozen=True, slots=True)
class Template(Unknown):
    """A text of which some parts are not known: `${aws_s3_bucket.b.arn}/*`."""

    parts: tuple[str | Unknown, ...] = ()
    """Texts and Symbol, Hidden or Unfinished, in order; two texts never follow each other."""


@dataclass(frozen=True, slots=True)
class Unfinished(Unknown):
    """A value that was not worked out; the reason holds the expression."""

    mentions: tuple[Symbol | Hidden, ...] = ()
    """Everything symbolic that it may be made from."""


@dataclass(frozen=True, slots=True)
class Encoded(Unfinished):
    """Base64 of a text of which some parts are not known."""

    text: Template = Template("")
    """The text."""


@dataclass(frozen=True, slots=True)
class LeftOut(Unknown):
    """An attribute that the code sets to null: the provider's default will hold."""


@dataclass(frozen=True, slots=True)
class Failed(Unfinished):
    """An expression that Terraform would refuse as well: what `try` and `can` look for."""


class SetList(list[Any]):
    """A set: its elements each once, in Terraform's order where all are known."""

    __slots__ = ()


@runtime_checkable
class Thing(Protocol):
    """A resource or module instance: what has attributes that are worked out when they are asked for."""

    def attribute(self, name: str) -> Any:
        """Value of one attribute; Failed where there is none of that name."""


@dataclass(eq=False, slots=True)
class Several:
    """Instances of a block, of which there may be more than are known."""

    items: dict[Any, Any]
    """By key."""

    reason: str


class FunctionError(ValueError):
    """A function's arguments are such that Terraform would refuse the call as well."""


def unknown_in(value: Any) -> bool:
    """Whether any part of a value is not known."""
    if isinstance(value, (str, int, float)) or value is None:
        return False
    if isinstance(value, dict):
        return any(unknown_in(item) for item in value.values())
    if isinstance(value, list):
        return any(unknown_in(item) for item in value)
    return True


def open_set(value: Any) -> bool:
    """Whether a value is a set of which neither length nor order is certain."""
    return isinstance(value, SetList) and len(value) > 1 and unknown_in(value)


def too_large(value: Any) -> bool:
    """Whether a value has more parts than anybody means: one that names share may double at each of them."""
    left = LONGEST_LIST
    stack = [value]
    while stack and left > 0:
        one = stack.pop()
        parts: Collection[Any] = ()
        if isinstance(one, (dict, list, Template)):
            parts = one.parts if isinstance(one, Template) else one.values() if isinstance(one, dict) else one
        left -= len(parts) + 1
        stack.extend(item for item in parts if isinstance(item, (dict, list, Template)))
    return left <= 0


def mentions(value: Any) -> tuple[Symbol | Hidden, ...]:
    """Every symbol in a value, each once, in order."""
    return tuple(dict.fromkeys(_mentions(value)))


def _mentions(value: Any) -> Iterator[Symbol | Hidden]:
    if isinstance(value, (Symbol, Hidden)):
        yield value
    elif isinstance(value, Template):
        for part in value.parts:
            yield from _mentions(part)
    elif isinstance(value, Unfinished):
        yield from value.mentions
    elif isinstance(value, dict):
        for item in value.values():
            yield from _mentions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _mentions(item)


def certain_ends(value: Any) -> tuple[str, str]:
    """What is certain of the beginning and of the end of a text."""
    if isinstance(value, str):
        return value, value
    if not isinstance(value, Template):
        return "", ""
    first, last = value.parts[0], value.parts[-1]
    return first if isinstance(first, str) else "", last if isinstance(last, str) else ""


def texts_in(value: Any) -> Iterator[str]:
    """Every known text in a value."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(item)


def unfinished(why: str, *values: Any) -> Unfinished:
    """Give up on a value that is made from `values`."""
    return Unfinished(why, mentions(list(values)))


def text(*parts: Any) -> Any:
    """Concatenate texts and what is not known of them; numbers and booleans become text as in a template.

    Raises FunctionError for a part that is no text.
    """
    merged: list[str | Unknown] = []
    run: list[str] = []
    size = 0
    for part in parts:
        for piece in part.parts if isinstance(part, Template) else (part,):
            plain = piece if isinstance(piece, Unknown) else _in_text(piece)
            if isinstance(plain, str):
                run.append(plain)
                size += len(plain)
            else:
                merged += ["".join(run), plain] if any(run) else [plain]
                run = []
            if size > LONGEST_TEXT or len(merged) > LONGEST_TEMPLATE:
                most = f"{LONGEST_TEXT:,} characters or {LONGEST_TEMPLATE:,} parts"
                return unfinished(f"a text of more than {most}", merged)
    if not merged:
        return "".join(run)
    merged += ["".join(run)] if any(run) else []
    failed = next((piece.reason for piece in merged if isinstance(piece, Unfinished)), "")
    if failed:
        return Template(failed, tuple(merged))
    # The text itself may hold a credential: only what waits for apply is named.
    open_ = ", ".join(dict.fromkeys(f"${{{written_as(piece)}}}" for piece in merged if isinstance(piece, Unknown)))
    return Template(f"a part of it is known only after apply: {open_}", tuple(merged))


def to_text(value: Any) -> str:
    """A known number, boolean or text as text.

    Raises FunctionError for anything else.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(Decimal(f"{value:.15g}"), "f")
    raise FunctionError("a text is required")


def _in_text(value: Any) -> str | Unknown:
    """A known value as a part of a text; a fraction of more digits than a float keeps is not told."""
    if isinstance(value, float) and value != float(f"{value:.15g}"):
        return unfinished("a number whose last digits are not certain")
    return to_text(value)


def in_code(value: Unknown) -> str:
    """A text with symbolic parts as code writes it, such as `${aws_s3_bucket.b.arn}/*`."""
    parts = value.parts if isinstance(value, Template) else (value,)
    return "".join(part if isinstance(part, str) else f"${{{written_as(part)}}}" for part in parts)


def written_as(value: Unknown) -> str:
    """A symbol as Terraform writes it, such as aws_s3_bucket.b.arn."""
    if isinstance(value, Symbol):
        return value.address + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in value.path)
    return value.source if isinstance(value, Hidden) else "..."
