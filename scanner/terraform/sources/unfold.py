"""The instances that sources make without a plan: count, for_each and modules, as far as they are known.

What an attribute comes to is worked out when something asks for it, so that blocks may go over each other's instances.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.hcl.operators import number as to_number
from scanner.hcl.operators import truth
from scanner.hcl.scope import Scope
from scanner.hcl.shown import shortened
from scanner.hcl.tree import Block
from scanner.hcl.values import SetList, Several, Symbol, Unfinished, unknown_in
from scanner.model import Unknown
from scanner.terraform.address import Key, ModulePath
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.sources.expand import ignored
from scanner.terraform.sources.modules import Module, Modules, ResourceName
from scanner.terraform.sources.scopes import Known, ModuleNames, ModuleThing, ResourceThing

MOST_OF_ONE = 100_000
"""Instances of one block, and MOST_IN_ALL of all blocks, beyond which they are not made."""

MOST_IN_ALL = 200_000

_NO_KEY: list[Key] = [None]
_ANY_KEY = "?"
"""Key of the one instance that stands for all of a block, where their keys are not known."""


class Unfolding(Known):
    """Sources, and the instances that they make: each block's when they are first asked for."""

    def __init__(self, modules: Modules, plan: Plan, variables: Mapping[str, Any], secrets: Collection[str]) -> None:
        """Nothing is made yet."""
        super().__init__(modules, plan, variables, secrets)
        self.made = 0
        self.wide = False
        """Whether one instance stands for all of a block, where it is not known how many there are."""

        self.any_of: set[tuple[ModulePath, int]] = set()
        """Blocks, by module instance and identity, of which one instance stands for all."""

        self._open: dict[tuple[ModulePath, ResourceName], Unfinished] = {}
        self._names: dict[ModulePath, Unfolded] = {}

    def scope(self, path: ModulePath) -> Unfolded | None:
        """The names of a module instance; None where its source is not at hand."""
        if path not in self._names:
            module = self.modules.get(tuple([name for name, _ in path]))
            if module is None:
                return None
            self._names[path] = Unfolded(self, module, path)
        return self._names[path]

    def instances(self, names: Unfolded, name: ResourceName, block: Block) -> dict[Key, PlannedResource] | Unfinished:
        """The instances of one block in one module instance, or why they are not known."""
        place = (names.path, name)
        if place in self._groups:
            return self._groups[place]
        if place not in self._open:
            keys = names.keys_of(block)
            if isinstance(keys, list) and self.made + len(keys) > MOST_IN_ALL:
                keys = Unfinished(f"there are more than {MOST_IN_ALL:,} instances in all")
            if isinstance(keys, Unfinished):
                self._open[place] = keys
            else:
                self._groups[place] = {key: self._instance(names.path, name, key, block) for key in keys}
                self.made += len(keys)
                return self._groups[place]
        return self._open[place]

    def _instance(self, path: ModulePath, name: ResourceName, key: Key, block: Block) -> PlannedResource:
        """One instance, of which nothing is worked out yet."""
        mode, type_, called = name
        resource = PlannedResource(
            plan=self.plan,
            address=address(path, (*(("data",) if mode == "data" else ()), type_, called), key),
            mode=mode,
            type_=type_,
            name=called,
            module=path,
            key=key,
            actions=("read",) if mode == "data" else ("create",),
            values={},
            unknown=True,
        )
        resource.file, resource.line, resource.source = block.file, block.line, block
        return resource


def address(path: ModulePath, names: Iterable[str], key: Key) -> str:
    """Address of an instance, as Terraform writes it."""
    steps = [f"module.{name}{_index(key_)}" for name, key_ in path]
    return ".".join((*steps, *names)) + _index(key)


def _index(key: Key) -> str:
    if isinstance(key, str):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'["{escaped}"]'
    return "" if key is None else f"[{key}]"


