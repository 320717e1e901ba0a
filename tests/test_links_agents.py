"""Agents and knowledge bases: expected by hand from fixtures/aws/flows/agents/main.tf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows import fixture, flows, folder, hidden, reason, told, world_of
from scanner.clouds.aws.links.model_ids import GEOGRAPHIES
from scanner.kinds import Vendor
from worlds import change

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"
DESK, EXPERT = 'aws_bedrockagent_agent.this["desk"]', 'aws_bedrockagent_agent.this["expert"]'
MANUALS, TICKETS = "aws_bedrockagent_knowledge_base.manuals", "aws_bedrockagent_knowledge_base.tickets"
OUTSIDE, DOCUMENTS = "aws_bedrockagent_knowledge_base.outside", "aws_s3_bucket.documents"
PROFILE = "aws_bedrock_inference_profile.chat"
US = ("us-east-1", "us-east-2", "us-west-2")
BETWEEN = "ext:arn:aws:s3:::chat-between"
TOOL = "aws_lambda_function.tool[{}]"


@pytest.fixture(params=[True, False], ids=["with sources", "plan alone"])
def sources(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_what_agents_use(sources: bool) -> None:  # noqa: FBT001 - a fixture
    assert told(fixture("agents", sources=sources), "aws-agent") == {
        (DESK, "invokes", "ext:bedrock", "declared"),
        (EXPERT, "invokes", "ext:bedrock", "declared"),
        ("aws_bedrockagent_agent.profiled", "invokes", PROFILE, "declared"),
        (DESK, "invokes", TOOL.format(0), "declared"),
        (DESK, "invokes", EXPERT, "declared"),
        (DESK, "invokes", MANUALS, "declared"),
        (MANUALS, "retrieves_from", DESK, "declared"),
    }


def test_what_knowledge_bases_use() -> None:
    assert told(fixture("agents"), "aws-knowledge") == {
        *((base, "invokes", "ext:bedrock", "declared") for base in (MANUALS, TICKETS, OUTSIDE)),
        (MANUALS, "embeds_into", "aws_opensearchserverless_collection.vectors", "declared"),
        (TICKETS, "embeds_into", "aws_rds_cluster.vectors", "declared"),
        (OUTSIDE, "embeds_into", "ext:api.pinecone.io", "declared"),
        ("aws_opensearchserverless_collection.vectors", "retrieves_from", MANUALS, "declared"),
        ("aws_rds_cluster.vectors", "retrieves_from", TICKETS, "declared"),
        ("ext:api.pinecone.io", "retrieves_from", OUTSIDE, "declared"),
        (MANUALS, "writes_to", DOCUMENTS, "declared"),
        *((DOCUMENTS, "reads_from", base, "declared") for base in (MANUALS, TICKETS)),
        *((base, "invokes", TOOL.format(2), "declared") for base in (MANUALS, TICKETS)),
        *((base, "writes_to", BETWEEN, "declared") for base in (MANUALS, TICKETS)),
        ("ext:atlassian.net", "reads_from", OUTSIDE, "declared"),
        ("ext:docs.example.org", "reads_from", OUTSIDE, "declared"),
        ("ext:help.example.net", "reads_from", OUTSIDE, "declared"),
        ("ext:example.sharepoint.com", "reads_from", OUTSIDE, "declared"),
    }


def test_a_value_of_each_that_the_plan_does_not_tell_may_be_any() -> None:
    found = told(fixture("agents", sources=False), "aws-knowledge-source")
    assert (DOCUMENTS, "reads_from", MANUALS, "possible") in found
    assert (DOCUMENTS, "reads_from", TICKETS, "possible") in found


def test_models_regions_and_guards_of_agents() -> None:
    found = flows(fixture("agents"))
    desk, expert = found[f"{DESK} -> ext:bedrock (invokes)"], found[f"{EXPERT} -> ext:bedrock (invokes)"]
    assert (desk.models, desk.regions, desk.guards) == ((HAIKU,), US, ("guardrail", "redaction"))
    assert (expert.models, expert.regions, expert.guards) == ((HAIKU,), ("us-east-1",), ())
    assert found[f"{PROFILE} -> ext:bedrock (invokes)"].regions == GEOGRAPHIES["eu"]


def test_a_site_without_tls_is_not_encrypted() -> None:
    found = flows(fixture("agents"))
    assert found[f"ext:help.example.net -> {OUTSIDE} (reads_from)"].encrypted is False
    assert found[f"ext:docs.example.org -> {OUTSIDE} (reads_from)"].encrypted is True


def test_whoever_answers_on_a_host_is_a_vendor() -> None:
    vendors = {one.id: one.type for one in fixture("agents").resources if isinstance(one, Vendor)}
    assert vendors["ext:api.pinecone.io"] == "vectors"
    assert vendors["ext:docs.example.org"] == "host"


def live(type_: str, label: str, /, **values: Any) -> dict[str, Any]:
    return change(f"{type_}.{label}", values)


FLOW = {
    "name": "f",
    "execution_role_arn": "arn:aws:iam::111122223333:role/f",
    "definition": [
        {
            "node": [
                {
                    "name": "ask",
                    "configuration": [
                        {
                            "prompt": [
                                {
                                    "source_configuration": [{"inline": [{"model_id": HAIKU}]}],
                                    "guardrail_configuration": [{"guardrail_identifier": "elsewhere"}],
                                }
                            ]
                        }
                    ],
                },
                {"name": "act", "configuration": [{"lambda_function": [{"lambda_arn": "arn:f"}]}]},
                {
                    "name": "know",
                    "configuration": [{"knowledge_base": [{"knowledge_base_id": "KB", "model_id": HAIKU}]}],
                },
                {"name": "help", "configuration": [{"agent": [{"agent_alias_arn": "arn:alias"}]}]},
                {
                    "name": "fetch",
                    "configuration": [{"retrieval": [{"service_configuration": [{"s3": [{"bucket_name": "texts"}]}]}]}],
                },
                {
                    "name": "keep",
                    "configuration": [{"storage": [{"service_configuration": [{"s3": [{"bucket_name": "kept"}]}]}]}],
                },
            ]
        }
    ],
}


def test_what_the_nodes_of_a_flow_use() -> None:
    world = world_of(
        live("aws_bedrockagent_flow", "f", **FLOW),
        live("aws_lambda_function", "tool", function_name="tool", arn="arn:f"),
        live("aws_bedrockagent_knowledge_base", "kb", id="KB", name="kb"),
        live("aws_bedrockagent_agent", "a", agent_id="A", agent_name="a"),
        live("aws_bedrockagent_agent_alias", "live", id="arn:alias", agent_id="A", agent_alias_name="live"),
        live("aws_s3_bucket", "texts", bucket="texts"),
        live("aws_s3_bucket", "kept", bucket="kept"),
    )
    flow = "aws_bedrockagent_flow.f"
    assert told(world, "aws-flow") == {
        (flow, "invokes", "ext:bedrock", "declared"),
        (flow, "invokes", "aws_lambda_function.tool", "declared"),
        (flow, "invokes", "aws_bedrockagent_knowledge_base.kb", "declared"),
        ("aws_bedrockagent_knowledge_base.kb", "retrieves_from", flow, "declared"),
        (flow, "invokes", "aws_bedrockagent_agent.a", "declared"),
        ("aws_s3_bucket.texts", "reads_from", flow, "declared"),
        (flow, "writes_to", "aws_s3_bucket.kept", "declared"),
    }


def test_newer_vector_stores() -> None:
    def base(name: str, setting: str, **values: Any) -> dict[str, Any]:
        configuration = {"storage_configuration": [{"type": "X", setting: [values]}]}
        return live("aws_bedrockagent_knowledge_base", name, name=name, **configuration)

    world = world_of(
        base("vectors", "s3_vectors_configuration", index_arn="arn:aws:s3vectors:us-east-1:1:bucket/b/index/i"),
        base("graph", "neptune_analytics_configuration", graph_arn="arn:graph"),
        base("mongo", "mongo_db_atlas_configuration", endpoint="chat.a1b2c.mongodb.net"),
        base("redis", "redis_enterprise_cloud_configuration", endpoint="redis-1.c1.us-east-1.redis-cloud.com:12345"),
        base("search", "opensearch_managed_cluster_configuration", domain_arn="arn:domain"),
        live("aws_neptunegraph_graph", "g", arn="arn:graph", graph_name="g"),
        live("aws_opensearch_domain", "d", arn="arn:domain", domain_name="d"),
    )
    found = told(world, "aws-knowledge")
    kept = {(source, target) for source, how, target, _ in found if how == "embeds_into"}
    assert {(source, target) for target, how, source, _ in found if how == "retrieves_from"} == kept
    assert {(source.rpartition(".")[2], target) for source, target in kept} == {
        ("vectors", "ext:arn:aws:s3vectors:us-east-1:1:bucket/b/index/i"),
        ("graph", "aws_neptunegraph_graph.g"),
        ("mongo", "ext:mongodb.net"),
        ("redis", "ext:redis-cloud.com"),
        ("search", "aws_opensearch_domain.d"),
    }


def test_secrets_with_which_knowledge_bases_sign_in() -> None:
    def wiki(secret: str) -> dict[str, Any]:
        site = {"host_url": "https://x.atlassian.net", "credentials_secret_arn": secret}
        configuration = {"confluence_configuration": [{"source_configuration": [site]}]}
        return live(
            "aws_bedrockagent_data_source", "d", knowledge_base_id="KB", data_source_configuration=[configuration]
        )

    base = live("aws_bedrockagent_knowledge_base", "kb", id="KB", name="kb")
    secret = live("aws_secretsmanager_secret", "wiki", arn="arn:wiki", name="wiki")
    world = world_of(base, wiki("arn:wiki"), secret)
    flow = flows(world)["aws_secretsmanager_secret.wiki -> aws_bedrockagent_knowledge_base.kb (reads_from)"]
    assert (flow.data, flow.content, flow.tier) == (("credential",), False, "declared")
    assert not told(world_of(base, wiki("arn:other"), secret), "aws-knowledge-secret")


def test_what_is_not_known_hides_flows(tmp_path: Path) -> None:
    main = """
    variable "kb" {}
    resource "aws_bedrockagent_agent" "a" {
      agent_name              = "a"
      agent_resource_role_arn = "arn:aws:iam::111122223333:role/a"
      foundation_model        = var.kb
    }
    resource "aws_bedrockagent_agent_action_group" "g" {
      agent_id          = aws_bedrockagent_agent.a.agent_id
      agent_version     = "DRAFT"
      action_group_name = "g"
      action_group_executor {
        lambda = var.kb
      }
    }
    resource "aws_bedrockagent_agent_knowledge_base_association" "k" {
      agent_id          = aws_bedrockagent_agent.a.agent_id
      description       = "k"
      knowledge_base_id = var.kb
    }
    """
    world = folder(tmp_path, main)
    found = flows(world)["aws_bedrockagent_agent.a -> ext:bedrock (invokes)"]
    assert reason(found.models)
    assert "aws_bedrockagent_agent.a" in hidden(world)
