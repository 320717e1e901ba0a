"""What a plan's JSON would hold as `configuration`, made from the syntax of the sources.

Source: "JSON Output Format", "Expression Representation", in Terraform's documentation, and its package jsonconfig:
each reference is listed with all that is read of it, then shorter by a step each time, down to the thing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scanner.hcl.calls import Call
from scanner.hcl.expressions import Literal, Reference
from scanner.hcl.references import references
from scanner.hcl.scope import Expression, Scope
from scanner.hcl.steps import GetAttribute, Index, Step
from scanner.hcl.tree import Block, Body
from scanner.hcl.values import unknown_in
from scanner.terraform.planfile import ConfigModule, ConfigResource, Configuration, ModuleCall, Output, Variable
from scanner.terraform.sources.expand import META_ARGUMENTS, META_BLOCKS
from scanner.terraform.sources.modules import Module, ModuleNames, Modules
from scanner.terraform.sources.providers import Providers

_META_OF_PROVIDER = frozenset({"alias", "version"})
_META_OF_CALL = frozenset({"for_each", "count", "providers", "depends_on", "source", "version"})

_NAMES = {"data": 3}
"""How many names say what is meant, where it is not two."""


def configuration(modules: Modules, providers: Providers) -> Configuration:
    """The configuration of all modules, their providers not yet set up."""
    return Configuration(root_module=_module(modules, (), providers))


def _module(modules: Modules, names: ModuleNames, providers: Providers) -> ConfigModule:
    module = modules.get(names)
    if module is None:
        return ConfigModule()
    return ConfigModule(
        resources=[_resource(module, name, block, providers) for name, block in module.resources.items()],
        module_calls={
            name: ModuleCall(
                expressions=_arguments(call.body, _META_OF_CALL),
                for_each_expression=_meta(call, "for_each"),
                module=_module(modules, (*names, name), providers),
            )
            for name, call in module.calls.items()
        },
        outputs={name: Output(_meta(block, "value"), sensitive=_set(block)) for name, block in module.outputs.items()},
        variables={name: Variable(_default(block), sensitive=_set(block)) for name, block in module.variables.items()},
    )


def _resource(module: Module, name: tuple[str, str, str], block: Block, providers: Providers) -> ConfigResource:
    depends = block.body.attributes.get("depends_on")
    return ConfigResource(
        type=name[1],
        name=name[2],
        mode=name[0],
        provider_config_key=providers.key(module.names, name[1], block),
        expressions=_arguments(block.body, META_ARGUMENTS),
        for_each_expression=_meta(block, "for_each"),
        count_expression=_meta(block, "count"),
        depends_on=[text for text in _references(depends.expression) if text] if depends else [],
    )


def _arguments(body: Body, meta: frozenset[str]) -> dict[str, Any]:
    """Arguments of a resource or module call: all but Terraform's own."""
    own = META_BLOCKS | {"timeouts"}
    found = {name: item for name, item in _body(body, own).items() if name not in meta}
    return found | {block.type: _body(block.body) for block in body.blocks if block.type == "timeouts"}


def _body(body: Body, own: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Attributes, and the nested blocks that are written out: those that `dynamic` makes are left out, as in a plan.

    `own` are blocks that are Terraform's where they stand right within a resource, and a provider's deeper down.
    """
    found: dict[str, Any] = {name: expression(one.expression) for name, one in body.attributes.items()}
    for block in body.blocks:
        if block.type not in own | {"dynamic"}:
            found.setdefault(block.type, []).append(_body(block.body))
    return found


def _meta(block: Block, name: str) -> Any:
    attribute = block.body.attributes.get(name)
    return (expression(attribute.expression) or None) if attribute else None


def _set(block: Block) -> bool:
    attribute = block.body.attributes.get("sensitive")
    return attribute is not None and constant(attribute.expression) is not False


def _default(block: Block) -> Any:
    attribute = block.body.attributes.get("default")
    return constant(attribute.expression) if attribute else None


def expression(found: Expression) -> dict[str, Any]:
    """One expression as a plan shows it: a constant, what it refers to, or nothing."""
    listed = list(_references(found))
    if listed:
        return {"references": listed}
    if isinstance(found, Literal) and found.constant is None:
        return {"constant_value": None}
    value = constant(found)
    return {} if value is None else {"constant_value": value}


def constant(found: Expression) -> Any:
    """The value of an expression without names and calls; None for any other."""
    if isinstance(found, Literal):
        return None if unknown_in(found.constant) else found.constant
    if any(isinstance(one, (Call, Reference)) for one in _all(found)):
        return None
    value = found.value(NOWHERE)
    return None if unknown_in(value) else value


def _all(found: Expression) -> Iterator[Expression]:
    yield found
    for child in found.children():
        yield from _all(child)


class _NoNames:
    """Where nothing has a name."""

    files = None

    def lookup(self, path: tuple[str, ...]) -> Any:
        """Nothing is found: whoever asks has seen to it that there is no name."""
        raise LookupError(path)

    def template(self, file: str, content: str) -> Expression:
        """No template is read."""
        raise LookupError(file, content)

    def spend(self, steps: int) -> bool:
        """Constants are written out, so that they are as long as their source."""
        return steps >= 0


NOWHERE = Scope(_NoNames())
"""Where constants are worked out."""


def _references(found: Expression) -> Iterator[str]:
    for one in references(found):
        yield from _listed(one)


def _listed(one: Reference) -> Iterator[str]:
    """A reference with all its steps, then shorter and shorter, as far as they are plain names and keys."""
    length = _NAMES.get(one.names[0], 2)
    if len(one.names) < length:
        return
    steps = list(_plain_steps(one.steps))
    subject, shorter = ".".join(one.names), []
    is_resource = one.names[0] not in {"var", "local", "each", "count", "path", "terraform", "self", "module"}
    if (is_resource or one.names[0] == "module") and steps and steps[0].startswith("["):
        shorter.append(subject)
        subject += steps.pop(0)
    if one.names[0] == "module" and steps:
        shorter = [subject]
        subject += steps.pop(0)
    for count in range(len(steps), -1, -1):
        yield subject + "".join(steps[:count])
    yield from shorter


def _plain_steps(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, GetAttribute):
            yield f".{step.name}"
        elif isinstance(step, Index) and isinstance(step.key, Literal):
            yield f"[{step.key.constant}]" if isinstance(step.key.constant, int) else f'["{step.key.constant}"]'
        else:
            return


def told(body: Body, scope: Scope) -> dict[str, Any]:
    """Attributes of a provider by what they come to, where that is known; else by what they refer to."""
    found: dict[str, Any] = {}
    for name, attribute in body.attributes.items():
        if name in _META_OF_PROVIDER:
            continue
        value = attribute.expression.value(scope)
        found[name] = expression(attribute.expression) if unknown_in(value) else {"constant_value": value}
    for block in body.blocks:
        found.setdefault(block.type, []).append(told(block.body, scope))
    return found
