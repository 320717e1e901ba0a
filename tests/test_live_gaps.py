"""What cannot be had of an account is told: SDKs that are too old, services that a region lacks, throttling."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import tomllib
from pathlib import Path
from typing import NoReturn

import boto3
import botocore
import pytest

from commands import HEEDING
from faulty import FaultyServer, Reply, Seen, error
from live import ACCOUNT, REGION, UNHURRIED, Live
from scanner.clouds.aws.live import models, sdk
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.clients import Clients, Tuning, session
from scanner.clouds.aws.live.connections import Connections
from scanner.clouds.aws.live.roles import Roles
from scanner.collect.calls import Answer, Call, Request
from scanner.collect.pace import Pace
from scanner.errors import InputError
from worlds import ROOT

TUNING = Tuning(attempts=2, connect_timeout=2, read_timeout=2)


def _answer(made: Call, region: str = REGION, **parameters: str) -> Answer:
    session = boto3.Session("testing", "testing", region_name=region)
    source = Connections({ACCOUNT: session}, tuning=TUNING, pace=UNHURRIED)
    return source.answer(Request(ACCOUNT, region, made, dict(parameters)))


def test_no_file_left_to_open_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(24, "Too many open files", "/home/planted/paginators")

    monkeypatch.setattr(Clients, "get", full)
    answer = _answer(LISTED)
    assert (answer.error, answer.message) == ("OSError", "Too many open files")


def test_an_error_is_told_in_one_line_without_what_aws_quotes(aws: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "AKIA" + "Q" * 16
    quoted = (
        f"The request signature of {key} does not match.\\n\\nThe Canonical String was\\nx-amz-security-token:planted"
    )
    with FaultyServer(aws.server.url, lambda s: error("SignatureDoesNotMatch", 403, s.service, quoted)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        answer = _answer(call("kms", "ListKeys", items="Keys"))
    assert answer.message == "The request signature of (hidden) does not match."


def test_the_longest_unused_client_is_closed_and_made_again_when_it_is_asked(aws: Live) -> None:
    assert aws
    session = boto3.Session("testing", "testing", region_name=REGION)
    clients = Clients({ACCOUNT: session}, Tuning(clients=2), lambda *_: None)
    kms, sqs = (clients.get(ACCOUNT, service, REGION) for service in ("kms", "sqs"))
    assert clients.get(ACCOUNT, "kms", REGION) is kms
    clients.get(ACCOUNT, "sns", REGION)
    assert clients.get(ACCOUNT, "kms", REGION) is kms
    assert clients.get(ACCOUNT, "sqs", REGION) is not sqs
    assert sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200, "requests under way end as they would"


def test_every_request_waits_for_its_turn_and_nothing_else_does(aws: Live) -> None:
    turns: list[tuple[str, str, str]] = []

    class Counting(Pace):
        def wait(self, account: str, region: str, operation: str) -> None:
            turns.append((account, region, operation))

    attribute = {"AttributeName": "k", "AttributeType": "S"}
    for number in range(3):
        aws.client("dynamodb").create_table(
            TableName=f"table-{number}",
            AttributeDefinitions=[attribute],
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    session = boto3.Session("testing", "testing", region_name=REGION)
    source = Connections({ACCOUNT: session}, tuning=TUNING, pace=Counting({}, 1))
    tables = call("dynamodb", "ListTables", items="TableNames")
    assert len(source.answer(Request(ACCOUNT, REGION, tables, {"Limit": 2})).pages) == 2
    assert turns == [(ACCOUNT, REGION, "dynamodb:ListTables")] * 2


# --- what is missing, and what that means


@pytest.mark.parametrize("version", ["1.35.49", "1.42.99", "0.9"])
def test_an_sdk_that_would_leave_out_what_it_does_not_know_is_refused(
    monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(botocore, "__version__", version)
    with pytest.raises(InputError, match=rf"boto3 {version} is too old .* install 1\.43 or newer"):
        reach(Wanted())


@pytest.mark.parametrize("version", ["1.43.0", "1.100", "2.0.0.dev1"])
def test_a_newer_sdk_is_taken(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(botocore, "__version__", version)
    sdk.require_current()


def test_what_is_installed_is_what_is_asked_for() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    floor = "boto3>=" + ".".join(map(str, sdk.FLOOR))
    assert floor in extras["aws"]
    assert floor in extras["dev"]


@pytest.mark.parametrize(
    ("made", "lacks"),
    [
        (call("kms", "ListDreams", items="Dreams"), "ListDreams"),
        (call("dreamkeeper", "ListDreams", items="Dreams"), "dreamkeeper"),
    ],
)
def test_an_api_that_the_sdk_does_not_know_is_a_gap(made: Call, lacks: str) -> None:
    answer = _answer(made)
    assert answer.error == "SdkTooOld"
    assert f"does not know {lacks}; install a newer boto3" in answer.message


def test_a_service_that_does_not_answer_in_a_region_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    answer = _answer(call("bedrock", "ListGuardrails", items="guardrails"))
    assert answer.error == "NoAnswer"
    assert answer.message == "bedrock may not be offered in this region, or the network does not let it be reached"


def _nowhere(monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    """Let no name of AWS's be found, and no setting name another address."""

    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(error, "planted")

    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(socket, "getaddrinfo", unknown)


