"""What of models an alarm watches.

Sources: Amazon Bedrock User Guide, "Monitor bedrock-runtime inference using CloudWatch metrics", "Monitor Amazon
Bedrock Agents using CloudWatch metrics" and "Monitor Amazon Bedrock Guardrails using CloudWatch metrics"; Amazon
SageMaker AI Developer Guide, "Metrics for monitoring Amazon SageMaker AI with Amazon CloudWatch".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_INVOCATIONS = {
    "InvocationClientErrors": "errors",
    "InvocationServerErrors": "errors",
    "InvocationThrottles": "throttling",
}
_METRICS = {
    "AWS/Bedrock": _INVOCATIONS | {"InvocationLatency": "latency", "TimeToFirstToken": "latency"},
    "AWS/Bedrock/Agents": {
        **_INVOCATIONS,
        **{f"Model{name}": what for name, what in _INVOCATIONS.items()},
        **dict.fromkeys(("TotalTime", "ModelLatency", "TTFT"), "latency"),
    },
    "AWS/Bedrock/Guardrails": {"InvocationsIntervened": "interventions"},
    "AWS/SageMaker": {
        "ModelLatency": "latency",
        "OverheadLatency": "latency",
        "Invocation4XXErrors": "errors",
        "Invocation5XXErrors": "errors",
        "InvocationModelErrors": "errors",
    },
}
_QUERY = "metric_query"


def watches(alarm: PlannedResource) -> tuple[str, ...] | Unknown:
    """What a metric alarm watches, alone, by an expression over metrics, or by a query in SQL."""
    queries = alarm.blocks(_QUERY)
    if isinstance(queries, Unknown):
        return queries
    found: dict[str, None] = {}
    for told in (_metric(alarm), *(one for query in queries for one in _queried(query))):
        if isinstance(told, Unknown):
            return told
        found |= dict.fromkeys(told)
    return tuple(found)


def _metric(holder: Block) -> tuple[str, ...] | Unknown:
    namespace, name = holder.text("namespace"), holder.text("metric_name")
    if isinstance(namespace, Unknown):
        return namespace
    known = _METRICS.get(namespace, {})
    if isinstance(name, Unknown):
        return name if known else ()
    return (known[name],) if name in known else ()


def _queried(query: Block) -> Iterator[tuple[str, ...] | Unknown]:
    inner = query.blocks("metric")
    if isinstance(inner, Unknown):
        yield inner
        return
    yield from map(_metric, inner)
    text: Any = query.get("expression")
    yield text if isinstance(text, Unknown) else _in_sql(str(text or ""))


def _in_sql(text: str) -> tuple[str, ...]:
    """What a query of CloudWatch Metrics Insights selects, such as SELECT AVG(InvocationLatency) FROM "AWS/Bedrock"."""
    spaces = [metrics for space, metrics in _METRICS.items() if f'"{space}"' in text]
    return tuple(said for metrics in spaces for name, said in metrics.items() if f"({name})" in text)
