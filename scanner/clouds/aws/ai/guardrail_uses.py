"""What uses a guardrail: agents that name it, settings that code reads, and permissions bound to it.

In a live account, `enforced` on a guardrail is whether the account applies it to every call of a model: AWS calls it
an enforced guardrail configuration (Amazon Bedrock API Reference, ListEnforcedGuardrailsConfiguration).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from scanner.clouds.aws.ai import model_calls, versions
from scanner.clouds.aws.compute.credentials import MASKED_ID
from scanner.clouds.aws.iam.elements import NOT_KNOWN
from scanner.clouds.aws.iam.policydoc import Document, PolicyStatement, read_document
from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld

GUARDRAIL = "aws_bedrock_guardrail"
VERSION = "aws_bedrock_guardrail_version"

_REFERRING = (
    ("aws_lambda_function", ("environment",)),
    ("aws_ecs_task_definition", ("container_definitions",)),
    ("aws_ssm_parameter", ("value", "insecure_value")),
    ("aws_secretsmanager_secret_version", ("secret_string",)),
    ("aws_appconfig_hosted_configuration_version", ("content",)),
    ("aws_apprunner_service", ("source_configuration",)),
    ("aws_instance", ("user_data", "user_data_base64")),
    ("aws_launch_template", ("user_data",)),
    ("aws_sfn_state_machine", ("definition",)),
    ("aws_bedrockagent_flow", ("definition",)),
    ("aws_lexv2models_intent", ("qna_intent_configuration",)),
)
"""Attributes from which running code, or a service, learns the guardrail that it must use."""

_KEY = "bedrock:guardrailidentifier"
_APPLY = frozenset({"bedrock:applyguardrail", "bedrock:*", "bedrock:apply*", "*"})


def _reason(mark: object) -> str:
    """The first reason in a tree of marks."""
    if isinstance(mark, Unknown):
        return mark.reason
    parts = mark.values() if isinstance(mark, dict) else mark if isinstance(mark, list) else ()
    return next(filter(None, map(_reason, parts)), "")


def guardrail_of(planned: PlannedWorld, agent: PlannedResource) -> PlannedResource | External | Unknown | None:
    """The guardrail that an agent's configuration names."""
    settings = agent.blocks("guardrail_configuration")
    if isinstance(settings, Unknown):
        return _followed(planned, agent) or settings
    identifier = settings[0].get("guardrail_identifier") if settings else None
    if identifier is None or identifier == "":
        return None
    if isinstance(identifier, Unknown):
        return _followed(planned, agent) or identifier
    return planned.by_name(str(identifier), GUARDRAIL) or External(str(identifier))


def _followed(planned: PlannedWorld, agent: PlannedResource) -> PlannedResource | Unknown | None:
    """The guardrail an expression leads to; the plan shows the references of the whole configuration at once."""
    references = agent.references("guardrail_configuration")
    if not references:
        return None
    target = planned.follow(agent, references, (GUARDRAIL,))
    return target if isinstance(target, (PlannedResource, Unknown)) else None


