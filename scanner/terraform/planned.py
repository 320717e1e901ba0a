"""What a plan will leave behind: resource instances, joined to each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice, pairwise
from typing import Any, TypeAlias, TypeVar

from scanner.config import Config
from scanner.hcl.values import Symbol, Template, Unfinished
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, Identify, Plan, PlannedResource, Target
from scanner.terraform.joined import Joined
from scanner.terraform.left_out import LeftOut
from scanner.terraform.references import Resolution
from scanner.terraform.values import Block, marks_of

_FOLLOW = 8
_NAME_CHARACTER = re.compile(r"[\w-]")
"""Beside a resource's name in a text, it makes another name of it."""

_NAMED = 3
"""Candidates that a reason names."""

_MANY = 16
"""Instances from which on an answer about all of them is kept: many references share them."""


MadeT = TypeVar("MadeT")

_Companions: TypeAlias = "Joined[PlannedResource, PlannedResource]"


class PlannedWorld:
    """Every instance of every plan scanned together; what an inspector reads."""

    def __init__(
        self,
        plans: Iterable[Plan],
        identify: Identify,
        labels: Callable[[PlannedResource], dict[str, Any]],
        config: Config,
    ) -> None:
        """Index all plans; `identify` names a resource, `labels` gives its environment, data classes and origin."""
        self.plans = tuple(plans)
        self.config = config
        self.labels = labels
        """Keyword arguments every neutral resource takes: id, name, environment, data, origin and so on."""

        self._by_type: dict[str, list[PlannedResource]] = {}
        self._by_address: dict[tuple[int, str], PlannedResource] = {}
        self._by_name: dict[str, list[PlannedResource]] = {}
        self._attached: dict[tuple[tuple[str, ...], str, tuple[str, ...]], _Companions] = {}
        self._left_out: dict[int, LeftOut] = {}
        self._reached: dict[tuple[int, tuple[str, ...]], tuple[Mapping[str, None], Resolution | None]] = {}
        self._referred: dict[int, tuple[Mapping[str, None], tuple[PlannedResource, ...]]] = {}
        self._incomplete: dict[str, list[Plan]] = {}
        self._made: dict[Callable[..., Any], Any] = {}
        for plan in self.plans:
            if plan.unread:
                self._incomplete.setdefault(plan.account, []).append(plan)
            for resource in (*plan.resources, *plan.data):
                self._by_address[id(plan), resource.address] = resource
                type_ = f"data.{resource.type}" if resource.mode == "data" else resource.type
                self._by_type.setdefault(type_, []).append(resource)
                for name in dict.fromkeys((resource.id, *identify(resource)) if plan.is_live else identify(resource)):
                    self._by_name.setdefault(name, []).append(resource)

    def of(self, *types: str) -> Iterator[PlannedResource]:
        """Every managed instance of these types (`data.<type>` for a data source), in plan order."""
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def once(self, make: Callable[[PlannedWorld], MadeT]) -> MadeT:
        """What `make` makes of this world: made at the first call, and shared by all who ask."""
        if make not in self._made:
            self._made[make] = make(self)
        made: MadeT = self._made[make]
        return made

    def has(self, *types: str) -> bool:
        """Whether any plan holds one of these types."""
        return any(type_ in self._by_type for type_ in types)

    def target(
        self, owner: PlannedResource, attribute: str, types: tuple[str, ...] = (), block: Block | None = None
    ) -> Target:
        """What an attribute of `owner`, or of one of its blocks, points at.

        `types` are the types to look for; none means any.
        """
        holder = block or owner
        value = holder.get(attribute)
        if isinstance(value, (list, dict)):
            found = self.targets(owner, attribute, types, block)
            if isinstance(found, Unknown):
                return found
            return found[0] if found else None
        return self._single(owner, holder, attribute, types, value)

    def targets(
        self, owner: PlannedResource, attribute: str, types: tuple[str, ...] = (), block: Block | None = None
    ) -> tuple[PlannedResource | External, ...] | Unknown:
        """Everything a list attribute points at; unknown if any part is not decided."""
        holder = block or owner
        value = holder.get(attribute)
        if isinstance(value, str):
            value = [value]
        if isinstance(value, list) and holder.whole(attribute):
            return tuple(
                self.named(owner, str(item), types) or External(str(item)) for item in value if item is not None
            )
        if value is None:
            return ()
        if owner.plan.is_live:
            return value if isinstance(value, Unknown) else holder.texts(attribute)  # type: ignore[return-value]
        other = next((mark for mark in marks_of(holder.unknown, attribute) if _names_another(mark)), None)
        resolution = self._follow(owner, holder.references(attribute) or (), types)
        known = [item for item in value if item is not None] if isinstance(value, list) else []
        named = [self.named(owner, str(item), types) or External(str(item)) for item in known]
        if other is not None or not resolution.instances:
            why = other.reason if other is not None else resolution.problem
            return Unknown(why or f"{owner.address}.{attribute} is known only after apply")
        if resolution.problem and not resolution.every:
            return Unknown(resolution.problem)
        followed = [self._by_address[id(owner.plan), address] for address in resolution.instances]
        return tuple(dict.fromkeys([*named, *followed]))

    def attached(
        self, owner: PlannedResource, type_: str, *attributes: str, owners: tuple[str, ...] = (), every: bool = False
    ) -> tuple[PlannedResource, ...] | Unknown:
        """Resources of `type_` whose attribute (the first of `attributes` that is set) points at `owner`.

        Unknown where one that could be `owner`'s cannot be told, or where a partial plan leaves one out; with `every`
        also where others are told, as an owner that may have many, an API its methods, asks. Name all types in `owners`
        that the attribute may point at, where these are several.
        """
        owners = owners or (owner.type,)
        index = self._attached.get((owners, type_, attributes))
        if index is None:
            index = self._attached[owners, type_, attributes] = self._attach(owners, type_, attributes)
        found = tuple(index.certain.get(owner, ()))
        if found and not every:
            return found
        reason = index.why_not(owner) or self.left_out(owner, type_, *attributes, owners=owners)
        return Unknown(reason) if reason else found

    def attached_of(
        self, owner: PlannedResource, attributes: Mapping[str, str], owners: tuple[str, ...]
    ) -> tuple[PlannedResource, ...] | Unknown:
        """The same for companions of several types, each with the attribute that names one of `owners`."""
        answers = [self.attached(owner, type_, name, owners=owners) for type_, name in attributes.items()]
        found = tuple(one for answer in answers if not isinstance(answer, Unknown) for one in answer)
        return found or next((answer for answer in answers if isinstance(answer, Unknown)), ())

    def left_out(
        self, owner: PlannedResource | Plan, type_: str, *attributes: str, owners: tuple[str, ...] = ()
    ) -> str:
        """Why resources of a type that may be `owner`'s are missing: a partial plan leaves one out. Empty where not."""
        plan = owner if isinstance(owner, Plan) else owner.plan
        if plan.is_live:
            return self._unread(plan, type_)
        if not plan.partial:
            return ""
        left_out = self._left_out.setdefault(id(plan), LeftOut(plan))
        return left_out.why(type_, None if isinstance(owner, Plan) else owner, attributes, owners)

    def _unread(self, part: Plan, type_: str) -> str:
        """Why a live account may hold more of a type than was read: there, or in the part that it has once."""
        for plan in self._incomplete.get(part.account, ()):
            same_place = plan.region == part.region or not plan.region or not part.region
            if same_place and type_ in plan.unread:
                return plan.unread[type_].reason
        return ""

    def default(self, owner: PlannedResource, value: Any, because: str) -> Any:
        """Value of a sub-resource the plan does not hold: the provider's default, if this plan creates the owner."""
        if owner.settled:
            return Noted(value, because)
        return Unknown(
            f"{because}; {owner.address} existed before, and what this plan does not hold of it was not seen"
        )

    def by_name(self, name: str, *types: str) -> PlannedResource | None:
        """The one resource of these types that goes by `name` (id, ARN or name), if there is exactly one."""
        found = [r for r in self._by_name.get(name, ()) if not types or r.type in types]
        return found[0] if len(found) == 1 else None

    def named(self, owner: PlannedResource, name: str, types: tuple[str, ...] = ()) -> PlannedResource | None:
        """The one resource that `owner` means by a name, id or ARN: of its own plan before others, if there is one."""
        called = self._called(owner, name, types)
        return called[0] if len(called) == 1 else None

    def namesakes(self, owner: PlannedResource, name: str, types: tuple[str, ...]) -> tuple[PlannedResource, ...]:
        """Every resource that `owner` may mean by a name: a bucket, and a table that is called the same."""
        return tuple(self._called(owner, name, types))

    def instance(self, owner: PlannedResource, symbol: Symbol) -> PlannedResource | None:
        """The resource of `owner`'s plan whose attribute a symbol is."""
        return self._by_address.get((id(owner.plan), symbol.address))

    def mentioned(self, owner: PlannedResource, *attribute: str) -> tuple[PlannedResource, ...]:
        """Every planned resource an attribute's expression refers to, however computed; a hint, not a join."""
        return self.referred(owner, owner.references(*attribute) or ())

    def referred(self, owner: PlannedResource, references: Iterable[str]) -> tuple[PlannedResource, ...]:
        """Every planned resource these references of `owner` may mean; a hint, not a join."""
        return self._resources(owner.plan, owner.plan.resolver.resolve(references, owner.place()).instances)

    def follow(self, owner: PlannedResource, references: Iterable[str], types: tuple[str, ...] = ()) -> Target:
        """What an expression of `owner` with these references points at."""
        return self._decide(owner, self._follow(owner, references, types), "an expression")

    def _single(
        self, owner: PlannedResource, holder: Block, attribute: str, types: tuple[str, ...], value: Any
    ) -> Target:
        # What an expression that is not worked out is made from is not what it points at.
        if value is None or isinstance(value, Unfinished) or (isinstance(value, Unknown) and owner.plan.is_live):
            return value
        references = holder.references(attribute)
        if not isinstance(value, Unknown):
            called = self._called(owner, str(value), types)
            if len(called) == 1:
                return called[0]
            followed = self._decide(owner, self._follow(owner, references or (), types), attribute)
            if isinstance(followed, PlannedResource) and _may_be(followed, str(value)):
                return followed
            return _any_of(owner, attribute, [r.address for r in called]) if called else External(str(value))
        if references is None or _names_another(value):
            shown = "the plan does not show its expression" if references is None else "what it names is another's"
            return Unknown(f"{value.reason}, and {shown}")
        return self._decide(owner, self._follow(owner, references, types), attribute)

    def _decide(self, owner: PlannedResource, resolution: Resolution, attribute: str) -> Target:
        if resolution.problem:
            return Unknown(f"{owner.address}: {attribute} cannot be followed: {resolution.problem}")
        if len(resolution.instances) == 1:
            return self._by_address[id(owner.plan), next(iter(resolution.instances))]
        if not resolution.instances:
            return Unknown(f"{owner.address}: {attribute} is known only after apply and names no planned resource")
        return _any_of(owner, attribute, resolution.instances)

    def _called(self, owner: PlannedResource, value: str, types: tuple[str, ...]) -> list[PlannedResource]:
        """Resources that go by a name, id or ARN: those of the owner's own plan before others."""
        found = [r for r in self._by_name.get(value, ()) if not types or r.type in types]
        same = [r for r in found if r.plan is owner.plan]
        if same or not owner.plan.is_live or value.startswith("arn:"):
            return same or found
        # A bare name means something of the same account, in its own region or among what the account has once.
        return [r for r in found if r.plan.account == owner.plan.account and not (r.plan.region and owner.plan.region)]

    def _follow(self, owner: PlannedResource, references: Iterable[str], types: tuple[str, ...]) -> Resolution:
        """Resolve references, and go on through other resources until one of `types` is reached."""
        resolution = owner.plan.resolver.resolve(references, owner.place())
        for _ in range(_FOLLOW):
            nearer = self._nearer(owner, resolution.instances, types)
            if nearer is None:
                break
            step = Resolution(problem=resolution.problem, outside=resolution.outside)
            step.add(nearer)
            resolution = step
        return resolution

    def _nearer(
        self, owner: PlannedResource, instances: Mapping[str, None], types: tuple[str, ...]
    ) -> Resolution | None:
        """One step on from what is not of `types`; None where all of it is."""
        kept = self._reached.get((id(instances), types))
        if kept is not None and kept[0] is instances:
            return kept[1]
        nearer = self._step(owner, instances, types)
        if len(instances) >= _MANY:
            self._reached[id(instances), types] = (instances, nearer)
        return nearer

    def _step(self, owner: PlannedResource, instances: Mapping[str, None], types: tuple[str, ...]) -> Resolution | None:
        if not types or all(self._type(owner, address) in types for address in instances):
            return None
        there: dict[str, None] = {}
        rest = Resolution()
        for address in instances:
            if self._type(owner, address) in types:
                there[address] = None
                continue
            stranger = self._by_address[id(owner.plan), address]
            for name in _pointing(stranger, types):
                found = owner.plan.resolver.resolve(stranger.references(name) or (), stranger.place())
                there.update(found.instances)
                rest.add(Resolution(problem=found.problem, every=found.every, outside=found.outside))
        rest.instances = there
        return rest

    def _resources(self, plan: Plan, instances: Mapping[str, None]) -> tuple[PlannedResource, ...]:
        kept = self._referred.get(id(instances))
        if kept is not None and kept[0] is instances:
            return kept[1]
        found = (self._by_address.get((id(plan), address)) for address in instances)
        resources = tuple(r for r in found if r is not None)
        if len(instances) >= _MANY:
            self._referred[id(instances)] = (instances, resources)
        return resources

    def _type(self, owner: PlannedResource, address: str) -> str:
        resource = self._by_address.get((id(owner.plan), address))
        return resource.type if resource else ""

    def _attach(self, owners: tuple[str, ...], type_: str, attributes: tuple[str, ...]) -> _Companions:
        index: _Companions = Joined()
        for companion in self._by_type.get(type_, ()):
            name = next((a for a in attributes if companion.get(a) is not None), attributes[0])
            target = self.target(companion, name, owners)
            if isinstance(target, PlannedResource):
                index.add(target, companion)
            elif isinstance(target, Unknown):
                index.doubt(self._candidates(companion, name, owners), target.reason)
        return index

    def _candidates(
        self, companion: PlannedResource, attribute: str, owners: tuple[str, ...]
    ) -> tuple[PlannedResource, ...]:
        """What an attribute that is not decided may point at; nothing where it may be anything."""
        value = companion.get(attribute)
        if isinstance(value, str):
            return tuple(self._called(companion, value, owners))
        resolution = self._follow(companion, companion.references(attribute) or (), owners)
        return self._resources(companion.plan, resolution.instances)


