"""Who calls models: code by what its identity may do, and what models hand on.

Sources: Amazon Bedrock User Guide, "Prerequisites for running model inference" (Converse takes the permission to invoke
a model), "Supported Regions and models for inference profiles", "Set up permissions to use guardrails for content
filtering" (the condition key bedrock:GuardrailIdentifier); Amazon SageMaker AI Developer Guide, "Data capture" and
"Asynchronous inference".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.patterns import matches_action
from scanner.clouds.aws.links import model_callers as callers
from scanner.clouds.aws.links.chains import Chain, chains_of
from scanner.clouds.aws.links.ends import BUCKET, end_of, ends, gap, hidden, link
from scanner.clouds.aws.links.model_guards import KEY, SOME, Without, demanded, guards_of, perhaps_applied, with_it
from scanner.clouds.aws.links.model_ids import Called, called_by, in_settings
from scanner.clouds.aws.links.model_named import model_at
from scanner.clouds.aws.links.seen import BEDROCK, BEDROCK_MODEL, Linked, Seen
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.iam.answers import Answer, members
from scanner.kinds import Compute, Flow
from scanner.model import Statement, Unknown
from scanner.terraform.instances import PlannedResource

ACTIONS = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
_MODELS = ("arn:aws:bedrock:*::foundation-model/*", "arn:aws:bedrock:*:*:inference-profile/*")
"""Names of what AWS runs for everybody, as questions to the access engine."""

_OF_MODELS = ("foundation-model/", "inference-profile/")
_PROFILE = "aws_bedrock_inference_profile"
_OWN = ("aws_bedrock_custom_model", "aws_bedrock_provisioned_model_throughput", _PROFILE)
_ENDPOINT, _CONFIGURATION, _HOSTED = (
    "aws_sagemaker_endpoint", "aws_sagemaker_endpoint_configuration", "aws_sagemaker_model",
)  # fmt: skip
_WITH_MODELS = frozenset({"aws_bedrock_guardrail", "aws_bedrock_inference_profile"})
_VARIANTS = {
    "production_variants": "the endpoint runs this model",
    "shadow_production_variants": "the endpoint shows this model what it is asked, to try it",
}
_KEPT = (
    (("data_capture_config",), "destination_s3_uri", "it captures what goes into the model and comes out of it"),
    (("async_inference_config", "output_config"), "s3_output_path", "what the model answers later is put there"),
    (("async_inference_config", "output_config"), "s3_failure_path", "requests that fail are put there"),
)


def flows(seen: Seen) -> Iterator[Linked]:
    """Calls of Bedrock's models, of models of one's own and of endpoints, and what endpoints keep."""
    yield from _bedrock(seen)
    for call in callers.calls(seen, "invoke", _OWN):
        without = tuple(seen.access.who_can(action, call.target.id, {KEY: None}) for action in ACTIONS)
        guards = guards_of(seen, call.caller, call.role, Without(without)).facts()
        said = "its identity may invoke the model"
        yield callers.flow_of(seen, call, rule="aws-model-permission", said=said, **guards)
    for call in callers.calls(seen, "invoke", (_ENDPOINT,)):
        guards = perhaps_applied(seen, call.caller, call.role).facts()
        said = "its identity may invoke the endpoint"
        yield callers.flow_of(seen, call, rule="aws-endpoint-permission", said=said, **guards)
    for profile in seen.planned.of(_PROFILE):
        yield from _profile(seen, profile)
    for endpoint in seen.planned.of(_ENDPOINT):
        yield from _endpoint(seen, endpoint)


@dataclass(frozen=True, slots=True)
class _May:
    """How an identity may call Bedrock's models."""

    definite: bool
    statements: tuple[Statement, ...]
    models: bool
    """Whether it may call models themselves; by an inference profile alone nobody gets an answer."""

    reason: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What to ask about: any, and each that a statement names, for a pattern may hold some that are denied."""
        told = (one.resources for one in self.statements if isinstance(one.resources, tuple) and not one.not_resources)
        exact = (name for names in told for name in names if any(part in name for part in _OF_MODELS))
        return tuple(dict.fromkeys((*_MODELS, *(name for name in exact if not set("*?$") & set(name)))))

    @property
    def hidden(self) -> bool:
        """Whether it may only because what its policies say is not known."""
        return not self.definite and all(isinstance(one.actions, Unknown) for one in self.statements)


def _bedrock(seen: Seen) -> Iterator[Linked]:
    asked = any(map(may_call, seen.world.statements))
    known: dict[str, _May | None] = {}
    deciding = _Deciding()
    for compute, planned in callers.running(seen):
        role = compute.acts_as
        read = isinstance(role, str) and asked and role in seen.access.people.number
        if isinstance(role, str) and read and role not in known:
            known[role] = _may(seen, role, deciding)
        may = known.get(role) if isinstance(role, str) and read else None
        named = in_settings(planned)
        if may is not None and (not may.hidden or named or _mentions(seen, may)):
            yield BEDROCK_MODEL
            yield _permitted(seen, planned, compute, str(role), may, named)
        elif may is None and named and not (isinstance(role, str) and role in seen.resources):
            yield BEDROCK_MODEL
            yield seen.flow(
                "invokes", planned, BEDROCK, owner=planned, rule="aws-model-setting", attribute="", tier="possible",
                reason="a setting names a model; what it may do was not seen", models=tuple(named.models),
                **named.places(compute.region), encrypted=True, guards=Unknown("its permissions were not seen"),
            )  # fmt: skip
        elif may is None and read and isinstance(role, str):
            for chain in chains_of(seen).of(role):
                if chain.role not in known:
                    known[chain.role] = _may(seen, chain.role, deciding)
                yield from _as_another(seen, planned, compute, chain, known[chain.role])


def _as_another(
    seen: Seen, planned: PlannedResource, compute: Compute, chain: Chain, may: _May | None
) -> Iterator[Linked]:
    """The call of one that acts as a role that it may assume."""
    if may is not None and not may.hidden:
        yield BEDROCK_MODEL
        flow = _permitted(seen, planned, compute, chain.role, may, in_settings(planned))
        yield replace(flow, **chain.after({"tier": flow.tier, "reason": flow.reason}))


def _mentions(seen: Seen, may: _May) -> bool:
    """Whether a policy that is known only after apply is made from what belongs to calls of models."""
    policies = (seen.by_id.get(one.policy) for one in may.statements)
    found = (one.type for policy in policies if policy is not None for one in callers.policy_names(seen, policy))
    return any(type_ in _WITH_MODELS for type_ in found)


def may_call(statement: Statement) -> bool:
    """Whether a statement may be about calls of models."""
    if statement.effect == "Deny" or statement.policy_kind not in {"identity", "resource"}:
        return False
    patterns = statement.actions
    if isinstance(patterns, Unknown) or statement.not_actions:
        return True
    return any(matches_action(pattern, action) for pattern in patterns for action in ACTIONS)


def _may(seen: Seen, role: str, deciding: _Deciding) -> _May | None:
    number = seen.access.people.number[role]
    bit = 1 << number
    answers = {(a, n): _answer(seen, role, a, n) for a in ACTIONS for n in _MODELS}
    open_ = {key: answer for key, answer in answers.items() if answer.may & bit}
    if not open_:
        return None
    certain = [answer for answer in open_.values() if answer.must & bit]
    ids = dict.fromkeys(id_ for answer in certain or open_.values() for id_ in deciding.of(answer, number))
    allowing = tuple(text for id_ in ids if (text := seen.access.library.texts[id_]).effect != "Deny")
    doubts = (part.reason for answer in open_.values() for part in answer.parts if part.may & ~part.must & bit)
    reason = next(filter(None, doubts), "")
    return _May(bool(certain), allowing, any(name == _MODELS[0] for _, name in open_), reason)


class _Deciding:
    """Which statements decide an answer, by the number of whom they let: looked up once for all."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Answer, dict[int, list[str]]]] = {}

    def of(self, answer: Answer, number: int) -> list[str]:
        """Ids of the statements that let one in."""
        if id(answer) not in self._known:
            found: dict[int, list[str]] = {}
            for part in answer.parts:
                for id_, bits in part.statements if part.role == "allow" else ():
                    for one in members(bits & part.may):
                        found.setdefault(one, []).append(id_)
            self._known[id(answer)] = (answer, found)
        return self._known[id(answer)][1].get(number, [])


