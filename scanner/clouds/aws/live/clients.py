"""Clients of boto3: one a service and region of an account, as many as there is room for.

Clients may be shared by threads, sessions may not (boto3 documentation, "Session reference" and "Low-level clients").
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import botocore
import botocore.session
from botocore.config import Config

from scanner.clouds.aws.live.bodies import guarded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How patiently AWS is asked."""

    connect_timeout: float = 10
    """Seconds."""

    read_timeout: float = 60
    """Seconds without a byte of the answer."""

    attempts: int = 8
    """Times a request is made before its error is the answer; AWS_MAX_ATTEMPTS in the environment goes first."""

    wait: float = 2
    """Seconds before what AWS is still making is asked for again."""

    waits: int = 30
    """How often that is done."""

    pages: int = 20_000
    """Pages after which a list counts as endless."""

    size: int = 1 << 28
    """Letters of one answer, all pages together, after which it counts as endless too."""

    connections: int = 16
    """Open connections kept to one endpoint."""

    clients: int = 160
    """Clients kept, each with its model and its open connection; beyond, the longest unused is closed."""


class Clients:
    """Makes clients and keeps them; each asks for its turn before every request."""

    def __init__(
        self, sessions: Mapping[str, boto3.Session], tuning: Tuning, turn: Callable[[str, str, str], None]
    ) -> None:
        """Take a session an account, and what waits until an account, region and operation may be asked."""
        self._sessions = sessions
        self._tuning = tuning
        self._turn = turn
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], Any] = OrderedDict()

    def get(self, account: str, service: str, region: str) -> Any:
        """The client of a service in a region of an account.

        Raises BotoCoreError where there can be none.
        """
        key = (account, service, region)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = self._made(account, service, region)
                if len(self._kept) > self._tuning.clients:
                    # Requests under way end as they would; only connections that nobody uses are closed.
                    self._kept.popitem(last=False)[1].close()
            self._kept.move_to_end(key)
            return self._kept[key]

    def offers(self, account: str, service: str, region: str) -> bool:
        """Whether the SDK knows the service in the region, or knows nothing of where it is."""
        session = self._sessions[account]
        with self._lock:
            here = session.get_partition_for_region(region)
            known = {
                partition: session.get_available_regions(service, partition_name=partition, allow_non_regional=True)
                for partition in session.get_available_partitions()
            }
        global_ = any(name.endswith("-global") for name in known[here])
        return global_ or region in known[here] or not any(known.values())

    def _made(self, account: str, service: str, region: str) -> Any:
        client = self._sessions[account].client(service, region_name=region, config=client_config(self._tuning))
        client.meta.events.register("before-call", partial(self._wait, account, region, service))
        return guarded(client)

    def _wait(self, account: str, region: str, service: str, *, model: Any, **_: object) -> None:
        self._turn(account, region, f"{service}:{model.name}")


def has_own_endpoint() -> bool:
    """Whether the environment names another address than AWS's for some service."""
    return any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ)


def client_config(tuning: Tuning) -> Config:
    """Settings of every client: adaptive retries, timeouts, and no request to anywhere but the service."""
    return Config(
        connect_timeout=tuning.connect_timeout,
        read_timeout=tuning.read_timeout,
        max_pool_connections=tuning.connections,
        retries={
            "mode": "adaptive",
            "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS") or tuning.attempts),
        },
        # An endpoint of one's own, such as a proxy, answers under its own name, not under one with the account before.
        inject_host_prefix=not has_own_endpoint(),
        # Said in full: botocore would make up its own anew for each request, a tenth of what a request takes.
        user_agent=f"trustscan Botocore/{botocore.__version__}",
    )


def session(profile: str = "", *, loader: Any = None) -> boto3.Session:
    """Make a session whose data loader is shared with others: loading the models anew costs a second and 100 MB.

    Raises BotoCoreError for a profile that there is not.
    """
    core = botocore.session.Session(profile=profile or None)
    if loader is not None:
        core.register_component("data_loader", loader)
    return boto3.Session(botocore_session=core)
