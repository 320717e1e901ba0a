"""References by instance: which planned resource an expression names.

`configuration` says only `aws_s3_bucket.b` and `each.key`, once for a block, whatever count, for_each and
modules make of it. Here each reference is followed for one instance, through variables, outputs, each.value
and other resources, to the instances it can mean. What cannot be followed says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanner.terraform.address import Key, ModulePath, Reference, reference
from scanner.terraform.planfile import ConfigModule, ConfigResource, ModuleCall
from scanner.terraform.values import references_in

_DEPTH = 40
_PLAIN = frozenset({"resource", "data", "module", "each"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: a module instance, and the block's own key and for_each."""

    module: ModulePath
    key: Key = None
    for_each: Any = None
    siblings: dict[Key, Any] = field(default_factory=dict)
    """Every key of the block."""


@dataclass(slots=True)
class Resolution:
    """What an expression can mean."""

    instances: Mapping[str, None] = field(default_factory=dict)
    """Addresses it names for certain, or might name when there is a problem, in order; shared, so never changed."""

    problem: str = ""
    """Why it is not decided; empty when it is."""

    every: bool = False
    """Whether the only problem is that it names every instance of a block, as a list does."""

    outside: bool = False
    """Whether a part of it comes from a literal, a root variable or something not planned."""

    def add(self, other: Resolution) -> None:
        """Take in what another part of the same expression can mean."""
        self._join(other.instances)
        if other.problem:
            self.every = other.every and (self.every or not self.problem)
        self.problem = self.problem or other.problem
        self.outside = self.outside or other.outside

    def add_possible(self, other: Resolution) -> None:
        """Take in only what another part can mean."""
        self._join(other.instances)

    def _join(self, instances: Mapping[str, None]) -> None:
        self.instances = (
            {**self.instances, **instances} if self.instances and instances else self.instances or instances
        )


