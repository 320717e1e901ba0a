"""What limits the rate before a request reaches an entry point: web ACLs and distributions.

Sources: AWS WAF Developer Guide, "Associating protection with an AWS resource"; Amazon CloudFront Developer Guide,
"Restrict access to Application Load Balancers" (whoever knows the origin can go past a distribution, unless the origin
itself refuses).
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.clouds.aws.entrypoints.hosts import Hosts
from scanner.clouds.aws.entrypoints.waf import ACLS, acl_limit
from scanner.logic import Answer, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

_ASSOCIATIONS = {"aws_wafv2_web_acl_association": "resource_arn", "aws_wafregional_web_acl_association": "resource_arn"}
_CDN = "aws_cloudfront_distribution"
_NO_ACL = "no web ACL is associated with it"
_PROTECTED = (
    "aws_lb",
    "aws_alb",
    "aws_api_gateway_stage",
    "aws_appsync_graphql_api",
    "aws_cognito_user_pool",
    "aws_apprunner_service",
    "aws_verifiedaccess_instance",
)


class Protection:
    """Web ACLs by what they protect, and distributions by what their origins name."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Follow every origin once."""
        self._planned = planned
        self._limits: dict[PlannedResource, Answer] = {}
        self._behind: dict[PlannedResource, PlannedResource] = {}
        self._perhaps: dict[PlannedResource, Unknown] = {}
        hosts = Hosts(planned)
        for cdn in planned.of(_CDN):
            limit = plain(self.distribution_limit(cdn))
            for origin in hosts.origins(cdn) if limit is not False else ():
                if isinstance(limit, Unknown):
                    self._perhaps.setdefault(origin, limit)
                else:
                    self._behind.setdefault(origin, cdn)

    def distribution_limit(self, cdn: PlannedResource) -> Answer:
        """Whether a distribution's web ACL limits the rate."""
        if cdn not in self._limits:
            self._limits[cdn] = self._named_limit(cdn, "web_acl_id", "CLOUDFRONT")
        return self._limits[cdn]

    def regional_limit(self, resource: PlannedResource, nothing: str = _NO_ACL) -> Answer:
        """Whether the web ACL of a load balancer or REST stage limits the rate; `nothing` says that it has none."""
        own = resource.values.get("web_acl_arn")
        told = resource.plan.is_live and resource.type == "aws_api_gateway_stage"
        if not told:
            found = self._planned.attached_of(resource, _ASSOCIATIONS, _PROTECTED)
            if isinstance(found, Unknown):
                return found
            if found:
                return either(*(self._named_limit(one, _acl_attribute(one), "REGIONAL") for one in found))
        if isinstance(own, str):
            return self._named_limit(resource, "web_acl_arn", "REGIONAL")
        without: Answer = self._planned.default(resource, False, nothing)
        return without

    def before(self, resource: object) -> PlannedResource | Unknown | None:
        """The distribution with a rate limit whose origin is `resource`; Unknown where there may be one."""
        if not isinstance(resource, PlannedResource):
            return None
        unread = self._planned.left_out(resource, _CDN)
        return self._behind.get(resource) or self._perhaps.get(resource) or (Unknown(unread) if unread else None)

    def instead(self, answer: Answer, resources: Iterable[object]) -> Answer:
        """The answer; not known where it is no, but a distribution in front limits the rate of those who pass there."""
        found = next((cdn for cdn in map(self.before, resources) if cdn is not None), None)
        if plain(answer) is not False or found is None:
            return answer
        if isinstance(found, Unknown):
            return found
        return Unknown(f"{found.address} in front limits the rate, and whether requests can go past it was not seen")

    def _named_limit(self, owner: PlannedResource, attribute: str, scope: str) -> Answer:
        """Whether the web ACL that an attribute names limits the rate.

        One that is known only after apply is made by this plan: where every web ACL it makes limits the rate, so does
        this one, whichever it is.
        """
        target = self._planned.target(owner, attribute, ACLS)
        unread = self._planned.left_out(owner, ACLS[0]) if owner.plan.is_live else ""
        if unread and isinstance(target, External) and target.value:
            return Unknown(unread)
        answer = acl_limit(self._planned, target)
        if not isinstance(target, Unknown) or not isinstance(owner.get(attribute), Unknown):
            return answer
        if not any(one.type in ACLS for one in self._planned.mentioned(owner, attribute)):
            return answer
        made = [
            acl for acl in self._planned.of("aws_wafv2_web_acl") if acl.plan is owner.plan and acl.is_unknown("arn")
        ]
        limits = [acl_limit(self._planned, acl) for acl in made if acl.text("scope") == scope]
        every = bool(limits) and all(plain(limit) is True for limit in limits)
        return Noted(True, "every web ACL that it can name has a rate-based rule") if every else answer


def _acl_attribute(association: PlannedResource) -> str:
    return "web_acl_arn" if association.type == "aws_wafv2_web_acl_association" else "web_acl_id"
