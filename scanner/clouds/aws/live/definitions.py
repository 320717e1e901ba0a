"""Definitions of state machines without what stands in them beside the wiring: texts for models, headers, conditions.

What is kept: the shape, ARNs, places and common words as everywhere (`masking`), the parameters that name what a task
uses, and the host of an endpoint. A value that is worked out while a machine runs stays one, without what it is made
from. Source: AWS Step Functions Developer Guide, "Amazon States Language".
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from scanner.clouds.aws.compute.credentials import MASKED, MASKED_ID, literal_shape
from scanner.clouds.aws.live import masking

_NAMING = frozenset(
    {
        "agentaliasid", "agentid", "bucket", "cluster", "eventbusname", "functionname", "guardrailidentifier",
        "guardrailversion", "jobdefinition", "jobname", "jobqueue", "knowledgebaseid", "modelid", "next", "projectname",
        "queueurl", "startat", "statemachinearn", "streamarn", "streamname", "tablename", "taskdefinition", "topicarn",
        "type",
    }
)  # fmt: skip
"""Fields and parameters that name a state or a resource, and hold nothing else."""

_NAME = re.compile(r"[\w./:$ -]{1,512}")
_KEY = re.compile(r"[A-Za-z][\w .:/-]{0,127}(?:\.\$)?")
_HOST = re.compile(
    r"(?:https?://)?((?:[A-Za-z0-9-]{1,63}\.){1,9}[A-Za-z0-9-]{1,63})(?::\d{1,5})?(?:[/?#].*)?", re.DOTALL
)
_WORKED_OUT = re.compile(r"\{%.*%\}", re.DOTALL)
_LARGE = 99_999


def definition(text: str) -> str:
    """A definition in JSON, without its secrets; a text that is none is masked as a whole."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return MASKED
    return msgspec.json.encode(_node("", document)).decode()


def _node(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {
            _key(key, number): _node(key.removesuffix(".$"), one) for number, (key, one) in enumerate(value.items())
        }
    if isinstance(value, list):
        return [_node(name, one) for one in value]
    if isinstance(value, str):
        return _text(name.lower(), value)
    return MASKED if isinstance(value, (int, float)) and abs(value) > _LARGE else value


def _key(key: str, number: int) -> str:
    """The name of a state or field; one that may be more than a name is numbered."""
    return key if _KEY.fullmatch(key) and literal_shape(key) is None else f"{MASKED} {number}"


def _text(name: str, value: str) -> str:
    if value.startswith("$"):
        return "$"
    host = _HOST.fullmatch(value) if name == "apiendpoint" else None
    if host is not None and literal_shape(host[1]) is None:
        return host[1]
    kept = name in _NAMING and _NAME.fullmatch(value) and literal_shape(value) is None
    told = value if kept else masking.words(value)
    return f"{{% {MASKED_ID if told == MASKED_ID else MASKED} %}}" if _WORKED_OUT.fullmatch(value) else told
