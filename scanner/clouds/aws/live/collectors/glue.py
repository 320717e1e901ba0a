"""Glue: jobs."""

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
types = ("aws_glue_job",)

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


GET_JOBS = call("glue", "GetJobs", items="Jobs", mask=_masked)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every job."""
    jobs = reader.every(GET_JOBS)
    yield from jobs.unread(types)
    tags = tags_of(reader, "glue:job") if jobs.items else {}
    yield from (_job(reader, job, tags) for job in jobs.items)


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
    return Item("aws_glue_job", arn, values)
