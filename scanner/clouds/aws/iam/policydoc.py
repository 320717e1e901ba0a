"""Policy documents: JSON text, or rebuilt from an aws_iam_policy_document whose JSON is not known yet.

Elements of `resources` and of principals are plain text where known. `${<address>}~` is built from the name of a
planned resource in a way the plan does not show (its ARN, or its ARN and more); `~` is not known at all.

Source of the grammar: AWS IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

import msgspec

from scanner.clouds.aws.iam.elements import NOT_KNOWN, compared, element, written_out
from scanner.clouds.aws.iam.policy_text import conditions_of, malformed, policy_json, principals, texts
from scanner.hcl.values import Symbol, Template, Unfinished
from scanner.model import Completed, Unknown
from scanner.terraform.address import absolute
from scanner.terraform.completed import completed_in
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block, marks_of

Texts: TypeAlias = tuple[str, ...] | Unknown
Conditions: TypeAlias = tuple[tuple[str, str, tuple[str, ...]], ...]

CURRENT, OLDER = "2012-10-17", "2008-10-17"
"""Versions of the policy language. A text that names none is of the older one, a data source writes the current one.

Source: AWS IAM User Guide, "IAM JSON policy elements: Version".
"""

EITHER = "whether a statement allows or denies is not known"
"""Why a document has more, where it is only because of its undecided statements."""

_EFFECTS = frozenset({"Allow", "Deny"})
_DATA = "aws_iam_policy_document"
_DEPTH = 5
_NEVER_BUILT = ("actions", "not_actions")
"""Elements that no resource's name makes: one that is not known may be anything, a wildcard too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStatement:
    """One statement as written."""

    sid: str = ""
    effect: str = "Allow"
    actions: Texts = ()
    not_actions: Texts = ()
    resources: Texts = ()
    names_resources: bool = False
    """Whether each of `resources` that is not known is some planned resource, though not known which: never `*`."""

    not_resources: Texts = ()
    principals: Texts = ()
    """`<type>:<identifier>`, such as AWS:* (also for a bare `*`) or Service:s3.amazonaws.com."""

    not_principals: Texts = ()
    conditions: Conditions | Unknown = ()
    """Operator, key and values; values may be `~`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One policy document."""

    statements: tuple[PolicyStatement, ...]
    undecided: tuple[PolicyStatement, ...] = ()
    """Statements of which it is open whether they allow or deny; `more` is then set."""

    more: str = ""
    """Why there may be further statements that are not known; empty when these are all."""

    version: str = CURRENT
    """Version of the policy language."""

    completed: tuple[Completed, ...] = ()
    """What of it stands in the sources alone."""


def read_document(
    planned: PlannedWorld, owner: PlannedResource, attribute: str, block: Block | None = None
) -> Document | Unknown | None:
    """Read the policy in an attribute: None where none is set, Unknown where it cannot be known or is not JSON."""
    holder = block or owner
    value = holder.get(attribute)
    if value is None or value == "":
        return None
    document = _read(planned, owner, holder, attribute, value)
    completed = completed_in(owner, f"{holder.where}{attribute}")
    if completed and isinstance(document, Document):
        return replace(document, completed=(*completed, *document.completed))
    return document


def _read(
    planned: PlannedWorld, owner: PlannedResource, holder: Block, attribute: str, value: Any
) -> Document | Unknown:
    where = f"{owner.address}.{attribute}"
    if not isinstance(value, Unknown):
        return parse(value if isinstance(value, str) else msgspec.json.encode(value).decode(), where)
    references = holder.references(attribute) or ()
    document = _from_template(planned, owner, value, where) if isinstance(value, Template) else value
    if isinstance(value, Unfinished) or (isinstance(value, Template) and not _is_alone(value)):
        # What it is made from is not what it is: another document may have been changed on the way.
        return _naming(planned, owner, references, value) if isinstance(document, Unknown) else document
    return _follow(planned, owner, references, value, 0)


def _is_alone(value: Template) -> bool:
    """Whether a text is a symbol with space around it."""
    parts = [part for part in value.parts if not isinstance(part, str) or part.strip()]
    return len(parts) == 1 and isinstance(parts[0], Symbol)


