"""What an auditor asks of stores: how long they keep what people said, who may read them, what copies they have."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.kinds import Flow, Store
from scanner.model import Unknown
from scanner.questions.named.posing import CONVERSATIONS, Posed, Question, Row, listed, told

_COPIES = frozenset({"replicates_to", "backs_up_to", "exports_to"})
_TELEMETRY = frozenset({"telemetry"})
_TALK = frozenset({"prompt", "response", "transcript"})


def without_retention(about: Posed) -> Iterator[Row]:
    """Stores that may hold what people said, and that nothing empties after a time."""
    for store, classes, certain in about.holding():
        held = f"it may hold {listed(classes)}"
        if store.expires is False:
            yield Row(store.id, f"{held}, and nothing deletes it", certain)
        elif isinstance(store.expires, Unknown):
            yield Row(store.id, f"{held}; whether it is deleted is not known: {store.expires.reason}", certain=False)


def logs_with_prompts(about: Posed) -> Iterator[Row]:
    """Stores that take prompts as well as telemetry."""
    for store, classes, certain in about.holding(_TALK):
        both = {*told(store.may_hold), *(() if certain else told(store.may_hold_possibly))}
        if both & _TELEMETRY:
            yield Row(store.id, f"it takes telemetry, and it may hold {listed(classes)}", certain)


def public(about: Posed) -> Iterator[Row]:
    """Stores of what people said that anybody, or another account, may read."""
    strangers = _strangers(about)
    for store, classes, certain in about.holding():
        if store.public is True:
            yield Row(store.id, f"anybody may reach it; it may hold {listed(classes)}", certain)
        elif isinstance(store.public, Unknown):
            yield Row(store.id, f"whether anybody may reach it is not known: {store.public.reason}", certain=False)
        for who, definite in sorted(strangers.get(store.id, ())):
            yield Row(store.id, f"its own policy lets {who} in", certain and definite)


def _strangers(about: Posed) -> dict[str, list[tuple[str, bool]]]:
    """Who from outside may read each store, and whether that is certain."""
    found: dict[str, list[tuple[str, bool]]] = {}
    for holding in about.holdings("view-conversations"):
        for on in holding.on if holding.who.type == "outside" else ():
            for thing in on.things:
                found.setdefault(thing.id, []).append((holding.who.id, on.definite))
    return found


def unencrypted(about: Posed) -> Iterator[Row]:
    """Stores and ways that what people said takes, and that are not encrypted."""
    for store, classes, certain in about.holding():
        if store.encrypted is False:
            yield Row(store.id, f"it is not encrypted; it may hold {listed(classes)}", certain)
        elif isinstance(store.encrypted, Unknown):
            yield Row(store.id, f"whether it is encrypted is not known: {store.encrypted.reason}", certain=False)
    for flow in about.flows:
        surely, perhaps = {*told(flow.data)} & CONVERSATIONS, {*told(flow.may_carry)} & CONVERSATIONS
        if surely | perhaps and flow.encrypted is False:
            yield Row(flow.id, f"{listed(sorted(surely or perhaps))} goes this way unencrypted", bool(surely))


def deletion(about: Posed) -> Iterator[Row]:
    """Stores that hold who people are, and that no deletion reaches."""
    deleted: dict[str, bool] = {}
    for flow in about.flows:
        if flow.how == "deletes":
            deleted[flow.target] = deleted.get(flow.target, False) or flow.tier != "possible"
    for store, _, certain in about.holding({"user_identity"}):
        if not deleted.get(store.id) and store.expires is not True:
            said = (
                "only a wide grant lets anything delete from it" if store.id in deleted else "nothing deletes from it"
            )
            yield Row(store.id, f"it may hold who people are, and {said}", certain and store.id not in deleted)


def copies(about: Posed) -> Iterator[Row]:
    """Replicas, backups and exports that keep what people said longer than what they are copies of."""
    known = about.known
    for flow in about.flows:
        source, target = known.get(flow.source), known.get(flow.target)
        if flow.how not in _COPIES or not isinstance(source, Store) or not isinstance(target, Store):
            continue
        carried = {*told(flow.data), *told(flow.may_carry)} & CONVERSATIONS
        if carried and (row := _outlives(flow, source, target)) is not None:
            yield row


def _outlives(flow: Flow, source: Store, target: Store) -> Row | None:
    path = (flow.source, f"{flow.how}, {flow.rule}", flow.target)
    certain = flow.tier != "possible"
    if isinstance(source.longest_days, Unknown):
        return None
    if isinstance(target.longest_days, int):
        longer = target.longest_days > source.longest_days
        said = f"it keeps for {target.longest_days} days what {source.id} keeps for {source.longest_days}"
        return Row(target.id, said, certain, path) if longer else None
    if target.expires is False:
        return Row(target.id, f"it keeps for ever what {source.id} keeps for {source.longest_days} days", certain, path)
    return Row(target.id, f"how long it keeps copies of {source.id} is not known", certain=False, path=path)


QUESTIONS = (
    Question(
        "stores-without-retention",
        "Which stores may hold prompts or transcripts and are never emptied?",
        ("C1.1", "C1.2", "P4.2"),
        without_retention,
        hidden_by=("flow", "store"),
    ),
    Question(
        "prompts-in-telemetry",
        "Which stores take prompts or transcripts together with telemetry?",
        ("C1.1",),
        logs_with_prompts,
        hidden_by=("flow", "store"),
    ),
    Question(
        "open-transcripts",
        "Which stores of conversations may anybody, or another account, read?",
        ("CC6.1", "CC6.6"),
        public,
        hidden_by=("store", "statement"),
    ),
    Question(
        "unencrypted",
        "Where does what people say rest or travel unencrypted?",
        ("CC6.7",),
        unencrypted,
        hidden_by=("flow", "store"),
    ),
    Question(
        "deletion-coverage",
        "Which stores hold who people are and are reached by no deletion?",
        ("C1.2", "P4.3"),
        deletion,
        hidden_by=("flow", "store"),
    ),
    Question(
        "copies-outliving",
        "Which replicas, backups and exports keep conversations longer than their source?",
        ("C1.2", "A1.2"),
        copies,
        hidden_by=("flow", "store"),
    ),
)
"""Of stores."""
