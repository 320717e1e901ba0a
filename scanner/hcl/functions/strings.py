"""Functions of text."""

from __future__ import annotations

from typing import Any

from scanner.hcl.functions.characters import countable
from scanner.hcl.functions.conversion import string, strings, whole
from scanner.hcl.functions.lists import not_listed
from scanner.hcl.functions.regexes import replace_all
from scanner.hcl.functions.spec import Table, lenient, plain
from scanner.hcl.values import LONGEST_TEXT, FunctionError, Template, certain_ends, open_set, text, unfinished
from scanner.model import Unknown

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go takes for white space."""


def _join(separator: Any, *lists: Any) -> Any:
    if not lists:
        raise FunctionError("at least one list is required")
    if isinstance(separator, Unknown) or any(not_listed(items) for items in lists):
        return unfinished("the elements of a list that is not known", separator, *lists)
    items = [item for some in lists for item in some]
    if None in items:
        raise FunctionError("an element must not be null")
    if len(separator) * len(items) > LONGEST_TEXT:
        return unfinished("a text that is too long", items)
    return _joined(separator, items) if items else ""


def _joined(separator: str, items: list[Any]) -> Any:
    if all(isinstance(item, str) for item in items):
        return text(separator.join(items))
    return text(items[0], *(piece for item in items[1:] for piece in (separator, item)))


def _split(separator: str, given: str) -> list[str]:
    return given.split(separator) if separator else list(given)


def _replace(given: str, old: str, new: str) -> Any:
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return replace_all(old[1:-1], given, new)
    if given.count(old) * len(new) > LONGEST_TEXT:
        return unfinished("a text that is too long")
    return given.replace(old, new)


def _cased(given: str, change: Any) -> Any:
    letters = [change(letter) for letter in given]
    if any(len(letter) != 1 for letter in letters):
        return unfinished("a letter whose upper and lower case are not one letter")
    return "".join(letters)


def _upper(given: str) -> Any:
    return given.upper() if given.isascii() else _cased(given, lambda letter: "ß" if letter == "ß" else letter.upper())


def _lower(given: str) -> Any:
    return given.lower() if given.isascii() else _cased(given, str.lower)


def _title(given: str) -> Any:
    result, before = [], " "
    for letter in given:
        result.append(letter if _in_word(before) or letter == "ß" else letter.title())
        before = letter
    if any(len(letter) != 1 for letter in result):
        return unfinished("a letter whose upper and lower case are not one letter")
    return "".join(result)


def _in_word(letter: str) -> bool:
    if letter.isascii():
        return letter.isalnum() or letter == "_"
    return letter.isalpha() or letter.isdecimal() or letter not in SPACE


def _reversed(given: str) -> Any:
    return given[::-1] if countable(given) else unfinished("a text with joined characters, in reverse")


def _substr(given: str, offset: int, length: int) -> Any:
    if not countable(given):
        return unfinished("a part of a text with joined characters")
    if offset >= 0 and length == 0:
        return ""
    start = max(0, offset + len(given)) if offset < 0 else offset
    return given[start:] if length <= 0 else given[start : start + length]


def _indent(spaces: int, given: str) -> Any:
    if spaces < 0 or given.count("\n") * spaces > LONGEST_TEXT:
        return unfinished("a text that is too long")
    return given.replace("\n", "\n" + " " * spaces)


def _trim(given: str, letters: str) -> str:
    return given.strip(letters)


def _startswith(given: Any, wanted: Any) -> Any:
    head = certain_ends(given)[0]
    if isinstance(wanted, str):
        if isinstance(given, str) or head.startswith(wanted):
            return head.startswith(wanted)
        if not wanted.startswith(head):
            return False
    return unfinished("the beginning of a text that is not known", given, wanted)


def _endswith(given: Any, wanted: Any) -> Any:
    tail = certain_ends(given)[1]
    if isinstance(wanted, str):
        if isinstance(given, str) or tail.endswith(wanted):
            return tail.endswith(wanted)
        if not wanted.endswith(tail):
            return False
    return unfinished("the end of a text that is not known", given, wanted)


def _strcontains(given: Any, wanted: Any) -> Any:
    if isinstance(wanted, str):
        if isinstance(given, str):
            return wanted in given
        if isinstance(given, Template) and any(wanted in part for part in given.parts if isinstance(part, str)):
            return True
    return unfinished("whether a text that is not known contains another", given, wanted)


def _trimprefix(given: Any, prefix: Any) -> Any:
    starts = _startswith(given, prefix)
    if isinstance(starts, Unknown):
        return starts
    return _cut(given, 0, len(prefix)) if starts else given


def _trimsuffix(given: Any, suffix: Any) -> Any:
    ends = _endswith(given, suffix)
    if isinstance(ends, Unknown):
        return ends
    return _cut(given, -1, len(suffix)) if ends else given


def _cut(given: Any, end: int, length: int) -> Any:
    """A text without some characters at one end, which are known."""
    if isinstance(given, str):
        return given[length:] if end == 0 else given[: len(given) - length]
    if not length:
        return given
    parts = list(given.parts)
    parts[end] = _cut(parts[end], end, length)
    return text(*parts)


def _trimmed(given: Any, left: str, right: str) -> Any:
    """A text without such characters at its ends, where both ends are known to hold others."""
    if isinstance(given, str):
        return given.lstrip(left).rstrip(right)
    head, tail = (certain_ends(given)[0].lstrip(left), certain_ends(given)[1].rstrip(right))
    if isinstance(given, Template) and (head or not left) and tail:
        return text(*([head] if left else given.parts[:1]), *given.parts[1:-1], tail)
    return unfinished("the ends of a text that is not known", given)


def _trimspace(given: Any) -> Any:
    return _trimmed(given, SPACE, SPACE)


def _chomp(given: Any) -> Any:
    return _trimmed(given, "", "\r\n")


def _sort(items: Any) -> Any:
    if isinstance(items, list) and None in items:
        raise FunctionError("an element must not be null")
    if isinstance(items, Unknown) or open_set(items) or any(isinstance(item, Unknown) for item in items):
        return items if isinstance(items, list) and len(items) == 1 else unfinished("the order of an unknown", items)
    return sorted(items, key=str.encode)


STRINGS: Table = {
    "chomp": lenient(_chomp, string),
    "endswith": lenient(_endswith, string, string),
    "indent": plain(_indent, whole, string),
    "join": lenient(_join, string, rest=strings),
    "lower": plain(_lower, string),
    "replace": plain(_replace, string, string, string),
    "sort": lenient(_sort, strings),
    "split": plain(_split, string, string),
    "startswith": lenient(_startswith, string, string),
    "strcontains": lenient(_strcontains, string, string),
    "strrev": plain(_reversed, string),
    "substr": plain(_substr, string, whole, whole),
    "title": plain(_title, string),
    "trim": plain(_trim, string, string),
    "trimprefix": lenient(_trimprefix, string, string),
    "trimspace": lenient(_trimspace, string),
    "trimsuffix": lenient(_trimsuffix, string, string),
    "upper": plain(_upper, string),
}
"""Functions of text."""
