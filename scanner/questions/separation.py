"""Separation of duties: what each identity holds, itself or as another, and what nobody should hold together.

An administrator holds every duty: that is one finding, of its own, and so nothing here is said of administrators, nor
of what somebody could do by becoming one. What a resource lets everybody do is a finding about the resource.

Source: AICPA Trust Services Criteria, CC6.3 (segregation of duties), CC8.1; requirements ACC-05, ACC-11, ACC-12.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from scanner.iam.answers import members
from scanner.iam.everything import administrators
from scanner.kinds import Account
from scanner.logic import Answer, both
from scanner.model import Noted, Resource, Unknown
from scanner.questions.asked import Asked, Found
from scanner.questions.becoming import chains
from scanner.questions.chains import Chain, Chains
from scanner.questions.duties import CHANGES_AI, DUTIES, Held, production, who_holds

_EXPORT, _STOP, _GRANT = "export-conversations", "stop-audit", "grant-access"
_RELEASE = frozenset({"approve-releases", "make-releases"})
_BESIDE_EXPORT = CHANGES_AI | _RELEASE | {"change-keys", _GRANT, _STOP}
_CONFLICTS = ((CHANGES_AI, frozenset({_STOP})), (frozenset({_GRANT}), _RELEASE))
"""Duties that nobody should hold together."""

_RAW = frozenset({"prompt", "response", "transcript"})
_TITLES = {duty.name: duty.title for duty in DUTIES}
_SHOWN = 3


class _Holders:
    """Who holds one duty, themselves or by becoming another, and how."""

    def __init__(self, held: Iterable[Held], known: Chains, top: int) -> None:
        self._held = list(held)
        self._known = known
        self.own = self.own_may = 0
        for one in self._held:
            self.own, self.own_may = self.own | one.must, self.own_may | one.may
        self._sure, self._open = self.own & ~top, self.own_may & ~top
        by_sure, by_open = known.leading(self._sure), known.leading(self._open)
        self.must = self.own | by_sure[0]
        self.may = self.own_may | self.must | by_open[1]

    def told(self, number: int) -> str:
        """What somebody can do, on what, by which statement."""
        one, holder = self._found(number)
        where = f" ({one.resources[0].id})" if one.resources else ""
        by = next(iter(one.why(holder).statements), "")
        return f"{_TITLES[one.duty.name]}{where}{f', by {by}' if by else ''}"

    def path(self, number: int) -> tuple[str, ...]:
        """The chain to whose permissions they are; empty where they are its own."""
        chain = self._chain(number)
        return chain.told if chain else ()

    def doubt(self, number: int) -> str:
        """Why it is only possible."""
        one, holder = self._found(number)
        chain = self._chain(number)
        reasons = (*one.why(holder).reasons, *(chain.reasons if chain else ()))
        return next(iter(reasons), f"whether it can {_TITLES[one.duty.name]} is not certain")

    def _chain(self, number: int) -> Chain | None:
        if self.own_may >> number & 1 and (self.own >> number & 1 or not self.must >> number & 1):
            return None
        return self._known.chain(number, self._sure if self.must >> number & 1 else self._open)

    def _found(self, number: int) -> tuple[Held, int]:
        """What it is held on first, and by whom."""
        chain = self._chain(number)
        holder = self._known.number(chain.target) if chain else number
        sure = bool(self.own >> holder & 1)
        return next(one for one in self._held if (one.must if sure else one.may) >> holder & 1), holder


def facts(asked: Asked) -> Iterator[Found]:
    """What each identity can do of what should be apart, and whether few can change production's AI."""
    access = asked.access
    top = administrators(access.library)
    known = chains(asked)
    held = [one for one in who_holds(access, asked.language, asked.becoming.sources_of) if production(one)]
    every = {duty.name: _Holders((h for h in held if h.duty is duty), known, top) for duty in DUTIES}
    shut = [one for one in held if not one.open]
    reads = {
        "reads_conversations": _of(shut, "view-conversations", known, top, _is_raw),
        "reads_secrets": _of(shut, "read-secrets", known, top),
        "reads_training": _of(shut, "view-training", known, top),
    }
    for number, identity in access.people.identities.items():
        yield (
            identity.id,
            {
                "administrator": bool(top >> number & 1),
                "duties": _duties(number, every),
                "duties_apart": both(*(_apart(number, one, other, every) for one, other in _CONFLICTS)),
                "exports": _can(number, every[_EXPORT].must, every[_EXPORT].may, every[_EXPORT]),
                "exports_apart": _apart(number, frozenset({_EXPORT}), _BESIDE_EXPORT, every),
                **{name: _can(number, one.own, one.own_may, one) for name, one in reads.items()},
            },
        )
    yield from _limits(asked, [every[name] for name in CHANGES_AI])


