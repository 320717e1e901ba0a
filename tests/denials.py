"""Denying each read call in turn: what a refusal may do to verdicts, and what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from live import REGION, UNHURRIED, Live
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Request, calls_of
from scanner.collect.reader import Source
from scanner.findings import Finding, Status
from scanner.run import Judged


def actions_of(*names: str) -> list[str]:
    """Every action that the named collectors ask for."""
    chosen = [collector for collector in COLLECTORS if collector.name in names]
    return sorted({call.action for collector in chosen for call in calls_of(collector)})


def flips(aws: Live, *names: str, **how: Any) -> Iterator[str]:
    """What went wrong where one action after the other is denied: verdicts turned, lost or made up, reasons unsaid."""
    asked = Remembered(how.pop("source", None) or connections())
    before = _verdicts(aws.judge(*names, source=asked, **how))
    for action in actions_of(*names):
        after = _verdicts(aws.judge(*names, source=asked, deny={action}, **how))
        for key in before.keys() | after.keys():
            wrong = _wrong(before.get(key), after.get(key), action)
            told = wrong == "lost" and any(
                control == key[0] and (f.origin.source == "gap" or _told_of_place(f, action))
                for (control, _), f in after.items()
            )
            if wrong and not told:
                yield f"{action}: {key[0]} of {key[1]}: {wrong}"


class Remembered:
    """A source that asks once for what is asked again and again."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._answers: dict[tuple[str, str], Answer] = {}

    def answer(self, request: Request, /) -> Answer:
        """Answer a request as the first time."""
        key = (request.account, request.key)
        if key not in self._answers:
            self._answers[key] = self._source.answer(request)
        return self._answers[key]


def connections() -> Connections:
    """The account as it is."""
    return Connections(reach(Wanted(regions=(REGION,))).sessions, pace=UNHURRIED)


def _verdicts(judged: Judged) -> dict[tuple[str, str], Finding]:
    return {(finding.control, finding.subject): finding for finding in judged.run.findings}


def _told_of_place(finding: Finding, action: str) -> bool:
    """Whether an account or a region is said not to be judged, for want of a permission."""
    return finding.subject.startswith("aws:") and finding.status is Status.UNKNOWN and action in finding.reason


def _wrong(before: Finding | None, after: Finding | None, action: str) -> str:
    if after is None:
        return "lost" if before is not None and before.status is Status.FAIL else ""
    was = before.status if before is not None else None
    if after.status is Status.UNKNOWN:
        return f"the reason is {after.reason!r}" if was is not Status.UNKNOWN and action not in after.reason else ""
    made = was is None and after.status is Status.PASS  # it holds, whether it is asked for or not
    return f"{was} became {after.status}" if after.status is not was and not made else ""
