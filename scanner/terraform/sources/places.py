"""Which line of a resource's source block a finding is about: an attribute, a nested block, or the block as a whole.

Told by the finding's reason where it names an attribute; by the statement it names in a policy; else by the Terraform
that mends it, where that sets one thing that the block sets otherwise. Where neither decides, nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from scanner.findings import Finding, Status
from scanner.hcl.expressions import Literal, Reference
from scanner.hcl.syntax import parse
from scanner.hcl.tree import Attribute, Block, Body
from scanner.model import FROM_SOURCES, Origin
from scanner.policy import Policy
from scanner.terraform.instances import Plan
from scanner.terraform.sources.expand import NOT_SENT
from scanner.terraform.sources.modules import ModuleNames, Modules

Path: TypeAlias = tuple[str, ...]

_TOKEN = re.compile(r"(?<![\w.\[\"/-])[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*(?![\w\[\"(/-])")
_HEAD = re.compile(r"([a-z][a-z0-9_.]*)(?=(?: is | are | holds | cannot |: ))")
_STATEMENT = re.compile(r"statement ([A-Za-z0-9]+) ")
_POLICIES = (
    "policy", "assume_role_policy", "inline_policy.policy", "access_policies", "access_policy", "resource_policy",
    "policy_document", "key_policy", "content",
)  # fmt: skip
_MISSING = re.compile(r"it has no |no(?:thing|ne|r)? |neither ")
_NAMES = re.compile(
    r"(?:.*_)?(?:name|id|identifier|description|family|bucket|prefix|sid|certificate_arn|(?<!authorization_)type)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One attribute or nested block of a block."""

    path: Path
    line: int
    end: int
    attribute: Attribute | None
    """None for a nested block."""

    dynamic: bool = False
    """Whether how many of it there are is an expression."""


class Parts:
    """Everything a block sets, by its path; of several of one path the first."""

    def __init__(self, body: Body) -> None:
        """Flatten a body."""
        self.all = tuple(_parts(body, ()))
        self.by_path: dict[Path, Part] = {}
        self.by_name: dict[str, Part] = {}
        for part in sorted(self.all, key=lambda part: (part.attribute is None, len(part.path))):
            self.by_path.setdefault(part.path, part)
            self.by_name.setdefault(part.path[-1], part)

    @cached_property
    def times(self) -> Mapping[Path, int]:
        """How often each path is set."""
        counted: dict[Path, int] = {}
        for part in self.all:
            counted[part.path] = counted.get(part.path, 0) + 1
        return counted


def _parts(body: Body, above: Path) -> Iterator[Part]:
    for name, attribute in body.attributes.items():
        if name not in NOT_SENT:
            yield Part((*above, name), attribute.line, attribute.line + attribute.source.count("\n"), attribute)
    for block in body.blocks:
        dynamic = block.type == "dynamic" and block.labels
        name = block.labels[0] if dynamic else block.type
        if name in NOT_SENT:
            continue
        yield Part((*above, name), block.line, block.end, None, dynamic=bool(dynamic))
        for inner in [one for one in block.body.blocks if one.type == "content"] if dynamic else [block]:
            yield from _parts(inner.body, (*above, name))


def placed(
    findings: tuple[Finding, ...], sources: Iterable[tuple[Plan, Modules | None]], policies: Iterable[Policy]
) -> tuple[Finding, ...]:
    """Point each finding at a line, as far as the sources of its plan are at hand."""
    blocks: dict[tuple[str, str], tuple[Block, tuple[str, ...]]] = {}
    for plan, modules in sources:
        called: dict[ModuleNames, tuple[str, ...]] = {}
        for one in (*plan.resources, *plan.data) if modules is not None else ():
            names = tuple([name for name, _ in one.module])
            if names not in called and modules is not None:
                called[names] = tuple(f"{block.file}:{block.line}" for block in modules.calls_to(names))
            if one.source is not None:
                blocks[plan.name, one.address] = one.source, called[names]
    if not blocks:
        return findings
    places = Places({policy.control.id: policy.control.snippets.values() for policy in policies})

    def point(finding: Finding) -> Finding:
        found = blocks.get((finding.origin.plan, finding.origin.address))
        if found is None or finding.status is Status.PASS:
            return finding
        pointed = places.point(finding, found[0])
        return replace(pointed, origin=replace(pointed.origin, called=found[1])) if found[1] else pointed

    return tuple(map(point, findings))


class Places:
    """Points findings at lines; what a snippet or a block sets is read once."""

    def __init__(self, snippets: Mapping[str, Iterable[str]]) -> None:
        """Take the Terraform that mends each control, by its id."""
        self._snippets = snippets
        self._wanted: dict[str, tuple[Block, ...]] = {}
        self._parts: dict[int, Parts] = {}
        self._found: dict[tuple[int, str, str], Part | None] = {}

    def point(self, finding: Finding, block: Block) -> Finding:
        """A finding with the line of what in the block of its resource it is about; as it is where it passes."""
        if finding.status is Status.PASS:
            return finding
        key = (id(block), finding.control, finding.reason)
        if key not in self._found:
            self._found[key] = self._find(finding, block)
        part = self._found[key]
        return finding if part is None else replace(finding, origin=_at(finding.origin, part))

    def _find(self, finding: Finding, block: Block) -> Part | None:
        parts = self._parts.get(id(block))
        if parts is None:
            parts = self._parts[id(block)] = Parts(block.body)
        own = _own_reasons(finding, parts)
        named = _statement(own, parts) or _named(own, parts)
        if (named is not None and named.attribute is not None) or any(map(_MISSING.match, own[:1])):
            return named
        mended = self._mended(finding.control, block, parts) if finding.status is Status.FAIL else None
        within = named is None or (mended is not None and mended.path[: len(named.path)] == named.path)
        return mended if within else named

    def _mended(self, control: str, block: Block, parts: Parts) -> Part | None:
        """What the mending Terraform sets otherwise in a block of this type, where it is one thing."""
        if control not in self._wanted:
            texts = self._snippets.get(control, ())
            self._wanted[control] = tuple(one for text in texts for one in parse(text, control).body.blocks)
        same = [one for one in self._wanted[control] if one.labels[:1] == block.labels[:1] and one.type == block.type]
        wanted = [part for one in same for part in Parts(one.body).all if part.attribute is not None]
        return _decisive(wanted, parts)


