"""What the engine asks a cloud about its actions and the names of its resources."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Protocol

from scanner.model import Resource


class Vocabulary(Hashable, Protocol):
    """One cloud's actions and names."""

    prefix: str
    """What the provider's types of this cloud begin with, such as aws_."""

    def services(self) -> Iterable[str]:
        """Names of all services, in lower case."""

    def actions(self, service: str) -> Mapping[str, int]:
        """Number of each action of a service, by its name in lower case; empty where the service is not known."""

    def names(self, resource: Resource, /) -> tuple[str, ...]:
        """Every way to write the full name of a resource; parts that are not known stand in braces."""

    def acted_on(self, action: str, resource: Resource, /) -> tuple[str, ...]:
        """Every way to write what an action acts on of a resource; none where it cannot act on it.

        `("*",)` where the action names no resource.
        """

    def fits(self, action: str, name: str, /) -> bool:
        """Whether an action can act on what a full name, which may hold wildcards, stands for."""

    def nameless(self, action: str, /) -> bool:
        """Whether an action names no resource at all, so that a policy must say `*` of it."""

    def resource_controlled(self, action: str, /) -> bool:
        """Whether resource control policies have a say in an action; also where that is not known."""

    def account_of(self, name: str, /) -> str:
        """The account in a full name; empty where it has none."""

    def guards_itself(self, action: str, name: str, /) -> bool:
        """Whether a policy of the thing itself must let in even its own account, as of a KMS key, or of a role."""

    def guarded_by_default(self, name: str, /) -> bool:
        """Whether such a thing lets its own account in where it has no policy of its own."""

    def levels(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Actions by level, then by the provider's type of the resource whose content they are about."""
