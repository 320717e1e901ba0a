"""What could not be read of an account, and so may lead where nothing that was read does."""

from __future__ import annotations

from scanner.model import World

_REFUSED = ("AccessDenied", "UnauthorizedOperation", "AuthorizationError")


def hiding(world: World, kinds: frozenset[str], account: str, region: str = "", *, refused: bool = False) -> str:
    """Why there may be more of some kinds in an account than was read; empty where nothing hides any.

    With a region, what other regions hide does not count; `refused` asks for calls that failed alone, and not for
    regions that nobody asked for.
    """
    found = (
        gap.reason
        for gap in world.gaps
        if gap.covers(account, region or None) and gap.hides_any(*kinds) and (gap.call or not refused)
    )
    # One that somebody may grant comes first.
    return min(found, key=lambda reason: not reason.startswith(_REFUSED), default="")
