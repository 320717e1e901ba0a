"""Which groups a user is in: what each user's and each group's own list of a plan says, or the account.

Sources: Terraform AWS provider, aws_iam_user_group_membership (one of several lists of a user's groups) and
aws_iam_group_membership (all users of a group).
"""

from __future__ import annotations

from scanner.clouds.aws.iam.subjects import subject, subjects
from scanner.logic import plain
from scanner.model import Fact, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

BY_USER, BY_GROUP = "aws_iam_user_group_membership", "aws_iam_group_membership"
_USER, _GROUP = ("aws_iam_user",), ("aws_iam_group",)


class Memberships:
    """The groups of every user of a world."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Read the lists of both sorts."""
        self._planned = planned
        self._groups: dict[PlannedResource, dict[str, None]] = {}
        self._doubts: dict[PlannedResource | None, Unknown] = {}
        for membership in planned.of(BY_USER):
            self._of_user(membership)
        for membership in planned.of(BY_GROUP):
            self._of_group(membership)

    def of(self, user: PlannedResource) -> Fact[tuple[str, ...]]:
        """Groups of one user, by their subjects; unknown where a list that may name it does not tell all."""
        if user.plan.is_live:
            return subjects(self._planned, self._planned.targets(user, "groups", _GROUP))
        found = tuple(self._groups.get(user, ()))
        missing = (self._planned.left_out(user, type_, name, owners=_USER) for type_, name in _LISTS)
        doubt = self._doubts.get(user) or self._doubts.get(None) or next(map(Unknown, filter(None, missing)), None)
        if doubt is not None:
            return doubt
        without: Fact[bool] = plain(self._planned.default(user, value=False, because="this plan puts it into no group"))
        return without if isinstance(without, Unknown) and not found else found

    def _of_user(self, membership: PlannedResource) -> None:
        user = self._planned.target(membership, "user", _USER)
        groups = self._planned.targets(membership, "groups", _GROUP)
        self._take((user,) if user is not None else (), membership, "user", groups)

    def _of_group(self, membership: PlannedResource) -> None:
        users = self._planned.targets(membership, "users", _USER)
        group = self._planned.target(membership, "group", _GROUP)
        groups = group if isinstance(group, Unknown) else () if group is None else (group,)
        self._take((users,) if isinstance(users, Unknown) else users, membership, "users", groups)

    def _take(
        self,
        users: tuple[PlannedResource | External | Unknown, ...],
        membership: PlannedResource,
        attribute: str,
        groups: tuple[PlannedResource | External, ...] | Unknown,
    ) -> None:
        for user in users:
            if isinstance(user, Unknown):
                for candidate in self._candidates(membership, attribute):
                    self._doubts.setdefault(candidate, user)
            elif isinstance(user, PlannedResource) and isinstance(groups, Unknown):
                self._doubts.setdefault(user, groups)
            elif isinstance(user, PlannedResource) and not isinstance(groups, Unknown):
                self._groups.setdefault(user, {}).update(dict.fromkeys(subject(self._planned, one) for one in groups))

    def _candidates(self, membership: PlannedResource, attribute: str) -> tuple[PlannedResource | None, ...]:
        """Users of which a list that is not decided may name some; None for any."""
        found = self._planned.mentioned(membership, attribute)
        return found if found and all(one.type in _USER for one in found) else (None,)


_LISTS = ((BY_USER, "user"), (BY_GROUP, "users"))
"""Types of lists, with what of each names users."""
