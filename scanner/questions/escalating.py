"""Who escalates: the fact of each role and user, with the chain."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.iam.causes import Escalation, escalations
from scanner.kinds import Identity
from scanner.model import Noted, Unknown
from scanner.questions.asked import Asked, Found

_QUIET = "it gets to nothing that it is not allowed, but by becoming whom it is meant to become"
_TOP = "it is an administrator: there is nothing more to get to"


def facts(asked: Asked) -> Iterator[Found]:
    """Whether each role and user escalates."""
    told = escalations(asked.becoming)
    administrators = asked.becoming.scene.administrators.must
    for number, identity in asked.access.people.identities.items():
        yield identity.id, {"escalates": _fact(identity, told.get(identity.id), top=administrators >> number & 1)}


def _fact(identity: Identity, found: Escalation | None, *, top: int) -> Noted[bool] | Unknown:
    if found is None:
        return Noted(False, _TOP if top else _QUIET)
    *_, last = found.path
    end = "an administrator" if found.administrator else f"{last}, which is allowed more"
    if found.definite:
        via = "" if last.startswith("administrator") else f", by becoming {last}"
        title = f"{identity.id} {found.title}"
        return Noted(True, f"{title}: so it becomes {end}{via if found.administrator else ''}", path=found.path)
    return Unknown(f"it may become {end}, where it {found.title}: {found.reason}")
