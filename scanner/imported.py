"""What other scanners say, brought together with our own findings. Pure: nothing here reads, writes or asks the time.

A check that means what one of our controls means is folded into our finding on the same subject: it agrees, or it is
told as a disagreement; the verdict stays ours. What only the other scanner found is a finding of its own, by its word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TypeAlias

from scanner.findings import Finding, Opinion, Status, Waiver
from scanner.foreign import Other, Result, Says, Told, Unmapped
from scanner.mapping import Mapped, mapping
from scanner.model import Origin, Resource, World

_STATUS = {Says.PASS: Status.PASS, Says.FAIL: Status.FAIL, Says.UNKNOWN: Status.UNKNOWN}
_KEY = re.compile(r'\["(?:[^"\\]|\\.)*"\]|\[\d+\]')

_Heard: TypeAlias = "dict[int, dict[tuple[str, str], Says]]"
"""By the place of our finding: what each check of each scanner says of it."""

_GRAVITY = {Says.PASS: 0, Says.UNKNOWN: 1, Says.FAIL: 2}


@dataclass(frozen=True, slots=True)
class Merged:
    """Our findings with what others say of them, theirs, and how much of it there was."""

    findings: tuple[Finding, ...]
    others: tuple[Other, ...]
    notes: tuple[str, ...]


def merge(findings: Sequence[Finding], world: World, told: Sequence[Told], created: Collection[str] = ()) -> Merged:
    """Bring together what we found in `world` and what other scanners told of it.

    `created` are the resources that a plan makes anew: what fails there is brought by it.
    """
    if not told:
        return Merged(findings=tuple(findings), others=(), notes=())
    index = _Index(findings, world)
    heard: _Heard = {}
    waived: dict[int, Waiver] = {}
    own: dict[tuple[str, str], Finding] = {}
    others: list[Other] = []
    for scan in told:
        unmapped: list[Unmapped] = []
        for result in scan.results:
            mapped = mapping(scan.tool).get(result.check)
            if mapped is None:
                unmapped += _left(result, scan)
                continue
            ours = index.findings_of(mapped, result, scan)
            whole = result.says is Says.FAIL or not mapped.part
            for i in ours if whole else ():
                if result.says is Says.SKIPPED:
                    waived.setdefault(i, _waiver(scan.tool, result, findings[i].subject))
                else:
                    _hear(heard.setdefault(i, {}), (scan.tool, result.check), result.says)
            # A comment that skips a part of a control says nothing of the rest, and is told by itself.
            if result.says is not Says.PASS and (not ours or (result.says is Says.SKIPPED and not whole)):
                _gravest(own, _own(scan, result, mapped, index))
        others.append(_counted(scan, unmapped))
    merged = (_with(finding, heard.get(i, {}), waived.get(i)) for i, finding in enumerate(findings))
    brought = (replace(f, change="brings") if f.subject in created else f for f in own.values())
    return Merged(
        findings=(*merged, *brought), others=tuple(others), notes=tuple(note for scan in told for note in scan.notes)
    )


def _type(address: str) -> str:
    """The Terraform type in an address."""
    steps = _block(address).split(".")
    return steps[-2] if len(steps) > 1 else ""


def _block(address: str) -> str:
    """An address without the keys of instances."""
    return _KEY.sub("", address)


class _Index:
    """Where our findings and resources are, by what another scanner calls them."""

    def __init__(self, findings: Sequence[Finding], world: World) -> None:
        self._findings = findings
        self._by_address: dict[tuple[str, str], list[int]] = {}
        self._by_file: dict[tuple[str, str], list[int]] = {}
        for i, finding in enumerate(findings):
            if finding.origin.address:
                self._by_address.setdefault((finding.control, finding.origin.address), []).append(i)
            if finding.origin.file and finding.origin.line:
                self._by_file.setdefault((finding.control, _name(finding.origin.file)), []).append(i)
        self._resources: dict[str, list[Resource]] = {}
        for resource in (*world.resources, *world.statements):
            if resource.origin.address:
                self._resources.setdefault(resource.origin.address, []).append(resource)
        self._known = self._resources.keys() | {finding.origin.address for finding in findings} - {""}

    def findings_of(self, mapped: Mapped, result: Result, told: Told) -> list[int]:
        """Our findings that a result is about: of the control that means the same, for the types it does so for."""
        if not mapped.control or (result.address and mapped.types and _type(result.address) not in mapped.types):
            return []
        if result.address not in self._known:
            # Told by file and lines alone, or by a block's address where ours are of its instances.
            return self._at(mapped, result)
        found = self._by_address.get((mapped.control, result.address), [])
        plan = _plan({self._findings[i].origin.plan for i in found}, result, told)
        return [i for i in found if self._findings[i].origin.plan == plan]

    def _at(self, mapped: Mapped, result: Result) -> list[int]:
        """Findings on the blocks that the lines of a result touch; of instances of a block, those that fail if any."""
        if not result.line or not result.file:
            return []
        found = [
            i
            for i in self._by_file.get((mapped.control, _name(result.file)), [])
            if _touches(self._findings[i].origin, result)
            and (not mapped.types or self._findings[i].origin.type in mapped.types)
            and (not result.address or _block(self._findings[i].origin.address) == _block(result.address))
        ]
        return [i for i in found if self._findings[i].status is Status.FAIL] or found

    def place(self, result: Result, told: Told) -> tuple[str, Origin]:
        """The subject a result is filed under, and where that was read."""
        found = self._resources.get(result.address, [])
        plan = _plan({resource.origin.plan for resource in found}, result, told)
        here = next((resource for resource in found if resource.origin.plan == plan), None)
        if here is not None:
            return here.subject, here.origin
        at = f"{result.file}:{result.line}" if result.file and result.line else result.file
        source = {} if result.address else {"file": result.file, "line": result.line}
        origin = Origin(
            source=told.tool,
            type=_type(result.address),
            address=result.address,
            plan=told.plan,
            **source,  # type: ignore[arg-type]
        )
        return result.address or at or told.where, origin


def _plan(plans: set[str], result: Result, told: Told) -> str | None:
    """The plan a result is about, of those that have its address; none where that is not told."""
    if told.plan:
        return told.plan
    if len(plans) == 1:
        return next(iter(plans))
    named = [plan for plan in plans if result.file and _name(plan) == _name(result.file)]
    return named[0] if len(named) == 1 else None


def _name(path: str) -> str:
    return PurePath(path).name


def _touches(origin: Origin, result: Result) -> bool:
    meets = result.line <= max(origin.end, origin.line) and origin.line <= result.last
    return meets and _same_file(origin.file, result.file)


def _same_file(one: str, other: str) -> bool:
    """Whether two paths, from folders that may differ, can be one file: the shorter is the end of the longer."""
    a, b = PurePath(one).parts[::-1], PurePath(other).parts[::-1]
    return all(x == y for x, y in zip(a, b, strict=False))


def _hear(heard: dict[tuple[str, str], Says], check: tuple[str, str], says: Says) -> None:
    """Keep the gravest of what a check says of one subject."""
    heard[check] = max(heard.get(check, says), says, key=_GRAVITY.__getitem__)


def _with(finding: Finding, heard: Mapping[tuple[str, str], Says], waiver: Waiver | None) -> Finding:
    opinions = tuple(_opinions(finding, heard))
    if waiver is not None and finding.status is not Status.PASS:
        finding = replace(finding, waiver=finding.waiver or waiver)
    return replace(finding, opinions=opinions) if opinions else finding


def _opinions(finding: Finding, heard: Mapping[tuple[str, str], Says]) -> Iterator[Opinion]:
    """What decides each scanner's word: where one of its checks fails, those that pass do not count.

    A scanner that could not decide says nothing against a verdict.
    """
    for tool in sorted({tool for tool, _ in heard}):
        said = {check: says for (by, check), says in heard.items() if by == tool}
        worst = max(said.values(), key=_GRAVITY.__getitem__)
        if worst is Says.UNKNOWN and finding.status is not Status.UNKNOWN:
            continue
        for check in sorted(check for check, says in said.items() if says is worst):
            yield Opinion(tool=tool, check=check, says=_STATUS[worst])


def _own(told: Told, result: Result, mapped: Mapped, index: _Index) -> Finding:
    """A finding by another scanner's word."""
    subject, origin = index.place(result, told)
    skipped = result.says is Says.SKIPPED
    status = Status.FAIL if result.says is Says.FAIL else Status.UNKNOWN
    word = "was told to skip this" if skipped else "could not decide this"
    said = f"By {told.tool}'s word this does not hold" if status is Status.FAIL else f"{told.tool.capitalize()} {word}"
    reason = f"{said}: {mapped.title}. trustscan has no verdict of its own here"
    return Finding(
        control=result.check,
        subject=subject,
        status=status,
        severity=mapped.severity,
        criteria=mapped.criteria,
        message=f"{subject}: {reason}",
        reason=reason,
        fix=f"See what {told.tool} documents for {result.check}.",
        waiver=_waiver(told.tool, result, subject) if skipped else None,
        origin=origin,
        tool=told.tool,
    )


