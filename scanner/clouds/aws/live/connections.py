"""Answers requests from AWS, over boto3: one loader, one client a service and region, every page, errors as answers.

Clients may be shared by threads, sessions may not (boto3 documentation, "Session reference" and "Low-level clients").
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore
import botocore.session
import msgspec
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    PaginationError,
    UnknownServiceError,
)
from botocore.parsers import ResponseParserError

from scanner.clouds.aws.live.bodies import guarded
from scanner.collect.calls import NOT_OFFERED, Answer, Page, Request
from scanner.collect.pace import Pace
from scanner.redact import hide_shapes

LIMITS: Mapping[str, float] = {
    "apigateway:*": 5,
    "cloudfront:*": 5,
    "config:SelectAggregateResourceConfig": 5,
    "iam:GenerateCredentialReport": 1,
    "iam:*": 15,
    "kinesis:DescribeStreamSummary": 20,
    "kms:*": 100,
    "lambda:GetPolicy": 15,
    "lambda:ListFunctions": 10,
    "lambda:ListFunctionUrlConfigs": 10,
    "logs:*": 10,
    "organizations:*": 5,
    "s3:*": 200,
    "wafv2:*": 5,
}
"""Requests a second that an account is asked, well below what AWS allows all its callers together.

Sources: AWS service quotas; the limits that Steampipe's AWS plugin ships, for what AWS does not publish.
"""

DEFAULT_LIMIT = 20.0
"""Requests a second of each other operation."""

_ATTEMPTS = 8
_PAGES = 20_000
_TOO_OLD = "SdkTooOld"
_TOKENS = ("NextToken", "nextToken", "NextMarker", "Marker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How patiently AWS is asked."""

    connect_timeout: float = 10
    """Seconds."""

    read_timeout: float = 60
    """Seconds without a byte of the answer."""

    attempts: int = _ATTEMPTS
    """Times a request is made before its error is the answer; AWS_MAX_ATTEMPTS in the environment goes first."""

    wait: float = 2
    """Seconds before what AWS is still making is asked for again."""

    waits: int = 30
    """How often that is done."""

    pages: int = _PAGES
    """Pages after which a list counts as endless."""

    connections: int = 16
    """Open connections kept to one endpoint."""


class Connections:
    """Clients by account, service and region; each is made when it is first asked for."""

    def __init__(
        self, sessions: Mapping[str, boto3.Session], *, tuning: Tuning | None = None, pace: Pace | None = None
    ) -> None:
        """Take a session an account."""
        self._sessions = sessions
        self._tuning = tuning or Tuning()
        self._pace = pace or Pace(LIMITS, DEFAULT_LIMIT)
        self._config = client_config(self._tuning)
        self._once = self._config.merge(Config(retries={"mode": "standard", "total_max_attempts": 1}))
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], Any] = {}

    def answer(self, request: Request, /) -> Answer:
        """Ask AWS, and answer with every page that came; ask again for a while where the answer is being made."""
        answer = self._answer(request)
        for _ in range(self._tuning.waits):
            if answer.error not in request.call.pending:
                break
            time.sleep(self._tuning.wait)
            answer = self._answer(request)
        return answer

    def _answer(self, request: Request) -> Answer:
        pages: list[Page] = []
        ended = self.read(request, pages.append)
        return msgspec.structs.replace(ended, pages=pages)

    def read(self, request: Request, take: Callable[[Page], None], /) -> Answer:
        """Ask AWS, and hand on each page as it comes, so that none need be kept; the answer says how it ended."""
        attempts = 0
        error = message = ""
        try:
            for page in self._pages(request):
                attempts = max(attempts, _attempts(page))
                take(_plain(page, request))
        except ClientError as failure:
            told = failure.response.get("Error", {})
            error, message = str(told.get("Code") or type(failure).__name__), _message(told.get("Message"))
            attempts = max(attempts, _attempts(failure.response))
        except _RefusedError as failure:
            error, message = failure.error, str(failure)
        except (BotoCoreError, ResponseParserError) as failure:
            # Their messages may quote an address or a body; what kind of failure it was says enough.
            error, message = _kind(failure), ""
            if isinstance(failure, EndpointConnectionError):
                error, message = self._unanswered(request)
        return Answer(pages=[], error=error, message=message, at=_now(), attempts=max(attempts, 1))

    def _pages(self, request: Request) -> Iterator[dict[str, Any]]:
        client = self.client(request.account, request.call.service, request.region)
        operation = request.call.operation
        method = xform_name(operation)
        if operation not in client.meta.service_model.operation_names:
            raise _RefusedError(_TOO_OLD, f"botocore {_version()} does not know {operation}; install a newer boto3")
        if client.can_paginate(method):
            pages = iter(client.get_paginator(method).paginate(**request.parameters))
        else:
            token = _token(client, operation) if request.call.items else ""
            pages = _followed(getattr(client, method), request.parameters, token)
        for _ in range(self._tuning.pages):
            self._pace.wait(request)
            page = next(pages, None)
            if page is None:
                return
            yield page
        raise _RefusedError("EndlessPages", f"{self._tuning.pages} pages came, and the list does not end")

    def client(self, account: str, service: str, region: str) -> Any:
        """The one client of a service in a region of an account.

        Raises BotoCoreError where there can be none.
        """
        key = (account, service, region)
        found = self._clients.get(key)
        if found is not None:
            return found
        with self._lock:
            if key not in self._clients:
                try:
                    session = self._sessions[account]
                    config = self._config if self._offered(account, service, region) else self._once
                    self._clients[key] = guarded(session.client(service, region_name=region, config=config))
                except UnknownServiceError:
                    raise _RefusedError(
                        _TOO_OLD, f"botocore {_version()} does not know {service}; install a newer boto3"
                    ) from None
            return self._clients[key]

    def _offered(self, account: str, service: str, region: str) -> bool:
        """Whether the service is offered in the region as far as the SDK knows; of some it knows no region."""
        session = self._sessions[account]
        partition = session.get_partition_for_region(region)
        known = session.get_available_regions(service, partition_name=partition)
        return not known or region in known or service not in session.get_available_services()

    def _unanswered(self, request: Request) -> tuple[str, str]:
        service = request.call.service
        if self._offered(request.account, service, request.region):
            return "NoAnswer", f"{service} may not be offered in this region, or the network does not let it be reached"
        return NOT_OFFERED, f"botocore {_version()} knows no {service} in this region, and nothing answers there"


