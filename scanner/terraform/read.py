"""From the bytes of a plan or state to a Plan of resource instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.model import Gap
from scanner.terraform.address import Key, ModulePath, module_path
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.marked import parts
from scanner.terraform.planfile import (
    Change,
    Configuration,
    PlanFile,
    ResourceChange,
    Source,
    StateModule,
    StateResource,
    StateValues,
    decode,
    planned_values,
)
from scanner.terraform.sources.complete import Completion, complete
from scanner.terraform.sources.made import made
from scanner.terraform.sources.modules import Modules, read_modules
from scanner.terraform.sources.unplanned import Unplanned

_STAYS = frozenset({"no-op", "create", "update", "read"})


@dataclass(eq=False)
class ReadPlan:
    """What one file holds: the state it leaves, the state it found, and what must be told."""

    after: Plan
    before: Plan | None
    """The state before, empty where there was none; None where the plan changes nothing. For saying what it brings."""

    notes: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    """Every value under a sensitive mark, and what readers take out of it; none may appear in any output."""

    completion: Completion | None = None
    """What its sources gave, where they are at hand."""

    wider: Plan | None = None
    """What may be there as well, of blocks of which sources without a plan do not tell how many instances there are."""

    modules: Modules | None = None
    """Its sources, where they are at hand and not those of something else."""

    previous: dict[str, str] = field(default_factory=dict)
    """Earlier address of each moved resource, by its address now."""

    actions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the plan does to each resource that it does anything to, by its address now."""

    fragment: bool = False
    """Whether it is a part of a plan that does not tell what is changed."""


def read_plan(source: Source) -> ReadPlan:
    """Read one file, and what the sources it was made from say of what it leaves open.

    Raises InputError for what is not a plan or state.
    """
    read = _completed(source) if source.unplanned is None else _read_sources(source.name, source.unplanned)
    for plan in (read.after, read.before, read.wider):
        if plan is not None:
            plan.secrets = frozenset(read.secrets)
    # Not before: what equals a part of a secret is hidden in what is said, but is no reason to know less.
    read.secrets = read.secrets | parts(read.secrets)
    return read


def _completed(source: Source) -> ReadPlan:
    read = _read(source)
    if source.tree is not None:
        modules = read_modules(source.tree)
        read.completion = complete(read.after, modules, read.secrets)
        read.modules = None if read.completion.foreign else modules
        read.notes.extend(read.completion.notes)
        read.gaps.extend(Gap(scope=problem.file, kinds=(), reason=str(problem)) for problem in modules.problems)
    return read


def _read_sources(name: str, sources: Unplanned) -> ReadPlan:
    found = made(name, sources)
    problems = [Gap(scope=one.file, kinds=(), reason=str(one)) for one in sources.modules.problems]
    told: dict[str, Any] = {"notes": found.notes, "gaps": problems, "secrets": found.secrets}
    return ReadPlan(found.plan, None, **told, modules=sources.modules, wider=found.wider)


def _read(source: Source) -> ReadPlan:
    file = decode(source)
    if file.resource_changes is None:
        note = "is a state: it shows what was last applied, not what is planned"
        if file.values is not None:
            return _read_state(source.name, file, file.values, note)
        if file.prior_state is not None and file.prior_state.values is not None:
            note = "plans no change: judged is the state it found"
            return _read_state(source.name, file, file.prior_state.values, note)
        if fragment := planned_values(source):
            note = "holds only planned values: what is known only after apply looks like what is not set"
            read = _read_state(source.name, file, fragment, note)
            read.fragment = True
            return read
    configuration = file.configuration or Configuration()
    known: dict[str, Any] = {"has_configuration": file.configuration is not None, "variables": _variables(file)}
    after = Plan(source.name, configuration, partial=_partial(file), **known)
    read = ReadPlan(after, None)
    changes = [change for change in file.resource_changes or [] if change.deposed is None]
    for change in changes:
        change.address = change.address or f"{change.type}.{change.name}"
    _fill(after, (_after(change) for change in changes if _stays(change)))
    after.deleted = {(c.type, _owner_id(c.change.before)) for c in changes if c.change.actions == ["delete"]}
    after.superseded = [(c.type, c.change.before) for c in changes if {"update", "delete"} & set(c.change.actions)]
    _prior_data(after, file)
    read.actions = {c.address: tuple(c.change.actions) for c in changes if _changed(c)}
    if read.actions:
        read.before = Plan(source.name, configuration, partial=after.partial, **known)
        _fill(read.before, (_before(change) for change in changes if change.change.before is not None))
        _prior_data(read.before, file)
    read.previous = {c.address: c.previous_address for c in changes if c.previous_address}
    _tell(read, file)
    _collect_secrets(read.secrets, file)
    return read


