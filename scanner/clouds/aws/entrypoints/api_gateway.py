"""REST APIs: methods and documents, stages, domain names.

Sources: Amazon API Gateway Developer Guide, "Throttle requests to your REST APIs" (a usage plan counts only requests
with an API key; the account's limit is everybody's), "Set up CloudWatch logging", "Security policies for custom domain
names" (TLS_1_2 unless chosen otherwise).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.clouds.aws.entrypoints import body_checks, operations, stages
from scanner.clouds.aws.entrypoints.callers import only_known_callers
from scanner.clouds.aws.entrypoints.operations import Operation
from scanner.clouds.aws.entrypoints.protection import Protection
from scanner.clouds.aws.entrypoints.stages import StageKey
from scanner.clouds.aws.iam.policydoc import read_document
from scanner.kinds import Entrypoint
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.computed import computed_block, left_out, setting
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

terraform_types = (
    "aws_api_gateway_rest_api",
    "aws_api_gateway_rest_api_policy",
    "aws_api_gateway_method",
    "aws_api_gateway_stage",
    "aws_api_gateway_deployment",
    "aws_api_gateway_method_settings",
    "aws_api_gateway_usage_plan",
    "aws_api_gateway_domain_name",
    "aws_api_gateway_base_path_mapping",
    body_checks.VALIDATOR,
)

_NOTHING = "no stage throttle, usage plan or web ACL with a rate rule covers it"
_API = "aws_api_gateway_rest_api"
_METHOD = "aws_api_gateway_method"
_TLS12_POLICY = re.compile(r"TLS_1_[23]|SecurityPolicy_TLS1[23]_.*")


def from_plan(planned: PlannedWorld, protection: Protection) -> Iterator[Entrypoint]:
    """Read every REST API, its stages (those that a deployment makes by itself too) and custom domain names."""
    for api in planned.of(_API):
        yield Entrypoint.of(
            **planned.labels(api),
            type="api",
            public=_public(api),
            authenticated=sourced(_authenticated(planned, api), completed_in(api, "body")),
            **body_checks.body_facts(planned, api),
        )
    for method in planned.of(_METHOD):
        if isinstance(planned.target(method, "rest_api_id", (_API,)), External):
            for operation in operations.without_options([_operation(method)]):
                answer = operations.alone(operation.authorized)
                yield Entrypoint.of(**planned.labels(method), type="method", authenticated=answer)
    throttles = stages.Throttles(planned)
    for stage in planned.of("aws_api_gateway_stage"):
        key = stages.key_of(planned, stage, _API, "rest_api_id", "stage_name")
        yield Entrypoint.of(
            **planned.labels(stage),
            type="stage",
            public=_public(key.api),
            rate_limited=_rate_limited(planned, stage, key, throttles, protection),
            access_logged=stages.access_logged(stage),
        )
    yield from _implicit_stages(planned, throttles, protection)
    for domain in planned.of("aws_api_gateway_domain_name"):
        policy = setting(domain, "security_policy", None)
        yield Entrypoint.of(**planned.labels(domain), type="domain", tls12=domain_tls12(policy))


def domain_tls12(policy: object) -> Answer:
    """Whether a custom domain's security policy refuses what is older than TLS 1.2."""
    if isinstance(policy, Unknown):
        return policy
    if policy is None:
        return Noted(True, "no security policy is set, and API Gateway's default for a custom domain is TLS_1_2")
    if policy == "TLS_1_0":
        return Noted(False, "security policy TLS_1_0")
    if _TLS12_POLICY.fullmatch(str(policy)):
        return Noted(True, f"security policy {policy}")
    return Unknown(f"the security policy {policy} is not one we know")


def read_operations(planned: PlannedWorld, api: PlannedResource) -> list[Operation] | Unknown:
    """Every operation of a REST API, from methods and from its document."""
    return operations.declared(planned, api, (_METHOD, "rest_api_id"), _operation)


