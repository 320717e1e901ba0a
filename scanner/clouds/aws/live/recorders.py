"""Whether AWS Config records a type of resource in an account and region, as its recorder says."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from scanner.clouds.aws.live.collectors.config import RECORDERS, STATUSES
from scanner.collect.calls import Answer, Request, found_in
from scanner.collect.reader import Source

_SETTLED = timedelta(days=1)
"""Time after its start in which a recorder may not have seen everything yet: it takes stock first, and what it records
daily it looks at within a day (AWS Config Developer Guide, "Managing the Configuration Recorder")."""


class Recorders:
    """Recorders by account and region, each asked about once: the scan asks for them as well."""

    def __init__(self, source: Source, now: datetime) -> None:
        """Take what asks the accounts."""
        self._source = source
        self._now = now
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)
        self._answers: dict[tuple[str, str], Answer] = {}

    def answer(self, request: Request, /) -> Answer:
        """Answer a request; one for recorders as it was answered before."""
        if request.call.name not in {RECORDERS.name, STATUSES.name}:
            return self._source.answer(request)
        key = (request.account, request.key)
        with self._guard:
            lock = self._locks[key]
        with lock:
            if key not in self._answers:
                self._answers[key] = self._source.answer(request)
            return self._answers[key]

    def why_not(self, account: str, region: str, type_: str) -> str:
        """Why the items of a type may not be what there is; empty where they are."""
        answers = [self.answer(Request(account, region, call, {})) for call in (RECORDERS, STATUSES)]
        for answer, call in zip(answers, (RECORDERS, STATUSES), strict=True):
            if answer.error:
                return f"{answer.error} on {call.action}: AWS Config may not record in {region}"
        recorder, status = (_own(answer, path) for answer, path in zip(answers, (RECORDERS, STATUSES), strict=True))
        if recorder is None or status is None or not status.get("recording"):
            return f"AWS Config does not record in {region}"
        if str(status.get("lastStatus")).upper() != "SUCCESS":
            return f"the recorder of AWS Config in {region} did not succeed last"
        if not self._settled(status.get("lastStartTime")):
            return f"the recorder of AWS Config in {region} was started less than a day ago"
        return "" if _records(recorder, type_) else f"AWS Config does not record {type_} in {region}"

    def _settled(self, started: Any) -> bool:
        try:
            return datetime.fromisoformat(started) <= self._now - _SETTLED
        except (TypeError, ValueError):
            return False


def _own(answer: Answer, call: Any) -> dict[str, Any] | None:
    """The account's own recorder; those of AWS's services record for themselves."""
    listed = (one for page in answer.pages for one in found_in(page, call.items))
    return next((one for one in listed if not one.get("servicePrincipal")), None)


def _records(recorder: dict[str, Any], type_: str) -> bool:
    group = recorder.get("recordingGroup") or {}
    strategy = (group.get("recordingStrategy") or {}).get("useOnly")
    excluded = (group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or ()
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        return type_ not in excluded
    return bool(group.get("allSupported")) or type_ in (group.get("resourceTypes") or ())
