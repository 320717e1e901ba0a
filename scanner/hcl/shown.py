"""Expressions as they may be shown: a literal text in one may be a credential, and is left out."""

from __future__ import annotations

import re

_HEREDOC = re.compile(r"<<-?([\w-]+)[ \t]*\r?\n")
_KEY = re.compile(r'"[\w-]*"(?=\])')
_MARKS = ("$${", "%%{")
_SHORT = 100
_READ = 4000
"""Characters of an expression that are looked at, and that are shown."""


def shortened(source: str) -> str:
    """An expression's text on one line, without the texts in it, cut where it is long."""
    line = " ".join(without_texts(source[:_READ]).split())
    return line if len(line) <= _SHORT else f"{line[:_SHORT]}..."


def without_texts(source: str) -> str:
    """An expression with `"..."` for each literal text; interpolations and keys in brackets stay."""
    found: list[str] = []
    open_: list[int] = [0]
    """Where one stands, inside out: braces that are open in code, -1 in a text."""

    at = 0
    while at < len(source):
        at = _in_text(source, at, found, open_) if open_[-1] < 0 else _in_code(source, at, found, open_)
    return "".join(found)


def _in_text(source: str, at: int, found: list[str], open_: list[int]) -> int:
    """Read on in a quoted text, and write nothing of what it says; where to go on."""
    if source[at] == '"':
        open_.pop()
        found.append('"')
        return at + 1
    if source.startswith(("${", "%{"), at):
        open_.append(0)
        found.append("${")
        return at + 2
    if found[-1] != "...":
        found.append("...")
    return at + (3 if source.startswith(_MARKS, at) else 2 if source[at] == "\\" else 1)


def _in_code(source: str, at: int, found: list[str], open_: list[int]) -> int:
    """Write on in code; where to go on."""
    if heredoc := _HEREDOC.match(source, at):
        end = re.compile(rf"^[ \t]*{re.escape(heredoc[1])}[ \t]*$", re.MULTILINE).search(source, heredoc.end())
        found.append("<<...")
        return end.end() if end else len(source)
    if source[at] == "#" or source.startswith(("//", "/*"), at):
        behind = source.find(*("*/", at + 2) if source.startswith("/*", at) else ("\n", at))
        return len(source) if behind < 0 else behind + (2 if source.startswith("/*", at) else 0)
    key = _KEY.match(source, at) if found and found[-1] == "[" else None
    if key is None:
        _step(source[at], open_)
    found.append(key[0] if key else source[at])
    return key.end() if key else at + 1


def _step(sign: str, open_: list[int]) -> None:
    """Follow quotes and braces."""
    if sign == '"':
        open_.append(-1)
    elif sign == "{":
        open_[-1] += 1
    elif sign == "}" and open_[-1] > 0:
        open_[-1] -= 1
    elif sign == "}" and len(open_) > 1:
        open_.pop()
