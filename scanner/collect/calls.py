"""The requests that may be made, each declared once; what a request is answered with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeAlias

import msgspec

Page: TypeAlias = dict[str, Any]
"""One page of an answer, as JSON: times are ISO 8601 text, bytes are text."""


NOT_OFFERED = "NotOffered"
"""Error of a request to a service that the cloud does not offer in a region: there is nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """One operation of a cloud's API that reads metadata.

    A collector holds its calls as constants of its module: the list of calls, and the permissions generated from it,
    are read off there.
    """

    service: str
    """Name of the service as its SDK calls it, such as bedrock-agent."""

    operation: str
    """Name of the operation as the vendor writes it, such as ListAgents."""

    action: str
    """The permission it needs, such as bedrock:ListAgents."""

    items: str = ""
    """Where the listed things stand in a page: a path of keys, through lists as well, such as Reservations.Instances.
    Empty where one answer is all, and where the pages themselves are what is listed."""

    absent: frozenset[str] = frozenset()
    """Error codes by which the API says that there is none, which is an answer."""

    pending: frozenset[str] = frozenset()
    """Error codes by which the API says that the answer is being made: it is asked again, for a while."""

    unfinished: Callable[[Page], bool] | None = field(default=None, repr=False)
    """Whether a page says that the answer is still being made: it is asked again as well."""

    resources: tuple[str, ...] = ("*",)
    """ARN patterns the permission is needed on."""

    shared: bool = False
    """Whether several collectors ask it alike: it is asked once for all, and the answer kept."""

    mask: Callable[[Page], Page] | None = field(default=None, repr=False)
    """Takes secrets out of a page before anything sees it; what it writes instead must decide controls alike."""

    def waits(self, answer: Answer) -> bool:
        """Whether an answer says that it is still being made."""
        told = self.unfinished
        return answer.error in self.pending or (told is not None and any(map(told, answer.pages)))

    @property
    def name(self) -> str:
        """The operation with its service, such as s3:GetBucketPolicy in the SDK's words."""
        return f"{self.service}:{self.operation}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one request was answered with."""

    pages: list[Page]
    """Every page that came, in order; also those before an error."""

    error: str = ""
    """The error's code; empty where all went well."""

    message: str = ""
    """What the error says, in one line."""

    at: str = ""
    """When it was answered, as ISO 8601 in UTC; from another source than the account, when that captured it."""

    source: str = ""
    """What answered in the account's place."""

    aside: str = ""
    """Why a source that was to answer in the account's place did not."""

    attempts: int = 1
    """How often it was asked until this came, retries included."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call with its parameters, in one place."""

    account: str
    region: str
    """Region whose endpoint is asked."""

    call: Call
    parameters: dict[str, Any]

    @property
    def key(self) -> str:
        """What tells it from others of the same account: region, operation and parameters, in canonical form."""
        parameters = msgspec.json.encode(self.parameters, order="sorted").decode()
        return f"{self.region} {self.call.name} {parameters}"


def calls_of(collector: ModuleType | object) -> Iterator[Call]:
    """Every call that a collector declares."""
    for value in vars(collector).values():
        if isinstance(value, Call):
            yield value


def found_in(page: Page, path: str) -> list[Any]:
    """What stands in a page under a path of keys, lists on the way opened; the page itself under none."""
    found: list[Any] = [page]
    for name in path.split(".") if path else ():
        below = (item.get(name) for item in found if isinstance(item, dict))
        found = [one for value in below if value is not None for one in (value if isinstance(value, list) else [value])]
    return found
