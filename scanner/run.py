"""The pipeline, top to bottom: plans or accounts in, one judged run out. The file to read first."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from scanner import changes, engine, imported, plugins, unseen, waivers
from scanner.changes import Before
from scanner.collect import borrowed, estate
from scanner.collect.shards import Collected
from scanner.config import Classified, Config, Described
from scanner.findings import Finding, Run, Status, Waiver
from scanner.foreign import Told
from scanner.graph.derived import with_flows
from scanner.graph.reviews import idle
from scanner.kinds import KINDS, Store
from scanner.model import Completed, Gap, Origin, Resource, Statement, Unknown, Wire, World
from scanner.policy import Policy
from scanner.questions.asked import Language
from scanner.questions.derived import derived
from scanner.redact import Redactor
from scanner.redacted import redacted
from scanner.retention import with_schedule
from scanner.terraform.completed import completed_in
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.named import by_id, name_apart, same_ids
from scanner.terraform.planfile import Source
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.read import ReadPlan, read_plan
from scanner.terraform.sources.places import placed
from scanner.terraform.sources.suppressions import suppressions

_CLOUDS = "scanner.clouds"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a scan is made with, besides its input."""

    policies: tuple[Policy, ...]
    today: date
    config: Config = field(default_factory=Config)
    waivers: tuple[Waiver, ...] = ()
    baseline: Mapping[str, Status] = field(default_factory=dict)
    """What an earlier run already had, by id of its finding."""

    allowed_plugins: tuple[str, ...] = ()
    """Distributions, besides ours, whose plugins may run."""

    told: tuple[Told, ...] = ()
    """What other scanners say of the same."""

    known: tuple[str, ...] = ()
    """Ids of every control there is, also of those that are not run; empty where that is not known."""


def tool_version() -> str:
    """Version of the installed distribution."""
    try:
        return version("trustscan")
    except PackageNotFoundError:
        return "0+unknown"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A run together with the world it is about."""

    run: Run
    world: World
    hide: Redactor
    """What everything that leaves about the world must pass; the run has passed it."""

    before: Before | None = None
    """What was there before the plans are applied; None where they change nothing, and for an account."""

    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the plans do to each resource that they do anything to, by its id."""

    moved: Mapping[str, str] = field(default_factory=dict)
    """Earlier address of each resource that the plans give another, by its id."""

    told: tuple[str, ...] = ()
    """Inputs that tell what they change: plans, not states."""

    fragments: tuple[str, ...] = ()
    """Parts of plans and folders of sources, which do not tell what is changed."""

    languages: tuple[Language, ...] = ()
    """What each cloud says of who may do what."""


def judge_plans(sources: Iterable[Source], settings: Settings) -> Judged:
    """Judge plans and states, and keep the world they make up.

    Raises InputError for a file that is not one.
    """
    with _no_garbage_collection():
        reads = [read_plan(source) for source in sources]
        name_apart([read.after for read in reads])
        clouds = plugins.load_all(_CLOUDS, settings.allowed_plugins)
        world = see([read.after for read in reads], clouds, settings.config, _previous(reads), today=settings.today)
        before = _before(reads, clouds, settings)
        actions = {id_: done for read in reads for id_, done in by_id(read, read.actions)}
        findings = engine.judge(settings.policies, world)
        if any(read.wider for read in reads):
            plans = [read.wider or read.after for read in reads]
            name_apart(plans)
            wider = see(plans, clouds, settings.config, _previous(reads), today=settings.today)
            findings = engine.agreed(settings.policies, world, findings, engine.judge(settings.policies, wider))
        silent = {r.after.name for r in reads if r.after.kind != "plan"}
        if len(silent) < len({r.after.name for r in reads}):
            findings = changes.mark(findings, silent, actions, world, before)
        sourced = [(read.after, read.modules) for read in reads]
        findings = placed(findings, sourced, settings.policies)
        accepted = suppressions(sourced, settings.known)
        judged = _judged(
            world,
            findings,
            settings,
            inputs=tuple(read.after.name for read in reads),
            gaps=tuple(gap for read in reads for gap in read.gaps),
            notes=(*(note for read in reads for note in read.notes), *accepted.notes()),
            comments=accepted.found(),
            created=tuple(id_ for id_, done in actions.items() if done == ("create",)),
            hide=Redactor({secret for read in reads for secret in read.secrets}),
        )
        return replace(
            judged,
            before=before,
            actions=actions,
            moved={id_: previous for read in reads for id_, previous in by_id(read, read.previous)},
            run=replace(judged.run, unplanned=tuple(r.after.name for r in reads if r.after.kind == "sources")),
            told=tuple(read.after.name for read in reads if read.after.kind == "plan"),
            fragments=tuple(r.after.name for r in reads if r.fragment or r.after.kind == "sources"),
            languages=_languages(clouds),
        )


