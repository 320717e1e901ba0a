"""APIs of API Gateway: what each of their methods and routes hands a request on to.

Sources: Amazon API Gateway Developer Guide, "Set up an API integration request using the API Gateway console" and the
reference of `PutIntegration` (forms of `uri`), "Create integrations for HTTP APIs", "Integration subtype reference",
"Set up private integrations", "x-amazon-apigateway-integration object".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.clouds.aws.links import api_documents, routes
from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.hosts import DOMAINS, api_behind, by_host, host_in, host_of
from scanner.clouds.aws.links.leads import Setting, leads, leads_to
from scanner.clouds.aws.links.model_guards import guarded_by
from scanner.clouds.aws.links.model_ids import in_text
from scanner.clouds.aws.links.request_names import named_in
from scanner.clouds.aws.links.seen import BEDROCK, BEDROCK_MODEL, Linked, Seen
from scanner.clouds.aws.links.things import (
    APIS,
    BALANCERS,
    BUCKET,
    BUS,
    FIREHOSE,
    FUNCTION,
    MACHINE,
    QUEUE,
    STREAM,
    TABLE,
    TOPIC,
    at,
    called,
    canonical,
    ends_at,
)
from scanner.clouds.aws.links.workflows import direction
from scanner.hcl.values import Symbol, Template
from scanner.model import Unknown
from scanner.terraform.instances import External, PlannedResource, Target

_REST, _HTTP = APIS
_LINK = "aws_api_gateway_vpc_link"
_REGISTRY = "aws_service_discovery_service"
_INTEGRATIONS = {"aws_api_gateway_integration": "rest_api_id", "aws_apigatewayv2_integration": "api_id"}
_BACKENDS = (FUNCTION, *BALANCERS, QUEUE, TOPIC, STREAM, BUCKET, TABLE, MACHINE, BUS)
_URI = re.compile(r"arn:[^:]*:apigateway:[^:]*:([^:]+):(path|action)/(.*)", re.DOTALL)
_OF_SERVICE: Mapping[str, str] = {
    "dynamodb": TABLE, "kinesis": STREAM, "sns": TOPIC, "sqs": QUEUE, "states": MACHINE, "events": BUS,
    "firehose": FIREHOSE, "StepFunctions": MACHINE, "SQS": QUEUE, "Kinesis": STREAM, "EventBridge": BUS,
}  # fmt: skip
_MODEL = re.compile(r"model/([^/{}]+)/")
_GUARDRAIL = "header.x-amzn-bedrock-guardrailidentifier"
_HOW = {TABLE: "", BUCKET: "", MACHINE: "invokes"}
_READING = frozenset({"GET", "HEAD"})


def flows(seen: Seen) -> Iterator[Linked]:
    """Integrations and authorizers of every API, written as resources or as a document."""
    for type_, api in _INTEGRATIONS.items():
        for one in seen.planned.of(type_):
            for node in _apis(seen, one, api):
                yield from routes.guarded(seen, one, _Integration(seen, node, one, _setting(one)).flows())
    for type_, api in (("aws_api_gateway_authorizer", "rest_api_id"), ("aws_apigatewayv2_authorizer", "api_id")):
        for one in seen.planned.of(type_):
            for node in _apis(seen, one, api):
                yield from leads(seen, node, _authorizer(one))
    for api_ in seen.planned.of(*APIS):
        node = at(seen, api_)
        yield from _quick(seen, node, api_)
        yield from _documented(seen, node, api_)
    for domain in seen.planned.of(*DOMAINS):
        if domain.plan.is_live and api_behind(seen, domain) is None:
            why = next(filter(None, (seen.planned.left_out(domain, one) for one, _ in DOMAINS.values())), "")
            yield gap(
                domain.id,
                f"which API answers there was not seen: {why}" if why else "which API answers there was not seen",
            )


def _apis(seen: Seen, owner: PlannedResource, attribute: str) -> tuple[End, ...]:
    found = ends_at(seen, owner, attribute, APIS)
    return () if isinstance(found, Unknown) else found


def _setting(owner: PlannedResource) -> Setting:
    attribute = "uri" if owner.type == "aws_api_gateway_integration" else "integration_uri"
    return Setting(
        owner=owner, attribute=attribute, anchor=("rest_api_id", "api_id"),
        rule="aws-api-integration", types=_BACKENDS, how="sends_to",
        reason="the API hands requests on to it",
    )  # fmt: skip


def _authorizer(owner: PlannedResource) -> Setting:
    return Setting(
        owner=owner, attribute="authorizer_uri", rule="aws-api-authorizer", types=(FUNCTION,), how="sends_to",
        reason="the API asks it whether a caller may come in", facts={"content": False},
    )  # fmt: skip


def _quick(seen: Seen, node: End, api: PlannedResource) -> Iterator[Linked]:
    """The one backend of an API that is created with it."""
    if api.type == _HTTP and api.get("target") is not None:
        setting = replace(_setting(api), attribute="target")
        value = api.get("target")
        if isinstance(value, str) and value.startswith("http"):
            yield from _to_host(seen, node, setting, host_of(seen, api, "target"), value)
        else:
            yield from leads(seen, node, replace(setting, types=(FUNCTION,)))


def _to_host(seen: Seen, node: End, setting: Setting, end: End | Unknown | None, uri: object) -> Iterator[Linked]:
    scheme = uri if isinstance(uri, str) else uri.parts[0] if isinstance(uri, Template) else ""
    sealed = scheme.startswith("https:") if isinstance(scheme, str) and scheme.startswith("http") else None
    unsure = Unknown("whether the backend is called over TLS is not known")
    if isinstance(end, End):
        yield from leads_to(
            seen, node, end, replace(setting, facts={"encrypted": unsure if sealed is None else sealed})
        )
    elif end is not None:
        yield gap(node.id, f"{setting.path} of {setting.owner.id} is not known: {end.reason}")


@dataclass(frozen=True, slots=True)
class _Integration:
    """One integration that is a resource."""

    seen: Seen
    node: End
    one: PlannedResource
    setting: Setting

    def flows(self) -> Iterator[Linked]:
        sort = self.one.text("type" if self.one.type == "aws_api_gateway_integration" else "integration_type")
        subtype = self.one.values.get("integration_subtype")
        if sort == "MOCK":
            return
        if self.one.values.get("connection_type") == "VPC_LINK":
            yield from self._private()
        elif isinstance(subtype, str) and subtype:
            service, _, operation = subtype.partition("-")
            yield from self._by_parameters(_OF_SERVICE.get(service, ""), operation)
        elif sort in {"HTTP", "HTTP_PROXY"}:
            attribute = self.setting.attribute
            end = host_of(self.seen, self.one, attribute)
            yield from _to_host(self.seen, self.node, self.setting, end, self.one.get(attribute))
        else:
            yield from self._service()

    def _private(self) -> Iterator[Linked]:
        """Through a link into a network: to the balancers that the link names, or the listener that `uri` names."""
        unsure = {"encrypted": Unknown("whether the balancer is called over TLS is not known")}
        if self.one.type == "aws_api_gateway_integration":
            if self.one.get("integration_target") is not None:
                setting = replace(self.setting, attribute="integration_target", types=BALANCERS, facts=unsure)
                yield from leads(self.seen, self.node, setting)
                return
            link = self.seen.planned.target(self.one, "connection_id", (_LINK,))
            uri = self.one.values.get("uri")
            scheme = uri if isinstance(uri, str) else _first(self.one.get("uri"))
            facts: dict[str, Any] = {"encrypted": scheme.startswith("https:")} if "://" in scheme else dict(unsure)
            if isinstance(link, PlannedResource) and link.mode == "managed":
                setting = replace(self.setting, owner=link, attribute="target_arns", types=BALANCERS, facts=facts)
                yield from leads(self.seen, self.node, setting)
            else:
                why = self.seen.planned.left_out(self.one.plan, _LINK)
                said = f"what stands behind connection_id of {self.one.id} was not seen"
                yield gap(self.node.id, f"{said}: {why}" if why else said)
            return
        registry = self.seen.planned.target(self.one, "integration_uri", (_REGISTRY, *BALANCERS))
        named = isinstance(registry, External) and ":servicediscovery:" in registry.value
        if named or (isinstance(registry, PlannedResource) and registry.type == _REGISTRY):
            yield from self._registered(registry, unsure)
        else:
            yield from leads(self.seen, self.node, replace(self.setting, types=BALANCERS, facts=unsure))

    def _registered(self, registry: Target, facts: dict[str, Any]) -> Iterator[Linked]:
        """Services of containers that register under a name."""
        found = False
        for service in self.seen.planned.of("aws_ecs_service"):
            blocks = service.blocks("service_registries")
            for block in () if isinstance(blocks, Unknown) else blocks:
                if self.seen.planned.target(service, "registry_arn", (_REGISTRY,), block) == registry:
                    found = True
                    setting = replace(self.setting, facts=facts)
                    yield from leads_to(self.seen, self.node, at(self.seen, service), setting)
        if not found:
            yield gap(self.node.id, f"what registers under the name that {self.one.id} calls was not seen")

    def _service(self) -> Iterator[Linked]:
        """An operation of a service of AWS, most often a call of a function."""
        uri = self.one.get(self.setting.attribute)
        text = uri if isinstance(uri, str) else _first(uri)
        match = _URI.match(text)
        service = match[1].rpartition(".")[2] if match else ""
        if match is None or service == "lambda":
            if "${stageVariables" in text:
                yield gap(self.node.id, f"a variable of the stage says which function {self.one.id} calls")
                return
            yield from leads(self.seen, self.node, replace(self.setting, types=(FUNCTION, MACHINE, QUEUE, STREAM)))
        elif service == "bedrock-runtime":
            yield from self._model(match[3])
        elif match[2] == "path" and service in {"sqs", "s3"} and isinstance(uri, str):
            yield from self._by_path(service, match[3])
        elif service in _OF_SERVICE:
            yield from self._by_parameters(_OF_SERVICE[service], match[3])
        else:
            yield from leads(self.seen, self.node, replace(self.setting, types=_BACKENDS))

    def _model(self, path: str) -> Iterator[Linked]:
        """A model of Bedrock as `model/<id>/<operation>`; a header of the request may name a guardrail."""
        match = _MODEL.match(path)
        named = in_text(match[1] if match else "")
        if not named:
            named.doubt = f"which model {self.one.id} calls depends on the request"
        facts = named.places(self.seen.places.of(self.one)[1]) | {"models": named.told(), "encrypted": True}
        header = str(self.one.values.get("request_parameters") or self.one.unknown.get("request_parameters")).lower()
        if _GUARDRAIL in header:
            facts |= guarded_by(Unknown(f"which guardrail {self.one.id} names was not read")).facts()
        setting = replace(self.setting, how="invokes", facts=facts)
        yield from leads_to(self.seen, self.node, End(BEDROCK, BEDROCK_MODEL), setting)

    def _by_path(self, service: str, path: str) -> Iterator[Linked]:
        """A queue as `<account>/<name>`, or a bucket with a key."""
        parts = path.split("/")
        bucket = service == "s3"
        name = parts[0] if bucket else parts[1] if len(parts) > 1 else ""
        if not name or "{" in name:
            yield gap(self.node.id, f"what {self.one.id} calls depends on the request")
            return
        reading = str(self.one.values.get("integration_http_method")).upper() in _READING
        how = ("reads_from" if reading else "writes_to") if bucket else "sends_to"
        text = f"arn:aws:s3:::{name}" if bucket else name
        end = called(self.seen, self.one, text, (BUCKET if bucket else QUEUE,))
        yield from leads_to(self.seen, self.node, end, replace(self.setting, how=how), back=how == "reads_from")

    def _by_parameters(self, type_: str, operation: str) -> Iterator[Linked]:
        """What the parameters or templates of the request name."""
        found: dict[str, End] = {}
        for attribute in ("request_templates", "request_parameters"):
            values = self.one.values.get(attribute)
            for name, text in values.items() if isinstance(values, dict) else ():
                for _, named in named_in(name, text):
                    end = called(self.seen, self.one, named, (type_,))
                    found[end.id] = end
            for one in self.seen.planned.mentioned(self.one, attribute):
                if one.type == type_:
                    found[one.id] = at(self.seen, one)
        how = _HOW.get(type_, "sends_to") or direction(operation)
        for end in found.values():
            yield from leads_to(self.seen, self.node, end, replace(self.setting, how=how), back=how == "reads_from")
        if not found:
            yield gap(self.node.id, f"which resource {self.one.id} calls is not known")


def _first(value: object) -> str:
    first = value.parts[0] if isinstance(value, Template) else ""
    return first if isinstance(first, str) else ""


def _documented(seen: Seen, node: End, api: PlannedResource) -> Iterator[Linked]:
    """What the document of an API names."""
    setting = replace(_setting(api), attribute="body")
    body = api.get("body")
    if isinstance(body, Unknown) and not isinstance(body, Template):
        if api.plan.is_live or api.configured("body"):
            yield from _unread(seen, node, api, setting, body)
        return
    if not body:
        return
    found = api_documents.integrations(body)
    if isinstance(found, Unknown):
        yield from _unread(seen, node, api, setting, found)
        return
    for one in found:
        made = _authorizer(api) if one.authorizer else setting
        told = _uri(seen, node, replace(made, attribute="body"), one)
        yield from told if one.authorizer else routes.guarded_by(seen, api, one.asks, told)


def _uri(seen: Seen, node: End, setting: Setting, one: api_documents.Integration) -> Iterator[Linked]:
    """What the URI of a documented integration is."""
    owner, uri = setting.owner, one.uri
    symbols = uri.parts if isinstance(uri, Template) else (uri,)
    for part in symbols:
        found = seen.planned.instance(owner, part) if isinstance(part, Symbol) else None
        if found is not None and canonical(seen, found).type in _BACKENDS:
            yield from leads_to(seen, node, at(seen, canonical(seen, found)), setting)
            return
    if isinstance(uri, str) and uri.startswith("http") and (host := host_in(uri)):
        yield from _to_host(seen, node, setting, by_host(seen, owner, host), uri)
    elif isinstance(uri, str) and "lambda:path" in uri and "${stageVariables" not in uri:
        yield from leads_to(seen, node, called(seen, owner, uri, (FUNCTION,)), setting)
    elif isinstance(uri, str) and uri.startswith("arn:") and ":apigateway:" not in uri:
        yield from leads_to(seen, node, called(seen, owner, uri, _BACKENDS), setting)
    elif uri:
        yield gap(node.id, f"what an operation in the document of {owner.id} calls is not known")


def _unread(seen: Seen, node: End, api: PlannedResource, setting: Setting, why: Unknown) -> Iterator[Linked]:
    """What an API's document refers to; and a gap, since it may name more."""
    yield gap(node.id, f"what the document of {api.id} names is not known: {why.reason}")
    for found in () if api.plan.is_live else seen.planned.mentioned(api, "body"):
        one = canonical(seen, found)
        if one.type in _BACKENDS and one.mode == "managed":
            how = _HOW.get(one.type, "sends_to") or "writes_to"
            yield from leads_to(seen, node, at(seen, one), replace(setting, how=how, facts={"tier": "likely"}))
