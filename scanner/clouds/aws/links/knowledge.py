"""Knowledge bases of Bedrock: where their documents come from, who embeds them, and where the vectors are kept.

What is kept is read again whenever somebody asks. Secrets are told that are read where the settings stand.

Sources: Amazon Bedrock User Guide, "Prerequisites for your own vector store for a knowledge base", "Create a data
source connector for your knowledge base" and "Use a custom transformation Lambda function".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import (
    BUCKET,
    COLLECTION,
    DATABASE,
    FUNCTION,
    SEARCH,
    End,
    end_of,
    ends,
    gap,
    hidden,
    link,
    vendor,
)
from scanner.clouds.aws.links.model_named import model_at
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_BASE, _SOURCE = "aws_bedrockagent_knowledge_base", "aws_bedrockagent_data_source"
_STORAGE = "storage_configuration"
_STORES = (
    ("opensearch_serverless_configuration", "collection_arn", COLLECTION),
    ("opensearch_managed_cluster_configuration", "domain_arn", SEARCH),
    ("rds_configuration", "resource_arn", DATABASE),
    ("s3_vectors_configuration", "index_arn", ("aws_s3vectors_index",)),
    ("s3_vectors_configuration", "vector_bucket_arn", ("aws_s3vectors_vector_bucket",)),
    ("neptune_analytics_configuration", "graph_arn", ("aws_neptunegraph_graph",)),
)
"""Where vectors are kept in AWS."""

_VENDORS = (
    ("pinecone_configuration", "connection_string"),
    ("redis_enterprise_cloud_configuration", "endpoint"),
    ("mongo_db_atlas_configuration", "endpoint"),
)
"""Where they are kept at somebody else's."""

_SITES = (
    (("confluence_configuration", "source_configuration"), "host_url"),
    (("salesforce_configuration", "source_configuration"), "host_url"),
    (("share_point_configuration", "source_configuration"), "site_urls"),
    (("web_configuration", "source_configuration", "url_configuration", "seed_urls"), "url"),
)
"""Documents of somebody else's."""

_CREDENTIALS, _SECRET = "credentials_secret_arn", ("aws_secretsmanager_secret",)
_CONFIGURATION = "knowledge_base_configuration"
_EMBEDDING = (_CONFIGURATION, "vector_knowledge_base_configuration")
_SUPPLEMENT = (*_EMBEDDING, "supplemental_data_storage_configuration", "storage_location", "s3_location")
_INGESTION = "vector_ingestion_configuration"
_PARSER = (_INGESTION, "parsing_configuration", "bedrock_foundation_model_configuration")
_CUSTOM = (_INGESTION, "custom_transformation_configuration")
_FUNCTION = (*_CUSTOM, "transformation", "transformation_function", "transformation_lambda_configuration")
_BETWEEN = (*_CUSTOM, "intermediate_storage", "s3_location")


def flows(seen: Seen) -> Iterator[Linked]:
    """Sources, embeddings and stores of every knowledge base."""
    for base in seen.planned.of(_BASE):
        yield from _base(seen, base)
    for source in seen.planned.of(_SOURCE):
        for base_end in ends(seen, source, "knowledge_base_id", (_BASE,)):
            yield from _source(seen, source, base_end)


def _base(seen: Seen, base: PlannedResource) -> Iterator[Linked]:
    node = end_of(seen, base)
    for block in blocks_at(base, _EMBEDDING):
        yield from _asks(seen, node, base, block, "embedding_model_arn", "this model embeds what it holds and is asked")
    for block in blocks_at(base, _SUPPLEMENT):
        yield from _named(seen, "writes_to", node, base, (block, "uri", BUCKET), "pictures of documents are kept there")
    for block in blocks_at(base, (_CONFIGURATION, "kendra_knowledge_base_configuration")):
        yield from _reads(seen, node, base, block, "kendra_index_arn", ("aws_kendra_index",))
    storage = base.blocks(_STORAGE)
    if isinstance(storage, Unknown):
        yield gap(base.id, f"where its vectors are kept is not known: {storage.reason}")
        return
    for block in storage:
        yield from _stores(seen, node, base, block)


def _stores(seen: Seen, node: End, base: PlannedResource, storage: Block) -> Iterator[Linked]:
    said = "its vectors are kept there"
    for name, attribute, types in _STORES:
        for block in blocks_at(storage, (name,)):
            yield from _named(seen, "embeds_into", node, base, (block, attribute, types), said)
            for found in ends(seen, base, attribute, types, block):
                yield from _back(seen, found, node, base, f"{_STORAGE}.{name}.{attribute}")
            yield from _opens(seen, node, base, block)
    for name, attribute in _VENDORS:
        for block in blocks_at(storage, (name,)):
            yield from _opens(seen, node, base, block)
            host = vendor(block.get(attribute))
            if host is None:
                yield gap(base.id, f"at whose {attribute} its vectors are kept is not known")
            else:
                yield from link(
                    seen, "embeds_into", node, host, owner=base, rule="aws-knowledge-store",
                    attribute=f"{_STORAGE}.{name}.{attribute}", reason=said, encrypted=True,
                )  # fmt: skip
                yield from _back(seen, host, node, base, f"{_STORAGE}.{name}.{attribute}")


