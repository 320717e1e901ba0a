"""Trails as several accounts and regions show them: those of an organization, and shadows of those kept elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from live import NOW, REGION
from scanner import run
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.collect.calls import Answer, Request
from scanner.collect.gather import Gathering, gather
from scanner.collect.shards import Target
from scanner.diff import differences
from scanner.evidence.record import Made, Record, record
from scanner.findings import Finding, Status, Waiver
from scanner.redact import Redactor
from scanner.run import Judged
from worlds import POLICIES

OWNER, SOUND, FAULTY = "999999999999", "111111111111", "222222222222"
ORGANIZATIONS = f"arn:aws:cloudtrail:{REGION}:{OWNER}:trail/all"
DELIVERS, COMPLETE = "audit-trail-delivers", "audit-trail-complete"


def trail(arn: str, *, every_region: bool = True) -> dict[str, Any]:
    """A trail as DescribeTrails tells it."""
    return {
        "Name": arn.rpartition("/")[2],
        "TrailARN": arn,
        "HomeRegion": arn.split(":")[3],
        "S3BucketName": "archive",
        "IsMultiRegionTrail": every_region,
        "IsOrganizationTrail": True,
    }


class CloudTrail:
    """Answers for CloudTrail, which shows an organization's trail in each account, and refuses in some regions."""

    def __init__(self, *trails: dict[str, Any], broken: str = "", refused: tuple[str, ...] = ()) -> None:
        self._trails = trails
        self._broken = broken
        self._refused = refused

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        if request.region in self._refused:
            return Answer(pages=[], error="AccessDeniedException", message="explicit deny in a service control policy")
        pages: dict[str, Any] = {
            "DescribeTrails": {"trailList": [t for t in self._trails if self._shown(t, request)]},
            "GetTrailStatus": self._status(request.account),
            "GetEventSelectors": {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]},
            "ListTags": {"ResourceTagList": []},
            "ListEventDataStores": {"EventDataStores": []},
        }
        return Answer(pages=[pages[request.call.operation]])

    def _shown(self, told: dict[str, Any], request: Request) -> bool:
        shadow = told["HomeRegion"] != request.region or f":{request.account}:" not in told["TrailARN"]
        here = told["IsMultiRegionTrail"] or told["HomeRegion"] == request.region
        return here and (request.parameters.get("includeShadowTrails", True) or not shadow)

    def _status(self, account: str) -> dict[str, Any]:
        days = 9 if account == self._broken else 0
        return {"IsLogging": True, "LatestDeliveryTime": (NOW - timedelta(days=days)).isoformat()}


def judged(source: CloudTrail, *accounts: str, regions: tuple[str, ...] = (REGION,), waived: str = "") -> Judged:
    """Judge accounts by their trails alone."""
    targets = [Target(account=account, regions=regions) for account in accounts]
    chosen = [collector for collector in COLLECTORS if collector.name in {"cloudtrail", "cloudtrail_lake"}]
    collected = gather(targets, Gathering(source=source, collectors=chosen, now=NOW))
    waiver = Waiver(
        control=DELIVERS, subject=waived, requester="a", approver="b", reason="moving", expires="2026-12-31"
    )
    settings = run.Settings(policies=POLICIES, today=NOW.date())
    return run.judge_accounts(collected, replace(settings, waivers=(waiver,)) if waived else settings)


def of(judged: Judged, control: str) -> dict[str, Finding]:
    return {finding.subject: finding for finding in judged.run.findings if finding.control == control}


def kept(judged: Judged) -> Record:
    about = Made(tool_sha256="", kind="live", began="", ended="", inputs=(), rules={}, settings={})
    return record(judged.run, judged.world, Redactor(()), about)


def test_each_account_is_judged_by_what_it_shows_of_an_organizations_trail() -> None:
    found = judged(CloudTrail(trail(ORGANIZATIONS), broken=FAULTY), OWNER, SOUND, FAULTY)
    assert {subject: f.status for subject, f in of(found, DELIVERS).items()} == {
        ORGANIZATIONS: Status.PASS,
        f"{ORGANIZATIONS}@{SOUND}": Status.PASS,
        f"{ORGANIZATIONS}@{FAULTY}": Status.FAIL,
    }
    assert of(found, COMPLETE).keys() == of(found, DELIVERS).keys()
    assert {f.status for f in of(found, COMPLETE).values()} == {Status.PASS}
    trails = {r.id: (r.name, r.account) for r in found.world.resources if r.kind == "audit_trail"}
    assert trails == {
        ORGANIZATIONS: ("all", OWNER),
        f"{ORGANIZATIONS}@{SOUND}": ("all", SOUND),
        f"{ORGANIZATIONS}@{FAULTY}": ("all", FAULTY),
    }


