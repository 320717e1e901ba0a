"""Patterns of IAM policies: `*` stands for any text, `?` for one character.

Source: AWS IAM User Guide, "IAM JSON policy elements: Resource" and "Action".
"""

from __future__ import annotations

import re
from functools import lru_cache

from scanner.iam.actions import lowered


def matches(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern; most are plain, or end in their only `*`, and need no regular expression."""
    beginning = pattern.removesuffix("*")
    if "*" in beginning or "?" in beginning:
        return compiled(pattern).fullmatch(text) is not None
    return text.startswith(beginning) if beginning != pattern else text == pattern


def matches_action(pattern: str, action: str) -> bool:
    """The same for actions, whose case does not matter."""
    return matches(lowered(pattern), lowered(action))


@lru_cache(maxsize=16384)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression, in which no choice is ever taken back: it takes no time to speak of.

    Each text between two stars is taken where it comes first: if the rest fits later, it fits there too.
    """
    head, *rest = (re.escape(part).replace(r"\?", ".") for part in pattern.split("*"))
    between = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
    return re.compile(f"{head}{between}.*{rest[-1]}" if rest else head, re.DOTALL)
