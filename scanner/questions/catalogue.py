"""Every question to the access engine whose answers become facts, in the order in which they are asked."""

from __future__ import annotations

from scanner.questions.asked import Question

QUESTIONS: tuple[Question, ...] = ()
"""Each yields facts of resources."""
