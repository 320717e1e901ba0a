"""Functions between text and other encodings: base64, URLs, CSV."""

from __future__ import annotations

import base64
import csv
import io
import re
from typing import Any
from urllib.parse import quote_plus

from scanner.hcl.functions.conversion import string
from scanner.hcl.functions.spec import Table, lenient, plain
from scanner.hcl.values import Encoded, FunctionError, Template, mentions, unfinished
from scanner.model import Unknown

_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_QUOTED_FIELD = re.compile(r'(?:(?<=\n)|(?<=,)|\A)"(?:[^"]|"")*"(?=[,\r\n]|\Z)')
_CODECS = {
    "UTF-8": "utf-8",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
    "ISO-8859-1": "latin-1",
    "WINDOWS-1252": "cp1252",
}


def as_text(given: bytes) -> str:
    """Bytes as text.

    Raises FunctionError where they are none.
    """
    try:
        return given.decode()
    except UnicodeDecodeError as error:
        raise FunctionError("the bytes are not UTF-8") from error


def _bytes(given: str) -> bytes:
    packed = given.replace("\r", "").replace("\n", "")
    if not _BASE64.fullmatch(packed):
        raise FunctionError("the text is not base64")
    return base64.b64decode(packed)


def _base64decode(given: str) -> str:
    return as_text(_bytes(given))


def _base64encode(given: Any) -> Any:
    if isinstance(given, Template):
        return Encoded("base64 of a text that is not known in full", mentions(given), given)
    if isinstance(given, Unknown):
        return unfinished("base64 of what is not known", given)
    return base64.b64encode(given.encode()).decode()


def _base64gzip(_given: str) -> Any:
    return unfinished("compressed bytes depend on who compresses")


def _textencodebase64(given: str, encoding: str) -> Any:
    codec = _CODECS.get(encoding.upper())
    if codec is None:
        return unfinished("an encoding that is not known here")
    try:
        return base64.b64encode(given.encode(codec)).decode()
    except UnicodeEncodeError as error:
        raise FunctionError("the encoding lacks a character of the text") from error


def _textdecodebase64(given: str, encoding: str) -> Any:
    codec = _CODECS.get(encoding.upper())
    if codec is None:
        return unfinished("an encoding that is not known here")
    try:
        return _bytes(given).decode(codec)
    except UnicodeDecodeError:
        return unfinished("bytes that are not of the encoding")


def _urlencode(given: str) -> str:
    return quote_plus(given)


def _csvdecode(given: str) -> Any:
    if '"' in _QUOTED_FIELD.sub("", given) or re.search(r"\r(?!\n)", given):
        return unfinished("a CSV text with quotes inside a field")
    try:
        rows = [row for row in csv.reader(io.StringIO(given.replace("\r\n", "\n"), newline=""), strict=True) if row]
    except csv.Error as error:
        raise FunctionError("the text is not CSV") from error
    if not rows:
        raise FunctionError("a CSV text needs a line of names")
    names = rows[0]
    if len(set(names)) < len(names) or any(len(row) != len(names) for row in rows):
        raise FunctionError("a CSV text needs distinct names, and as many fields in each line")
    return [dict(zip(names, row, strict=True)) for row in rows[1:]]


ENCODING: Table = {
    "base64decode": plain(_base64decode, string),
    "base64encode": lenient(_base64encode, string),
    "base64gzip": plain(_base64gzip, string),
    "csvdecode": plain(_csvdecode, string),
    "textdecodebase64": plain(_textdecodebase64, string, string),
    "textencodebase64": plain(_textencodebase64, string, string),
    "urlencode": plain(_urlencode, string),
}
"""Functions between encodings."""
