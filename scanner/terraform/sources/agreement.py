"""Whether sources are those a plan was made from: its JSON tells each block's constants and what it refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.hcl.convert import converted
from scanner.hcl.tree import Block
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planfile import ConfigModule, ConfigResource, ModuleCall
from scanner.terraform.sources.alike import alike, brief, is_brief, same_references, same_value
from scanner.terraform.sources.configuration import NOWHERE, configuration, constant
from scanner.terraform.sources.modules import ModuleNames, Modules
from scanner.terraform.sources.providers import Providers

_NAMED = 3
_NONE = "no variable of this name"
_FOREIGN = 0.5
"""Share of a plan's blocks that differ, from which on the sources are taken to be those of something else."""


@dataclass(eq=False)
class Disagreement:
    """Where sources are not what a plan was made from."""

    blocks: set[tuple[ModuleNames, str, str, str]] = field(default_factory=set)
    names: set[tuple[ModuleNames, str, str]] = field(default_factory=set)
    """Variables, locals and outputs: module, `var`, `local` or `output`, and name."""

    compared: int = 0
    """Blocks that plan and sources both have."""

    foreign: bool = False
    """Whether they belong to something else altogether."""

    notes: list[str] = field(default_factory=list)

    def covers(self, resource: PlannedResource) -> bool:
        """Whether the block of this instance differs: its source tells nothing."""
        names = tuple([name for name, _ in resource.module])
        return (names, *resource.block_name) in self.blocks


def disagreement(plan: Plan, modules: Modules) -> Disagreement:
    """Compare a plan's configuration with the sources: every block, call and output."""
    found = Disagreement()
    if not plan.has_configuration or not plan.resolver.shows_expressions:
        return found
    made = configuration(modules, Providers(modules)).root_module
    same = _same_in_brief if all(is_brief(block.expressions) for _, block in plan.resolver.blocks()) else alike
    _Comparison(modules, found, same).module(plan.configuration.root_module, made, ())
    if found.compared and len(found.blocks) > found.compared * _FOREIGN:
        found.foreign = True
        differing = f"{len(found.blocks)} of {found.compared} blocks differ"
        within = f"the sources in {plan.name} are those of something else and were not used: {differing}"
        beside = f"{modules.name} does not hold the sources of {plan.name} and was not used: {differing}"
        found.notes.append(within if modules.name == plan.name else beside)
    elif found.blocks or found.names:
        found.notes.append(_said(found, plan, modules))
    return found


def other_than_planned(modules: Modules, plan: Plan) -> str:
    """That sources differ from a plan: those in a saved plan, or those in a folder beside it."""
    within = modules.name == plan.name
    named = f"the sources in {modules.name} are" if within else f"{modules.name} is"
    return f"{named} not what {'it' if within else plan.name} was made from"


def _said(found: Disagreement, plan: Plan, modules: Modules) -> str:
    blocks = [_address(names, type_, name) for names, _, type_, name in found.blocks]
    shown = sorted((*blocks, *(_address(*name) for name in found.names)))
    more = " ..." if len(shown) > _NAMED else ""
    return (
        f"{other_than_planned(modules, plan)}; the plan alone was used for what differs: "
        f"{', '.join(shown[:_NAMED])}{more}"
    )


def _address(names: ModuleNames, *rest: str) -> str:
    return ".".join((*(f"module.{name}" for name in names), *rest))


@dataclass(frozen=True, slots=True)
class _Comparison:
    modules: Modules
    found: Disagreement
    alike: Callable[[Any, Any], bool]

    def module(self, told: ConfigModule, made: ConfigModule, names: ModuleNames) -> None:
        module = self.modules.get(names)
        if module is None:
            return
        blocks = {(block.mode, block.type, block.name): block for block in made.resources}
        for block in told.resources:
            name = (block.mode, block.type, block.name)
            self.found.compared += 1
            there = name in blocks
            json = there and module.resources[name].file.endswith(".json")
            if not (self._same_block(block, blocks[name], json=json) if there else module.incomplete):
                self.found.blocks.add((names, *name))
        self.found.names.update((names, "output", output) for output in self._outputs(told, made))
        for called, call in told.module_calls.items():
            if called in made.module_calls:
                self._call(call, made.module_calls[called], (*names, called))

    def _call(self, told: ModuleCall, made: ModuleCall, names: ModuleNames) -> None:
        if told.module is None or made.module is None:
            return
        inside = made.module
        every = not self.alike(told.for_each_expression, made.for_each_expression)
        self.found.names.update(
            (names, "var", name) for name in inside.variables if every or self._given(told, made, name)
        )
        module, defaults = self.modules.get(names), told.module.variables
        for name, block in (module.variables if module and defaults else {}).items():
            default = defaults[name].default if name in defaults else _NONE
            if not same_value(default, _default(block)):
                self.found.names.add((names, "var", name))
        self.module(told.module, inside, names)

    def _given(self, told: ModuleCall, made: ModuleCall, name: str) -> bool:
        """Whether a variable is given something else."""
        return (name in told.expressions) != (name in made.expressions) or (
            not self.alike(told.expressions.get(name), made.expressions.get(name))
        )

    def _outputs(self, told: ConfigModule, made: ConfigModule) -> Iterator[str]:
        for name, output in made.outputs.items():
            if name not in told.outputs or not self.alike(told.outputs[name].expression, output.expression):
                yield name

    def _same_block(self, told: ConfigResource, made: ConfigResource, *, json: bool) -> bool:
        compare: Any = same_references if json else self.alike
        if json and not told.expressions.keys() <= made.expressions.keys():
            return False
        return bool(
            compare(told.expressions, made.expressions)
            and self.alike(told.for_each_expression, made.for_each_expression)
            and self.alike(told.count_expression, made.count_expression)
        )


def _default(block: Block) -> Any:
    """A variable's default as its type makes it."""
    default, type_ = block.body.attributes.get("default"), block.body.attributes.get("type")
    value = constant(default.expression) if default else None
    return converted(value, type_.expression, NOWHERE) if type_ else value


def _same_in_brief(told: Any, made: Any) -> bool:
    return alike(brief(told), brief(made))
