"""CloudTrail: trails and event data stores, and what those of one account record together.

Sources: AWS CloudTrail User Guide, "Creating a trail", "Validating CloudTrail log file integrity", "Event data stores";
Amazon S3 User Guide, "Locking objects with Object Lock".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.clouds.aws.audit import trail_destination
from scanner.clouds.aws.audit.trail_delivery import delivers
from scanner.clouds.aws.audit.trail_events import Event, records
from scanner.clouds.aws.places import Places
from scanner.clouds.aws.stores import conversation_stores
from scanner.clouds.aws.stores.bucket_settings import BUCKET
from scanner.kinds import AuditTrail
from scanner.logic import Answer, both, either, negated, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld

TRAIL = "aws_cloudtrail"
LAKE = "aws_cloudtrail_event_data_store"

terraform_types = (TRAIL, LAKE)
kinds = ("audit_trail",)

_MANAGEMENT = tuple(Event(access) for access in Event.ACCESSES)
_RECORDABLE = (BUCKET, conversation_stores.TABLE)
_SELECTORS = ("event_selector", "advanced_event_selector")
_EVERY_STORE = tuple(Event(access, store_type=type_) for type_ in _RECORDABLE for access in Event.ACCESSES)
_NO_STORE = (
    "no store of conversation data is in this plan, and the trail does not record every bucket and table, "
    "so whether it records those that are elsewhere was not seen"
)


def from_plan(planned: PlannedWorld) -> Iterator[AuditTrail]:
    """Read every trail and event data store; first those that record most, so that they are named before others.

    Events in an event data store cannot be changed, so its files need no validation.
    """
    places = Places(planned)
    stores = tuple(conversation_stores.recordable(planned))
    accounts: dict[str, list[PlannedResource]] = {}
    for found in planned.of(TRAIL, LAKE):
        # An organization's trail records every account that shows it, though its ARN names one.
        accounts.setdefault(found.plan.account or places.of(found)[0], []).append(found)
    for account, trails in accounts.items():
        own = tuple(s for s in stores if not account or places.of(s)[0] in {"", account})
        seen = [_Trail(planned, places, trail) for trail in trails]
        told = [(trail, _Told.of((trail,), own)) for trail in seen]
        together = _Told.of(tuple(seen), own) if len(seen) > 1 else None
        for trail, alone in sorted(told, key=lambda pair: -pair[1].held):
            yield _audit_trail(planned, trail, account, alone.beside(together))


def _audit_trail(planned: PlannedWorld, trail: _Trail, account: str, told: _Told) -> AuditTrail:
    lake = trail.resource.type == LAKE
    return AuditTrail.of(
        **planned.labels(trail.resource) | {"account": account, "region": trail.region},
        type="trail",
        all_regions=told.all_regions,
        management_events=told.management_events,
        conversation_data_events=sourced(told.conversation_data_events, completed_in(trail.resource, *_SELECTORS)),
        log_validation=lake or _validated(trail.resource),
        destination_immutable=(trail_destination.lake if lake else trail_destination.bucket)(planned, trail.resource),
        delivers=delivers(trail.resource),
    )


def _validated(trail: PlannedResource) -> Answer:
    validated = trail.flag("enable_log_file_validation")
    return Noted(False, "enable_log_file_validation is false") if validated is False else validated


class _Trail:
    """One trail or event data store, and what it records."""

    def __init__(self, planned: PlannedWorld, places: Places, resource: PlannedResource) -> None:
        self.resource = resource
        self.region = places.of(resource)[1]
        self._planned = planned
        self._places = places
        self._recorded: dict[Event, Answer] = {}

    def everywhere(self) -> Answer:
        """Whether it records events of every region."""
        lake = self.resource.type == LAKE
        name = "multi_region_enabled" if lake else "is_multi_region_trail"
        answer = self.resource.flag(name, absent=lake)
        return (
            Noted(False, f"{self.resource.address} records one region ({name} is false)") if answer is False else answer
        )

    def records(self, event: Event) -> Answer:
        """Whether it is switched on and records the event in its own region, or wherever the event's store is."""
        if event not in self._recorded:
            answer = both(self._on(), records(self._planned, self.resource, event), self._near(event))
            self._recorded[event] = either(answer, *self._doubt(event))
        return self._recorded[event]

    def _doubt(self, event: Event) -> Iterator[Unknown]:
        """Why the event may not be asked for: whether its store holds conversations was not read."""
        asked = conversation_stores.holds_conversations(self._planned, event.store) if event.store else True
        if isinstance(asked, Unknown):
            yield asked

    def unread(self, type_: str) -> Answer:
        """True where every store of a type was seen, as far as an account was to be read."""
        plan = self.resource.plan
        why = (self._planned.left_out(plan, type_) or plan.unseen) if plan.is_live else ""
        return Unknown(why) if why else True

    def _on(self) -> Answer:
        if self.resource.type == LAKE:
            stopped = self.resource.flag("suspend")
            return Noted(False, f"{self.resource.address} is suspended") if stopped is True else negated(stopped)
        on = self.resource.flag("enable_logging", absent=True)
        return Noted(False, f"{self.resource.address} is switched off (enable_logging is false)") if on is False else on

    def _near(self, event: Event) -> Answer:
        if event.store is None:
            return True
        region = self._places.of(event.store)[1]
        same = not region or not self.region or region == self.region
        return True if same else self.everywhere()


