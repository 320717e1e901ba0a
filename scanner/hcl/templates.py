"""Templates: from a row of texts, interpolations and directives to an expression.

Whitespace is trimmed token by token, as HCL's own parser does it: a text of a heredoc is a token a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.hcl import expressions as ex
from scanner.hcl.scope import Expression
from scanner.hcl.template_parts import Chosen, Repeated, TextTemplate
from scanner.hcl.values import Failed


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a template."""

    kind: str
    """text, interpolation, if_intro, else_intro, if_end, for_start, for_end."""

    text: str = ""
    expression: Expression | None = None
    names: tuple[str, ...] = ()
    trims_before: bool = False
    trims_after: bool = False


def assembled(tokens: Sequence[Token], *, flush: bool) -> Expression:
    """Put a template together; with `flush` without the indentation that all its lines share (`<<-`)."""
    trimmed = _trimmed(tokens)
    left = iter(_flushed(trimmed) if flush else trimmed)
    parts, end = _parts(left, frozenset())
    if end:
        return ex.Literal(Failed("a template's directive ends where none began"))
    return parts if parts.parts else ex.Literal("")


def _trimmed(tokens: Sequence[Token]) -> list[Token]:
    """Apply the `~` of interpolations and directives to the texts beside them."""
    result: list[Token] = []
    after = False
    for token_ in tokens:
        token = replace(token_, text=token_.text.lstrip()) if after and token_.kind == "text" else token_
        after = token.trims_after
        if token.trims_before and result and result[-1].kind == "text":
            result[-1] = replace(result[-1], text=result[-1].text.rstrip())
        result.append(token)
    return result


def _flushed(tokens: list[Token]) -> list[Token]:
    """Take away the indentation that all lines share; lines of nothing but spaces do not count."""
    indents: dict[int, int] = {}
    least: int | None = None
    at_start = True
    for i, token in enumerate(tokens):
        if at_start:
            at_start = False
            text = token.text if token.kind == "text" else ""
            stripped = text.lstrip()
            if token.kind != "text" or stripped or not text.endswith("\n"):
                spaces = len(text) - len(stripped)
                indents |= {i: spaces} if token.kind == "text" else {}
                least = spaces if least is None else min(least, spaces)
        if token.kind == "text" and token.text.endswith("\n"):
            at_start = True
    return [replace(token, text=token.text[least:]) if i in indents else token for i, token in enumerate(tokens)]


def _parts(tokens: Iterator[Token], ends: frozenset[str]) -> tuple[TextTemplate, str]:
    """Everything up to a token of one of these kinds, and which it was; empty at the end of the template."""
    parts: list[Expression] = []
    for token in tokens:
        if token.kind in ends:
            return TextTemplate(tuple(parts)), token.kind
        if token.kind == "text":
            if token.text:
                parts.append(ex.Literal(token.text))
        elif token.kind == "if_intro" and token.expression is not None:
            yes, end = _parts(tokens, frozenset({"else_intro", "if_end"}))
            no = _parts(tokens, frozenset({"if_end"}))[0] if end == "else_intro" else TextTemplate(())
            parts.append(Chosen(token.expression, yes, no))
        elif token.kind == "for_start" and token.expression is not None:
            body, _ = _parts(tokens, frozenset({"for_end"}))
            key, item = token.names if len(token.names) > 1 else ("", *token.names)
            parts.append(Repeated(key, item, token.expression, body))
        elif token.expression is not None:
            parts.append(token.expression)
        else:
            return TextTemplate(tuple(parts)), token.kind
    return TextTemplate(tuple(parts)), ""
