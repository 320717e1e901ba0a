"""Who is an administrator: a statement grants everything on everything, and no boundary takes anything away."""

from __future__ import annotations

from scanner.iam.access import Access
from scanner.iam.everything import grants_everything, limited, perhaps_limited


def administrators(access: Access) -> int:
    """Those who are, as the engine numbers its principals; what an organization denies does not change it."""
    found = 0
    for one in access.library.granting:
        found |= one.must if grants_everything(one) else 0
    return found & ~limited(access.library) & ~perhaps_limited(access.library)
