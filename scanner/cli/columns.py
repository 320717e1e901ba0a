"""Text for a terminal: rules across it, and labels with wrapped text beside them; and the stream that it goes to."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator

from scanner.redact import visible

_GUTTER = 10
_WIDEST = 100
_NARROWEST = 40


def width() -> int:
    """Columns to write in."""
    return max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))


def rule(title: str) -> str:
    """A title, and a line as far as the text goes."""
    return f"{title} {'─' * (width() - len(title) - 1)}".rstrip()


def beside(label: str, text: str, indent: int = 0) -> Iterator[str]:
    """A label, and a text beside it that wraps; words longer than the line stay whole, to be copied."""
    wide = width() - _GUTTER - indent
    for number, line in enumerate(textwrap.wrap(visible(text), wide, break_long_words=False, break_on_hyphens=False)):
        head = label.rjust(_GUTTER - 2) if number == 0 else ""
        yield f"{head.ljust(_GUTTER + indent)}{line}".rstrip()


def utf8() -> None:
    """Write standard output in UTF-8, as formats are by their standards; a terminal shows what it can."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding=None if sys.stdout.isatty() else "utf-8", errors="backslashreplace")
