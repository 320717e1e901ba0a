"""What an auditor asks of people and programs: who reads, decrypts, deploys, and whose loss costs most."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.model import Unknown
from scanner.questions.duties import ANYBODY
from scanner.questions.named.posing import Posed, Question, Row, listed, people, told
from scanner.questions.page import Holding

_MOST = 10
"""Identities that the blast radius names."""

_NAMED = 3
"""Resources that a row names."""


def readers(about: Posed) -> Iterator[Row]:
    """Everybody who can read what people said, and by what chain; what everybody can read is told of everybody."""
    yield from _holders(about, "view-conversations", "it can read", None)


def decryptors(about: Posed) -> Iterator[Row]:
    """Everybody who can decrypt with a key that encrypts conversations, and is not meant to do everything."""
    for row in _holders(about, "decrypt", "it can decrypt with", _conversation_keys(about)):
        if not about.asked.config.may_be_admin(row.subject.rpartition("/")[2], row.subject):
            yield row


def _conversation_keys(about: Posed) -> frozenset[str]:
    """Keys that stores of conversations are wired to."""
    stores = {store.id for store, _, _ in about.holding()}
    return frozenset(wire.target for wire in about.world.wires if wire.how == "key" and wire.source in stores)


def _holders(about: Posed, duty: str, says: str, only: frozenset[str] | None) -> Iterator[Row]:
    """One row for each identity that is certain to hold a duty or may hold it, and for each chain that leads to it."""
    for holding in about.holdings(duty):
        for certain in (True, False):
            names = _names(about, duty, holding, only, certain=certain)
            if not names:
                continue
            on = listed(names, _NAMED)
            yield Row(holding.who.id, f"{says} {on}", certain)
            for who, chain in holding.reached_by:
                yield Row(who.id, f"as {holding.who.id} {says} {on}", certain and chain.definite, tuple(chain.told))


def _names(about: Posed, duty: str, holding: Holding, only: frozenset[str] | None, *, certain: bool) -> tuple[str, ...]:
    """Resources that somebody holds a duty on, for certain or perhaps, besides those that everybody does."""
    every = frozenset() if holding.who.id in ANYBODY else about.open_to_everybody(duty)
    found = (thing.id for on in holding.on if on.definite is certain for thing in on.things)
    return tuple(sorted({one for one in found if one not in every and (only is None or one in only)}))


def separation(about: Posed) -> Iterator[Row]:
    """Identities that can change what filters the model and also stop the record of it."""
    for identity in people(about):
        duties = told(identity.duties)
        if {"change-guardrails", "stop-audit"} <= {*duties}:
            yield Row(identity.id, "it can change guardrails and stop or delete the audit trail", path=_path(identity))
        elif isinstance(identity.duties_apart, Unknown):
            yield Row(identity.id, f"not known: {identity.duties_apart.reason}", certain=False)


def _path(identity: object) -> tuple[str, ...]:
    paths: dict[str, tuple[str, ...]] = getattr(identity, "paths", {})
    return paths.get("duties_apart", ())


def deployers(about: Posed) -> Iterator[Row]:
    """Identities that approve and make releases, or that make them and can become an administrator."""
    for identity in people(about):
        if {"approve-releases", "make-releases"} <= {*told(identity.duties)}:
            yield Row(identity.id, "it can approve releases and make them")
    rising = {chain.source: chain for _, chain in about.page.rising}
    for id_ in sorted(about.deployers & {*rising}):
        chain = rising[id_]
        yield Row(id_, "it makes releases and can become an administrator", chain.definite, tuple(chain.told))


def blast_radius(about: Posed) -> Iterator[Row]:
    """Identities whose loss exposes most stores of conversations that not everybody can read, most first."""
    duty = "view-conversations"
    reached: dict[str, set[str]] = {}
    for holding in about.holdings(duty):
        if holding.who.type != "outside":
            names = _names(about, duty, holding, None, certain=True)
            reached.setdefault(holding.who.id, set()).update(names)
            for who, chain in holding.reached_by:
                if chain.definite:
                    reached.setdefault(who.id, set()).update(names)
    for id_ in sorted((one for one in reached if reached[one]), key=lambda one: (-len(reached[one]), one))[:_MOST]:
        names = tuple(sorted(reached[id_]))
        plural = "store" if len(names) == 1 else "stores"
        yield Row(id_, f"its loss exposes {len(names)} {plural} of conversations: {listed(names, _NAMED)}")


_HIDDEN = ("identity", "statement")

QUESTIONS = (
    Question(
        "transcript-readers",
        "Who can read conversations, and by what chain?",
        ("CC6.1", "CC6.3"),
        readers,
        hidden_by=_HIDDEN,
    ),
    Question(
        "decryptors",
        "Who can decrypt with the keys of conversations and is no administrator by agreement?",
        ("CC6.1",),
        decryptors,
        hidden_by=_HIDDEN,
    ),
    Question(
        "guardrails-and-audit",
        "Can one identity change guardrails and delete the audit trail?",
        ("CC6.1", "CC8.1"),
        separation,
        hidden_by=_HIDDEN,
    ),
    Question(
        "deployers",
        "Can one identity approve and make releases, or a deployer become an administrator?",
        ("CC8.1",),
        deployers,
        hidden_by=_HIDDEN,
    ),
    Question(
        "blast-radius",
        "Whose loss exposes most stores of conversations?",
        ("CC3.2",),
        blast_radius,
        hidden_by=_HIDDEN,
        ranked=True,
    ),
)
"""Of people and programs."""
