"""Every question to the access engine whose answers become facts, in the order in which they are asked."""

from __future__ import annotations

from scanner.questions import escalating, mixing, reaching, separation
from scanner.questions.asked import Question

QUESTIONS: tuple[Question, ...] = (separation.facts, mixing.facts, reaching.facts, escalating.facts)
"""Each yields facts of resources."""