@dataclass(frozen=True, slots=True)
class _Told:
    """What one or several trails record."""

    all_regions: Answer
    management_events: Answer
    conversation_data_events: Answer

    @classmethod
    def of(cls, trails: tuple[_Trail, ...], stores: tuple[PlannedResource, ...]) -> _Told:
        """What these trails record together; an event is recorded if one of them does."""
        management = both(*(_any_records(trails, event) for event in _MANAGEMENT))
        everywhere = both(*(either(*(both(t.records(e), t.everywhere()) for t in trails)) for e in _MANAGEMENT))
        wherever = either(*(trail.everywhere() for trail in trails))
        return cls(wherever if plain(management) is False else everywhere, management, _data(trails, stores))

    @property
    def held(self) -> int:
        """How many of the three hold."""
        answers = (self.all_regions, self.management_events, self.conversation_data_events)
        return sum(plain(answer) is True for answer in answers)

    def beside(self, together: _Told | None) -> _Told:
        """The same trail, counting what the others add."""
        if together is None:
            return self
        return _Told(
            _shared(self.all_regions, together.all_regions),
            _shared(self.management_events, together.management_events),
            _shared(self.conversation_data_events, together.conversation_data_events),
        )


def _shared(alone: Answer, together: Answer) -> Answer:
    """What holds of all trails of the account, as far as it is more than one trail's own."""
    if plain(alone) is True and plain(together) is True:
        return alone
    return Noted(True, "together with the other trails of the account") if plain(together) is True else together


def _any_records(trails: tuple[_Trail, ...], event: Event) -> Answer:
    answer = either(*(trail.records(event) for trail in trails))
    if plain(answer) is False and len(trails) > 1:
        return Noted(False, f"no trail of the account records {event.shown}")
    return answer


def _data(trails: tuple[_Trail, ...], stores: tuple[PlannedResource, ...]) -> Answer:
    """Whether reads and writes of each store of conversation data are recorded.

    Where the plan holds no such store, only trails that record every bucket and table answer for those elsewhere.
    """
    if stores:
        return _each_recorded(trails, stores)
    every = both(*(_any_records(trails, event) for event in _EVERY_STORE))
    if plain(every) is True:
        return Noted(True, "it records every bucket and table")
    if not trails[0].resource.plan.is_live:
        return Unknown(_NO_STORE)
    none = Noted(True, "the account has no bucket and no table of conversation data")
    return both(*(trails[0].unread(type_) for type_ in _RECORDABLE), none)


def _each_recorded(trails: tuple[_Trail, ...], stores: tuple[PlannedResource, ...]) -> Answer:
    """Whether each store is recorded; the first that is not decides."""
    whole = {type_ for type_ in _RECORDABLE if _all_recorded(trails, type_)}
    answer: Answer = both(*(trails[0].unread(type_) for type_ in _RECORDABLE if type_ not in whole))
    for store in stores:
        if store.type in whole:
            continue
        answer = both(answer, *(_any_records(trails, Event(access, store)) for access in Event.ACCESSES))
        if plain(answer) is False:
            break
    return answer


def _all_recorded(trails: tuple[_Trail, ...], store_type: str) -> bool:
    """Whether trails of every region record every store of a type, so that none needs a look of its own."""
    everywhere = tuple(trail for trail in trails if plain(trail.everywhere()) is True)
    events = (Event(access, store_type=store_type) for access in Event.ACCESSES)
    return all(plain(_any_records(everywhere, event)) is True for event in events)
