"""An empty AWS account on loopback in which real terraform can apply the stacks; a process of its own.

Moto, amended, behind the strict fake. The process prints its address, and serves until its standard input ends.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from fake_aws import Asked, Fake
from fake_wire import Wire

_PROBLEMS = "/rig/problems"

_NOTHING: Mapping[tuple[str, str], dict[str, Any]] = {
    ("application-autoscaling", "ListTagsForResource"): {},
    ("application-autoscaling", "TagResource"): {},
    ("apprunner", "ListServices"): {"ServiceSummaryList": []},
    ("cloudtrail", "ListEventDataStores"): {},
    ("cloudwatch", "ListMetricStreams"): {"Entries": []},
    ("dynamodb", "DescribeKinesisStreamingDestination"): {"KinesisDataStreamDestinations": []},
    ("dynamodb", "ListExports"): {"ExportSummaries": []},
    ("opensearchserverless", "ListLifecyclePolicies"): {},
    ("sns", "GetDataProtectionPolicy"): {},
}
"""What AWS answers where there is nothing of it, for operations that moto lacks."""


_INVOCATION = "amz-sdk-invocation-id"
"""The header by which an SDK marks all attempts of one request."""


@dataclass
class _Given:
    """The answer to a request, and the lock under which it is made."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: tuple[int, dict[str, str], bytes] | None = None


class Rig(Fake):
    """The strict fake, for the provider as well: that asks S3 Control at <account>.<host>, which only a proxy finds."""

    def __init__(self, upstream: str) -> None:
        """Serve in front of moto."""
        super().__init__(upstream)
        for (service, operation), answer in _NOTHING.items():
            self.say(service, operation, answer)
        self.say("logs", "DescribeLogGroups", _log_groups)
        self._given: defaultdict[str, _Given] = defaultdict(_Given)
        self._one_at_a_time = threading.RLock()

    def answer(self, wire: Wire) -> tuple[int, dict[str, str], bytes]:
        """Answer a request once: another attempt, as SDKs make where an answer is lost, changes nothing more."""
        if wire.target == _PROBLEMS:
            return 200, {}, json.dumps(self.problems).encode()
        invocation = wire.headers.get(_INVOCATION, "")
        if not invocation or wire.method == "GET":
            return self._answered(wire)
        given = self._given[invocation]
        with given.lock:
            if given.answer is None or given.answer[0] >= 500:
                given.answer = self._answered(wire)
            return given.answer

    def ask_upstream(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Ask moto, which fails now and then where several threads change what it keeps, one request at a time."""
        with self._one_at_a_time:
            return super().ask_upstream(method, target, headers, body)

    def _answered(self, wire: Wire) -> tuple[int, dict[str, str], bytes]:
        """Answer a request that came to a proxy as one that came straight."""
        target = urlsplit(wire.target)
        if target.scheme:
            wire = replace(wire, target=f"{target.path}?{target.query}" if target.query else target.path)
        status, headers, body = super().answer(wire)
        if status >= 500:
            what = wire.headers.get("x-amz-target") or f"{wire.method} {wire.target} {wire.body[:100]!r}"
            self.problems.append(f"{status} for {what} ({wire.scope[2]}): {body[:200]!r}")
        return status, headers, body


def _log_groups(ask: Asked) -> dict[str, Any]:
    """Log groups as moto has them, and whether data protection is on, which the fake has.

    Source: CloudWatch Logs reference, LogGroup.
    """
    _, body = ask.upstream("POST", "/", json.dumps(ask.parameters).encode())
    answer: dict[str, Any] = json.loads(body)
    protected = {name for (name,) in ask.of("data protection")}
    for group in answer["logGroups"]:
        if group["logGroupName"] in protected:
            group["dataProtectionStatus"] = "ACTIVATED"
    return {name: value for name, value in answer.items() if value is not None}


class Process:
    """The rig, running."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith(("AWS", "COV"))},
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url, "the rig does not start"

    def problems(self) -> list[str]:
        """What was asked and not understood, and what failed."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        connection.request("GET", _PROBLEMS)
        found: list[str] = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def stop(self) -> None:
        """Stop serving."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Serve."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - takes seconds, and only the process needs it

    from parity_moto import amend  # noqa: PLC0415

    amend()
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    rig = Rig(upstream=f"http://{host}:{port}")
    sys.stdout.write(f"{rig.url}\n")
    sys.stdout.flush()
    sys.stdin.read()


def prepare(url: str) -> dict[str, Any]:
    """Make what the stacks find in their account; the variables that name it."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    session.client("organizations", endpoint_url=url).create_organization(FeatureSet="ALL")
    certificates = session.client("acm", endpoint_url=url)
    return {
        "certificate_arns": {
            environment: certificates.request_certificate(DomainName=f"*.{environment}.example.com")["CertificateArn"]
            for environment in ("production", "staging")
        }
    }


if __name__ == "__main__":
    main()