def _variables(file: PlanFile) -> dict[str, Any]:
    """Values given to root variables, and the defaults of the others."""
    declared = file.configuration.root_module.variables if file.configuration else {}
    given = {name: v["value"] for name, v in (file.variables or {}).items() if isinstance(v, dict) and "value" in v}
    return {name: variable.default for name, variable in declared.items()} | given


def _stays(change: ResourceChange) -> bool:
    """Whether the instance exists once the plan is applied, as far as Terraform manages it."""
    return bool(_STAYS.intersection(change.change.actions)) and change.change.actions != ["forget"]


def _changed(change: ResourceChange) -> bool:
    return change.mode == "managed" and change.change.actions not in (["no-op"], ["read"], [])


def _owner_id(before: Any) -> str:
    """Id of a deleted resource, or of the owner that it begins with."""
    return str(before.get("id")).partition(",")[0] if isinstance(before, dict) else ""


@dataclass(frozen=True, slots=True)
class _Instance:
    """One instance out of changes or state, before it is tied to its plan."""

    address: str
    module: ModulePath
    mode: str
    type: str
    name: str
    index: str | float | None
    actions: tuple[str, ...]
    values: Any
    unknown: Any = None


def _fill(plan: Plan, instances: Iterable[_Instance]) -> None:
    """Take instances into a plan; all are known to the resolver before the first is made."""
    rows = list(instances)
    for row in rows:
        plan.resolver.add(row.module, row.mode, row.type, row.name, _key(row.index), row.address)
    for row in rows:
        resource = PlannedResource(
            plan=plan,
            address=row.address,
            mode=row.mode,
            type_=row.type,
            name=row.name,
            module=row.module,
            key=_key(row.index),
            actions=row.actions,
            values=row.values,
            unknown=row.unknown,
        )
        (plan.data if row.mode == "data" else plan.resources).append(resource)


def _after(change: ResourceChange) -> _Instance:
    return _instance(change, tuple(change.change.actions), change.change.after, change.change.after_unknown)


def _before(change: ResourceChange) -> _Instance:
    return _instance(change, ("no-op",), change.change.before)


def _instance(change: ResourceChange, actions: tuple[str, ...], values: Any, unknown: Any = None) -> _Instance:
    place = (change.address, module_path(change.module_address), change.mode, change.type, change.name, change.index)
    return _Instance(*place, actions, values, unknown)


def _key(index: str | float | None) -> Key:
    return int(index) if isinstance(index, float) else index


def _prior_data(plan: Plan, file: PlanFile) -> None:
    """Data sources that were read while planning stand in the prior state only."""
    values = file.prior_state.values if file.prior_state else None
    if values is not None and values.root_module is not None:
        present = {resource.address for resource in plan.data}
        _fill_state(plan, values.root_module, lambda r: r.mode == "data" and r.address not in present)


def _read_state(name: str, file: PlanFile, values: StateValues, note: str) -> ReadPlan:
    plan = Plan(name, is_state=True, has_configuration=False)
    if values.root_module is not None:
        _fill_state(plan, values.root_module, lambda resource: resource.deposed_key is None)
    read = ReadPlan(plan, None, notes=[f"{name} {note}"])
    _collect_secrets(read.secrets, file)
    return read


def _fill_state(plan: Plan, module: StateModule, wanted: Callable[[StateResource], bool]) -> None:
    found = ((module_path(address), r) for address, r in _state_resources(module) if wanted(r))
    _fill(plan, (_Instance(r.address, path, r.mode, r.type, r.name, r.index, (), r.values) for path, r in found))