def client_config(tuning: Tuning) -> Config:
    """Settings of every client: adaptive retries, timeouts, and no request to anywhere but the service."""
    custom = any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ)
    return Config(
        connect_timeout=tuning.connect_timeout,
        read_timeout=tuning.read_timeout,
        max_pool_connections=tuning.connections,
        retries={
            "mode": "adaptive",
            "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS") or tuning.attempts),
        },
        # An endpoint of one's own, such as a proxy, answers under its own name, not under one with the account before.
        inject_host_prefix=not custom,
        # Said in full: botocore would make up its own anew for each request, a tenth of what a request takes.
        user_agent=f"trustscan Botocore/{_version()}",
    )


def session(profile: str = "", *, loader: Any = None) -> boto3.Session:
    """Make a session whose data loader is shared with others: loading the models anew costs a second and 100 MB.

    Raises BotoCoreError for a profile that there is not.
    """
    core = botocore.session.Session(profile=profile or None)
    if loader is not None:
        core.register_component("data_loader", loader)
    return boto3.Session(botocore_session=core)


class _RefusedError(Exception):
    """A request that cannot be made, or whose answer cannot be taken."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


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
            raise _RefusedError("EndlessPages", "a page names itself as the next one")
        seen = following
        page = ask(**{**parameters, token: following})
        yield page


def _plain(page: dict[str, Any], request: Request) -> Page:
    """Turn a page into plain JSON, with every secret taken out, before anything else sees it."""
    page.pop("ResponseMetadata", None)
    if request.call.mask is not None:
        page = request.call.mask(page)
    text = msgspec.json.encode(page, enc_hook=_told).decode()
    plain: Page = msgspec.json.decode(hide_shapes(text))
    return plain


def _told(value: object) -> object:
    """Turn what JSON has no word for into text: the body of an answer that is a stream."""
    read = getattr(value, "read", None)
    return read().decode("utf-8", "replace") if read is not None else str(value)


def _message(text: object) -> str:
    """What an error says in words; the page of a proxy or a web server says nothing."""
    message = str(text or "")
    return "" if message.lstrip().startswith("<") else message


def _attempts(answer: Mapping[str, Any]) -> int:
    return int(answer.get("ResponseMetadata", {}).get("RetryAttempts", 0)) + 1


def _kind(failure: Exception) -> str:
    return "EndlessPages" if isinstance(failure, PaginationError) else type(failure).__name__


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _version() -> str:
    return str(botocore.__version__)
