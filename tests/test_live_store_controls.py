"""Failed messages, scans of images, and keys shared with logs in a live account, through the real SDK."""

from __future__ import annotations

import json

from denials import flips
from live import ACCOUNT, REGION, Faked, Live
from scanner.findings import Status
from scanner.model import Unknown

QUEUES = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"


def queues(aws: Faked) -> None:
    """Queues with, without and as dead-letter queues, of queues, functions and rules."""
    sqs = aws.client("sqs")
    for name in ("failed", "unwanted", "unsent"):
        sqs.create_queue(QueueName=name)
    policy = json.dumps({"deadLetterTargetArn": f"{QUEUES}failed", "maxReceiveCount": 3})
    sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})
    sqs.create_queue(QueueName="loses")
    # Moto forgets where a function sends its failures.
    function = {"FunctionName": "f", "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"}
    failures = {"DeadLetterConfig": {"TargetArn": f"{QUEUES}unwanted"}}
    aws.fake.say("lambda", "ListFunctions", {"Functions": [function | failures]})
    aws.fake.say("lambda", "ListFunctionUrlConfigs", {"FunctionUrlConfigs": []})
    events = aws.client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    target = {"Id": "t", "Arn": f"{QUEUES}jobs", "DeadLetterConfig": {"Arn": f"{QUEUES}unsent"}}
    events.put_targets(Rule="nightly", Targets=[target])


COLLECTORS = ("sqs", "lambda", "events")


def test_queues_keep_what_failed_or_are_where_it_is_kept(faked: Faked) -> None:
    queues(faked)
    facts = faked.facts(*COLLECTORS)
    names = ("jobs", "loses", "failed", "unwanted", "unsent")
    found = {name: (facts[QUEUES + name].keeps_failures, facts[QUEUES + name].takes_failures) for name in names}
    assert found == {
        "jobs": (True, False),
        "loses": (False, False),
        "failed": (False, True),
        "unwanted": (False, True),
        "unsent": (False, True),
    }
    judged = {f.subject: f.status for f in faked.judge(*COLLECTORS).run.findings if f.control == KEPT}
    assert judged == {f"{QUEUES}jobs": Status.PASS, f"{QUEUES}loses": Status.FAIL}


def test_in_an_account_a_queue_is_no_dead_letter_queue_by_its_name_alone(faked: Faked) -> None:
    queues(faked)
    sqs = faked.client("sqs")
    sqs.create_queue(QueueName="orders-dlq-consumer")
    policy = json.dumps({"deadLetterTargetArn": f"{QUEUES}failed", "maxReceiveCount": 3})
    sqs.create_queue(QueueName="retried-dlq", Attributes={"RedrivePolicy": policy})
    sqs.create_queue(QueueName="failed-dlq")
    sqs.create_queue(QueueName="hands-on", Attributes={"RedrivePolicy": policy.replace("failed", "failed-dlq")})
    judged = {f.subject: f.status for f in faked.judge(*COLLECTORS).run.findings if f.control == KEPT}
    assert judged[f"{QUEUES}retried-dlq"] is Status.PASS
    assert judged[f"{QUEUES}orders-dlq-consumer"] is Status.UNKNOWN, "a subscription, which is not read, may send there"
    assert f"{QUEUES}failed-dlq" not in judged
    assert list(flips(faked, *COLLECTORS)) == []


KEPT = "store-failed-messages-kept"


def test_no_refusal_turns_a_verdict_on_failed_messages(faked: Faked) -> None:
    queues(faked)
    assert list(flips(faked, *COLLECTORS)) == []


def test_what_a_target_is_sent_is_not_kept(faked: Faked) -> None:
    events = faked.client("events")
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    events.put_targets(Rule="nightly", Targets=[{"Id": "t", "Arn": f"{QUEUES}jobs", "Input": '"planted-secret"'}])
    (collected,) = faked.collect("events")
    assert "planted-secret" not in repr(collected.results)


