"""Terraform's built-in functions, by name.

A *plain* function takes known values only: a call with anything unknown inside an argument is given up on. A *lenient*
one takes arguments with unknown parts and makes of them what it can. Both raise FunctionError where Terraform
would refuse the call. Source: the Terraform language's "Functions" reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from scanner.hcl.values import unfinished
from scanner.model import Unknown


class Files(Protocol):
    """Files that functions may read; paths are relative to the root module's folder, as Terraform resolves them."""

    def read(self, path: str) -> bytes | Unknown:
        """Content of a file; Unknown says why there is none."""

    def names(self, folder: str, pattern: str) -> list[str] | Unknown:
        """Files of a folder that match, as fileset gives them."""


def call(name: str, args: Sequence[Any], files: Files | None) -> Any:
    """Value of a call; never raises."""
    del files
    return unfinished(f"the function {name} is not evaluated", *args)
