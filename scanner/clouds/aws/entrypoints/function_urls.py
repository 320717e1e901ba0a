"""Lambda function URLs and AppSync APIs.

Sources: AWS Lambda Developer Guide, "Control access to Lambda function URLs" (NONE lets anybody call); AWS AppSync
Developer Guide, "Configuring authorization and authentication" (an API key is for public APIs).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.entrypoints import body_checks
from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.kinds import Entrypoint
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

terraform_types = ("aws_lambda_function_url", "aws_appsync_graphql_api")

_API_KEY = "API_KEY"


def from_plan(planned: PlannedWorld, protection: Protection) -> Iterator[Entrypoint]:
    """Read every function URL and GraphQL API."""
    for url in planned.of("aws_lambda_function_url"):
        kind = url.text("authorization_type", "NONE")
        yield Entrypoint.of(
            **planned.labels(url),
            type="function_url",
            public=True,
            authenticated=kind if isinstance(kind, Unknown) else Noted(kind == "AWS_IAM", f"authorization type {kind}"),
            rate_limited=_rate_limited(url, kind, protection),
        )
    for api in planned.of("aws_appsync_graphql_api"):
        visibility = api.text("visibility", "GLOBAL")
        yield Entrypoint.of(
            **planned.labels(api),
            type="api",
            public=visibility if isinstance(visibility, Unknown) else visibility != "PRIVATE",
            authenticated=_graphql_authenticated(api),
            **body_checks.NEVER,
        )


def _rate_limited(url: PlannedResource, kind: str | Unknown, protection: Protection) -> Answer:
    """A URL has no limit of its own; one in front binds only where the URL itself refuses strangers."""
    cdn = protection.before(url)
    if cdn is None:
        return Noted(False, "a function URL has no rate limit, and no distribution with one stands before it")
    if isinstance(kind, Unknown):
        return kind
    if isinstance(cdn, Unknown):
        return cdn if kind == "AWS_IAM" else Noted(False, "anybody may call the URL itself, whatever stands before it")
    if kind == "AWS_IAM":
        return Noted(True, f"{cdn.address} in front has a rate rule, and strangers cannot go past it")
    return Noted(False, f"anybody may call the URL itself, past the rate rule of {cdn.address}")


def _graphql_authenticated(api: PlannedResource) -> Answer:
    """Whether neither the main nor a further way in is by API key alone."""
    further = api.blocks("additional_authentication_provider")
    holders: list[Block] = [api, *(() if isinstance(further, Unknown) else further)]
    kinds = [holder.text("authentication_type") for holder in holders]
    if _API_KEY in kinds:
        return Noted(False, "an API key lets in whoever has it")
    unknown = next((kind for kind in kinds if isinstance(kind, Unknown)), None)
    if unknown or isinstance(further, Unknown):
        return unknown or Unknown("its further ways to sign in are known only after apply")
    return Noted(True, f"authentication type {kinds[0]}")