LISTED = call("apprunner", "ListServices", items="ServiceSummaryList")
SINGLE = call("apprunner", "DescribeService")


@pytest.mark.parametrize(
    ("made", "region", "error", "means"),
    [
        (LISTED, "eu-north-1", socket.EAI_NONAME, "NotOffered"),
        (LISTED, "us-gov-west-1", socket.EAI_NONAME, "NotOffered"),
        (LISTED, "eu-north-1", socket.EAI_AGAIN, "NoAnswer"),
        (LISTED, "us-east-1", socket.EAI_NONAME, "NoAnswer"),
        (SINGLE, "eu-north-1", socket.EAI_NONAME, "NoAnswer"),
        (call("bedrock-agent", "ListAgents", items="agentSummaries"), "eu-north-1", socket.EAI_NONAME, "NoAnswer"),
        (call("cloudfront", "ListDistributions", items="DistributionList.Items"), "us-east-1", socket.EAI_NONAME,
         "NoAnswer"),
    ],
)  # fmt: skip
def test_only_a_name_that_aws_does_not_have_stands_for_a_service_that_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, made: Call, region: str, error: int, means: str
) -> None:
    _nowhere(monkeypatch, error)
    parameters = {} if made.items else {"ServiceArn": f"arn:aws:apprunner:{region}:{ACCOUNT}:service/a/b"}
    assert _answer(made, region, **parameters).error == means


