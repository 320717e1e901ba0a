"""Every named question."""

from __future__ import annotations

from scanner.questions.named import cutting, people, records, stores, ways
from scanner.questions.named.posing import Question

QUESTIONS: dict[str, Question] = {
    one.name: one
    for one in (*stores.QUESTIONS, *ways.QUESTIONS, *cutting.QUESTIONS, *people.QUESTIONS, *records.QUESTIONS)
}
"""By name, in the order in which they are listed."""
