"""Who of another environment reaches production: its stores of conversations, keys and secrets, by what chain.

Sources: Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys", Amazon SQS Developer Guide, "Key
management", AWS Secrets Manager User Guide, "Secret encryption and decryption": who reads what is under a customer's
key must be allowed to decrypt with it, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from scanner.iam.answers import Answer, members
from scanner.iam.reach import Reach
from scanner.kinds import Identity, Key, Secret, Store
from scanner.logic import Told
from scanner.model import CONVERSATION_CLASSES, Noted, Resource, Unknown, World
from scanner.questions.asked import Asked, Found
from scanner.questions.sharing import counts

PRODUCTION = "prod"

_LEVELS: Mapping[type[Resource], tuple[str, ...]] = {
    Store: ("read", "write", "delete", "admin"),
    Key: ("decrypt", "admin"),
    Secret: ("read", "write", "admin"),
}
"""What is reaching a thing: reading or changing what it holds, or who gets at it."""

_DECRYPTED = frozenset({"bucket", "queue", "secret", "parameter"})
"""Types of which a reader decrypts himself what is under a customer's key."""

_NOTHING: Noted[tuple[str, ...]] = Noted((), "nothing of production lets it in, and it becomes nobody who is let in")
_SHOWN = 5
_COMPARED = 8
_LONG = 1000


@dataclass(frozen=True, slots=True)
class _Ask:
    """One action on one thing: who can, with the key that is needed for it."""

    level: str
    answer: Answer
    must: int
    may: int
    why: str

    def told(self, target: str, number: int) -> _Way:
        """How one of them reaches it."""
        certain = bool(self.must >> number & 1)
        found = self.answer.why_of(number)
        return _Way(target, self.level, found.statements, "" if certain else "; ".join(found.reasons) or self.why)


@dataclass(frozen=True, slots=True)
class _Way:
    """How one principal reaches one thing."""

    target: str
    level: str
    statements: tuple[str, ...]
    reason: str = ""

    @property
    def how(self) -> str:
        """The step of a path that leads to the thing."""
        return f"{self._does} it" + (f" by {', '.join(self.statements[:2])}" if self.statements else "")

    @property
    def told(self) -> str:
        """The same in a sentence."""
        return f"{self._does} {self.target}"

    @property
    def _does(self) -> str:
        return {"admin": "administers", "decrypt": "decrypts with"}.get(self.level, f"{self.level}s")


class _Reached:
    """Who reaches what of production, itself."""

    def __init__(self, asked: Asked) -> None:
        self._asks: dict[str, list[_Ask]] = {}
        self.must: dict[str, int] = {}
        """Those who reach a thing for certain, by its id."""

        self.may: dict[str, int] = {}
        """Those who reach it for certain or perhaps."""

        decrypting = _Decrypting(asked)
        levels = asked.access.vocabulary.levels()
        for target in filter(_is_target, asked.world.resources):
            for level in _LEVELS[type(target)]:
                for action in levels.get(level, {}).get(target.origin.type, ()):
                    answer = asked.access.who_can(action, target.id)
                    if answer.may:
                        must, may, why = decrypting.needed(target, level)
                        self._take(target.id, _Ask(level, answer, answer.must & must, answer.may & may, why))

    def _take(self, target: str, ask: _Ask) -> None:
        self._asks.setdefault(target, []).append(ask)
        self.must[target] = self.must.get(target, 0) | ask.must
        self.may[target] = self.may.get(target, 0) | ask.may

    def certain(self, some: int) -> tuple[str, ...]:
        """What any of some reaches for certain."""
        return tuple(target for target, bits in self.must.items() if bits & some)

    def first(self, number: int) -> _Way:
        """How one reaches the first thing that it reaches: a certain one where there is any."""
        for sets, which in ((self.must, "must"), (self.may, "may")):
            target = next((target for target, bits in sets.items() if bits >> number & 1), None)
            if target is not None:
                ask = next(one for one in self._asks[target] if getattr(one, which) >> number & 1)
                return ask.told(target, number)
        raise KeyError(number)

    @property
    def anybody(self) -> tuple[int, int]:
        """Those who reach anything, for certain and at most."""
        must = may = 0
        for target, bits in self.may.items():
            must, may = must | self.must[target], may | bits
        return must, may


def facts(asked: Asked) -> Iterator[Found]:
    """What each role and user that is not of production reaches there."""
    numbers = {id_: number for number, id_ in enumerate(asked.access.principals)}
    strangers = [one for one in asked.world.resources if isinstance(one, Identity) and one.id in numbers]
    strangers = [one for one in strangers if one.environment != PRODUCTION]
    if not strangers:
        return
    told = _Strangers(asked)
    for one in strangers:
        yield one.id, {"reaches_production": told.of(one, numbers[one.id])}


