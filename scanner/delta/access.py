"""Permission statements that come, go, widen or narrow: by policy, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from scanner.delta.scope import Part, Way, conditions, patterns, together, turned, unknown
from scanner.evidence.record import Thing

How: TypeAlias = Literal["comes", "goes", "changes"]

_SCOPES = ("actions", "resources", "principals")
_LIMITS = frozenset({"boundary", "endpoint", "scp", "rcp"})
"""Kinds of policies that only limit: one more of them lets less through, whatever it allows."""

_TEXT = ("effect", "policy_kind", *_SCOPES, *(f"not_{name}" for name in _SCOPES), "conditions")
_MANY = 10_000
"""Pairs of statements of one policy, more of which are not compared each with each."""

_ORDER: tuple[Way, ...] = ("wider", "other", "open", "narrower", "same")


@dataclass(frozen=True, slots=True)
class GrantChange:
    """One statement that a plan brings, changes or takes away."""

    policy: str
    statement: Thing
    """As it will be; as it was where it goes."""

    how: How
    way: Way
    """What that does to what is permitted."""

    parts: tuple[Part, ...] = ()
    """What differs, of a statement that changes."""

    wild: bool = False
    """Whether it now permits what it did not: every action, every resource, or anybody."""

    @property
    def reason(self) -> str:
        """Why it cannot be told what the change does."""
        return next((part.reason for part in self.parts if part.reason), "")


@dataclass(frozen=True, slots=True)
class AttachmentChange:
    """Whom a policy binds that it did not, and no more binds."""

    policy: str
    new: tuple[str, ...]
    gone: tuple[str, ...]
    reason: str = ""
    """Why that cannot be told."""


def grants(before: Iterable[Thing], after: Iterable[Thing]) -> list[GrantChange]:
    """Every statement that differs, the gravest first."""
    old, new = by_policy(before), by_policy(after)
    found = [change for policy in {**old, **new} for change in _of(policy, old.get(policy, []), new.get(policy, []))]
    return sorted(found, key=lambda change: (not change.wild, _ORDER.index(change.way), change.policy))


def attachments(before: Iterable[Thing], after: Iterable[Thing]) -> list[AttachmentChange]:
    """Policies that were there, and bind others than before."""
    old, new = ({policy: _bound(held) for policy, held in by_policy(side).items()} for side in (before, after))
    found = (_attachment(policy, old[policy], new[policy]) for policy in sorted(old.keys() & new.keys()))
    return [change for change in found if change is not None]


def by_policy(things: Iterable[Thing]) -> dict[str, list[Thing]]:
    """Statements by the policy that holds them, in order."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        if thing.kind == "statement":
            found.setdefault(str(thing.facts.get("policy", thing.id)), []).append(thing)
    return found


def wild(statement: Thing) -> bool:
    """Whether a statement permits every action, every resource, or anybody."""
    facts = statement.facts
    if facts.get("effect") == "Deny":
        return False
    principals = facts.get("principals")
    anybody = isinstance(principals, list) and any(str(one).partition(":")[2] == "*" for one in principals)
    return facts.get("wildcard_action") is True or facts.get("wildcard_resource") is True or anybody


def _of(policy: str, old: Sequence[Thing], new: Sequence[Thing]) -> Iterator[GrantChange]:
    """What changes in one policy: what reads the same on both sides is none, whatever its place."""
    left, right = _unlike(old, new), _unlike(new, old)
    hidden = next((one for one in (*right, *left) if _hidden(one)), None)
    if hidden is not None and old and new:
        # What stands on the other side may stand there as well.
        yield _veiled(policy, hidden, left, right)
        return
    pairs = _pairs(left, right)
    yield from (_changed(policy, one, other) for one, other in pairs)
    paired = {id(thing) for pair in pairs for thing in pair}
    yield from (_alone(policy, thing, "comes") for thing in right if id(thing) not in paired)
    yield from (_alone(policy, thing, "goes") for thing in left if id(thing) not in paired)


def _unlike(things: Sequence[Thing], others: Sequence[Thing]) -> list[Thing]:
    """Statements without those that read the same among the others, one for one and the first first."""
    same = Counter(map(_text, others))
    found: list[Thing] = []
    for thing in things:
        text = _text(thing)
        if same[text]:
            same[text] -= 1
        else:
            found.append(thing)
    return found


def _veiled(policy: str, hidden: Thing, old: Sequence[Thing], new: Sequence[Thing]) -> GrantChange:
    """One change of a policy of which a part is not known: what else differs is told, and nothing made of it."""
    parts = [Part("statements", (), (), "open", _hidden(hidden))]
    for name in (*_SCOPES, *(f"not_{name}" for name in _SCOPES)):
        gone, come = ({text for one in side for text in _texts(one.facts.get(name))} for side in (old, new))
        if gone != come:
            parts.append(Part(name, tuple(sorted(gone - come)), tuple(sorted(come - gone)), "open"))
    return GrantChange(policy, hidden, "changes", "open", tuple(parts), any(map(wild, new)) and not any(map(wild, old)))