def _from_template(planned: PlannedWorld, owner: PlannedResource, template: Template, where: str) -> Document | Unknown:
    """Read a policy that the sources tell, but for parts of it."""
    raw = policy_json(template, where)
    if isinstance(raw, Unknown):
        return raw
    return _document(written_out(raw, lambda value: element(planned, owner, value)), where)


@lru_cache(maxsize=4096)
def parse(text: str, where: str) -> Document | Unknown:
    """Read a policy's JSON text; `where` names it in a reason."""
    raw = policy_json(text, where)
    return raw if isinstance(raw, Unknown) else _document(raw, where)


def _document(raw: Any, where: str) -> Document | Unknown:
    statements = raw.get("Statement") if isinstance(raw, dict) else None
    statements = [statements] if isinstance(statements, dict) else statements
    known = [s for s in statements if not isinstance(s, Unknown)] if isinstance(statements, list) else None
    if known is None or not all(isinstance(s, dict) for s in known):
        return Unknown(f"{where} is JSON, but not a policy: it has no statements")
    breaks = next(filter(None, map(malformed, known)), "")
    if breaks:
        return Unknown(f"{where} is JSON, but no policy that AWS takes: {breaks}")
    more = next((s.reason for s in statements if isinstance(s, Unknown)), "") if isinstance(statements, list) else ""
    version = raw.get("Version") or OLDER
    if isinstance(version, Unknown):
        return version
    return _certain([_statement(s, where) for s in known], more, str(version))


def _certain(statements: Iterable[PolicyStatement], more: str, version: str) -> Document:
    """A document without the statements of which it is open whether they allow or deny: these are more of it."""
    told = tuple(statements)
    undecided = tuple(s for s in told if s.effect not in _EFFECTS)
    return Document(
        statements=tuple(s for s in told if s.effect in _EFFECTS) if undecided else told,
        undecided=undecided,
        more=more or (EITHER if undecided else ""),
        version=version,
    )


def _statement(raw: dict[str, Any], where: str) -> PolicyStatement:
    return PolicyStatement(
        sid=str(raw.get("Sid") or ""),
        effect=str(raw.get("Effect") or "Allow").capitalize(),
        actions=texts(raw.get("Action")),
        not_actions=texts(raw.get("NotAction")),
        resources=texts(raw.get("Resource")),
        not_resources=texts(raw.get("NotResource")),
        principals=principals(raw.get("Principal")),
        not_principals=principals(raw.get("NotPrincipal")),
        conditions=conditions_of(raw.get("Condition"), where),
    )


def _follow(
    planned: PlannedWorld, owner: PlannedResource, references: Iterable[str], unknown: Unknown, depth: int
) -> Document | Unknown:
    references = tuple(references)
    if not references or depth > _DEPTH:
        return unknown
    target = planned.follow(owner, references, (_DATA,))
    if not isinstance(target, PlannedResource) or target.type != _DATA:
        return _naming(planned, owner, references, unknown)
    if isinstance(target.get("json"), str):
        # That document is known, and this one is not: something else is in it.
        return _naming(planned, owner, references, unknown)
    return rebuild(planned, target, depth)


def _naming(planned: PlannedWorld, owner: PlannedResource, references: Iterable[str], unknown: Unknown) -> Unknown:
    """Why a document is not known, with what its expression names."""
    named = ", ".join(dict.fromkeys(r.address for r in planned.referred(owner, references)))
    return Unknown(f"{unknown.reason}" + (f"; it names {named}" if named else ""))


def rebuild(planned: PlannedWorld, source: PlannedResource, depth: int = 0) -> Document | Unknown:
    """Put together the document of an aws_iam_policy_document from its own blocks and those it takes in."""
    text = source.get("json")
    if isinstance(text, str):
        return parse(text, f"data.{source.type}.{source.name}")
    blocks = source.blocks("statement")
    if isinstance(blocks, Unknown):
        return blocks
    own = [_from_block(planned, source, block) for block in blocks]
    version = source.text("version", CURRENT)
    if isinstance(version, Unknown):
        return version
    merged: dict[str, PolicyStatement] = {}
    more = ""
    for group in (
        _included(planned, source, "source", depth),
        Document(statements=tuple(own), version=version),
        _included(planned, source, "override", depth),
    ):
        # One of a later version makes the whole of that version.
        more, version = more or group.more, max(version, group.version)
        for statement in group.statements:
            merged[statement.sid or f"\0{len(merged)}"] = statement
    return replace(_certain(merged.values(), more, version), completed=completed_in(source, "statement"))