class _Strangers:
    """What of production each stranger reaches, itself or by becoming another."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._reached = _Reached(asked)
        self._certain, self._at_most = self._reached.anybody
        self._used: dict[str, set[str | Unknown]] = defaultdict(set)
        for wire in asked.world.wires:
            if wire.how == "identity":
                self._used[wire.target].add(wire.environment)
        becoming = asked.becoming
        self._through = becoming.certain.above(self._certain)
        self._perhaps = becoming.possible.above(self._at_most)

    def of(self, one: Identity, number: int) -> Told[tuple[str, ...]]:
        """What one stranger reaches."""
        return self._exempt(one) or self._found(number) or _NOTHING

    def _exempt(self, one: Identity) -> Noted[tuple[str, ...]] | None:
        """Why nothing is asked of one: it serves all environments, or production after all."""
        if isinstance(one.environment, Unknown):
            ours = self._used[one.id] == {PRODUCTION}
            return Noted((), "what acts as it is of production alone") if ours else None
        if counts(one.environment, self._asked.config):
            return None
        return Noted((), f"it is of {one.environment}, which serves all environments")

    def _found(self, number: int) -> Told[tuple[str, ...]] | None:
        """What one reaches for certain, else possibly; itself, or by becoming another."""
        names, certain = self._asked.access.principals, self._asked.becoming.certain
        if (self._certain | self._through) >> number & 1:
            itself = self._certain >> number & 1
            there, chain = (number, (names[number],)) if itself else self._chain(number, self._certain, certain)
            whole = self._reached.certain(1 << number | certain.after(number))
            return _noted(chain, whole, self._reached.first(there))
        if self._at_most >> number & 1:
            way = self._reached.first(number)
            return Unknown(f"it possibly {way.told}: {way.reason}")
        if self._perhaps >> number & 1:
            there, chain = self._chain(number, self._at_most, self._asked.becoming.possible)
            way = self._reached.first(there)
            how = f"it possibly becomes {names[there]} by {', '.join(chain[1::2])}"
            return Unknown(f"{how}, which {way.told}{f': {way.reason}' if way.reason else ''}")
        return None

    def _chain(self, number: int, targets: int, reach: Reach) -> tuple[int, tuple[str, ...]]:
        """Whom one becomes who reaches something, and the chain: the shortest of the first few there are."""
        names = self._asked.access.principals
        there = (one for one in members(targets) if reach.before(one) >> number & 1)
        becoming = self._asked.becoming
        chains = ((one, becoming.chain(names[number], names[one])) for one in islice(there, _COMPARED))
        one, chain = min(chains, key=lambda found: len(found[1]) or _LONG)
        return one, chain or (names[number], "becomes", names[one])


def _noted(start: tuple[str, ...], targets: tuple[str, ...], way: _Way) -> Noted[tuple[str, ...]]:
    more = f", and {len(targets) - _SHOWN} more" if len(targets) > _SHOWN else ""
    said = f"{start[0]} reaches {', '.join(targets[:_SHOWN])}{more}"
    return Noted(targets, said, path=(*start, way.how, way.target))


def _is_target(resource: Resource) -> bool:
    """Whether it is a store of conversations, a key or a secret of production; what is open to all is no way of few."""
    if resource.environment != PRODUCTION:
        return False
    if isinstance(resource, Key | Secret):
        return resource.type != "certificate" and resource.open is not True
    held = resource.data if isinstance(resource.data, tuple) else ()
    return isinstance(resource, Store) and resource.public is not True and bool({*held} & {*CONVERSATION_CLASSES})


class _Decrypting:
    """Who may decrypt what stands under keys, where whoever reads must."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._keys = _keys(asked.world)
        self._known = {one.id for one in asked.world.resources if isinstance(one, Key)}

    def needed(self, target: Resource, level: str) -> tuple[int, int, str]:
        """Who may read or write a thing as far as its key goes, for certain and at most, and why no more is certain."""
        if level not in {"read", "write"} or target.type not in _DECRYPTED or not self._keys.get(target.id):
            return -1, -1, ""
        action = "kms:Decrypt" if level == "read" else "kms:GenerateDataKey"
        must, may, why = -1, 0, ""
        for key in self._keys[target.id]:
            if key not in self._known:
                return 0, -1, f"who may use its key {key} was not seen"
            answer = self._asked.access.who_can(action, key)
            must, may = must & answer.must, may | answer.may
            why = why or f"whether it may use the key {key} is not certain"
        return must, may, why


def _keys(world: World) -> Mapping[str, tuple[str, ...]]:
    """Keys that each thing is encrypted with, or may be."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for wire in world.wires:
        if wire.how == "key":
            found[wire.source][wire.target] = None
    return {source: tuple(keys) for source, keys in found.items()}