def _duties(number: int, every: Mapping[str, _Holders]) -> tuple[str, ...] | Unknown:
    """All duties that somebody holds; not known where there may be more."""
    open_ = next((one for one in every.values() if one.may & ~one.must & (1 << number)), None)
    if open_ is not None:
        return Unknown(open_.doubt(number))
    return tuple(name for name, holders in every.items() if holders.must >> number & 1)


def _of(
    held: Iterable[Held], duty: str, known: Chains, top: int, keep: Callable[[Held], bool] = lambda _: True
) -> _Holders:
    return _Holders((one for one in held if one.duty.name == duty and keep(one)), known, top)


def _is_raw(held: Held) -> bool:
    return any(isinstance(one.data, tuple) and bool(_RAW & {*one.data}) for one in held.resources)


def _can(number: int, must: int, may: int, holders: _Holders) -> Answer:
    """Whether somebody is among those who can; what it says is told of those who can."""
    if must >> number & 1:
        return Noted(True, f"it can {holders.told(number)}", path=holders.path(number))
    return Unknown(holders.doubt(number)) if may >> number & 1 else False


def _apart(number: int, ones: frozenset[str], others: frozenset[str], every: Mapping[str, _Holders]) -> Answer:
    """Whether somebody does not hold a duty of both sides."""
    left, right = (_held(number, side, every, definite=True) for side in (ones, others))
    if left and right:
        told = f"it can {left[0].told(number)}; and {right[0].told(number)}"
        return Noted(False, told, path=next(filter(None, (left[0].path(number), right[0].path(number))), ()))
    left_may, right_may = (_held(number, side, every, definite=False) for side in (ones, others))
    if left_may and right_may:
        open_ = left_may[0] if not left else right_may[0]
        return Unknown(open_.doubt(number))
    return True


def _held(number: int, duties: frozenset[str], every: Mapping[str, _Holders], *, definite: bool) -> list[_Holders]:
    holders = (every[duty.name] for duty in DUTIES if duty.name in duties)
    return [one for one in holders if (one.must if definite else one.may) >> number & 1]


def _limits(asked: Asked, changers: Iterable[_Holders]) -> Iterator[Found]:
    """Whether no more identities of an account than the user allows can change what production's models say."""
    limit = asked.config.changing_ai_at_most
    accounts = [resource for resource in asked.world.resources if isinstance(resource, Account)]
    if limit is None:
        return
    listed = list(changers)
    must = {number for holders in listed for number in members(holders.must)}
    may = {number for holders in listed for number in members(holders.may)} - must
    for account in accounts:
        mine = asked.access.people.identities
        sure, open_ = (
            [mine[n].id for n in sorted(numbers) if n in mine and _within(mine[n], account, accounts)]
            for numbers in (must, may)
        )
        yield account.id, {"ai_changers_limited": True, "ai_changers_few": _few(sure, open_, limit)}


def _within(identity: Resource, account: Resource, accounts: list[Account]) -> bool:
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
