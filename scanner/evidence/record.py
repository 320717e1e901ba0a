"""A run as a record: everything it judged and concluded, and digests of what it was made from.

Canonical JSON: keys sorted, no blanks, UTF-8, whole numbers only, as RFC 8785 ("JSON Canonicalization Scheme") writes
it. Text passes the run's redactor before it gets here.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from scanner.errors import InputError
from scanner.findings import Finding, Run
from scanner.model import Gap, Resource, Statement, Unknown, World, fact_names
from scanner.redact import Redactor

FORMAT = "trustscan-run/1"
"""Name and major version: keys may be added under it, none is taken away or changes its meaning.

Its JSON schema is published in scanner/data/trustscan-run-1.schema.json.
"""

_NAMED = ("id", "type", "name", "account", "region", "planned")
"""Facts of every resource that stand beside the others."""

_NUMBER = re.compile(r"#\d+$")


class Input(msgspec.Struct, frozen=True):
    """What was scanned: a file, an account, a capture."""

    name: str
    sha256: str = ""
    """Of the plan as JSON, or of the capture's manifest; empty where nothing was kept."""

    identity: str = ""
    """Who read it, as the cloud calls them."""

    read_at: str = ""
    """When it was read, of what can change: an account."""


class Thing(msgspec.Struct, frozen=True):
    """One resource or statement with its facts; a fact that is not known is `{"unknown": reason}`."""

    id: str
    kind: str
    type: str
    provider_type: str
    name: str
    account: str
    region: str
    facts: dict[str, Any]

    @property
    def natural_key(self) -> tuple[str, str, str]:
        """Type and name in the provider's words: how a plan's resource and a live one find each other."""
        return (self.kind, self.provider_type, self.name)


class Verdict(msgspec.Struct, frozen=True):
    """What one control concluded about one subject."""

    id: str
    control: str
    subject: str
    status: str
    severity: str
    reason: str
    waived_until: str = ""
    baseline: bool = False


class Missing(msgspec.Struct, frozen=True):
    """What could not be read."""

    scope: str
    reason: str
    kinds: list[str]
    """Kinds of which something may be missing, and whose controls say unknown on the scope."""

    hides: list[str] = []
    """Kinds of which something may be missing, though no verdict is asked for."""

    facts: list[str] = []
    """Facts that are missing, where only some are."""

    call: str = ""
    """Permission of the request that failed; empty in a plan."""

    account: str = ""
    regions: list[str] = []
    """Where in a live world it is; no region for a whole account."""


class Rule(msgspec.Struct, frozen=True):
    """One control as it was applied."""

    id: str
    sha256: str
    """Of its file."""

    criteria: list[str]
    passed: int
    failed: int
    unknown: int
    waived: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One run, whole."""

    format: str = FORMAT
    tool: str
    tool_sha256: str = ""
    """Of the program's own files: of the list of their digests, as `sha256sum` writes it, in order of their paths."""

    kind: str
    """plan, live or capture."""

    began: str
    ended: str
    """UTC, as ISO 8601."""

    inputs: list[Input]
    rules: list[Rule]
    settings: dict[str, str]
    """SHA-256 of each file that settings, waivers and baseline were read from, by what it is."""

    population: dict[str, int]
    """Resources judged, by kind."""

    resources: list[Thing]
    findings: list[Verdict]
    gaps: list[Missing]
    notes: list[str]
    previous: str = ""
    """SHA-256 of the record of the run before, in the same folder; empty for the first."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """How a run came about: what its record says besides what it found."""

    tool_sha256: str
    kind: str
    began: str
    ended: str
    inputs: tuple[Input, ...]
    rules: Mapping[str, str]
    """SHA-256 of each control's file by its id."""

    settings: Mapping[str, str]


