"""Functions that hash a text, or give it a name made of it."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from scanner.hcl.functions.conversion import string
from scanner.hcl.functions.spec import Function, Table, plain
from scanner.hcl.values import FunctionError

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


def digest(algorithm: str, given: bytes) -> bytes:
    """The hash of bytes, for the sake of being the same, not of being safe."""
    return hashlib.new(algorithm, given, usedforsecurity=False).digest()


def hexadecimal(algorithm: str) -> Callable[[bytes], str]:
    """A function from bytes to the digits of their hash."""
    return lambda given: digest(algorithm, given).hex()


def in_base64(algorithm: str) -> Callable[[bytes], str]:
    """A function from bytes to their hash in base64."""
    return lambda given: base64.b64encode(digest(algorithm, given)).decode()


def _of_text(run: Callable[[bytes], str]) -> Function:
    return plain(lambda given: run(given.encode()), string)


def _uuidv5(namespace: str, name: str) -> Any:
    try:
        space = _NAMESPACES.get(namespace) or uuid.UUID(namespace)
    except ValueError as error:
        raise FunctionError("the namespace is neither dns, url, oid, x500 nor a UUID") from error
    return str(uuid.uuid5(space, name))


HASHES: Table = {
    "base64sha256": _of_text(in_base64("sha256")),
    "base64sha512": _of_text(in_base64("sha512")),
    "md5": _of_text(hexadecimal("md5")),
    "sha1": _of_text(hexadecimal("sha1")),
    "sha256": _of_text(hexadecimal("sha256")),
    "sha512": _of_text(hexadecimal("sha512")),
    "uuidv5": plain(_uuidv5, string, string),
}
"""Functions that hash."""