def _names_another(value: Unknown) -> bool:
    """Whether a text makes another name out of that of a planned resource, such as `${aws_s3_bucket.b.id}-logs`."""
    pairs = tuple(pairwise(value.parts)) if isinstance(value, Template) else ()
    before = [one[-1:] for one, other in pairs if isinstance(one, str) and isinstance(other, Symbol)]
    behind = [other[:1] for one, other in pairs if isinstance(one, Symbol) and isinstance(other, str)]
    return any(map(_NAME_CHARACTER.match, (*before, *behind)))


def _pointing(stranger: PlannedResource, types: tuple[str, ...]) -> list[str]:
    """Attributes of `stranger` whose expressions may lead on to one of `types`."""
    return [
        name
        for name in stranger.expressions
        if any(f"{type_}." in text for type_ in types for text in stranger.references(name) or ())
        or name in {"bucket", "secret_id", "key_id", "target_key_id", "role", "user", "group"}
    ]


def _any_of(owner: PlannedResource, attribute: str, addresses: Collection[str]) -> Unknown:
    named = ", ".join(islice(addresses, _NAMED)) + (" ..." if len(addresses) > _NAMED else "")
    return Unknown(f"{owner.address}: {attribute} may name any of {named}")


def _may_be(resource: PlannedResource, value: str) -> bool:
    """Whether a value known in the plan can be that of a resource: only if one of its known attributes has it."""
    return value in (item for item in resource.values.values() if isinstance(item, str))


def first(found: tuple[PlannedResource, ...] | Unknown) -> PlannedResource | Unknown | None:
    """The first of what is attached, if anything is."""
    return found if isinstance(found, Unknown) else found[0] if found else None
