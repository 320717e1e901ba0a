"""Controls and a world in, findings out. Pure: nothing here reads, writes or asks the time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import product

from scanner.expr import Condition
from scanner.findings import Control, Finding, Status
from scanner.graph.flowgraph import POSSIBLE, tier_of
from scanner.graph.hidden import BY_FLOWS
from scanner.graph.paths import Told, Ways, hides_flows
from scanner.graph.steps import told_way
from scanner.kinds import UNREAD, Flow, Grant, Identity
from scanner.model import FROM_SOURCES, Completed, Gap, Origin, Resource, Statement, Unknown, World
from scanner.policy import EachCheck, PathCheck, Policy, ScopeCheck

_STATUS = {True: Status.PASS, False: Status.FAIL, None: Status.UNKNOWN}
_GRAVITY = {Status.PASS: 0, Status.UNKNOWN: 1, Status.FAIL: 2}
_PLACEHOLDER = re.compile(r"\{it\.(\w+)\}")
_REASONS_SHOWN = 3
_MORE = "it depends on blocks of which it is not known how many instances there are"


def judge(policies: Iterable[Policy], world: World) -> tuple[Finding, ...]:
    """What every control concludes about `world`, passes included: one finding a control and subject."""
    by_kind: dict[str, list[Resource]] = {}
    for resource in (*world.resources, *world.statements, *world.grants):
        by_kind.setdefault(resource.kind, []).append(resource)
    gaps = [gap for gap in world.gaps if gap.kinds]
    ways = Ways(world)
    findings: list[Finding] = []
    for policy in policies:
        found: dict[str, Finding] = {}
        for finding in _policy_findings(policy, ways, by_kind, gaps):
            known = found.get(finding.subject)
            found[finding.subject] = finding if known is None else _merge(known, finding)
        findings.extend(found.values())
    return tuple(findings)


def agreed(
    policies: Iterable[Policy], world: World, findings: Iterable[Finding], wider: Iterable[Finding]
) -> tuple[Finding, ...]:
    """What holds whether or not there is more: the verdicts on a world that a wider one, which may be, agrees with."""
    controls = {policy.control.id: policy.control for policy in policies}
    listed = (*world.flows, *world.grants, *world.statements, *world.resources)
    resources = {item.subject: item for item in listed}
    mine = {(finding.control, finding.subject): finding for finding in findings}
    other = {(finding.control, finding.subject): finding for finding in wider}
    asked = {key: found for key, found in other.items() if key not in mine and key[1] in resources}

    def settled(key: tuple[str, str], found: Finding) -> Finding:
        against = other.get(key) if key in mine else None
        if found.status is Status.UNKNOWN or (against is not None and against.status is found.status):
            return found
        reason = next((one.reason for one in (against, found) if one is not None and one.reason), "")
        why = f"{_MORE}: {reason}" if reason else _MORE
        return _finding(controls[key[0]], key[1], Status.UNKNOWN, why, resources.get(key[1]))

    return tuple(settled(key, found) for key, found in (mine | asked).items())


def _policy_findings(
    policy: Policy, ways: Ways, by_kind: dict[str, list[Resource]], gaps: Iterable[Gap]
) -> Iterator[Finding]:
    world = ways.world
    for check in policy.checks:
        if isinstance(check, PathCheck):
            yield from (_of_way(policy.control, told) for told in ways.told(check))
            continue
        if isinstance(check, EachCheck) and check.kind is Grant:
            yield from _each_grant(policy.control, check, world)
        elif isinstance(check, EachCheck) and check.kind is Flow:
            yield from _each_flow(policy.control, check, ways)
        elif isinstance(check, EachCheck):
            yield from _each(policy.control, check, by_kind.get(check.kind.kind, ()), world.drawn)
        else:
            yield from _scope(policy.control, check, world, by_kind)
        for gap in gaps:
            asked = check.kind.kind in gap.kinds or _by_flows(check, gap)
            if hides_flows(gap) if check.kind is Flow else asked:
                yield _finding(policy.control, gap.scope, Status.UNKNOWN, gap.reason)


def _each(
    control: Control, check: EachCheck, resources: Iterable[Resource], drawn: Collection[str]
) -> Iterator[Finding]:
    """Judge each resource; of what only stands at the end of a flow, by what flows tell of it and by nothing else."""
    where = check.where
    for resource in resources:
        if resource.id in drawn and _reads_unread(check, resource):
            continue
        selected = where(resource) if where is not None else True
        if selected is not False:
            yield _verdict(control, resource, check.require, where, certain=selected is True)


def _by_flows(check: EachCheck | ScopeCheck, gap: Gap) -> bool:
    """Whether a check asks what flows bring somewhere, and a gap hides some."""
    conditions = (check.where, check.require)
    return hides_flows(gap) and any(not BY_FLOWS.isdisjoint(one.reads) for one in conditions if one is not None)


def _reads_unread(check: EachCheck, resource: Resource) -> bool:
    """Whether a check reads a fact that nobody reads of such a resource."""
    conditions = (check.where, check.require)
    return any(getattr(resource, name) == UNREAD for one in conditions if one is not None for name in one.reads)


def _each_grant(control: Control, check: EachCheck, world: World) -> Iterator[Finding]:
    """Judge each grant with everyone and everything it is about; a grant that is only possible decides no failure.

    Those of whom a condition reads the same facts come to the same, and are judged once.
    """
    known = {resource.id: resource for resource in world.resources}
    for grant in world.grants:
        if not isinstance(grant, Grant):
            continue
        people = _unlike(check, 1, [known.get(id_) or Identity(id=id_) for id_ in grant.identities])
        things = _unlike(check, 2, [known[id_] for id_ in grant.resources if id_ in known])
        for identity, thing in product(people, things):
            bound = (grant, identity, thing)
            selected = check.where(*bound) if check.where is not None else True
            if selected is False:
                continue
            found = _verdict(control, grant, check.require, check.where, certain=selected is True, bound=bound)
            who = f"{identity.id} may {grant.level} {thing.id}"
            if found.status is Status.FAIL and not grant.definite:
                found = _finding(control, grant.subject, Status.UNKNOWN, f"{who}, perhaps: {grant.reason}", grant)
            elif found.status is not Status.PASS:
                found = replace(found, reason="; ".join(filter(None, (who, found.reason))))
            yield found


def _each_flow(control: Control, check: EachCheck, ways: Ways) -> Iterator[Finding]:
    """Judge each flow with both its ends; a flow that is only possible decides no failure."""
    where = check.where
    asked = where.over(*zip(*ways.every, strict=True)) if where is not None and ways.every else [True] * len(ways.every)
    for bound, selected in zip(ways.every, asked, strict=True):
        flow = bound[0]
        if selected is False:
            continue
        found = _verdict(control, flow, check.require, where, certain=selected is True, bound=bound)
        if found.status is Status.FAIL and tier_of(flow) == POSSIBLE:
            why = f"it is only possible{f': {flow.reason}' if flow.reason else ''}"
            found = _finding(control, flow.subject, Status.UNKNOWN, why, flow)
        yield found if found.status is Status.PASS else replace(found, path=found.path or told_way((flow,)))


def _of_way(control: Control, told: Told) -> Finding:
    """What a check over ways came to on one subject."""
    return _finding(control, told.subject, _STATUS[told.holds], told.reason, told.about, path=told.path)


def _unlike(check: EachCheck, place: int, resources: Iterable[Resource]) -> tuple[Resource, ...]:
    """The first of all that differ in a fact that the check's conditions read."""
    read = {
        name
        for condition in (check.where, check.require)
        if condition is not None
        for name in condition.facts[place][1]
        if name != "id"
    }
    return tuple({tuple(getattr(one, name) for name in sorted(read)): one for one in reversed([*resources])}.values())


