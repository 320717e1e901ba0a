"""Glue: jobs, development endpoints and crawlers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live import masking
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags as tagging
from scanner.clouds.aws.live.collectors.tags import Tags, tags_for, tags_of
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown
from scanner.redact import HIDDEN

name = "glue"
everywhere = True
types = ("aws_glue_job", "aws_glue_dev_endpoint", "aws_glue_crawler")
_JOB, _ENDPOINT, _CRAWLER = types

TAGGED = tagging.TAGGED


def _masked(page: Page) -> Page:
    for job in page.get("Jobs", ()):
        for arguments in ("DefaultArguments", "NonOverridableArguments"):
            if arguments in job:
                job[arguments] = masking.settings(job[arguments])
        # The nodes of a visual job hold options of its connections, which no control reads.
        job.pop("CodeGenConfigurationNodes", None)
        if "AuthToken" in (job.get("SourceControlDetails") or {}):
            job["SourceControlDetails"]["AuthToken"] = HIDDEN
    return page


def _only_roles(page: Page) -> Page:
    """What is kept of development endpoints: their arguments may hold anything."""
    kept = ("EndpointName", "RoleArn")
    found = [{key: one[key] for key in kept if key in one} for one in page.get("DevEndpoints") or ()]
    return {**page, "DevEndpoints": found}


def _targets_only(page: Page) -> Page:
    """What is kept of crawlers: who they act as, and which buckets and tables they read."""
    found = [
        {
            **{key: one[key] for key in ("Name", "Role") if key in one},
            "Targets": {
                sort: [{"Path": target.get("Path")} for target in (one.get("Targets") or {}).get(sort) or ()]
                for sort in ("S3Targets", "DynamoDBTargets")
            },
        }
        for one in page.get("Crawlers") or ()
    ]
    return {**page, "Crawlers": found}


GET_JOBS = call("glue", "GetJobs", items="Jobs", mask=_masked)
GET_ENDPOINTS = call("glue", "GetDevEndpoints", items="DevEndpoints", mask=_only_roles)

GET_CRAWLERS = call("glue", "GetCrawlers", items="Crawlers", mask=_targets_only)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every job and endpoint."""
    jobs = reader.every(GET_JOBS)
    yield from jobs.unread((_JOB,))
    tags = tags_of(reader, "glue:job") if jobs.items else {}
    yield from (_job(reader, job, tags) for job in jobs.items)
    endpoints = reader.every(GET_ENDPOINTS)
    yield from endpoints.unread((_ENDPOINT,))
    for endpoint in endpoints.items:
        name_ = endpoint["EndpointName"]
        arn = reader.arn("glue", f"devEndpoint/{name_}")
        yield Item(_ENDPOINT, arn, {"arn": arn, "id": name_, "name": name_, "role_arn": endpoint.get("RoleArn")})
    crawlers = reader.every(GET_CRAWLERS)
    yield from crawlers.unread((_CRAWLER,))
    yield from (_crawler(reader, one) for one in crawlers.items)


def _crawler(reader: Reader, crawler: dict[str, Any]) -> Item:
    arn, targets = reader.arn("glue", f"crawler/{crawler['Name']}"), crawler["Targets"]
    values = {
        "arn": arn,
        "name": crawler["Name"],
        "role": crawler.get("Role"),
        "s3_target": [{"path": one["Path"]} for one in targets["S3Targets"]],
        "dynamodb_target": [{"path": one["Path"]} for one in targets["DynamoDBTargets"]],
    }
    return Item(_CRAWLER, arn, values)


def _job(reader: Reader, job: dict[str, Any], tags: dict[str, Tags] | Unknown) -> Item:
    arn = reader.arn("glue", f"job/{job['Name']}")
    values = {
        "arn": arn,
        "name": job["Name"],
        "role_arn": job.get("Role"),
        "command": [{"name": command.get("Name")} for command in (job.get("Command"),) if command],
        "default_arguments": job.get("DefaultArguments"),
        "non_overridable_arguments": job.get("NonOverridableArguments"),
        "security_configuration": job.get("SecurityConfiguration"),
        "tags": tags_for(tags, arn),
    }
    return Item(_JOB, arn, values)
