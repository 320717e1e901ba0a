"""When AWS Backup last backed up what lies in a region, by one list.

A collector that uses it imports `PROTECTED` too, so that the call counts among those it declares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.clouds.aws.ages import DAY
from scanner.clouds.aws.live.calls import call
from scanner.collect.reader import Reader
from scanner.model import Unknown

PROTECTED = call("backup", "ListProtectedResources", items="Results")


def last_backups(reader: Reader) -> dict[str, str] | Unknown:
    """Time of the latest recovery point by ARN of everything that AWS Backup has one of.

    Source: AWS Backup Developer Guide API reference, "ListProtectedResources".
    """
    listed = reader.every(PROTECTED)
    if listed.missing is not None:
        return listed.missing
    return {found["ResourceArn"]: found["LastBackupTime"] for found in listed.items if found.get("LastBackupTime")}


def newest_age(reader: Reader, moments: Iterable[Any]) -> int | Unknown | None:
    """Whole hours since the latest of several moments, as an API writes them; None where there is none.

    One that could not be read may be later than the others, which matters where those are a day old.
    """
    known = list(moments)
    ages = [age for age in (reader.hours_since(moment) for moment in known) if age is not None]
    age = max(min(ages), 0) if ages else None
    if age is not None and age < DAY:
        return age
    return next((moment for moment in known if isinstance(moment, Unknown)), age)
