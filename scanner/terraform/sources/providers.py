"""Which provider configuration makes a resource.

Source: the Terraform language's "Providers Within Modules": a module without a configuration of its own takes that of
its caller, by the same name or as the call's `providers` says.
"""

from __future__ import annotations

from scanner.hcl.expressions import Literal, ObjectOf, Reference
from scanner.hcl.scope import Expression
from scanner.hcl.tree import Block
from scanner.terraform.sources.modules import ModuleNames, Modules


class Providers:
    """The provider configurations of all modules, by the key that a plan gives them."""

    def __init__(self, modules: Modules) -> None:
        """Find every provider block."""
        self._modules = modules
        self.blocks: dict[str, Block] = {}
        self.homes: dict[str, ModuleNames] = {}
        """The module that each stands in."""

        for names, module in modules.by_names.items():
            for block in module.others:
                if block.type == "provider" and len(block.labels) == 1:
                    key = _key(names, _called(block))
                    self.blocks.setdefault(key, block)
                    self.homes.setdefault(key, names)

    def key(self, names: ModuleNames, type_: str, block: Block) -> str:
        """Key of the configuration that makes a resource, such as aws.east or module.bot:aws."""
        chosen = block.body.attributes.get("provider")
        return self._resolved(names, _name(chosen.expression) if chosen else type_.partition("_")[0])

    def _resolved(self, names: ModuleNames, name: str) -> str:
        while names and _key(names, name) not in self.blocks:
            name, names = self._passed(names, name), names[:-1]
        return _key(names, name)

    def _passed(self, names: ModuleNames, name: str) -> str:
        """What a module's caller calls a provider configuration."""
        caller = self._modules.get(names[:-1])
        call = caller.calls.get(names[-1]) if caller else None
        passed = call.body.attributes.get("providers") if call else None
        pairs = passed.expression.items if passed and isinstance(passed.expression, ObjectOf) else ()
        return next((_name(item) for key, item in pairs if _name(key) == name), name)


def _called(block: Block) -> str:
    alias = block.body.attributes.get("alias")
    named = alias.expression if alias else None
    return f"{block.labels[0]}.{named.constant}" if isinstance(named, Literal) else block.labels[0]


def _key(names: ModuleNames, name: str) -> str:
    return ".".join(f"module.{one}" for one in names) + (":" if names else "") + name


def _name(found: Expression) -> str:
    """`aws.east`, written as a name or, in JSON, as a text."""
    if isinstance(found, Reference):
        return ".".join(found.names)
    return str(found.constant) if isinstance(found, Literal) else ""