def repositories(aws: Live) -> list[str]:
    """A repository that asks for scans, one that a rule covers, and one that is not scanned."""
    ecr = aws.client("ecr")
    arns = []
    for name, scans in (("asks", True), ("team/covered", False), ("bare", False)):
        made = ecr.create_repository(repositoryName=name, imageScanningConfiguration={"scanOnPush": scans})
        arns.append(made["repository"]["repositoryArn"])
    return arns


RULE = {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD"}]}


def test_images_are_scanned_by_the_repository_or_its_registry(faked: Faked) -> None:
    arns = repositories(faked)
    facts = faked.facts("ecr")
    assert [facts[arn].scans_images for arn in arns] == [True, False, False]
    ecr = faked.client("ecr")
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[RULE])
    facts = faked.facts("ecr")
    assert [facts[arn].scans_images for arn in arns] == [True, True, False]
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[RULE])
    facts = faked.facts("ecr")
    assert [facts[arn].scans_images for arn in arns] == [False, True, False]


def test_what_the_registry_scans_may_be_refused(faked: Faked) -> None:
    arns = repositories(faked)
    facts = faked.facts("ecr", deny={"ecr:GetRegistryScanningConfiguration"})
    why = Unknown(f"AccessDeniedException on ecr:GetRegistryScanningConfiguration in {ACCOUNT} {REGION}")
    assert [facts[arn].scans_images for arn in arns] == [True, why, why]


def test_no_refusal_turns_a_verdict_on_images(faked: Faked) -> None:
    repositories(faked)
    faked.client("ecr").put_registry_scanning_configuration(scanType="BASIC", rules=[RULE])
    assert list(flips(faked, "ecr")) == []


def test_without_repositories_nothing_is_asked_of_scans(faked: Faked) -> None:
    (collected,) = faked.collect("ecr")
    assert [name for result in collected.results for name in result.asked] == ["ecr:DescribeRepositories"]


def stores(aws: Live) -> dict[str, str]:
    """Stores of prompts, under the key of the logs, by its ARN or an alias, and under one of their own."""
    kms, logs, s3 = aws.client("kms"), aws.client("logs"), aws.client("s3")
    ours, of_logs = (kms.create_key()["KeyMetadata"]["Arn"] for _ in range(2))
    kms.create_alias(AliasName="alias/logs", TargetKeyId=of_logs)
    for name, key, classes in (("app", of_logs, "telemetry"), ("answers", ours, "response")):
        logs.create_log_group(logGroupName=name, kmsKeyId=key, tags={"data-class": classes})
    for name, key in (("apart", ours), ("shared", of_logs), ("by-alias", "alias/logs")):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data-class", "Value": "transcript"}]})
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    found = {name: f"arn:aws:s3:::{name}" for name in ("apart", "shared", "by-alias")}
    return {**found, "answers": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:answers"}


def test_conversations_have_a_key_apart_from_that_of_the_logs(faked: Faked) -> None:
    arns = stores(faked)
    facts = faked.facts("kms", "logs", "s3")
    assert {name: facts[arn].shares_key_with_logs for name, arn in arns.items()} == {
        "apart": False,
        "shared": True,
        "by-alias": True,
        "answers": False,
    }


def test_log_groups_that_may_not_be_listed_may_be_under_any_key(faked: Faked) -> None:
    arns = stores(faked)
    judged = faked.judge("kms", "logs", "s3", deny={"logs:DescribeLogGroups"})
    found = {f.subject: f for f in judged.run.findings if f.control == "store-key-apart-from-logs"}
    for name in ("apart", "shared"):
        assert found[arns[name]].status is Status.UNKNOWN
        assert "logs:DescribeLogGroups" in found[arns[name]].reason


def test_no_refusal_turns_a_verdict_on_keys(faked: Faked) -> None:
    stores(faked)
    assert list(flips(faked, "kms", "logs", "s3")) == []
