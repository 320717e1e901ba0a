"""What a question gets to see, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from scanner.config import Config
from scanner.iam.access import Access
from scanner.iam.vocabulary import Vocabulary
from scanner.model import World

Found: TypeAlias = tuple[str, Mapping[str, Any]]
"""Id of a resource, and facts of it by name, each a value, `Noted` or `Unknown`."""


class Language(Protocol):
    """What a cloud says of who may do what."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Its actions and names."""


@dataclass(frozen=True)
class Asked:
    """What a question is asked about."""

    world: World
    access: Access
    language: Any
    """Of the cloud that the access is about."""

    config: Config


Question: TypeAlias = Callable[[Asked], Iterable[Found]]
"""Facts that it finds."""
