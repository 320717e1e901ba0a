"""Answers requests from AWS, over boto3: every page, and errors as answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore
import msgspec
from botocore import xform_name
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    PaginationError,
    UnknownServiceError,
)
from botocore.parsers import ResponseParserError

from scanner.clouds.aws.live.clients import Clients, Tuning, has_own_endpoint
from scanner.clouds.aws.live.refusals import one_line
from scanner.collect.calls import NOT_OFFERED, Answer, Page, Request
from scanner.collect.pace import Pace
from scanner.redact import without_shapes

LIMITS: Mapping[str, float] = {
    "apigateway:*": 5,
    "cloudfront:*": 5,
    "config:SelectAggregateResourceConfig": 5,
    "firehose:*": 5,
    "iam:GenerateCredentialReport": 1,
    "iam:*": 15,
    "kinesis:*": 5,
    "kms:*": 100,
    "lambda:ListFunctions": 10,
    "lambda:ListFunctionEventInvokeConfigs": 10,
    "lambda:ListFunctionUrlConfigs": 10,
    "logs:*": 10,
    "logs:DescribeSubscriptionFilters": 5,
    "organizations:*": 5,
    "resourcegroupstaggingapi:GetResources": 10,
    "s3:*": 200,
    "wafv2:*": 5,
}
"""Requests a second that an account is asked, well below what AWS allows all its callers together.

Sources: AWS service quotas; the limits that Steampipe's AWS plugin ships, for what AWS does not publish.
"""

DEFAULT_LIMIT = 20.0
"""Requests a second of each other operation."""

_TOO_OLD = "SdkTooOld"
_NO_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""The name does not exist, or has no address; other failures of a name server may pass."""

_TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker")


class Connections:
    """Clients by account, service and region; each is made when it is first asked for."""

    def __init__(
        self, sessions: Mapping[str, boto3.Session], *, tuning: Tuning | None = None, pace: Pace | None = None
    ) -> None:
        """Take a session an account."""
        self._tuning = tuning or Tuning()
        self.clients = Clients(sessions, self._tuning, (pace or Pace(LIMITS, DEFAULT_LIMIT)).wait)
        self._stopped = threading.Event()
        self._answered: set[tuple[str, str, str]] = set()
        """Account, service and region of everything that ever gave an answer."""

    def answer(self, request: Request, /) -> Answer:
        """Ask AWS, and answer with every page that came; ask again for a while where the answer is being made."""
        answer = self._answer(request)
        for _ in range(self._tuning.waits):
            if not request.call.waits(answer) or self._stopped.wait(self._tuning.wait):
                break
            answer = self._answer(request)
        return answer

    def stop(self) -> None:
        """Ask for nothing more: no further page, and nothing again that is still being made."""
        self._stopped.set()

    def _answer(self, request: Request) -> Answer:
        pages: list[Page] = []
        ended = self.read(request, pages.append)
        return msgspec.structs.replace(ended, pages=pages)

    def read(self, request: Request, take: Callable[[Page], None], /) -> Answer:
        """Ask AWS, and hand on each page as it comes, so that none need be kept; the answer says how it ended.

        Raises CancelledError when it is stopped.
        """
        attempts = 0
        error = message = ""
        place = (request.account, request.call.service, request.region)
        try:
            for page in self._pages(request):
                self._answered.add(place)
                attempts = max(attempts, _attempts(page))
                take(_plain(page, request))
        except ClientError as failure:
            self._answered.add(place)
            told = failure.response.get("Error", {})
            error, message = str(told.get("Code") or type(failure).__name__), _message(told.get("Message"))
            attempts = max(attempts, _attempts(failure.response))
        except RefusedError as failure:
            error, message = failure.error, str(failure)
        except (BotoCoreError, ResponseParserError) as failure:
            # Their messages may quote an address or a body; what kind of failure it was says enough.
            error, message = _kind(failure), ""
            if isinstance(failure, EndpointConnectionError):
                error, message = self._unanswered(request, failure)
        except OSError as failure:
            error, message = type(failure).__name__, one_line(failure.strerror or "")
        return Answer(pages=[], error=error, message=message, at=_now(), attempts=max(attempts, 1))

    def _pages(self, request: Request) -> Iterator[dict[str, Any]]:
        client = self._client(request)
        operation = request.call.operation
        method = xform_name(operation)
        if operation not in client.meta.service_model.operation_names:
            raise RefusedError(_TOO_OLD, f"botocore {_version()} does not know {operation}; install a newer boto3")
        if client.can_paginate(method):
            pages = iter(client.get_paginator(method).paginate(**request.parameters))
        else:
            token = _token(client, operation) if request.call.items else ""
            pages = _followed(getattr(client, method), request.parameters, token)
        size = 0
        for number, page in enumerate(pages, 1):
            if number > self._tuning.pages or size > self._tuning.size:
                raise RefusedError("EndlessPages", f"{number} pages came, {size} bytes, and the list does not end")
            size += int(page.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("content-length") or 0)
            yield page
            if self._stopped.is_set():
                raise CancelledError

    def _client(self, request: Request) -> Any:
        service = request.call.service
        try:
            return self.clients.get(request.account, service, request.region)
        except UnknownServiceError:
            why = f"botocore {_version()} does not know {service}; install a newer boto3"
            raise RefusedError(_TOO_OLD, why) from None

    def _unanswered(self, request: Request, failure: EndpointConnectionError) -> tuple[str, str]:
        """What it means that nothing answers.

        The SDK may be older than the region, and a network may fail: only a list that never answered, of a service
        that the SDK knows elsewhere and not here, under a name of AWS's that does not exist, stands for none.
        """
        place = (request.account, request.call.service, request.region)
        service = request.call.service
        is_first_list = request.call.items and place not in self._answered
        if not is_first_list or not _no_such_name(failure) or has_own_endpoint() or self.clients.offers(*place):
            return "NoAnswer", f"{service} may not be offered in this region, or the network does not let it be reached"
        return NOT_OFFERED, f"botocore {_version()} knows no {service} in this region, and nothing answers there"


