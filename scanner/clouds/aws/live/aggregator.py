"""An AWS Config aggregator as the first source: one query a type of resource over all accounts and regions.

What it says is what Config recorded, as old as that, and maybe not all: it answers only for an account and region that
it follows, whose recorder runs and records the type, and only with items that tell everything the request is made for
(`mirrors`). Whatever else there is, and whatever it does not know, the account itself is asked; that Config has no
item of a type proves nothing. A resource that did not change keeps the item of its last change, for years: Config
makes a new one only for a change (AWS Config Developer Guide, "How AWS Config Works").
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
from botocore.model import ServiceModel

from scanner.clouds.aws.live.entry import FOLLOWED, SELECT
from scanner.clouds.aws.live.mirrors import FIELDS, MIRRORS, ConfigItem, Mirror
from scanner.clouds.aws.live.recorders import Recorders
from scanner.clouds.aws.live.shapes import MisfitError, shaped
from scanner.clouds.aws.live.shelf import Kept, Shelf
from scanner.collect.calls import Answer, Page, Request, found_in
from scanner.collect.reader import Source
from scanner.redact import without_shapes

NAME = "AWS Config"
"""What its answers are from."""

_A_PAGE = 100
"""Items of one page, the most that the API gives."""

_NAMED = 50
"""Accounts that a query names at most: an expression has 4096 characters at most."""

_CURRENT = frozenset({"OK", "ResourceDiscovered"})
_DELETED = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded"})


class Pages(Protocol):
    """What asks page by page."""

    def read(self, request: Request, take: Callable[[Page], None], /) -> Answer:
        """Hand on each page as it comes; the answer says how it ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One aggregator, and whose resources are looked up in it."""

    name: str
    account: str
    region: str
    pages: Pages
    """Asks as the account that has the aggregator."""

    accounts: frozenset[str]
    models: Callable[[str], ServiceModel]
    """Models of services by name."""

    max_age: timedelta | None = None
    """Beyond it, what Config captured does not count."""


class Aggregator:
    """Answers from the aggregator what it can, and lets the accounts answer the rest."""

    def __init__(self, view: View, direct: Source, now: datetime | None = None) -> None:
        """Take the aggregator and what asks the accounts themselves."""
        self._view = view
        self._direct = direct
        self._now = now or datetime.now(UTC)
        self._recorders = Recorders(direct, self._now)
        self._shelf = Shelf()
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()
        self._outputs: dict[str, Any] = {}
        self._failed: dict[str, str] = {}
        """Why a type of resource, or the aggregator, tells nothing; empty where it does."""

        self._followed: dict[tuple[str, str], str] = {}
        """How the latest update of an account and region went."""

    def answer(self, request: Request, /) -> Answer:
        """Answer a request."""
        mirror = MIRRORS.get(request.call.name)
        if mirror is None or set(request.parameters) != ({mirror.of} if mirror.of else set()):
            return self._recorders.answer(request)
        told = self._told(request, mirror)
        if isinstance(told, Answer):
            return told
        return msgspec.structs.replace(self._direct.answer(request), aside=told)

    def _told(self, request: Request, mirror: Mirror) -> Answer | str:
        """The answer, or why there is none; empty where nobody could expect one."""
        failed = self._once("", self._follow) or self._once(mirror.type, lambda: self._load(mirror.type))
        if failed:
            return failed
        account, region = request.account, request.region
        named = request.parameters[mirror.of] if mirror.of else None
        found = self._shelf.get(mirror.name, account, region, named)
        if not found:
            return ""
        state = self._followed.get((account, region), "unknown to it")
        if state != "SUCCEEDED":
            return f"{NAME} aggregator {self._view.name} is not up to date in {region}: {state}; {_INSTEAD}"
        why = self._recorders.why_not(account, region, mirror.type) or next(filter(None, map(self._why_not, found)), "")
        return f"{why}; {_INSTEAD}" if why else _joined(mirror, found)

    def _why_not(self, kept: Kept) -> str:
        if kept.why:
            return kept.why
        limit = self._view.max_age
        if limit is not None and datetime.fromisoformat(kept.at) < self._now - limit:
            return f"{NAME} captured {kept.operation} longer ago than --config-max-age allows"
        return ""

    def _once(self, what: str, work: Callable[[], str]) -> str:
        """Do a piece of work once, whoever asks first; why it failed."""
        with self._guard:
            lock = self._locks[what]
        with lock:
            if what not in self._failed:
                self._failed[what] = work()
            return self._failed[what]

    def _follow(self) -> str:
        """Ask which accounts and regions the aggregator follows, and how that goes."""

        def take(page: Page) -> None:
            for one in found_in(page, FOLLOWED.items):
                if one.get("SourceType") == "ACCOUNT":
                    self._followed[one.get("SourceId", ""), one.get("AwsRegion", "")] = one.get("LastUpdateStatus", "")

        parameters = {"ConfigurationAggregatorName": self._view.name}
        return self._ended(self._view.pages.read(self._request(FOLLOWED, parameters), take), FOLLOWED.action)

    def _load(self, type_: str) -> str:
        """Ask for every item of a type."""
        odd: list[str] = []

        def take(page: Page) -> None:
            try:
                self._shelf.put([kept for text in page.get("Results", ()) for kept in self._kept(type_, text)])
            except (msgspec.DecodeError, ValueError):
                odd.append(f"{NAME} gave an item of {type_} that is not of its documented form; {_INSTEAD}")

        parameters = {
            "ConfigurationAggregatorName": self._view.name,
            "Expression": self._expression(type_),
            "Limit": _A_PAGE,
        }
        ended = self._ended(self._view.pages.read(self._request(SELECT, parameters), take), SELECT.action)
        return ended or next(iter(odd), "")

    def _expression(self, type_: str) -> str:
        """The query; with few accounts it names them."""
        accounts = sorted(self._view.accounts)
        named = ", ".join(f"'{account}'" for account in accounts)
        also = f" AND accountId IN ({named})" if len(accounts) <= _NAMED else ""
        return f"SELECT {', '.join(FIELDS)} WHERE resourceType = '{type_}'{also}"

    def _kept(self, type_: str, text: str) -> Iterator[Kept]:
        """The answers of every operation about one item.

        Raises ValueError, of which DecodeError is one, for what is no item.
        """
        item = msgspec.convert(without_shapes(msgspec.json.decode(text)), type=ConfigItem)
        if item.account_id not in self._view.accounts or item.configuration_item_status in _DELETED:
            return
        at = datetime.fromisoformat(item.configuration_item_capture_time).astimezone(UTC).isoformat(timespec="seconds")
        for mirror in MIRRORS.values():
            if mirror.type == type_:
                page, why = self._read(mirror, item)
                if page is not None or why:
                    yield Kept(
                        operation=mirror.name,
                        account=item.account_id,
                        region=item.aws_region,
                        resource=item.resource_id,
                        at=at,
                        page=page,
                        why=why,
                    )

    def _read(self, mirror: Mirror, item: ConfigItem) -> tuple[Page | None, str]:
        """An item as its own API would tell it, or why it cannot be."""
        if item.configuration_item_status not in _CURRENT:
            return None, f"{NAME} knows of a {mirror.type} and does not record it"
        output = self._outputs.get(mirror.name)
        if output is None:
            model = self._view.models(mirror.service)
            output = self._outputs[mirror.name] = model.operation_model(mirror.operation).output_shape
        try:
            words = mirror.words(item)
            page = None if words is None else shaped(words, output)
        except MisfitError as misfit:
            return None, f"{NAME} describes a {mirror.type} otherwise than {mirror.name}: {misfit}"
        lacks = "" if page is None else mirror.lacks(page)
        return (None, f"{NAME} does not tell {lacks} of a {mirror.type}") if lacks else (page, "")

    def _request(self, call: Any, parameters: dict[str, Any]) -> Request:
        return Request(self._view.account, self._view.region, call, parameters)

    def _ended(self, answer: Answer, action: str) -> str:
        if not answer.error:
            return ""
        where = f"{self._view.account} {self._view.region}"
        return f"{answer.error} on {action} of {self._view.name} in {where}; {_INSTEAD}"


_INSTEAD = "the account itself was asked"


def _joined(mirror: Mirror, found: list[Kept]) -> Answer:
    """One answer of what is known of several resources; it is as old as the oldest."""
    page: Page = {}
    for kept in found:
        for name, value in (kept.page or {}).items():
            page[name] = [*page.get(name, ()), *value] if not mirror.of else value
    return Answer(pages=[page], at=min(kept.at for kept in found), source=NAME)
