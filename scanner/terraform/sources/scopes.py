"""What the names in an expression stand for: variables, locals, outputs, and the instances of a plan.

Each is worked out once a module instance, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from scanner.hcl.convert import converted
from scanner.hcl.functions import Files
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.syntax import parse_template
from scanner.hcl.tree import Attribute, Block
from scanner.hcl.values import Failed, Hidden, Several, Symbol, Unfinished, too_large, unknown_in
from scanner.model import Unknown
from scanner.terraform.address import Key, ModulePath
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.sources.agreement import Disagreement
from scanner.terraform.sources.expand import ignored
from scanner.terraform.sources.modules import Module, Modules, ResourceName

_MOST_CIRCLES = 1000
_MOST_STEPS = 300_000
"""Elements and calls that one scan works out; a plan of 10,000 resources needs some thousand."""

_Group: TypeAlias = "dict[Key, PlannedResource]"


class Known:
    """A plan beside the modules it was made from."""

    def __init__(self, modules: Modules, plan: Plan, variables: Mapping[str, Any], secrets: Collection[str]) -> None:
        """Index the plan's instances; `variables` are the values of root variables."""
        self.modules = modules
        self.plan = plan
        self.variables = variables
        self.secrets = frozenset(secrets)
        self.stale = Disagreement()
        """Where the modules are not what the plan was made from."""

        self.steps = _MOST_STEPS
        self.circles = 0
        """How often a name was met while it was being worked out."""

        self._groups: dict[tuple[ModulePath, ResourceName], _Group] = {}
        self._calls: dict[tuple[ModulePath, str], dict[Key, None]] = {}
        self._scopes: dict[ModulePath, ModuleNames] = {}
        self._templates: dict[tuple[str, str], Expression] = {}
        for resource in (*plan.resources, *plan.data):
            name = resource.block_name
            self._groups.setdefault((resource.module, name), {})[resource.key] = resource
            for depth in range(len(resource.module), 0, -1):
                called, key = resource.module[depth - 1]
                self._calls.setdefault((resource.module[: depth - 1], called), {})[key] = None

    def differs(self, resource: PlannedResource) -> bool:
        """Whether the block of an instance is not the one that the plan was made from."""
        return bool(self.stale.blocks) and self.stale.covers(resource)

    def group(self, module: ModulePath, name: ResourceName) -> _Group:
        """The planned instances of one block in one module instance."""
        return self._groups.get((module, name), {})

    def keys(self, module: ModulePath, called: str) -> Iterable[Key]:
        """Keys of the planned instances of a module call."""
        return self._calls.get((module, called), ())

    def scope(self, path: ModulePath) -> ModuleNames | None:
        """The names of a module instance; None where its source is not at hand."""
        if path not in self._scopes:
            module = self.modules.get(tuple([name for name, _ in path]))
            if module is None:
                return None
            self._scopes[path] = ModuleNames(self, module, path)
        return self._scopes[path]

    def template(self, file: str, content: str) -> Expression:
        """A template, parsed once."""
        if (file, content) not in self._templates:
            self._templates[file, content] = parse_template(content, file)
        return self._templates[file, content]


