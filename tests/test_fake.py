"""The fake of AWS itself: what it lets through, and what it refuses."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from fake_aws import Fake, Fault
from fake_wire import MismatchError
from live import ACCOUNT, REGION, Faked

_MESSAGES = {"blockedInputMessaging": "no", "blockedOutputsMessaging": "no"}


def test_a_guardrail_and_its_versions_come_back_as_they_were_made(faked: Faked) -> None:
    bedrock = faked.client("bedrock")
    pii = {"type": "EMAIL", "action": "ANONYMIZE", "inputEnabled": True}
    made = bedrock.create_guardrail(
        name="g",
        **_MESSAGES,
        sensitiveInformationPolicyConfig={"piiEntitiesConfig": [pii]},
        tags=[{"key": "Environment", "value": "prod"}],
    )
    id_, arn = made["guardrailId"], made["guardrailArn"]
    assert arn == f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/{id_}"
    assert bedrock.create_guardrail_version(guardrailIdentifier=arn)["version"] == "1"
    bedrock.update_guardrail(guardrailIdentifier=id_, name="g", **_MESSAGES)
    draft = bedrock.get_guardrail(guardrailIdentifier=id_)
    first = bedrock.get_guardrail(guardrailIdentifier=id_, guardrailVersion="1")
    assert "sensitiveInformationPolicy" not in draft
    assert first["sensitiveInformationPolicy"] == {"piiEntities": [pii]}
    assert [g["version"] for g in bedrock.list_guardrails(guardrailIdentifier=id_)["guardrails"]] == ["DRAFT", "1"]
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "Environment", "value": "prod"}]
    bedrock.delete_guardrail(guardrailIdentifier=id_)
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.get_guardrail(guardrailIdentifier=id_)


def test_an_agent_with_all_that_hangs_on_it(faked: Faked) -> None:
    agents = faked.client("bedrock-agent")
    id_ = agents.create_agent(agentName="a", guardrailConfiguration={"guardrailIdentifier": "g"})["agent"]["agentId"]
    group = {"agentId": id_, "agentVersion": "DRAFT", "actionGroupName": "orders"}
    agents.create_agent_action_group(**group, functionSchema={"functions": [{"name": "cancel"}]})
    with pytest.raises(agents.exceptions.ValidationException):
        agents.create_agent_alias(agentId=id_, agentAliasName="live")
    agents.prepare_agent(agentId=id_)
    alias = agents.create_agent_alias(agentId=id_, agentAliasName="live")["agentAlias"]
    assert alias["routingConfiguration"] == [{"agentVersion": "1"}]
    listed = agents.list_agent_action_groups(agentId=id_, agentVersion="1")["actionGroupSummaries"]
    assert [one["actionGroupName"] for one in listed] == ["orders"]
    aliases = agents.list_agent_aliases(agentId=id_)["agentAliasSummaries"]
    assert [one["agentAliasName"] for one in aliases] == ["AgentTestAlias", "live"]


def test_lists_come_in_pages(faked: Faked) -> None:
    faked.fake.state.page = 2
    agents = faked.client("bedrock-agent")
    for name in "abcde":
        agents.create_agent(agentName=name)
    pages = list(agents.get_paginator("list_agents").paginate())
    assert [len(page["agentSummaries"]) for page in pages] == [2, 2, 1]


def test_everything_else_is_motos(faked: Faked) -> None:
    faked.client("s3").create_bucket(Bucket="bucket")
    faked.client("s3").put_object(Bucket="bucket", Key="k", Body=b"text" * 1000)
    assert faked.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"text" * 1000
    assert faked.client("sts").get_caller_identity()["Account"] == ACCOUNT
    assert faked.client("iam").list_users()["Users"] == []


def test_regions_and_accounts_are_kept_apart(faked: Faked) -> None:
    faked.client("bedrock").create_guardrail(name="g", **_MESSAGES)
    assert faked.client("bedrock", "eu-west-1").list_guardrails()["guardrails"] == []
    role = {"RoleArn": "arn:aws:iam::210987654321:role/r", "RoleSessionName": "scan"}
    given = faked.client("sts").assume_role(**role)["Credentials"]
    import boto3  # noqa: PLC0415

    other = boto3.client(
        "bedrock",
        region_name=REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    assert other.list_guardrails()["guardrails"] == []
    assert ":210987654321:" in other.create_guardrail(name="g", **_MESSAGES)["guardrailArn"]


def test_what_a_test_says_is_answered_and_held_to_the_model(faked: Faked) -> None:
    faked.fake.say("config", "SelectAggregateResourceConfig", {"Results": ["{}"]})
    config = faked.client("config")
    answer = config.select_aggregate_resource_config(Expression="SELECT 1", ConfigurationAggregatorName="all")
    assert answer["Results"] == ["{}"]
    faked.fake.say("bedrock", "ListGuardrails", Fault("AccessDeniedException", "no", 403))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        faked.client("bedrock").list_guardrails()
    faked.fake.say("iam", "ListServiceSpecificCredentials", {"ServiceSpecificCredentials": []})
    assert faked.client("iam").list_service_specific_credentials()["ServiceSpecificCredentials"] == []
    wrongs: tuple[dict[str, Any], ...] = ({"Result": []}, {"Results": "{}"}, {"Results": [1]})
    for wrong in wrongs:
        with pytest.raises(MismatchError):
            faked.fake.say("config", "SelectAggregateResourceConfig", wrong)
    with pytest.raises(MismatchError, match="Missing"):
        faked.fake.say("bedrock", "ListGuardrails", {"guardrails": [{"id": "g"}]})


@pytest.mark.parametrize(
    ("method", "path", "scope", "body"),
    [
        ("POST", "/agents/", "bedrock", '{"maxResult": 5}'),
        ("POST", "/agents/", "bedrock", '{"maxResults": "five"}'),
        ("GET", "/guardrails?maxResult=5", "bedrock", ""),
        ("POST", "/flows/validate-definition", "bedrock", '{"definition": {}}'),
        ("GET", "/no-such-path", "access-analyzer", ""),
    ],
)
def test_what_the_models_do_not_know_is_a_problem(method: str, path: str, scope: str, body: str) -> None:
    fake = Fake()
    signature = f"AWS4-HMAC-SHA256 Credential=testing/20261121/us-east-1/{scope}/aws4_request, Signature=0"
    connection = http.client.HTTPConnection(urlsplit(fake.url).netloc, timeout=10)
    connection.request(method, path, body=body.encode(), headers={"Authorization": signature})
    assert connection.getresponse().status == 501
    connection.close()
    with pytest.raises(AssertionError):
        fake.check()
    fake.stop()


def test_an_answer_that_the_model_does_not_allow_is_a_problem(faked: Faked) -> None:
    faked.fake.say("bedrock", "GetGuardrail", lambda _ask: {"name": "g"})
    with pytest.raises(ClientError):
        faked.client("bedrock").get_guardrail(guardrailIdentifier="g")
    assert "Missing required parameter" in faked.fake.problems[0]
    faked.fake.problems.clear()


def test_what_moto_lacks_of_services_it_has(faked: Faked) -> None:
    aoss = faked.client("opensearchserverless")
    aoss.create_access_policy(name="data", type="data", policy='[{"Rules": []}]')
    assert aoss.get_access_policy(name="data", type="data")["accessPolicyDetail"]["policy"] == [{"Rules": []}]
    assert [p["name"] for p in aoss.list_access_policies(type="data")["accessPolicySummaries"]] == ["data"]
    analyzers = faked.client("accessanalyzer")
    analyzers.create_analyzer(analyzerName="a", type="ACCOUNT")
    assert [a["status"] for a in analyzers.list_analyzers()["analyzers"]] == ["ACTIVE"]
    logs = faked.client("logs")
    logs.put_data_protection_policy(logGroupIdentifier="/app", policyDocument="{}")
    assert logs.get_data_protection_policy(logGroupIdentifier="/app")["policyDocument"] == "{}"
    assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier="/other")


def test_a_request_that_comes_again_makes_nothing_new(faked: Faked) -> None:
    search = faked.client("opensearchserverless")
    asked = {"name": "vectors", "type": "encryption", "policy": "{}", "clientToken": "one"}
    first, again = search.create_security_policy(**asked), search.create_security_policy(**asked)
    assert first["securityPolicyDetail"] == again["securityPolicyDetail"]
    assert len(search.list_security_policies(type="encryption")["securityPolicySummaries"]) == 1
    with pytest.raises(ClientError, match="ConflictException"):
        search.create_security_policy(**asked | {"clientToken": "two"})
