"""Separation of duties: what each identity holds, itself or as another, and what nobody should hold together.

An administrator holds every duty: that is one finding, of its own, and so nothing here is said of administrators, nor
of what somebody could do by becoming one. What a resource lets everybody do is a finding about the resource.

Source: AICPA Trust Services Criteria, CC6.3 (segregation of duties), CC8.1; requirements ACC-05, ACC-11, ACC-12.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.iam.access import Access
from scanner.iam.answers import members
from scanner.kinds import Account
from scanner.logic import Answer, both
from scanner.model import Noted, Resource, Unknown
from scanner.questions.administrators import administrators
from scanner.questions.asked import Asked, Found
from scanner.questions.becoming import chains
from scanner.questions.chains import Chains
from scanner.questions.duties import CHANGES_AI, DUTIES, Held, production, who_holds

_EXPORT, _STOP, _GRANT = "export-conversations", "stop-audit", "grant-access"
_RELEASE = frozenset({"approve-releases", "make-releases"})
_BESIDE_EXPORT = CHANGES_AI | _RELEASE | {"change-keys", _GRANT, _STOP}
_CONFLICTS = ((CHANGES_AI, frozenset({_STOP})), (frozenset({_GRANT}), _RELEASE))
"""Duties that nobody should hold together."""

_RAW = frozenset({"prompt", "response", "transcript"})
_TITLES = {duty.name: duty.title for duty in DUTIES}
_SHOWN = 3


@dataclass(slots=True)
class _Way:
    """How somebody comes to hold a duty."""

    held: Held
    number: int
    """The one whose permissions they are, as the engine numbers its principals."""

    source: int = -1
    """Who becomes that one, where it is another."""

    known: Chains | None = None

    def path(self) -> tuple[str, ...]:
        """The chain to whose permissions they are; empty where they are its own."""
        return self.known.chain(self.source, self.number).told if self.known is not None else ()

    def told(self) -> str:
        """What can be done, on what, by which statement."""
        where = f" ({self.held.resource.id})" if self.held.resource is not None else ""
        by = next(iter(self.held.why(self.number).statements), "")
        return f"{_TITLES[self.held.duty.name]}{where}{f', by {by}' if by else ''}"

    def doubt(self) -> str:
        """Why it is only possible."""
        chain = self.known.chain(self.source, self.number) if self.known is not None else None
        reasons = (*self.held.why(self.number).reasons, *(chain.reasons if chain else ()))
        return next(iter(reasons), f"whether it can {_TITLES[self.held.duty.name]} is not certain")


@dataclass(slots=True)
class _Holders:
    """Who holds one duty, and how."""

    must: dict[int, _Way] = field(default_factory=dict)
    may: dict[int, _Way] = field(default_factory=dict)

    def add(self, number: int, way: _Way, *, definite: bool) -> None:
        """Note it; the first way found is told."""
        (self.must if definite else self.may).setdefault(number, way)


def facts(asked: Asked) -> Iterator[Found]:
    """What each identity can do of what should be apart, and whether few can change what production's models say."""
    access = asked.access
    top = administrators(access)
    held = [one for one in who_holds(access, asked.language) if production(one.resource)]
    own = {duty.name: _own(one for one in held if one.duty.name == duty.name) for duty in DUTIES}
    shut = [one for one in held if not one.open]
    raw = _own(one for one in shut if one.duty.name == "view-conversations" and _is_raw(one.resource))
    secrets, training = (
        _own(one for one in shut if one.duty.name == name) for name in ("read-secrets", "view-training")
    )
    known = chains(asked)
    every = {name: _passed_on(access, holders, known, top) for name, holders in own.items()}
    for number, identity in access.people.identities.items():
        yield (
            identity.id,
            {
                "administrator": bool(top >> number & 1),
                "duties": tuple(name for name, holders in every.items() if number in holders.must),
                "duties_apart": both(*(_apart(number, one, other, every) for one, other in _CONFLICTS)),
                "exports": _can(number, every[_EXPORT]),
                "exports_apart": _apart(number, frozenset({_EXPORT}), _BESIDE_EXPORT, every),
                "reads_conversations": _can(number, raw),
                "reads_secrets": _can(number, secrets),
                "reads_training": _can(number, training),
            },
        )
    yield from _limits(asked, [every[name] for name in CHANGES_AI])


