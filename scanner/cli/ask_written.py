"""Answers to named questions for a person to read, and as JSON by scanner/data/trustscan-ask-1.schema.json."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from scanner.cli.columns import beside, rule, width
from scanner.questions.named.catalogue import QUESTIONS
from scanner.questions.named.posing import Answer, Row
from scanner.redact import Redactor, json_text, visible
from scanner.run import tool_version

_MANY = 40
"""Rows of one answer that the table shows."""

_REASONS = 3


def catalogue() -> str:
    """Every question, by name."""
    wide = width()
    lines = ["Questions (trustscan ask NAME INPUT, or `all`):", ""]
    for question in QUESTIONS.values():
        said = f"{question.asks} ({', '.join(question.criteria)})"
        lines += [
            f"  {question.name}",
            *textwrap.wrap(said, wide - 6, initial_indent=" " * 6, subsequent_indent=" " * 6),
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
    return "\n".join([*lines, rule(", ".join(map(visible, inputs[:_REASONS])))]) + "\n"


def _answer(answer: Answer) -> Iterator[str]:
    question = answer.question
    yield rule(question.name)
    yield from beside("", f"{question.asks} ({', '.join(question.criteria)})")
    certain = sum(row.certain for row in answer.rows)
    possible = len(answer.rows) - certain
    counted = f"{certain} certain, {possible} possible" if answer.rows else "none among what was seen"
    yield from beside("", f"{counted}{f'; {len(answer.unseen)} gaps may hide more' if answer.unseen else ''}")
    for row in answer.rows[:_MANY]:
        yield from _row(row)
    if more := len(answer.rows) - _MANY:
        yield from beside("", f"and {more} more; --format json lists them all") if more > 0 else ()
    reasons = dict.fromkeys(f"{gap.scope}: {gap.reason}" for gap in answer.unseen)
    for reason in list(reasons)[:_REASONS]:
        yield from beside("not seen", reason)
    if (left := len(reasons) - _REASONS) > 0:
        yield from beside("", f"and {left} more gaps; --format json lists them all")


def _row(row: Row) -> Iterator[str]:
    yield from beside("yes" if row.certain else "maybe", row.subject)
    yield from beside("", row.says, 2)
    if row.path:
        first, *rest = row.path
        steps = (f"→ {how} → {end}" for how, end in zip(rest[::2], rest[1::2], strict=False))
        yield from beside("", " ".join((first, *steps)), 2)


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
    return json_text(document) + "\n"


WRITERS: Mapping[str, Callable[[Sequence[str], Sequence[Answer]], str]] = {"table": as_table, "json": as_json}
"""By name of the format."""
