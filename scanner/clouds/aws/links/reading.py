"""Who reads, writes, deletes and calls what: permissions of what runs, and settings that name what they are for.

A permission on everything says little of where data goes: it shows a flow where a setting names what it leads to, and
otherwise is only possible. Such flows are listed for the first few; that there are more is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from scanner.clouds.aws.links import mounts
from scanner.clouds.aws.links.acting import Acting, Policies, acting
from scanner.clouds.aws.links.chains import Chain, Chains, chains_of
from scanner.clouds.aws.links.ends import end_of
from scanner.clouds.aws.links.moves import BY_PASSWORD, DELETES, INWARD, LOGS, SECRETS, by_setting, moves
from scanner.clouds.aws.links.named import FRONTS, Named, Told, told
from scanner.clouds.aws.links.rights import Grants, May, Rights
from scanner.clouds.aws.links.scope import Width
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.vendors import reached
from scanner.graph.hidden import Narrow
from scanner.kinds import TIERS, Compute, Flow
from scanner.model import Gap, Unknown
from scanner.terraform.instances import PlannedResource

WIDE = "a grant on everything"
"""What a reason begins with where nothing but a grant on everything shows a flow."""

_LISTED = 20
"""Possible flows that are listed of one that runs, where a grant is on everything; a world has `_IN_ALL` of them."""

_IN_ALL = 20_000
_LOG_GROUP = "aws_cloudwatch_log_group"
_CODE_SAYS = Unknown("its code decides what it writes there")
_NOT_TOLD = Unknown("whether connections to it are encrypted is not told")
_DOES = {
    "reads_from": "read", "retrieves_from": "search", "writes_to": "write to", "deletes": "delete from",
    "invokes": "call", "logs_to": "write to",
}  # fmt: skip


def flows(seen: Seen) -> Iterator[Linked]:
    """Flows that permissions and settings show of everything that runs."""
    yield from mounts.flows(seen)
    policies = Policies(seen)
    runs = list(acting(seen, policies))
    chains = chains_of(seen)
    become = {one.identity: chains.of(one.identity) for one in runs if one.identity}
    every = {*become, *(chain.role for found in become.values() for chain in found)}
    rights = Grants(seen).rights(policies, every)
    left = _IN_ALL
    for one in runs:
        chained = [(chain, rights[chain.role]) for chain in become.get(one.identity, ())]
        one.doubts.extend(_hidden(one, chains, policies, chained))
        about = _About(seen, one, told(seen, one.planned), rights.get(one.identity, Rights()), chained)
        for found in about.flows(min(left, _LISTED)):
            left -= isinstance(found, Flow) and found.reason.startswith(WIDE)
            yield found
        yield from reached(seen, one.planned, about.told, about.secrets())


Chained = list[tuple[Chain, Rights]]
"""Whom one that runs may become besides, and what that one may do."""


def _hidden(one: Acting, chains: Chains, policies: Policies, chained: Chained) -> Iterator[str]:
    """Why it may do more than is told as another."""
    for chain, _ in chained:
        if policies.hidden(chain.role):
            yield f"what {chain.role} may do, which its identity may assume, is not known"
    for role in chains.elsewhere(one.identity):
        yield f"what {role} may do, which its identity may assume, was not read"
    if chains.more(one.identity):
        yield "its identity may assume more roles than can be told"


class _About:
    """All that is known of one that runs."""

    def __init__(self, seen: Seen, one: Acting, known: Told, rights: Rights, chained: Chained) -> None:
        """Take it together."""
        self._seen, self._one, self.told, self._rights, self._chained = seen, one, known, rights, chained
        self._reads: dict[str, str] = {}
        self._writes: set[str] = set()

    def secrets(self) -> dict[str, str]:
        """Secrets and parameters that it reads, each with how sure that is; what also writes one only rotates it."""
        return {id_: "possible" if id_ in self._writes else tier for id_, tier in self._reads.items()}

    def flows(self, listed: int) -> Iterator[Linked]:
        """Its flows, of those that a grant on everything alone shows the first few, and what hides others."""
        shown: set[tuple[str, str]] = set()
        for named in self.told.named.values():
            for way, found in self._by_setting(named):
                shown.add((named.resource.id, way))
                yield from found
        for (target, way), may in self._rights.found.items():
            if (target, way) not in shown and may.tells:
                shown.add((target, way))
                yield from self._flow(target, way, **self._permitted(way, may))
        yield from self._by_chains(shown)
        for target, statement in self._rights.made_from.items():
            for way in self._mentioned(target, shown):
                shown.add((target, way))
                said = "a policy of its identity that is not known is made from it"
                yield from self._flow(target, way, tier="likely", reason=said, statement=statement)
        yield from self._broad(shown, listed)
        for doubt in dict.fromkeys((*self._one.doubts, *([self.told.doubt] if self.told.doubt else []))):
            yield _unsaid(self._one, doubt)

    def _by_setting(self, named: Named) -> Iterator[tuple[str, Iterator[Linked]]]:
        """Ways to what a setting names: by what its identity may do there, or by the setting alone."""
        target = named.resource
        if named.rivals and not any(self._rights.of(one, way) for one in named.rivals for way in _DOES):
            named = replace(named, certain=True)  # of all that go by the name, it may use this one
        may = {way: may for way in _DOES if (may := self._rights.of(target.id, way)) is not None}
        sure = {way: one for way, one in may.items() if one.width is not Width.HIDDEN}
        if target.type in FRONTS:
            yield "sends_to", self._flow(target.id, "sends_to", **self._said(named, "names it", likely=named.certain))
            return
        for way, one in sure.items():
            if way != DELETES or one.width < Width.WIDE:
                yield way, self._flow(target.id, way, **self._both(named, way, one))
        if not sure:
            for way, one, chain in self._sure_by_chains(target.id):
                sure[way] = one
                yield way, self._flow(target.id, way, **chain.after(self._both(named, way, one)))
        if sure and target.type not in BY_PASSWORD:
            return
        for way in by_setting(target.type):
            if way not in sure:
                yield way, self._flow(target.id, way, **self._alone(named))

    def _by_chains(self, shown: set[tuple[str, str]]) -> Iterator[Linked]:
        """Flows of whom its identity may become."""
        for chain, rights in self._chained:
            for (target, way), may in rights.found.items():
                if (target, way) not in shown and may.tells:
                    shown.add((target, way))
                    yield from self._flow(target, way, **chain.after(self._permitted(way, may)))

    def _sure_by_chains(self, target: str) -> Iterator[tuple[str, May, Chain]]:
        """What whom its identity may become may do with a thing, each by the first who may."""
        told: set[str] = set()
        for chain, rights in self._chained:
            for way in [one for one in _DOES if one not in told]:
                may = rights.of(target, way)
                if may is not None and may.width is not Width.HIDDEN and (way != DELETES or may.width < Width.WIDE):
                    told.add(way)
                    yield way, may, chain

    def _both(self, named: Named, way: str, may: May) -> dict[str, Any]:
        if may.width in {Width.NAMED, Width.DOUBTED} or not named.certain:
            return self._permitted(way, may)
        return self._said(named, f"names it, and its identity may {_DOES[way]} it among others", likely=True)

    def _alone(self, named: Named) -> dict[str, Any]:
        """What a setting tells where no permission is known that goes with it."""
        if named.resource.type in BY_PASSWORD:
            return self._said(named, "names it, which takes a password and no permission", likely=named.certain)
        if named.resource.id in self._rights.made_from and not self._taken_away(named.resource):
            said = "names it, and so does a policy of its identity that is not known"
            return self._said(named, said, likely=named.certain)
        if named.resource.type in SECRETS and named.setting.injects:
            tier = "declared" if named.setting.secret else "likely"
            return self._said(named, "takes its value", tier=tier if named.certain else "possible")
        return self._said(named, "names it; that it may use it was not seen")

    def _mentioned(self, target: str, shown: set[tuple[str, str]]) -> Iterator[str]:
        """Ways to what a policy that is not known is made from, where there is only one way that its type is used."""
        planned = self._seen.by_id.get(target)
        found = by_setting(planned.type) if planned is not None and not self._taken_away(planned) else ()
        if len(found) == 1 and not any((target, way) in shown for way in _DOES) and not self._is_fed_by(target):
            yield from found

    def _taken_away(self, target: PlannedResource) -> bool:
        """Whether what is known of its permissions denies everything that a policy that is not known may allow."""
        number = self._seen.access.people.number.get(self._one.identity)
        asked = [action for actions in moves(target.type).values() for action in actions]
        if number is None or not asked or target.id not in self._seen.resources:
            return False
        return not any(self._seen.access.who_can(action, target.id).may >> number & 1 for action in asked)

    def _is_fed_by(self, target: str) -> bool:
        """Whether it is, or may be, fed what comes into a queue: then it takes from there, and puts nothing in."""
        owner, planned = self._one.planned, self._seen.by_id[target]
        if owner.type != "aws_lambda_function" or planned.type != "aws_sqs_queue":
            return False
        feeding = self._seen.planned.attached(owner, "aws_lambda_event_source_mapping", "function_name", every=True)
        if isinstance(feeding, Unknown):
            return True
        sources = (self._seen.planned.target(one, "event_source_arn", ("aws_sqs_queue",)) for one in feeding)
        return any(isinstance(one, Unknown) or one is planned for one in sources)

    @staticmethod
    def _said(named: Named, said: str, *, likely: bool = False, tier: str = "") -> dict[str, Any]:
        called = named.setting.name or named.setting.where
        made = "" if isinstance(named.setting.value, str) or named.setting.name else "what is made from it in "
        return {
            "tier": tier or ("likely" if likely else "possible"),
            "reason": f"{made}its setting {called} {said}",
            "attribute": named.setting.where,
        }

    @staticmethod
    def _permitted(way: str, may: May) -> dict[str, Any]:
        certain = "" if may.grant.definite else f"; it is not certain: {may.grant.reason}"
        said = {
            Width.NAMED: f"a permission of its identity to {_DOES[way]} it names it",
            Width.DOUBTED: f"a permission of its identity to {_DOES[way]} it names it, and another may take that away",
            Width.SEVERAL: f"a permission with a wildcard lets its identity {_DOES[way]} it among others",
        }.get(may.width, f"{WIDE} of its type lets its identity {_DOES[way]} it")
        tier = "likely" if may.width is Width.NAMED else "possible"
        return {"tier": tier, "reason": said + certain, "statement": may.statement}

    def _broad(self, shown: set[tuple[str, str]], listed: int) -> Iterator[Linked]:
        """Flows that only grants on everything show: the first few, and that there are more."""
        told: list[tuple[Chain | None, Rights]] = [(None, self._rights), *self._chained]
        rest = ((pair, may, chain) for chain, one in told for pair, may in one.everywhere() if pair not in shown)
        for (target, way), may, chain in islice(rest, listed):
            shown.add((target, way))
            said = {"tier": "possible", "reason": f"{WIDE} lets its identity {_DOES[way]} it"}
            yield from self._flow(target, way, **(chain.after(said) if chain else said), statement=may.statement)
        more = next((may for pair, may, _ in rest if pair not in shown), None)
        if more is not None:
            yield _unsaid(self._one, f"{WIDE} lets it at more than can be listed, by {more.statement}")

    def _flow(
        self, target: str, way: str, *, statement: str = "", attribute: str = "", **about: Any
    ) -> Iterator[Linked]:
        own = self._one.compute.id
        planned, resource = self._seen.by_id.get(target), self._seen.resources.get(target)
        type_ = planned.type if planned is not None else ""
        if type_ in SECRETS and way in INWARD:
            self._reads[target] = min(about["tier"], self._reads.get(target, "possible"), key=TIERS.index)
        elif type_ in SECRETS:
            self._writes.add(target)
        if target == own or (isinstance(resource, Compute) and resource.type == "configuration"):
            return
        if resource is None and planned is not None:
            yield from filter(None, (end_of(self._seen, planned).node,))
        start, end = (target, own) if way in INWARD else (own, target)
        flow = self._seen.flow(
            way, start, end, owner=self._one.planned, rule="aws-permission" if statement else "aws-setting",
            attribute=attribute, **about, **_facts(type_, way),
        )  # fmt: skip
        stands = self._seen.statements.get(statement)
        yield replace(flow, attribute=statement, origin=stands.origin if stands else flow.origin) if statement else flow


def _unsaid(one: Acting, reason: str) -> Gap:
    """Flows that a setting or a permission would tell: none of them is declared."""
    return Narrow(scope=one.compute.id, kinds=("flow",), reason=reason)


def _facts(type_: str, way: str) -> dict[str, Any]:
    """What is known of any flow of this sort: whether it is encrypted, and what it carries."""
    facts: dict[str, Any] = {"encrypted": _NOT_TOLD if type_ in {*BY_PASSWORD, *FRONTS} else True}
    if type_ in SECRETS:
        facts |= {"content": False, "data": ("credential",)}
    elif way == LOGS:
        facts |= {"content": _CODE_SAYS}
    return facts
