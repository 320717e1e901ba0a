"""What a question gets to see, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from scanner.config import Config
from scanner.iam.access import Access
from scanner.iam.escalation import Becoming
from scanner.iam.rules import Rules
from scanner.iam.vocabulary import Vocabulary
from scanner.model import World

Found: TypeAlias = tuple[str, Mapping[str, Any]]
"""Id of a resource, and facts of it by name, each a value, `Noted` or `Unknown`."""


class Language(Protocol):
    """What a cloud says of who may do what."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Its actions and names."""

    @property
    def escalation(self) -> Rules:
        """How its identities become others."""

    def written(self, action: str, /) -> str:
        """An action, or a pattern of some, as the cloud writes it."""

    def level_of(self, action: str, /) -> str:
        """What sort of action one is to the cloud, such as permissions management."""


@dataclass(frozen=True)
class Asked:
    """What a question is asked about."""

    world: World
    access: Access
    language: Any
    """Of the cloud that the access is about."""

    config: Config

    @cached_property
    def becoming(self) -> Becoming:
        """Who can become whom, worked out when it is asked for first."""
        return Becoming(self.access, self.language.escalation)


Question: TypeAlias = Callable[[Asked], Iterable[Found]]
"""Facts that it finds."""
