"""Knowledge bases of a live account: where documents come from, what embeds them, where vectors are kept."""

from __future__ import annotations

from typing import Any

import pytest

from flows import flows, hidden, told
from live import ACCOUNT, REGION, Faked, settings_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
TITAN = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.titan-embed-text-v2:0"
HAIKU = f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-3-haiku-20240307-v1:0"
COLLECTION = f"arn:aws:aoss:{REGION}:{ACCOUNT}:collection/c1"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:pinecone-AbCdEf"
CHUNKER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:chunk"
FIELDS = {"textField": "t", "metadataField": "m"}
OPENSEARCH = {
    "type": "OPENSEARCH_SERVERLESS",
    "opensearchServerlessConfiguration": {
        "collectionArn": COLLECTION, "vectorIndexName": "i", "fieldMapping": FIELDS | {"vectorField": "v"},
    },
}  # fmt: skip
PINECONE = {
    "type": "PINECONE",
    "pineconeConfiguration": {
        "connectionString": "https://articles-1.svc.pinecone.io/planted", "credentialsSecretArn": SECRET,
        "fieldMapping": FIELDS,
    },
}  # fmt: skip


def base(account: Faked, name: str, storage: dict[str, Any]) -> str:
    """Make a knowledge base; its id."""
    vectors = {
        "embeddingModelArn": TITAN,
        "supplementalDataStorageConfiguration": {
            "storageLocations": [{"type": "S3", "s3Location": {"uri": "s3://acme-pictures/kb/"}}]
        },
    }
    made = account.client("bedrock-agent").create_knowledge_base(
        name=name,
        description="planted",
        roleArn=ROLE,
        knowledgeBaseConfiguration={"type": "VECTOR", "vectorKnowledgeBaseConfiguration": vectors},
        storageConfiguration=storage,
    )
    return str(made["knowledgeBase"]["knowledgeBaseId"])


def source(account: Faked, of: str, configuration: dict[str, Any], **more: Any) -> None:
    """Give a knowledge base a data source."""
    account.client("bedrock-agent").create_data_source(
        knowledgeBaseId=of, name=str(configuration["type"]).lower(), dataSourceConfiguration=configuration, **more
    )


def arn(of: str) -> str:
    return f"arn:aws:bedrock:{REGION}:{ACCOUNT}:knowledge-base/{of}"


@pytest.fixture
def stocked(faked: Faked) -> tuple[Faked, str, str]:
    """An account with a base that keeps its vectors in AWS, and one that keeps them at a vendor's."""
    for bucket in ("acme-documents", "acme-pictures", "acme-between"):
        faked.client("s3").create_bucket(Bucket=bucket)
    own, outside = base(faked, "own", OPENSEARCH), base(faked, "outside", PINECONE)
    ingestion = {
        "parsingConfiguration": {
            "parsingStrategy": "BEDROCK_FOUNDATION_MODEL",
            "bedrockFoundationModelConfiguration": {
                "modelArn": HAIKU, "parsingPrompt": {"parsingPromptText": "planted"},
            },
        },
        "customTransformationConfiguration": {
            "intermediateStorage": {"s3Location": {"uri": "s3://acme-between/x"}},
            "transformations": [
                {
                    "transformationFunction": {"transformationLambdaConfiguration": {"lambdaArn": CHUNKER}},
                    "stepToApply": "POST_CHUNKING",
                }
            ],
        },
    }  # fmt: skip
    documents = {"type": "S3", "s3Configuration": {"bucketArn": "arn:aws:s3:::acme-documents"}}
    source(faked, own, documents, vectorIngestionConfiguration=ingestion)
    wiki = {"hostUrl": "https://acme.atlassian.net/wiki", "hostType": "SAAS", "authType": "BASIC"}
    wiki["credentialsSecretArn"] = SECRET
    source(faked, outside, {"type": "CONFLUENCE", "confluenceConfiguration": {"sourceConfiguration": wiki}})
    urls = [{"url": "https://docs.example.com/planted?token=planted"}, {"url": "http://old.example.com"}]
    web = {"sourceConfiguration": {"urlConfiguration": {"seedUrls": urls}}}
    source(faked, outside, {"type": "WEB", "webConfiguration": web})
    return faked, arn(own), arn(outside)


