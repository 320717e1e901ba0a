"""What sends to dead-letter queues, and what may name a guardrail, in a live account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from denials import flips
from live import ACCOUNT, REGION, Faked, settings_of
from scanner.model import Unknown
from test_live_compute import FILTERS, function, role

UUID = "5d1d4c9f-0000-4000-8000-000000000001"


def queue(faked: Faked, name: str) -> str:
    return (
        f"arn:aws:sqs:{REGION}:{ACCOUNT}:{faked.client('sqs').create_queue(QueueName=name)['QueueUrl'].split('/')[-1]}"
    )


def mapping(faked: Faked, source: str, failed: str = "") -> str:
    made = {
        "UUID": UUID,
        "EventSourceArn": source,
        "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work",
        "FilterCriteria": {"Filters": [{"Pattern": '{"planted": 1}'}]},
        "EventSourceMappingArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{UUID}",
        **({"DestinationConfig": {"OnFailure": {"Destination": failed}}} if failed else {}),
    }
    faked.fake.say("lambda", "ListEventSourceMappings", {"EventSourceMappings": [made]})
    return str(made["EventSourceMappingArn"])


def schedule(faked: Faked, failed: str = "") -> str:
    target: dict[str, Any] = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work",
                              "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/s", "Input": "planted"}  # fmt: skip
    if failed:
        target["DeadLetterConfig"] = {"Arn": failed}
    return str(
        faked.client("scheduler").create_schedule(
            Name="nightly",
            ScheduleExpression="rate(1 day)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target=target,
        )["ScheduleArn"]
    )


def test_senders_are_read_as_the_provider_has_them(faked: Faked) -> None:
    lost, late = queue(faked, "lost"), queue(faked, "late")
    found = settings_of(faked.collect("lambda", "scheduler"))
    assert not [values for values in found.values() if "destination_config" in values or "target" in values]
    source, planned = mapping(faked, f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s", lost), schedule(faked, late)
    found = settings_of(faked.collect("lambda", "scheduler"))
    assert found[source] == {
        "arn": source,
        "uuid": UUID,
        "function_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work",
        "event_source_arn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s",
        "destination_config": [{"on_failure": [{"destination_arn": lost}]}],
        "enabled": True,
        "self_managed_event_source": [],
    }
    assert found[planned]["target"] == [
        {
            "arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:work",
            "role_arn": f"arn:aws:iam::{ACCOUNT}:role/s",
            "input": None,
            "ecs_parameters": [],
            "dead_letter_config": [{"arn": late}],
        }
    ]
    assert "planted" not in str(found)


def test_without_such_a_queue_there_is_no_block(faked: Faked) -> None:
    source, planned = mapping(faked, f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"), schedule(faked)
    found = settings_of(faked.collect("lambda", "scheduler"))
    assert found[source]["destination_config"] == []
    assert found[planned]["target"][0]["dead_letter_config"] == []


def test_a_queue_that_only_they_use_takes_failures(faked: Faked) -> None:
    lost, late, jobs = queue(faked, "lost"), queue(faked, "late"), queue(faked, "jobs")
    mapping(faked, f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s", lost)
    schedule(faked, late)
    facts = faked.facts("sqs", "lambda", "scheduler", "events")
    assert [facts[arn].takes_failures for arn in (lost, late, jobs)] == [True, True, False]


@pytest.mark.parametrize(
    "action", ["lambda:ListEventSourceMappings", "scheduler:ListSchedules", "scheduler:GetSchedule"]
)
def test_where_senders_are_not_read_a_queue_may_take_failures(faked: Faked, action: str) -> None:
    jobs = queue(faked, "jobs")
    schedule(faked)
    fact = faked.facts("sqs", "lambda", "scheduler", "events", deny={action})[jobs].takes_failures
    assert isinstance(fact, Unknown)
    assert action in fact.reason


def test_denials_turn_no_verdict(faked: Faked) -> None:
    lost = queue(faked, "lost")
    queue(faked, "jobs")
    mapping(faked, f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s", lost)
    schedule(faked, lost)
    assert not list(flips(faked, "sqs", "lambda", "scheduler", "events"))


def guarded(faked: Faked) -> str:
    """An account whose function calls a model, and a guardrail that nothing is seen to use."""
    made = faked.client("bedrock").create_guardrail(
        name="chat", blockedInputMessaging="no", blockedOutputsMessaging="no", contentPolicyConfig=FILTERS
    )
    acts_as = role(faked)
    calls = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*"}],
    }
    faked.client("iam").put_role_policy(RoleName="lambda", PolicyName="p", PolicyDocument=json.dumps(calls))
    function(faked, "chat", acts_as)
    return str(made["guardrailArn"])


NAMES = ("bedrock", "bedrock_agent", "lambda", "iam", "stepfunctions", "appconfig")


def used(faked: Faked, arn: str, **how: Any) -> Any:
    return next(item for id_, item in faked.facts(*NAMES, **how).items() if id_ == arn).attached


def test_what_is_not_read_may_use_a_guardrail(faked: Faked) -> None:
    arn = guarded(faked)
    assert used(faked, arn) is False
    for action in ("states:ListStateMachines", "appconfig:ListApplications"):
        denied = used(faked, arn, deny={action})
        assert isinstance(denied, Unknown)
        assert action in denied.reason
    machine = faked.client("stepfunctions").create_state_machine(
        name="summarize", definition='{"Comment": "planted"}', roleArn=role(faked, "states")
    )["stateMachineArn"]
    assert used(faked, arn) is False
    assert "planted" not in str(settings_of(faked.collect("stepfunctions")))
    fact = used(faked, arn, deny={"states:DescribeStateMachine"})
    assert isinstance(fact, Unknown)
    assert machine in fact.reason
    assert "states:DescribeStateMachine" in fact.reason


def test_what_is_masked_in_a_definition_may_name_a_guardrail(faked: Faked) -> None:
    arn = guarded(faked)
    acts, client = role(faked, "states"), faked.client("stepfunctions")
    payload = {"FunctionName": "chat", "Payload": {"guardrail": "a1b2c3d4e5"}}
    call = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": payload, "End": True}
    definition = {"StartAt": "Ask", "States": {"Ask": call}}
    machine = client.create_state_machine(name="ask", definition=json.dumps(definition), roleArn=acts)
    fact = used(faked, arn)
    assert isinstance(fact, Unknown)
    assert machine["stateMachineArn"] in fact.reason
    payload |= {"Payload": {}, "GuardrailIdentifier": arn.rpartition("/")[2]}
    client.update_state_machine(stateMachineArn=machine["stateMachineArn"], definition=json.dumps(definition))
    assert used(faked, arn) is True


def test_what_appconfig_holds_may_name_a_guardrail(faked: Faked) -> None:
    arn = guarded(faked)
    record = {"Id": "abc1234", "Name": "chat", "Description": "planted"}
    faked.fake.state.records.setdefault((ACCOUNT, REGION, "application"), {})["abc1234",] = record
    fact = used(faked, arn)
    assert isinstance(fact, Unknown)
    assert "never reads what AppConfig holds" in fact.reason
