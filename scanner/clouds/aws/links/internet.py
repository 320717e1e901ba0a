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
from scanner.clouds.aws.links.balancers import LISTENERS
from scanner.clouds.aws.links.ends import End
from scanner.clouds.aws.links.leads import flows_in
from scanner.clouds.aws.links.seen import INTERNET_ACTOR, Linked, Seen
from scanner.clouds.aws.links.things import APIS, BALANCERS, FUNCTION, at, canonical
from scanner.clouds.aws.network.group_doubts import GROUPS
from scanner.kinds import INTERNET, Entrypoint, Network
from scanner.logic import Answer, both, either, plain
from scanner.model import Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource

_STAGES = {APIS[0]: ("aws_api_gateway_stage", "rest_api_id"), APIS[1]: ("aws_apigatewayv2_stage", "api_id")}
_DEPLOYMENT = "aws_api_gateway_deployment"
_ASSOCIATIONS = {"aws_wafv2_web_acl_association": "resource_arn", "aws_wafregional_web_acl_association": "resource_arn"}
_PROTECTED = (*BALANCERS, "aws_api_gateway_stage", "aws_appsync_graphql_api", "aws_cognito_user_pool",
              "aws_apprunner_service", "aws_verifiedaccess_instance")  # fmt: skip
_URL, _CDN, _GRAPHQL, _CLASSIC = "aws_lambda_function_url", distributions.CDN, "aws_appsync_graphql_api", "aws_elb"
_POOL = "aws_cognito_user_pool"
_BEHIND = "it stands behind a distribution, and whether requests can go past that was not seen"
_SEALED = {"HTTPS": True, "TLS": True, "SSL": True, "HTTP": False}


def flows(seen: Seen) -> Iterator[Linked]:
    """The internet to every entry point that it reaches."""
    fronted = {one.target for one in flows_in(distributions.flows(seen))}
    internet = _Internet(seen, fronted)
    for cdn in seen.planned.of(_CDN):
        yield from internet.to_distribution(cdn)
    for api in seen.planned.of(*APIS):
        yield from internet.to_api(api)
    for graph in seen.planned.of(_GRAPHQL):
        yield from internet.to_graph(graph)
    for balancer in seen.planned.of(*BALANCERS, _CLASSIC):
        yield from internet.to_balancer(balancer)
    for url in seen.planned.of(_URL):
        yield from internet.to_function(url)
    for pool in seen.planned.of(_POOL):
        yield from internet.to_users(pool)


