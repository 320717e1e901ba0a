"""What a collector yields: settings in the Terraform provider's words, and what could not be read.

The provider's resource types and attributes are the one vocabulary in which plans, states and accounts are described:
the inspectors that judge a plan then judge an account as well, by the same lines of code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scanner.model import Unknown


@dataclass(frozen=True, slots=True)
class Item:
    """One resource of an account, as `terraform import` would describe it."""

    type: str
    """The provider's type, such as aws_s3_bucket."""

    id: str
    """Its full name in the cloud: the ARN, or one made by AWS's pattern where an API gives none. What several accounts
    show under one ARN, each otherwise, goes by the ARN in its owner's and by `<ARN>@<account>` elsewhere."""

    values: dict[str, Any]
    """The provider's attributes, nested blocks as lists; an `Unknown` where one could not be read. Attributes that
    only a running account has are described where the inspector reads them."""

    region: str = ""
    """Its region, where that is not the one of the collector."""

    once: bool = False
    """Whether it is the account's, and every region shows it: it is then taken once, whichever regions are read."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Resources that may be there and could not be listed, or not to the end."""

    types: tuple[str, ...]
    """The provider's types of which some may be missing."""

    why: Unknown
    call: str = ""
    """The operation that failed."""

    expected: bool = False
    """Whether nobody could have read them there, as an organization's policies from a member: their absence is then
    no fact, and no verdict is asked for."""
