"""An API's structures in the provider's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def blocks(structure: Mapping[str, Any], singular: Mapping[str, str]) -> dict[str, Any]:
    """A structure as a block: names have underscores, a structure in it is a list of one block.

    `singular` are the lists of blocks that the provider calls otherwise, by the API's names.
    """
    return {
        singular.get(name) or _WORD.sub("_", name).lower(): _value(one, singular) for name, one in structure.items()
    }


def _value(value: Any, singular: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return [blocks(value, singular)]
    if isinstance(value, list):
        return [blocks(one, singular) if isinstance(one, dict) else one for one in value]
    return value