class _Internet:
    def __init__(self, seen: Seen, fronted: set[str]) -> None:
        self._seen = seen
        self._fronted = fronted

    def to_distribution(self, cdn: PlannedResource) -> Iterator[Linked]:
        entry = self._entry(cdn)
        acl = cdn.get("web_acl_id")
        firewall: Answer = acl if isinstance(acl, Unknown) and cdn.configured("web_acl_id") else bool(acl)
        if isinstance(acl, Unknown) and not cdn.plan.is_live:
            firewall = cdn.configured("web_acl_id")
        guards = _guards(firewall=firewall, rate_limit=entry.rate_limited if entry else False)
        yield from self._to(cdn, entry, guards, distributions.viewers_sealed(cdn), "the distribution answers anybody")

    def to_api(self, api: PlannedResource) -> Iterator[Linked]:
        entry = self._entry(api)
        stages = self._stages(api)
        if isinstance(stages, Unknown):
            limited: Answer = stages
            firewall: Answer = stages
        else:
            limits = [one.rate_limited for one in map(self._entry, stages) if one is not None]
            limited = both(bool(limits), *limits)
            firewall = both(bool(stages), *map(self._firewall, stages))
        guards = _guards(authentication=entry.authenticated if entry else False, rate_limit=limited, firewall=firewall)
        yield from self._to(api, entry, guards, True, "the API answers requests from the internet")

    def to_graph(self, api: PlannedResource) -> Iterator[Linked]:
        entry = self._entry(api)
        answer = entry.authenticated if entry else False
        guards = _guards(authentication=answer, firewall=self._firewall(api))
        yield from self._to(api, entry, guards, True, "the API answers requests from the internet")

    def to_balancer(self, balancer: PlannedResource) -> Iterator[Linked]:
        entry = self._entry(balancer)
        found = [] if balancer.type == _CLASSIC else self._listeners(balancer)
        reads = [one for one in map(self._entry, found) if one is not None]
        forwarding = [one for one in reads if one.forwards is not False]
        signed_in = both(bool(forwarding), *(_asks(one) for one in forwarding))
        limited = entry.rate_limited if entry and balancer.type != _CLASSIC else False
        firewall = self._firewall(balancer) if balancer.type != _CLASSIC else False
        guards = _guards(authentication=signed_in, rate_limit=limited, firewall=firewall)
        sealed = self._listened(balancer, found, {one.id for one in forwarding})
        if found and not forwarding:
            return  # it redirects, or answers a fixed text
        yield from self._to(balancer, entry, guards, sealed, "the balancer answers requests from the internet")

    def to_function(self, url: PlannedResource) -> Iterator[Linked]:
        function = self._seen.planned.target(url, "function_name", (FUNCTION,))
        if not isinstance(function, PlannedResource):
            return
        kind = url.text("authorization_type", "NONE")
        signed = kind if isinstance(kind, Unknown) else kind == "AWS_IAM"
        end = at(self._seen, canonical(self._seen, function))
        tier = "declared" if signed is False else "possible"
        yield from self._flow(end, url, "a function URL answers requests from the internet", tier=tier,
                              guards=_guards(authentication=signed), encrypted=True, rule="aws-function-url",
                              attribute="function_name")  # fmt: skip

    def to_users(self, pool: PlannedResource) -> Iterator[Linked]:
        """People sign up and in."""
        guards = _guards(firewall=self._firewall(pool))
        reason = "people sign in there from the internet"
        yield from self._flow(at(self._seen, pool), pool, reason, tier="declared", guards=guards, encrypted=True)

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
        if owner.type in (*BALANCERS, _CLASSIC):
            reached = self._reached(owner)
            if reached is False:
                return "its security groups do not let everybody in"
            return _BEHIND if isinstance(reached, Unknown) and end.id in self._fronted else ""
        guarded = owner.type == APIS[0] and owner.get("policy") not in (None, "") and not left_out(owner, "policy")
        return _BEHIND if guarded and end.id in self._fronted else ""

    def _to(
        self,
        owner: PlannedResource,
        entry: Entrypoint | None,
        guards: tuple[str, ...] | Unknown,
        sealed: bool | Unknown,  # noqa: FBT001 - a fact
        reason: str,
    ) -> Iterator[Linked]:
        public = entry.public if entry else False
        if public is False:
            return
        end, tier = at(self._seen, owner), "declared"
        if isinstance(public, Unknown):
            tier, reason = "possible", f"{reason}, if it is public: {public.reason}"
        elif past := self._past(owner, end):
            tier, reason = "possible", f"{reason}, but {past}"
        yield from self._flow(end, owner, reason, tier=tier, guards=guards, encrypted=sealed)

    def _flow(self, end: End, owner: PlannedResource, reason: str, **facts: object) -> Iterator[Linked]:
        yield INTERNET_ACTOR
        if end.node is not None:
            yield end.node
        told = {"rule": "aws-public-entry", "attribute": "", **facts}
        yield self._seen.flow("sends_to", INTERNET, end.id, owner=owner, reason=reason, **told)  # type: ignore[arg-type]

    def _entry(self, resource: PlannedResource) -> Entrypoint | None:
        found = self._seen.resources.get(resource.id)
        return found if isinstance(found, Entrypoint) else None

    def _stages(self, api: PlannedResource) -> list[PlannedResource] | Unknown:
        """Its stages, those too that a deployment makes by naming one."""
        type_, attribute = _STAGES[api.type]
        found = self._seen.planned.attached(api, type_, attribute, every=True)
        if isinstance(found, Unknown):
            return found
        made = self._seen.planned.attached(api, _DEPLOYMENT, "rest_api_id") if api.type == APIS[0] else ()
        named = [] if isinstance(made, Unknown) else [one for one in made if one.id in self._seen.resources]
        return [*found, *named]

    def _listeners(self, balancer: PlannedResource) -> list[PlannedResource]:
        found = [
            self._seen.planned.attached(balancer, type_, "load_balancer_arn", owners=BALANCERS) for type_ in LISTENERS
        ]
        return [one for group in found if not isinstance(group, Unknown) for one in group]

    def _firewall(self, resource: PlannedResource) -> Answer:
        """Whether a web ACL is associated with it."""
        if resource.values.get("web_acl_arn"):
            return True
        found = self._seen.planned.attached_of(resource, _ASSOCIATIONS, _PROTECTED)
        if isinstance(found, Unknown) or found:
            return found if isinstance(found, Unknown) else True
        answer: Answer = plain(self._seen.planned.default(resource, False, "no web ACL is associated with it"))
        return answer

    def _listened(
        self, balancer: PlannedResource, listeners: Iterable[PlannedResource], forwarding: set[str]
    ) -> bool | Unknown:
        """Whether every listener that hands requests on asks for TLS."""
        protocols: list[str | Unknown] = [one.text("protocol", "HTTP") for one in listeners if one.id in forwarding]
        if balancer.type == _CLASSIC:
            blocks = balancer.blocks("listener")
            if isinstance(blocks, Unknown):
                return blocks
            protocols = [block.text("lb_protocol") for block in blocks]
        unsure = Unknown("it passes on what comes, sealed or not")
        answers = [one if isinstance(one, Unknown) else _SEALED.get(one.upper(), unsure) for one in protocols]
        if not answers:
            return Unknown("its listeners were not seen")
        return _plainly(both(*answers))


def _asks(listener: Entrypoint) -> Answer:
    """Whether a listener signs users in: of one that does not, what stands behind it may, which is another way."""
    return listener.authenticated is True


def _plainly(answer: Answer) -> bool | Unknown:
    return plain(answer)


def _guards(**answers: Answer) -> tuple[str, ...] | Unknown:
    """What stands on a way; not known where one of them is not."""
    unknown = next((fact for fact in map(plain, answers.values()) if isinstance(fact, Unknown)), None)
    return unknown or tuple(name for name, answer in answers.items() if plain(either(answer)) is True)
