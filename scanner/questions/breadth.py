"""How much wider what an identity may touch is than what its workloads need: stores reached for each one wired to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from scanner.kinds import UNREAD, Compute, Identity, Store
from scanner.logic import Answer
from scanner.model import Noted, Unknown, World
from scanner.questions.asked import Asked, Found
from scanner.questions.gaps import hiding

TOUCHING = frozenset({"read", "write", "delete"})
"""Levels of grants by which somebody touches what a store holds."""

_SHOWN = 3

_WORKLOADS = frozenset({"compute"})


@dataclass(slots=True)
class Needs:
    """What runs as one identity, and the stores and secrets that it is wired to."""

    workloads: dict[str, None] = field(default_factory=dict)
    wired: dict[str, None] = field(default_factory=dict)
    doubt: str = ""
    """Why there may be more."""


@dataclass(slots=True)
class Reach:
    """Stores that one identity may touch, for certain and at most."""

    must: dict[str, None] = field(default_factory=dict)
    may: dict[str, None] = field(default_factory=dict)
    reason: str = ""
    """Why some are only possible."""


def facts(asked: Asked) -> Iterator[Found]:
    """What runs as each role, the stores that this is wired to, those that the role reaches, and if it is too many."""
    needs = needed(asked.world, asked.access.subject)
    stores = {store.id for store in asked.world.resources if isinstance(store, Store)}
    reached = reaches(asked, needs)
    for identity in asked.world.resources:
        if isinstance(identity, Identity) and identity.type == "role":
            need = needs.get(identity.id)
            if need is None:
                unread = "" if identity.planned else hiding(asked.world, _WORKLOADS, identity.account, refused=True)
                yield identity.id, {"acts_for": Unknown(f"what runs as it was not read: {unread}") if unread else ()}
                continue
            found = reached.get(identity.id, Reach())
            wired = [one for one in need.wired if one in stores]
            told = {
                "stores_wired": Unknown(need.doubt) if need.doubt else tuple(wired),
                "stores_reached": _reached(found),
            }
            broad = too_broad(identity.id, need, wired, found, asked.config.stores_per_wired)
            yield identity.id, {"acts_for": tuple(need.workloads), **told, "too_broad": broad}


def needed(world: World, subject: Callable[[str], str]) -> dict[str, Needs]:
    """What every identity's workloads are wired to, by the identity's id; `subject` is the id that a name is of."""
    found: dict[str, Needs] = {}
    workloads = [one for one in world.resources if isinstance(one, Compute)]
    hidden = next((one for one in workloads if isinstance(one.acts_as, Unknown) and one.acts_as is not UNREAD), None)
    for workload in workloads:
        if isinstance(workload.acts_as, str) and workload.acts_as:
            need = found.setdefault(subject(workload.acts_as) or workload.acts_as, Needs())
            need.workloads[workload.id] = None
            if isinstance(workload.wired_to, tuple):
                need.wired.update(dict.fromkeys(workload.wired_to))
            else:
                need.doubt = need.doubt or f"{workload.id}: {workload.wired_to.reason}"
    for need in found.values():
        if hidden is not None:
            need.doubt = need.doubt or f"{hidden.id} may act as it as well"
    return found


def reaches(asked: Asked, identities: Iterable[str]) -> dict[str, Reach]:
    """Stores that each of these identities may read, write or delete from by policies of its own.

    What a store's own policy allows is that policy's breadth: one that is public is open to every identity.
    """
    texts = asked.access.library.texts
    wanted = set(identities)
    stores = {store.id for store in asked.world.resources if isinstance(store, Store)}
    found: dict[str, Reach] = {}
    for grant in asked.access.grants():
        if grant.level not in TOUCHING or texts[grant.statements[0]].policy_kind == "resource":
            continue
        touched = [resource for resource in grant.resources if resource in stores]
        for one in wanted.intersection(grant.identities) if touched else ():
            reach = found.setdefault(one, Reach())
            reach.may.update(dict.fromkeys(touched))
            if grant.definite:
                reach.must.update(dict.fromkeys(touched))
            else:
                reach.reason = reach.reason or grant.reason
    return found


def _reached(found: Reach) -> tuple[str, ...] | Unknown:
    """The stores that it certainly touches, where there are no others that it only may."""
    return tuple(found.must) if len(found.must) == len(found.may) else Unknown(found.reason)


def too_broad(identity: str, need: Needs, wired: list[str], found: Reach, per: float) -> Answer:
    """Whether it reaches more stores than are allowed for those that its workloads are wired to."""
    if not found.may:
        return Noted(False, "it reaches no store")
    if not wired:
        why = need.doubt or "no setting of it names one"
        return Unknown(f"which stores what runs as it needs is not known: {why}")
    allowed = per * len(wired)
    if len(found.may) <= allowed:
        return Noted(False, _told(len(found.may), len(wired), per))
    if len(found.must) <= allowed:
        return Unknown(f"it may reach {len(found.may)} stores, not all for certain: {found.reason}")
    if need.doubt:
        return Unknown(f"{_told(len(found.must), len(wired), per)}; what runs as it may need more: {need.doubt}")
    spare = [store for store in found.must if store not in wired]
    workload = next(iter(need.workloads))
    path = (workload, "acts as", identity, "reaches, and is not wired to,", spare[0])
    named = ", ".join(spare[:_SHOWN]) + (" and more" if len(spare) > _SHOWN else "")
    return Noted(True, f"{_told(len(found.must), len(wired), per)}; not wired to are {named}", path=path)


def _told(reached: int, wired: int, per: float) -> str:
    stores = "one store" if reached == 1 else f"{reached} stores"
    return f"it reaches {stores}; what runs as it is wired to {wired}, and up to {per:g} for each are allowed"
