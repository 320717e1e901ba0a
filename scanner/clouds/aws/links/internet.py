"""Where the internet comes in, and what stands on each way: sign-in, a limit on the rate, a firewall.

A distribution before a balancer does not keep others from calling that past the distribution, unless its security
groups do. A function URL that asks for a signature lets in only whom permissions name: that way is only possible.
Sources: AWS WAF Developer Guide, "Associating protection with an AWS resource"; Amazon CloudFront Developer Guide,
"Restrict access to Application Load Balancers"; AWS Lambda Developer Guide, "Control access to Lambda function URLs";
Amazon Cognito Developer Guide, "User pool endpoints and managed login reference".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.clouds.aws.links import distributions
from scanner.clouds.aws.links.answering import answers
from scanner.clouds.aws.links.ends import End
from scanner.clouds.aws.links.guarding import CDN, CLASSIC, GRAPHQL, POOL, SERVICE, Guarding, guards
from scanner.clouds.aws.links.leads import flows_in
from scanner.clouds.aws.links.seen import INTERNET_ACTOR, Linked, Seen
from scanner.clouds.aws.links.things import APIS, BALANCERS, FUNCTION, at, canonical
from scanner.clouds.aws.network.group_doubts import GROUPS
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.kinds import INTERNET, Network
from scanner.logic import Answer, both, plain
from scanner.model import Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource

_URL = "aws_lambda_function_url"
_BEHIND = "it stands behind a distribution, and whether requests can go past that was not seen"
_SEALED = {"HTTPS": True, "TLS": True, "SSL": True, "HTTP": False}


def flows(seen: Seen) -> Iterator[Linked]:
    """The internet to every entry point that it reaches."""
    fronted = {one.target for one in flows_in(distributions.flows(seen))}
    internet = _Internet(seen, fronted)
    for cdn in seen.planned.of(CDN):
        yield from internet.to_distribution(cdn)
    for api in seen.planned.of(*APIS, GRAPHQL):
        yield from internet.to_api(api)
    for balancer in seen.planned.of(*BALANCERS, CLASSIC):
        yield from internet.to_balancer(balancer)
    for url in seen.planned.of(_URL):
        yield from internet.to_function(url)
    for service in seen.planned.of(SERVICE):
        yield from internet.to_service(service)
    for pool in seen.planned.of(POOL):
        yield from internet.to_users(pool)


class _Internet:
    def __init__(self, seen: Seen, fronted: set[str]) -> None:
        self._seen = seen
        self._fronted = fronted
        self._guarding = Guarding(seen)

    def to_distribution(self, cdn: PlannedResource) -> Iterator[Linked]:
        yield from self._to(cdn, distributions.viewers_sealed(cdn), "the distribution answers anybody")

    def to_api(self, api: PlannedResource) -> Iterator[Linked]:
        answer = _plainly(answers(self._seen, api)) if api.type in APIS else True
        if answer is not False:
            doubt = answer.reason if isinstance(answer, Unknown) else ""
            yield from self._to(api, True, "the API answers requests from the internet", doubt)

    def to_balancer(self, balancer: PlannedResource) -> Iterator[Linked]:
        found = self._guarding.listeners(balancer) if balancer.type != CLASSIC else []
        forwarding = {one.id for one in self._guarding.forwarding(found)}
        if found and not forwarding:
            return  # it redirects, or answers a fixed text
        sealed = self._listened(balancer, found, forwarding)
        yield from self._to(balancer, sealed, "the balancer answers requests from the internet")

    def to_function(self, url: PlannedResource) -> Iterator[Linked]:
        function = self._seen.planned.target(url, "function_name", (FUNCTION,))
        if not isinstance(function, PlannedResource):
            return
        kind = url.text("authorization_type", "NONE")
        signed = kind if isinstance(kind, Unknown) else kind == "AWS_IAM"
        end = at(self._seen, canonical(self._seen, function))
        tier = "declared" if signed is False else "possible"
        yield from self._flow(end, url, "a function URL answers requests from the internet", tier=tier,
                              guards=guards(authentication=signed), encrypted=True, rule="aws-function-url",
                              attribute="function_name")  # fmt: skip

    def to_service(self, service: PlannedResource) -> Iterator[Linked]:
        """A service of App Runner has an address of its own unless its settings take it away."""
        public: Answer = True
        for block in blocks_at(service, ("network_configuration", "ingress_configuration")):
            public = both(public, block.flag("is_publicly_accessible", absent=True))
        open_ = _plainly(public)
        if open_ is False:
            return
        reason, tier = "the service answers requests from the internet", "declared"
        if isinstance(open_, Unknown):
            reason, tier = f"{reason}, if it is public: {open_.reason}", "possible"
        told = self._guarding.of(service)
        yield from self._flow(at(self._seen, service), service, reason, tier=tier, guards=told, encrypted=True)

    def to_users(self, pool: PlannedResource) -> Iterator[Linked]:
        """People sign up and in."""
        told = self._guarding.of(pool)
        reason = "people sign in there from the internet"
        yield from self._flow(at(self._seen, pool), pool, reason, tier="declared", guards=told, encrypted=True)

    def _reached(self, balancer: PlannedResource) -> bool | Unknown:
        """Whether a security group of a balancer lets everybody in."""
        found = self._seen.planned.targets(balancer, "security_groups", GROUPS)
        if isinstance(found, Unknown) or not found:
            return found if isinstance(found, Unknown) else Unknown("it names no security group")
        groups = [self._seen.resources.get(one.id) if isinstance(one, PlannedResource) else None for one in found]
        read = [one for one in groups if isinstance(one, Network)]
        answers = [one.open_ports if isinstance(one.open_ports, Unknown) else bool(one.open_ports) for one in read]
        closed = [
            answer is not False or isinstance(one.open, Unknown) for answer, one in zip(answers, read, strict=True)
        ]
        if True in answers:
            return True
        if len(read) < len(groups) or any(closed):
            return Unknown("what its security groups let in was not seen")
        return False

    def _past(self, owner: PlannedResource, end: End) -> str:
        """Why not everybody may reach an entry point of the internet; empty where they do."""
        if owner.type in (*BALANCERS, CLASSIC):
            reached = self._reached(owner)
            if reached is False:
                return "its security groups do not let everybody in"
            return _BEHIND if isinstance(reached, Unknown) and end.id in self._fronted else ""
        guarded = owner.type == APIS[0] and owner.get("policy") not in (None, "") and not left_out(owner, "policy")
        return _BEHIND if guarded and end.id in self._fronted else ""

    def _to(
        self,
        owner: PlannedResource,
        sealed: bool | Unknown,  # noqa: FBT001 - a fact
        reason: str,
        doubt: str = "",
    ) -> Iterator[Linked]:
        entry = self._guarding.entry(owner)
        public = entry.public if entry else False
        if public is False:
            return
        end, tier = at(self._seen, owner), "declared"
        if isinstance(public, Unknown):
            tier, reason = "possible", f"{reason}, if it is public: {public.reason}"
        elif doubt:
            tier, reason = "possible", f"{reason}, if it does at all: {doubt}"
        elif past := self._past(owner, end):
            tier, reason = "possible", f"{reason}, but {past}"
        told = self._guarding.of(owner)
        yield from self._flow(end, owner, reason, tier=tier, guards=told, encrypted=sealed)

    def _flow(self, end: End, owner: PlannedResource, reason: str, **facts: object) -> Iterator[Linked]:
        yield INTERNET_ACTOR
        if end.node is not None:
            yield end.node
        told = {"rule": "aws-public-entry", "attribute": "", **facts}
        yield self._seen.flow("sends_to", INTERNET, end.id, owner=owner, reason=reason, **told)  # type: ignore[arg-type]

    def _listened(
        self, balancer: PlannedResource, listeners: Iterable[PlannedResource], forwarding: set[str]
    ) -> bool | Unknown:
        """Whether every listener that hands requests on asks for TLS."""
        protocols: list[str | Unknown] = [one.text("protocol", "HTTP") for one in listeners if one.id in forwarding]
        if balancer.type == CLASSIC:
            blocks = balancer.blocks("listener")
            if isinstance(blocks, Unknown):
                return blocks
            protocols = [block.text("lb_protocol") for block in blocks]
        unsure = Unknown("it passes on what comes, sealed or not")
        answers = [one if isinstance(one, Unknown) else _SEALED.get(one.upper(), unsure) for one in protocols]
        if not answers:
            return Unknown("its listeners were not seen")
        return _plainly(both(*answers))


def _plainly(answer: Answer) -> bool | Unknown:
    return plain(answer)