class ModuleNames:
    """The names of one module instance."""

    def __init__(self, known: Known, module: Module, path: ModulePath) -> None:
        """Nothing is worked out yet."""
        self.known = known
        self.module = module
        self.path = path
        self._found: dict[tuple[str, ...], Any] = {}
        self._pending: set[tuple[str, ...]] = set()
        self._blocks: dict[tuple[str, ...], Any] = {}

    @property
    def files(self) -> Files | None:
        """Files that functions may read."""
        return self.module.files

    def template(self, file: str, content: str) -> Expression:
        """A template's text, parsed."""
        return self.known.template(file, content)

    def spend(self, steps: int) -> bool:
        """Use up some of the work one scan may do."""
        self.known.steps -= steps
        return self.known.steps > 0

    def lookup(self, path: tuple[str, ...]) -> Any:
        """Value of a name, worked out at the first call."""
        if self._is_stale(path):
            return Unfinished(f"{'.'.join(path)} is not what the plan was made from")
        return self._once(path, lambda: self._value(path))

    def _is_stale(self, path: tuple[str, ...]) -> bool:
        return bool(self.known.stale.names) and (self.module.names, *path[:2]) in self.known.stale.names

    def _once(self, path: tuple[str, ...], make: Callable[[], Any]) -> Any:
        if path in self._found:
            return self._found[path]
        if path in self._pending:
            self.known.circles += 1
            return Unfinished(f"{'.'.join(path)} goes in a circle")
        self._pending.add(path)
        circles = self.known.circles
        try:
            value = make()
        except RecursionError:
            return Unfinished(f"{'.'.join(path)} is nested too deep")
        finally:
            self._pending.discard(path)
        if too_large(value):
            value = Unfinished(f"{'.'.join(path)} is too large to be worked out")
        # Within a circle a value depends on where it was entered: only what is asked from outside is kept, or circles
        # through circles would be gone round without end.
        if circles == self.known.circles or not self._pending or self.known.circles > _MOST_CIRCLES:
            self._found[path] = value
        return value

    def block_scope(self, block: Block, key: Key) -> Scope:
        """Where the expressions of one instance of a block stand."""
        if isinstance(key, int) and "count" in block.body.attributes:
            return Scope(self, {"count": {"index": key}})
        if isinstance(key, str):
            return Scope(self, {"each": Each(self, block, key)})
        return Scope(self)

    def expression(self, attribute: Attribute) -> Any:
        """An attribute that stands outside resources: a local, an output, for_each."""
        return attribute.expression.value(Scope(self))

    def over(self, block: Block, name: str) -> Any:
        """What for_each or count of a block says; worked out once."""
        key = (block.type, *block.labels, name)
        if key not in self._blocks:
            self._blocks[key] = self.expression(block.body.attributes[name])
        return self._blocks[key]

    def output(self, name: str) -> Any:
        """Value of an output of this module instance."""
        if self._is_stale(("output", name)):
            return Unfinished(f"the output {name} is not what the plan was made from")
        return self._once(("output", name), lambda: self._output(name))

    def own(self, thing: ResourceThing, name: str) -> Any:
        """What the source says of an attribute that the plan does not know; None where it says nothing."""
        attribute = thing.block.body.attributes.get(name) if thing.block else None
        if attribute is None or thing.block is None or self.known.differs(thing.resource):
            return None
        if not thing.resource.created and not {name, "all"}.isdisjoint(ignored(thing.block.body)):
            return None
        scope = self.block_scope(thing.block, thing.resource.key)
        value = self._once((thing.resource.address, name), lambda: attribute.expression.value(scope))
        # Where the plan waits for what the sources know, they are not what it was made from.
        return None if type(value) is Unfinished or not unknown_in(value) else value

    def _output(self, name: str) -> Any:
        declared = self.module.outputs.get(name)
        if declared is None or "value" not in declared.body.attributes:
            return self._unread(f"output {name}") if self.module.incomplete else Failed(f"there is no output {name}")
        sensitive = declared.body.attributes.get("sensitive")
        if sensitive and self.expression(sensitive) is not False:
            return Hidden(f"the output {name} is sensitive", f"output {name}")
        return self.expression(declared.body.attributes["value"])

    def _value(self, path: tuple[str, ...]) -> Any:
        if len(path) < 2:
            return Unfinished(f"{path[0]} is not evaluated")
        readers: Mapping[str, Callable[[str], Any]] = {
            "var": self._variable,
            "local": self._local,
            "module": self._module,
            "path": self._path,
        }
        if path[0] in readers:
            return readers[path[0]](path[1])
        if path[0] in {"each", "count", "self", "terraform", "tofu", "ephemeral"}:
            return Unfinished(f"{'.'.join(path)} is not known from the sources")
        name = ("data", *path[1:3]) if path[0] == "data" else ("managed", *path[:2])
        return self._resource(name) if len(name) == 3 else Failed(f"there is no {'.'.join(path)}")

    def _path(self, name: str) -> Any:
        return {"module": self.module.folder or ".", "root": "."}.get(name, Unfinished(f"path.{name} is not known"))

    def _local(self, name: str) -> Any:
        attribute = self.module.locals.get(name)
        if attribute is None:
            return Failed(f"there is no local.{name}") if not self.module.incomplete else self._unread(f"local.{name}")
        return self.expression(attribute)

    def _unread(self, name: str) -> Unfinished:
        return Unfinished(f"{name} stands where the sources could not be read: {self.module.incomplete}")

    def _variable(self, name: str) -> Any:
        declared = self.module.variables.get(name)
        if declared is None:
            return self._unread(f"var.{name}") if self.module.incomplete else Failed(f"there is no var.{name}")
        attributes = declared.body.attributes
        if "sensitive" in attributes and self.expression(attributes["sensitive"]) is not False:
            return Hidden(f"var.{name} is sensitive", f"var.{name}")
        value = self._given(name, declared)
        if value is None and "nullable" in attributes and self.expression(attributes["nullable"]) is False:
            value = self._default(declared)
        if not self.path:
            value = without_secrets(value, f"var.{name}", self.known.secrets)
        type_ = attributes.get("type")
        return converted(value, type_.expression, Scope(self)) if type_ else value

    def _given(self, name: str, declared: Block) -> Any:
        if not self.path:
            return self.known.variables[name] if name in self.known.variables else self._default(declared)
        caller, (called, key) = self.known.scope(self.path[:-1]), self.path[-1]
        call = caller.module.calls.get(called) if caller else None
        if caller is None or call is None:
            return Unfinished(f"the call of module.{called} is not in the sources")
        argument = call.body.attributes.get(name)
        if argument is None:
            return self._default(declared)
        return argument.expression.value(caller.block_scope(call, key))

    def _default(self, declared: Block) -> Any:
        default = declared.body.attributes.get("default")
        return self.expression(default) if default else Unfinished(f"var.{declared.labels[0]} has no value")

    def _module(self, name: str) -> Any:
        call = self.module.calls.get(name)
        if call is None:
            return Failed(f"there is no module.{name}")
        if "for_each" in call.body.attributes or "count" in call.body.attributes:
            keys = self._keys_of(call)
            counted = self.known.keys(self.path, name) if keys is None else keys
            things = {key: ModuleThing(self.known, (*self.path, (name, key))) for key in counted}
            if keys is None:
                return Several(things, f"how many module.{name} there are is not known")
            return things if "for_each" in call.body.attributes else list(things.values())
        return ModuleThing(self.known, (*self.path, (name, None)))

    def _keys_of(self, call: Block) -> list[Key] | None:
        """Keys of a module call: it may have instances without resources, which a plan does not show."""
        name = "for_each" if "for_each" in call.body.attributes else "count"
        over = self.over(call, name)
        if isinstance(over, dict):
            return sorted(over)
        if isinstance(over, list) and all(isinstance(key, str) for key in over):
            return sorted(set(over))
        if isinstance(over, int) and not isinstance(over, bool) and 0 <= over <= len(self.known.plan.resources) + 1000:
            return list(range(over))
        return None

    def _resource(self, name: ResourceName) -> Any:
        text = ".".join(("data", *name[1:]) if name[0] == "data" else name[1:])
        block = self.module.resources.get(name)
        group = self.known.group(self.path, name)
        if block is None and not group:
            return self._unread(text) if self.module.incomplete else Failed(f"there is no {text}")
        things = {key: ResourceThing(self, block, group[key]) for key in sorted(group, key=_order)}
        if block is None:
            return Unfinished(f"{text} is not in the sources")
        if "count" not in block.body.attributes and "for_each" not in block.body.attributes:
            return things.get(None) or Unfinished(f"{text} is not in this plan")
        if self.known.plan.partial or (name[0] == "data" and not things):
            return Several(things, f"{text} is not in this plan as a whole")
        return things if "for_each" in block.body.attributes else list(things.values())


