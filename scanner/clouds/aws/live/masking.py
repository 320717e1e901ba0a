"""Takes secrets out of the settings of what runs code, such that the controls decide as they would of the original.

What opens nothing by itself stays: an ARN, a place, a number, a word that everybody uses, the name of a resource where
the setting is called after one. What is judged a credential becomes `(hidden)`, anything else a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from scanner.clouds.aws.compute.credentials import (
    MASKED,
    MASKED_ID,
    Evidence,
    assignments,
    credential_by_name,
    literal_shape,
)
from scanner.clouds.aws.compute.settings import unpack
from scanner.graph.vendors import dictionary
from scanner.redact import HIDDEN

_MAYBE_NAMES = ("masked-name", "masked-value")
"""Stand for a value that may be a secret or only the name of one."""

_LITERAL = "Masked-literal"
"""Stands for a literal value inside a text."""

_ARN = r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12}|aws)?:[\w./:*$+=-]{1,512}"
_HOST = r"[a-z][a-z0-9+.-]{1,15}://[A-Za-z0-9.-]{1,253}(?::\d{1,5})?"
_STAYS = re.compile(
    rf"""
      (?i:true|false|yes|no|on|off|null|none|enabled?|disabled?|default|auto|utc|fargate|ec2|active|get|post
        |trace|debug|info|warn|warning|error|fatal|json|text|csv|parquet|console|stdout|stderr
        |prod|production|staging|stage|dev|development|test|testing|qa|sandbox|local|live)
    | [-+]?\d{{1,5}}(?:\.\d{{1,3}})?
    | (?:af|ap|ca|cn|eu|il|me|mx|sa|us)-(?:[a-z]{{2,9}}-){{1,2}}\d[a-z]?
    | {_ARN}
    | {_HOST}/?
    | https?://[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?/[\w./-]*
    | [a-z0-9][a-z0-9.-]{{1,200}}\.amazonaws\.com(?:\.cn)?(?::\d{{1,5}})?
    | s3[an]?://[a-z0-9.-]+/[\w./=-]*
    | (?:(?:us|us-gov|eu|apac|ca|jp|au|global)\.)?
      (?:ai21|amazon|anthropic|cohere|deepseek|luma|meta|mistral|openai|qwen|stability|twelvelabs|writer)
      \.[a-z0-9.-]{{2,60}}(?::\d{{1,3}})?(?::\d{{1,4}}k)?
    """,
    re.VERBOSE,
)
_ARNS = re.compile(_ARN)
_ORIGIN = re.compile(rf"({_HOST})(?:[/?#].*)?", re.DOTALL)
_NAMES_RESOURCE = re.compile(
    r"(?:.*[_-])?(?:TABLE|BUCKET|QUEUE|TOPIC|STREAM|FUNCTION|COLLECTION|GUARDRAIL|MODEL|AGENT|KNOWLEDGE_?BASE|KB|INDEX"
    r"|LOG_?GROUP|AWSLOGS-GROUP|STATE_?MACHINE|CLUSTER|EVENT_?BUS)S?(?:[_-]?(?:NAME|ID|IDENTIFIER|VERSION|ALIAS))?",
    re.IGNORECASE,
)
_RESOURCE = re.compile(r"/?[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")
_BARE_HOST = re.compile(r"[a-z][a-z0-9-]{0,62}(?:\.[a-z][a-z0-9-]{0,62}){1,6}")
_MAY_BE_ID = re.compile(r"(?<![a-z0-9])(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{8,}(?![a-z0-9])")
_PLAIN = re.compile(r"[\w./:@+=-]{0,512}")
_PLAIN_KEYS = frozenset(
    {"appprotocol", "condition", "containername", "containerpath", "credentialsparameter", "family", "image"}
    | {"imagepullpolicy", "instancetype", "logdriver", "mountpath", "name", "namespace", "protocol", "type", "user"}
    | {"accesspointid", "filesystemid", "serviceaccountname", "sourcepath", "sourcevolume", "targetnodes"}
)
"""Keys of a container's definition whose values are no settings."""

_SMALL = 99_999
"""The largest number that stays."""

_MAPS = frozenset({"options", "dockerlabels", "parameters", "labels", "annotations", "driveropts"})
_COMMANDS = frozenset({"command", "entrypoint", "args"})

_Verdict: TypeAlias = "tuple[tuple[str, ...], bool]"


