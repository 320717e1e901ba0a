"""What roles and users last did, as IAM reports it: services allowed and not used, through the real SDK."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fake_aws import Fault
from live import ACCOUNT, NOW, Faked
from scanner.clouds.aws.live.clients import Tuning
from scanner.findings import Finding, Status
from scanner.kinds import Identity
from scanner.model import Unknown
from test_live_iam import days_ago, row, said, trust

CONTROL = "identity-permissions-used"
IAM = f"arn:aws:iam::{ACCOUNT}"
GET, GENERATE = "GetServiceLastAccessedDetails", "GenerateServiceLastAccessedDetails"


def service(name: str, used: int | None = None, **actions: int | None) -> dict[str, Any]:
    """One line of a report: days since a service, and each tracked action of it, was asked for."""
    line: dict[str, Any] = {"ServiceName": name.upper(), "ServiceNamespace": name}
    if used is not None:
        line |= {"LastAuthenticated": NOW - timedelta(days=used), "TotalAuthenticatedEntities": 1}
    tracked = [
        {"ActionName": action, **({} if days is None else {"LastAccessedTime": NOW - timedelta(days=days)})}
        for action, days in actions.items()
    ]
    return line | ({"TrackedActionsLastAccessed": tracked} if tracked else {})


def report(*services: dict[str, Any], **more: Any) -> dict[str, Any]:
    days = {"JobCreationDate": NOW, "JobCompletionDate": NOW}
    return {"JobStatus": "COMPLETED", **days, "ServicesLastAccessed": list(services), **more}


def role(faked: Faked, made: int = 1000) -> str:
    """A role that was made so many days ago."""
    detail = {
        "RoleName": "worker",
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Path": "/",
        "Arn": f"{IAM}:role/worker",
        "CreateDate": NOW - timedelta(days=made),
        "AssumeRolePolicyDocument": trust(Service="lambda.amazonaws.com"),
    }
    lists: dict[str, Any] = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [detail], "Policies": []}
    said(faked)
    faked.fake.say("iam", "GetAccountAuthorizationDetails", {**lists, "IsTruncated": False})
    return f"{IAM}:role/worker"


def judged(faked: Faked) -> tuple[Finding, Identity]:
    run = faked.judge("iam", tuning=Tuning(attempts=2, connect_timeout=5, read_timeout=30, wait=0.001, waits=5))
    (finding,) = [f for f in run.run.findings if f.control == CONTROL]
    (identity,) = [r for r in run.world.resources if isinstance(r, Identity) and r.id == finding.subject]
    return finding, identity


def test_a_service_that_is_allowed_and_not_used_is_named(faked: Faked) -> None:
    role(faked)
    lines = (service("sqs", 2, SetQueueAttributes=None, GetQueueAttributes=2), service("s3"), service("kms", 91))
    faked.fake.say("iam", GET, report(*lines))
    finding, identity = judged(faked)
    assert finding.status is Status.FAIL
    assert identity.unused_services == ("s3", "kms")
    assert identity.used_services == ("sqs", "kms")
    assert identity.tracked_actions == ("sqs:SetQueueAttributes", "sqs:GetQueueAttributes")
    assert identity.used_actions == ("sqs:GetQueueAttributes",)
    assert "of 3 services that its policies allow, it asked 2 for nothing in 90 days: s3, kms" in finding.reason
    assert "nothing of those on data" in finding.reason


def test_what_is_used_passes_and_so_does_what_is_new(faked: Faked) -> None:
    role(faked)
    faked.fake.say("iam", GET, report(service("sqs", 0), service("kms", 90)))
    assert judged(faked)[0].status is Status.PASS
    role(faked, made=89)
    faked.fake.say("iam", GET, report(service("sqs")))
    finding, identity = judged(faked)
    assert (finding.status, identity.unused_services) == (Status.PASS, ())


def test_a_report_of_several_pages_is_read_to_its_end(faked: Faked) -> None:
    role(faked)

    def pages(ask: Any) -> dict[str, Any]:
        if "Marker" not in ask.parameters:
            return report(service("sqs"), IsTruncated=True, Marker="next")
        return report(service("kms"))

    faked.fake.say("iam", GET, pages)
    assert judged(faked)[1].unused_services == ("sqs", "kms")


def test_a_report_that_is_still_being_made_is_waited_for(faked: Faked) -> None:
    role(faked)
    asked: list[int] = []

    def later(_: Any) -> dict[str, Any]:
        asked.append(1)
        return report(service("sqs"), JobStatus="COMPLETED" if len(asked) > 2 else "IN_PROGRESS")

    faked.fake.say("iam", GET, later)
    assert judged(faked)[1].unused_services == ("sqs",)
    assert len(asked) == 3


@pytest.mark.parametrize("status", ["IN_PROGRESS", "FAILED"])
def test_a_report_that_never_comes_leaves_it_open(faked: Faked, status: str) -> None:
    role(faked)
    faked.fake.say("iam", GET, report(service("sqs"), JobStatus=status))
    finding, identity = judged(faked)
    assert finding.status is Status.UNKNOWN
    assert isinstance(identity.unused_services, Unknown)
    assert status in finding.reason


@pytest.mark.parametrize("operation", [GENERATE, GET])
def test_what_is_refused_names_the_permission(faked: Faked, operation: str) -> None:
    role(faked)
    faked.fake.say("iam", operation, Fault("AccessDenied", status=403))
    finding, _ = judged(faked)
    assert finding.status is Status.UNKNOWN
    assert f"iam:{operation}" in finding.reason


def test_users_are_asked_about_and_roles_of_services_are_not(faked: Faked) -> None:
    said(faked, row("robot", access_key_1_active="true", access_key_1_last_rotated=days_ago(3)))
    iam = faked.client("iam")
    iam.create_user(UserName="robot")
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    found = {f.subject for f in faked.judge("iam").run.findings if f.control == CONTROL}
    assert found == {f"{IAM}:user/robot"}
    assert faked.fake.asked.count(("iam", GENERATE)) == 1