def _answer(seen: Seen, role: str, action: str, name: str) -> Answer:
    """Who can, with a guardrail or without: code does what it is held to."""
    bit = 1 << seen.access.people.number[role]
    answer = seen.access.who_can_at_home(action, name)
    if answer.may & ~answer.must & bit:
        for value in (None, *map(with_it, demanded(seen, role)), SOME):
            surely = seen.access.who_can_at_home(action, name, {KEY: value})
            if surely.must & bit:
                return surely
        if any(value.endswith(NOT_KNOWN) for value in demanded(seen, role)):
            open_ = answer.why_of(seen.access.people.number[role]).reasons
            # Code passes the very guardrail whose name is not known yet.
            return replace(answer, must=answer.must | bit) if all(KEY in one.lower() for one in open_) else answer
    return answer


def _permitted(seen: Seen, planned: PlannedResource, compute: Compute, role: str, may: _May, named: Called) -> Flow:
    tier, said = _tier(may, named)
    called = called_by(may.statements, named)
    flow = seen.flow(
        "invokes", planned, BEDROCK, owner=planned, rule="aws-model-permission", attribute="", tier=tier, reason=said,
        models=called.told(), **called.places(compute.region), encrypted=True,
        **guards_of(seen, planned, role, _without(seen, may, named)).facts(),
    )  # fmt: skip
    return callers.by_statement(flow, next(iter(may.statements), None))


