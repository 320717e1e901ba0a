"""State machines: what each of their tasks calls.

Sources: AWS Step Functions Developer Guide, "Task workflow state", "Integrating services with Step Functions", "Map
workflow state" (ItemReader, ResultWriter), "Transforming data" (`.$` and `{% %}` make a value while it runs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.clouds.aws.links.ends import End, gap
from scanner.clouds.aws.links.hosts import by_host, host_in
from scanner.clouds.aws.links.leads import Setting, leads_to
from scanner.clouds.aws.links.model_guards import Guards, guarded_by, redacts_by
from scanner.clouds.aws.links.model_ids import Called, in_text
from scanner.clouds.aws.links.seen import BEDROCK_MODEL, Linked, Seen
from scanner.clouds.aws.links.things import (
    BUCKET,
    BUS,
    FUNCTION,
    MACHINE,
    QUEUE,
    STREAM,
    TABLE,
    TASK,
    TOPIC,
    at,
    called,
    canonical,
)
from scanner.hcl.values import Symbol, Template, Unfinished
from scanner.model import Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import PlannedResource

_JOB, _PROJECT, _GLUE = "aws_batch_job_definition", "aws_codebuild_project", "aws_glue_job"
_AGENT, _BASE = "aws_bedrockagent_agent", "aws_bedrockagent_knowledge_base"
_SERVICE = re.compile(r"arn:[^:]*:states:::(?:aws-sdk:)?([a-zA-Z0-9-]+):([A-Za-z0-9]+)(?:[.:].*)?")
_DIRECT = re.compile(r"arn:[^:]*:lambda:.+")
_READS = re.compile(r"(get|query|scan|batchGet|list|select|receive|retrieve|executeStatement|head)", re.IGNORECASE)
_DELETES = re.compile(r"(delete|batchDelete|purge)", re.IGNORECASE)

_CALLS: Mapping[str, tuple[tuple[str, ...], str, str]] = {
    "lambda": (("FunctionName",), FUNCTION, "invokes"),
    "dynamodb": (("TableName",), TABLE, ""),
    "s3": (("Bucket",), BUCKET, ""),
    "sqs": (("QueueUrl",), QUEUE, "sends_to"),
    "sns": (("TopicArn",), TOPIC, "sends_to"),
    "states": (("StateMachineArn",), MACHINE, "invokes"),
    "sfn": (("StateMachineArn",), MACHINE, "invokes"),
    "ecs": (("TaskDefinition",), TASK, "invokes"),
    "batch": (("JobDefinition",), _JOB, "invokes"),
    "codebuild": (("ProjectName",), _PROJECT, "invokes"),
    "glue": (("JobName",), _GLUE, "invokes"),
    "kinesis": (("StreamName", "StreamARN"), STREAM, "sends_to"),
    "bedrockagent": (("AgentId", "KnowledgeBaseId"), _AGENT, "invokes"),
    "bedrockagentruntime": (("AgentId", "KnowledgeBaseId"), _AGENT, "invokes"),
}
"""By service: the parameters that name what is called, its type, and how; empty where the operation tells."""

_MODELS = frozenset({"bedrock", "bedrockruntime"})
_INVOKES = ("invokemodel", "converse", "createmodelinvocationjob")
_LATER = Unknown("which guardrail a task names is worked out while it runs")
_GUARDS = ("GuardrailIdentifier", "GuardrailConfig")
_REFERRED: Mapping[str, str] = {
    FUNCTION: "invokes", MACHINE: "invokes", QUEUE: "sends_to", TOPIC: "sends_to", TASK: "invokes", _JOB: "invokes",
    _PROJECT: "invokes", _GLUE: "invokes", BUS: "sends_to", _AGENT: "invokes", _BASE: "invokes",
}  # fmt: skip
"""How what a definition refers to is used, where the definition itself is not known."""


def flows(seen: Seen) -> Iterator[Linked]:
    """Every call that a definition states."""
    for machine in seen.planned.of(MACHINE):
        yield from _Machine(seen, machine).flows()


class _Machine:
    def __init__(self, seen: Seen, machine: PlannedResource) -> None:
        self._seen = seen
        self._machine = machine
        self._node = at(seen, machine)

    def flows(self) -> Iterator[Linked]:
        value = self._machine.get("definition")
        if isinstance(value, Unknown) and not isinstance(value, Template):
            yield from self._unread(value)
            return
        document = read_json(value, "definition") if value else None
        if isinstance(document, Unknown):
            yield from self._unread(document)
            return
        for state in _states(document):
            yield from self._state(state)

    def _unread(self, why: Unknown) -> Iterator[Linked]:
        """What the definition refers to; and a gap, since it may name more."""
        if left_out(self._machine, "definition"):
            return
        yield gap(self._node.id, f"what {self._machine.id} calls is not known: {why.reason}")
        if self._machine.plan.is_live:
            return
        for found in self._seen.planned.mentioned(self._machine, "definition"):
            one = canonical(self._seen, found)
            how = _REFERRED.get(one.type)
            if how and one.id != self._node.id:
                yield from leads_to(self._seen, self._node, at(self._seen, one), self._setting(how, tier="likely"))

    def _setting(self, how: str, **facts: Any) -> Setting:
        return Setting(
            owner=self._machine, attribute="definition", rule="aws-state-machine", how=how,
            reason="a task of the state machine calls it", facts=facts,
        )  # fmt: skip

    def _state(self, state: Mapping[str, Any]) -> Iterator[Linked]:
        given = _given(state)
        resource = state.get("Resource") if state.get("Type", "Task") == "Task" else None
        if isinstance(resource, (Symbol, Template)):
            yield from self._named(resource, (FUNCTION, MACHINE), "invokes")
        elif isinstance(resource, Unknown):
            yield self._open(resource)
        elif isinstance(resource, str) and _DIRECT.fullmatch(resource):
            yield from self._named(resource, (FUNCTION,), "invokes")
        elif isinstance(resource, str) and (match := _SERVICE.fullmatch(resource)):
            yield from self._service(match[1].lower(), match[2], given)
        for name, how in (("ItemReader", "reads_from"), ("ResultWriter", "writes_to")):
            part = state.get(name)
            if isinstance(part, Mapping):
                yield from self._parameter(_given(part), ("Bucket",), BUCKET, how)

    def _service(self, service: str, operation: str, given: Mapping[str, Any]) -> Iterator[Linked]:
        if service in _MODELS:
            if operation.lower().startswith(_INVOKES):
                yield from self._model(given)
        elif service in {"http", "apigateway"}:
            yield from self._host(given.get("ApiEndpoint"))
        elif service in {"events", "eventbridge"}:
            entries = given.get("Entries")
            for entry in entries if isinstance(entries, list) else ():
                if isinstance(entry, Mapping):
                    yield from self._parameter(entry, ("EventBusName",), BUS, "sends_to")
        elif service in _CALLS:
            names, type_, how = _CALLS[service]
            yield from self._parameter(given, names, type_, how or direction(operation))

    def _parameter(self, given: Mapping[str, Any], names: tuple[str, ...], type_: str, how: str) -> Iterator[Linked]:
        """What the first of these parameters that is set names."""
        for name in names:
            if f"{name}.$" in given:
                yield self._open(Unknown(f"{name} is worked out while it runs"))
                return
            if given.get(name) is not None:
                yield from self._named(given[name], (_BASE if name == "KnowledgeBaseId" else type_,), how)
                return

    def _named(self, value: Any, types: tuple[str, ...], how: str) -> Iterator[Linked]:
        end = self._end(value, types)
        if isinstance(end, Unknown):
            yield self._open(end)
        else:
            yield from leads_to(self._seen, self._node, end, self._setting(how), back=how == "reads_from")

    def _end(self, value: Any, types: tuple[str, ...]) -> End | Unknown:
        if isinstance(value, str):
            if value.startswith(("{%", "$")):
                return Unknown("a parameter is worked out while it runs")
            found = called(self._seen, self._machine, value, types)
            bucket = found.node is not None and types == (BUCKET,) and not value.startswith("arn:")
            return called(self._seen, self._machine, f"arn:aws:s3:::{value}", types) if bucket else found
        symbols = value.parts if isinstance(value, Template) else (value,)
        for part in symbols:
            found_one = self._seen.planned.instance(self._machine, part) if isinstance(part, Symbol) else None
            if found_one is not None and (one := canonical(self._seen, found_one)).type in types:
                return at(self._seen, one)
        if isinstance(value, Unfinished):
            return Unknown(value.reason)
        return Unknown(value.reason if isinstance(value, Unknown) else "a parameter is no text")

    def _model(self, given: Mapping[str, Any]) -> Iterator[Linked]:
        model = given.get("ModelId")
        found = self._seen.planned.instance(self._machine, model) if isinstance(model, Symbol) else None
        if found is not None and found.id in self._seen.resources and self._seen.resources[found.id].kind == "model":
            yield from leads_to(self._seen, self._node, End(found.id), self._setting("invokes"))
            return
        called_ = Called()
        if isinstance(model, str) and not model.startswith(("$", "{%")):
            called_ = in_text(model)
            called_.take(model.rpartition("/")[2])
        else:
            called_.doubt = "which model a task calls is worked out while it runs"
        end = End(BEDROCK_MODEL.id, BEDROCK_MODEL)
        facts = called_.places(self._seen.places.of(self._machine)[1]) | self._guards(given).facts()
        yield from leads_to(self._seen, self._node, end, self._setting("invokes", models=called_.told(), **facts))

    def _guards(self, given: Mapping[str, Any]) -> Guards:
        """The guardrail that a task names in its call."""
        config = given.get("GuardrailConfig")
        about = config if isinstance(config, Mapping) else given
        value = about.get("GuardrailIdentifier")
        if value is None:
            later = any(f"{name}.$" in one for name in _GUARDS for one in (given, about))
            return guarded_by(_LATER) if later else Guards()
        parts = value.parts if isinstance(value, Template) else (value,)
        ours = (self._seen.planned.instance(self._machine, one) for one in parts if isinstance(one, Symbol))
        meant = next((one for one in ours if one is not None), None)
        if meant is None and not isinstance(value, str):
            return guarded_by(_LATER)
        return guarded_by(redacts_by(self._seen, f"${{{meant.id}}}" if meant is not None else str(value)))

    def _host(self, endpoint: Any) -> Iterator[Linked]:
        """Somebody else's API, or one of ours."""
        if isinstance(endpoint, str) and not endpoint.startswith(("$", "{%")) and (host := host_in(endpoint)):
            yield from leads_to(self._seen, self._node, by_host(self._seen, self._machine, host), self._setting(""))
        elif isinstance(endpoint, (Template, Symbol)):
            parts = endpoint.parts if isinstance(endpoint, Template) else (endpoint,)
            found = [self._seen.planned.instance(self._machine, one) for one in parts if isinstance(one, Symbol)]
            for one in found:
                if one is not None:
                    end = at(self._seen, canonical(self._seen, one))
                    yield from leads_to(self._seen, self._node, end, self._setting("sends_to"))
        elif endpoint is not None:
            yield self._open(Unknown("the host that a task calls is worked out while it runs"))

    def _open(self, why: Unknown) -> Linked:
        return gap(self._node.id, f"what a task of {self._machine.id} calls is not known: {why.reason}")


def _given(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters of a task: `Parameters` in JSONPath, `Arguments` in JSONata."""
    found = state.get("Parameters") or state.get("Arguments")
    return found if isinstance(found, Mapping) else {}


def direction(operation: str) -> str:
    """How an operation of a store moves data, by its name."""
    if _DELETES.match(operation):
        return "deletes"
    return "reads_from" if _READS.match(operation) else "writes_to"


def _states(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every state, those inside parallel branches and maps as well."""
    stack = [node]
    while stack:
        one = stack.pop()
        states = one.get("States") if isinstance(one, Mapping) else None
        for state in states.values() if isinstance(states, Mapping) else ():
            if isinstance(state, Mapping):
                yield state
                branches = state.get("Branches")
                stack += branches if isinstance(branches, list) else []
                stack += [state[name] for name in ("ItemProcessor", "Iterator") if name in state]
