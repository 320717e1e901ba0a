"""YAML that knows where everything stands: duplicate keys are refused, mistakes are shown with a caret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_TAGS = {"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_BOMB = 200_000
_DEEPEST = 100
_SURELY_SHALLOW = 1_000
_SHOWN = 100


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
    reader = _Reader(name, text)
    try:
        _check_depth(name, text)
        value = reader.read()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problem = error.problem or "not valid YAML"
        raise YamlError(_caret(name, text, mark, problem) if mark else f"{name}: {problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(f"{name}: not valid YAML: {str(error).splitlines()[0]}") from None
    return Document(name, value, text, reader.marks)


def _check_depth(name: str, text: str) -> None:
    """Refuse deep nesting before PyYAML composes it: its recursion in C would end the whole process.

    Block collections nest no deeper than twice the longest line, flow collections no deeper than they open.
    """
    if text.count("[") + text.count("{") + 2 * max(map(len, text.splitlines()), default=0) < _SURELY_SHALLOW:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            mark, problem = event.start_mark, f"nested more than {_DEEPEST} deep"
            raise YamlError(_caret(name, text, mark, problem) if mark else f"{name}: {problem}")


def read(path: Path) -> Document:
    """Read a file of one YAML document.

    Raises YamlError, for one that cannot be read as well.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise YamlError(f"{path}: cannot be read: {error}") from None
    return parse(str(path), text)


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


class _Reader:
    """Builds the value of a document, and remembers where each part of it stands."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.marks: dict[str, yaml.Mark] = {}
        self._seen: set[int] = set()
        self._loader: Any = None

    def read(self) -> Any:
        """The document's value; None for an empty one."""
        self._loader = _LOADER(self.text)
        try:
            node = self._loader.get_single_node()
            return None if node is None else self._value(node, "$")
        finally:
            self._loader.dispose()

    def _value(self, node: yaml.Node, path: str) -> Any:
        if id(node) in self._seen:
            self._refuse(node, "write it out: anchors and aliases are not read")
        self._seen.add(id(node))
        self.marks.setdefault(path, node.start_mark)
        if len(self.marks) > _BOMB:
            raise YamlError(f"{self.name}: more than {_BOMB} values; is this the right file?")
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
            self._refuse(node, f"the tag {node.tag} is not read")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, f"{path}[{i}]") for i, item in enumerate(node.value)]
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        return self._loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, "a key must be plain text")
            key = key_node.value
            if key in result:
                self._refuse(key_node, f"the key {key!r} stands here a second time")
            self.marks[f"{path}.{key}"] = key_node.start_mark
            result[key] = self._value(value_node, f"{path}.{key}")
        return result

    def _refuse(self, node: yaml.Node, message: str) -> NoReturn:
        raise YamlError(_caret(self.name, self.text, node.start_mark, message))


def _caret(name: str, text: str, mark: Any, message: str) -> str:
    lines = text.splitlines()
    line = lines[mark.line].replace("\t", " ") if mark.line < len(lines) else ""
    start = max(0, mark.column - _SHOWN // 2) if len(line) > _SHOWN else 0
    shown = line[start : start + _SHOWN]
    return f"{name}:{mark.line + 1}:{mark.column + 1}: {message}\n  {shown}\n  {' ' * (mark.column - start)}^"
