"""Patterns of IAM policies: `*` stands for any text, `?` for one character.

Source: AWS IAM User Guide, "IAM JSON policy elements: Resource" and "Action".
"""

from __future__ import annotations

import re
from functools import lru_cache


def matches(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern; most are plain, or end in their only `*`, and need no regular expression."""
    beginning = pattern.removesuffix("*")
    if "*" in beginning or "?" in beginning:
        return compiled(pattern).fullmatch(text) is not None
    return text.startswith(beginning) if beginning != pattern else text == pattern


def matches_action(pattern: str, action: str) -> bool:
    """The same for actions, whose case does not matter."""
    return matches(pattern.lower(), action.lower())


@lru_cache(maxsize=16384)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
