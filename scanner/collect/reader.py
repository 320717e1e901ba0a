"""The only way a collector may ask an account: declared calls, answered by the cloud or by a capture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeVar

from scanner.collect.calls import NOT_OFFERED, Answer, Call, Page, Request, found_in
from scanner.collect.items import Unread
from scanner.model import Unknown
from scanner.redact import hide_shapes, visible

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_MESSAGE = 200
"""Letters of an error's message that a reason repeats."""


class Source(Protocol):
    """What answers requests: a cloud, or a capture of one."""

    def answer(self, request: Request, /) -> Answer:
        """Answer a request, every page of it; an error is an answer too."""


class UndeclaredCallError(Exception):
    """A collector asks what it does not declare, so that no permission would be generated for it: a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Things that were listed, and why there may be more."""

    items: list[Any]
    missing: Unknown | None = None
    """Why the list does not go to its end; None where it does."""

    action: str = ""
    """The permission that listing needs."""

    def unread(self, types: tuple[str, ...]) -> Iterator[Unread]:
        """That resources of these types may be missing, where the list does not go to its end."""
        if self.missing is not None:
            yield Unread(types, self.missing, self.action)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not answered."""

    call: Call
    region: str
    error: str
    reason: str
    """With what the error says."""

    brief: str
    """Without; what hangs on the answer is Unknown for this reason."""


@dataclass(eq=False)
class Reader:
    """Asks one region of one account."""

    account: str
    region: str
    """The region asked where a call names no other; that of the global services in the account's global part."""

    partition: str
    """aws, aws-cn or aws-us-gov."""

    source: Source
    declared: frozenset[Call]
    """The calls it may make."""

    workers: Executor | None = None
    """What `each` runs its work on; without one, one after the other."""

    refusals: list[Refusal] = field(default_factory=list)
    """What was asked in vain."""

    asked: list[str] = field(default_factory=list)
    """Names of the operations asked for, one a request."""

    borrowed: list[tuple[str, str]] = field(default_factory=list)
    """What answered in the account's place, and when it captured that; one a request."""

    asides: list[str] = field(default_factory=list)
    """Why a source that was to answer in the account's place did not; one a request."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the scan began; ages are told from it, so that a capture gives the same ones."""

    def ask(self, call: Call, /, *, region: str = "", **parameters: Any) -> Page | Unknown | None:
        """Ask for one answer: the page, None where the API says there is none, Unknown where it was not given."""
        answer = self._answer(call, region, parameters)
        if answer.error:
            refused = None if answer.error in call.absent else self._refused(call, region, answer)
            return None if answer.error == NOT_OFFERED else refused
        return answer.pages[0] if answer.pages else {}

    def every(self, call: Call, /, *, region: str = "", **parameters: Any) -> Listing:
        """List everything a call lists, over all its pages."""
        answer = self._answer(call, region, parameters)
        items = [item for page in answer.pages for item in found_in(page, call.items)]
        if not answer.error or answer.error in call.absent:
            return Listing(items, action=call.action)
        refused = self._refused(call, region, answer)
        return Listing(items, None if answer.error == NOT_OFFERED else refused, call.action)

    def each(self, items: Iterable[ItemT], work: Callable[[ItemT], ResultT]) -> list[ResultT]:
        """Do `work` for every item, several at once; results in the order of the items. `work` may not call `each`."""
        return list(self.workers.map(work, items) if self.workers is not None else map(work, items))

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """Make an ARN of this account and region, for what an API gives none of."""
        place = self.region if region is None else region
        owner = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{place}:{owner}:{resource}"

    def days_since(self, moment: object) -> int | None:
        """Whole days between a moment, as an API writes it, and the start of the scan; None where there is none."""
        since = self._since(moment)
        return None if since is None else since // timedelta(days=1)

    def hours_since(self, moment: object) -> int | None:
        """Whole hours, the same way."""
        since = self._since(moment)
        return None if since is None else since // timedelta(hours=1)

    def _since(self, moment: object) -> timedelta | None:
        if not isinstance(moment, str):
            return None
        try:
            then = datetime.fromisoformat(moment)
        except ValueError:
            return None
        return self.now - (then if then.tzinfo else then.replace(tzinfo=UTC))

    def _answer(self, call: Call, region: str, parameters: dict[str, Any]) -> Answer:
        if call not in self.declared:
            raise UndeclaredCallError(f"{call.name} is not among the calls that its collector declares")
        self.asked.append(call.name)
        answer = self.source.answer(Request(self.account, region or self.region, call, parameters))
        if answer.source:
            self.borrowed.append((answer.source, answer.at))
        if answer.aside:
            self.asides.append(answer.aside)
        return answer

    def _refused(self, call: Call, region: str, answer: Answer) -> Unknown:
        place = region or self.region
        message = visible(hide_shapes(answer.message))[:_MESSAGE]
        brief = f"{answer.error} on {call.action} in {self.account} {place}"
        reason = f"{brief}: {message}" if message else brief
        self.refusals.append(Refusal(call, place, answer.error, reason, brief))
        return Unknown(brief)


def first_unknown(*answers: Any) -> Unknown | None:
    """The first of several answers that was not given."""
    return next((answer for answer in answers if isinstance(answer, Unknown)), None)
