"""Where a delivery stream delivers: from the API's descriptions to the provider's blocks.

Sources: Amazon Data Firehose API Reference, DestinationDescription; the provider's schema of
aws_kinesis_firehose_delivery_stream.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scanner.clouds.aws.live.collectors.masks import origin
from scanner.collect.calls import Page
from scanner.redact import HIDDEN

_SORTS: Mapping[str, str] = {
    "ExtendedS3DestinationDescription": "extended_s3_configuration",
    "RedshiftDestinationDescription": "redshift_configuration",
    "ElasticsearchDestinationDescription": "elasticsearch_configuration",
    "AmazonopensearchserviceDestinationDescription": "opensearch_configuration",
    "AmazonOpenSearchServerlessDestinationDescription": "opensearchserverless_configuration",
    "SplunkDestinationDescription": "splunk_configuration",
    "HttpEndpointDestinationDescription": "http_endpoint_configuration",
    "SnowflakeDestinationDescription": "snowflake_configuration",
    "IcebergDestinationDescription": "iceberg_configuration",
}
"""The provider's blocks; a stream into a bucket has the older S3DestinationDescription beside its own as well."""

_BUCKET = "S3DestinationDescription"
BLOCKS = ("s3_configuration", *_SORTS.values())

_JDBC = re.compile(r"(jdbc:[a-z:]+//[A-Za-z0-9.-]+(?::\d{1,5})?)(?:/.*)?", re.DOTALL)


def _jdbc(url: str) -> str:
    found = _JDBC.fullmatch(url)
    return found[1] if found else HIDDEN


def _as_it_is(value: str) -> str:
    return value


_KEPT: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "RoleARN": ("role_arn", _as_it_is),
    "BucketARN": ("bucket_arn", _as_it_is),
    "DomainARN": ("domain_arn", _as_it_is),
    "ClusterEndpoint": ("cluster_endpoint", origin),
    "CollectionEndpoint": ("collection_endpoint", origin),
    "ClusterJDBCURL": ("cluster_jdbcurl", _jdbc),
    "HECEndpoint": ("hec_endpoint", origin),
    "AccountUrl": ("account_url", origin),
    "S3BackupMode": ("s3_backup_mode", _as_it_is),
}
"""What is kept of a destination, the provider's name of it, and as how much of it."""

_FUNCTION = "LambdaArn"


def masked(page: Page) -> Page:
    """What is kept of a description."""
    told = page.get("DeliveryStreamDescription") or {}
    kept = {key: told[key] for key in ("DeliveryStreamEncryptionConfiguration", "Source") if key in told}
    source = kept.get("Source") or {}
    source.pop("DatabaseSourceDescription", None)
    found = [
        {sort: _masked(one[sort]) for sort in (*_SORTS, _BUCKET) if sort in one}
        for one in told.get("Destinations") or ()
    ]
    return {"DeliveryStreamDescription": {**kept, "Destinations": found}}


def _masked(given: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: mask(str(given[name])) for name, (_, mask) in _KEPT.items() if given.get(name)}
    for inner in (_BUCKET, "S3BackupDescription"):
        if given.get(inner):
            kept[inner] = _masked(given[inner])
    endpoint = given.get("EndpointConfiguration") or {}
    if endpoint.get("Url"):
        kept["EndpointConfiguration"] = {"Url": origin(str(endpoint["Url"]))}
    encrypted = (given.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig")
    if encrypted:
        kept["EncryptionConfiguration"] = {"KMSEncryptionConfig": {"AWSKMSKeyARN": encrypted.get("AWSKMSKeyARN")}}
    processed = given.get("ProcessingConfiguration") or {}
    if processed.get("Enabled"):
        kept["ProcessingConfiguration"] = {"Enabled": True, "Processors": _processors(processed)}
    return kept


def _processors(processed: dict[str, Any]) -> list[dict[str, Any]]:
    """Processors with the function of each; other parameters of theirs may hold anything."""
    return [
        {
            "Type": one.get("Type"),
            "Parameters": [each for each in one.get("Parameters") or () if each.get("ParameterName") == _FUNCTION],
        }
        for one in processed.get("Processors") or ()
    ]


def blocks(found: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The provider's blocks of all that a stream delivers to."""
    values: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        sorts = {sort: block for sort, block in _SORTS.items() if sort in one} or {_BUCKET: "s3_configuration"}
        for sort, block in sorts.items():
            if sort in one:
                values.setdefault(block, []).append(_block(one[sort]))
    return values


def _block(given: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {ours: given[theirs] for theirs, (ours, _) in _KEPT.items() if theirs in given}
    if "EndpointConfiguration" in given:
        values["url"] = given["EndpointConfiguration"]["Url"]
    if "EncryptionConfiguration" in given:
        values["kms_key_arn"] = given["EncryptionConfiguration"]["KMSEncryptionConfig"]["AWSKMSKeyARN"]
    if _BUCKET in given:
        values["s3_configuration"] = [_block(given[_BUCKET])]
    if "S3BackupDescription" in given and given.get("S3BackupMode") == "Enabled":
        values["s3_backup_configuration"] = [_block(given["S3BackupDescription"])]
    if "ProcessingConfiguration" in given:
        values["processing_configuration"] = [{"enabled": True, "processors": _given(given["ProcessingConfiguration"])}]
    return values


def _given(processed: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "type": one["Type"],
            "parameters": [
                {"parameter_name": each.get("ParameterName"), "parameter_value": each.get("ParameterValue")}
                for each in one["Parameters"]
            ],
        }
        for one in processed["Processors"]
    ]