def _included(planned: PlannedWorld, source: PlannedResource, which: str, depth: int) -> Document:
    """Statements of source_policy_documents or override_policy_documents, and of the older *_json."""
    names = [name for name in (f"{which}_policy_documents", f"{which}_json") if source.get(name) is not None]
    documents = [one for name in names for one in _documents(planned, source, name, depth)]
    gaps = (one.reason if isinstance(one, Unknown) else one.more for one in documents)
    told = [one for one in documents if isinstance(one, Document)]
    return Document(
        statements=tuple(s for one in told for s in (*one.statements, *one.undecided)),
        more=next((gap for gap in gaps if gap not in {"", EITHER}), ""),
        version=max((one.version for one in told), default=OLDER),
    )


def _documents(planned: PlannedWorld, source: PlannedResource, name: str, depth: int) -> Iterable[Document | Unknown]:
    """Each document that an attribute takes in."""
    value = source.get(name)
    where = f"{source.address}.{name}"
    marks = source.unknown.get(name) if isinstance(source.unknown, dict) else None
    values, marks = (value, marks) if isinstance(value, list) else ([value], [marks])
    marks = marks if isinstance(marks, list) and marks else [None] * len(values)
    if source.whole(name):
        return [parse(str(text), where) for text in values]
    told = all(isinstance(mark, (Symbol, Template, Unfinished)) for mark in marks if mark)
    if told and len(marks) == len(values):
        return [
            _open(planned, source, mark, where, depth) if mark else parse(str(text), where)
            for text, mark in zip(values, marks, strict=True)
        ]
    known = [parse(text, where) for text in values if isinstance(text, str)]
    hidden = len(values) - len(known) if isinstance(value, list) else 0
    return [*known, *_follow_each(planned, source, name, hidden, depth)]


def _open(planned: PlannedWorld, source: PlannedResource, value: Unknown, where: str, depth: int) -> Document | Unknown:
    """A document that the sources tell: another one's JSON, or text with parts that are not known."""
    if isinstance(value, Template):
        return _from_template(planned, source, value, where)
    return _follow(planned, source, (absolute(value),) if isinstance(value, Symbol) else (), value, depth + 1)


def _follow_each(
    planned: PlannedWorld, source: PlannedResource, name: str, hidden: int, depth: int
) -> Iterable[Document | Unknown]:
    """The documents that references name; not known where these are not all, or not as many as are `hidden`."""
    references = source.references(name) or ()
    found = planned.referred(source, references)
    documents = [one for one in found if one.type == _DATA]
    problem = source.plan.resolver.resolve(references, source.place()).problem
    apart = problem or len(documents) != len(found) or hidden not in (0, len(documents))
    if not documents or apart or depth > _DEPTH:
        return [Unknown(f"{source.address}.{name} is known only after apply")]
    return [rebuild(planned, one, depth + 1) for one in documents]


def _from_block(planned: PlannedWorld, source: PlannedResource, block: Block) -> PolicyStatement:
    effect = block.text("effect", "Allow")
    return PolicyStatement(
        sid=str(block.values.get("sid") or ""),
        effect=NOT_KNOWN if isinstance(effect, Unknown) else effect,
        actions=_elements(planned, source, block, "actions"),
        not_actions=_elements(planned, source, block, "not_actions"),
        resources=_elements(planned, source, block, "resources"),
        names_resources=_names_planned(planned, source, block),
        not_resources=_elements(planned, source, block, "not_resources"),
        principals=_principal_blocks(planned, source, block, "principals"),
        not_principals=_principal_blocks(planned, source, block, "not_principals"),
        conditions=_condition_blocks(planned, source, block),
    )


