"""What a control comes to once it is loaded: its checks, and the examples it must give its verdicts to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from scanner.expr import Condition
from scanner.findings import Control
from scanner.model import Resource, World


@dataclass(frozen=True, kw_only=True)
class EachCheck:
    """Every resource of a kind that `where` selects must satisfy `require`.

    Of a grant, so must each identity and each resource it is about, which conditions name `identity` and `resource`;
    of a flow, so must its ends, which they name `source` and `target`.
    """

    kind: type[Resource]
    where: Condition | None
    require: Condition


@dataclass(frozen=True, kw_only=True)
class ScopeCheck:
    """Every account or region that `where` selects must have, among those `among` selects, one that satisfies."""

    scope: type[Resource]
    where: Condition | None
    kind: type[Resource]
    among: Condition | None
    require: Condition


@dataclass(frozen=True, kw_only=True)
class PathCheck:
    """What holds of every way that data takes from some resources to others: no finding where there is no such way."""

    origins: Mapping[type[Resource], Condition]
    """By kind: where the ways begin."""

    targets: Mapping[type[Resource], Condition]
    """By kind: where they end."""

    carrying: tuple[str, ...] = ()
    """Each flow of a way carries one of these data classes; whatever it carries where none is named."""

    guards: Mapping[type[Resource], Condition] = field(default_factory=dict)
    """By kind, of flows as well: one of these must stand on each way, its ends included. Where there are none here, and
    no hops, there must be no way at all."""

    hops: Mapping[type[Resource], Condition] = field(default_factory=dict)
    """By kind, of flows as well: this must hold of each on each way, its ends included."""

    @property
    def kinds(self) -> tuple[type[Resource], ...]:
        """What its findings may be about."""
        return tuple(self.hops or self.targets)


Check: TypeAlias = EachCheck | ScopeCheck | PathCheck


@dataclass(frozen=True, kw_only=True)
class Example:
    """A small world and the verdict the control must give it."""

    name: str
    verdict: str
    world: World


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One file: the control's text, its checks and its examples."""

    control: Control
    checks: tuple[Check, ...]
    source: str
    digest: str = ""
    """SHA-256 of the file."""

    examples: tuple[Example, ...] = ()