def _at(origin: Origin, part: Part) -> Origin:
    return replace(origin, attribute=".".join(part.path), attribute_line=part.line, attribute_end=part.end)


def _own_reasons(finding: Finding, parts: Parts) -> list[str]:
    """The parts of a reason that speak of the finding's own resource, not of one beside it."""
    mine = {finding.subject, finding.origin.address}
    told = []
    for one in finding.reason.split("; "):
        if FROM_SOURCES in one:
            continue
        first, _, rest = one.partition(" ")
        name = first.removesuffix(":")
        if name in mine:
            told.append(rest)
        elif "." not in name or _called(tuple(name.split(".")), parts) is not None:
            told.append(one)
    return told


def _named(reasons: Iterable[str], parts: Parts) -> Part | None:
    """What a reason names: an attribute before a block, and a bare word only where the reason is about it."""
    blocks: list[Part] = []
    for reason in reasons:
        for token in _names_in(reason, parts):
            part = _called(tuple(token.split(".")), parts)
            if part is not None and part.attribute is not None:
                return part
            blocks += [part] if part is not None else []
    return blocks[0] if blocks else None


def _names_in(reason: str, parts: Parts) -> Iterator[str]:
    """What may name an attribute in a reason: `sse_algorithm is AES256`, `security policy TLS_1_0`."""
    if head := _HEAD.match(reason):
        yield head[1]
    yield from (token for token in _TOKEN.findall(reason) if "_" in token)
    words = f" {reason} "
    yield from (name for name in parts.by_name if "_" in name and f" {name.replace('_', ' ')} " in words)


def _called(path: Path, parts: Parts) -> Part | None:
    """The part of a path, or the nearest block around where it would stand; of one name alone, wherever it is."""
    if len(path) == 1:
        return parts.by_name.get(path[0])
    around = (parts.by_path.get(path[:length]) for length in range(len(path), 0, -1))
    return next((part for part in around if part is not None), None)


def _statement(reasons: Iterable[str], parts: Parts) -> Part | None:
    """The policy that holds the statement a reason names, from the line on which that is named where it is written."""
    held = next((found for name in _POLICIES if (found := parts.by_path.get(tuple(name.split("."))))), None)
    said = next((match[1] for reason in reasons if (match := _STATEMENT.match(reason))), None)
    if held is None or held.attribute is None or said is None:
        return None
    lines = held.attribute.source.split("\n")
    sid = re.compile(rf"\b[Ss]id\"?\s*[=:]\s*\"{re.escape(said)}\"")
    at = [number for number, line in enumerate(lines) if sid.search(line)]
    return replace(held, line=held.line + at[0], end=held.line + at[0]) if len(at) == 1 else held


def _decisive(wanted: Iterable[Part], parts: Parts) -> Part | None:
    """What is switched off where it should be on; else the one value that differs; else the one that may.

    A name differs from that of an example anyway, and so does what is set several times. Where a value is missing, that
    may be it, and nothing that stands there is.
    """
    switches, values, others = dict[Path, Part](), dict[Path, Part](), dict[Path, Part]()
    missing = False
    for part in wanted:
        if part.attribute is None or _NAMES.fullmatch(part.path[-1]) or parts.times.get(part.path, 0) > 1:
            continue
        expression = part.attribute.expression
        constant = expression.constant if isinstance(expression, Literal) else None
        found, around = parts.by_path.get(part.path), parts.by_path.get(part.path[:-1])
        if found is None or found.attribute is None or _alike(part.attribute, found.attribute):
            missing = missing or (found is None and constant is not None)
            if around is not None and (found is None or around.dynamic) and isinstance(constant, bool):
                switches[part.path] = around
        elif isinstance(constant, bool):
            switches[part.path] = found
        else:
            (others if constant is None else values)[part.path] = found
    if switches:
        return max(switches.values(), key=lambda part: len(part.path))
    one = values or ({} if missing else others)
    return next(iter(one.values())) if len(one) == 1 else None


def _alike(wanted: Attribute, found: Attribute) -> bool:
    """Whether a value is as wanted: the same constant, or a reference to a resource of the same type."""
    ours, theirs = wanted.expression, found.expression
    if isinstance(ours, Literal) and isinstance(theirs, Literal):
        return str(ours.constant).lower() == str(theirs.constant).lower()
    return isinstance(ours, Reference) and isinstance(theirs, Reference) and ours.names[0] == theirs.names[0]
