"""How a call of AWS's API is declared, and the permission it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.collect.calls import Call, Page

_PREFIXES = {
    "apigatewayv2": "apigateway",
    "bedrock-agent": "bedrock",
    "cognito-idp": "cognito-idp",
    "config": "config",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "events": "events",
    "lexv2-models": "lex",
    "lex-models": "lex",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "sso-admin": "sso",
    "waf-regional": "waf-regional",
}
"""The prefix of a service's permissions, where it is not the name that botocore gives the service.

Source: AWS Service Authorization Reference.
"""


def call(  # noqa: PLR0913 - one argument a property of the call
    service: str,
    operation: str,
    *,
    items: str = "",
    absent: Iterable[str] = (),
    pending: Iterable[str] = (),
    unfinished: Callable[[Page], bool] | None = None,
    action: str = "",
    mask: Callable[[Page], Page] | None = None,
    resources: tuple[str, ...] = ("*",),
    shared: bool = False,
) -> Call:
    """Declare one read-only call by botocore's names of service and operation.

    `items` is the path to the listed things in a page; `absent` are the error codes that mean "there is none",
    `pending` those that mean "ask again soon", as `unfinished` tells of a page; `action` is the permission,
    where it is not called like the operation; what is `shared` by collectors is asked once.
    """
    return Call(
        service=service,
        operation=operation,
        action=action or f"{_PREFIXES.get(service, service)}:{operation}",
        items=items,
        absent=frozenset(absent),
        pending=frozenset(pending),
        unfinished=unfinished,
        mask=mask,
        resources=resources,
        shared=shared,
    )