def _back(seen: Seen, store: End, node: End, base: PlannedResource, attribute: str) -> Iterator[Linked]:
    yield from link(
        seen, "retrieves_from", store, node, owner=base, rule="aws-knowledge-store", attribute=attribute,
        reason="it searches there for what it is asked", encrypted=True,
    )  # fmt: skip


def _opens(seen: Seen, node: End, owner: PlannedResource, block: Block) -> Iterator[Linked]:
    """The secret with which it signs in, where it is one that was read."""
    for found in ends(seen, owner, _CREDENTIALS, _SECRET, block):
        if found.id in seen.resources:
            yield from link(
                seen, "reads_from", found, node, owner=owner, rule="aws-knowledge-secret",
                attribute=f"{block.where}{_CREDENTIALS}", reason="it signs in with this secret", encrypted=True,
                content=False, data=("credential",),
            )  # fmt: skip


def _source(seen: Seen, source: PlannedResource, base: End) -> Iterator[Linked]:
    configurations = source.blocks("data_source_configuration")
    if isinstance(configurations, Unknown):
        yield gap(base.id, f"where its documents come from is not known: {configurations.reason}")
        return
    for configuration in configurations:
        for block in blocks_at(configuration, ("s3_configuration",)):
            yield from _reads(seen, base, source, block, "bucket_arn", BUCKET)
        for path, attribute in _SITES:
            for block in blocks_at(configuration, path):
                yield from _site(seen, base, source, block, attribute)
                yield from _opens(seen, base, source, block)
    for block in blocks_at(source, _PARSER):
        yield from _asks(seen, base, source, block, "model_arn", "this model reads its documents")
    for block in blocks_at(source, _FUNCTION):
        said = "the function changes documents before they are embedded"
        yield from _named(seen, "invokes", base, source, (block, "lambda_arn", FUNCTION), said)
    for block in blocks_at(source, _BETWEEN):
        said = "documents rest there while a function changes them"
        yield from _named(seen, "writes_to", base, source, (block, "uri", BUCKET), said)


def _site(seen: Seen, base: End, source: PlannedResource, block: Block, attribute: str) -> Iterator[Linked]:
    urls = block.get(attribute)
    for url in urls if isinstance(urls, list) else (urls,):
        host = vendor(url)
        if host is not None:
            yield from link(
                seen, "reads_from", host, base, owner=source, rule="aws-knowledge-source",
                attribute=f"data_source_configuration.{attribute}", reason="its documents are crawled there",
                encrypted=not str(url).startswith("http:"),
            )  # fmt: skip
        elif isinstance(url, Unknown):
            yield gap(base.id, f"where its documents come from is not known: {url.reason}")


def _reads(
    seen: Seen, base: End, owner: PlannedResource, block: Block, attribute: str, types: tuple[str, ...]
) -> Iterator[Linked]:
    for found in ends(seen, owner, attribute, types, block):
        yield from link(
            seen, "reads_from", found, base, owner=owner, rule="aws-knowledge-source",
            attribute=f"{block.where}{attribute}", reason="its documents come from there", encrypted=True,
        )  # fmt: skip
    yield from hidden(seen, owner, attribute, types, base.id, block)


def _named(
    seen: Seen, how: str, node: End, owner: PlannedResource, at: tuple[Block, str, tuple[str, ...]], reason: str
) -> Iterator[Linked]:
    block, attribute, types = at
    for found in ends(seen, owner, attribute, types, block):
        yield from link(
            seen, how, node, found, owner=owner, rule="aws-knowledge-store", attribute=f"{block.where}{attribute}",
            reason=reason, encrypted=True,
        )  # fmt: skip
    yield from hidden(seen, owner, attribute, types, node.id, block)


def _asks(seen: Seen, node: End, owner: PlannedResource, block: Block, attribute: str, reason: str) -> Iterator[Linked]:
    named = model_at(seen, owner, attribute, block)
    if named is not None:
        yield from link(
            seen, "invokes", node, named.end, owner=owner, rule="aws-knowledge-model",
            attribute=f"{block.where}{attribute}", reason=reason, models=named.models, **named.places,
            encrypted=True,
        )  # fmt: skip
