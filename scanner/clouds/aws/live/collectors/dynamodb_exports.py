"""DynamoDB: streams of Kinesis that get what changes in tables, and buckets that tables were exported to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scanner.clouds.aws.live.calls import call
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

types = ("aws_dynamodb_kinesis_streaming_destination", "aws_dynamodb_table_export")
_STREAM, _EXPORT = types
_KEPT = ("ExportArn", "ExportStatus", "TableArn", "S3Bucket", "S3SseKmsKeyId")
_ON = frozenset({"ACTIVE", "ENABLING", "UPDATING"})


def _places_only(page: Page) -> Page:
    """Of an export, not by which values of items it was filtered."""
    found = page.get("ExportDescription") or {}
    return {"ExportDescription": {name: found[name] for name in _KEPT if name in found}}


STREAMED = call("dynamodb", "DescribeKinesisStreamingDestination")
LIST_EXPORTS = call("dynamodb", "ListExports", items="ExportSummaries")
DESCRIBE_EXPORT = call("dynamodb", "DescribeExport", absent=("ExportNotFoundException",), mask=_places_only)


def streams(reader: Reader, tables: Sequence[tuple[str, str]]) -> Iterator[Item | Unread]:
    """Streams of tables, by their names and ARNs."""
    answers = reader.each(tables, lambda table: reader.ask(STREAMED, TableName=table[0]))
    for (name, arn), answer in zip(tables, answers, strict=True):
        told = answer.get("KinesisDataStreamDestinations") if isinstance(answer, dict) else None
        for one in told or ():
            if one.get("DestinationStatus") in _ON:
                values = {"table_name": name, "stream_arn": one["StreamArn"]}
                yield Item(_STREAM, f"{arn},{one['StreamArn']}", values)
    if why := next((answer for answer in answers if isinstance(answer, Unknown)), None):
        yield Unread((_STREAM,), why, STREAMED.action)


def exports(reader: Reader) -> Iterator[Item | Unread]:
    """Exports of the last 90 days that did not fail."""
    listed = reader.every(LIST_EXPORTS)
    yield from listed.unread((_EXPORT,))
    arns = [one["ExportArn"] for one in listed.items if one.get("ExportStatus") != "FAILED"]
    answers = reader.each(arns, lambda arn: reader.ask(DESCRIBE_EXPORT, ExportArn=arn))
    for arn, answer in zip(arns, answers, strict=True):
        if isinstance(answer, dict):
            told = answer["ExportDescription"]
            values = {"arn": arn, "table_arn": told.get("TableArn"), "s3_bucket": told.get("S3Bucket")}
            yield Item(_EXPORT, arn, values)
    if why := next((answer for answer in answers if isinstance(answer, Unknown)), None):
        yield Unread((_EXPORT,), why, DESCRIBE_EXPORT.action)
