"""Conditions: CEL expressions over facts, answering true, false or unknown.

The only module that knows CEL. The runtime's `&&`, `||`, `exists` and `all` absorb an error on one side
when the other side decides; an unknown fact is left out of the activation and becomes such an error,
so the result is Kleene's three-valued logic.
"""

from __future__ import annotations

import re
from dataclasses import fields
from functools import cache
from typing import Any, get_type_hints

from cel_expr_python import cel

from scanner.errors import PolicyError
from scanner.kinds import KINDS
from scanner.model import Completed, Resource, Unknown, fact_names

_CEL_TYPES = {
    str: cel.Type.STRING,
    bool: cel.Type.BOOL,
    int: cel.Type.INT,
    tuple[str, ...]: cel.Type.List(cel.Type.STRING),
}
_CALLS = frozenset({"exists", "all", "size", "startsWith", "endsWith", "contains"})
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_INDEX = re.compile(r"(?:\b(?!in\b)\w+|[)\]\"'])\s*\[")
_ARITHMETIC = re.compile(r"[-+*/%?]")
_NO_VALUE = "found in Activation"


class Condition:
    """A compiled condition over one kind; call it with a resource of that kind."""

    def __init__(self, text: str, kind: type[Resource]) -> None:
        """Compile `text`, which may ask about the facts of `kind` and nothing else.

        Raises PolicyError for a typo, a wrong type, or a construct that could raise at run time.
        """
        self.text = text
        self.kind = kind
        _refuse_what_can_raise(text)
        try:
            expression = _environment(kind.kind).compile(text)
        except RuntimeError as error:
            raise PolicyError(_tidy(str(error))) from None
        if expression.return_type() != cel.Type.BOOL:
            raise PolicyError(f"this is {expression.return_type()}, not true or false\n | {text}\n | ^")
        self._expression = expression
        named = re.findall(rf"\b{kind.kind}\.(\w+)", _STRINGS.sub('""', text))
        self.reads: tuple[str, ...] = tuple(name for name in fact_names(kind) if name in named)
        """Facts the condition reads."""
        self._verdicts: dict[tuple[object, ...], bool | None] = {}

    def __call__(self, resource: Resource) -> bool | None:
        """Answer True, False, or None where an unknown fact decides the matter."""
        key = tuple([None if isinstance(v, Unknown) else v for v in [getattr(resource, n) for n in self.reads]])
        try:
            return self._verdicts[key]
        except KeyError:
            verdict = self._verdicts[key] = self._evaluate(resource)
            return verdict

    def unknowns(self, resource: Resource) -> tuple[str, ...]:
        """Reasons of the unknown facts among those it reads, without repetition."""
        values = (getattr(resource, name) for name in self.reads)
        return tuple(dict.fromkeys(value.reason for value in values if isinstance(value, Unknown)))

    def because(self, resource: Resource) -> tuple[str, ...]:
        """Where the facts it reads come from, for those that say so."""
        return tuple(dict.fromkeys(resource.because[name] for name in self.reads if name in resource.because))

    def path(self, resource: Resource) -> tuple[str, ...]:
        """The chain that leads to the first of the facts it reads that has one."""
        return next((resource.paths[name] for name in self.reads if name in resource.paths), ())

    def completed(self, resource: Resource) -> tuple[Completed, ...]:
        """Attributes that the facts it reads rest on and that the sources tell."""
        if not resource.completed:
            return ()
        return tuple(dict.fromkeys(one for name in self.reads for one in resource.completed.get(name, ())))

    def _evaluate(self, resource: Resource) -> bool | None:
        facts = {name: getattr(resource, name) for name in self.reads}
        data = {
            f"{self.kind.kind}.{name}": list(value) if isinstance(value, tuple) else value
            for name, value in facts.items()
            if not isinstance(value, Unknown)
        }
        answer = self._expression.eval(data=data)
        if answer.type() == cel.Type.BOOL:
            return bool(answer.value())
        if _NO_VALUE in str(answer.value()):
            return None
        raise PolicyError(f"{self.text}: {answer.value()}")


@cache
def _environment(name: str) -> Any:
    kind = KINDS[name]
    hints = get_type_hints(kind)
    variables = {}
    for field in fields(kind):
        if field.name in fact_names(kind):
            known = next(t for t in getattr(hints[field.name], "__args__", (hints[field.name],)) if t is not Unknown)
            known = hints[field.name] if hints[field.name] in _CEL_TYPES else known
            if known in _CEL_TYPES:
                variables[f"{kind.kind}.{field.name}"] = _CEL_TYPES[known]
    return cel.NewEnv(variables=variables)


def _refuse_what_can_raise(text: str) -> None:
    bare = _STRINGS.sub(lambda match: '"' + " " * (len(match[0]) - 2) + '"', text)
    place = _INDEX.search(bare)
    what = "indexing"
    if place is None:
        place, what = _ARITHMETIC.search(bare), "arithmetic and ?:"
    if place is None:
        place = next((m for m in _CALL.finditer(bare) if m[1] not in _CALLS and m[1] != "in"), None)
        what = f"{place[1]}()" if place else ""
    if place is not None:
        raise PolicyError(f"{what} may not be used in a condition\n | {text}\n | {'.' * place.start()}^")


def _tidy(error: str) -> str:
    lines = error.replace("INVALID_ARGUMENT: ERROR: <input>:", "").replace(" [INVALID_ARGUMENT]", "").splitlines()
    place, _, message = lines[0].partition(": ")
    return "\n".join([f"{message.replace(' (in container ' + repr('') + ')', '')} at {place}", *lines[1:]])
