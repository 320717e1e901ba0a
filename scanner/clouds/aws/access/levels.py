"""What actions do to what a resource holds: scanner/data/aws-levels.yaml, read once, when somebody asks.

`levels()["read"]["aws_s3_bucket"]` is `("s3:GetObject", ...)`: by level, then by the provider's type of the resource
(`Resource.origin.type`), its actions as AWS writes them. Each of `LEVELS` is there; a level may lack a type. The head
of the file says what each level means, and why the access level of AWS's reference is another thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from scanner.yamlfile import parse

LEVELS = ("read", "write", "delete", "decrypt", "invoke", "admin")
"""Every level."""

_FILE = Path(__file__).parents[3] / "data" / "aws-levels.yaml"


@cache
def levels() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Actions by level and provider's type."""
    entries = parse(_FILE.name, _FILE.read_text(encoding="utf-8")).value
    found = {
        level: MappingProxyType({type_: tuple(one[level]) for one in entries if level in one for type_ in one["types"]})
        for level in LEVELS
    }
    return MappingProxyType(found)