def judge_nothing(settings: Settings) -> Judged:
    """Put what other scanners told into a run of its own, beside no judgement of ours."""
    world = World(resources=())
    alone = replace(settings, policies=())
    inputs = tuple(dict.fromkeys(told.where for told in settings.told))
    judged = _judged(world, (), alone, inputs=inputs, hide=Redactor(()))
    return replace(judged, run=replace(judged.run, scanned="results"))


def judge_accounts(collected: Sequence[Collected], settings: Settings) -> Judged:
    """Judge what was read of live accounts, all of them as one world."""
    with _no_garbage_collection():
        clouds = plugins.load_all(_CLOUDS, settings.allowed_plugins)
        missing = tuple(estate.gaps(collected, unseen.kinds_by_type(clouds)))
        missing = (*missing, *borrowed.gaps(collected))
        # Before anything is derived: what could not be read may be the very thing that leads somewhere.
        parts = tuple(estate.parts(collected))
        world = see(parts, clouds, settings.config, {}, missing, frozenset(KINDS), today=settings.today)
        judged = _judged(
            world,
            engine.judge(settings.policies, world),
            settings,
            inputs=tuple(_account_name(one) for one in collected),
            notes=tuple(borrowed.notes(collected)),
            hide=Redactor(()),
        )
        return replace(judged, run=replace(judged.run, scanned="accounts"), languages=_languages(clouds))


def _judged(
    world: World, findings: tuple[Finding, ...], settings: Settings, *, hide: Redactor, **about: tuple[Any, ...]
) -> Judged:
    """Take in what others say, apply waivers, hide secrets, and mark what an earlier run had."""
    merged = imported.merge(findings, world, settings.told, about.get("created", ()))
    ran = [policy.control.id for policy in settings.policies]
    applied = waivers.apply(merged.findings, settings.waivers, settings.today, about.get("comments", ()), ran)
    run = Run(
        tool=f"trustscan {tool_version()}",
        inputs=about["inputs"],
        controls=tuple(policy.control for policy in settings.policies),
        findings=applied.findings,
        gaps=(*about.get("gaps", ()), *world.gaps),
        resources=len(world.resources),
        notes=(
            *about.get("notes", ()),
            *merged.notes,
            *applied.idle,
            *idle(world.resources),
            *_foreign_plugins(settings),
        ),
        expired=applied.expired,
        others=merged.others,
    )
    run = redacted(run, hide)
    # Last, by the ids that an earlier result was written with.
    run = replace(run, findings=tuple(waivers.known(f, settings.baseline) for f in run.findings))
    return Judged(run=run, world=world, hide=hide)


def _account_name(one: Collected) -> str:
    target = one.target
    return f"{target.account} ({target.name})" if target.name else target.account


def _foreign_plugins(settings: Settings) -> Iterator[str]:
    for plugin in plugins.foreign((_CLOUDS, "scanner.reports"), settings.allowed_plugins):
        yield f"judged with plugins of {plugin}"


def _previous(reads: Sequence[ReadPlan]) -> Mapping[tuple[int, str], str]:
    return {(id(read.after), now): before for read in reads for now, before in read.previous.items()}


def plan_world(
    plans: Sequence[Plan], clouds: unseen.Clouds, config: Config, previous: Mapping[tuple[int, str], str]
) -> PlannedWorld:
    """Index the planned resources of all plans, each named and placed as its cloud does."""
    by_prefix = {cloud.prefix: cloud for cloud in clouds}

    def cloud_of(resource: PlannedResource) -> plugins.Cloud[PlannedResource] | None:
        return by_prefix.get(f"{resource.type.partition('_')[0]}_")

    def identify(resource: PlannedResource) -> Iterable[str]:
        cloud = cloud_of(resource)
        return cloud.identify(resource) if cloud else ()

    def labels(resource: PlannedResource) -> dict[str, Any]:
        cloud = cloud_of(resource)
        place = cloud.locate(resource) if cloud else ("", "", "")
        return _labels(resource, config, place, previous.get((id(resource.plan), resource.address), ""))

    return PlannedWorld(plans, identify, labels, config)


