"""What the fake keeps: records by account, region and collection, and the five operations most APIs are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from botocore.model import OperationModel, Shape

MOMENT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
"""When everything in the fake was made."""

Record: TypeAlias = dict[str, Any]
_TOKENS = ("clientToken", "clientRequestToken", "tags")
_GONE = "ResourceNotFoundException"


class Fault(Exception):  # noqa: N818 - an answer, not a mistake
    """An error that an operation answers with."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        """Take the code as the API writes it, such as AccessDeniedException."""
        super().__init__(message or code)
        self.code = code
        self.status = status


@dataclass
class State:
    """Everything kept, of every account and region."""

    records: dict[tuple[str, str, str], dict[tuple[str, ...], Record]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tags by ARN."""

    made: int = 0
    """How many ids were given out."""

    tokens: dict[tuple[str, str], Record] = field(default_factory=dict)
    """What was made, by the collection and the token of the request."""

    page: int = 100
    """Things in one page of a list, at most; smaller to see whether a client reads every page."""


@dataclass(frozen=True)
class Asked:
    """One request, understood."""

    account: str
    region: str
    service: str
    operation: OperationModel
    parameters: dict[str, Any]
    state: State
    upstream: Callable[[str, str, bytes], tuple[int, bytes]] = lambda _method, _target, _body: (404, b"")
    """Ask what stands behind the fake, as the same caller: method, path and query, body."""

    def of(self, collection: str) -> dict[tuple[str, ...], Record]:
        """Records of a collection, here."""
        return self.state.records.setdefault((self.account, self.region, collection), {})

    def new_id(self, length: int = 10) -> str:
        """An id nobody has."""
        self.state.made += 1
        return f"X{self.state.made:0{length - 1}d}"

    def arn(self, resource: str, service: str = "bedrock") -> str:
        """An ARN here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def answer(self, record: Mapping[str, Any]) -> Record:
        """The members of a record that the operation answers with, under the one structure that wraps them, if any."""
        shape: Any = self.operation.output_shape
        if shape is None:
            return {}
        inner = [(name, member) for name, member in shape.members.items() if member.type_name == "structure"]
        if len(inner) == 1 and len(shape.members) == 1:
            return {inner[0][0]: chosen(record, inner[0][1])}
        return chosen(record, shape)

    def listed(self, records: Iterator[Record] | list[Record]) -> Record:
        """A page of records, as the operation lists them, and the token of the next one."""
        shape: Any = self.operation.output_shape
        name = next(n for n, member in shape.members.items() if member.type_name == "list")
        limit = next((n for n in ("maxResults", "MaxResults", "MaxItems") if n in self.parameters), "")
        size = min(int(self.parameters[limit]) if limit else self.state.page, self.state.page)
        token = next((n for n in ("nextToken", "NextToken", "NextMarker") if n in shape.members), "")
        start = int(self.parameters.get("Marker" if token == "NextMarker" else token, 0))
        found = list(records)
        member = shape.members[name].member
        page = [chosen(r, member) if member.type_name == "structure" else r for r in found[start : start + size]]
        more = {token: str(start + size)} if token and start + size < len(found) else {}
        return {name: page} | more


Handler: TypeAlias = Callable[[Asked], Record]


def chosen(record: Mapping[str, Any], shape: Any) -> Record:
    """The members of a record that a shape has."""
    return {name: record[name] for name in shape.members if record.get(name) is not None}


def given(parameters: Mapping[str, Any]) -> Record:
    """What a request sets, without tokens and tags."""
    return {name: value for name, value in parameters.items() if name not in _TOKENS}


def tags_of(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Tags of a request, written as a map or as a list."""
    tags = parameters.get("tags") or {}
    return tags if isinstance(tags, dict) else {tag["key"]: tag["value"] for tag in tags}