class Uses:
    """Which guardrails something in the plan uses."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Look at everything that can name a guardrail."""
        self._planned = planned
        self._ids = {
            id_: guardrail
            for guardrail in planned.of(GUARDRAIL)
            for id_ in (guardrail.values.get("guardrail_id"),)
            if isinstance(id_, str) and id_
        }
        self._users: dict[PlannedResource, str] = {}
        self._granted: dict[PlannedResource, str] = {}
        self._undecided = ""
        self._see_agents()
        self._see_settings()
        self._see_policies()

    def of(self, guardrail: PlannedResource) -> Answer:
        """Whether something that calls a model uses it; where nothing is seen to, what that means.

        A permission to apply it proves no use: unless a condition demands it, code may call the model without.
        """
        if user := self._users.get(guardrail):
            return Noted(True, user)
        if enforced := guardrail.get("enforced"):
            return enforced if isinstance(enforced, Unknown) else Noted(True, "the account enforces it on every call")
        if grant := self._granted.get(guardrail):
            return Unknown(f"{grant} may apply it; whether the code behind does is not seen")
        if undecided := self._undecided or self._unread(guardrail):
            return Unknown(undecided)
        where = "the accounts read" if guardrail.plan.is_live else "this plan"
        if not self._caller:
            return Unknown(f"nothing in {where} calls a model; what uses it may be kept elsewhere")
        return Noted(False, f"nothing in {where} uses it, though {self._caller} calls a model")

    def _unread(self, guardrail: PlannedResource) -> str:
        """Why something that may use it was not listed in its live account, or is left out of its plan."""
        types = (model_calls.AGENT, versions.VERSION, *(type_ for type_, _ in _REFERRING), *model_calls.POLICIES)
        why = next(filter(None, (self._planned.left_out(guardrail, type_) for type_ in types)), "")
        return f"what uses it cannot be told: {why}" if why else ""

    @cached_property
    def _caller(self) -> str:
        return model_calls.first_caller(self._planned)

    def _see_agents(self) -> None:
        for agent in (*self._planned.of(model_calls.AGENT), *self._planned.of(versions.VERSION)):
            target = guardrail_of(self._planned, agent)
            if isinstance(target, PlannedResource):
                self._users.setdefault(target, f"{agent.address} uses it")
            elif isinstance(target, Unknown):
                self._undecided = self._undecided or target.reason

    def _see_settings(self) -> None:
        for type_, attributes in _REFERRING:
            for owner in self._planned.of(type_):
                for attribute in attributes:
                    for guardrail in self._in(owner, attribute):
                        self._users.setdefault(guardrail, f"{owner.address} refers to it")
                    if owner.plan.is_live and MASKED_ID in str(owner.values.get(attribute)):
                        self._undecided = self._undecided or f"a setting of {owner.address} that is masked may name it"
                    if not owner.whole(attribute) and not self._undecided:
                        self._undecided = self._hidden(owner, attribute)

    def _hidden(self, owner: PlannedResource, attribute: str) -> str:
        """Why settings that are not known yet may name a guardrail unseen; empty where they cannot."""
        if owner.plan.is_live:
            return f"{owner.address} may use it: {_reason(owner.unknown.get(attribute))}"
        references = owner.references(attribute)
        if left_out(owner, attribute):
            return ""
        if references is None:
            return f"{owner.address}.{attribute} is known only after apply, and the plan does not show its expression"
        problem = owner.plan.resolver.resolve(references, owner.place()).problem
        return f"{owner.address}.{attribute} may name it: {problem}" if "local." in problem else ""

    def _see_policies(self) -> None:
        for owner in self._planned.of(*model_calls.POLICIES):
            document = read_document(self._planned, owner, "policy")
            if isinstance(document, Document):
                for statement in document.statements:
                    self._see_statement(owner, statement)
            else:
                for guardrail in self._in(owner, "policy"):
                    self._granted.setdefault(guardrail, owner.address)

    def _see_statement(self, owner: PlannedResource, statement: PolicyStatement) -> None:
        for operator, key, values in statement.conditions if not isinstance(statement.conditions, Unknown) else ():
            if NOT_KNOWN in {operator, key} or (key.lower() == _KEY and NOT_KNOWN in values):
                self._undecided = self._undecided or f"a condition of {owner.address} is not known"
            if key.lower() == _KEY and (statement.effect == "Deny") == ("not" in operator.lower()):
                for guardrail in self._among(owner, values):
                    self._users.setdefault(guardrail, f"{owner.address} binds calls of models to it")
        actions = statement.actions if not isinstance(statement.actions, Unknown) else ()
        if statement.effect == "Allow" and not _APPLY.isdisjoint(action.lower() for action in actions):
            resources = statement.resources if not isinstance(statement.resources, Unknown) else (NOT_KNOWN,)
            for guardrail in self._among(owner, resources, everything=True):
                self._granted.setdefault(guardrail, owner.address)

    def _among(
        self, owner: PlannedResource, texts: tuple[str, ...], *, everything: bool = False
    ) -> Iterator[PlannedResource]:
        """Guardrails that elements of a policy name, by id, ARN or reference; or all of them, by a wildcard."""
        for text in texts:
            if everything and (text in {"*", NOT_KNOWN} or text.endswith(":guardrail/*")):
                yield from self._planned.of(GUARDRAIL)
            elif text.startswith("${") and "}" in text:
                yield from (
                    g for g in self._planned.of(GUARDRAIL) if g.plan is owner.plan and text[2:].startswith(f"{g.id}}}")
                )
            else:
                yield from (guardrail for id_, guardrail in self._ids.items() if id_ in text)

    def _in(self, owner: PlannedResource, attribute: str) -> Iterator[PlannedResource]:
        """Guardrails that an attribute's value names, or that its expression refers to."""
        value = owner.values.get(attribute)
        if value is not None and self._ids:
            text = str(value)
            yield from (guardrail for id_, guardrail in self._ids.items() if id_ in text)
        for found in self._planned.mentioned(owner, attribute):
            if found.type == GUARDRAIL:
                yield found
            elif found.type == VERSION:
                target = self._planned.target(found, "guardrail_arn", (GUARDRAIL,))
                if isinstance(target, PlannedResource):
                    yield target
