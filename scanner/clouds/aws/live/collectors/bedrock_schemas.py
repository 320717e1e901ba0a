"""Takes prompts out of what agents and flows are configured with: instructions, templates, descriptions."""

from __future__ import annotations

import json
from typing import Any

from scanner.clouds.aws.json_text import read_json_or_yaml
from scanner.collect.calls import Page
from scanner.model import Unknown
from scanner.redact import HIDDEN

_KEPT = frozenset(
    {"id", "name", "type", "status", "version", "arn", "executionRoleArn", "customerEncryptionKeyArn", "source"}
    | {"target", "guardrailIdentifier", "guardrailVersion", "knowledgeBaseId", "agentAliasArn", "lambdaArn", "modelId"}
    | {"promptArn", "bucketName", "botAliasArn", "localeId"}
)
"""Texts of a flow that are settings, not prompts."""

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
_ASKS = "x-requireConfirmation"


def flow(page: Page) -> Page:
    """A flow without its prompts, conditions and code."""
    kept: Page = _kept(page)
    return kept


def _kept(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _kept(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_kept(item, key) for item in value]
    return value if key in _KEPT or not isinstance(value, (str, bytes)) else HIDDEN


def action_group(page: Page) -> Page:
    """An action group without descriptions, which are prompts: of its schema, operations and who confirms them stay."""
    group = dict(page.get("agentActionGroup") or {})
    group.pop("description", None)
    schema = group.get("apiSchema")
    if isinstance(schema, dict) and schema.get("payload"):
        group["apiSchema"] = schema | {"payload": openapi(str(schema["payload"]))}
    functions = (group.get("functionSchema") or {}).get("functions") or ()
    if functions:
        names = ("name", "requireConfirmation")
        group["functionSchema"] = {"functions": [{n: f[n] for n in names if n in f} for f in functions]}
    return {"agentActionGroup": group}


def openapi(payload: str) -> str:
    """An OpenAPI schema reduced to its operations, and whether each asks first."""
    document = read_json_or_yaml(payload, "the payload")
    paths = document.get("paths") if not isinstance(document, Unknown) and isinstance(document, dict) else None
    if not isinstance(paths, dict):
        return HIDDEN
    kept = {
        path: {
            method: {name: operation[name] for name in ("operationId", _ASKS) if name in operation}
            for method, operation in methods.items()
            if str(method).lower() in _METHODS and isinstance(operation, dict)
        }
        for path, methods in paths.items()
        if isinstance(methods, dict)
    }
    return json.dumps({"paths": kept}, default=str)
