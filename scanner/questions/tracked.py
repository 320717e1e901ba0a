"""How much of what an identity may do its cloud tells the use of: the share that "not used" can be said of."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.iam.access import Access
from scanner.iam.actions import NO_ACTIONS, ActionSet, action_set
from scanner.iam.answers import members
from scanner.iam.vocabulary import Vocabulary
from scanner.kinds import Identity
from scanner.model import Noted, Statement
from scanner.questions.asked import Asked, Found


def facts(asked: Asked) -> Iterator[Found]:
    """The share of the allowed actions whose last use is told, of each identity of which any is."""
    people = asked.access.people.identities
    granted = allowed(asked.access) if any(isinstance(one.tracked_actions, tuple) for one in people.values()) else {}
    for number, identity in people.items():
        if isinstance(identity.tracked_actions, tuple):
            total = count(granted.get(number, NO_ACTIONS), asked.access.vocabulary)
            yield identity.id, _share(identity, total)


def _share(identity: Identity, total: int) -> dict[str, object]:
    told = min(len(identity.tracked_actions), total) if isinstance(identity.tracked_actions, tuple) else 0
    said = f"the cloud tracks {told} of the {total} actions that its policies allow"
    found: dict[str, object] = {"tracked_share": Noted(round(100 * told / total) if total else 100, said)}
    if isinstance(identity.unused_services, tuple):
        because = "; ".join(filter(None, (identity.because.get("unused_services", ""), said)))
        found["unused_services"] = Noted(identity.unused_services, because)
    return found


def allowed(access: Access) -> dict[int, ActionSet]:
    """Actions that policies allow each principal, on whatever and under whatever condition."""
    found: dict[int, ActionSet] = {}
    for one in access.library.granting:
        if one.denies:
            continue
        actions = of_statement(one.first, access.vocabulary)
        for number in members(one.must):
            found[number] = found.get(number, NO_ACTIONS) | actions
    return found


def of_statement(statement: Statement, vocabulary: Vocabulary) -> ActionSet:
    """The actions that a statement is certainly about."""
    if isinstance(statement.not_actions, tuple) and statement.not_actions:
        return ~action_set(vocabulary, statement.not_actions)[1]
    return action_set(vocabulary, statement.actions)[0] if isinstance(statement.actions, tuple) else NO_ACTIONS


def count(actions: ActionSet, vocabulary: Vocabulary) -> int:
    """How many known actions are in a set."""
    services = vocabulary.services() if actions.rest else actions.masks
    return sum((actions.mask(one) & ((1 << len(vocabulary.actions(one))) - 1)).bit_count() for one in services)