@dataclass(frozen=True, kw_only=True)
class Table:
    """A kind of thing that is created, got, updated, deleted and listed."""

    service: str
    name: str
    """Name of its collection."""

    create: str = ""
    get: str = ""
    update: str = ""
    delete: str = ""
    lists: str = ""
    """Names of the operations, as far as there are some."""

    id: str
    """Member of the record that identifies it among its siblings."""

    called: tuple[str, ...] = ()
    """Parameters that name it in requests; also by ARN or name. By default the member `id`."""

    parents: tuple[str, ...] = ()
    """Members that name what it belongs to."""

    arn: str = ""
    """Member that holds its ARN."""

    path: str = ""
    """What follows the account in its ARN, with members in braces."""

    chooses: bool = False
    """Whether the caller, not the service, gives the id."""

    made: Mapping[str, Any] = field(default_factory=dict)
    """Members that the service sets."""

    ends: Mapping[str, Any] = field(default_factory=dict)
    """Members as deleting answers them."""

    namespace: str = "bedrock"
    """Service in its ARN."""

    def handlers(self) -> Iterator[tuple[tuple[str, str], Handler]]:
        """Every operation with what answers it."""
        pairs = (
            (self.create, self.on_create),
            (self.get, self.on_get),
            (self.update, self.on_update),
            (self.delete, self.on_delete),
            (self.lists, self.on_list),
        )
        yield from (((self.service, operation), handler) for operation, handler in pairs if operation)

    def add(self, ask: Asked, record: Record) -> Record:
        """Keep a record, and give it what the service sets; the same request again, by its token, makes no other."""
        token = next((str(ask.parameters[name]) for name in _TOKENS[:2] if ask.parameters.get(name)), "")
        if token and (self.name, token) in ask.state.tokens:
            return ask.state.tokens[self.name, token]
        if not self.chooses:
            record = {self.id: ask.new_id()} | record
        record = {"createdAt": MOMENT, "updatedAt": MOMENT} | dict(self.made) | record
        if self.arn:
            record[self.arn] = ask.arn(self.path.format(**record), self.namespace)
            ask.state.tags[record[self.arn]] = dict(tags_of(ask.parameters))
        key = self._key(record)
        if key in ask.of(self.name):
            raise Fault("ConflictException", f"{record[self.id]} exists", 409)
        ask.of(self.name)[key] = record
        if token:
            ask.state.tokens[self.name, token] = record
        return record

    def find(self, ask: Asked) -> Record:
        """The record that a request names. Raises Fault where there is none."""
        wanted = {ask.parameters[name] for name in self.called or (self.id,) if name in ask.parameters}
        for record in self.under(ask):
            if wanted <= {record.get(name) for name in (self.id, self.arn, "name") if name}:
                return record
        raise Fault(_GONE, f"no {self.name} {sorted(wanted)}", 404)

    def under(self, ask: Asked) -> list[Record]:
        """Records of what a request names as parent."""
        wanted = {name: ask.parameters[name] for name in self.parents if name in ask.parameters}
        return [r for r in ask.of(self.name).values() if all(r.get(n) == v for n, v in wanted.items())]

    def on_create(self, ask: Asked) -> Record:
        """Create."""
        return ask.answer(self.add(ask, given(ask.parameters)))

    def on_get(self, ask: Asked) -> Record:
        """Get."""
        return ask.answer(self.find(ask))

    def on_update(self, ask: Asked) -> Record:
        """Update: what the request leaves out is no longer set."""
        record = self.find(ask)
        shape: Shape | None = ask.operation.input_shape
        for name in shape.members if shape is not None else ():
            if name not in {*self.called, *self.parents, self.id} and name not in self.made:
                record.pop(name, None)
        names = {*self.called} - {self.id}
        record.update({n: v for n, v in given(ask.parameters).items() if n not in names})
        return ask.answer(record)

    def on_delete(self, ask: Asked) -> Record:
        """Delete."""
        record = self.find(ask)
        del ask.of(self.name)[self._key(record)]
        return ask.answer(record | dict(self.ends))

    def on_list(self, ask: Asked) -> Record:
        """List."""
        return ask.listed(self.under(ask))

    def _key(self, record: Record) -> tuple[str, ...]:
        return (*(str(record[name]) for name in self.parents), str(record[self.id]))
