"""What cannot be had of an account is told: SDKs that are too old, services that a region lacks, throttling."""

from __future__ import annotations

import tomllib

import boto3
import botocore
import pytest

from faulty import FaultyServer, Reply, Seen, error
from live import ACCOUNT, REGION, UNHURRIED, Live
from scanner.clouds.aws.live import sdk
from scanner.clouds.aws.live.accounts import Wanted, reach
from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.connections import Connections, Tuning
from scanner.collect.calls import Answer, Call, Request
from scanner.errors import InputError
from worlds import ROOT

TUNING = Tuning(attempts=2, connect_timeout=2, read_timeout=2)


def _answer(made: Call) -> Answer:
    session = boto3.Session("testing", "testing", region_name=REGION)
    return Connections({ACCOUNT: session}, tuning=TUNING, pace=UNHURRIED).answer(Request(ACCOUNT, REGION, made, {}))


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


def test_a_service_that_the_sdk_knows_nowhere_near_and_that_does_not_answer_hides_nothing(
    aws: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_APPRUNNER", "http://127.0.0.1:1")
    run = aws.judge("apprunner", regions=(REGION, "eu-north-1")).run
    (here,) = [gap for gap in run.gaps if gap.region == REGION and gap.kinds]
    assert here.reason.startswith(f"NoAnswer on apprunner:ListServices in {ACCOUNT} {REGION}")
    (there,) = [gap for gap in run.gaps if gap.region == "eu-north-1"]
    assert there.reason.startswith(f"NotOffered on apprunner:ListServices in {ACCOUNT} eu-north-1: botocore")
    assert there.reason.endswith("knows no apprunner in this region, and nothing answers there")
    assert (there.kinds, there.hides) == ((), ())
    unknown = {finding.subject for finding in run.findings if "apprunner" in finding.reason}
    assert unknown == {f"aws:{ACCOUNT}:{REGION}"}


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
