"""IAM's credential report: passwords, second factors and access keys of every user, in one answer.

AWS compiles the report on demand, at most every four hours: GenerateCredentialReport changes nothing, and its access
level is Read (Service Authorization Reference, "Actions defined by AWS Identity and Access Management").
Source: AWS IAM User Guide, "Generate credential reports for your AWS account".
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, TypeAlias

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item
from scanner.collect.reader import Reader
from scanner.model import Unknown

Row: TypeAlias = dict[str, str]
"""One user's line, by the names of its columns."""

_GONE = ("ReportNotPresent", "ReportExpired")
_BEING_MADE = "ReportInProgress"
_ROOT = "<root_account>"


def _as_text(page: Page) -> Page:
    """Make the report text: nothing in it is secret, and a shape of a credential is seen in text only."""
    content = page.get("Content")
    return {**page, "Content": content.decode("utf-8", "replace")} if isinstance(content, bytes) else page


GENERATE_REPORT = call("iam", "GenerateCredentialReport")
# Once AWS was told to make one, what was there before may be in the way for a while.
GET_REPORT = call("iam", "GetCredentialReport", pending=(_BEING_MADE, *_GONE), mask=_as_text)
GET_KEPT_REPORT = call("iam", "GetCredentialReport", absent=_GONE, pending=(_BEING_MADE,), mask=_as_text)


def rows_of(reader: Reader) -> dict[str, Row] | Unknown:
    """Every user's row, by ARN; the root user's is left out."""
    made = reader.ask(GENERATE_REPORT)
    answer = reader.ask(GET_KEPT_REPORT if isinstance(made, Unknown) else GET_REPORT)
    if answer is None:
        return made if isinstance(made, Unknown) else Unknown(f"AWS made no credential report of {reader.account}")
    if isinstance(answer, Unknown):
        return answer
    rows = csv.DictReader(io.StringIO(answer["Content"]))
    return {row["arn"]: row for row in rows if row["user"] != _ROOT}


def sign_in(reader: Reader, row: Row) -> dict[str, Any]:
    """How a user signs in to the console: facts of a running account, which the provider does not describe."""
    password = _holds(row["password_enabled"])
    idle = _idle(reader, row["password_last_used"], row["password_last_changed"])
    return {
        "password_enabled": password,
        "mfa_active": _holds(row["mfa_active"]),
        "unused_days": idle if password else None,
    }


def access_keys(reader: Reader, row: Row) -> Iterator[Item]:
    """Both access keys that a user may have; the report does not tell their ids, and so they go by their number."""
    for number in ("1", "2"):
        active, since = _holds(row[f"access_key_{number}_active"]), row[f"access_key_{number}_last_rotated"]
        age = reader.days_since(since)
        if active or age is not None:
            values = {
                "user": row["user"],
                "status": "Active" if active else "Inactive",
                "age_days": age,
                "unused_days": _idle(reader, row[f"access_key_{number}_last_used_date"], since),
            }
            yield Item("aws_iam_access_key", f"{row['arn']}/access-key-{number}", values)


def _holds(text: str) -> bool:
    return text.lower() == "true"


def _idle(reader: Reader, used: str, since: str) -> int | None:
    """Days since a credential was last used, or since it was made where it never was."""
    days = reader.days_since(used)
    return reader.days_since(since) if days is None else days
