"""What goes wrong between us and a cloud: nothing is lost, nothing passes by mistake, the run ends.

A whole furnished account is read behind an endpoint that fails as networks and clouds do, and with each read refused.
"""

from __future__ import annotations

import json
import re
import resource
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from fake_aws import Fake
from faulty import FaultyServer, Reply, Seen, error
from furnished import furnish
from live import NOW, REGION, UNHURRIED, Denying, Faked, Server
from scanner.clouds.aws.live.accounts import Reached, Wanted, reach
from scanner.clouds.aws.live.clients import Tuning
from scanner.clouds.aws.live.collectors import COLLECTORS
from scanner.clouds.aws.live.connections import Connections
from scanner.collect.calls import Answer, Request, calls_of
from scanner.collect.shards import Collected
from scanner.findings import Finding, Run
from scanner.run import Judged

HASTY = Tuning(attempts=2, connect_timeout=2, read_timeout=2, pages=20)
PATIENT = Tuning(attempts=2)
Verdicts = dict[tuple[str, str], Finding]


class Remembering:
    """Keeps every answer, so that the account need not be asked again for what no fault touches."""

    def __init__(self, source: Connections) -> None:
        self._source = source
        self._answers: dict[tuple[str, str], Answer] = {}

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        key = (request.account, request.key)
        if key not in self._answers:
            self._answers[key] = self._source.answer(request)
        return self._answers[key]


@pytest.fixture(scope="module")
def account(aws_server: Server, fake_server: Fake) -> Iterator[Faked]:
    """An account with a little of everything, for all tests of this file."""
    patch = pytest.MonkeyPatch()
    fake_server.reset()
    for name, value in fake_server.environment().items():
        patch.setenv(name, value)
    patch.setenv("AWS_MAX_ATTEMPTS", "2")
    made = Faked(aws_server, fake_server)
    furnish(made.client, 2)
    _models(made)
    _organization(made)
    yield made
    patch.undo()


@pytest.fixture(scope="module")
def reached(account: Faked) -> Reached:
    """The account, entered."""
    assert account
    return reach(Wanted(regions=(REGION,), tuning=PATIENT))


@pytest.fixture(scope="module")
def remembered(reached: Reached) -> Remembering:
    """The account's answers, asked for once."""
    return Remembering(Connections(reached.sessions, tuning=PATIENT, pace=UNHURRIED))


@pytest.fixture(scope="module")
def collected(account: Faked, reached: Reached, remembered: Remembering) -> list[Collected]:
    """The account, read without a fault."""
    return account.collect(reached=reached, source=remembered)


@pytest.fixture(scope="module")
def judged(account: Faked, reached: Reached, remembered: Remembering, collected: list[Collected]) -> Judged:
    """The account, judged without a fault, with all that was seen."""
    assert collected
    return account.judge(reached=reached, source=remembered)


@pytest.fixture(scope="module")
def whole(judged: Judged) -> Run:
    """The account, judged without a fault."""
    return judged.run


def _models(account: Faked) -> None:
    """A guardrail that redacts and one that does not, and an agent."""
    bedrock = account.client("bedrock")
    entities = {"piiEntitiesConfig": [{"type": "EMAIL", "action": "ANONYMIZE"}]}
    for name, policy in (("sound", {"sensitiveInformationPolicyConfig": entities}), ("leaky", {})):
        topic = {"topicsConfig": [{"name": "tax", "definition": "advice", "type": "DENY"}]}
        bedrock.create_guardrail(
            name=name,
            blockedInputMessaging="no",
            blockedOutputsMessaging="no",
            **(policy or {"topicPolicyConfig": topic}),
        )


def _organization(account: Faked) -> None:
    """An organization that the account manages, with a policy."""
    client = account.client("organizations")
    client.create_organization(FeatureSet="ALL")
    sort, root = "SERVICE_CONTROL_POLICY", client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType=sort)
    no_models = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "bedrock:*", "Resource": "*"}]}
    client.create_policy(Name="no-models", Description="-", Type=sort, Content=json.dumps(no_models))


