"""Every question to the access engine whose answers become facts, in the order in which they are asked."""

from __future__ import annotations

from scanner.questions import admins, breadth, customers, escalating, mixing, reaching, separation, tracked
from scanner.questions.asked import Question

QUESTIONS: tuple[Question, ...] = (
    separation.facts,
    mixing.facts,
    customers.facts,
    reaching.facts,
    escalating.facts,
    breadth.facts,
    admins.facts,
    tracked.facts,
)
"""Each yields facts of resources."""
