"""What the command line and the environment say, checked before anybody is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from botocore.utils import is_valid_endpoint_url

from scanner.clouds.aws.live.accounts import Wanted
from scanner.clouds.aws.live.roles import parts
from scanner.errors import InputError

_ROLE_NAME = re.compile(r"[\w+=,.@/-]+", re.ASCII)
# AWS STS API Reference, "AssumeRole": RoleSessionName and ExternalId.
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


def check(wanted: Wanted) -> None:
    """Refuse what AWS would refuse, what contradicts itself, and what would be passed over in silence.

    Raises InputError.
    """
    _environment()
    _filled("--profile", wanted.profiles)
    _filled("--region", wanted.regions)
    _filled("--include", wanted.include)
    _filled("--exclude", wanted.exclude)
    for role in wanted.role_arns:
        parts(role)
    _shape("--role-name", wanted.role_name, _ROLE_NAME, "the name of a role, with its path where it has one")
    _shape("--session-name", wanted.session_name, _SESSION_NAME, "2 to 64 letters, digits and +=,.@-_")
    _shape("--external-id", wanted.external_id, _EXTERNAL_ID, "2 to 1,224 letters, digits and +=,.@:/-_")
    _together(wanted)


def _together(wanted: Wanted) -> None:
    if wanted.organization and wanted.role_arns:
        raise InputError("--role-arn and --organization: the role of an organization's accounts is --role-name")
    if not wanted.organization:
        for option, given in (
            ("--include", wanted.include),
            ("--exclude", wanted.exclude),
            ("--role-name", wanted.role_name),
        ):
            if given:
                raise InputError(f"{option} goes with --organization")
    if wanted.external_id and not wanted.organization and not wanted.role_arns:
        raise InputError("--external-id goes with --role-arn or --organization: it is given when a role is entered")


def _filled(option: str, values: Iterable[str]) -> None:
    """An empty value is most often a variable that is not set, and must not come to mean everything."""
    if any(not value.strip() for value in values):
        raise InputError(f"{option}: is empty")


def _shape(option: str, value: str, shape: re.Pattern[str], words: str) -> None:
    if value and not shape.fullmatch(value):
        raise InputError(f"{option} {value!r}: write {words}")


def _environment() -> None:
    attempts = os.environ.get("AWS_MAX_ATTEMPTS", "")
    if attempts and not (attempts.isdecimal() and int(attempts) > 0):
        raise InputError(f"AWS_MAX_ATTEMPTS={attempts}: must be a whole number from 1 on")
    for name, value in os.environ.items():
        if name.startswith("AWS_ENDPOINT_URL") and value and not is_valid_endpoint_url(value):
            raise InputError(f"{name}={value}: is no address; write https://<host>")