def _by_subject(run: Run) -> Verdicts:
    return {(finding.control, finding.subject): finding for finding in run.findings}


def _holds(whole: Run, now: Run) -> list[str]:
    """What a fault did that it may not: every verdict stays, or gives way to an UNKNOWN at its subject or a scope."""
    wrong = []
    after = _by_subject(now)
    before = {
        key: finding for key, finding in _by_subject(whole).items() if key in after or finding.status != "unknown"
    }
    scopes = {f.control for f in now.findings if f.status == "unknown" and f.subject.startswith("aws:")}
    for key, was in before.items():
        is_ = after.get(key)
        if is_ is None:
            if key[0] not in scopes:
                wrong.append(f"{key} was {was.status} and is gone, with no scope UNKNOWN")
        elif is_.status not in {was.status, "unknown"} and was.status != "unknown":
            wrong.append(f"{key} was {was.status} and is {is_.status}: {is_.reason}")
        elif was.status == "unknown" and is_.status == "pass":
            wrong.append(f"{key} was unknown and passes when less is seen")
    return wrong


def _read_behind(
    account: Faked, entered: Reached, fault: Callable[[Seen], Reply | None], monkeypatch: pytest.MonkeyPatch
) -> tuple[Run, int]:
    """Judge the account behind an endpoint that fails, and say how many requests it took."""
    with FaultyServer(account.fake.url, fault) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        source = Connections(entered.sessions, tuning=HASTY, pace=UNHURRIED)
        return account.judge(source=source, reached=entered).run, len(server.seen)


def _every(number: int, reply: Reply | Callable[[Seen], Reply]) -> Callable[[Seen], Reply | None]:
    def fault(seen: Seen) -> Reply | None:
        if seen.number % number:
            return None
        return reply(seen) if callable(reply) else reply

    return fault


def _of_path(end: str, reply: Reply) -> Callable[[Seen], Reply | None]:
    return lambda seen: reply if seen.path.endswith(end) else None


def _after(number: int, reply: Callable[[Seen], Reply]) -> Callable[[Seen], Reply | None]:
    return lambda seen: reply(seen) if seen.number > number else None


def _endless(seen: Seen) -> Reply | None:
    """A list of keys, and of buckets' siblings, whose token changes with every page and never ends."""
    if seen.operation == "ListKeys":
        body = f'{{"Keys": [], "Truncated": true, "NextMarker": "m{seen.number}"}}'.encode()
        return Reply(200, body, {"Content-Type": "application/x-amz-json-1.1"})
    return None


def _same_token(seen: Seen) -> Reply | None:
    if seen.operation == "ListKeys":
        return Reply(200, b'{"Keys": [], "Truncated": true, "NextMarker": "again"}', {})
    return None


