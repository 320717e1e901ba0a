"""How long stores keep what they hold, and the user's own schedule by data class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live import ACCOUNT, REGION, Live
from scanner import config
from scanner.config import Config
from scanner.errors import ConfigError
from scanner.model import Unknown
from worlds import change, facts_of, plan, scan, verdicts

BUCKET, GROUP = "aws_s3_bucket.b", "aws_cloudwatch_log_group.g"
CONTROL = "store-retention-as-scheduled"


def schedule(text: str, folder: Path) -> Config:
    path = folder / "trustscan.yaml"
    path.write_text(f"retention:\n  {text}\n")
    return config.load(path)


def known(value: Any) -> Any:
    return None if isinstance(value, Unknown) else value


# --- the schedule itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("chats: {at_most_days: 30}", "there is no data class 'chats'"),
        ("prompt: {}", "the retention of prompt needs at_least_days, at_most_days or both"),
        ("prompt: {at_most_days: 0}", "the retention of prompt takes whole days from 1 on"),
        ("prompt: {at_least_days: -5}", "the retention of prompt takes whole days from 1 on"),
        ("log: {at_least_days: 90, at_most_days: 30}", "log cannot be kept at least 90 and at most 30 days"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_with_its_place(text: str, wrong: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=wrong) as refused:
        schedule(text, tmp_path)
    assert "trustscan.yaml:2:" in str(refused.value)


@pytest.mark.parametrize("text", ["prompt: {at_most_days: soon}", "prompt: {days: 30}", "prompt: 30", "[prompt]"])
def test_a_schedule_of_another_shape_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"trustscan.yaml:1:1: .*\n *retention:"):
        schedule(text, tmp_path)


@pytest.mark.parametrize(
    ("classes", "bounds"),
    [
        (("prompt",), (None, 30)),
        (("response",), (7, 90)),
        (("prompt", "response"), (7, 30)),
        (("security_log",), (365, None)),
        (("security_log", "prompt"), (365, 30)),
        (("config",), None),
        ((), None),
    ],
)
def test_a_store_is_bound_by_all_its_classes(
    classes: tuple[str, ...], bounds: tuple[int | None, int | None] | None, tmp_path: Path
) -> None:
    text = (
        "prompt: {at_most_days: 30}\n  conversation: {at_least_days: 7, at_most_days: 90}\n  log: {at_least_days: 365}"
    )
    period = schedule(text, tmp_path).period(classes)
    assert (period and (period.at_least, period.at_most)) == bounds


# --- how long stores keep what they hold ------------------------------------------------------------------------------


def rule(**more: Any) -> dict[str, Any]:
    return {"id": "r", "status": "Enabled", "filter": [{}], **more}


def bucket(*rules: dict[str, Any], versions: str | None = None, classes: str = "transcript") -> list[dict[str, Any]]:
    made = [change(BUCKET, {"bucket": "b", "tags": {"DataClass": classes}})]
    if rules:
        made.append(change("aws_s3_bucket_lifecycle_configuration.b", {"bucket": "b", "rule": list(rules)}))
    if versions:
        setting = {"bucket": "b", "versioning_configuration": [{"status": versions}]}
        made.append(change("aws_s3_bucket_versioning.b", setting))
    return made


def days(number: int) -> dict[str, Any]:
    return {"expiration": [{"days": number}]}


def old(number: int) -> dict[str, Any]:
    return {"noncurrent_version_expiration": [{"noncurrent_days": number}]}


@pytest.mark.parametrize(
    ("rules", "versions", "shortest", "longest"),
    [
        ([], None, None, None),
        ([rule(**days(30))], None, 30, 30),
        ([rule(**days(30), **old(7))], "Enabled", 30, 37),
        ([rule(**days(30)), rule(**old(7))], "Enabled", 30, 37),
        ([rule(**days(30), **old(7))], None, 30, 30),
        ([rule(**days(30)), rule(**days(10), filter=[{"prefix": "tmp/"}])], None, 10, 30),
        ([rule(**days(10), filter=[{"prefix": "tmp/"}])], None, 10, None),
        ([rule(**days(10), status="Disabled")], None, None, None),
        ([rule(expiration=[{"date": "2030-01-01T00:00:00Z"}])], None, None, None),
    ],
)
def test_a_bucket_keeps_things_by_its_rules_and_versions(
    rules: list[dict[str, Any]], versions: str | None, shortest: int | None, longest: int | None
) -> None:
    store: Any = facts_of(plan(*bucket(*rules, versions=versions)))[BUCKET]
    assert (known(store.shortest_days), known(store.longest_days)) == (shortest, longest)


MOST, LEAST = "transcript: {at_most_days: 30}", "transcript: {at_least_days: 30}"


@pytest.mark.parametrize(
    ("text", "rules", "versions", "verdict"),
    [
        (MOST, [rule(**days(30))], None, "pass"),
        (MOST, [rule(**days(31))], None, "fail"),
        (MOST, [rule(**days(28), **old(7))], "Enabled", "fail"),
        (MOST, [rule(**days(23), **old(7))], "Enabled", "pass"),
        (MOST, [], None, "fail"),
        (MOST, [rule(**days(5), filter=[{"prefix": "tmp/"}])], None, "fail"),
        (LEAST, [rule(**days(30))], None, "pass"),
        (LEAST, [rule(**days(29))], None, "fail"),
        (LEAST, [], None, "pass"),
        (LEAST, [rule(**days(5), filter=[{"prefix": "tmp/"}])], None, "fail"),
        ("transcript: {at_least_days: 10, at_most_days: 30}", [rule(**days(20))], None, "pass"),
        ("prompt: {at_most_days: 30}", [], None, None),
    ],
)
def test_buckets_are_held_to_the_schedule(
    text: str, rules: list[dict[str, Any]], versions: str | None, verdict: str | None, tmp_path: Path
) -> None:
    found = scan(plan(*bucket(*rules, versions=versions)), config=schedule(text, tmp_path))
    assert verdicts(found, {CONTROL}).get(CONTROL, {}).get(BUCKET) == verdict


def test_classes_that_cannot_be_kept_together_are_said_to(tmp_path: Path) -> None:
    made = schedule("prompt: {at_most_days: 30}\n  security_log: {at_least_days: 365}", tmp_path)
    found = scan(plan(*bucket(rule(**days(30)), classes="prompt security_log")), config=made)
    (finding,) = [f for f in found.findings if f.control == CONTROL]
    assert (finding.status.value, "no time fits all the data classes" in finding.reason) == ("fail", True)


@pytest.mark.parametrize(
    ("number", "text", "verdict"),
    [
        (365, "log: {at_least_days: 365}", "pass"),
        (90, "log: {at_least_days: 365}", "fail"),
        (None, "log: {at_least_days: 365}", "pass"),
        (0, "log: {at_most_days: 365}", "fail"),
        (400, "log: {at_most_days: 365}", "fail"),
    ],
)
def test_log_groups_are_held_to_the_schedule(number: int | None, text: str, verdict: str, tmp_path: Path) -> None:
    made = plan(change(GROUP, {"name": "app", "retention_in_days": number}))
    assert verdicts(scan(made, config=schedule(text, tmp_path)), {CONTROL})[CONTROL][GROUP] == verdict


@pytest.mark.parametrize(
    ("address", "after", "text", "verdict"),
    [
        ("aws_dynamodb_table.t", {"ttl": [{"enabled": True}]}, MOST, "unknown"),
        ("aws_dynamodb_table.t", {}, MOST, "fail"),
        ("aws_dynamodb_table.t", {}, LEAST, "pass"),
        ("aws_db_instance.t", {}, MOST, "unknown"),
        ("aws_sqs_queue.t", {}, MOST, None),
    ],
)
def test_other_stores_are_judged_by_what_their_settings_tell(
    address: str, after: dict[str, Any], text: str, verdict: str | None, tmp_path: Path
) -> None:
    made = plan(change(address, {**after, "tags": {"DataClass": "transcript"}}))
    found = verdicts(scan(made, config=schedule(text, tmp_path)), {CONTROL})
    assert found.get(CONTROL, {}).get(address) == verdict


def test_without_a_schedule_nothing_is_asked() -> None:
    assert verdicts(scan(plan(*bucket())), {CONTROL}) == {}


def test_an_account_is_held_to_the_schedule_too(aws: Live, tmp_path: Path) -> None:
    logs = aws.client("logs")
    for name, kept in (("kept", 365), ("lost", 30)):
        logs.create_log_group(logGroupName=name, tags={"data-class": "security_log"})
        logs.put_retention_policy(logGroupName=name, retentionInDays=kept)
    made = schedule("security_log: {at_least_days: 365}", tmp_path)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
    found = verdicts(aws.judge("logs", config=made).run, {CONTROL})[CONTROL]
    assert [found[arn + name] for name in ("kept", "lost")] == ["pass", "fail"]
    refused = verdicts(aws.judge("logs", config=made, deny={"tag:GetResources"}).run, {CONTROL})[CONTROL]
    assert [refused[arn + name] for name in ("kept", "lost")] == ["unknown", "unknown"]