def _order(key: Key) -> tuple[int, str]:
    return (key, "") if isinstance(key, int) else (-1, key or "")


@dataclass(eq=False, slots=True)
class Each:
    """`each` in one instance of a block."""

    names: ModuleNames
    block: Block
    key: str

    def attribute(self, name: str) -> Any:
        """each.key, or each.value: the element of for_each with this key."""
        if name == "key":
            return self.key
        over = self.names.over(self.block, "for_each")
        if isinstance(over, dict):
            return over.get(self.key, Unfinished(f"for_each has no element {self.key!r} in the sources"))
        return self.key if isinstance(over, list) else Unfinished("what for_each goes over is not known")


@dataclass(eq=False, slots=True)
class ModuleThing:
    """One instance of a called module, by its outputs."""

    known: Known
    path: ModulePath

    def attribute(self, name: str) -> Any:
        """Value of an output."""
        names = self.known.scope(self.path)
        if names is None:
            return Unfinished(f"the source of module.{self.path[-1][0]} is not at hand")
        return names.output(name)


@dataclass(eq=False, slots=True)
class ResourceThing:
    """One planned instance, by its attributes."""

    names: ModuleNames
    block: Block | None
    resource: PlannedResource

    def attribute(self, name: str) -> Any:
        """Value of an attribute as the plan has it; a symbol where it is known only after apply."""
        resource = self.resource
        marks = resource.unknown.get(name) if isinstance(resource.unknown, dict) else resource.unknown
        value = resource.values.get(name)
        symbol = Symbol(f"{resource.address}.{name} is known only after apply", resource.address, (name,))
        if value is None and marks is True:
            return self.names.own(self, name) or symbol
        if value is None and name not in resource.values and not marks:
            return symbol if resource.plan.is_live else Failed(f"{resource.address} has no attribute {name}")
        found = _with_symbols(value, marks, symbol)
        return without_secrets(found, f"{resource.address}.{name}", self.names.known.secrets)


