"""Escapes in the texts of HCL. Source: the HCL native syntax specification, "Template Expressions"."""

from __future__ import annotations

import re

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_QUOTED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|([$%])\4\{", re.DOTALL)
_MARKS = re.compile(r"([$%])\1\{")


def unescaped(text: str) -> str:
    """The text of a quoted literal."""
    return _QUOTED.sub(_plain, text) if "\\" in text or "{" in text else text


def unescaped_marks(text: str) -> str:
    """The text of a heredoc, where only `$${` and `%%{` stand for something else."""
    return _MARKS.sub(r"\1{", text) if "{" in text else text


def _plain(match: re.Match[str]) -> str:
    if match[4]:
        return f"{match[4]}{{"
    if match[3]:
        return _ESCAPES.get(match[3], match[0])
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
