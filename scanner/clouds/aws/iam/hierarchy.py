"""Where each account stands in its organization: what above it has policies that bind it, and which account manages it.

Of plans, the resources of an organization say so, of a live one what its management account was told. Sources: AWS
Organizations User Guide, "SCP evaluation" (policies of the root, of each unit on the way down and of the account itself
bind it) and "Effects on permissions" (those of the management account nothing binds).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from scanner.clouds.aws.places import Places
from scanner.logic import Answer
from scanner.model import Fact, Noted, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, Plan, PlannedResource, Target
from scanner.terraform.planned import PlannedWorld

ACCOUNT, UNIT, ORGANIZATION = (
    "aws_organizations_account",
    "aws_organizations_organizational_unit",
    "aws_organizations_organization",
)
CHILDREN = "data.aws_organizations_organizational_unit_child_accounts"
"""Accounts below a unit or root."""

_DEEPEST = 8
"""Levels between the root and an account; Organizations allows five units."""

_UNSEEN = Unknown("what stands above it in its organization was not seen")
_UNTOLD = Unknown("nothing here tells which account manages its organization")


def level(target: PlannedResource | External) -> str:
    """What a root, unit or account is called: the id that AWS gives it, or the subject of a planned one without one."""
    if isinstance(target, External):
        return target.value
    id_ = _root_id(target) if target.type == ORGANIZATION else target.values.get("id")
    return id_ if isinstance(id_, str) and id_ else target.id


def _root_id(organization: PlannedResource) -> Any:
    roots = organization.values.get("roots")
    return roots[0].get("id") if isinstance(roots, list) and roots and isinstance(roots[0], dict) else None


def named(planned: PlannedWorld, owner: PlannedResource, attribute: str) -> Fact[str]:
    """What an attribute names of an organization; of the organization itself, that is its root or the account above."""
    target: Target = planned.target(owner, attribute)
    if isinstance(target, Unknown):
        return target
    if isinstance(target, PlannedResource) and target.type == ORGANIZATION:
        written = owner.references(attribute) or ()
        if any("account" in text for text in written):
            return Unknown(f"{owner.address}: {attribute} is an account of {target.address}, not known which")
    return "" if target is None else level(target)


class Organization:
    """The organizations of a world, as far as they were seen."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Read what stands where."""
        self._planned = planned
        self._places = Places(planned)
        self._parents: dict[str, Fact[str]] = {}
        for one in planned.of(UNIT, ACCOUNT):
            if not one.plan.is_live or one.get("parent_id") is not None:
                self._parents[level(one)] = self._parent(one)
        for listed in planned.of(CHILDREN):
            for child in _rows(listed.get("accounts")):
                self._parents.setdefault(str(child.get("id")), listed.text("parent_id"))

    def levels(self, account: str) -> Fact[tuple[str, ...]]:
        """The root, each unit on the way down, and the account itself."""
        found = [account]
        while len(found) <= _DEEPEST:
            parent = self._parents.get(found[-1])
            if isinstance(parent, Unknown):
                return parent
            if not parent:
                root = len(found) > 1 and (found[-1].startswith("r-") or self._is_root(found[-1]))
                return tuple(reversed(found)) if root else _UNSEEN
            found.append(parent)
        return _UNSEEN

    def manages(self, account: str) -> Answer:
        """Whether an account of a plan manages its organization."""
        known = False
        for one in self._planned.of(ORGANIZATION, f"data.{ORGANIZATION}"):
            master = one.get("master_account_id")
            if isinstance(master, str) and account:
                if master == account:
                    return Noted(True, f"{one.address} says so")
                known = True
            elif one.mode == "managed" and not one.plan.is_live and self._places.of(one)[0] == account:
                return Noted(True, f"it makes {one.address}")
        return Noted(False, "another account manages its organization") if known else _UNTOLD

    def _parent(self, one: PlannedResource) -> Fact[str]:
        if left_out(one, "parent_id"):
            roots = tuple(self._planned.of(ORGANIZATION, f"data.{ORGANIZATION}"))
            return level(roots[0]) if len(roots) == 1 else _UNSEEN
        return named(self._planned, one, "parent_id")

    def _is_root(self, name: str) -> bool:
        return any(level(one) == name for one in self._planned.of(ORGANIZATION, f"data.{ORGANIZATION}"))


def planned_facts(planned: PlannedWorld, account: str) -> dict[str, Any]:
    """Facts of an account that a plan shows, by its twelve digits, which may not be known."""
    organization = planned.once(Organization)
    levels = organization.levels(account) if account else _UNSEEN
    return {"levels": levels, "manages_organization": organization.manages(account)}


def live_facts(planned: PlannedWorld, parts: Sequence[Plan], account: str) -> dict[str, Any]:
    """Facts of a live account: whether it manages its organization every account is told, what stands above it not."""
    own = _own(planned.of(ACCOUNT), parts, account)
    if own is None:
        return {"levels": _UNSEEN, "manages_organization": _UNTOLD}
    if own.get("in_organization") is False:
        return {"levels": (), "manages_organization": Noted(False, "it is in no organization")}
    master = own.get("master_account_id", _UNTOLD)
    manages = master if isinstance(master, Unknown) else Noted(master == account, f"{master} manages its organization")
    return {"levels": planned.once(Organization).levels(account), "manages_organization": manages}


def _own(accounts: Iterable[PlannedResource], parts: Sequence[Plan], account: str) -> PlannedResource | None:
    return next((one for one in accounts if one.plan in parts and one.get("id") == account), None)


def _rows(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