FAULTS: dict[str, Callable[[Seen], Reply | None]] = {
    "throttled on every 5th call": _every(5, lambda s: error("ThrottlingException", 400, s.service)),
    "throttled without end": _after(40, lambda s: error("ThrottlingException", 400, s.service)),
    "slow down by S3": _every(3, lambda s: error("SlowDown", 503, "s3") if s.service == "s3" else Reply()),
    "500 on every 4th call": _every(4, lambda s: error("InternalFailure", 500, s.service)),
    "503 without end": _after(60, lambda s: error("ServiceUnavailable", 503, s.service)),
    "connection reset on every 6th call": _every(6, Reply(reset=True)),
    "slow answers on every 40th call": _every(40, Reply(delay=5)),
    "truncated bodies on every 5th call": _every(5, Reply(cut=True)),
    "credentials expire midway": _after(50, lambda s: error("ExpiredTokenException", 403, s.service)),
    "an endless list": _endless,
    "a list whose token repeats": _same_token,
    "malformed bodies on every 4th call": _every(4, Reply(edit=lambda body: body[:-7] + b"<{oops")),
    "bodies of a proxy": _every(7, Reply(200, b"<html><body>Sign in to the network</body></html>")),
    "empty bodies": _every(7, Reply(200, b"")),
    "an empty body for every policy of a bucket": _of_path("?policy", Reply(200, b"")),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_loses_nothing_and_passes_nothing_by_mistake(
    account: Faked, reached: Reached, whole: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run, requests = _read_behind(account, reached, FAULTS[name], monkeypatch)
    assert _holds(whole, run) == []
    assert requests < 4 * len(ACTIONS) + 1000, "the run asks no more than it must"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1 << 20, "memory stays below one GiB"


def test_a_clock_that_jumps_is_a_refusal_like_others(
    account: Faked, reached: Reached, whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    skewed = _after(50, lambda s: error("RequestTimeTooSkewed", 403, s.service, "the clock is wrong"))
    run, _ = _read_behind(account, reached, skewed, monkeypatch)
    assert _holds(whole, run) == []
    assert any("RequestTimeTooSkewed" in gap.reason for gap in run.gaps)
    monkeypatch.setattr(time, "time", lambda: NOW.timestamp() + timedelta(days=400).total_seconds())
    assert _holds(whole, _read_behind(account, reached, lambda _: None, monkeypatch)[0]) == []


ACTIONS = sorted({declared.action for collector in COLLECTORS for declared in calls_of(collector)})


@pytest.mark.parametrize("action", ACTIONS)
def test_a_refused_read_turns_no_verdict_round(
    account: Faked, whole: Run, remembered: Remembering, reached: Reached, collected: list[Collected], action: str
) -> None:
    made = {call for one in collected for result in one.results for call in result.asked}
    run = account.judge(source=Denying(remembered, {action}), reached=reached).run
    assert _holds(whole, run) == []
    names = {c.name for collector in COLLECTORS for c in calls_of(collector) if c.action == action}
    if names & made:
        assert any(action in gap.reason for gap in run.gaps), "a refused read is told"
    missing = re.compile(rf"AccessDenied\w* on {re.escape(action)} in \d{{12}}")
    before = _by_subject(whole)
    for key, finding in _by_subject(run).items():
        was = before.get(key)
        if finding.status == "unknown" and (was is None or was.status != "unknown"):
            assert missing.search(finding.reason), f"{key} does not name the permission: {finding.reason}"


PREFIXES = sorted({action.partition(":")[0] for action in ACTIONS})


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_refused_service_turns_no_verdict_round_and_hides_nothing_unsaid(
    account: Faked, judged: Judged, remembered: Remembering, reached: Reached, prefix: str
) -> None:
    every = {action for action in ACTIONS if action.startswith(f"{prefix}:")}
    after = account.judge(source=Denying(remembered, every), reached=reached)
    assert _holds(judged.run, after.run) == []
    before, missing = _by_subject(judged.run), re.compile(rf"AccessDenied\w* on {prefix}:\w+ in \d{{12}}")
    for key, finding in _by_subject(after.run).items():
        was = before.get(key)
        if finding.status == "unknown" and (was is None or was.status != "unknown"):
            assert missing.search(finding.reason), f"{key} does not name a permission: {finding.reason}"
    told = {kind for gap in after.run.gaps for kind in gap.kinds}
    assert {kind for kind, _ in _seen(judged) - _seen(after)} <= told, "what is not seen any more has a scope UNKNOWN"


def _seen(judged: Judged) -> set[tuple[str, str]]:
    """What was read; the statements of a thing's own policy go with the thing, and what flows alone tell with them."""
    world = judged.world
    statements = (one for one in world.statements if one.policy_kind != "resource")
    return {(found.kind, found.id) for found in (*world.resources, *statements) if found.id not in world.drawn}


def test_with_every_read_refused_nothing_passes_and_nothing_fails(
    account: Faked, remembered: Remembering, reached: Reached
) -> None:
    run = account.judge(source=Denying(remembered, frozenset(ACTIONS)), reached=reached).run
    assert {finding.status.value for finding in run.findings} == {"unknown"}