def test_flows_of_knowledge_bases(stocked: tuple[Faked, str, str]) -> None:
    faked, own, outside = stocked
    world = faked.judge("bedrock_agent", "s3").world
    found = {(one, how, other) for one, how, other, _ in told(world, "aws-knowledge")}
    vectors, host = f"ext:{COLLECTION}", "ext:api.pinecone.io"
    assert {one for one in found if own in one} == {
        (own, "invokes", "ext:bedrock"),
        (own, "embeds_into", vectors),
        (vectors, "retrieves_from", own),
        (own, "writes_to", "arn:aws:s3:::acme-pictures"),
        ("arn:aws:s3:::acme-documents", "reads_from", own),
        (own, "invokes", f"ext:{CHUNKER}"),
        (own, "writes_to", "arn:aws:s3:::acme-between"),
    }
    assert {one for one in found if outside in one} == {
        (outside, "invokes", "ext:bedrock"),
        (outside, "embeds_into", host),
        (host, "retrieves_from", outside),
        (outside, "writes_to", "arn:aws:s3:::acme-pictures"),
        ("ext:atlassian.net", "reads_from", outside),
        ("ext:docs.example.com", "reads_from", outside),
        ("ext:old.example.com", "reads_from", outside),
    }
    (asked,) = [one for one in flows(world).values() if (one.source, one.target) == (own, "ext:bedrock")]
    assert asked.models == ("amazon.titan-embed-text-v2:0", "anthropic.claude-3-haiku-20240307-v1:0")
    (old,) = [one for one in flows(world).values() if one.source == "ext:old.example.com"]
    assert old.encrypted is False
    assert not {own, outside} & set(hidden(world))
    assert "planted" not in str(settings_of(faked.collect("bedrock_agent")))


@pytest.mark.parametrize("action", ["GetKnowledgeBase", "ListDataSources", "GetDataSource"])
def test_what_of_a_knowledge_base_may_not_be_read(stocked: tuple[Faked, str, str], action: str) -> None:
    faked, own, outside = stocked
    whole = faked.judge("bedrock_agent", "s3").world
    world = faked.judge("bedrock_agent", "s3", deny={f"bedrock:{action}"}).world
    why = hidden(world)
    for one in (own, outside):
        assert f"bedrock:{action}" in why[one]
        assert "erraform" not in why[one]
    lost = told(whole, "aws-knowledge") - told(world, "aws-knowledge")
    assert lost
    assert told(world, "aws-knowledge") < told(whole, "aws-knowledge")


def test_a_site_is_kept_by_its_host(faked: Faked) -> None:
    storage = PINECONE["pineconeConfiguration"]
    for place, host in (("https://u:planted@h.example.com:8443/x", "h.example.com"), ("h.example.com:6379", None)):
        faked.fake.reset()
        kept = {"type": "PINECONE", "pineconeConfiguration": storage | {"connectionString": place}}  # type: ignore[operator]
        one = arn(base(faked, "b", kept))
        world = faked.judge("bedrock_agent").world
        assert (one, "embeds_into", f"ext:{host or 'h.example.com'}", "declared") in told(world, "aws-knowledge")
        assert "planted" not in str(settings_of(faked.collect("bedrock_agent")))


def test_a_place_that_is_none_is_not_known(faked: Faked) -> None:
    storage = PINECONE["pineconeConfiguration"] | {"connectionString": "https://[planted"}  # type: ignore[operator]
    one = arn(base(faked, "b", {"type": "PINECONE", "pineconeConfiguration": storage}))
    assert "connection_string" in hidden(faked.judge("bedrock_agent").world)[one]
