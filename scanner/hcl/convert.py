"""Type constraints of variables, and the conversions they make.

Source: the Terraform language's "Type Constraints" reference, optional attributes included.
"""

from __future__ import annotations

from typing import Any

from scanner.hcl import functions
from scanner.hcl.calls import Call
from scanner.hcl.expressions import ObjectOf, Reference, TupleOf
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.values import Failed, Symbol, Thing, open_set, unfinished
from scanner.model import Unknown

_UNIFYING = {"list": "tolist", "map": "tomap", "set": "toset"}
_SIMPLE = {"string": "tostring", "number": "tonumber", "bool": "tobool"}


def converted(value: Any, type_: Expression, scope: Scope) -> Any:
    """A value as a variable of this type holds it; what cannot be known stays as it is."""
    if isinstance(type_, Reference) and isinstance(value, (str, int, float)):
        name = _SIMPLE.get(type_.names[0])
        return functions.call(name, [value], None) if name else value
    if value is None or isinstance(value, Unknown) or not isinstance(type_, Call) or not type_.arguments:
        return value
    inner = type_.arguments[0]
    if type_.name == "optional":
        return converted(value, inner, scope)
    if type_.name == "object" and isinstance(inner, ObjectOf):
        return _object(value, inner, scope)
    if type_.name == "tuple" and isinstance(inner, TupleOf) and isinstance(value, list):
        return [converted(item, one, scope) for item, one in zip(value, inner.items, strict=False)]
    return _collection(value, type_.name, inner, scope)


def _collection(value: Any, name: str, inner: Expression, scope: Scope) -> Any:
    if isinstance(inner, Reference) and inner.names[0] == "any" and name in _UNIFYING:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        if all(isinstance(item, Thing) for item in items):
            return value
        found = functions.call(_UNIFYING[name], [value], None)
        return value if isinstance(found, Failed) else found
    if name == "map" and isinstance(value, dict):
        return {key: converted(item, inner, scope) for key, item in value.items()}
    if name == "list" and isinstance(value, list):
        items = [converted(item, inner, scope) for item in value]
        return unfinished("the order of a set", value) if open_set(value) else items
    if name == "set" and isinstance(value, list):
        return functions.call("toset", [[converted(item, inner, scope) for item in value]], None)
    return value


def _object(value: Any, type_: ObjectOf, scope: Scope) -> Any:
    """An object with the attributes of its type, defaults filled in; others are dropped, as Terraform does."""
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for key, one in type_.items:
        name = str(key.value(scope))
        optional = isinstance(one, Call) and one.name == "optional"
        given = value.get(name)
        if given is None and isinstance(one, Call) and optional:
            given = one.arguments[1].value(scope) if len(one.arguments) > 1 else None
        elif name not in value:
            return Failed(f"the attribute {name!r} is required")
        elif isinstance(given, Symbol) and optional and isinstance(one, Call) and len(one.arguments) > 1:
            given = unfinished(f"{name} has a default where {given.reason}", given)
        found[name] = converted(given, one, scope)
    return found