def _own(held: Iterable[Held]) -> _Holders:
    """Those who hold a duty themselves."""
    found = _Holders()
    for one in held:
        for number in members(one.may):
            found.add(number, _Way(one, number), definite=bool(one.must >> number & 1))
    return found


def _passed_on(access: Access, own: _Holders, known: Chains, top: int) -> _Holders:
    """Those besides who can become somebody who holds it; nobody by way of an administrator."""
    found = _Holders(dict(own.must), dict(own.may))
    for holders, certain in ((own.must, True), (own.may, False)):
        for number, way in holders.items():
            if not top >> number & 1 and number in access.people.identities:
                must, may = known.sources(number)
                for source in members(may):
                    definite = certain and bool(must >> source & 1)
                    found.add(source, _Way(way.held, number, source, known), definite=definite)
    return found


def _is_raw(resource: Resource | None) -> bool:
    return resource is not None and isinstance(resource.data, tuple) and bool(_RAW & {*resource.data})


def _can(number: int, holders: _Holders) -> Answer:
    """Whether somebody holds a duty."""
    if number in holders.must:
        return Noted(True, f"it can {holders.must[number].told()}", path=holders.must[number].path())
    return Unknown(holders.may[number].doubt()) if number in holders.may else False


def _apart(number: int, ones: frozenset[str], others: frozenset[str], every: Mapping[str, _Holders]) -> Answer:
    """Whether somebody does not hold a duty of both sides."""
    left, right = (_ways(number, side, every, definite=True) for side in (ones, others))
    if left and right:
        told = f"it can {left[0].told()}; and {right[0].told()}"
        return Noted(False, told, path=next(filter(None, (left[0].path(), right[0].path())), ()))
    left_may, right_may = (_ways(number, side, every, definite=False) for side in (ones, others))
    if (left or left_may) and (right or right_may):
        doubt = next(way.doubt() for way in (*(() if left else left_may), *(() if right else right_may)))
        return Unknown(doubt)
    return True


def _ways(number: int, duties: frozenset[str], every: Mapping[str, _Holders], *, definite: bool) -> list[_Way]:
    holders = (every[duty.name] for duty in DUTIES if duty.name in duties)
    found = ((one.must if definite else one.may).get(number) for one in holders)
    return [way for way in found if way is not None]


def _limits(asked: Asked, changers: Iterable[_Holders]) -> Iterator[Found]:
    """Whether no more identities of an account than the user allows can change what production's models say."""
    limit = asked.config.changing_ai_at_most
    accounts = [resource for resource in asked.world.resources if isinstance(resource, Account)]
    if limit is None:
        return
    listed = list(changers)
    must = {number for holders in listed for number in holders.must}
    may = {number for holders in listed for number in holders.may} - must
    for account in accounts:
        mine = asked.access.people.identities
        sure, open_ = (
            [mine[n].id for n in sorted(numbers) if n in mine and _of(mine[n], account, accounts)]
            for numbers in (must, may)
        )
        yield account.id, {"ai_changers_limited": True, "ai_changers_few": _few(sure, open_, limit)}


def _of(identity: Resource, account: Resource, accounts: list[Account]) -> bool:
    """Whether an identity belongs to an account; where that is not known, to the only one there is."""
    return identity.account == account.account or (not identity.account and len(accounts) == 1)


def _few(sure: list[str], open_: list[str], limit: int) -> Answer:
    more = f" and {len(sure) - _SHOWN} more" if len(sure) > _SHOWN else ""
    told = f"{len(sure)} can: {', '.join(sure[:_SHOWN])}{more}" if sure else "nobody can"
    if len(sure) > limit:
        return Noted(False, f"{told}; at most {limit} may")
    if len(sure) + len(open_) > limit:
        return Unknown(f"{told}; {len(open_)} more may, such as {open_[0]}; at most {limit} may")
    return Noted(True, told)