def test_a_waiver_of_an_organizations_trail_in_one_account_waives_no_other() -> None:
    source = CloudTrail(trail(ORGANIZATIONS), broken=FAULTY)
    found = of(judged(source, OWNER, SOUND, FAULTY, waived=f"{ORGANIZATIONS}@{SOUND}"), DELIVERS)
    assert [subject for subject, finding in found.items() if finding.waiver] == []
    found = of(judged(source, OWNER, SOUND, FAULTY, waived=f"{ORGANIZATIONS}@{FAULTY}"), DELIVERS)
    assert [subject for subject, finding in found.items() if finding.waiver] == [f"{ORGANIZATIONS}@{FAULTY}"]


def test_what_changes_of_an_organizations_trail_in_one_account_differs_there() -> None:
    accounts = (OWNER, FAULTY, SOUND)
    sound = kept(judged(CloudTrail(trail(ORGANIZATIONS)), *accounts))
    faulty = kept(judged(CloudTrail(trail(ORGANIZATIONS), broken=FAULTY), *accounts))
    found = differences(sound, faulty)
    assert [(c.resource, c.fact, c.before, c.after) for c in found.facts] == [
        (f"{ORGANIZATIONS}@{FAULTY}", "delivers", True, False)
    ]
    assert [(c.control, c.subject) for c in found.findings] == [(DELIVERS, f"{ORGANIZATIONS}@{FAULTY}")]
    assert (found.new, found.gone) == ([], [])


def test_a_region_that_may_not_be_asked_hides_its_own_trails_alone() -> None:
    everywhere = f"arn:aws:cloudtrail:eu-west-1:{SOUND}:trail/every"
    here = f"arn:aws:cloudtrail:eu-west-1:{SOUND}:trail/one"
    shown = (trail(everywhere), trail(here, every_region=False))
    europe = ("eu-central-1", "eu-west-1")
    found = judged(CloudTrail(*shown, refused=(REGION,)), SOUND, regions=europe)
    assert [r.id for r in found.world.resources if r.kind == "audit_trail"] == [everywhere, here]
    assert {subject: f.status for subject, f in of(found, COMPLETE).items()} == {everywhere: Status.PASS}
    assert not found.run.gaps
    found = judged(CloudTrail(*shown, refused=(REGION,)), SOUND, regions=(*europe, REGION))
    assert {subject: f.status for subject, f in of(found, COMPLETE).items()} == {
        everywhere: Status.PASS,
        f"aws:{SOUND}:{REGION}": Status.UNKNOWN,
    }
    found = judged(CloudTrail(*shown, refused=(REGION, *europe)), SOUND, regions=(*europe, REGION))
    assert {f.status for f in of(found, COMPLETE).values()} == {Status.UNKNOWN}
    assert f"aws:{SOUND}" in of(found, COMPLETE)


def test_a_trail_of_one_region_shows_in_every_account_of_its_organization() -> None:
    source = CloudTrail(trail(ORGANIZATIONS, every_region=False))
    found = judged(source, OWNER, SOUND, regions=(REGION, "eu-west-1"))
    assert {f"{r.id} {r.region}" for r in found.world.resources if r.kind == "audit_trail"} == {
        f"{ORGANIZATIONS} {REGION}",
        f"{ORGANIZATIONS}@{SOUND} {REGION}",
    }


def test_a_trail_that_every_region_shows_is_asked_about_once() -> None:
    asked = Counter[str]()

    class Counting(CloudTrail):
        def answer(self, request: Request, /) -> Answer:
            asked[request.call.operation] += 1
            return super().answer(request)

    arn = f"arn:aws:cloudtrail:eu-west-1:{SOUND}:trail/every"
    found = judged(Counting(trail(arn)), SOUND, regions=("eu-west-1", REGION, "us-west-2"))
    assert [r.id for r in found.world.resources if r.kind == "audit_trail"] == [arn]
    assert {name: asked[name] for name in ("DescribeTrails", "GetTrailStatus", "GetEventSelectors", "ListTags")} == {
        "DescribeTrails": 3,
        "GetTrailStatus": 1,
        "GetEventSelectors": 1,
        "ListTags": 1,
    }
