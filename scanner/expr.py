"""Conditions: CEL expressions over facts, answering true, false or unknown.

The only module that knows CEL. The runtime's `&&`, `||`, `exists` and `all` absorb an error on one side
when the other side decides; an unknown fact is left out of the activation and becomes such an error,
so the result is Kleene's three-valued logic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from operator import attrgetter
from typing import Any, TypeVar, get_type_hints

from cel_expr_python import cel

from scanner.errors import PolicyError
from scanner.model import Completed, Resource, Unknown, fact_names

N = TypeVar("N")

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
    """A compiled condition over one kind, or over several things at once; call it with a resource of each."""

    def __init__(self, text: str, kind: type[Resource], **also: type[Resource]) -> None:
        """Compile `text`, which may ask about the facts of `kind`, and of those bound `also`, and nothing else.

        Raises PolicyError for a typo, a wrong type, or a construct that could raise at run time.
        """
        self.text = text
        self.kind = kind
        _refuse_what_can_raise(text)
        bound = ((kind.kind, kind), *also.items())
        try:
            expression = _environment(bound).compile(text)
        except RuntimeError as error:
            raise PolicyError(_tidy(str(error))) from None
        if expression.return_type() != cel.Type.BOOL:
            raise PolicyError(f"this is {expression.return_type()}, not true or false\n | {text}\n | ^")
        self._expression = expression
        bare = _STRINGS.sub('""', text)
        asked = [(name, one, set(re.findall(rf"\b{name}\.(\w+)", bare))) for name, one in bound]
        self.facts: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
            (name, tuple(fact for fact in _asked_about(one) if fact in named)) for name, one, named in asked
        )
        """By bound name, in order: the facts it reads."""

        self.reads: tuple[str, ...] = self.facts[0][1]
        """Facts of the first that it reads."""

        self._asked = [(place, name) for place, (_, names) in enumerate(self.facts) for name in names]
        self._verdicts: dict[tuple[object, ...], bool | None] = {}

    def __call__(self, *resources: Resource) -> bool | None:
        """Answer True, False, or None where an unknown fact decides the matter."""
        key = tuple(
            [None if isinstance(v := getattr(resources[place], name), Unknown) else v for place, name in self._asked]
        )
        try:
            return self._verdicts[key]
        except KeyError:
            verdict = self._verdicts[key] = self._evaluate(resources)
            return verdict

    def over(self, *columns: Sequence[Resource]) -> list[bool | None]:
        """What it answers of the first of each column, of the second of each, and so on, without a call for each."""
        keys = [*zip(*(_column(name, columns[place]) for place, name in self._asked), strict=True)]
        if not self._asked:
            keys = [()] * len(columns[0])
        missing = set(keys).difference(self._verdicts)
        for key, row in dict(zip(keys, count())).items() if missing else ():
            if key in missing:
                self(*[column[row] for column in columns])
        return [*map(self._verdicts.__getitem__, keys)]

    def unknowns(self, *resources: Resource) -> tuple[str, ...]:
        """Reasons of the unknown facts among those it reads, without repetition."""
        values = (getattr(one, name) for one, name in self._read(resources))
        return tuple(dict.fromkeys(value.reason for value in values if isinstance(value, Unknown)))

    def because(self, *resources: Resource) -> tuple[str, ...]:
        """Where the facts it reads come from, for those that say so."""
        return tuple(dict.fromkeys(self._noted([one.because for one in resources])))

    def path(self, *resources: Resource) -> tuple[str, ...]:
        """The chain that leads to the first of the facts it reads that has one."""
        return next(iter(self._noted([one.paths for one in resources])), ())

    def completed(self, *resources: Resource) -> tuple[Completed, ...]:
        """Attributes that the facts it reads rest on and that the sources tell."""
        noted = self._noted([one.completed for one in resources])
        return tuple(dict.fromkeys([told for several in noted for told in several])) if noted else ()

    def _noted(self, notes: list[Mapping[str, N]]) -> list[N]:
        """What is noted of the facts it reads, in their order."""
        if not any(notes):
            return []
        return [notes[place][name] for place, name in self._asked if name in notes[place]]

    def _read(self, resources: tuple[Resource, ...]) -> list[tuple[Resource, str]]:
        """Each fact it reads with the resource it is of."""
        return [(resources[place], name) for place, name in self._asked]

    def _evaluate(self, resources: tuple[Resource, ...]) -> bool | None:
        bound = zip(resources, self.facts, strict=True)
        facts = {f"{name}.{fact}": getattr(one, fact) for one, (name, asked) in bound for fact in asked}
        data = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in facts.items()
            if not isinstance(value, Unknown)
        }
        answer = self._expression.eval(data=data)
        if answer.type() == cel.Type.BOOL:
            return bool(answer.value())
        if _NO_VALUE in str(answer.value()):
            return None
        raise PolicyError(f"{self.text}: {answer.value()}")


def _column(name: str, resources: Sequence[Resource]) -> list[object]:
    """One fact of many resources, None where it is not known."""
    column = [*map(attrgetter(name), resources)]
    if not any(issubclass(sort, Unknown) for sort in set(map(type, column))):
        return column
    return [None if isinstance(value, Unknown) else value for value in column]


def _asked_about(kind: type[Resource]) -> tuple[str, ...]:
    """Facts that a condition may ask about; of something of any kind also which kind it is."""
    return fact_names(kind) if "kind" in vars(kind) else ("kind", *fact_names(kind))


@cache
def _environment(bound: tuple[tuple[str, type[Resource]], ...]) -> Any:
    variables = {}
    for prefix, kind in bound:
        hints = get_type_hints(kind)
        for name in _asked_about(kind):
            known = str if name == "kind" else _known(hints[name])
            if known in _CEL_TYPES:
                variables[f"{prefix}.{name}"] = _CEL_TYPES[known]
    return cel.NewEnv(variables=variables)


def _known(hint: Any) -> Any:
    """The type of a fact where it is known."""
    return hint if hint in _CEL_TYPES else next(t for t in getattr(hint, "__args__", (hint,)) if t is not Unknown)


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
