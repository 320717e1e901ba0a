"""Characters as a reader counts them: a letter with its accents is one.

Terraform counts grapheme clusters. Without that part of Unicode at hand, a text with a character that could join
another is given up on, never counted wrong. Source: Unicode Standard Annex 29.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from scanner.hcl.values import unfinished

_JOINING = re.compile(
    "[\u0300-\u036f\u0e33\u0eb3\u1100-\u11ff\u200b-\u200f\u2028-\u202e\ua960-\ua97f\ud7b0-\ud7ff\ufe00-\ufe0f"
    "\U0001f1e6-\U0001f1ff\U0001f3fb-\U0001f3ff]"
)


def countable(text: str) -> bool:
    """Whether each code point is certainly a character of its own."""
    if text.isascii():
        return "\r\n" not in text
    return "\r\n" not in text and not _JOINING.search(text) and not any(map(_joins, text))


def _joins(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf", "Cn")


def count(text: str) -> Any:
    """The number of characters."""
    return len(text) if countable(text) else unfinished("the number of characters of a text with joined ones")


def normal(value: Any) -> Any:
    """A value with every text in Unicode's normal form C, as Terraform keeps it."""
    if isinstance(value, str):
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {normal(key): normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return type(value)(normal(item) for item in value)
    return value
