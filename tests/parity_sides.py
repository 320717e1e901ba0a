"""What each side of a parity test sees of flows: a plan, and the scan of the account it was applied to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from scanner.findings import Status
from scanner.kinds import TIERS, Flow
from scanner.run import Judged


@dataclass(frozen=True)
class Side:
    """What a plan, or the scan of an account, sees of flows."""

    flows: Mapping[str, Flow]
    """By id."""

    hidden: frozenset[str]
    """Where it says that it does not see all."""

    open: Mapping[str, frozenset[str]]
    """By control: what it says it cannot decide."""

    @classmethod
    def of(cls, judged: Judged, names: Mapping[str, str]) -> Side:
        """Put it in the words of the account."""
        open_: dict[str, set[str]] = {}
        for finding in judged.run.findings:
            if finding.status is Status.UNKNOWN:
                open_.setdefault(finding.control, set()).add(names.get(finding.subject, finding.subject))
        flows = (
            replace(flow, **{name: names.get(told := getattr(flow, name), told) for name in ("id", "source", "target")})
            for flow in flows_of(judged)
        )
        return cls(
            flows={flow.id: flow for flow in flows},
            hidden=frozenset(names.get(gap.scope, gap.scope) for gap in judged.world.gaps if "flow" in gap.kinds),
            open={control: frozenset(subjects) for control, subjects in open_.items()},
        )

    def hides(self, flow: Flow) -> bool:
        """Whether it says that it does not see all flows of one of its ends."""
        return not self.hidden.isdisjoint({flow.source, flow.target})

    def misses(self, other: Side) -> frozenset[str]:
        """What data comes to over flows that the other side alone sees, or is surer of, and this one says it hides."""
        lost = [flow for flow in other.flows.values() if self.hides(flow) and self._is_less_sure(flow)]
        return other.leading_on(end for flow in lost for end in (flow.id, flow.target))

    def leading_on(self, starts: Iterable[str]) -> frozenset[str]:
        """Where its flows lead from there."""
        found: set[str] = set()
        new = {*starts}
        while new:
            found |= new
            out = [flow for flow in self.flows.values() if flow.source in new]
            new = {end for flow in out for end in (flow.id, flow.target)} - found
        return frozenset(found)

    def _is_less_sure(self, flow: Flow) -> bool:
        mine = self.flows.get(flow.id)
        return mine is None or TIERS.index(mine.tier) > TIERS.index(flow.tier)


def flows_of(judged: Judged) -> list[Flow]:
    """The flows of a world."""
    return [flow for flow in judged.world.flows if isinstance(flow, Flow)]
