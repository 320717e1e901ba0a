"""Who may do everything, or can grant itself that, and whether that is meant."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.config import DEFAULT_NAME, Config
from scanner.iam.everything import administrators, limited
from scanner.kinds import Identity
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.questions.asked import Asked, Found

_EVERYTHING = Noted(True, "a statement grants it everything on everything")


def facts(asked: Asked) -> Iterator[Found]:
    """Whether each role and user may do everything or can grant itself that, and is meant to."""
    people = asked.access.people
    everything = administrators(asked.access.library)
    suspects = _suspects(asked)
    found: dict[str, Answer] = {}
    for number, identity in people.identities.items():
        bit = 1 << number
        found[identity.id] = _EVERYTHING if everything & bit else False
        if not everything & bit and suspects & bit:
            found[identity.id] = _grants_itself(asked, identity)
    certain = [id_ for id_, answer in found.items() if isinstance(answer, Noted) and answer.value]
    for identity in people.identities.values():
        yield (
            identity.id,
            {
                "admin_equivalent": found[identity.id],
                "admin_meant": meant(identity, len(certain), asked.config),
            },
        )


def meant(identity: Identity, admins: int, config: Config) -> Noted[bool]:
    """Whether the user's settings say that an identity may do everything, and there are not too many of them."""
    if not config.may_be_admin(identity.name, identity.id):
        return Noted(False, f"it is not listed under identities.admins in {DEFAULT_NAME}")
    most = config.admins_at_most
    if admins > most:
        return Noted(False, f"{admins} identities may do everything, and {DEFAULT_NAME} allows {most}")
    return Noted(True, f"{DEFAULT_NAME} lists it under identities.admins")


def _suspects(asked: Asked) -> int:
    """Those whom some statement may let grant themselves more; whom a boundary limits stays below it."""
    library, found = asked.access.library, 0
    for actions in asked.language.self_granting.values():
        for action in actions:
            for one, _ in library.about(action.lower()):
                found |= 0 if one.denies else one.may
    return found & ~limited(library)


def _grants_itself(asked: Asked, identity: Identity) -> Answer:
    """Whether it can put or attach a policy to itself, or to a group it is in."""
    groups = identity.member_of if isinstance(identity.member_of, tuple) else ()
    holders = ((identity.type, identity.id), *(("group", group) for group in groups))
    doubt: Unknown | None = None
    for type_, holder in holders:
        for action in asked.language.self_granting.get(type_, ()):
            answer = asked.access.who_can(action, holder)
            bit = 1 << asked.access.people.number[identity.id]
            if answer.must & bit:
                path = (identity.id, action, holder, "may then do", "everything")
                return Noted(
                    True, f"it is allowed {action} on {'itself' if holder == identity.id else holder}", path=path
                )
            if answer.may & bit and doubt is None:
                reasons = answer.why(identity.id).reasons
                doubt = Unknown(f"it is perhaps allowed {action} on {holder}: {'; '.join(reasons[:1])}")
    return doubt or False