def _gravest(own: dict[tuple[str, str], Finding], finding: Finding) -> None:
    known = own.get((finding.control, finding.subject))
    if known is None or (finding.status is Status.FAIL and known.status is not Status.FAIL):
        own[finding.control, finding.subject] = finding


def _waiver(tool: str, result: Result, subject: str) -> Waiver:
    return Waiver(
        control=result.check,
        subject=subject,
        requester=f"{tool}:skip comment",
        approver="",
        reason=result.comment or "no reason is given",
        expires="",
        where=f"{result.file}:{result.line}" if result.file and result.line else "",
    )


def _left(result: Result, told: Told) -> list[Unmapped]:
    """What is told of a check that is not mapped; what passes is only counted."""
    if result.says is Says.PASS:
        return []
    at = f"{result.file}:{result.line}" if result.file and result.line else result.file
    subject = result.address or at or told.where
    return [Unmapped(check=result.check, title=result.title, subject=subject, says=result.says.value)]


def _counted(told: Told, unmapped: Sequence[Unmapped]) -> Other:
    counts = Counter(result.says for result in told.results)
    return Other(
        tool=told.tool,
        version=told.version,
        where=told.where,
        passed=counts[Says.PASS],
        failed=counts[Says.FAIL],
        unknown=counts[Says.UNKNOWN],
        skipped=counts[Says.SKIPPED],
        unmapped=tuple(unmapped),
    )
