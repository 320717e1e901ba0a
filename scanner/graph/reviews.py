"""What people reviewed: which data classes a resource or a flow has, whatever the rules make of it.

`flows` in trustscan.yaml. A review says who answers for it, why, and until when; past its last day it says nothing.
Reviews come before tags, tags before names, names before what flows bring.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fnmatch import translate

from scanner.config import DEFAULT_NAME, expand
from scanner.graph.classes import ALL, mask
from scanner.graph.flowgraph import FlowGraph
from scanner.kinds import Review
from scanner.model import Noted, Origin, Resource
from scanner.settings_form import ReviewRule

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Adjust:
    """What a review makes of data classes: it takes some away, then adds others."""

    keep: int = ALL
    add: int = 0

    def on(self, bits: int) -> int:
        """What is left of these classes, and what is added."""
        return bits & self.keep | self.add

    def after(self, earlier: Adjust) -> Adjust:
        """Both as one."""
        return Adjust(earlier.keep & self.keep, self.on(earlier.add))


NOTHING = Adjust()
"""Leaves everything as it is."""


@dataclass(frozen=True)
class Reviews:
    """What reviews that hold today say of the nodes and flows of a graph, by number; later ones in the file on top."""

    nodes: Mapping[int, Adjust] = field(default_factory=dict)
    flows: Mapping[int, Adjust] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: FlowGraph, settings: Iterable[ReviewRule], today: date) -> Reviews:
        """Ask each review which nodes and flows it means."""
        nodes: dict[int, Adjust] = {}
        flows: dict[int, Adjust] = {}
        names = [one.id for one in graph.flows]
        for setting in settings:
            if setting.expires < today:
                continue
            adjust = _adjust(setting)
            for of, ids in ((nodes, graph.ids), (flows, names)):
                for number in _meant(setting, ids):
                    of[number] = adjust.after(of.get(number, NOTHING))
        return cls(nodes, flows)


def _adjust(setting: ReviewRule) -> Adjust:
    bits = mask(expand(setting.classes))
    return {"set": Adjust(0, bits), "add": Adjust(ALL, bits), "not": Adjust(ALL & ~bits, 0)}[setting.mode]


def _meant(setting: ReviewRule, ids: Sequence[str]) -> Iterator[int]:
    # As in waivers: `["x"]` of an address stands for itself.
    matches = re.compile(translate(setting.subject.replace("[", "[[]"))).match
    return (number for number, id_ in enumerate(ids) if matches(id_) or id_ == setting.subject)


def resources(ids: Sequence[str], settings: Iterable[ReviewRule], today: date) -> Iterator[Review]:
    """Each review as a thing of its own, for controls to ask about; `ids` are those of all resources and flows."""
    seen: dict[str, int] = {}
    for setting in settings:
        classes = expand(setting.classes)
        said = f"review of {setting.subject} ({setting.mode} {', '.join(setting.classes) or 'nothing'})"
        seen[said] = seen.get(said, 0) + 1
        days = (setting.expires - today).days
        until = f"{setting.owner} reviewed it until {setting.expires}: {setting.reason}"
        applies = next(_meant(setting, ids), None) is not None
        yield Review.of(
            id=said if seen[said] == 1 else f"{said} {seen[said]}",
            type=setting.mode,
            name=setting.subject,
            environment="shared",
            data=classes,
            origin=Origin(source="settings"),
            owner=setting.owner,
            current=Noted(days >= 0, until),
            expires_days=Noted(days, until),
            applies=Noted(applies, "" if applies else f"nothing is called {setting.subject}"),
        )


def idle(things: Iterable[Resource]) -> Iterator[str]:
    """Say of reviews that are about nothing that was scanned, in one note: a name may have changed since."""
    named = list(dict.fromkeys(one.name for one in things if isinstance(one, Review) and one.applies is False))
    if named:
        more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
        shown = ", ".join(named[:_SHOWN])
        yield f"flows in {DEFAULT_NAME} review what nothing scanned is called: {shown}{more}"
