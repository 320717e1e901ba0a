"""What a text of a plan or account looks like in the page: one line, of bounded length, with nothing hidden in it."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from scanner.reports.text import visible

LONGEST = 2_000
"""Characters of one text; of more, how many there are."""

NAME = 240
"""Characters of a name where many stand below each other."""


def cut(text: str, most: int = LONGEST) -> str:
    """A text as it is shown: control and direction characters written out, the rest of a long one counted."""
    left = len(text) - most
    return visible(text) if left <= 0 else f"{visible(text[:most])} ... ({left:,} more characters)"


def name(text: str) -> str:
    """A name in a list of many."""
    return cut(text, NAME)


def finalized(value: object) -> object:
    """What a template writes: texts as they are shown, markup that we made as it is."""
    return cut(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def lines(text: str) -> Markup:
    """Code of several lines, each as it is shown."""
    return Markup("\n").join(map(escape, map(cut, text.splitlines())))


def slug(text: str) -> str:
    """The part of an HTML id that an id of a control or finding makes."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text[:NAME])
