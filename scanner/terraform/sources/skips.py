"""Comments that accept a risk where it stands: ours, and those for checkov.

    # trustscan:skip=store-not-public reason="a public web site" approver=eve until=2027-01-31
    # checkov:skip=CKV_AWS_18:the bucket holds logs itself

The form of the second is checkov's: `checkov/common/comment/enum.py`, one check a line, the reason behind a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.hcl.tree import Comment
from scanner.waivers import is_day

_REQUIRED = ("reason", "approver", "until")
_OURS = re.compile(r"trustscan\s*:\s*(?:(?:skip|ignore|suppress|disable)\b|\w+\s*=)", re.IGNORECASE)
_FORM = "trustscan:skip=CONTROL reason= approver= until="
_SKIP = re.compile(r"trustscan:skip=(\S*)(.*)", re.DOTALL)
_PAIR = re.compile(r"\s+([A-Za-z_-]+)=(\"(?:[^\"\\]|\\.)*\"(?!\S)|[^\s\"]\S*|(?=\s|$))")
_CHECKOV = re.compile(r"(?:checkov|bridgecrew):skip= *([A-Z_\d]+)(?::(.*))?")
_LONGEST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One comment that accepts a risk."""

    line: int
    what: str
    """Control id or glob; for another scanner the id of its check."""

    reason: str
    approver: str = ""
    until: str = ""
    ticket: str = ""
    tool: str = ""
    """The scanner it is written for; empty for ours."""


@dataclass(frozen=True, slots=True)
class Misread:
    """One that is not as it must be: it does not hold."""

    line: int
    what: str
    """Control id or glob as far as it could be read."""

    problem: str


def skips(comment: Comment) -> Iterator[Skip | Misread]:
    """Every skip in a comment, each on a line of its own."""
    if "skip" not in comment.text and "trustscan" not in comment.text.casefold():
        return
    for number, raw in enumerate(comment.text.splitlines(), comment.line):
        text = _bare(raw)
        if _OURS.search(text):
            yield _ours(text, number)
        elif (found := _CHECKOV.search(text)) is not None:
            reason = (found[2] or "").strip()[:_LONGEST] or "no reason is given"
            yield Skip(line=number, what=found[1], reason=reason, tool="checkov")


def _bare(line: str) -> str:
    """What a line of a comment says, without the signs that make it one."""
    text = line.strip()
    if text.startswith(("#", "//")):
        return text.lstrip("#/").strip()
    return text.removeprefix("/*").removesuffix("*/").strip().removeprefix("*").strip()


def _ours(text: str, line: int) -> Skip | Misread:
    skip = _SKIP.match(text)
    if skip is None:
        whole = _SKIP.search(text) is not None
        return Misread(line, "", f"{'a suppression starts its line, as:' if whole else 'write'} {_FORM}")
    what, rest = skip[1], skip[2]
    if not what:
        return Misread(line, "", "it names no control")
    given: dict[str, str] = {}
    while pair := _PAIR.match(rest):
        name, rest = pair[1], rest[pair.end() :]
        if name not in (*_REQUIRED, "ticket"):
            return Misread(
                line, what, f"{name} is not known here; write reason=, approver=, until=, and ticket= or not"
            )
        if name in given:
            return Misread(line, what, f"{name} is given twice")
        given[name] = _value(pair[2])
    return _checked(line, what, given, rest.strip())


def _value(text: str) -> str:
    quoted = text.startswith('"')
    return re.sub(r"\\(.)", r"\1", text[1:-1]).strip() if quoted else text


def _checked(line: int, what: str, given: dict[str, str], left: str) -> Skip | Misread:
    missing = [name for name in _REQUIRED if not given.get(name)]
    if left:
        told = 'several words need quotes, as: reason="a public web site"'
        return Misread(line, what, f"it cannot be read from {left.split(maxsplit=1)[0]!r} on; {told}")
    if missing:
        return Misread(line, what, f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if not is_day(given["until"]):
        return Misread(line, what, f"until={given['until']} is no date, write YYYY-MM-DD")
    return Skip(line=line, what=what, **given)