def test_what_answered_once_is_offered(aws: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session("testing", "testing", region_name=REGION)
    source = Connections({ACCOUNT: session}, tuning=TUNING, pace=UNHURRIED)
    request = Request(ACCOUNT, "eu-north-1", LISTED, {})
    with FaultyServer(aws.server.url, lambda _: Reply(200, b'{"ServiceSummaryList": []}')) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert source.answer(request).error == ""
    source.clients.get(ACCOUNT, "apprunner", "eu-north-1").close()
    _nowhere(monkeypatch, socket.EAI_NONAME)
    assert source.answer(request).error == "NoAnswer"


def test_a_service_that_is_not_offered_hides_nothing(aws: Live) -> None:
    class Elsewhere:
        def answer(self, request: Request, /) -> Answer:
            named = "NotOffered" if request.region == "eu-north-1" else "NoAnswer"
            return Answer(pages=[], error=named, message="planted")

    run = aws.judge("apprunner", regions=(REGION, "eu-north-1"), source=Elsewhere()).run
    gaps = {gap.region: gap for gap in run.gaps if gap.call == "apprunner:ListServices"}
    assert gaps[REGION].kinds == ("compute",)
    assert (gaps["eu-north-1"].kinds, gaps["eu-north-1"].hides) == ((), ())
    assert {f.subject for f in run.findings if "apprunner" in f.reason} == {f"aws:{ACCOUNT}:{REGION}"}


def test_throttling_that_outlasts_the_retries_is_a_gap_with_how_often_it_was_tried(
    aws: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(seen: Seen) -> Reply:
        return error("ThrottlingException", 400, seen.service, "Rate exceeded")

    with FaultyServer(aws.server.url, throttled) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
        answer = _answer(call("kms", "ListKeys", items="Keys"))
        assert len(server.seen) == 3
    assert (answer.error, answer.message, answer.attempts) == ("ThrottlingException", "Rate exceeded", 3)


def test_the_policy_that_denies_is_told(aws: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    why = "User is not authorized to perform: kms:ListKeys with an explicit deny in a service control policy"

    def denied(seen: Seen) -> Reply | None:
        return error("AccessDeniedException", 400, "kms", why) if seen.service == "kms" else None

    with FaultyServer(aws.server.url, denied) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        (collected,) = aws.collect("kms")
    (gap,) = [gap for result in collected.results for gap in result.refusals if gap.call.name == "kms:ListKeys"]
    assert "explicit deny in a service control policy" in gap.reason


def test_regions_that_were_asked_for_do_not_stand_for_all_where_the_others_are_not_known(
    aws: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(seen: Seen) -> Reply | None:
        return error("UnauthorizedOperation", 403, "ec2") if seen.operation == "DescribeRegions" else None

    with FaultyServer(aws.server.url, denied) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        (target,) = reach(Wanted(regions=(REGION,), tuning=TUNING)).targets
    assert target.regions == (REGION,)
    (gap,) = target.gaps
    assert "UnauthorizedOperation on ec2:DescribeRegions" in gap.reason
    assert (gap.kinds, "audit_trail" in gap.hides, gap.call) == ((), True, "ec2:DescribeRegions")


@pytest.mark.parametrize(
    ("profile", "role", "address"),
    [
        ("", "arn:aws:iam::123456789012:role/r", "https://sts.eu-west-1.amazonaws.com"),
        ("", "arn:aws-us-gov:iam::123456789012:role/r", "https://sts.us-gov-west-1.amazonaws.com"),
        ("", "arn:aws-cn:iam::123456789012:role/r", "https://sts.cn-north-1.amazonaws.com.cn"),
        ("gov", "arn:aws-us-gov:iam::123456789012:role/r", "https://sts.us-gov-east-1.amazonaws.com"),
        ("strict", "arn:aws:iam::123456789012:role/r", "https://sts-fips.us-west-2.amazonaws.com"),
    ],
)
def test_a_role_is_entered_in_its_partition_with_the_settings_of_the_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, role: str, address: str
) -> None:
    settings = tmp_path / "config"
    keys = "aws_access_key_id = a\naws_secret_access_key = b\n"
    settings.write_text(
        f"[default]\nregion = eu-west-1\n{keys}[profile gov]\nregion = us-gov-east-1\n{keys}"
        f"[profile strict]\nregion = us-west-2\nuse_fips_endpoint = true\n{keys}"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(settings))
    for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    loader = models.loader()
    entered = Roles(session(profile, loader=loader), profile, TUNING, loader).become(role, {})
    assert entered.client("sts").meta.endpoint_url == address


def test_an_interrupted_scan_ends_while_requests_wait(aws: Live, tmp_path: Path) -> None:
    waiting, over = threading.Event(), threading.Event()

    def slow(seen: Seen) -> Reply | None:
        if seen.number > 20:
            waiting.set()
            over.wait()
        return None

    with FaultyServer(aws.server.url, slow) as server:
        process = subprocess.Popen(
            [*HEEDING, "live", "aws", "--region", REGION, "--save", tmp_path / "kept"],
            env=os.environ | {"AWS_ENDPOINT_URL": server.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert waiting.wait(120)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[1]
        over.set()
    assert process.returncode == 130
    assert "interrupted; what was read is kept in" in said
    assert "Traceback" not in said
