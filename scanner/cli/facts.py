"""The facts a control may ask about, with their meaning: read from the kinds' own attribute docstrings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import TypeAlias

from scanner.kinds import KINDS
from scanner.model import Resource, fact_names

Described: TypeAlias = tuple[str, str, list[tuple[str, str, str]]]
"""Kind, its meaning, and of each fact: name, type and meaning."""


def described() -> Iterator[Described]:
    """Every kind with the facts that are its own, in order of definition."""
    common = set(fact_names(Resource))
    for name, kind in KINDS.items():
        node = ast.parse(inspect.getsource(kind)).body[0]
        assert isinstance(node, ast.ClassDef)  # noqa: S101 - the source of a class is a class
        facts = [fact for fact in _documented(node) if fact[0] in fact_names(kind) and fact[0] not in common]
        yield name, " ".join((inspect.getdoc(kind) or "").split()), facts


def _documented(node: ast.ClassDef) -> Iterator[tuple[str, str, str]]:
    waiting: list[tuple[str, str]] = []
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            type_ = ast.unparse(item.annotation).replace(" | Unknown", "")
            waiting.append((item.target.id, type_.replace("tuple[str, ...]", "list of text").replace("str", "text")))
        elif isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) and isinstance(item.value.value, str):
            yield from ((name, type_, " ".join(str(item.value.value).split())) for name, type_ in waiting)
            waiting = []
