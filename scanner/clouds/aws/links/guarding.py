"""What an entry point itself asks of every request, whoever sends it on: sign-in, a limit on the rate, a firewall.

What hands a request on as it came, such as a distribution, leaves the proof of who sent it to the sender. Code that
calls an API by itself may prove who it is itself, so that whoever called the code may be anybody.
Sources: AWS WAF Developer Guide, "Associating protection with an AWS resource"; Elastic Load Balancing, "Authenticate
users using an Application Load Balancer"; Amazon API Gateway Developer Guide, "Working with HTTP proxy integrations".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.clouds.aws.links.balancers import LISTENERS
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import APIS, BALANCERS
from scanner.kinds import INTERNET, Entrypoint, Flow
from scanner.logic import Answer, both, either, plain
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

CDN, GRAPHQL, CLASSIC, POOL, SERVICE = (
    "aws_cloudfront_distribution", "aws_appsync_graphql_api", "aws_elb", "aws_cognito_user_pool",
    "aws_apprunner_service",
)  # fmt: skip
_STAGES = {APIS[0]: ("aws_api_gateway_stage", "rest_api_id"), APIS[1]: ("aws_apigatewayv2_stage", "api_id")}
_DEPLOYMENT = "aws_api_gateway_deployment"
_ASSOCIATIONS = {"aws_wafv2_web_acl_association": "resource_arn", "aws_wafregional_web_acl_association": "resource_arn"}
_PROTECTED = (*BALANCERS, "aws_api_gateway_stage", "aws_appsync_graphql_api", "aws_cognito_user_pool",
              "aws_apprunner_service", "aws_verifiedaccess_instance")  # fmt: skip
_RELAYS = frozenset({CDN, CLASSIC, *BALANCERS, *APIS})
_REQUESTS = frozenset({"sends_to", "invokes", "triggers"})

Guards = tuple[str, ...] | Unknown
"""What stands on a way; not known where one of them is not."""


class Guarding:
    """What stands at each entry point."""

    def __init__(self, seen: Seen) -> None:
        """Take what is seen."""
        self._seen = seen
        self._told: dict[str, Guards] = {}

    def on(self, linked: Linked) -> Linked:
        """A flow with what stands where it comes in; one whose own rule told that, and anything else, as it is."""
        if not isinstance(linked, Flow) or isinstance(linked.guards, Unknown) or linked.source == INTERNET:
            return linked
        owner = self._seen.by_id.get(linked.target)
        if owner is None or linked.how not in _REQUESTS or owner.type not in _RELAYS | {GRAPHQL, SERVICE}:
            return linked
        source = self._seen.by_id.get(linked.source)
        if source is not None and source.type == CDN:
            return linked  # the rule of distributions knows what each origin asks
        told = self.of(owner)
        if not isinstance(told, Unknown) and "authentication" in told and not _hands_on(source):
            told = Unknown(f"whether {linked.source} proves who called it, or only who it is itself, is not told")
        if told == ():
            return linked
        return replace(
            linked, guards=told if isinstance(told, Unknown) else tuple(dict.fromkeys((*linked.guards, *told)))
        )

    def of(self, owner: PlannedResource) -> Guards:
        """What every request to an entry point meets."""
        if owner.id not in self._told:
            self._told[owner.id] = self._of(owner)
        return self._told[owner.id]

    def _of(self, owner: PlannedResource) -> Guards:
        entry = self.entry(owner)
        if owner.type == CDN:
            return guards(firewall=_named_firewall(owner), rate_limit=entry.rate_limited if entry else False)
        if owner.type in APIS:
            return self._of_api(owner, entry)
        if owner.type == GRAPHQL:
            asks = entry.authenticated if entry else False
            limited = self._seen.planned.once(Protection).regional_limit(owner)
            return guards(authentication=asks, rate_limit=limited, firewall=self._firewall(owner))
        if owner.type in BALANCERS:
            return self.of_listeners(owner, self.listeners(owner))
        if owner.type == SERVICE:
            limited = self._seen.planned.once(Protection).regional_limit(owner)
            return guards(rate_limit=limited, firewall=self._firewall(owner))
        return guards(firewall=self._firewall(owner)) if owner.type == POOL else ()

    def _of_api(self, api: PlannedResource, entry: Entrypoint | None) -> Guards:
        stages = self._stages(api)
        if isinstance(stages, Unknown):
            limited: Answer = stages
            firewall: Answer = stages
        else:
            limits = [one.rate_limited for one in map(self.entry, stages) if one is not None]
            limited = both(bool(limits), *limits)
            firewall = both(bool(stages), *map(self._firewall, stages))
        return guards(authentication=entry.authenticated if entry else False, rate_limit=limited, firewall=firewall)

    def of_listeners(self, balancer: PlannedResource, listeners: Iterable[PlannedResource]) -> Guards:
        """What requests to some listeners of a balancer meet."""
        entry, forwarding = self.entry(balancer), self.forwarding(listeners)
        signed_in = both(bool(forwarding), *(_asks(one) for one in forwarding))
        limited = entry.rate_limited if entry else False
        return guards(authentication=signed_in, rate_limit=limited, firewall=self._firewall(balancer))

    def forwarding(self, listeners: Iterable[PlannedResource]) -> list[Entrypoint]:
        """Of listeners those that hand requests on, or may; the others redirect, or answer a fixed text."""
        return [one for one in map(self.entry, listeners) if one is not None and one.forwards is not False]

    def listeners(self, balancer: PlannedResource) -> list[PlannedResource]:
        """The listeners of a balancer that were seen."""
        planned = self._seen.planned
        found = [planned.attached(balancer, type_, "load_balancer_arn", owners=BALANCERS) for type_ in LISTENERS]
        return [one for group in found if not isinstance(group, Unknown) for one in group]

    def entry(self, resource: PlannedResource) -> Entrypoint | None:
        """What was read of an entry point."""
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

    def _firewall(self, resource: PlannedResource) -> Answer:
        """Whether a web ACL is associated with it."""
        if resource.values.get("web_acl_arn"):
            return True
        found = self._seen.planned.attached_of(resource, _ASSOCIATIONS, _PROTECTED)
        if isinstance(found, Unknown) or found:
            return found if isinstance(found, Unknown) else True
        answer: Answer = plain(self._seen.planned.default(resource, False, "no web ACL is associated with it"))
        return answer


def guards(**answers: Answer) -> Guards:
    """What stands on a way, of what is asked of it."""
    unknown = next((fact for fact in map(plain, answers.values()) if isinstance(fact, Unknown)), None)
    return unknown or tuple(name for name, answer in answers.items() if plain(either(answer)) is True)


def _hands_on(source: PlannedResource | None) -> bool:
    return source is not None and source.type in _RELAYS


def _named_firewall(cdn: PlannedResource) -> Answer:
    acl = cdn.get("web_acl_id")
    if not isinstance(acl, Unknown):
        return bool(acl)
    return acl if cdn.plan.is_live else cdn.configured("web_acl_id")


def _asks(listener: Entrypoint) -> Answer:
    """Whether a listener signs users in: of one that does not, what stands behind it may, which is another way."""
    return listener.authenticated is True
