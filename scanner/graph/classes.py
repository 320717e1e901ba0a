"""Data classes as bits of an integer."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from scanner.model import CONVERSATION_CLASSES, DATA_CLASSES

_BITS = {name: 1 << place for place, name in enumerate(DATA_CLASSES)}

ALL = (1 << len(DATA_CLASSES)) - 1
"""Every data class."""

PROMPT, RESPONSE, TRANSCRIPT = _BITS["prompt"], _BITS["response"], _BITS["transcript"]
USER_IDENTITY, UPLOAD, FEEDBACK = _BITS["user_identity"], _BITS["upload"], _BITS["feedback"]
RETRIEVAL, EMBEDDING = _BITS["retrieval_content"], _BITS["embedding"]
CREDENTIAL, SECURITY_LOG, TELEMETRY = _BITS["credential"], _BITS["security_log"], _BITS["telemetry"]

BEFORE_GUARDRAIL = ALL + 1
"""No data class: who it was, where a guardrail keeps that from a model and not from the record of its calls."""


def mask(classes: Iterable[str]) -> int:
    """The bits of these classes."""
    found = 0
    for name in classes:
        found |= _BITS[name]
    return found


@lru_cache(maxsize=1 << len(DATA_CLASSES))
def names(bits: int) -> tuple[str, ...]:
    """The classes whose bits are set, in the order in which they are defined."""
    return tuple(name for name, bit in _BITS.items() if bits & bit)


CONVERSATION = mask(CONVERSATION_CLASSES)
"""What people tell the chatbot, and what is made from it."""
