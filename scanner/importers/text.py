"""What results of others have in common: texts kept short and on one line, and how what is none of them is refused."""

from __future__ import annotations

import hashlib
import re

import msgspec

from scanner.errors import InputError
from scanner.redact import hide_shapes

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,99}")
_LONGEST = 300
_NO_ID = "(no id)"


def check_id(text: str) -> str:
    """A check's id, or a word in its place where it is nothing that looks like one."""
    return hide_shapes(text) if _ID.fullmatch(text) else _NO_ID


def one_line(text: str | None, most: int = _LONGEST) -> str:
    """A text on one line, cut off where it is too long to be what it should be."""
    said = " ".join((text or "").split())
    return said if len(said) <= most else f"{said[:most]}..."


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def refused(where: str, error: Exception, what: str, how: str) -> InputError:
    """The error for a file that is not as its scanner writes it; nothing that stands in the file is in it."""
    if isinstance(error, msgspec.ValidationError):
        return InputError(f"{where}: is not {what}: {hide_shapes(str(error))}")
    if isinstance(error, RecursionError):
        return InputError(f"{where}: is nested too deep to be {what}")
    if "truncated" in str(error):
        return InputError(f"{where}: ends in the middle of the JSON; write it with '{how}' again")
    return InputError(f"{where}: is not JSON; write it with '{how}'")
