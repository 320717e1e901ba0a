"""`for` expressions, and what a `for` of any sort goes over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.hcl import operators
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.shown import shortened
from scanner.hcl.values import LONGEST_LIST, Failed, SetList, Unfinished, open_set, unfinished
from scanner.model import Unknown


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[for x in y : z]` and `{for k, v in y : a => b...}`."""

    key: str
    item: str
    collection: Expression
    result_key: Expression | None
    result: Expression
    condition: Expression | None
    grouped: bool
    source: str

    def value(self, scope: Scope) -> Any:
        """A list, or a dict where it has `=>`."""
        collection = self.collection.value(scope)
        in_order = not open_set(collection)
        if not in_order and (self.result_key is None or self.grouped):
            return unfinished(f"the order of a set: {shortened(self.source)}", collection)
        pairs = pairs_of(collection, scope)
        if isinstance(pairs, Unknown):
            return pairs
        found: list[tuple[Any, Any]] = []
        for pair in pairs:
            if not scope.names.spend(1):
                return unfinished("too much to work out", [item for _, item in pairs])
            inner = inner_scope(scope, self.key, self.item, pair)
            kept = operators.truth(self.condition.value(inner)) if self.condition else True
            if isinstance(kept, Unknown):
                return unfinished(f"which elements it keeps is not known: {shortened(self.source)}", kept, *pair)
            if kept:
                key = operators.as_text(self.result_key.value(inner)) if self.result_key else None
                found.append((key, self.result.value(inner)))
        if self.result_key is None:
            return [item for _, item in found]
        result = self._mapped(found)
        # Elements of a set that are not known may turn out to be one, and have one key.
        return result if in_order or not isinstance(result, Failed) else unfinished(result.reason, collection)

    def _mapped(self, found: list[tuple[Any, Any]]) -> Any:
        result: dict[str, Any] = {}
        for key, item in found:
            if not isinstance(key, str):
                why = f"a key is not known: {shortened(self.source)}"
                return unfinished(why, *(part for pair in found for part in pair))
            if self.grouped:
                result.setdefault(key, []).append(item)
            elif key in result:
                return Failed(f"two elements have the same key: {shortened(self.source)}")
            else:
                result[key] = item
        return result

    def children(self) -> Iterable[Expression]:
        """Everything it is made from."""
        return (one for one in (self.collection, self.result_key, self.result, self.condition) if one is not None)


Pair: TypeAlias = "tuple[Any, Any]"


def pairs_of(collection: Any, scope: Scope) -> list[Pair] | Unknown:
    """Keys and elements of a collection, in Terraform's order."""
    if isinstance(collection, Unknown):
        return unfinished(f"it goes over what is not known: {collection.reason}", collection)
    if isinstance(collection, dict):
        pairs = [(key, collection[key]) for key in sorted(collection)]
    elif isinstance(collection, SetList):
        pairs = [(item, item) for item in collection]
    elif isinstance(collection, list):
        pairs = list(enumerate(collection))
    elif collection is None or isinstance(collection, (str, int, float)):
        return Failed("for needs a collection")
    else:
        return Unfinished("it goes over the attributes of a resource")
    if len(pairs) > LONGEST_LIST or not scope.names.spend(len(pairs)):
        return unfinished("too much to work out", collection)
    return pairs


def inner_scope(scope: Scope, key: str, item: str, pair: Pair) -> Scope:
    """The place where the body of a loop stands, for one element."""
    return scope.bind(**{key: pair[0], item: pair[1]}) if key else scope.bind(**{item: pair[1]})
