"""A comment on a pull request as Markdown: never longer than it may be, and nothing of a plan is read as markup.

Words of plain letters stand as they are, every other word in a code span, where neither links, mentions, references,
HTML nor tables begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scanner.reports import text

LIMIT = 65_536
"""Characters in a comment on GitHub; we stay below it in bytes too."""

CELL = 400
"""Characters of what is said of one thing."""

_RESERVE = 1_200
_PLAIN = re.compile(
    r"[^\W\d_]+(?:['-][^\W\d_]+)*"  # letters
    r"|\d{1,5}(?:\.\d{1,3})?"  # numbers: longer ones may be commits
    r"|[A-Za-z]{1,4}\d{1,2}(?:\.\d{1,2})?"  # S3, CC6.1
)
_ITEM = re.compile(r"\d+[.)]")
_TICKS = re.compile("`+")


class Comment:
    """Text with a limit: a part goes in whole, or is left out."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._left = LIMIT - _RESERVE

    def keep(self, size: int) -> None:
        """Keep room, in bytes, for what comes later; less than nothing gives it back."""
        self._left -= size

    def put(self, part: str) -> bool:
        """Add a part if there is room for it."""
        size = len(part.encode("utf-8", "replace"))
        if size > self._left:
            return False
        self._left -= size
        self._parts.append(part)
        return True

    def each(self, head: str, items: Iterable[str], tail: str, what: str) -> None:
        """A head, as many items as fit, how many do not, and a tail; nothing without room for one."""
        listed = list(items)
        tail = f"{tail}\n"
        spare = len(tail.encode()) + 80
        if not listed or self._left < len(head.encode()) + len(listed[0].encode("utf-8", "replace")) + spare:
            if listed:
                self.put(f"\n{text.plural(len(listed), what)} left out: the comment would be too long.\n")
            return
        self.put(head)
        self._left -= spare
        kept = 0
        for item in listed:
            if not self.put(item):
                break
            kept += 1
        self._left += spare
        missing = len(listed) - kept
        more = f"\n{text.plural(missing, f'more {what}')} left out: the comment would be too long.\n" if missing else ""
        self.put(f"{more}{tail}")

    def most(self, head: str, items: Sequence[str], tail: str, what: str, most: int) -> None:
        """The same, of the first `most` items only; how many are not written stands below them."""
        left = len(items) - most
        said = f"\n{text.plural(left, f'more {what}')} left out.\n" if left > 0 else ""
        self.each(head, items[:most], f"{said}{tail}", what)

    def text(self) -> str:
        """All of it."""
        return "".join(self._parts)


def code(content: str) -> str:
    """A code span that holds exactly this text; in a table its bars are still to be escaped."""
    inner = text.visible(content)
    longest = max(map(len, _TICKS.findall(inner)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if not inner or inner.startswith("`") or inner.endswith(("`", "\\")) else ""
    return f"{fence}{pad}{inner}{pad or ''}{fence}" if inner.strip() else f"{fence} {fence}"


def prose(content: str) -> str:
    """A sentence whose plain words stand as they are and whose other words are code."""
    words = text.visible(content).split()
    listed = bool(words) and _ITEM.fullmatch(words[0]) is not None
    return " ".join([code(words[0]), *map(_word, words[1:])] if listed else map(_word, words))


def _word(word: str) -> str:
    inner = word.rstrip(".,;:")
    if inner.endswith(")") and (inner.startswith("(") or "(" not in inner):
        inner = inner[:-1]
    after = word[len(inner) :]
    before = "(" if inner.startswith("(") else ""
    inner = inner[len(before) :]
    return before + (inner if not inner or _PLAIN.fullmatch(inner) else code(inner)) + after


def short(content: str) -> str:
    """What is said, cut between words where it is long."""
    return content if len(content) <= CELL else f"{content[:CELL].rpartition(' ')[0]} ..."


def folded(title: str) -> str:
    """The head of a part that opens on a click; `</details>` closes it."""
    return f"\n<details>\n<summary>{title}</summary>\n\n"


def fenced(snippet: str) -> str:
    """Terraform as a block of its own."""
    longest = max(map(len, _TICKS.findall(snippet)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n{fence}terraform\n{snippet}\n{fence}\n"


def row(*cells: str) -> str:
    """One row of a table, of cells that are Markdown."""
    bar = "\\|"
    return f"| {' | '.join(cell.replace('|', bar) for cell in cells)} |\n"