def _elements(planned: PlannedWorld, source: PlannedResource, block: Block, name: str) -> tuple[str, ...]:
    """Known elements as they are, each unknown one as what it is built from."""
    value = block.get(name)
    if value is None:
        return ()
    items = value if isinstance(value, list) else [value]
    known = [_with_variables(str(item)) for item in items if item is not None and not isinstance(item, Unknown)]
    if block.whole(name):
        return tuple(known)
    told = _told(planned, source, block, name)
    if told is not None:
        return tuple(map(_with_variables, told))
    if _given_up(block, name):
        return (*known, NOT_KNOWN)
    references = block.references(name) or ()
    named = [r for r in planned.referred(source, references) if r.type != _DATA]
    hidden = len(items) - len(known) if isinstance(value, list) else 0
    followed = name not in _NEVER_BUILT and _all_followed(source, references, hidden == len(named))
    return (*known, *([f"${{{r.id}}}{NOT_KNOWN}" for r in named] if followed and named else [NOT_KNOWN]))


def _told(planned: PlannedWorld, source: PlannedResource, block: Block, name: str) -> tuple[str, ...] | None:
    """Elements as the sources tell them; None where these do not tell each one."""
    marks = block.unknown.get(name) if isinstance(block.unknown, dict) else None
    marks, values = (marks, block.values.get(name)) if isinstance(marks, list) else ([marks], [None])
    if not isinstance(values, list) or len(values) != len(marks):
        return None
    if not all(mark in (False, None) or isinstance(mark, (Symbol, Template)) for mark in marks):
        return None

    def text(mark: Unknown) -> str:
        return NOT_KNOWN if name in _NEVER_BUILT else element(planned, source, mark)

    return tuple(text(mark) if mark else str(item) for item, mark in zip(values, marks, strict=True))


def _with_variables(text: str) -> str:
    """An element as the data source writes it: its `&{...}` is a policy variable.

    Source: Terraform AWS provider, aws_iam_policy_document, "Context Variable Interpolation".
    """
    return text.replace("&{", "${")


def _given_up(block: Block, name: str) -> bool:
    """Whether the sources tell of a part that it is made in a way that was not worked out: it may be a wildcard."""
    return any(isinstance(mark, Unfinished) for mark in marks_of(block.unknown, name))


def _names_planned(planned: PlannedWorld, source: PlannedResource, block: Block) -> bool:
    """Whether all that the unknown elements of `resources` can be built from is planned: no local, no data source."""
    references = block.references("resources") or ()
    found = [source.plan.resolver.resolve((reference,), source.place()) for reference in references]
    named = planned.referred(source, references)
    shown = bool(named) and not any("local." in one.problem for one in found) and not _given_up(block, "resources")
    return shown and all(one.mode == "managed" for one in named)


def _all_followed(source: PlannedResource, references: Iterable[str], as_many: bool) -> bool:  # noqa: FBT001
    """Whether the references show everything the unknown elements are built from.

    A list over all instances of a block may leave some out, unless there are `as_many` elements as instances.
    """
    found = source.plan.resolver.resolve(references, source.place())
    return not found.problem or (found.every and as_many)


def _principal_blocks(
    planned: PlannedWorld, source: PlannedResource, block: Block, name: str
) -> tuple[str, ...] | Unknown:
    blocks = block.blocks(name)
    if isinstance(blocks, Unknown):
        return blocks
    return tuple(
        f"{'AWS' if kind == '*' else kind}:{item}"
        for inner in blocks
        for kind in (str(inner.values.get("type") or NOT_KNOWN),)
        for item in _elements(planned, source, inner, "identifiers")
    )


def _condition_blocks(planned: PlannedWorld, source: PlannedResource, block: Block) -> Conditions | Unknown:
    blocks = block.blocks("condition")
    if isinstance(blocks, Unknown):
        return blocks
    return tuple(
        (
            str(inner.values.get("test") or NOT_KNOWN),
            str(inner.values.get("variable") or NOT_KNOWN),
            tuple(map(compared, _elements(planned, source, inner, "values"))),
        )
        for inner in blocks
    )