def _with_symbols(value: Any, marks: Any, symbol: Symbol) -> Any:
    """A value of the plan, with a symbol for each part that is not known yet."""
    if isinstance(marks, Unknown):
        return marks
    if marks is True:
        return symbol
    if isinstance(marks, dict) and isinstance(value, dict):
        names = dict.fromkeys((*value, *(name for name, mark in marks.items() if mark)))
        return {name: _with_symbols(value.get(name), marks.get(name), _below(symbol, name)) for name in names}
    if isinstance(marks, list) and isinstance(value, list):
        padded = (*marks, *(False for _ in value[len(marks) :]))
        pairs = zip(value, padded, strict=False)
        return [_with_symbols(item, mark, _below(symbol, i)) for i, (item, mark) in enumerate(pairs)]
    return value


def _below(symbol: Symbol, step: str | int) -> Symbol:
    return Symbol(symbol.reason, symbol.address, (*symbol.path, step))


def without_secrets(value: Any, source: str, secrets: Collection[str]) -> Any:
    """A value with every text that is marked sensitive anywhere in the plan taken out."""
    if not secrets:
        return value
    if isinstance(value, str):
        return Hidden(f"{source} is sensitive", source) if value in secrets else value
    if isinstance(value, dict):
        return {name: without_secrets(item, source, secrets) for name, item in value.items()}
    if isinstance(value, list):
        return type(value)(without_secrets(item, source, secrets) for item in value)
    return value
