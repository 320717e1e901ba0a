"""How functions are called from outside. Source: AWS Lambda Developer Guide, "Creating Lambda function URLs"."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.seen import INTERNET_ACTOR, Linked, Seen
from scanner.kinds import INTERNET
from scanner.terraform.instances import PlannedResource

_FUNCTION = ("aws_lambda_function",)


def flows(seen: Seen) -> Iterator[Linked]:
    """Function URLs."""
    for url in seen.planned.of("aws_lambda_function_url"):
        function = seen.planned.target(url, "function_name", _FUNCTION)
        if isinstance(function, PlannedResource):
            yield INTERNET_ACTOR
            yield seen.flow(
                "sends_to", INTERNET, function, owner=url, rule="aws-function-url", attribute="function_name",
                reason="a function URL answers requests from the internet", encrypted=True,
                guards=("authentication",) if url.values.get("authorization_type") == "AWS_IAM" else (),
            )  # fmt: skip
