"""Bedrock in the fake: guardrails and their versions, inference profiles, provisioned throughput, tags, models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fake_store import MOMENT, Asked, Fault, Handler, Record, Table, given, tags_of

_SERVICE = "bedrock"
_CONFIG = "Config"

GUARDRAILS = Table(
    service=_SERVICE, name="guardrail", create="CreateGuardrail", id="guardrailId", called=("guardrailIdentifier",),
    arn="guardrailArn", path="guardrail/{guardrailId}", made={"version": "DRAFT", "status": "READY"},
)  # fmt: skip
PROFILES = Table(
    service=_SERVICE, name="inference profile", create="CreateInferenceProfile", get="GetInferenceProfile",
    delete="DeleteInferenceProfile", id="inferenceProfileId", called=("inferenceProfileIdentifier",),
    arn="inferenceProfileArn", path="application-inference-profile/{inferenceProfileId}",
    made={"status": "ACTIVE", "type": "APPLICATION"},
)  # fmt: skip
THROUGHPUTS = Table(
    service=_SERVICE, name="provisioned throughput", create="CreateProvisionedModelThroughput",
    get="GetProvisionedModelThroughput", delete="DeleteProvisionedModelThroughput",
    lists="ListProvisionedModelThroughputs", id="id", called=("provisionedModelId",), arn="provisionedModelArn",
    path="provisioned-model/{id}",
    made={"status": "InService", "creationTime": MOMENT, "lastModifiedTime": MOMENT},
)  # fmt: skip


def handlers() -> Iterator[tuple[tuple[str, str], Handler]]:
    """What answers each operation."""
    for table in (GUARDRAILS, PROFILES, THROUGHPUTS):
        yield from table.handlers()
    ours = {
        "CreateGuardrail": _create_guardrail,
        "GetGuardrail": _get_guardrail,
        "UpdateGuardrail": _update_guardrail,
        "DeleteGuardrail": _delete_guardrail,
        "ListGuardrails": _list_guardrails,
        "CreateGuardrailVersion": _create_version,
        "CreateInferenceProfile": _create_profile,
        "ListInferenceProfiles": _list_profiles,
        "CreateProvisionedModelThroughput": _create_throughput,
        "ListEnforcedGuardrailsConfiguration": lambda _ask: {"guardrailsConfig": []},
        "ListFoundationModels": lambda ask: {"modelSummaries": list(ask.of("foundation model").values())},
        "ListImportedModels": lambda ask: ask.listed(list(ask.of("imported model").values())),
        "ListTagsForResource": _tags,
        "TagResource": _tag,
        "UntagResource": _untag,
    }
    yield from (((_SERVICE, name), handler) for name, handler in ours.items())


def _as_told(policy: Any) -> Any:
    """A policy as GetGuardrail tells it: members have the names that they were given, without Config at the end."""
    if isinstance(policy, dict):
        return {name.removesuffix(_CONFIG): _as_told(value) for name, value in policy.items()}
    return [_as_told(item) for item in policy] if isinstance(policy, list) else policy


def _described(ask: Asked) -> Record:
    record: Record = {}
    for name, value in given(ask.parameters).items():
        if name == "crossRegionConfig":
            profile = value["guardrailProfileIdentifier"]
            arn = profile if profile.startswith("arn:") else ask.arn(f"guardrail-profile/{profile}")
            record["crossRegionDetails"] = {
                "guardrailProfileId": arn.rpartition("/")[2],
                "guardrailProfileArn": arn,
            }
        elif name == "kmsKeyId":
            record["kmsKeyArn"] = value if value.startswith("arn:") else ask.arn(f"key/{value}", "kms")
        elif name != "guardrailIdentifier":
            record[name.removesuffix(_CONFIG)] = _as_told(value)
    return record


def _create_guardrail(ask: Asked) -> Record:
    described = {"guardrailId": ask.new_id(12).lower()} | _described(ask)
    return ask.answer(GUARDRAILS.add(ask, described))


def _versions(ask: Asked, guardrail: Record) -> dict[tuple[str, ...], Record]:
    versions = ask.of("guardrail version")
    return {key: record for key, record in versions.items() if key[0] == guardrail["guardrailId"]}


def _get_guardrail(ask: Asked) -> Record:
    draft = GUARDRAILS.find(ask)
    version = ask.parameters.get("guardrailVersion", "DRAFT")
    found = draft if version == "DRAFT" else _versions(ask, draft).get((draft["guardrailId"], version))
    if found is None:
        raise Fault("ResourceNotFoundException", f"no version {version}", 404)
    return ask.answer(found)


def _update_guardrail(ask: Asked) -> Record:
    record = GUARDRAILS.find(ask)
    kept = ("guardrailId", "guardrailArn", "version", "status", "createdAt", "updatedAt")
    fresh = {name: record[name] for name in kept} | _described(ask)
    record.clear()
    record.update(fresh)
    return ask.answer(record)


def _delete_guardrail(ask: Asked) -> Record:
    draft = GUARDRAILS.find(ask)
    version = ask.parameters.get("guardrailVersion")
    if version:
        ask.of("guardrail version").pop((draft["guardrailId"], version), None)
        return {}
    for key in _versions(ask, draft):
        del ask.of("guardrail version")[key]
    return GUARDRAILS.on_delete(ask)


def _create_version(ask: Asked) -> Record:
    draft = GUARDRAILS.find(ask)
    number = str(max((int(key[1]) for key in _versions(ask, draft)), default=0) + 1)
    described = {name: ask.parameters[name] for name in ("description",) if name in ask.parameters}
    record = draft | {"version": number} | described
    ask.of("guardrail version")[draft["guardrailId"], number] = record
    return ask.answer(record)


def _list_guardrails(ask: Asked) -> Record:
    """Drafts of all guardrails, or every version of one (Bedrock API Reference, ListGuardrails)."""
    if "guardrailIdentifier" in ask.parameters:
        draft = GUARDRAILS.find(ask)
        found = [draft, *_versions(ask, draft).values()]
    else:
        found = list(ask.of("guardrail").values())
    return ask.listed([r | {"id": r["guardrailId"], "arn": r["guardrailArn"]} for r in found])


def _create_profile(ask: Asked) -> Record:
    source = ask.parameters["modelSource"]["copyFrom"]
    system = ask.of("system profile").get((source.rpartition("/")[2],))
    models = system["models"] if system else [{"modelArn": source}]
    return ask.answer(PROFILES.add(ask, given(ask.parameters) | {"models": models}))


def _list_profiles(ask: Asked) -> Record:
    """Profiles of a type, or all (Bedrock API Reference, ListInferenceProfiles)."""
    found = [*ask.of("system profile").values(), *ask.of("inference profile").values()]
    wanted = ask.parameters.get("typeEquals")
    return ask.listed([profile for profile in found if wanted in {None, profile["type"]}])


def _create_throughput(ask: Asked) -> Record:
    record = given(ask.parameters)
    arn = record.pop("modelId")
    if not arn.startswith("arn:"):
        arn = f"arn:aws:bedrock:{ask.region}::foundation-model/{arn}"
    record |= dict.fromkeys(("modelArn", "desiredModelArn", "foundationModelArn"), arn)
    return ask.answer(THROUGHPUTS.add(ask, record | {"desiredModelUnits": record["modelUnits"]}))


def _tagged(ask: Asked) -> dict[str, str] | None:
    return ask.state.tags.get(ask.parameters["resourceARN"])


def _passed_on(ask: Asked) -> Record:
    """Tags of what moto keeps, such as custom models."""
    path = ask.operation.http["requestUri"]
    status, body = ask.upstream("POST", path, json.dumps(ask.parameters).encode())
    if status >= 300:
        raise Fault("ResourceNotFoundException", f"no {ask.parameters['resourceARN']}", 404)
    return dict(json.loads(body or b"{}"))


def _tags(ask: Asked) -> Record:
    tags = _tagged(ask)
    if tags is None:
        return _passed_on(ask)
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _tag(ask: Asked) -> Record:
    tags = _tagged(ask)
    if tags is None:
        return _passed_on(ask)
    tags.update(tags_of(ask.parameters))
    return {}


def _untag(ask: Asked) -> Record:
    tags = _tagged(ask)
    if tags is None:
        return _passed_on(ask)
    for key in ask.parameters["tagKeys"]:
        tags.pop(key, None)
    return {}