def _verdict(
    control: Control,
    resource: Resource,
    require: Condition,
    where: Condition | None = None,
    *,
    certain: bool = True,
    bound: tuple[Resource, ...] = (),
) -> Finding:
    bound = bound or (resource,)
    answer = require(*bound)
    status = _STATUS[answer]
    reasons = require.unknowns(*bound) if answer is None else require.because(*bound)
    if answer is False and where is not None:
        reasons = (*reasons, *where.because(*bound))
    if not certain and status is not Status.PASS and where is not None:
        # Whether it is asked at all comes first: a failure that nobody asks for is none.
        status, reasons = Status.UNKNOWN, (*where.unknowns(*bound), *(reasons if answer is None else ()))
    completed = _completed(require, where, bound) if status is not Status.UNKNOWN else ()
    reason = "; ".join((*tuple(dict.fromkeys(reasons))[:_REASONS_SHOWN], *_told(completed, resource)))
    path = require.path(*bound) if status is not Status.PASS else ()
    return _finding(control, resource.subject, status, reason, resource, completed, path)


def _completed(require: Condition, where: Condition | None, bound: tuple[Resource, ...]) -> tuple[Completed, ...]:
    """What a verdict rests on that stands in the sources alone."""
    asked = where.completed(*bound) if where is not None else ()
    return tuple(dict.fromkeys((*require.completed(*bound), *asked)))


