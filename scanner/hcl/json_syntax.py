"""Terraform's JSON syntax (`.tf.json`), read into the same blocks as the native one.

Source: the Terraform language's "JSON Configuration Syntax" reference. Positions are those of the file's first line:
JSON's readers do not tell lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from scanner.hcl import expressions as ex
from scanner.hcl.scope import Expression
from scanner.hcl.syntax import parse, parse_template
from scanner.hcl.tree import Attribute, Block, Body, Problem, SourceFile
from scanner.hcl.values import Unfinished

_LABELS = {"resource": 2, "data": 2, "ephemeral": 2, "variable": 1, "output": 1, "module": 1, "provider": 1, "check": 1}
_UNLABELLED = frozenset({"locals", "terraform", "moved", "import", "removed"})
_COMMENT = "//"


def parse_json(text: str, name: str) -> SourceFile:
    """Read a file in JSON syntax."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return SourceFile(name, Body(), problems=(Problem(name, error.lineno, error.colno, "this is not JSON"),))
    except RecursionError:
        return SourceFile(name, Body(), problems=(Problem(name, 1, 1, "this is nested too deep"),))
    body = Body()
    for type_, content in document.items() if isinstance(document, dict) else ():
        if type_ in _LABELS:
            body.blocks.extend(_labelled(type_, content, name, _LABELS[type_], ()))
        elif type_ in _UNLABELLED:
            body.blocks.extend(_block(type_, (), one, name) for one in _each(content))
    return SourceFile(name, body)


def _each(content: Any) -> Iterator[dict[str, Any]]:
    for one in content if isinstance(content, list) else (content,):
        if isinstance(one, dict):
            yield one


def _labelled(type_: str, content: Any, file: str, depth: int, labels: tuple[str, ...]) -> Iterator[Block]:
    for one in _each(content):
        if depth == 0:
            yield _block(type_, labels, one, file)
        else:
            for label, inner in one.items():
                if label != _COMMENT:
                    yield from _labelled(type_, inner, file, depth - 1, (*labels, label))


def _block(type_: str, labels: tuple[str, ...], content: dict[str, Any], file: str) -> Block:
    """A block: what is in it may be an attribute or nested blocks, which JSON does not tell apart."""
    body = Body()
    for name, value in content.items():
        if name == "dynamic":
            body.blocks.extend(_labelled("dynamic", value, file, 1, ()))
        elif name == "content" and type_ == "dynamic":
            body.blocks.extend(_block("content", (), one, file) for one in _each(value))
        elif name != _COMMENT:
            body.attributes[name] = _attribute(name, value, file, plain=type_ == "variable")
    return Block(type_, labels, body, file, 1, 1)


def _attribute(name: str, value: Any, file: str, *, plain: bool) -> Attribute:
    source = value if isinstance(value, str) else json.dumps(value)
    if plain and name == "default":
        return Attribute(name, 1, source, lambda: ex.Literal(value))
    if plain and name == "type":
        return Attribute(name, 1, source, lambda: _type(str(value)))
    return Attribute(name, 1, source, lambda: _expression(value, file))


def _type(text: str) -> Expression:
    attribute = parse(f"x = {text}\n", "type").body.attributes.get("x")
    return attribute.expression if attribute else ex.Literal(Unfinished("its type cannot be read"))


def _expression(value: Any, file: str) -> Expression:
    if isinstance(value, str):
        return parse_template(value, file)
    if isinstance(value, list):
        return ex.TupleOf(tuple(_expression(item, file) for item in value))
    if isinstance(value, dict):
        pairs = ((parse_template(key, file), _expression(item, file)) for key, item in value.items())
        return ex.ObjectOf(tuple(pairs))
    return ex.Literal(value)