def _pairs(old: Sequence[Thing], new: Sequence[Thing]) -> list[tuple[Thing, Thing]]:
    """Statements that are likely the same one: of one effect, those first that have most in common.

    Of very many, those that are called the same.
    """
    if len(old) * len(new) > _MANY:
        called = {one.id: one for one in new}
        namesakes = ((one, called[one.id]) for one in old if one.id in called)
        return [(one, other) for one, other in namesakes if one.facts.get("effect") == other.facts.get("effect")]
    options = [
        (_common(one, other), one.id == other.id, -i - j, one, other)
        for i, one in enumerate(old)
        for j, other in enumerate(new)
        if one.facts.get("effect") == other.facts.get("effect")
    ]
    found: list[tuple[Thing, Thing]] = []
    taken: set[int] = set()
    for common, placed, _, one, other in sorted(options, key=lambda option: option[:3], reverse=True):
        if (common or placed) and not {id(one), id(other)} & taken:
            taken |= {id(one), id(other)}
            found.append((one, other))
    return found


def _common(one: Thing, other: Thing) -> int:
    names = (*_SCOPES, *(f"not_{name}" for name in _SCOPES))
    return sum(len({*_texts(one.facts.get(name))} & {*_texts(other.facts.get(name))}) for name in names)


def _texts(value: Any) -> list[str]:
    return list(map(str, value)) if isinstance(value, list) else []


def _changed(policy: str, one: Thing, other: Thing) -> GrantChange:
    parts = tuple(part for part in _parts(one, other) if part.way != "same" or part.new or part.gone)
    way = together(part.way for part in parts)
    denies = other.facts.get("effect") == "Deny"
    return GrantChange(policy, other, "changes", turned(way) if denies else way, parts, wild(other) and not wild(one))


def _parts(one: Thing, other: Thing) -> Iterator[Part]:
    for name in _SCOPES:
        inverse = f"not_{name}"
        before, after = one.facts.get(name), other.facts.get(name)
        turns = bool(_texts(one.facts.get(inverse))) != bool(_texts(other.facts.get(inverse)))
        plain = patterns(name, before, after)
        inverted = patterns(inverse, one.facts.get(inverse), other.facts.get(inverse), inverted=True)
        for part in (plain, inverted):
            unlike = turns and part.way != "open" and (part.gone or part.new)
            yield Part(part.name, part.gone, part.new, "other") if unlike else part
    yield conditions(one.facts.get("conditions"), other.facts.get("conditions"))


def _alone(policy: str, thing: Thing, how: How) -> GrantChange:
    """A statement without a partner."""
    way: Way = "wider" if how == "comes" else "narrower"
    if thing.facts.get("effect") == "Deny":
        way = turned(way)
    if thing.facts.get("policy_kind") in _LIMITS:
        way = "other"
    why = _hidden(thing) or unknown(thing.facts.get("policy_kind"))
    parts = (Part("statements", (), (), "open", why),) if why else ()
    return GrantChange(policy, thing, how, "open" if why else way, parts, how == "comes" and wild(thing))


def _hidden(statement: Thing) -> str:
    """Why the text of a statement is not known; that of a policy the cloud maintains is its name."""
    return "" if statement.facts.get("managed_by") == "provider" else unknown(statement.facts.get("actions"))


def _text(statement: Thing) -> str:
    facts = statement.facts
    told = {
        name: sorted(map(str, facts[name])) if isinstance(facts.get(name), list) else facts.get(name) for name in _TEXT
    }
    wide = {name: facts.get(name) for name in ("wildcard_action", "wildcard_resource") if _hidden(statement)}
    return repr(told | wide)


def _bound(statements: Iterable[Thing]) -> list[str] | str:
    """Whom a policy binds, or why that is not known."""
    found: dict[str, None] = {}
    for statement in statements:
        binds = statement.facts.get("binds")
        if reason := unknown(binds):
            return reason
        found.update(dict.fromkeys(_texts(binds)))
    return list(found)


def _attachment(policy: str, old: list[str] | str, new: list[str] | str) -> AttachmentChange | None:
    if isinstance(old, list) and isinstance(new, list):
        come, gone = (tuple(sorted({*one} - {*other})) for one, other in ((new, old), (old, new)))
        return AttachmentChange(policy, come, gone) if come or gone else None
    if isinstance(old, str) and isinstance(new, str):
        return None
    return AttachmentChange(policy, (), (), old if isinstance(old, str) else str(new))