def _told(completed: tuple[Completed, ...], resource: Resource) -> Iterator[str]:
    """Say of attributes that they are read from the sources, and where: a part for each resource they are of."""
    addresses = tuple(dict.fromkeys(one.address for one in completed))
    for address in addresses[:_REASONS_SHOWN]:
        own = [one for one in completed if one.address == address]
        whose = "" if address == resource.origin.address else f"{address}: "
        names, lines = ", ".join(one.attribute for one in own), ", ".join(str(one.line) for one in own)
        yield f"{whose}{names} {'is' if len(own) == 1 else 'are'} {FROM_SOURCES} ({own[0].file}:{lines})"


def _scope(control: Control, check: ScopeCheck, world: World, by_kind: dict[str, list[Resource]]) -> Iterator[Finding]:
    """Judge accounts or regions by what they hold.

    One candidate that satisfies is enough. A candidate that does not is a failure of its own, since such things are
    set once in an account or region; with no candidate, only a complete account shows that there is none.
    """
    for scope in by_kind.get(check.scope.kind, ()):
        selected = check.where(scope) if check.where is not None else True
        if selected is False:
            continue
        candidates = [r for r in by_kind.get(check.kind.kind, ()) if _counts(check, scope, r) is not False]
        good = [r for r in candidates if check.require(r)]
        # Always the same one, in a plan as in the account: names are what both know.
        here = min((r for r in good if _counts(check, scope, r)), key=lambda r: (r.type, r.name, r.id), default=None)
        if here is not None:
            yield _verdict(control, here, check.require)
        elif good:
            reason = f"whether it counts for {scope.id} is not known"
            yield _finding(control, good[0].subject, Status.UNKNOWN, reason, good[0])
        elif not candidates:
            yield _nothing(control, check, scope, world, selected=selected)
        for candidate in () if good else candidates:
            if selected and (check.among is None or check.among(candidate)):
                yield _alone(control, check, candidate, scope, world)
            else:
                yield _finding(control, candidate.subject, Status.UNKNOWN, _unsure(check, scope, selected), candidate)


def _alone(control: Control, check: ScopeCheck, candidate: Resource, scope: Resource, world: World) -> Finding:
    """The verdict on a candidate where none that was seen satisfies: no failure of it while others may be hidden."""
    found = _verdict(control, candidate, check.require)
    gap = None if found.status is not Status.FAIL else _hiding(check, scope, world)
    if gap is None:
        return found
    reason = f"{found.reason}; another of this {check.scope.kind} may do, and not all were read: {gap.reason}"
    return _finding(control, candidate.subject, Status.UNKNOWN, reason, candidate)


