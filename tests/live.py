"""A stand-in for AWS on loopback, for tests that read a live account: moto's server, behind the real boto3."""

from __future__ import annotations

import atexit
import contextlib
import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Container, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3

from fake_aws import Fake
from scanner import run
from scanner.clouds.aws.live.accounts import Reached, Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Request
from scanner.collect.gather import Gathering, gather
from scanner.collect.pace import Pace
from scanner.collect.reader import Source
from scanner.collect.shards import Collected
from scanner.config import Config
from scanner.run import Judged
from worlds import POLICIES

ACCOUNT = "123456789012"
"""The account that moto gives everybody who does not assume a role."""

REGION = "us-east-1"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
UNHURRIED = Pace({}, 1e6)
"""No limit: the server is ours."""


class Server:
    """Moto's server, and what a test asks of it."""

    def __init__(self) -> None:
        self._host, self._port = "127.0.0.1", _free_port()
        self.url = f"http://{self._host}:{self._port}"
        # A process of its own: it says on its output what it lacks, and its work is no part of what is measured.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "AWS"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", self._host, "-p", str(self._port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        atexit.register(self.stop)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "moto's server does not start"
            with contextlib.suppress(OSError), socket.create_connection((self._host, self._port), 1):
                return
            time.sleep(0.1)
        raise TimeoutError("moto's server does not answer")

    def reset(self) -> None:
        """Forget everything."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=30)
        connection.request("POST", "/moto-api/reset")
        assert connection.getresponse().status == 200
        connection.close()

    def stop(self) -> None:
        """Stop serving."""
        self._process.kill()
        self._process.wait(30)

    def environment(self) -> dict[str, str]:
        """Environment in which every AWS client asks this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "2",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Denying:
    """A source that refuses some actions, as IAM does, and passes everything else on."""

    def __init__(self, source: Source, actions: Container[str]) -> None:
        self._source = source
        self._actions = actions

    def answer(self, request: Request, /) -> Answer:
        """Answer a request, or refuse it."""
        if request.call.action not in self._actions:
            return self._source.answer(request)
        message = f"not authorized to perform: {request.call.action}"
        return Answer(pages=[], error="AccessDeniedException", message=message, at=NOW.isoformat())


class Answering:
    """A source that gives some answers which moto cannot, and passes everything else on."""

    def __init__(self, source: Source, answers: dict[str, Answer]) -> None:
        self._source = source
        self._answers = answers

    def answer(self, request: Request, /) -> Answer:
        """Answer by the operation, for a list of alarms with their type."""
        types = request.parameters.get("AlarmTypes", ())
        told = self._answers.get(" ".join((request.call.operation, *types)))
        return told or self._source.answer(request)


class Live:
    """A live account in a test: clients to fill it with, and the scan of it."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client of the account."""
        return boto3.client(service, region_name=region)

    def collect(
        self,
        *names: str,
        regions: Sequence[str] = (REGION,),
        source: Source | None = None,
        deny: Container[str] = (),
        reached: Reached | None = None,
        now: datetime = NOW,
        tuning: Tuning | None = None,
    ) -> list[Collected]:
        """Read the account with the named collectors, or all; `deny` are actions that IAM refuses.

        `reached` is the account, where it was entered before.
        """
        tuning = tuning or Tuning(attempts=2, connect_timeout=5, read_timeout=30)
        reached = reached or reach(Wanted(regions=tuple(regions), tuning=tuning))
        asked: Source = source or Connections(reached.sessions, tuning=tuning, pace=UNHURRIED)
        asked = Denying(asked, deny)
        chosen = [c for c in COLLECTORS if not names or c.name in names]
        assert len(chosen) == len(set(names)) or not names, f"no such collector among {names}"
        return gather(reached.targets, Gathering(source=asked, collectors=chosen, now=now))

    def judge(self, *names: str, config: Config | None = None, **how: Any) -> Judged:
        """Read the account with the named collectors, or all, and judge it with every control of ours."""
        settings = run.Settings(policies=POLICIES, today=date(2026, 11, 21), config=config or Config())
        return run.judge_accounts(self.collect(*names, **how), settings)

    def facts(self, *names: str, **how: Any) -> dict[str, Any]:
        """Neutral resources by id."""
        world = self.judge(*names, **how).world
        return {item.id: item for item in (*world.statements, *world.resources)}


class Faked(Live):
    """A live account with a strict fake of what moto lacks in front of moto."""

    def __init__(self, server: Server, fake: Fake) -> None:
        super().__init__(server)
        self.fake = fake


def settings_of(collected: Sequence[Collected]) -> dict[str, dict[str, Any]]:
    """What collectors yielded, in the provider's words, by id."""
    return {item.id: item.values for one in collected for result in one.results for item in result.items}


__all__ = ["ACCOUNT", "NOW", "REGION", "Answering", "Denying", "Faked", "Live", "Path", "Server", "settings_of"]
