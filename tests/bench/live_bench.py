"""`make bench-live`: a scan of a live account on moto's server, beside Prowler where that is installed.

Both read the same account, in a process of their own, and every request passes a loopback server that counts it. CPU is
the user CPU of the client's process. Machines are noisy: what counts are the ratios between rows of one run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3

from fake_aws import Fake
from fake_wire import Wire, recognized
from furnished import furnish
from live import REGION, Server
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.collect.calls import calls_of

SIZES = (0, 20, 200)
CALLS, CPU, MEMORY = 4_000, 6.0, 250
"""Calls, seconds and MB that the account with 200 of each may take."""

COLD = 1.0
"""Seconds that an empty account may take."""

RUNS = {0: 7, 20: 3, 200: 3}
PROWLER_RUNS = 1
SHOWN = 14
"""Operations that are listed by how often they were called."""

# What both cover, by Prowler's names; it has no checks for batch, scheduler and the rest of ours.
SERVICES = (
    *("acm", "apigateway", "apigatewayv2", "autoscaling", "awslambda", "bedrock", "cloudfront", "cloudtrail"),
    *("cloudwatch", "codebuild", "cognito", "config", "dynamodb", "ec2", "ecr", "ecs", "elb", "elbv2", "eventbridge"),
    *("glue", "guardduty", "iam", "kms", "opensearch", "organizations", "rds", "s3", "sagemaker", "secretsmanager"),
    *("sns", "sqs", "ssm", "vpc", "wafv2"),
)


_LAUNCH = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
json.dump([os.waitstatus_to_exitcode(status), usage.ru_utime, usage.ru_maxrss], sys.stderr)
"""
"""Starts a program, and tells its exit code, CPU and memory. Linux counts what a process had before it became another
program as that program's memory: this process is small, the one that measures is not."""


