"""Source text to blocks, attributes and expressions, by the tree-sitter grammar of HCL.

Source: the HCL native syntax specification.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import tree_sitter
import tree_sitter_hcl

from scanner.hcl import expressions as ex
from scanner.hcl.calls import Call
from scanner.hcl.functions.exact import parsed
from scanner.hcl.loops import Comprehension
from scanner.hcl.scope import Expression
from scanner.hcl.steps import GetAttribute, Index, Splat, Step
from scanner.hcl.templates import Token, assembled
from scanner.hcl.tree import Attribute, Block, Body, Comment, Problem, SourceFile
from scanner.hcl.unescape import unescaped, unescaped_marks
from scanner.hcl.values import Failed, FunctionError, Unfinished

_DEEPEST = 200
_OPERATORS = frozenset({"+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||", "!"})


@lru_cache(maxsize=1)
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_hcl.language())


def parse(text: str, name: str) -> SourceFile:
    """Read a source file. What cannot be read is a problem, and everything around it is read all the same."""
    content = text.encode("utf-8", "replace")
    tree = tree_sitter.Parser(_language()).parse(content)
    reader = _Reader(content, name, torn=tree.root_node.has_error)
    body = Body()
    for node in tree.root_node.named_children:
        if node.type == "body":
            reader.fill(body, node)
    problems = tuple(reader.problems(tree.root_node)) if tree.root_node.has_error else ()
    return SourceFile(name, body, tuple(reader.comments(tree.root_node)), problems)


def parse_template(text: str, name: str) -> Expression:
    """Read the text of a template, as templatefile and strings in JSON syntax hold it."""
    if "${" not in text and "%{" not in text:
        return ex.Literal(unescaped_marks(text))
    end = "E_O_T"
    while f"\n{end}" in f"\n{text}":
        end += "_"
    content = f"x = <<{end}\n{text}\n{end}\n".encode("utf-8", "replace")
    tree = tree_sitter.Parser(_language()).parse(content)
    heredoc = next(_find(tree.root_node, "heredoc_template"), None)
    if tree.root_node.has_error or heredoc is None:
        # Not Failed: the grammar does not know all that Terraform does, such as 1e3.
        return ex.Literal(Unfinished(f"{name}: the template cannot be read"))
    return _Reader(content, name).template(heredoc, drop_last_newline=True)


def _find(node: tree_sitter.Node, type_: str) -> Iterator[tree_sitter.Node]:
    if node.type == type_:
        yield node
        return
    for child in node.named_children:
        yield from _find(child, type_)


class _Reader:
    """Reads the tree of one file."""

    def __init__(self, content: bytes, name: str, *, torn: bool = False) -> None:
        self._content = content
        self._torn = torn
        self._name = name
        self._depth = 0
        self._kinds: Mapping[str, Callable[[tree_sitter.Node], Expression]] = {
            "literal_value": self._literal,
            "template_expr": lambda node: self.template(node.named_children[0]),
            "collection_value": lambda node: self.expression(node.named_children[0]),
            "tuple": self._tuple,
            "object": self._object,
            "for_expr": lambda node: self._comprehension(node.named_children[0]),
            "function_call": self._call,
            "conditional": self._conditional,
            "operation": lambda node: self.expression(node.named_children[0]),
            "unary_operation": self._operation,
            "binary_operation": self._operation,
        }

    # --- structure ---------------------------------------------------------------------------------------------------

    def fill(self, body: Body, node: tree_sitter.Node) -> None:
        """Read the attributes and blocks of a body."""
        for child in node.named_children:
            if child.type == "attribute":
                attribute = self._attribute(child)
                if attribute is not None:
                    body.attributes[attribute.name] = attribute
            elif child.type == "block":
                body.blocks.append(self._block(child))

    def _attribute(self, node: tree_sitter.Node) -> Attribute | None:
        name, expression = node.named_children[0], node.named_children[-1]
        if expression.type != "expression":
            return None
        source = self._text(expression)
        broken = node.has_error or (self._torn and self._goes_on(node))
        return Attribute(
            self._text(name),
            node.start_point.row + 1,
            source,
            lambda: ex.Literal(Unfinished("its expression cannot be read")) if broken else self.expression(expression),
        )

    def _goes_on(self, node: tree_sitter.Node) -> bool:
        """Whether something behind an attribute stands on its line: the grammar takes 1e3 for a 1 and a name."""
        end = self._content.find(b"\n", node.end_byte)
        line = self._content[node.end_byte : end if end >= 0 else None].strip()
        return bool(line) and not line.startswith((b"#", b"//", b"/*", b"}"))

    def _block(self, node: tree_sitter.Node) -> Block:
        words = [child for child in node.named_children if child.type in {"identifier", "string_lit"}]
        labels = tuple(self._word(word) for word in words[1:])
        place = (self._name, node.start_point.row + 1, node.end_point.row + 1)
        block = Block(self._text(words[0]) if words else "", labels, Body(), *place)
        for child in node.named_children:
            if child.type == "body":
                self.fill(block.body, child)
        return block

    def _word(self, node: tree_sitter.Node) -> str:
        return self._text(node)[1:-1] if node.type == "string_lit" else self._text(node)

    def comments(self, node: tree_sitter.Node) -> Iterator[Comment]:
        """Every comment below a node, in order."""
        stack = [node]
        while stack:
            one = stack.pop()
            if one.type == "comment":
                yield Comment(one.start_point.row + 1, self._text(one))
            elif one.type in {"config_file", "body", "block"} or one.has_error or self._may_comment(one):
                stack.extend(reversed(one.named_children))

    def _may_comment(self, node: tree_sitter.Node) -> bool:
        text = self._bytes(node)
        return any(mark in text for mark in (b"#", b"//", b"/*"))

    def problems(self, root: tree_sitter.Node) -> Iterator[Problem]:
        """Each place where the grammar does not fit."""
        stack = [root]
        while stack:
            node = stack.pop()
            if node.is_error or node.is_missing:
                point = node.start_point
                what = f"{node.type} is missing here" if node.is_missing else "this cannot be read as HCL"
                yield Problem(self._name, point.row + 1, point.column + 1, what)
            elif node.has_error:
                stack.extend(reversed(node.children))

    # --- expressions -------------------------------------------------------------------------------------------------

    def expression(self, node: tree_sitter.Node) -> Expression:
        """Read one expression."""
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                return ex.Literal(Unfinished("its expression is nested too deep"))
            return self._read(node)
        finally:
            self._depth -= 1

    def _read(self, node: tree_sitter.Node) -> Expression:
        if node.type in self._kinds:
            return self._kinds[node.type](node)
        parts = [child for child in node.named_children if child.type != "comment"]
        if not parts:
            return ex.Literal(Unfinished(f"{node.type} is not evaluated"))
        return self._stepped(parts)

    def _reference(self, root: str, steps: tuple[Step, ...]) -> Expression:
        """Names as far as they say which thing is meant, then steps."""
        wanted = {"data": 3, "self": 1, "ephemeral": 3}.get(root, 2)
        names = [root]
        while steps and len(names) < wanted and isinstance(steps[0], GetAttribute):
            names.append(steps[0].name)
            steps = steps[1:]
        return ex.Reference(tuple(names), steps)

    def _steps(self, nodes: list[tree_sitter.Node]) -> tuple[Step, ...]:
        steps: list[Step] = []
        for node in nodes:
            if node.type == "get_attr":
                steps.append(GetAttribute(self._text(node.named_children[0])))
            elif node.type == "index":
                steps.append(self._index(node.named_children[0]))
            elif node.type == "splat":
                steps.extend(self._splat(node.named_children[0]))
        return tuple(steps)

    def _index(self, node: tree_sitter.Node) -> Step:
        if node.type == "legacy_index":
            return Index(ex.Literal(_number(self._text(node).lstrip("."))))
        return Index(self.expression(node.named_children[0]))

    def _splat(self, node: tree_sitter.Node) -> Iterator[Step]:
        """`.*` takes attributes of each element only: an index behind it is one of the whole."""
        inner = self._steps([child for child in node.named_children if child.type != "comment"])
        count = len(inner)
        if node.type == "attr_splat":
            count = next((i for i, step in enumerate(inner) if not isinstance(step, GetAttribute)), len(inner))
        yield Splat(inner[:count])
        yield from inner[count:]

    def _literal(self, node: tree_sitter.Node) -> Expression:
        inner = node.named_children[0]
        text = self._text(inner)
        if inner.type == "string_lit":
            return ex.Literal(unescaped(text[1:-1]))
        if inner.type == "numeric_lit":
            return ex.Literal(_number(text))
        return ex.Literal({"true": True, "false": False}.get(text))

    def _tuple(self, node: tree_sitter.Node) -> Expression:
        return ex.TupleOf(tuple(self.expression(child) for child in node.named_children if child.type == "expression"))

    def _object(self, node: tree_sitter.Node) -> Expression:
        pairs = []
        for element in node.named_children:
            if element.type == "object_elem":
                key, value = [child for child in element.named_children if child.type == "expression"]
                pairs.append((self._key(key), self.expression(value)))
        return ex.ObjectOf(tuple(pairs))

    def _key(self, node: tree_sitter.Node) -> Expression:
        """A bare name is a text; in parentheses it is a reference."""
        inner = node.named_children
        if len(inner) == 1 and inner[0].type == "variable_expr" and node.child_count == 1:
            return ex.Literal(self._text(inner[0]))
        return self.expression(node)

    def _call(self, node: tree_sitter.Node) -> Expression:
        name = self._text(node.named_children[0])
        given = next((child for child in node.named_children if child.type == "function_arguments"), None)
        arguments = [] if given is None else [child for child in given.named_children if child.type == "expression"]
        spread = given is not None and any(child.type == "ellipsis" for child in given.children)
        return Call(name, tuple(self.expression(argument) for argument in arguments), spread, self._text(node))

    def _conditional(self, node: tree_sitter.Node) -> Expression:
        return self._rotated(self._parts(node), self._text(node))

    def _parts(self, node: tree_sitter.Node) -> list[tree_sitter.Node]:
        return [child for child in node.named_children if child.type == "expression"]

    def _rotated(self, parts: list[tree_sitter.Node], source: str) -> Expression:
        """`a ? b : c ? d : e` binds to the right; the grammar nests it to the left."""
        condition, yes, no = parts
        chain: list[tuple[tree_sitter.Node, tree_sitter.Node]] = [(yes, no)]
        while len(condition.named_children) == 1 and condition.named_children[0].type == "conditional":
            condition, yes, no = self._parts(condition.named_children[0])
            chain.append((yes, no))
        # (((c ? y0 : n0) ? y1 : n1) ? y2 : n2) is meant as c ? y0 : (n0 ? y1 : (n1 ? y2 : n2)).
        result = self.expression(chain[0][1])
        conditions = [condition, *(no for _, no in reversed(chain[1:]))]
        for (yes, _), tested in zip(chain, reversed(conditions), strict=True):
            result = ex.Conditional(self.expression(tested), self.expression(yes), result, source)
        return result

    def _operation(self, node: tree_sitter.Node) -> Expression:
        # Steps, and the parentheses of an operand, stand beside the operator rather than in the operand.
        at, sign = next((i, child.type) for i, child in enumerate(node.children) if child.type in _OPERATORS)
        sides = (node.children[:at], node.children[at + 1 :])
        named = [[child for child in side if child.is_named and child.type != "comment"] for side in sides]
        return ex.Operation(sign, tuple(self._stepped(side) for side in named if side))

    def _stepped(self, nodes: list[tree_sitter.Node]) -> Expression:
        """A value, and the steps that are taken from it."""
        if len(nodes) > _DEEPEST:
            return ex.Literal(Unfinished("its expression is nested too deep"))
        head, steps = nodes[0], self._steps(nodes[1:])
        if head.type == "variable_expr":
            return self._reference(self._text(head), steps)
        base = self.expression(head)
        return ex.Access(base, steps) if steps else base

    def _comprehension(self, node: tree_sitter.Node) -> Expression:
        intro = next(child for child in node.named_children if child.type == "for_intro")
        names, collection = self._intro(intro)
        results = [child for child in node.named_children if child.type == "expression"]
        condition = next((child for child in node.named_children if child.type == "for_cond"), None)
        mapped = node.type == "for_object_expr"
        return Comprehension(
            names[0] if len(names) > 1 else "",
            names[-1],
            collection,
            self.expression(results[0]) if mapped else None,
            self.expression(results[-1]),
            self.expression(condition.named_children[-1]) if condition is not None else None,
            any(child.type == "ellipsis" for child in node.children),
            self._text(node),
        )

    def _intro(self, node: tree_sitter.Node) -> tuple[list[str], Expression]:
        names = [self._text(child) for child in node.named_children if child.type == "identifier"]
        collection = next(child for child in node.named_children if child.type == "expression")
        return names, self.expression(collection)

    # --- templates ---------------------------------------------------------------------------------------------------

    def template(self, node: tree_sitter.Node, *, drop_last_newline: bool = False) -> Expression:
        """Read a quoted template or a heredoc."""
        heredoc = node.type == "heredoc_template"
        start, end = self._inside(node, heredoc=heredoc)
        tokens: list[Token] = []
        for child in self._directives(node):
            if self._content[child.start_byte - 1 : child.start_byte + 1] in {b"$$", b"%%"}:
                return ex.Literal(Unfinished("more than two $ or % before a brace"))
            tokens.extend(self._texts(start, child.start_byte, heredoc=heredoc))
            tokens.append(self._token(child))
            start = child.end_byte
        tokens.extend(self._texts(start, end - 1 if drop_last_newline else end, heredoc=heredoc))
        return assembled(tokens, flush=heredoc and self._content[node.start_byte :].startswith(b"<<-"))

    def _inside(self, node: tree_sitter.Node, *, heredoc: bool) -> tuple[int, int]:
        if not heredoc:
            return node.start_byte + 1, node.end_byte - 1
        marks = [child for child in node.named_children if child.type == "heredoc_identifier"]
        start = self._content.index(b"\n", marks[0].end_byte) + 1
        return start, max(start, self._content.rindex(b"\n", 0, marks[-1].start_byte) + 1)

    def _directives(self, node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
        """Interpolations and the openings and ends of directives, in order."""
        for child in node.named_children:
            if child.type in {
                "template_interpolation", "template_if_intro", "template_else_intro", "template_if_end",
                "template_for_start", "template_for_end",
            }:  # fmt: skip
                yield child
            elif child.type.startswith("template_") and child.type != "template_literal":
                yield from self._directives(child)

    def _texts(self, start: int, end: int, *, heredoc: bool) -> Iterator[Token]:
        """Literal text: in a heredoc line by line, as whitespace is trimmed there."""
        text = self._content[start:end].decode("utf-8", "replace")
        if not text:
            return
        if not heredoc:
            yield Token("text", unescaped(text))
            return
        for line in text.splitlines(keepends=True) if "\n" in text else [text]:
            yield Token("text", unescaped_marks(line))

    def _token(self, node: tree_sitter.Node) -> Token:
        kind = node.type.removeprefix("template_")
        trims = (self._text(node)[2:3] == "~", self._text(node)[-2:-1] == "~")
        inner = next((child for child in node.named_children if child.type == "expression"), None)
        names = [self._text(child) for child in node.named_children if child.type == "identifier"]
        return Token(kind, "", self.expression(inner) if inner is not None else None, tuple(names), *trims)

    def _bytes(self, node: tree_sitter.Node) -> bytes:
        return self._content[node.start_byte : node.end_byte]

    def _text(self, node: tree_sitter.Node) -> str:
        return self._bytes(node).decode("utf-8", "replace")


def _number(text: str) -> Any:
    try:
        return parsed(text)
    except FunctionError:
        return Failed(f"{text[:20]} is no number")
