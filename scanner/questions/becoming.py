"""Who can become whom in a world, as chains."""

from __future__ import annotations

from scanner.questions.asked import Asked
from scanner.questions.chains import Chains


def chains(asked: Asked) -> Chains:
    """Every way by which an identity of the world becomes another."""
    return Chains(asked.becoming)