def _operation(method: PlannedResource) -> Operation:
    kind = method.text("authorization", "NONE")
    name = f"{method.values.get('http_method') or 'a method'} ({method.address})"
    proven = kind if isinstance(kind, Unknown) else kind != "NONE"
    keyed, verb = method.flag("api_key_required"), method.text("http_method")
    if isinstance(verb, Unknown):  # it may be OPTIONS, of which nothing is asked
        return Operation(name=name, authorized=proven or verb, needs_key=keyed or verb)
    return Operation(name=name, authorized=proven, needs_key=keyed)


def _public(api: object) -> bool | Unknown:
    if isinstance(api, Unknown):
        return api
    if not isinstance(api, PlannedResource):
        return Unknown("its API was not seen")
    endpoint = computed_block(api, "endpoint_configuration")
    if isinstance(endpoint, Unknown):
        return endpoint
    types = endpoint.texts("types") if endpoint is not None else ()
    return types if isinstance(types, Unknown) else "PRIVATE" not in types


def _authenticated(planned: PlannedWorld, api: PlannedResource) -> Answer:
    found = read_operations(planned, api)
    answer = found if isinstance(found, Unknown) else operations.authorized(found)
    if plain(answer) is True:
        return answer
    guard = either(_policy_guards(planned, api), stages.mutual_tls(planned, api))
    decided = plain(guard) is True or (plain(guard) is not False and plain(answer) is False)
    return guard if decided else answer


def _policy_guards(planned: PlannedWorld, api: PlannedResource) -> Answer:
    """Whether a resource policy, inline or split, lets in only callers it names."""
    split = planned.attached(api, "aws_api_gateway_rest_api_policy", "rest_api_id")
    if isinstance(split, Unknown):
        return split
    holders = [*split, *([] if left_out(api, "policy") or split else [api])]
    documents = [read_document(planned, holder, "policy") for holder in holders]
    return either(
        *(
            document if isinstance(document, Unknown) else sourced(only_known_callers(document), document.completed)
            for document in documents
            if document is not None
        )
    )


def _rate_limited(
    planned: PlannedWorld,
    stage: PlannedResource,
    key: StageKey,
    throttles: stages.Throttles,
    protection: Protection,
) -> Answer:
    usage = _usage_plan(planned, stage, key, throttles)
    why = usage.because if isinstance(usage, Noted) and not usage.value else _NOTHING
    nothing: Answer = planned.default(stage, False, why)
    answer = either(throttles.settings(stage, key), usage, protection.regional_limit(stage, why), nothing)
    return protection.instead(answer, (stage, key.api))


def _usage_plan(planned: PlannedWorld, stage: PlannedResource, key: StageKey, throttles: stages.Throttles) -> Answer:
    """Whether a usage plan throttles the stage, and every operation asks for the key that it counts by."""
    covered = throttles.usage_plan(stage, key)
    if plain(covered) is False:
        return covered
    if not isinstance(key.api, PlannedResource):
        return Unknown("the methods of its API were not seen")
    found = read_operations(planned, key.api)
    if isinstance(found, Unknown):
        return found
    keyless = [op.name for op in found if plain(op.needs_key) is False]
    if keyless:
        return Noted(False, f"a usage plan counts only requests with an API key, which {keyless[0]} does not ask for")
    return both(*(op.needs_key for op in found), covered)


def _implicit_stages(
    planned: PlannedWorld, throttles: stages.Throttles, protection: Protection
) -> Iterator[Entrypoint]:
    """Stages that deployments make by naming one; they have no access log of their own."""
    declared = {
        stages.key_of(planned, stage, _API, "rest_api_id", "stage_name")
        for stage in planned.of("aws_api_gateway_stage")
    }
    for deployment in planned.of("aws_api_gateway_deployment"):
        if not deployment.values.get("stage_name"):
            continue
        key = stages.key_of(planned, deployment, _API, "rest_api_id", "stage_name")
        if key in declared:
            continue
        yield Entrypoint.of(
            **planned.labels(deployment),
            type="stage",
            public=_public(key.api),
            rate_limited=_rate_limited(planned, deployment, key, throttles, protection),
            access_logged=Noted(False, "a stage made by a deployment has no access log settings"),
        )
