"""How functions are called, and what feeds them.

Sources: AWS Lambda Developer Guide, "Creating and managing Lambda function URLs", "How Lambda processes records from
stream and queue-based event sources".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.seen import INTERNET_ACTOR, Linked, Seen
from scanner.kinds import INTERNET
from scanner.terraform.instances import PlannedResource

_FUNCTION = ("aws_lambda_function",)
_FEEDS = ("aws_sqs_queue", "aws_kinesis_stream", "aws_dynamodb_table", "aws_msk_cluster", "aws_mq_broker")


def flows(seen: Seen) -> Iterator[Linked]:
    """Function URLs and event sources."""
    for url in seen.planned.of("aws_lambda_function_url"):
        function = seen.planned.target(url, "function_name", _FUNCTION)
        if isinstance(function, PlannedResource):
            yield INTERNET_ACTOR
            yield seen.flow(
                "sends_to", INTERNET, function, owner=url, rule="aws-function-url", attribute="function_name",
                reason="a function URL answers requests from the internet", encrypted=True,
                guards=("authentication",) if url.values.get("authorization_type") == "AWS_IAM" else (),
            )  # fmt: skip
    for mapping in seen.planned.of("aws_lambda_event_source_mapping"):
        function = seen.planned.target(mapping, "function_name", _FUNCTION)
        source = seen.planned.target(mapping, "event_source_arn", _FEEDS)
        if isinstance(function, PlannedResource) and isinstance(source, PlannedResource):
            yield seen.flow(
                "reads_from", source, function, owner=mapping, rule="aws-event-source-mapping",
                attribute="event_source_arn", reason="the function is fed what comes in there", encrypted=True,
            )  # fmt: skip