class Resolver:
    """Follows references through one plan's configuration."""

    def __init__(self, root: ConfigModule) -> None:
        """Index the configuration; instances are added with `add`."""
        self._modules: dict[tuple[str, ...], ConfigModule] = {}
        self._blocks: dict[tuple[tuple[str, ...], str, str, str], ConfigResource] = {}
        self._groups: dict[tuple[ModulePath, str, str, str], dict[Key, str]] = {}
        self._calls: dict[tuple[ModulePath, str], dict[Key, str]] = {}
        self._computable: dict[tuple[int, int], bool] = {}
        self._everything: dict[int, dict[str, None]] = {}
        self._texts: dict[int, dict[Key, Any]] = {}
        self.shows_expressions = False
        """Whether any block of the configuration has expressions: some files were stripped of them all."""

        self._index(root, ())

    def block(self, module: ModulePath, mode: str, type_: str, name: str) -> ConfigResource | None:
        """The configuration block of a resource."""
        return self._blocks.get((_names(module), mode, type_, name))

    def blocks_of(self, type_: str) -> Iterable[tuple[tuple[str, ...], ConfigResource]]:
        """Every managed block of a type, with the names of its modules."""
        return ((key[0], block) for key, block in self._blocks.items() if key[1] == "managed" and key[2] == type_)

    def blocks(self) -> Iterable[tuple[tuple[str, ...], ConfigResource]]:
        """Every block, with the names of its modules."""
        return ((key[0], block) for key, block in self._blocks.items())

    def add(self, module: ModulePath, mode: str, type_: str, name: str, key: Key, address: str) -> None:
        """Take in one planned instance."""
        self._groups.setdefault((module, mode, type_, name), {})[key] = address
        for depth in range(len(module), 0, -1):
            name_, key_ = module[depth - 1]
            self._calls.setdefault((module[: depth - 1], name_), {})[key_] = str(key_)

    def place(self, module: ModulePath, mode: str, type_: str, name: str, key: Key) -> Place:
        """Where the expressions of one instance stand."""
        block = self.block(module, mode, type_, name)
        siblings = self._groups.get((module, mode, type_, name), {})
        return Place(module, key, block.for_each_expression if block else None, siblings)

    def resolve(self, references: Iterable[str], place: Place, depth: int = 0) -> Resolution:
        """Say what an expression with these references, standing at `place`, can mean."""
        if depth > _DEPTH:
            return Resolution(problem="its references go in a circle")
        parsed = _longest([reference(text) for text in references])
        result = Resolution()
        if not parsed:
            result.outside = True
        for one in parsed:
            result.add(self._one(one, parsed, place, depth + 1))
        return result

    def passed(self, module: ModulePath) -> Iterator[tuple[str, Resolution]]:
        """What each argument that a module instance's caller passes into it can mean, by its name."""
        call, outer = self._call(module)
        for name, expression in call.expressions.items():
            yield name, self.resolve(references_in(expression), outer)

    def constant(self, references: Iterable[str], place: Place) -> Any:
        """The constant that an expression's one variable is given by a caller, or else its default.

        A root variable may be set outside the configuration: check what comes of it.
        """
        names = _longest([reference(text) for text in references])
        while len(names) == 1 and names[0].scope == "var" and not names[0].attribute:
            expression, outer = self._argument(names[0].name, place) if place.module else (None, place)
            if expression is None:
                variable = self._modules.get(_names(place.module), ConfigModule()).variables.get(names[0].name)
                return variable.default if variable else None
            if isinstance(expression, dict) and "constant_value" in expression:
                return expression["constant_value"]
            names, place = _longest([reference(text) for text in references_in(expression)]), outer
        return None

    def _one(self, ref: Reference, all_: list[Reference], place: Place, depth: int) -> Resolution:
        if ref.scope in {"resource", "data"}:
            return Resolution({ref.address: None}) if ref.address else self._resource(ref, all_, place)
        if ref.scope == "module":
            return self._output(ref, all_, place, depth)
        if ref.scope == "var":
            return self._variable(ref, all_, place, depth)
        if ref.scope == "each" and ref.name == "value":
            alone = all(r.scope == "each" for r in all_)
            return self._each_value(ref.attribute, place, depth) if alone else Resolution()
        if ref.scope == "local":
            return Resolution(problem=f"it goes through local.{ref.name}, which a plan's JSON does not hold")
        return Resolution()

    def _resource(self, ref: Reference, all_: list[Reference], place: Place) -> Resolution:
        mode = "data" if ref.scope == "data" else "managed"
        group = self._groups.get((place.module, mode, ref.type, ref.name), {})
        name = f"{'data.' if mode == 'data' else ''}{ref.type}.{ref.name}"
        if not group:
            return Resolution(outside=True) if mode == "data" else Resolution()
        return self._pick(group, ref, all_, place, name)

    def _output(self, ref: Reference, all_: list[Reference], place: Place, depth: int) -> Resolution:
        name = ref.name
        keys = self._calls.get((place.module, name), {})
        if not keys:
            return Resolution()
        chosen = self._pick(keys, ref, all_, place, f"module.{name}")
        result = Resolution(problem=chosen.problem)
        for key in [k for k, text in keys.items() if text in chosen.instances]:
            path = (*place.module, (name, key))
            # An index that is computed hides which output is read: it may be any of them.
            outputs = self._modules.get(_names(path), ConfigModule()).outputs
            for output in (
                [outputs[ref.attribute[0]]] if ref.attribute and ref.attribute[0] in outputs else outputs.values()
            ):
                result.add(self.resolve(references_in(output.expression), Place(path), depth))
        return result

    def _variable(self, ref: Reference, all_: list[Reference], place: Place, depth: int) -> Resolution:
        if not place.module:
            return Resolution(outside=True)
        expression, outer = self._argument(ref.name, place)
        if expression is None:
            return Resolution(outside=True)
        passed = _longest([reference(text) for text in references_in(expression)])
        if len(passed) == 1 and _is_whole(passed[0]):
            group = self._groups.get((outer.module, "managed", passed[0].type, passed[0].name), {})
            key = next((k for k in group if ref.attribute and str(k) == ref.attribute[0]), None)
            item = Reference("resource", passed[0].type, passed[0].name, key, (), indexed=key is not None)
            # A list of instances may have been put in another order on the way; a map keeps its keys.
            if group and all(isinstance(known, str) for known in group):
                return self._pick(group, item, [r for r in all_ if r is not ref], place, f"var.{ref.name}")
        return self.resolve(references_in(expression), outer, depth)

    def _argument(self, name: str, place: Place) -> tuple[Any, Place]:
        """What the caller passes for a variable, and where that stands; None where it passes nothing."""
        call, outer = self._call(place.module)
        return call.expressions.get(name), outer

    def _call(self, module: ModulePath) -> tuple[ModuleCall, Place]:
        """The block that calls a module instance, and where its arguments stand."""
        caller, (called, key) = module[:-1], module[-1]
        call = self._modules.get(_names(caller), ConfigModule()).module_calls.get(called, ModuleCall())
        siblings = self._calls.get((caller, called), {})
        return call, Place(caller, key, call.for_each_expression, siblings)

    def _each_value(self, attribute: tuple[str, ...], place: Place, depth: int) -> Resolution:
        """Follow each.value: the same key of the one collection that for_each goes over."""
        roots = _longest([reference(text) for text in references_in(place.for_each)])
        if not roots:
            return Resolution(outside=True)
        if len(roots) > 1:
            return self._mixed(roots, place, depth)
        (root,) = roots
        same = reference("each.key")
        if _is_whole(root) or (root.scope == "data" and not root.attribute and not root.indexed):
            found = self._resource(root, [root, same], place)
            if not attribute and not found.problem:
                # A bare each.value is no resource: for_each goes over a for expression, whose keys may be others.
                found.problem = "for_each goes over a collection computed from several resources"
            return found
        if root.scope == "module" and not root.indexed and not root.attribute and attribute:
            whole = Reference("module", "", root.name, None, attribute, indexed=False)
            return self._output(whole, [whole, same], place, depth)
        if root.scope == "var" and place.module:
            return self._passed(root, place, depth)
        return self.resolve(references_in(place.for_each), Place(place.module, place.key), depth)

    def _passed(self, root: Reference, place: Place, depth: int) -> Resolution:
        """Follow each.value where for_each goes over a variable: the same key of what the caller passes."""
        expression, outer = self._argument(root.name, place)
        if expression is None:
            return Resolution(outside=True)
        roots = _longest([reference(text) for text in references_in(expression)])
        if len(roots) == 1 and _is_whole(roots[0]):
            group = self._groups.get((outer.module, "managed", roots[0].type, roots[0].name), {})
            if place.key in group:
                return Resolution(instances={group[place.key]: None})
        found = self.resolve(references_in(expression), outer, depth)
        if len(found.instances) > 1 and not found.problem:
            found.problem = f"var.{root.name} holds several resources"
        return found

    def _mixed(self, roots: list[Reference], place: Place, depth: int) -> Resolution:
        result = Resolution(problem="for_each goes over a collection made of several things")
        for root in roots:
            result.add_possible(self._one(root, [root], Place(place.module), depth))
        return result

    def _pick(
        self, group: dict[Key, str], ref: Reference, all_: list[Reference], place: Place, name: str
    ) -> Resolution:
        """Choose among the instances of one block by what stands beside the reference."""
        if ref.indexed or None in group:
            key = ref.key if ref.indexed else None
            return Resolution({group[key]: None}) if key in group else Resolution()
        others = {r.scope for r in all_} - {"resource", "data", "module"}
        names = {f"{r.scope}.{r.name}" for r in all_}
        same_key = bool(names & {"each.key", "count.index"}) and others <= {"each", "count"}
        if "each.value" in names:
            if _literal(place) is not None:
                return self._by_literal(group, all_, place, name)
            # A set of strings has no references, and equal keys and values.
            same_key = others <= {"each"} and not any(references_in(place.for_each))
        if same_key and place.key in group and not self._may_shift(group, place.siblings):
            return Resolution({group[place.key]: None})
        everything = self._all_of(group)
        if others & {"each", "count", "local", "var"} and len(group) > 1:
            return Resolution(everything, f"the key of {name} may be computed, which a plan's JSON does not show")
        if len(group) == 1:
            return Resolution(everything)
        return Resolution(everything, f"it names every instance of {name}", every=True)

    def _by_literal(self, group: dict[Key, str], all_: list[Reference], place: Place, name: str) -> Resolution:
        """Choose by each.value where for_each is a map written out: its values need not be its keys."""
        values = _literal(place) or {}
        chosen = values.get(place.key)
        alone = not any(r.attribute for r in all_ if r.scope == "each") and {r.scope for r in all_} <= _PLAIN
        plain = alone and "each.key" not in {f"{r.scope}.{r.name}" for r in all_} and isinstance(chosen, str)
        if plain and chosen in group and not self._may_shift(group, self._texts_of(values)):
            return Resolution({group[chosen]: None})
        return Resolution(self._all_of(group), f"the key of {name} may be computed, which a plan's JSON does not show")

    def _all_of(self, group: dict[Key, str]) -> dict[str, None]:
        """Every instance of a block: one mapping for all who may name any of them."""
        found = self._everything.get(id(group))
        if found is None or len(found) != len(group):
            found = self._everything[id(group)] = dict.fromkeys(group.values())
        return found

    def _texts_of(self, values: dict[Key, Any]) -> dict[Key, Any]:
        """The texts that a map written out for for_each holds."""
        found = self._texts.get(id(values))
        if found is None:
            found = self._texts[id(values)] = {value: None for value in values.values() if isinstance(value, str)}
        return found

    def _may_shift(self, group: dict[Key, str], siblings: dict[Key, Any]) -> bool:
        """Whether `b["${each.key}-x"]` or `b[count.index + 1]` fits as well: both look like `b[each.key]`."""
        cached = (id(group), id(siblings))
        if cached not in self._computable:
            self._computable[cached] = _another_fits(group, siblings)
        return self._computable[cached]

    def _index(self, module: ConfigModule, path: tuple[str, ...]) -> None:
        self._modules[path] = module
        for block in module.resources:
            self._blocks[path, block.mode, block.type, block.name] = block
            self.shows_expressions = self.shows_expressions or bool(block.expressions)
        for name, call in module.module_calls.items():
            if call.module is not None:
                self._index(call.module, (*path, name))


