"""Becomes a role: a session whose credentials are asked for when they are needed, and renewed before they expire."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from scanner.clouds.aws.live.bodies import guarded
from scanner.clouds.aws.live.clients import Tuning, client_config
from scanner.errors import InputError

_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role/[\w+=,.@/-]+", re.ASCII)
_HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}


def parts(role: str) -> tuple[str, str]:
    """Partition and account of a role, by its ARN.

    Raises InputError for anything else.
    """
    match = _ARN.fullmatch(role)
    if match is None:
        raise InputError(f"--role-arn {role!r}: write arn:aws:iam::<account>:role/<name>")
    return match["partition"], match["account"]


def home(partition: str) -> str:
    """Region whose endpoints answer for a partition's global services."""
    return _HOMES.get(partition, "us-east-1")


def _region_in(own: boto3.Session, partition: str) -> str:
    """A session's region where it is of a partition, else the partition's home."""
    region: str = own.region_name or ""
    return region if region and own.get_partition_for_region(region) == partition else home(partition)


class Roles:
    """The roles that one session may become."""

    def __init__(self, own: boto3.Session, profile: str, tuning: Tuning, loader: Any) -> None:
        """Take the session, with the profile whose other settings, such as FIPS endpoints, hold for the roles too."""
        self._own = own
        self._profile = profile
        self._tuning = tuning
        self._loader = loader
        self._lock = threading.Lock()

    def become(self, role: str, extra: Mapping[str, str]) -> boto3.Session:
        """The session of a role; `extra` goes with every AssumeRole."""
        region = _region_in(self._own, parts(role)[0])

        def client(service: str, **credentials: Any) -> Any:
            # Sessions may not be shared by threads, and any thread may find that credentials are to be renewed.
            with self._lock:
                config = client_config(self._tuning)
                return guarded(self._own.client(service, region_name=region, config=config, **credentials))

        fetcher = AssumeRoleCredentialFetcher(
            client_creator=client,
            source_credentials=self._own.get_credentials(),
            role_arn=role,
            extra_args=dict(extra),
        )
        core = botocore.session.Session(profile=self._profile or None)
        core.register_component("data_loader", self._loader)
        core.set_config_variable("region", region)
        core._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - botocore has no public way to give them
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )
        return boto3.Session(botocore_session=core)