def see(  # noqa: PLR0913 - what a world is made from
    plans: Sequence[Plan],
    clouds: unseen.Clouds,
    config: Config,
    previous: Mapping[tuple[int, str], str],
    missing: tuple[Gap, ...] = (),
    complete: frozenset[str] = frozenset(),
    *,
    today: date = date.max,
) -> World:
    """Let every inspector read its family, then ask what follows; `missing` is what could not be read at all.

    Where no day is given, what people agreed to until some day holds no more.
    """
    planned = plan_world(plans, clouds, config, previous)
    found: list[Resource | Statement | Wire | Gap] = []
    for cloud in clouds:
        for inspector in cloud.inspectors:
            if not inspector.terraform_types or planned.has(*inspector.terraform_types):
                found.extend(inspector.from_plan(planned))
    seen = (item for item in found if isinstance(item, Resource) and not isinstance(item, Statement))
    resources = tuple(with_schedule(item, config) if isinstance(item, Store) else item for item in seen)
    world = World(
        resources=resources,
        statements=tuple(item for item in found if isinstance(item, Statement)),
        wires=tuple(item for item in found if isinstance(item, Wire)),
        gaps=(
            *missing,
            *(item for item in found if isinstance(item, Gap)),
            *unseen.unclassified(resources),
            *unseen.unread(plans, clouds),
            *unseen.unexpanded(plans, clouds),
        ),
        complete=complete,
    )
    world = derived(world, _languages(clouds), config)
    # A plugin that knows nothing of flows yet has no such attribute.
    links = (getattr(cloud, "links", None) for cloud in clouds)
    linked = (one for link in links if link is not None for one in link(planned, world))
    return with_flows(world, linked, config, today)


def _languages(clouds: unseen.Clouds) -> tuple[Language, ...]:
    # A plugin that knows nothing of access yet has no such attribute.
    found = (getattr(cloud, "access", None) for cloud in clouds)
    return tuple(one for one in found if one is not None)


def _labels(resource: PlannedResource, config: Config, place: tuple[str, str, str], previous: str) -> dict[str, Any]:
    name, account, region = place
    label = resource.id.split(":", 5)[-1] if resource.plan.is_live else None
    unread = resource.get("tags") if resource.plan.is_live else None
    tags = unread if isinstance(unread, Unknown) else resource.tags()
    plan = "" if resource.plan.is_live else resource.plan.name
    described = Described(resource.address, name, resource.type, account, tags, label, resource.open_tags(), plan)
    environment, source = config.environment(described)
    classified = config.classify(described)
    return {
        "id": resource.id,
        "name": name,
        "account": account,
        "region": region,
        "environment": environment,
        "data": classified.classes,
        "data_by": classified.by,
        "because": {
            **({"environment": f"environment {environment} by {source}"} if source else {}),
            **_because(classified),
        },
        "completed": _completed(resource, source, classified),
        "planned": not resource.plan.is_live,
        "origin": _origin(resource, previous),
    }


def _full(resource: PlannedResource) -> str:
    """Full name of a resource: its `arn`, or one called after its type, such as `guardrail_arn` of a guardrail."""
    own = (f"{word}_arn" for word in _endings(resource.type))
    return next((text for name in ("arn", *own) if isinstance(text := resource.values.get(name), str) and text), "")


def _endings(type_: str) -> Iterator[str]:
    words = type_.split("_")
    return ("_".join(words[start:]) for start in range(1, len(words)))


def _completed(resource: PlannedResource, source: str, classified: Classified) -> dict[str, tuple[Completed, ...]]:
    """Which of environment and data classes tags say that the sources alone tell."""
    tags = completed_in(resource, "tags") if resource.completed else ()
    told = {"environment": source == "tag", "data": classified.source.startswith("tag ")}
    return {name: tags for name, by_tag in told.items() if by_tag and tags}


def _because(classified: Classified) -> dict[str, str]:
    if isinstance(classified.classes, Unknown) or not classified.source:
        return {}
    return {"data": f"holds {', '.join(classified.classes) or 'nothing'} by {classified.source}"}


def _origin(resource: PlannedResource, previous: str) -> Origin:
    if resource.plan.is_live:
        return Origin(source="live", type=resource.type)
    return Origin(
        source=resource.plan.kind,
        type=resource.type,
        address=resource.address,
        plan=resource.plan.name,
        previous=previous,
        file=resource.file,
        line=resource.line,
        end=resource.source.end if resource.source else 0,
        full=_full(resource),
    )


def _before(reads: Sequence[ReadPlan], clouds: unseen.Clouds, settings: Settings) -> Before | None:
    """Judge the state that the plans change; what they do not change is as it will be."""
    if not any(read.before for read in reads):
        return None
    same_ids(reads)
    plans = [read.before or read.after for read in reads]
    world = see(plans, clouds, settings.config, {}, today=settings.today)
    empty = not any(plan.resources for plan in plans)
    return Before(world=world, findings=engine.judge(settings.policies, world), empty=empty)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Nothing a scan builds is garbage before it ends; looking for it would double the time of a large plan."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