def _literal(place: Place) -> dict[Key, Any] | None:
    """The map that for_each goes over, where it is written out."""
    value = place.for_each.get("constant_value") if isinstance(place.for_each, dict) else None
    return value if isinstance(value, dict) else None


def _another_fits(group: dict[Key, str], siblings: dict[Key, Any]) -> bool:
    if len(group) <= len(siblings):
        return False
    first = next(iter(siblings))
    if isinstance(first, int):
        shifts = [key - first for key in group if isinstance(key, int) and key != first]
        return any(all(isinstance(k, int) and k + shift in group for k in siblings) for shift in shifts)
    affixes = [
        (key[:at], key[at + len(first) :])
        for key in group
        if isinstance(key, str) and isinstance(first, str) and key != first
        for at in range(len(key) - len(first) + 1)
        if key.startswith(first, at)
    ]
    return any(all(f"{before}{k}{after}" in group for k in siblings) for before, after in affixes)


def _is_whole(ref: Reference) -> bool:
    """Whether a reference means a resource block as a whole."""
    return ref.scope == "resource" and not ref.attribute and not ref.indexed


def _longest(refs: list[Reference]) -> list[Reference]:
    """Drop a reference that is only the beginning of the one before it, and repetitions."""
    kept: list[Reference] = []
    for ref in refs:
        if ref.scope == "other":
            continue
        if any(_begins(ref, other) for other in kept):
            continue
        kept.append(ref)
    return kept


def _begins(short: Reference, long: Reference) -> bool:
    if (short.scope, short.type, short.name, short.address) != (long.scope, long.type, long.name, long.address):
        return False
    if short.indexed and (not long.indexed or short.key != long.key):
        return False
    if not short.indexed and long.indexed:
        return not short.attribute
    return long.attribute[: len(short.attribute)] == short.attribute


def _names(module: ModulePath) -> tuple[str, ...]:
    return tuple([name for name, _ in module])
