"""What REST and HTTP API stages share: which API and name they have, throttles, access logs, mutual TLS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from scanner.logic import Answer, both, either
from scanner.model import Noted, Unknown
from scanner.terraform.computed import setting
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_APIS = ("aws_api_gateway_rest_api", "aws_apigatewayv2_api")
_MAPPINGS = ("aws_api_gateway_base_path_mapping", "aws_apigatewayv2_api_mapping")
_DOMAINS = ("aws_api_gateway_domain_name", "aws_apigatewayv2_domain_name")
_SETTINGS = "aws_api_gateway_method_settings"
_PLAN = "aws_api_gateway_usage_plan"

Api: TypeAlias = "PlannedResource | External | Unknown"
"""The API a companion belongs to."""


@dataclass(frozen=True, slots=True)
class StageKey:
    """A stage as its companions name it."""

    api: Api
    name: str | Unknown


def key_of(
    planned: PlannedWorld, owner: PlannedResource, api_type: str, api: str, name: str, block: Block | None = None
) -> StageKey:
    """Read the API and stage name that `owner`, or a block of it, gives."""
    target = planned.target(owner, api, (api_type,), block)
    return StageKey(Unknown("no API is named") if target is None else target, (block or owner).text(name))


def access_logged(stage: PlannedResource) -> Answer:
    """Whether the stage has access log settings, whose destination the provider requires."""
    settings = stage.blocks("access_log_settings")
    if isinstance(settings, Unknown):
        return settings
    if any(block.get("destination_arn") for block in settings):
        return Noted(True, "it has access log settings")
    return Noted(False, "it has no access_log_settings")


def mutual_tls(planned: PlannedWorld, api: PlannedResource) -> Answer:
    """Whether clients reach the API only through domain names that ask for their certificate.

    Both versions of API Gateway's interface may map a domain name to an API of either.
    """
    disabled = setting(api, "disable_execute_api_endpoint", default=False)
    if disabled is not True and not isinstance(disabled, Unknown):
        return False
    found = [planned.attached(api, type_, "api_id", owners=_APIS, every=True) for type_ in _MAPPINGS]
    asking = [_asks_certificate(planned, one) for group in found if not isinstance(group, Unknown) for one in group]
    untold = next((group for group in found if isinstance(group, Unknown)), None)
    if not asking and untold is None:
        return False
    certified = both(*asking, untold or Noted(True, "its domain names ask for a client certificate"))
    return both(disabled, certified) if isinstance(disabled, Unknown) else certified


def _asks_certificate(planned: PlannedWorld, mapping: PlannedResource) -> Answer:
    domain = planned.target(mapping, "domain_name", _DOMAINS)
    if not isinstance(domain, PlannedResource):
        if isinstance(domain, Unknown):
            return domain
        unread = next(filter(None, (planned.left_out(mapping, type_) for type_ in _DOMAINS)), "")
        return Unknown(unread) if unread and mapping.plan.is_live else False
    block = domain.block("mutual_tls_authentication")
    return block if isinstance(block, Unknown) else block is not None


class Throttles:
    """Method settings and usage plans of REST APIs, by the stage they belong to."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Index them once."""
        self._planned = planned
        self._settings: dict[Api, list[tuple[str | Unknown, Answer]]] = {}
        self._plans: dict[Api, list[tuple[str | Unknown, Answer]]] = {}
        self._lost: list[Unknown] = []
        for one in planned.of(_SETTINGS):
            path = one.get("method_path")
            if isinstance(path, Unknown):
                self._lost.append(path)
            elif path == "*/*":
                key = key_of(planned, one, "aws_api_gateway_rest_api", "rest_api_id", "stage_name")
                self._add(self._settings, key, _rate(one.block("settings"), "throttling_rate_limit", one.address))
        for plan in planned.of(_PLAN):
            self._read_plan(planned, plan)

    def settings(self, stage: PlannedResource, key: StageKey) -> Answer:
        """Whether method settings throttle every method of the stage."""
        return either(self._find(self._settings, key), self._unread(stage, _SETTINGS))

    def usage_plan(self, stage: PlannedResource, key: StageKey) -> Answer:
        """Whether a usage plan with a throttle holds the stage."""
        return either(self._find(self._plans, key), self._unread(stage, _PLAN))

    def _unread(self, stage: PlannedResource, type_: str) -> Answer:
        """Not known where an account may hold more of a type than could be read."""
        reason = self._planned.left_out(stage, type_) if stage.plan.is_live else ""
        return Unknown(reason) if reason else False

    def _read_plan(self, planned: PlannedWorld, plan: PlannedResource) -> None:
        """Take in a usage plan; its stages are a set, so that names not known yet may belong to any of them."""
        blocks = plan.blocks("api_stages")
        if isinstance(blocks, Unknown):
            self._lost.append(blocks)
            return
        rate = _rate(plan.block("throttle_settings"), "rate_limit", plan.address)
        keys = [key_of(planned, plan, "aws_api_gateway_rest_api", "api_id", "stage", block) for block in blocks]
        certain = len({key.api for key in keys}) == 1 or len({key.name for key in keys}) == 1
        certain = certain or all(block.whole("api_id") for block in blocks)
        unsure = Unknown(f"{plan.address} holds several stages, and it is not told which API each is of")
        for key in keys:
            self._add(self._plans, key, rate if certain else unsure)

    def _add(self, index: dict[Api, list[tuple[str | Unknown, Answer]]], key: StageKey, rate: Answer) -> None:
        if rate is False:
            return
        if isinstance(key.api, Unknown):
            self._lost.append(key.api)
        else:
            index.setdefault(key.api, []).append((key.name, rate))

    def _find(self, index: dict[Api, list[tuple[str | Unknown, Answer]]], key: StageKey) -> Answer:
        if isinstance(key.api, Unknown):
            return key.api if index or self._lost else False
        rates = [_named(key.name, name, rate) for name, rate in index.get(key.api, ())]
        return either(*rates, *self._lost[:1])


def _named(stage: str | Unknown, name: str | Unknown, rate: Answer) -> Answer:
    """The rate of a companion, if it names the stage."""
    if isinstance(stage, Unknown) or isinstance(name, Unknown):
        return Unknown("the name of its stage is known only after apply")
    return rate if stage == name else False


def _rate(block: Block | Unknown | None, name: str, owner: str) -> Answer:
    """Whether a block sets a rate of its own; -1 switches it off."""
    if block is None or isinstance(block, Unknown):
        return block or False
    rate = block.number(name, -1)
    if isinstance(rate, Unknown):
        return rate
    return Noted(True, f"{owner} throttles it") if rate >= 0 else False
