"""Knowledge bases of Bedrock and their data sources: what embeds documents, where these come from and vectors go.

Of their settings only what names a model, a store, a function, a site or a secret is kept, and of a site its host:
prompts, filters, queries and what else a path holds are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.clouds.aws.live.collectors.words import blocks
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

types = ("aws_bedrockagent_knowledge_base", "aws_bedrockagent_data_source")
_BASE, _SOURCE = types
_API = "bedrock-agent"

_NAMES = frozenset(
    {"type", "roleArn", "embeddingModelArn", "kendraIndexArn", "collectionArn", "domainArn", "resourceArn", "indexArn"}
    | {"vectorBucketArn", "graphArn", "credentialsSecretArn", "bucketArn", "modelArn", "lambdaArn", "uri"}
    | {"kmsKeyArn", "parsingStrategy"}
)
"""Texts of settings that are kept as they are."""

_SITES = frozenset({"connectionString", "endpoint", "hostUrl", "siteUrls", "url"})
"""Texts of which the host is kept."""

_DOCUMENTS = frozenset({"connectorParameters"})
"""Settings that are no part of the API's model."""

_SINGULAR = {"storageLocations": "storage_location", "transformations": "transformation"}
"""Lists that the provider calls otherwise."""


def _named_only(page: Page) -> Page:
    kept: Page = _kept(page)
    return kept


def _kept(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        pairs = ((name, _kept(item, name)) for name, item in value.items() if name not in _DOCUMENTS)
        return {name: item for name, item in pairs if item is not None}
    if isinstance(value, list):
        return [found for item in value if (found := _kept(item, key)) is not None]
    if key in _SITES:
        return _site(str(value))
    return value if key in _NAMES else None


def _site(url: str) -> str:
    """Scheme and host of a URL, or of what has no scheme."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    scheme = f"{parts.scheme}://" if parts.scheme else ""
    return f"{scheme}{host}:{port}" if port else f"{scheme}{host}"


LIST_BASES = call(_API, "ListKnowledgeBases", items="knowledgeBaseSummaries", mask=hiding("description"))
GET_BASE = call(_API, "GetKnowledgeBase", mask=_named_only)
LIST_SOURCES = call(_API, "ListDataSources", items="dataSourceSummaries", mask=hiding("description"))
GET_SOURCE = call(_API, "GetDataSource", mask=_named_only)


def knowledge(
    reader: Reader, listed: dict[str, Any], tagged: dict[str, tags.Tags] | Unknown
) -> Iterator[Item | Unread]:
    """One knowledge base and its data sources."""
    id_ = listed["knowledgeBaseId"]
    arn = reader.arn("bedrock", f"knowledge-base/{id_}")
    about = _part(reader.ask(GET_BASE, knowledgeBaseId=id_), "knowledgeBase")
    yield Item(_BASE, arn, {
        "id": id_,
        "arn": arn,
        "name": listed["name"],
        "role_arn": about if isinstance(about, Unknown) else about.get("roleArn"),
        "knowledge_base_configuration": _block(about, "knowledgeBaseConfiguration"),
        "storage_configuration": _block(about, "storageConfiguration"),
        "tags": tags.tags_for(tagged, arn),
    })  # fmt: skip
    sources = reader.every(LIST_SOURCES, knowledgeBaseId=id_)
    yield from sources.unread((_SOURCE,))
    for source in sources.items:
        answer = reader.ask(GET_SOURCE, knowledgeBaseId=id_, dataSourceId=source["dataSourceId"])
        yield _source(reader, id_, source, _part(answer, "dataSource"))


def _source(reader: Reader, base: str, listed: dict[str, Any], about: Page | Unknown) -> Item:
    arn = reader.arn("bedrock", f"knowledge-base/{base}/data-source/{listed['dataSourceId']}")
    values = {
        "knowledge_base_id": base,
        "data_source_id": listed["dataSourceId"],
        "name": listed["name"],
        "data_source_configuration": _block(about, "dataSourceConfiguration"),
        "server_side_encryption_configuration": _block(about, "serverSideEncryptionConfiguration"),
        "vector_ingestion_configuration": _block(about, "vectorIngestionConfiguration"),
    }
    return Item(_SOURCE, arn, values)


def _part(answer: Page | Unknown | None, name: str) -> Page | Unknown:
    if isinstance(answer, dict):
        return answer.get(name) or {}
    return answer or Unknown("it was not there when it was read")


def _block(about: Page | Unknown, name: str) -> Any:
    """A setting as the provider writes it: structures are lists of one block, names have underscores."""
    if isinstance(about, Unknown):
        return about
    found = about.get(name)
    return [blocks(found, _SINGULAR)] if found else []