def _counts(check: ScopeCheck, scope: Resource, resource: Resource) -> bool | None:
    """Whether a resource is a candidate in an account or region."""
    answers = (_within(scope, resource), check.among(resource) if check.among is not None else True)
    return False if False in answers else None if None in answers else True


def _unsure(check: ScopeCheck, scope: Resource, selected: bool | None) -> str:  # noqa: FBT001 - Kleene's
    """Why it is open whether a control asks for something in an account or region, or whether a candidate counts."""
    reasons = check.where.unknowns(scope) if check.where is not None and selected is None else ()
    shown = tuple(dict.fromkeys(reasons))[:_REASONS_SHOWN]
    return "; ".join((f"whether it is asked for in {scope.id} is not known", *shown))


def _nothing(control: Control, check: ScopeCheck, scope: Resource, world: World, *, selected: bool | None) -> Finding:
    gap = _hiding(check, scope, world)
    complete = check.kind.kind in world.complete and gap is None
    if complete and selected:
        return _finding(control, scope.subject, Status.FAIL, f"there is none in {scope.id}", scope)
    reason = f"none in this plan; one may be kept elsewhere in the same {check.scope.kind}"
    if complete:
        reason = _unsure(check, scope, selected)
    elif not scope.planned:
        why = f": {gap.reason}" if gap is not None else ""
        reason = f"none among what was read of this {check.scope.kind}, and not all of it could be{why}"
    return _finding(control, scope.subject, Status.UNKNOWN, reason, scope)


def _hiding(check: ScopeCheck, scope: Resource, world: World) -> Gap | None:
    """What hides that an account or region has one of the kind."""
    region = None if scope.kind == "account" else scope.region
    hiding = (gap for gap in world.gaps if gap.hides_any(check.kind.kind) and gap.covers(scope.account, region))
    return next(hiding, None)


def _within(scope: Resource, resource: Resource) -> bool | None:
    """Whether a resource lies in an account or region; None where the place of one of them is not known."""
    pairs = [(scope.account, resource.account)]
    if scope.kind == "region":
        pairs.append((scope.region, resource.region))
    if any(one and other and one != other for one, other in pairs):
        return False
    return True if all(one == other for one, other in pairs) else None


def _finding(  # noqa: PLR0913, PLR0917 - what a finding is made of
    control: Control,
    subject: str,
    status: Status,
    reason: str,
    resource: Resource | None = None,
    completed: tuple[Completed, ...] = (),
    path: tuple[str, ...] = (),
) -> Finding:
    message = control.title
    if status is Status.FAIL:
        message = _fill(control.message, resource, subject)
    elif status is Status.UNKNOWN:
        message = f"{control.title}: not decided for {subject}"
    return Finding(
        control=control.id,
        subject=subject,
        status=status,
        severity=control.severity,
        criteria=control.criteria,
        message=message,
        reason=reason,
        fix=control.fix,
        path=path,
        completed=completed,
        origin=resource.origin if resource is not None else Origin(source="gap"),
    )


def _fill(message: str, resource: Resource | None, subject: str) -> str:
    def text(match: re.Match[str]) -> str:
        value = getattr(resource, match[1], subject) if resource is not None else subject
        if isinstance(value, Unknown):
            return "(not known)"
        return ", ".join(value) if isinstance(value, tuple) else str(value)

    if isinstance(resource, Statement | Grant):
        message = message.replace("{it.id}", subject)
    return _PLACEHOLDER.sub(text, message)


def _merge(one: Finding, other: Finding) -> Finding:
    """Two verdicts on one subject, as of two statements of a policy: the graver, with the reasons of both if equal."""
    if one.status is not other.status:
        return max(one, other, key=lambda finding: _GRAVITY[finding.status])
    reasons = (
        dict.fromkeys([*one.reason.split("; "), *other.reason.split("; ")]) if other.reason else {one.reason: None}
    )
    kept = [reason for reason in reasons if reason][: _REASONS_SHOWN * 2]
    return replace(one, reason="; ".join(kept), completed=tuple(dict.fromkeys((*one.completed, *other.completed))))
