"""Whether an expression in a plan's `configuration`, or a value that it plans, is that of the sources.

Source: "JSON Output Format", "Expression Representation", in Terraform's documentation. Blocks that `dynamic` makes are
in neither. The JSON syntax has texts where the native one has expressions: only references are compared of it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from scanner.terraform.values import references_in

_EXPRESSION = frozenset({"references", "constant_value"})
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def alike(told: Any, made: Any) -> bool:
    """Whether what a plan tells of an expression, or of a tree of blocks of them, is what its source comes to."""
    told, made = told or {}, made or {}
    if isinstance(made, list):
        return _alike_blocks(told, made)
    if isinstance(told, list) or told.keys() & _EXPRESSION or made.keys() & _EXPRESSION:
        return same_references(told, made) and _same_constant(told, made)
    return told.keys() == made.keys() and all(alike(item, made[name]) for name, item in told.items())


def _alike_blocks(told: Any, made: list[Any]) -> bool:
    """Blocks: a list of them, one alone where there can be no more, or the value that a provider makes of them."""
    if isinstance(told, list):
        return len(told) == len(made) and all(alike(one, other) for one, other in zip(told, made, strict=True))
    if told.keys() & _EXPRESSION:
        return same_references(told, made)
    return len(made) == 1 and alike(told, made[0])


def same_references(told: Any, made: Any) -> bool:
    """Whether two expressions, or trees of them, name the same things."""
    return _longest(set(references_in(told))) == _longest(set(references_in(made)))


def is_brief(told: Any) -> bool:
    """Whether references tell what is named and not what is read of it, as early versions of Terraform have them."""
    return not any(_head(text) != text for text in references_in(told))


def brief(tree: Any) -> Any:
    """A tree of expressions with references as early versions of Terraform have them."""
    if isinstance(tree, list):
        return [brief(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if isinstance(tree.get("references"), list):
        return tree | {"references": [_head(text) for text in tree["references"]]}
    return {name: brief(item) for name, item in tree.items()}


def _head(text: str) -> str:
    steps = text.replace("[", ".").split(".")
    return ".".join(steps[: 3 if steps[0] == "data" else 2])


def _longest(found: set[str]) -> set[str]:
    """References without those that are the beginning of another: some versions list these, others do not."""
    return found - {text[:i] for text in found for i, sign in enumerate(text) if sign in ".["}


def _same_constant(told: Any, made: Any) -> bool:
    if isinstance(told, list) or "references" in told:
        return True
    one, other = told.get("constant_value"), made.get("constant_value")
    return one == other or json.dumps(one).lower().replace('"', "") == json.dumps(other).lower().replace('"', "")


def same_value(planned: Any, value: Any) -> bool:
    """Whether a planned value can be this value of the sources, as providers write it."""
    if isinstance(value, dict) and isinstance(planned, dict):
        return all(same_value(planned.get(name), item) for name, item in value.items())
    if isinstance(value, list) and isinstance(planned, list):
        return bool(_canonical(planned) == _canonical(value))
    if isinstance(planned, str) and isinstance(value, str):
        return _same_text(planned, value)
    if isinstance(value, (dict, list)) or isinstance(planned, (dict, list)):
        return True
    return bool(_canonical(planned) == _canonical(value))


def _same_text(planned: str, value: str) -> bool:
    if _canonical(planned) == _canonical(value) or _HASH.fullmatch(planned):
        return True
    one, other = _json(planned), _json(value)
    return one is not None and bool(_canonical(one) == _canonical(other))


def _json(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None


def _canonical(value: Any) -> Any:
    """A value in which lists have no order, one element is as good as a list of it, and texts no case."""
    if isinstance(value, dict):
        return {name: _canonical(value[name]) for name in sorted(value) if value[name] is not None}
    if isinstance(value, list):
        items = sorted({repr(_canonical(item)): _canonical(item) for item in value}.items())
        return items[0][1] if len(items) == 1 else [item for _, item in items]
    return str(value).strip().rstrip(".").lower() if value is not None else ""
