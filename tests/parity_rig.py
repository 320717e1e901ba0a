"""An empty AWS account on loopback in which real terraform can apply the stacks; a process of its own.

Moto behind the strict fake, with what AWS does and moto does not: each amendment below says what AWS documents.
The process prints its address, and serves until its standard input ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from fake_aws import Fake
from fake_wire import Wire

_PROBLEMS = "/rig/problems"


class Rig(Fake):
    """The strict fake, for the provider as well: that asks S3 Control at <account>.<host>, which only a proxy finds."""

    def answer(self, wire: Wire) -> tuple[int, dict[str, str], bytes]:
        """Answer a request that came to a proxy as one that came straight."""
        if wire.target == _PROBLEMS:
            return 200, {}, json.dumps(self.problems).encode()
        target = urlsplit(wire.target)
        if target.scheme:
            wire = replace(wire, target=f"{target.path}?{target.query}" if target.query else target.path)
        return super().answer(wire)


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

    def stop(self) -> None:
        """Stop serving."""
        self._process.kill()
        self._process.communicate()


def main() -> None:
    """Serve."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - takes seconds, and only the process needs it

    for amend in AMENDMENTS:
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


def _log_delivery() -> None:
    """S3 takes any bucket policy that lets its log delivery write; moto knows one spelling, and fails over others.

    Source: S3 user guide, "Enabling Amazon S3 server access logging".
    """
    from moto.s3.models import FakeBucket  # noqa: PLC0415

    FakeBucket._log_permissions_enabled_policy = staticmethod(lambda **_: True)  # type: ignore[method-assign,assignment] # noqa: SLF001


def _rotation() -> None:
    """Rotation can be set up before a secret has a value; moto runs the function, in docker, and needs a value.

    Source: Secrets Manager reference, RotateSecret.
    """
    from moto.secretsmanager.models import SecretsManagerBackend as Backend  # noqa: PLC0415

    rotate = Backend.rotate_secret

    def rotated(self: Any, **asked: Any) -> str:
        function = asked.pop("rotation_lambda_arn", None)
        answer = rotate(self, **asked, rotation_lambda_arn=None)
        self.secrets[asked["secret_id"]].rotation_lambda_arn = function or ""
        return answer

    Backend.rotate_secret = rotated  # type: ignore[method-assign,assignment]


def _domain_status() -> None:
    """A domain name of an HTTP API has a status, and becomes AVAILABLE.

    Source: API Gateway V2 reference, DomainNameConfiguration.
    """
    from moto.apigatewayv2.models import ApiGatewayV2Backend as Backend  # noqa: PLC0415

    create = Backend.create_domain_name

    def created(self: Any, **asked: Any) -> Any:
        for configuration in asked["domain_name_configurations"]:
            configuration["domainNameStatus"] = "AVAILABLE"
        return create(self, **asked)

    Backend.create_domain_name = created  # type: ignore[method-assign,assignment]


def _queue_policy() -> None:
    """A queue keeps its policy when other attributes are set; moto takes it away.

    Source: SQS reference, SetQueueAttributes.
    """
    from moto.sqs.models import Queue  # noqa: PLC0415

    change = Queue._set_attributes  # noqa: SLF001

    def changed(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        policy = {} if "Policy" in attributes or not getattr(self, "_policy_json", None) else {"Policy": self.policy}
        change(self, {**policy, **attributes}, now)

    Queue._set_attributes = changed  # type: ignore[method-assign] # noqa: SLF001


AMENDMENTS: tuple[Callable[[], None], ...] = (_log_delivery, _rotation, _domain_status, _queue_policy)

if __name__ == "__main__":
    main()
