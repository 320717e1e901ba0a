"""YAML that knows where everything stands: duplicate keys are refused, mistakes are shown with a caret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOMB = 200_000


@dataclass(frozen=True)
class Document:
    """A parsed file: its value, and the place of each part of it."""

    name: str
    value: Any
    text: str
    marks: dict[str, yaml.Mark]
    """Line and column by msgspec's path, such as `$.check.each`."""

    def show(self, message: str, path: str = "$") -> str:
        """Say `message` with file, line and column, and a caret under the place."""
        while path not in self.marks and path != "$":
            path = path[: max(path.rfind("."), path.rfind("["), 1)]
        mark = self.marks.get(path)
        return f"{self.name}: {message}" if mark is None else _caret(self.name, self.text, mark, message)


class YamlError(Exception):
    """A file that is not valid; the message has file, line and column."""


def parse(name: str, text: str) -> Document:
    """Read one YAML document.

    Raises YamlError for bad syntax, a duplicate key, a tag, or an alias.
    """
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        marks: dict[str, yaml.Mark] = {}
        value = _value(loader, node, "$", marks, name, text) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problem = error.problem or "not valid YAML"
        raise YamlError(_caret(name, text, mark, problem) if mark else f"{name}: {problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None
    finally:
        loader.dispose()
    return Document(name, value, text, marks)


def convert(document: Document, into: type[Any]) -> Any:
    """Check a document against a msgspec type.

    Raises YamlError that points at the first mistake.
    """
    try:
        return msgspec.convert(document.value, into)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `")
        path = path.rstrip("`") or "$"
        unknown = message.partition("unknown field `")[2].rstrip("`")
        raise YamlError(document.show(message, f"{path}.{unknown}" if unknown else path)) from None


def _value(loader: Any, node: yaml.Node, path: str, marks: dict[str, yaml.Mark], name: str, text: str) -> Any:
    marks.setdefault(path, node.start_mark)
    if len(marks) > _BOMB:
        raise YamlError(f"{name}: more than {_BOMB} values; is this the right file?")
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                raise YamlError(_caret(name, text, key_node.start_mark, "a key must be plain text"))
            if key in result:
                raise YamlError(_caret(name, text, key_node.start_mark, f"the key {key!r} stands here a second time"))
            marks[f"{path}.{key}"] = key_node.start_mark
            result[key] = _value(loader, value_node, f"{path}.{key}", marks, name, text)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, f"{path}[{i}]", marks, name, text) for i, item in enumerate(node.value)]
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    return loader.construct_object(node)


def _caret(name: str, text: str, mark: yaml.Mark, message: str) -> str:
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    return f"{name}:{mark.line + 1}:{mark.column + 1}: {message}\n  {line}\n  {' ' * mark.column}^"
