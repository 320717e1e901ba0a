"""What an auditor asks of the record: whether it ends where nobody changes it, what changed, what rests on a guess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.kinds import Account, AuditTrail, Flow, Store, Vendor
from scanner.model import Unknown, World
from scanner.questions.named.posing import Posed, Question, Row, listed, told


def audit_path(about: Posed) -> Iterator[Row]:
    """Accounts whose trail is missing, or ends in a store where records can be changed."""
    trails = [one for one in about.of(AuditTrail) if one.type == "trail"]
    for account in about.of(Account):
        if not any(one.account in {"", account.account} for one in trails):
            sure = "audit_trail" in about.world.complete
            yield Row(account.id, "no trail records what is done in it" if sure else "no trail was seen", sure)
    for trail in trails:
        if trail.destination_immutable is False:
            why = trail.because.get("destination_immutable", "its records can be changed where they are kept")
            yield Row(trail.id, why)
        elif isinstance(trail.destination_immutable, Unknown):
            yield Row(trail.id, f"not known: {trail.destination_immutable.reason}", certain=False)
        if trail.log_validation is False:
            yield Row(trail.id, "its files are not signed: a change would not show")


def changed(about: Posed) -> Iterator[Row]:
    """Flows that are new, gone, or carry other data than in the earlier world."""
    if about.before is None:
        return
    before, after = _flows(about.before), _flows(about.world)
    for id_ in sorted({*before, *after}):
        old, new = before.get(id_), after.get(id_)
        if old is None and new is not None:
            yield Row(id_, f"new: {new.reason}", new.tier != "possible")
        elif new is None and old is not None:
            yield Row(id_, f"gone: {old.reason}", old.tier != "possible")
        elif old is not None and new is not None and (said := _other(old, new)):
            yield Row(id_, said, new.tier != "possible")


def _other(old: Flow, new: Flow) -> str:
    more = [one for one in told(new.data) if one not in told(old.data)]
    less = [one for one in told(old.data) if one not in told(new.data)]
    said = [f"now carries {listed(more)}"] if more else []
    said += [f"no longer carries {listed(less)}"] if less else []
    said += [f"now {new.tier}, was {old.tier}"] if new.tier != old.tier else []
    return "; ".join(said)


def _flows(world: World) -> Mapping[str, Flow]:
    return {one.id: one for one in world.flows if isinstance(one, Flow)}


def assurance_gap(about: Posed) -> Iterator[Row]:
    """What data reaches by possible flows alone, so that no answer about it is more than a guess."""
    for store in about.of(Store):
        if extra := [one for one in told(store.may_hold_possibly) if one not in told(store.may_hold)]:
            yield Row(store.id, f"only possible flows bring it {listed(extra)}", certain=False)
    for vendor in about.of(Vendor):
        if extra := [one for one in told(vendor.may_receive) if one not in told(vendor.receives)]:
            yield Row(vendor.id, f"only possible flows bring it {listed(extra)}", certain=False)


QUESTIONS = (
    Question(
        "audit-path",
        "Does what is done in every account end in a record that nobody can change?",
        ("CC7.2",),
        audit_path,
        hidden_by=("audit_trail", "store"),
    ),
    Question(
        "changes",
        "What changed in the data flow since an earlier plan or scan?",
        ("CC8.1",),
        changed,
    ),
    Question(
        "assurance-gap",
        "Which answers rest on possible flows alone?",
        ("CC4.1",),
        assurance_gap,
    ),
)
"""Of the record."""
