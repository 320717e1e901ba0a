"""Answers to named questions for a person to read, and as JSON by scanner/data/trustscan-ask-1.schema.json."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import msgspec

from scanner.questions.named.catalogue import QUESTIONS
from scanner.questions.named.posing import Answer, Row
from scanner.redact import Redactor, visible
from scanner.run import tool_version

_WIDEST = 100
_NARROWEST = 40
_GUTTER = 10
_MANY = 40
"""Rows of one answer that the table shows."""

_REASONS = 3


def catalogue() -> str:
    """Every question, by name."""
    width = _width()
    lines = ["Questions (trustscan ask NAME INPUT, or `all`):", ""]
    for question in QUESTIONS.values():
        said = f"{question.asks} ({', '.join(question.criteria)})"
        lines += [
            f"  {question.name}",
            *textwrap.wrap(said, width - 6, initial_indent=" " * 6, subsequent_indent=" " * 6),
        ]
    return "\n".join(lines) + "\n"


def hidden(answer: Answer, hide: Redactor) -> Answer:
    """An answer without the secrets that names and reasons may hold."""
    rows = (
        replace(row, subject=hide.address(row.subject), says=hide.text(row.says), path=tuple(map(hide.text, row.path)))
        for row in answer.rows
    )
    gaps = (replace(gap, scope=hide.address(gap.scope), reason=hide.text(gap.reason)) for gap in answer.unseen)
    return replace(answer, rows=tuple(rows), unseen=tuple(gaps))


def as_table(inputs: Sequence[str], answers: Sequence[Answer]) -> str:
    """Write answers as text."""
    lines = [line for answer in answers for line in (*_answer(answer), "")]
    return "\n".join([*lines, _rule(", ".join(map(visible, inputs[:_REASONS])))]) + "\n"


def _answer(answer: Answer) -> Iterator[str]:
    question = answer.question
    yield _rule(question.name)
    yield from _put("", f"{question.asks} ({', '.join(question.criteria)})")
    certain = sum(row.certain for row in answer.rows)
    possible = len(answer.rows) - certain
    counted = f"{certain} certain, {possible} possible" if answer.rows else "none among what was seen"
    yield from _put("", f"{counted}{f'; {len(answer.unseen)} gaps may hide more' if answer.unseen else ''}")
    for row in answer.rows[:_MANY]:
        yield from _row(row)
    if more := len(answer.rows) - _MANY:
        yield from _put("", f"and {more} more; --format json lists them all") if more > 0 else ()
    reasons = dict.fromkeys(f"{gap.scope}: {gap.reason}" for gap in answer.unseen)
    for reason in list(reasons)[:_REASONS]:
        yield from _put("not seen", reason)
    if (left := len(reasons) - _REASONS) > 0:
        yield from _put("", f"and {left} more gaps; --format json lists them all")


def _row(row: Row) -> Iterator[str]:
    yield from _put("yes" if row.certain else "maybe", row.subject)
    yield from _put("", row.says, 2)
    if row.path:
        first, *rest = row.path
        steps = (f"→ {how} → {end}" for how, end in zip(rest[::2], rest[1::2], strict=False))
        yield from _put("", " ".join((first, *steps)), 2)


def _put(label: str, text: str, indent: int = 0) -> Iterator[str]:
    """A label, and a text beside it that wraps; words longer than the line stay whole, to be copied."""
    wide = _width() - _GUTTER - indent
    for number, line in enumerate(textwrap.wrap(visible(text), wide, break_long_words=False, break_on_hyphens=False)):
        head = label.rjust(_GUTTER - 2) if number == 0 else ""
        yield f"{head.ljust(_GUTTER + indent)}{line}".rstrip()


def _rule(title: str) -> str:
    return f"{title} {'─' * max(3, _width() - len(title) - 1)}"


def _width() -> int:
    return max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))


def as_json(inputs: Sequence[str], answers: Sequence[Answer]) -> str:
    """Write answers as JSON."""
    document = {
        "schema": "trustscan-ask/1",
        "tool": f"trustscan {tool_version()}",
        "inputs": list(inputs),
        "answers": [
            {
                "question": answer.question.name,
                "asks": answer.question.asks,
                "criteria": list(answer.question.criteria),
                "rows": [
                    {
                        "subject": row.subject,
                        "says": row.says,
                        "certainty": "definite" if row.certain else "possible",
                        "path": list(row.path),
                    }
                    for row in answer.rows
                ],
                "unseen": [{"scope": gap.scope, "reason": gap.reason} for gap in answer.unseen],
            }
            for answer in answers
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


WRITERS: Mapping[str, Callable[[Sequence[str], Sequence[Answer]], str]] = {"table": as_table, "json": as_json}
"""By name of the format."""
