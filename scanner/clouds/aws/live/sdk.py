"""The SDK that answers are read with: an old one leaves out members of answers that it does not know, unsaid.

With botocore 1.35, say, a guardrail whose filter is switched off looks like one that filters.
"""

from __future__ import annotations

import re

import botocore

from scanner.errors import InputError

FLOOR = (1, 43)
"""The first version that knows every member that collectors read; `pyproject.toml` asks for it too."""


def require_current() -> None:
    """Raise InputError where the SDK at hand is older than that."""
    found = str(botocore.__version__)
    if tuple(map(int, re.findall(r"\d+", found)[:2])) < FLOOR:
        floor = ".".join(map(str, FLOOR))
        raise InputError(
            f"boto3 {found} is too old to tell all that AWS answers; install {floor} or newer: "
            "pip install --upgrade 'trustscan[aws]'"
        )