def _without(seen: Seen, may: _May, named: Called) -> Without:
    """Who can call models without a guardrail: any of those that an identity may call, and those that settings name."""
    names = {part: tuple(name for name in may.names if part in name) for part in _OF_MODELS}
    told = tuple(f"arn:aws:bedrock:*::foundation-model/{model}" for model in named.models)
    models, profiles = (names[part] for part in (_OF_MODELS if may.models else reversed(_OF_MODELS)))
    asked = ((*models, *told), told, profiles if may.models else ())
    found = [tuple(seen.access.who_can_at_home(a, n, {KEY: None}) for a in ACTIONS for n in one) for one in asked]
    return Without(*found)


def _tier(may: _May, named: Called) -> tuple[str, str]:
    if may.hidden and named:
        return "likely", "a setting names a model, and what its identity may do is known only after apply"
    if not may.definite:
        return "possible", f"its identity may perhaps invoke models: {may.reason}"
    if any(map(_about_models, may.statements)):
        return "likely", "its identity may invoke models"
    if named:
        return "likely", "its identity may invoke models among much else, and a setting names one"
    return "possible", "its identity may do everything there, and nothing names a model"


def _about_models(statement: Statement) -> bool:
    """Whether a statement is about calling models: Bedrock stands for all of them, so that `*` names it as well."""
    resources = () if isinstance(statement.resources, Unknown) else statement.resources
    named = any(part in one for one in resources for part in _OF_MODELS)
    return named or (statement.wildcard_action is False and not statement.not_actions)


def _profile(seen: Seen, profile: PlannedResource) -> Iterator[Linked]:
    """A profile hands what it is asked on to the model that it is made from."""
    for block in blocks_at(profile, ("model_source",)):
        named = model_at(seen, profile, "copy_from", block)
        if named is not None:
            yield from link(
                seen, "invokes", end_of(seen, profile), named.end, owner=profile, rule="aws-inference-profile",
                attribute="model_source.copy_from", reason="it stands for this model", models=named.models,
                **named.places, encrypted=True,
            )  # fmt: skip


def _endpoint(seen: Seen, endpoint: PlannedResource) -> Iterator[Linked]:
    configuration = seen.planned.target(endpoint, "endpoint_config_name", (_CONFIGURATION,))
    if not isinstance(configuration, PlannedResource):
        unseen = seen.planned.left_out(endpoint, _CONFIGURATION) or "its endpoint configuration was not seen"
        why = configuration.reason if isinstance(configuration, Unknown) else unseen
        yield gap(endpoint.id, f"what it hands on is not known: {why}")
        return
    source = end_of(seen, endpoint)
    captured = configuration.blocks(_KEPT[0][0][0])
    if configuration.plan.is_live and isinstance(captured, Unknown):
        yield gap(endpoint.id, f"where what it is asked and answers is kept is not known: {captured.reason}")
    for path, attribute, said in _KEPT:
        for block in blocks_at(configuration, path):
            if block.flag("enable_capture", absent=True) is False:
                continue
            where = ".".join((*path, attribute))
            for bucket in ends(seen, configuration, attribute, BUCKET, block):
                yield from link(
                    seen, "writes_to", source, bucket, owner=configuration, rule="aws-endpoint-capture",
                    attribute=where, reason=said, encrypted=True,
                )  # fmt: skip
            yield from hidden(seen, configuration, attribute, BUCKET, endpoint.id, block)
    for name, said in _VARIANTS.items():
        for variant in blocks_at(configuration, (name,)):
            for hosted in ends(seen, configuration, "model_name", (_HOSTED,), variant):
                yield from link(
                    seen, "sends_to", source, hosted, owner=configuration, rule="aws-endpoint-model",
                    attribute=f"{name}.model_name", reason=said, encrypted=True,
                )  # fmt: skip