def _state_resources(module: StateModule) -> Iterator[tuple[str, StateResource]]:
    for resource in module.resources:
        yield module.address, resource
    for child in module.child_modules:
        yield from _state_resources(child)


def _partial(file: PlanFile) -> str:
    if file.errored:
        return "it ended in an error"
    if file.deferred_changes:
        return "some changes are deferred"
    return "made with -target or -exclude" if file.complete is False else ""


def _tell(read: ReadPlan, file: PlanFile) -> None:
    name = read.after.name
    if read.after.partial:
        read.notes.append(
            f"{name} does not hold the whole configuration: {read.after.partial}; judged is what is there"
        )
        read.gaps.append(Gap(scope=name, kinds=(), reason=f"the plan is partial: {read.after.partial}"))
    drifted = [c.address for c in file.resource_drift if _plain(c.change.before) != _plain(c.change.after)]
    if drifted:
        shown = ", ".join(drifted[:3]) + (" ..." if len(drifted) > 3 else "")
        read.notes.append(f"{len(drifted)} resources changed outside Terraform since the last apply: {shown}")
    for deferred in file.deferred_changes:
        if deferred.resource_change is not None:
            address = deferred.resource_change.address
            read.gaps.append(
                Gap(scope=address, kinds=(), reason=f"its change is deferred: {deferred.reason or 'no reason given'}")
            )
    forgotten = [c.address for c in file.resource_changes or [] if c.change.actions == ["forget"]]
    if forgotten:
        read.notes.append(
            f"{len(forgotten)} resources leave Terraform's care and are not judged: {', '.join(forgotten[:3])}"
        )


def _plain(value: Any) -> Any:
    """A value without what is empty: a first refresh writes {} where null stood, which is no change."""
    if isinstance(value, dict):
        return {name: plain for name, item in value.items() if (plain := _plain(item)) not in ({}, [], None)}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _collect_secrets(secrets: set[str], file: PlanFile) -> None:
    for change in (*(file.resource_changes or ()), *file.resource_drift):
        _collect_change(change.change, secrets)
    for output in (file.output_changes or {}).values():
        _collect_change(output, secrets)
    _collect_variables(file, secrets)
    for values in (file.values, file.prior_state.values if file.prior_state else None):
        if values is not None:
            _collect_state(values, secrets)


def _collect_change(change: Change, secrets: set[str]) -> None:
    _marked(change.after, change.after_sensitive, secrets)
    _marked(change.before, change.before_sensitive, secrets)


def _collect_variables(file: PlanFile, secrets: set[str]) -> None:
    declared = file.configuration.root_module.variables if file.configuration else {}
    for name, variable in declared.items():
        if variable.sensitive:
            _leaves(variable.default, secrets)
            given = (file.variables or {}).get(name)
            _leaves(given.get("value") if isinstance(given, dict) else None, secrets)


def _collect_state(values: StateValues, secrets: set[str]) -> None:
    for output in values.outputs.values():
        if isinstance(output, dict) and output.get("sensitive"):
            _leaves(output.get("value"), secrets)
    for _, resource in _state_resources(values.root_module) if values.root_module else ():
        _marked(resource.values, resource.sensitive_values, secrets)


def _marked(value: Any, mark: Any, secrets: set[str]) -> None:
    """Collect the text under every True of a tree of sensitive marks."""
    if mark is True:
        _leaves(value, secrets)
    elif isinstance(mark, dict) and isinstance(value, dict):
        for name, inner in mark.items():
            if inner:
                _marked(value.get(name), inner, secrets)
    elif isinstance(mark, list) and isinstance(value, list):
        for item, inner in zip(value, mark, strict=False):
            if inner:
                _marked(item, inner, secrets)


def _leaves(value: Any, secrets: set[str]) -> None:
    if isinstance(value, str):
        secrets.add(value)
    elif isinstance(value, dict):
        for item in value.values():
            _leaves(item, secrets)
    elif isinstance(value, list):
        for item in value:
            _leaves(item, secrets)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        secrets.add(str(value))