class Counting(Fake):
    """Moto behind the strict fake of what it lacks, counting; a proxy too, for S3 Control asks at <account>.<host>."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self.wires: list[Wire] = []

    def answer(self, wire: Wire) -> tuple[int, dict[str, str], bytes]:
        """Count a request, and answer it."""
        url = urlsplit(wire.target)
        straight = replace(wire, target=f"{url.path}?{url.query}" if url.query else url.path)
        self.wires.append(straight)
        return super().answer(straight)


@dataclass(frozen=True)
class Run:
    """What one run of a program took and found."""

    calls: Counter[str]
    cpu: float
    memory: float
    wall: float
    findings: dict[str, int] = field(default_factory=dict)


def run(server: Counting, command: list[str], environment: dict[str, str], result: Path) -> Run:
    """Run a program against the server."""
    server.wires.clear()
    began = time.monotonic()
    with result.open("wb") as out:
        launched = [sys.executable, "-c", _LAUNCH, *command]
        done = subprocess.run(launched, stdout=out, stderr=subprocess.PIPE, env=environment, check=True)
    wall = time.monotonic() - began
    code, cpu, kilobytes = json.loads(done.stderr)
    if code not in {0, 1, 3}:
        sys.exit(f"{' '.join(command)} ended with {code}")
    return Run(Counter(map(_named, server.wires)), cpu, kilobytes / 1024, wall)


def trustscan(server: Counting, environment: dict[str, str], how: str, runs: int) -> Run:
    """Scan with trustscan a few times; the run that took least, with the most memory of all."""
    command = [sys.executable, "-m", "scanner.main", "live", "aws", "--region", REGION, "--format", how, "-q"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        taken = [run(server, command, environment, out) for _ in range(runs)]
        statuses = [f["status"] for f in json.loads(out.read_bytes())["findings"]] if how == "json" else []
    least = min(taken, key=lambda one: one.cpu)
    return replace(least, memory=max(one.memory for one in taken), findings=dict(Counter(statuses)))


def prowler(server: Counting, environment: dict[str, str], program: str) -> Run:
    """Scan with Prowler, the services that both cover."""
    with tempfile.TemporaryDirectory() as folder:
        where = ["--output-formats", "json-ocsf", "--output-directory", folder, "--output-filename", "out"]
        command = [program, "aws", "--region", REGION, "--no-banner", *where, "--service", *SERVICES]
        taken = run(server, command, environment, Path(folder) / "printed")
        findings: list[dict[str, Any]] = json.loads((Path(folder) / "out.ocsf.json").read_bytes())
    return replace(taken, findings=dict(Counter(str(f["status_code"]).lower() for f in findings)))


def _named(wire: Wire) -> str:
    """Service and operation of a request; method and path where it is of a service that only Prowler reads."""
    found = recognized(wire, OURS)
    if found is not None:
        return f"{found[0]}:{found[1].name}"
    target = wire.headers.get("x-amz-target", "").rpartition(".")[2]
    action = parse_qs(wire.body.decode(errors="replace")).get("Action", [""])[0]
    path = re.sub(r"/[^/]*\d[^/]*", "/#", urlsplit(wire.target).path)
    return f"{wire.scope[2]}:{target or action or f'{wire.method} {path}'}"


OURS = tuple(sorted({call.service for collector in COLLECTORS for call in calls_of(collector)}))


def main() -> None:
    """Print the tables; end with 1 where a target is missed."""
    program = os.environ.get("TRUSTSCAN_PROWLER") or shutil.which("prowler")
    moto = Server()
    server = Counting(moto.url)
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= server.environment() | {"HTTP_PROXY": server.url}
    os.environ.update(moto.environment())
    print(f"{'N':>4} {'':10} {'calls':>6} {'CPU s':>6} {'MB':>5} {'wall s':>7}  findings")
    ours: dict[int, Run] = {}
    for size in SIZES:
        server.reset()
        furnish(lambda service: boto3.client(service, region_name=REGION), size, more=False) if size else None
        ours[size] = trustscan(server, environment, "json", RUNS[size])
        _row(size, "trustscan", ours[size])
        _row(size, "as a table", trustscan(server, environment, "table", RUNS[size]))
        if program:
            theirs = prowler(server, environment, program)
            _row(size, "prowler", theirs)
            _ratios(ours[size], theirs)
    if not program:
        print("prowler is not installed here (PATH, or TRUSTSCAN_PROWLER): no row beside it")
    moto.stop()
    sys.exit(int(_missed(ours)))


def _row(size: int, name: str, taken: Run) -> None:
    told = ", ".join(f"{count} {status}" for status, count in sorted(taken.findings.items()))
    took = f"{taken.calls.total():>6} {taken.cpu:>6.2f} {taken.memory:>5.0f} {taken.wall:>7.1f}"
    print(f"{size:>4} {name:10} {took}  {told}", flush=True)


def _ratios(ours: Run, theirs: Run) -> None:
    pairs = (
        (theirs.calls.total(), ours.calls.total()), (theirs.cpu, ours.cpu), (theirs.memory, ours.memory),
        (theirs.wall, ours.wall),
    )  # fmt: skip
    calls, cpu, memory, wall = (f"x{a / b:.1f}" for a, b in pairs)
    print(f"{'':4} {'':10} {calls:>6} {cpu:>6} {memory:>5} {wall:>7}", flush=True)


def _missed(ours: dict[int, Run]) -> bool:
    """Print what grows how, and whether the targets are kept."""
    cold, small, large = (ours[size] for size in SIZES)
    slopes = (_slope(small, cold, 20), _slope(large, small, 180))
    print("\ncalls for one more of each: {:.2f} up to 20, {:.2f} from there to 200".format(*slopes))
    for name, count in large.calls.most_common(SHOWN):
        print(f"{count:>6} {name}")
    targets = (
        ("calls", large.calls.total(), CALLS),
        ("CPU s", large.cpu, CPU),
        ("MB", large.memory, MEMORY),
        ("CPU s of an empty account", cold.cpu, COLD),
    )
    for name, value, most in targets:
        print(f"{name}: {value:.5g} of {most:g} at most: {'kept' if value <= most else 'MISSED'}")
    return any(value > most for _, value, most in targets)


def _slope(large: Run, small: Run, apart: int) -> float:
    return (large.calls.total() - small.calls.total()) / apart


if __name__ == "__main__":
    main()