class RefusedError(Exception):
    """A request that cannot be made, or whose answer cannot be taken."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def _no_such_name(failure: EndpointConnectionError) -> bool:
    """Whether the address's name does not exist, by a name server that answered."""
    cause = failure.kwargs.get("error")
    while isinstance(cause, BaseException):
        if isinstance(cause, socket.gaierror):
            return cause.errno in _NO_NAME
        cause = cause.__cause__ or cause.__context__
    return False


def _token(client: Any, operation: str) -> str:
    """The name by which an operation gives, and takes, where its next page begins; empty where it has one page.

    botocore's paginators leave out many operations that have pages, such as wafv2's ListWebACLs.
    """
    model = client.meta.service_model.operation_model(operation)
    shapes = (model.input_shape, model.output_shape)
    return next((name for name in _TOKENS if all(shape and name in shape.members for shape in shapes)), "")


def _followed(ask: Callable[..., dict[str, Any]], parameters: dict[str, Any], token: str) -> Iterator[dict[str, Any]]:
    """Every page of an operation without a paginator."""
    page = ask(**parameters)
    yield page
    seen = None
    while token and (following := page.get(token)):
        if following == seen:
            raise RefusedError("EndlessPages", "a page names itself as the next one")
        seen = following
        page = ask(**{**parameters, token: following})
        yield page


def _plain(page: dict[str, Any], request: Request) -> Page:
    """Turn a page into plain JSON, with every secret taken out, before anything else sees it."""
    page.pop("ResponseMetadata", None)
    if request.call.mask is not None:
        page = request.call.mask(page)
    plain: Page = without_shapes(msgspec.json.decode(msgspec.json.encode(page, enc_hook=_told)))
    return plain


def _told(value: object) -> object:
    """Turn what JSON has no word for into text: the body of an answer that is a stream."""
    read = getattr(value, "read", None)
    return read().decode("utf-8", "replace") if read is not None else str(value)


def _message(text: object) -> str:
    """What an error says, in one line and without secrets; the page of a proxy or a web server says nothing."""
    message = str(text or "").strip()
    return "" if message.startswith("<") else one_line(message)


def _attempts(answer: Mapping[str, Any]) -> int:
    return int(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1


def _kind(failure: Exception) -> str:
    return "EndlessPages" if isinstance(failure, PaginationError) else type(failure).__name__


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _version() -> str:
    return str(botocore.__version__)
