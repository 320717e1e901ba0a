"""What a plan would hold, made from sources alone: instances with as much of their values as the sources tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.hcl.scope import Scope
from scanner.hcl.shown import shortened
from scanner.hcl.tree import Attribute, Block, Body, Problem
from scanner.hcl.values import Encoded, Unfinished, mentions, texts_in, unknown_in
from scanner.model import Unknown
from scanner.terraform.address import ModulePath
from scanner.terraform.instances import Plan, PlannedResource, Unexpanded
from scanner.terraform.sources.configuration import configuration, constant, told
from scanner.terraform.sources.expand import META_ARGUMENTS, META_BLOCKS, expanded, ignored, written
from scanner.terraform.sources.fill import named, split
from scanner.terraform.sources.modules import Module, Modules, ResourceName
from scanner.terraform.sources.providers import Providers
from scanner.terraform.sources.unfold import Unfolded, Unfolding, address
from scanner.terraform.sources.unplanned import Unplanned

_POLICY_DOCUMENT = "aws_iam_policy_document"
_COMPUTED = ("id", "arn")
"""What a provider gives everything that it makes, where the code does not."""

_MOST_OPEN = 100
"""Modules that may hold anything and are told one by one."""

_SECRET = re.compile(
    r"(?:.*_)?(?:password|passwd|passphrase|secret|secret_string|secret_binary|token|private_key|api_key|access_key"
    r"|credentials?)(?:_wo)?"
)
"""Names of attributes that providers mark sensitive; a plan would show the marks, sources do not."""

_SECRET_VALUES = frozenset({("aws_ssm_parameter", "value"), ("aws_ssm_parameter", "insecure_value")})


@dataclass(eq=False)
class Made:
    """A plan made from sources."""

    plan: Plan
    notes: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    wider: Plan | None = None
    """The same, with one instance of each block of which it is not known how many there are; None if there is none."""


def made(name: str, sources: Unplanned) -> Made:
    """Make the instances of every module, then work out what each of their attributes comes to."""
    found = _made(name, sources, wide=False)
    if any(one.blocks for one in found.plan.unexpanded):
        found.wider = _made(name, sources, wide=True).plan
    return found


def _made(name: str, sources: Unplanned, *, wide: bool) -> Made:
    providers = Providers(sources.modules)
    plan = Plan(name, configuration(sources.modules, providers), from_sources=True)
    plan.variables = {key: item for key, item in sources.values.values.items() if not unknown_in(item)}
    secrets = {*sources.values.secrets, *_defaults(sources.modules)}
    known = Unfolding(sources.modules, plan, sources.values.values, secrets)
    known.wide = wide
    maker = _Maker(known, plan, providers, sources, secrets)
    maker.instances()
    maker.values()
    plan.unexpanded = _fewer(plan.name, plan.unexpanded)
    plan.partial = "their number is not known" if plan.unexpanded else ""
    return Made(plan, list(maker.notes()), secrets)


def _fewer(name: str, unexpanded: list[Unexpanded]) -> list[Unexpanded]:
    """What is open, with very many modules that may hold anything told as one: each is a gap of every control."""
    anything = [one for one in unexpanded if one.types is None]
    rest = anything[_MOST_OPEN:]
    if not rest:
        return unexpanded
    left, blocks = set(map(id, rest)), frozenset(block for one in rest for block in one.blocks)
    more = Unexpanded(name, f"{len(rest):,} more modules may hold one: {rest[0].reason}", None, blocks)
    return [*(one for one in unexpanded if id(one) not in left), more]


def _defaults(modules: Modules) -> Iterator[str]:
    """Texts in defaults of variables that are declared sensitive."""
    for module in modules.by_names.values():
        for block in module.variables.values():
            sensitive, default = block.body.attributes.get("sensitive"), block.body.attributes.get("default")
            if sensitive is not None and default is not None and sensitive.source.strip() != "false":
                yield from texts_in(constant(default.expression))


@dataclass(eq=False)
class _Maker:
    known: Unfolding
    plan: Plan
    providers: Providers
    sources: Unplanned
    secrets: set[str]

    def instances(self) -> None:
        """Make every instance of every block."""
        self._module(())
        self.plan.configuration.provider_config = {
            key: {"expressions": told(block.body, self._home(key))} for key, block in self.providers.blocks.items()
        }

    def _home(self, key: str) -> Scope:
        names = self.known.scope(tuple((name, None) for name in self.providers.homes[key]))
        return Scope(names or self._root())

    def _root(self) -> Unfolded:
        root = self.known.scope(())
        assert root is not None  # noqa: S101 - there is no folder without its own module
        return root

    def _module(self, path: ModulePath) -> None:
        names = self.known.scope(path)
        if names is None:
            return
        if names.module.incomplete:
            self._open(path, (), "", None, names.module.incomplete)
        imported = frozenset(_imported(names.module))
        for name, block in names.module.resources.items():
            torn = next((str(one) for one in self.sources.modules.problems if _lies_in(one, block)), "")
            if torn and name[0] == "managed":
                self._open(names.path, name[1:], name[2], name[1], torn)
                continue
            self._block(names, name, block, existed=".".join(name[1:]) in imported)
        for called, call in names.module.calls.items():
            self._call(names, called, call)

    def _block(self, names: Unfolded, name: ResourceName, block: Block, *, existed: bool) -> None:
        group = names.resources(name)
        if isinstance(group, Unfinished):
            if name[0] == "managed":
                self._open(names.path, name[1:], name[2], name[1], f"{block.file}:{block.line}: {group.reason}")
            return
        for key, resource in group.items():
            if existed:
                resource.actions, resource.created, resource.settled = ("no-op",), False, False
            self.plan.resolver.add(names.path, *name, key, resource.address)
            (self.plan.data if name[0] == "data" else self.plan.resources).append(resource)

    def _call(self, names: Unfolded, called: str, call: Block) -> None:
        path = (*names.path, (called, None))
        inside = tuple(name for name, _ in path)
        where = f"{call.file}:{call.line}"
        if self.sources.modules.get(inside) is None:
            missing = next(
                (p for p in self.sources.modules.problems if (p.file, p.line) == (call.file, call.line)), None
            )
            reason = str(missing) if missing else f"{where}: module {called} is not on disk; run 'terraform init'"
            self._open(names.path, ("module", called), "", None, reason)
            return
        keys = names.keys_of(call)
        if isinstance(keys, Unfinished):
            self._unknown_module(names.path, called, f"{where}: {keys.reason}")
            return
        for key in keys:
            self._module((*names.path, (called, key)))

    def _unknown_module(self, path: ModulePath, called: str, reason: str) -> None:
        """Whatever a module holds whose instances are not known."""
        inside = (*(name for name, _ in path), called)
        below = [module for names, module in self.sources.modules.by_names.items() if names[: len(inside)] == inside]
        missing = any((*m.names, name) not in self.sources.modules.by_names for m in below for name in m.calls)
        whole = not missing and not any(module.incomplete for module in below)
        blocks = frozenset(
            (m.names, type_, name) for m in below for mode, type_, name in m.resources if mode == "managed"
        )
        types = frozenset(type_ for _, type_, _ in blocks) if whole else None
        self.plan.unexpanded.append(Unexpanded(address(path, ("module", called), None), reason, types, blocks))

    def _open(self, path: ModulePath, names: Iterable[str], name: str, type_: str | None, reason: str) -> None:
        """Note a block, or a module of which nothing or not all is known."""
        inside = tuple(called for called, _ in path)
        blocks = frozenset({(inside, type_, name)}) if type_ else frozenset()
        where = address(path, names, None) or self.plan.name
        self.plan.unexpanded.append(Unexpanded(where, reason, frozenset({type_}) if type_ else None, blocks))

    def values(self) -> None:
        """Work out every attribute of every instance; nothing is set before all is worked out."""
        found = [(resource, self._values(resource)) for resource in (*self.plan.resources, *self.plan.data)]
        for resource, (values, marks) in found:
            resource.values, resource.unknown = values, marks

    def _values(self, resource: PlannedResource) -> tuple[dict[str, Any], Any]:
        names, block = self.known.scope(resource.module), resource.source
        assert names is not None  # noqa: S101 - it was made there
        assert block is not None  # noqa: S101 - it was made from it
        scope = names.block_scope(block, resource.key)
        values, marks = _body(block.body, scope, "", META_ARGUMENTS)
        self.secrets.update(_secrets(resource.type, values))
        kept = ignored(block.body)
        if "all" in kept:
            return {}, True
        for name in kept:
            values.pop(name, None)
            marks[name] = Unfinished(f"{name} is in ignore_changes: what is there may be something else")
        if resource.mode == "data" and resource.type != _POLICY_DOCUMENT:
            return values, True
        marks |= {name: True for name in (*_COMPUTED, *_answers(resource)) if name not in values and name not in marks}
        if resource.type.startswith("aws_") and resource.mode == "managed":
            self._default_tags(resource, values, marks)
        return values, marks

    def _default_tags(self, resource: PlannedResource, values: dict[str, Any], marks: dict[str, Any]) -> None:
        """Tags of the provider's default_tags, with the resource's own over them.

        Source: the AWS provider's documentation of `default_tags`.
        """
        block = self.plan.resolver.block(resource.module, resource.mode, resource.type, resource.name)
        key = block.provider_config_key if block else ""
        provider = self.providers.blocks.get(key)
        defaults = [inner for inner in provider.body.blocks if inner.type == "default_tags"] if provider else []
        for inner in defaults:
            attribute = inner.body.attributes.get("tags")
            if attribute is not None:
                tags, open_ = split(attribute.expression.value(self._home(key)))
                own = values.get("tags")
                values["tags_all"] = {**(tags or {}), **own} if isinstance(own, dict) else tags
                marks["tags_all"] = open_ or marks.get("tags") or False

    def notes(self) -> Iterator[str]:
        """What a reader has to know of it."""
        yield (
            f"{self.plan.name} is judged from its sources, without a plan: less certain than a plan, which knows what "
            "data sources and the provider say, and what is there already"
        )
        if self.sources.plan:
            yield f"{self.plan.name} holds {self.sources.plan} as well: if that is its plan, judge that instead"
        given = self.sources.values.values
        missing = [f"var.{name}" for name, value in given.items() if isinstance(value, Unfinished)]
        if missing:
            yield f"{', '.join(missing)}: not known; what depends on it is not decided (--var, --var-file)"
        yield from map(str, self.sources.values.problems)


def _answers(resource: PlannedResource) -> tuple[str, ...]:
    return ("json", "minified_json") if resource.mode == "data" else ()


def _body(body: Body, scope: Scope, path: str, skipped: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values of a block's attributes and nested blocks, and marks for what of them is not known."""
    values: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for name in written(body):
        if name in skipped or (not path and name in META_BLOCKS | {"dynamic"}):
            continue
        attribute = body.attributes.get(name)
        value, mark = _attribute(attribute, scope, path) if attribute else _blocks(name, body, scope, path)
        if value is not None or not mark:
            values[name] = value
        if mark:
            marks[name] = mark
    return values, marks