def record(run: Run, world: World, hide: Redactor, made: Made) -> Record:
    """Turn a run and its world into a record."""
    seen = (*world.resources, *_in_short(world.statements))
    by_control: dict[str, Counter[str]] = {}
    for finding in run.findings:
        counts = by_control.setdefault(finding.control, Counter())
        counts[finding.status.value] += 1
        counts["waived"] += finding.waiver is not None
    return Record(
        tool=run.tool,
        tool_sha256=made.tool_sha256,
        kind=made.kind,
        began=made.began,
        ended=made.ended,
        inputs=[msgspec.structs.replace(one, name=hide.text(one.name)) for one in made.inputs],
        rules=[
            _rule(c.id, made.rules.get(c.id, ""), c.criteria, by_control.get(c.id, Counter())) for c in run.controls
        ],
        settings=dict(made.settings),
        population=dict(Counter(resource.kind for resource in seen)),
        resources=sorted((_thing(resource, hide) for resource in seen), key=lambda thing: (thing.kind, thing.id)),
        findings=sorted(map(_verdict, run.findings), key=lambda verdict: (verdict.control, verdict.subject)),
        gaps=sorted(map(_missing, run.gaps), key=lambda gap: (gap.scope, gap.call, gap.reason, gap.kinds, gap.hides)),
        notes=list(run.notes),
    )


def _in_short(statements: Iterable[Statement]) -> Iterator[Statement]:
    """Statements, but of a policy whose text the provider maintains one, that names it instead of repeating it.

    Its first statement is called by the policy's name, the others by that and their number.
    """
    told: dict[str, Statement] = {}
    for statement in statements:
        if statement.managed_by != "provider" or statement.policy_kind == "resource":
            yield statement
            continue
        id_ = _NUMBER.sub("", statement.id)
        if id_ not in told or told[id_].effect == "Deny":
            told[id_] = statement
    for id_, statement in told.items():
        why = Unknown(f"{id_.rpartition('#')[2]} is a policy of the provider, which maintains its text")
        yield replace(statement, id=id_, actions=why, resources=why, not_actions=(), not_resources=(), conditions=())


def canonical(document: Record) -> bytes:
    """The one way to write a record."""
    return msgspec.json.encode(document, order="sorted") + b"\n"


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def decode(content: bytes, where: str) -> Record:
    """Read a record.

    Raises InputError for what is none.
    """
    try:
        told = msgspec.json.decode(content, type=_Format).format
        if told != FORMAT:
            raise InputError(f"{where}: is of format {told!r}; this version reads {FORMAT!r}")
        return msgspec.json.decode(content, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{where}: is no record of a run: {error}") from None


class _Format(msgspec.Struct):
    """What every version of the format tells."""

    format: str


def _rule(id_: str, sha256: str, criteria: Iterable[str], counts: Counter[str]) -> Rule:
    return Rule(
        id=id_,
        sha256=sha256,
        criteria=list(criteria),
        passed=counts["pass"],
        failed=counts["fail"],
        unknown=counts["unknown"],
        waived=counts["waived"],
    )


def _thing(resource: Resource, hide: Redactor) -> Thing:
    facts = {name: _fact(getattr(resource, name), hide) for name in fact_names(type(resource)) if name not in _NAMED}
    return Thing(
        id=hide.address(resource.id),
        kind=resource.kind,
        type=resource.type,
        provider_type=resource.origin.type,
        name=hide.text(resource.name),
        account=hide.text(resource.account),
        region=resource.region,
        facts=facts,
    )


def _fact(value: object, hide: Redactor) -> Any:
    if isinstance(value, Unknown):
        return {"unknown": hide.text(value.reason)}
    if isinstance(value, str):
        return hide.text(value)
    if isinstance(value, tuple):
        return [_fact(item, hide) for item in value]
    return value


def _verdict(finding: Finding) -> Verdict:
    return Verdict(
        id=finding.id,
        control=finding.control,
        subject=finding.subject,
        status=finding.status.value,
        severity=finding.severity,
        reason=finding.reason,
        waived_until=finding.waiver.expires if finding.waiver else "",
        baseline=finding.baseline,
    )


def _missing(gap: Gap) -> Missing:
    return Missing(
        scope=gap.scope,
        reason=gap.reason,
        kinds=list(gap.kinds),
        hides=list(gap.hides),
        facts=list(gap.facts),
        call=gap.call,
        account=gap.account,
        regions=gap.region.split(),
    )
