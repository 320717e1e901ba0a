"""How long stores keep what they hold, against the user's own schedule by data class in trustscan.yaml."""

from __future__ import annotations

from dataclasses import replace

from scanner.config import DEFAULT_NAME, Config, Period
from scanner.kinds import NOTHING_DELETES, UNREAD, Store
from scanner.logic import Answer, both, plain
from scanner.model import Noted, Unknown

_NOT_TOLD = Unknown("its settings do not tell after how many days it deletes")


def with_schedule(store: Store, config: Config) -> Store:
    """The store, with whether it keeps what it holds as long as the user's schedule says."""
    if isinstance(store.data, Unknown):
        return replace(store, scheduled=store.data, kept_as_scheduled=store.data) if config.has_schedule else store
    period = config.period(store.data)
    if period is None:
        return store
    kept = _kept(store, period)
    because = {**store.because, "scheduled": f"{period.said} by {DEFAULT_NAME}"}
    if isinstance(kept, Noted):
        because["kept_as_scheduled"] = kept.because
    answer = plain(kept)
    return replace(store, scheduled=True, kept_as_scheduled=answer, because=because)


def _kept(store: Store, period: Period) -> Answer:
    if period.at_least and period.at_most and period.at_least > period.at_most:
        return Noted(False, "no time fits all the data classes that it holds")
    return both(_long_enough(store, period.at_least), _soon_gone(store, period.at_most))


def _long_enough(store: Store, days: int | None) -> Answer:
    """Whether nothing is deleted before its time."""
    shortest = store.shortest_days
    if days is None or shortest == NOTHING_DELETES:
        return True
    if shortest == UNREAD:
        return store.expires is False or _NOT_TOLD
    if isinstance(shortest, Unknown):
        return shortest
    return shortest >= days or Noted(False, f"it deletes after {shortest} days, before its time of {days}")


def _soon_gone(store: Store, days: int | None) -> Answer:
    """Whether all is deleted when its time is over."""
    if days is None:
        return True
    if store.expires is not True:
        return store.expires or Noted(False, store.because.get("expires", "it does not delete everything it holds"))
    longest = _NOT_TOLD if store.longest_days == UNREAD else store.longest_days
    if isinstance(longest, Unknown):
        return longest
    return longest <= days or Noted(False, f"it keeps things for {longest} days, over its time of {days}")