def _attribute(attribute: Attribute, scope: Scope, path: str) -> tuple[Any, Any]:
    found = attribute.expression.value(scope)
    name = f"{path}{attribute.name}"
    if isinstance(found, Unfinished) and not isinstance(found, Encoded):
        found = Unfinished(f"{name} is not known from the sources: {shortened(attribute.source)} ({found.reason})",
                           found.mentions)  # fmt: skip
    return split(named(found, name))


def _blocks(name: str, body: Body, scope: Scope, path: str) -> tuple[Any, Any]:
    found = expanded(body, name, scope)
    if isinstance(found, Unknown):
        return None, Unfinished(f"{path}{name}: {found.reason}", mentions(found))
    pairs = [_body(one.body, one.scope, f"{path}{name}.", frozenset()) for one in found]
    return [value for value, _ in pairs], [mark for _, mark in pairs] if any(mark for _, mark in pairs) else False


def _secrets(type_: str, values: dict[str, Any]) -> Iterator[str]:
    """Texts of attributes that providers mark sensitive."""
    for name, value in values.items():
        if _SECRET.fullmatch(name) or (type_, name) in _SECRET_VALUES:
            yield from texts_in(value)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    yield from _secrets(type_, item)


def _lies_in(problem: Problem, block: Block) -> bool:
    return problem.file == block.file and block.line <= problem.line <= block.end


def _imported(module: Module) -> Iterator[str]:
    """Blocks of which `import` says that there are instances already."""
    for block in module.others:
        to = block.body.attributes.get("to") if block.type == "import" else None
        if to is not None:
            yield re.sub(r"\[.*?\]", "", to.source)
