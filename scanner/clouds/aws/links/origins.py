"""What a distribution meets at an origin of ours: the listeners that it asks, and what they or a function URL demand.

Sources: Amazon CloudFront Developer Guide, "Origin settings" (protocol, HTTP port, HTTPS port), "Restrict access to an
AWS Lambda function URL origin" (with an origin access control the distribution signs for everybody), "Add custom
headers to origin requests"; Elastic Load Balancing, "Redirect actions".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from scanner.clouds.aws.links.guarding import Guarding, Guards, guards
from scanner.clouds.aws.links.seen import Seen
from scanner.clouds.aws.links.things import set_blocks
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

FUNCTION_URL = "aws_lambda_function_url"
_CONTROL = "aws_cloudfront_origin_access_control"
_BEHAVIOURS = ("default_cache_behavior", "ordered_cache_behavior")
_PORTS = {"HTTP": ("http_port", 80), "HTTPS": ("https_port", 443)}
_PROTOCOLS = {"http-only": ("HTTP",), "https-only": ("HTTPS",)}
_PROOF = "authorization"


@dataclass(frozen=True)
class Origin:
    """One origin of a distribution."""

    seen: Seen
    cdn: PlannedResource
    block: Block
    asked: Block | None
    """The block that says by which protocol and port it is asked; None of a bucket."""

    viewers_sealed: bool | Unknown
    """Whether viewers use TLS whatever they ask for."""

    @cached_property
    def protocols(self) -> tuple[str, ...] | Unknown:
        """HTTP, HTTPS, or both where it goes by the viewer."""
        policy = self.asked.text("origin_protocol_policy") if self.asked is not None else "match-viewer"
        if isinstance(policy, Unknown):
            return policy
        if policy in _PROTOCOLS:
            return _PROTOCOLS[policy]
        if isinstance(self.viewers_sealed, Unknown):
            return self.viewers_sealed
        return ("HTTPS",) if self.viewers_sealed else ("HTTP", "HTTPS")

    @property
    def sealed(self) -> bool | Unknown:
        """Whether it is asked over TLS."""
        return self.protocols if isinstance(self.protocols, Unknown) else "HTTP" not in self.protocols

    def at_balancer(self, balancer: PlannedResource) -> tuple[bool | Unknown, Guards] | None:
        """Whether a balancer is asked over TLS, and what it asks for; None where nothing there hands requests on."""
        guarding = Guarding(self.seen)
        listeners = guarding.listeners(balancer)
        if not listeners or isinstance(self.protocols, Unknown):
            return self.sealed, guarding.of(balancer)
        found = {one: self._listening(balancer, listeners, one) for one in self.protocols}
        if any(one is None for one in found.values()):
            return self.sealed, Unknown("which listener the distribution asks was not seen")
        on = {name: group for name, group in found.items() if group and guarding.forwarding(group)}
        if not on:
            return None
        return "HTTP" not in on, guarding.of_listeners(balancer, [one for group in on.values() for one in group])

    def _listening(
        self, balancer: PlannedResource, listeners: list[PlannedResource], protocol: str
    ) -> list[PlannedResource] | None:
        """The listeners on the port that a protocol is asked at; None where that is not known."""
        name, usual = _PORTS[protocol]
        port = self.asked.number(name) if self.asked is not None else 0
        ports = [(one, one.number("port")) for one in listeners]
        if isinstance(port, Unknown) or any(isinstance(at, Unknown) for _, at in ports):
            return None
        found = [one for one, at in ports if at == (port or usual)]
        return found if found or balancer.settled else None

    def at_url(self, url: PlannedResource) -> Guards:
        """What a function URL demands of whoever comes by the distribution."""
        kind = url.text("authorization_type", "NONE")
        if kind == "NONE" or isinstance(kind, Unknown):
            return guards(authentication=kind if isinstance(kind, Unknown) else False)
        return guards(authentication=self._viewers_sign())

    def _viewers_sign(self) -> bool | Unknown:
        """Whether it is left to viewers to sign."""
        if self.block.get("origin_access_control_id") in (None, ""):
            return self._unless_at_edge()
        control = self.seen.planned.target(self.cdn, "origin_access_control_id", (_CONTROL,), self.block)
        if not isinstance(control, PlannedResource):
            return Unknown("whether the distribution signs requests for everybody was not seen")
        behaviour = control.text("signing_behavior", "always")
        if isinstance(behaviour, Unknown) or behaviour != "never":
            return behaviour if isinstance(behaviour, Unknown) else False
        return self._unless_at_edge()

    def _unless_at_edge(self) -> bool | Unknown:
        if any(True for _ in self._edge_functions()):
            return Unknown("a function at the edge may sign requests for everybody")
        return True

    def _edge_functions(self) -> Iterator[Block]:
        for name in _BEHAVIOURS:
            behaviours = self.cdn.blocks(name)
            for one in () if isinstance(behaviours, Unknown) else behaviours:
                if one.get("target_origin_id") == self.block.get("origin_id"):
                    functions = set_blocks(self.cdn, "lambda_function_association", one)
                    yield from () if isinstance(functions, Unknown) else functions

    def at_entry(self, id_: str) -> Guards:
        """What an API demands of whoever comes by the distribution, which may prove who it is for everybody."""
        owner = self.seen.by_id.get(id_)
        told = Guarding(self.seen).of(owner) if owner is not None else ()
        if isinstance(told, Unknown) or not self._proves():
            return told
        return tuple(one for one in told if one != "authentication")

    def _proves(self) -> bool:
        """Whether the distribution itself adds the header by which callers prove who they are."""
        headers = set_blocks(self.cdn, "custom_header", self.block)
        named = (one.values.get("name") for one in (() if isinstance(headers, Unknown) else headers))
        return any(str(name).lower() == _PROOF for name in named)