class Unfolded(ModuleNames):
    """The names of one module instance, whose resources are made as they are asked for."""

    known: Unfolding

    def __init__(self, known: Unfolding, module: Module, path: ModulePath) -> None:
        """Nothing is worked out yet."""
        super().__init__(known, module, path)

    def resources(self, name: ResourceName) -> dict[Key, PlannedResource] | Unfinished:
        """The instances of one block, or why they are not known."""
        self.lookup((*(("data",) if name[0] == "data" else ()), *name[1:]))
        return self.known.instances(self, name, self.module.resources[name])

    def keys_of(self, block: Block) -> list[Key] | Unfinished:
        """Keys of a block's instances, or why they are not known."""
        enabled = self._enabled(block)
        if isinstance(enabled, Unknown) and not self.known.wide:
            return Unfinished(f"lifecycle.enabled: {enabled.reason}")
        if enabled is False:
            return []
        said = [name for name in ("count", "for_each") if name in block.body.attributes]
        if not said:
            return _NO_KEY
        found = [_keys(name, self.over(block, name)) for name in said]
        keys = found[-1]
        if isinstance(keys, list):
            return keys
        if self.known.wide:
            self.known.any_of.add((self.path, id(block)))
            return [_ANY_KEY] if said[-1] == "for_each" else [0]
        source = shortened(block.body.attributes[said[-1]].source)
        return Unfinished(keys.reason if source in keys.reason else f"{said[-1]} = {source}: {keys.reason}")

    def block_scope(self, block: Block, key: Key) -> Scope:
        """Where the expressions of one instance of a block stand."""
        if (self.path, id(block)) in self.known.any_of:
            return Scope(self, dict.fromkeys(("each", "count"), Unfinished("which instance it is is not known")))
        return super().block_scope(block, key)

    def _enabled(self, block: Block) -> bool | Unknown:
        """Whether `lifecycle` lets the block have an instance: OpenTofu 1.11 and later."""
        for inner in block.body.blocks:
            if inner.type == "lifecycle" and "enabled" in inner.body.attributes:
                return truth(self.over(Block("lifecycle", block.labels, inner.body, "", 0, 0), "enabled"))
        return True

    def _resource(self, name: ResourceName) -> Any:
        block = self.module.resources.get(name)
        if block is None:
            return super()._resource(name)
        group = self.known.instances(self, name, block)
        if isinstance(group, Unfinished):
            return Several({}, f"how many {'.'.join(name[1:])} there are is not known: {group.reason}")
        things = {key: SourceThing(self, block, one) for key, one in group.items()}
        if None in things:
            return things[None]
        return things if "for_each" in block.body.attributes else list(things.values())

    def _module(self, name: str) -> Any:
        call = self.module.calls.get(name)
        if call is None:
            return super()._module(name)
        keys = self.keys_of(call)
        if isinstance(keys, Unfinished):
            return Several({}, f"how many module.{name} there are is not known: {keys.reason}")
        things = {key: ModuleThing(self.known, (*self.path, (name, key))) for key in keys}
        if None in things:
            return things[None]
        return things if "for_each" in call.body.attributes else list(things.values())

    def attribute(self, thing: SourceThing, name: str) -> Any:
        """What the source says of one attribute of an instance; worked out once."""
        scope = self.block_scope(thing.source, thing.resource.key)
        expression = thing.source.body.attributes[name].expression
        return self._once((thing.resource.address, name), lambda: expression.value(scope))


def _keys(name: str, over: Any) -> list[Key] | Unknown:
    """Keys by what count or for_each comes to."""
    if isinstance(over, Unknown):
        return over
    if isinstance(over, Several):
        return Unfinished(over.reason)
    if name == "count":
        return _count(over)
    if isinstance(over, dict) and all(isinstance(key, str) for key in over):
        keys = sorted(over)
    elif isinstance(over, list) and all(isinstance(key, str) for key in over):
        keys = sorted(set(over))
    elif isinstance(over, SetList) or unknown_in(over):
        return Unfinished("not all of it is known")
    else:
        return Unfinished("a map, or a set of texts, is required")
    return list(keys) if len(keys) <= MOST_OF_ONE else Unfinished(f"it has more than {MOST_OF_ONE:,} elements")


def _count(over: Any) -> list[Key] | Unknown:
    number = to_number(over) if isinstance(over, str) else over
    if isinstance(number, Unknown):
        return number
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number < 0 or number != int(number):
        return Unfinished("a whole number is required")
    return list(range(int(number))) if number <= MOST_OF_ONE else Unfinished(f"it is more than {MOST_OF_ONE:,}")


@dataclass(eq=False, slots=True)
class SourceThing(ResourceThing):
    """One instance, by its attributes: as the source says; what it does not say is known only after apply."""

    names: Unfolded

    @property
    def source(self) -> Block:
        """The block that it is an instance of."""
        assert self.block is not None  # noqa: S101 - the sources are all there is
        return self.block

    def attribute(self, name: str) -> Any:
        """Value of an attribute; a symbol where it is not in the code, or is null there."""
        address_ = self.resource.address
        symbol = Symbol(f"{address_}.{name} is known only after apply", address_, (name,))
        if self.block is None or name not in self.block.body.attributes or name in {"count", "for_each", "provider"}:
            return symbol
        if not {name, "all"}.isdisjoint(ignored(self.block.body)):
            return symbol
        found = self.names.attribute(self, name)
        return symbol if found is None or type(found) is Unfinished else found
