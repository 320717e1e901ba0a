"""OpenSearch Serverless in the fake, as a whole: moto takes no network policy beside an encryption policy."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator

from fake_store import MOMENT, Asked, Fault, Handler, Record, Table, given, tags_of

_AOSS = "opensearchserverless"
_SECONDS = int(MOMENT.timestamp())
_DATES = {"createdDate": _SECONDS, "lastModifiedDate": _SECONDS}
_VERSION = {"policyVersion": "MTIzNDU2Nzg5MDEyM18x"} | _DATES

SECURITY = Table(
    service=_AOSS, name="security policy", create="CreateSecurityPolicy", get="GetSecurityPolicy",
    delete="DeleteSecurityPolicy", lists="ListSecurityPolicies", id="name", parents=("type",), chooses=True,
    made=_VERSION,
)  # fmt: skip
ACCESS = Table(
    service=_AOSS, name="access policy", create="CreateAccessPolicy", get="GetAccessPolicy",
    delete="DeleteAccessPolicy", lists="ListAccessPolicies", id="name", parents=("type",), chooses=True, made=_VERSION,
)  # fmt: skip
ENDPOINTS = Table(
    service=_AOSS, name="aoss endpoint", create="CreateVpcEndpoint", delete="DeleteVpcEndpoint",
    lists="ListVpcEndpoints", id="id", made={"status": "ACTIVE", "createdDate": _SECONDS}, ends={"status": "DELETING"},
)  # fmt: skip
COLLECTIONS = Table(
    service=_AOSS, name="collection", create="CreateCollection", update="UpdateCollection", delete="DeleteCollection",
    lists="ListCollections", id="id", arn="arn", path="collection/{id}", namespace="aoss",
    made={"status": "ACTIVE", "type": "TIMESERIES", "standbyReplicas": "ENABLED"} | _DATES, ends={"status": "DELETING"},
)  # fmt: skip


def handlers() -> Iterator[tuple[tuple[str, str], Handler]]:
    """What answers each operation."""
    for table in (SECURITY, ACCESS, ENDPOINTS, COLLECTIONS):
        yield from table.handlers()
    ours = {
        "CreateSecurityPolicy": _create(SECURITY),
        "UpdateSecurityPolicy": _update(SECURITY),
        "CreateAccessPolicy": _create(ACCESS),
        "UpdateAccessPolicy": _update(ACCESS),
        "BatchGetVpcEndpoint": lambda ask: {"vpcEndpointDetails": _batch(ask, "aoss endpoint")},
        "CreateCollection": _create_collection,
        "BatchGetCollection": lambda ask: {"collectionDetails": _batch(ask, "collection")},
        "ListTagsForResource": _tags,
        "TagResource": _tag,
        "UntagResource": _untag,
    }
    yield from (((_AOSS, name), handler) for name, handler in ours.items())


def _create(table: Table) -> Handler:
    def create(ask: Asked) -> Record:
        record = given(ask.parameters)
        return ask.answer(table.add(ask, record | {"policy": json.loads(record["policy"])}))

    return create


def _update(table: Table) -> Handler:
    def update(ask: Asked) -> Record:
        record = table.find(ask)
        if ask.parameters["policyVersion"] != record["policyVersion"]:
            raise Fault("ConflictException", "the policy has another version", 409)
        changes = {name: ask.parameters[name] for name in ("description",) if name in ask.parameters}
        policy = ask.parameters.get("policy")
        record.update(changes | ({"policy": json.loads(policy)} if policy else {}))
        return ask.answer(record)

    return update


def _create_collection(ask: Asked) -> Record:
    """Create it under the encryption policy that names it: there must be one."""
    record = given(ask.parameters)
    name = record["name"]
    for policy in ask.of("security policy").values():
        rules = policy["policy"] if policy["type"] == "encryption" else {}
        named = [text for rule in rules.get("Rules", ()) for text in rule["Resource"]]
        if any(fnmatch.fnmatchcase(f"collection/{name}", text) for text in named):
            key = "auto" if rules.get("AWSOwnedKey") else rules["KmsARN"]
            break
    else:
        raise Fault("ValidationException", f"no encryption policy names the collection {name}")
    id_ = ask.new_id(20).lower()
    host = f"{id_}.{ask.region}.aoss.amazonaws.com"
    ends = {"collectionEndpoint": f"https://{host}", "dashboardEndpoint": f"https://{host}/_dashboards"}
    return ask.answer(COLLECTIONS.add(ask, {"id": id_, "kmsKeyArn": key} | ends | record))


def _batch(ask: Asked, collection: str) -> list[Record]:
    """Records by ids or names; those asked for in vain are left out."""
    wanted = {*ask.parameters.get("ids", ()), *ask.parameters.get("names", ())}
    shape = next(m for m in ask.operation.output_shape.members.values() if m.type_name == "list")
    known = shape.member.members
    found = (r for r in ask.of(collection).values() if {r["id"], r.get("name")} & wanted)
    return [{name: value for name, value in record.items() if name in known} for record in found]


def _tagged(ask: Asked) -> dict[str, str]:
    found = ask.state.tags.get(ask.parameters["resourceArn"])
    if found is None:
        raise Fault("ResourceNotFoundException", f"no {ask.parameters['resourceArn']}")
    return found


def _tags(ask: Asked) -> Record:
    return {"tags": [{"key": key, "value": value} for key, value in _tagged(ask).items()]}


def _tag(ask: Asked) -> Record:
    _tagged(ask).update(tags_of(ask.parameters))
    return {}


def _untag(ask: Asked) -> Record:
    for key in ask.parameters["tagKeys"]:
        _tagged(ask).pop(key, None)
    return {}
