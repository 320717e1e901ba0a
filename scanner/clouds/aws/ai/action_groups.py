"""Action groups of Bedrock agents: which actions they have, and whether a person confirms them.

Sources: Amazon Bedrock User Guide, "Get user confirmation before invoking action group function", "Return control to
the agent developer" and "Define OpenAPI schemas for your agent's action groups" (`x-requireConfirmation`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.clouds.aws.json_text import read_json_or_yaml
from scanner.config import Config
from scanner.hcl.values import Template
from scanner.logic import Answer, both, either, negated, said_of
from scanner.model import Noted, Unknown
from scanner.terraform.completed import completed_in, sourced
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_BUILT_IN = {"AMAZON.UserInput": "user_input", "AMAZON.CodeInterpreter": "code_interpreter"}
"""Signatures of groups without actions on anything outside the conversation: one asks the user back, the other
computes in a sandbox of its own. Others, such as ANTHROPIC.Computer, act."""

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_RETURNS = Noted(True, "control returns to the application (RETURN_CONTROL)")


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of one action group."""

    type: str
    irreversible: Answer
    confirmed: Answer


@dataclass(frozen=True, slots=True)
class _Action:
    """One thing the agent can do."""

    names: tuple[str, ...] | Unknown
    """What it may be called in the user's classification, the best name first."""

    confirmed: Answer


def judge(planned: PlannedWorld, group: PlannedResource) -> Judged:
    """Tell whether the group can do what cannot be undone, and whether each such action is confirmed."""
    signature = group.text("parent_action_group_signature")
    if not isinstance(signature, Unknown) and signature in _BUILT_IN:
        none = Noted(False, f"{signature} acts on nothing outside the conversation")
        return Judged(_BUILT_IN[signature], none, Noted(True, none.because))
    if group.text("action_group_state") == "DISABLED":
        return Judged("action_group", Noted(False, "the action group is disabled"), _returns_control(group))
    actions = _actions(group, signature)
    if isinstance(actions, Unknown):
        return Judged("action_group", actions, either(_returns_control(group), actions))
    irreversible = [_irreversible(action, planned.config) for action in actions]
    confirmed = both(*(either(_told(one), negated(harm)) for one, harm in zip(actions, irreversible, strict=True)))
    told = completed_in(group, "api_schema")
    confirmed = either(_returns_control(group), confirmed)
    return Judged("action_group", sourced(either(*irreversible), told), sourced(confirmed, told))


def _returns_control(group: PlannedResource) -> Answer:
    """Whether the application, rather than a function, gets every action, and decides on it."""
    executor = group.block("action_group_executor")
    control = executor.text("custom_control") if isinstance(executor, Block) else executor
    if isinstance(control, Unknown):
        return control
    return _RETURNS if control == "RETURN_CONTROL" else False


def _irreversible(action: _Action, config: Config) -> Answer:
    """As the user classified it: the first of its names that is classified decides."""
    if isinstance(action.names, Unknown):
        return action.names
    answers = [(name, config.irreversible(name)) for name in action.names]
    name, answer = next(((n, a) for n, a in answers if not isinstance(a, Unknown)), answers[0])
    if isinstance(answer, Unknown):
        return answer
    return Noted(answer, f"{name} cannot be undone" if answer else f"{name} can be undone")


def _told(action: _Action) -> Answer:
    """Whether the action asks first, told with its name."""
    return action.confirmed if isinstance(action.names, Unknown) else said_of(action.names[0], action.confirmed)


def _actions(group: PlannedResource, signature: str | Unknown) -> list[_Action] | Unknown:
    schema = group.block("api_schema")
    if isinstance(schema, Unknown):
        return schema
    if schema is not None:
        return _from_openapi(group, schema)
    functions = list(_functions(group))
    unknown = next((f for f in functions if isinstance(f, Unknown)), None)
    if unknown is not None:
        return unknown
    found = [_from_function(group, f) for f in functions if isinstance(f, Block)]
    if not found and signature:
        names = signature if isinstance(signature, Unknown) else (signature,)
        return [_Action(names, Noted(False, "the group does not return control"))]
    return found or Unknown(f"{group.address} shows no schema of its actions")


def _functions(group: PlannedResource) -> Iterator[Block | Unknown]:
    """Every block of function_schema.member_functions.functions."""
    level: list[Block | Unknown] = [group]
    for name in ("function_schema", "member_functions", "functions"):
        inner: list[Block | Unknown] = []
        for block in level:
            found = block if isinstance(block, Unknown) else block.blocks(name)
            inner.extend([found] if isinstance(found, Unknown) else found)
        level = inner
    yield from level


def _from_function(group: PlannedResource, function: Block) -> _Action:
    name = function.text("name")
    asked = function.get("require_confirmation")
    if isinstance(asked, Unknown):
        return _Action(name if isinstance(name, Unknown) else (name,), asked)
    return _Action(
        name if isinstance(name, Unknown) else (name,), _asks(group, asked, "require_confirmation" in function.values)
    )


def _asks(group: PlannedResource, asked: Any, readable: bool) -> Answer:  # noqa: FBT001 - read from the plan
    """Whether a function asks first; where the provider's version has no attribute for it, applying leaves it off."""
    if str(asked).upper() in {"ENABLED", "TRUE"}:
        return Noted(True, "the user must confirm it")
    if readable or not {"create", "update"}.isdisjoint(group.actions):
        return Noted(False, "the user need not confirm it, and control does not return to the application")
    return Unknown(f"{group.address} existed before, and this provider does not show whether its functions ask first")


def _from_openapi(group: PlannedResource, schema: Block) -> list[_Action] | Unknown:
    payload = schema.get("payload")
    if isinstance(payload, Unknown) and not isinstance(payload, Template):
        return payload
    if not payload:
        return Unknown(f"the schema of {group.address} is an object in S3, which is not read")
    text = payload if isinstance(payload, Template) else str(payload)
    document = read_json_or_yaml(text, f"the payload of {group.address}.api_schema")
    paths = document.get("paths") if isinstance(document, dict) else None
    if not isinstance(paths, dict):
        unread = paths if isinstance(paths, Unknown) else None
        return unread or Unknown(f"the payload of {group.address}.api_schema is no OpenAPI schema")
    return list(_operations(paths))


def _operations(paths: dict[str, Any]) -> Iterator[_Action]:
    for path, methods in paths.items():
        if isinstance(methods, Unknown):
            yield _Action(methods, methods)
        for method, operation in methods.items() if isinstance(methods, dict) else ():
            if str(method).lower() in _METHODS and isinstance(operation, (dict, Unknown)):
                yield _operation(path, method, operation)


def _operation(path: str, method: str, operation: dict[str, Any] | Unknown) -> _Action:
    place = f"{method.upper()} {path}"
    if isinstance(operation, Unknown):
        return _Action((place,), operation)
    name, asked = operation.get("operationId"), operation.get("x-requireConfirmation")
    if isinstance(name, Unknown):
        return _Action(name, Unknown(f"what {place} is called is known only after apply"))
    names = (str(name), place) if name else (place,)
    if isinstance(asked, Unknown):
        return _Action(names, asked)
    asks = str(asked).upper() == "ENABLED"
    because = "the user must confirm it" if asks else "its operation has no x-requireConfirmation: ENABLED"
    return _Action(names, Noted(asks, because))
