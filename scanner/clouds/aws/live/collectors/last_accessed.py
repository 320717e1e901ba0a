"""What a role or user last did: IAM's report on when each service, and each action it tracks, was last asked for.

AWS makes the report on demand, one an identity: GenerateServiceLastAccessedDetails changes nothing, and its access
level is Read (Service Authorization Reference, "Actions defined by AWS Identity and Access Management").
Source: AWS IAM User Guide, "Refine permissions in AWS using last accessed information": attempts of the last 400 days
count, refused ones too; services that no policy of the identity allows are not listed; actions are tracked where they
manage a service, and never where they read or write its data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.reader import Listing, Reader
from scanner.model import Unknown

Report: TypeAlias = list[dict[str, Any]]
"""A line a service that is allowed: `service`, `days` since it was asked for (None: never), and of the actions that
AWS tracks, in full, `tracked` and those `used`."""

_SERVICES = "ServicesLastAccessed"
_STATUS = "JobStatus"
_DONE, _BEING_MADE = "COMPLETED", "IN_PROGRESS"


def _with_status(page: Page) -> Page:
    """Let a report that is not complete say so in place of its services."""
    if page.get(_STATUS) == _DONE:
        return page
    return {**page, _SERVICES: [{_STATUS: page.get(_STATUS), "Error": page.get("Error")}]}


def _being_made(page: Page) -> bool:
    return page.get(_STATUS) == _BEING_MADE


GENERATE_ACCESSED = call("iam", "GenerateServiceLastAccessedDetails")
GET_ACCESSED = call("iam", "GetServiceLastAccessedDetails", items=_SERVICES, mask=_with_status, unfinished=_being_made)


def reports_of(reader: Reader, arns: Sequence[str]) -> list[Report | Unknown]:
    """The report on each of these identities; all are asked for before the first is waited for."""
    jobs = reader.each(arns, lambda arn: reader.ask(GENERATE_ACCESSED, Arn=arn, Granularity="ACTION_LEVEL"))
    return reader.each(jobs, lambda job: _report(reader, job))


def _report(reader: Reader, job: Page | Unknown | None) -> Report | Unknown:
    id_ = job if isinstance(job, Unknown) else (job or {}).get("JobId")
    if not isinstance(id_, str):
        return id_ if isinstance(id_, Unknown) else Unknown(f"{GENERATE_ACCESSED.action} named no report")
    listed = reader.every(GET_ACCESSED, JobId=id_)
    return listed.missing or _unfinished(listed) or [_line(reader, one) for one in listed.items]


def _unfinished(listed: Listing) -> Unknown | None:
    status = next((one[_STATUS] for one in listed.items if _STATUS in one), None)
    return None if status is None else Unknown(f"AWS did not finish the report on what it last did: {status}")


def _line(reader: Reader, one: dict[str, Any]) -> dict[str, Any]:
    service = one["ServiceNamespace"]
    tracked = one.get("TrackedActionsLastAccessed") or ()
    return {
        "service": service,
        "days": reader.days_since(one.get("LastAuthenticated")),
        "tracked": [f"{service}:{action['ActionName']}" for action in tracked],
        "used": [f"{service}:{action['ActionName']}" for action in tracked if action.get("LastAccessedTime")],
    }