def settings(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """A map of settings, without its secrets."""
    return {str(name): setting(str(name), value) for name, value in (values or {}).items()}


def pairs(entries: Iterable[Any] | None) -> list[Any]:
    """A list of settings that each have a name and a value, without its secrets."""
    return [
        {**entry, "value": setting(str(entry.get("name")), entry["value"])}
        if isinstance(entry, dict) and "value" in entry
        else entry
        for entry in entries or ()
    ]


def setting(name: str, value: Any) -> Any:
    """The value of one setting, without a secret."""
    if value is None or isinstance(value, (bool, int, float)):
        return setting(name, str(value)) if isinstance(value, (int, float)) and abs(value) > _SMALL else value
    return _setting(name, str(value))


def script(original: str) -> str:
    """A script or build specification, as far as credentials are told from it."""
    return _first(_of_text, original, (*_written(original), HIDDEN, MASKED)) if original else original


def user_data(encoded: str) -> str:
    """User data, which an API gives in base64, as a text as far as credentials are told from it."""
    return script(unpack(unpack(encoded)))


def place(value: object) -> str:
    """The name of a secret or parameter, where one is asked for."""
    text = str(value or "")
    return text if _PLAIN.fullmatch(text) and literal_shape(text) is None else MASKED


def command(parts: Iterable[Any]) -> list[str]:
    """A command and its arguments, as far as credentials are told from them."""
    return script(" ".join(str(part) for part in parts)).splitlines()


def words(value: str) -> str:
    """A text that is no setting, as far as it stays; marked where what it held may be an id."""
    if _STAYS.fullmatch(value) and literal_shape(value) is None:
        return value
    return MASKED_ID if _MAY_BE_ID.search(value) else MASKED


def containers(node: Any) -> Any:
    """The definition of containers, however deep they lie in it, without its secrets."""
    if isinstance(node, list):
        return [containers(item) if isinstance(item, (dict, list)) else _loose(item) for item in node]
    return {key: _entry(key, item) for key, item in node.items()} if isinstance(node, dict) else node


def _entry(key: str, item: Any) -> Any:
    name = key.lower()
    if name in {"environment", "env"} and isinstance(item, list):
        return pairs(item)
    if name in _MAPS and isinstance(item, dict):
        return settings(item)
    if name in _COMMANDS and isinstance(item, list):
        return command(item)
    if not isinstance(item, str):
        return containers(item)
    if name != "valuefrom" and literal_shape(item):
        return HIDDEN
    plain = (name in _PLAIN_KEYS or name == "valuefrom") and _PLAIN.fullmatch(item) and not literal_shape(item)
    return item if plain else _loose(item)


def _loose(item: Any) -> Any:
    """A text that is no setting."""
    if not isinstance(item, str) or (_STAYS.fullmatch(item) and not literal_shape(item)):
        return item
    return HIDDEN if literal_shape(item) else MASKED


@lru_cache(maxsize=8192)
def _setting(name: str, value: str) -> str:
    if _stays(name, value):
        return value
    origin = _ORIGIN.fullmatch(value)
    written = (f"{{\n{lines}\n}}" for lines in _written(value)) if "{" in value or "\n" in value else ()
    neutral = MASKED_ID if _MAY_BE_ID.search(value) else MASKED
    candidates = (*((origin[1],) if origin else ()), neutral, MASKED, HIDDEN, *written, *_MAYBE_NAMES)
    return _first(lambda found: _of_setting(name, found), value, candidates)


def _stays(name: str, value: str) -> bool:
    harmless = _STAYS.fullmatch(value) or (_NAMES_RESOURCE.fullmatch(name) and _RESOURCE.fullmatch(value))
    known = _BARE_HOST.fullmatch(value) is not None and dictionary().at(value) is not None
    return (bool(harmless) or known) and literal_shape(value) is None and credential_by_name(name, value) is False


def _first(judge: Callable[[str], _Verdict], original: str, candidates: Iterable[str]) -> str:
    """The first candidate that is judged like the original."""
    verdict = judge(original)
    return next((candidate for candidate in candidates if judge(candidate) == verdict), HIDDEN)


def _of_setting(name: str, value: str) -> _Verdict:
    evidence = Evidence()
    evidence.setting(name, value)
    return tuple(evidence.found), bool(evidence.doubts)


def _of_text(script: str) -> _Verdict:
    evidence = Evidence()
    evidence.text(script, "(text)")
    return tuple(evidence.found), bool(evidence.doubts)


def _written(original: str) -> tuple[str, str]:
    """The assignments in a text that are credentials, with other values; once with the ARNs that it names."""
    evidence = Evidence()
    named: dict[str, str] = {}
    for name, value in assignments(original):
        if literal_shape(value) or credential_by_name(name, value) is True:
            plain = credential_by_name(name, _LITERAL) is True
            named.setdefault(name, _LITERAL if plain else f"password={_LITERAL}")
        elif _stays(name, value):
            named.setdefault(name, value)
    lines = [f'"{name}"="{value}"' for name, value in named.items()]
    evidence.text("\n".join(lines), "(text)")
    arns = dict.fromkeys(arn for arn in _ARNS.findall(original) if not literal_shape(arn))
    found = [line for line, name in zip(lines, named, strict=True) if name in evidence.found]
    more = [MASKED_ID] if _MAY_BE_ID.search(_ARNS.sub("", original)) else []
    return "\n".join((*lines, *arns, *more)) or MASKED, "\n".join(found) or MASKED
