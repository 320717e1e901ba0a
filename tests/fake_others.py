"""Single operations that moto lacks in services it has otherwise, and services it lacks as a whole, in the fake."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from urllib.parse import quote

from fake_store import MOMENT, Asked, Fault, Handler, Record, Table, given

_SECONDS = int(MOMENT.timestamp())

ANALYZERS = Table(
    service="accessanalyzer", name="analyzer", create="CreateAnalyzer", get="GetAnalyzer", delete="DeleteAnalyzer",
    lists="ListAnalyzers", id="name", called=("analyzerName",), arn="arn", path="analyzer/{name}", chooses=True,
    made={"status": "ACTIVE"}, namespace="access-analyzer",
)  # fmt: skip
SELECTIONS = Table(
    service="backup", name="backup selection", create="CreateBackupSelection", get="GetBackupSelection",
    delete="DeleteBackupSelection", lists="ListBackupSelections", id="SelectionId", parents=("BackupPlanId",),
    made={"CreationDate": MOMENT},
)  # fmt: skip


def handlers() -> Iterator[tuple[tuple[str, str], Handler]]:
    """What answers each operation."""
    for table in (ANALYZERS, SELECTIONS):
        yield from table.handlers()
    yield ("accessanalyzer", "CreateAnalyzer"), _create_analyzer
    yield ("accessanalyzer", "ListFindings"), lambda ask: ask.listed(list(ask.of("access finding").values()))
    yield ("accessanalyzer", "ListFindingsV2"), lambda ask: ask.listed(list(ask.of("access finding").values()))
    yield ("appsync", "ListDataSources"), _graphql_sources
    yield ("dynamodb", "DescribeKinesisStreamingDestination"), _streamed
    yield ("efs", "DescribeReplicationConfigurations"), lambda ask: ask.listed(list(ask.of("copied").values()))
    yield ("rds", "DescribeIntegrations"), lambda ask: ask.listed(list(ask.of("integration").values()))
    yield ("appconfig", "ListApplications"), lambda ask: ask.listed(list(ask.of("application").values()))
    yield ("backup", "CreateBackupSelection"), _create_selection
    yield ("backup", "ListProtectedResources"), lambda ask: ask.listed(list(ask.of("protected").values()))
    yield ("cloudwatch", "ListMetricStreams"), lambda ask: ask.listed(list(ask.of("metric stream").values()))
    yield ("guardduty", "ListMembers"), lambda ask: ask.listed(list(ask.of("member").values()))
    yield ("iam", "GenerateServiceLastAccessedDetails"), _report_on
    yield ("iam", "GetServiceLastAccessedDetails"), _last_accessed
    yield ("iam", "ListServiceSpecificCredentials"), lambda ask: ask.listed(list(ask.of("service credential").values()))
    yield ("lambda", "ListFunctionUrlConfigs"), _function_urls
    yield ("logs", "PutDataProtectionPolicy"), _put_protection
    yield ("logs", "GetDataProtectionPolicy"), _protection
    yield ("logs", "DeleteDataProtectionPolicy"), _delete_protection
    yield ("logs", "DescribeAccountPolicies"), _account_policies
    yield ("organizations", "DescribeEffectivePolicy"), _effective
    yield ("wafv2", "AssociateWebACL"), _associate
    yield ("wafv2", "DisassociateWebACL"), _associate
    yield ("wafv2", "ListResourcesForWebACL"), _protected
    yield ("resourcegroupstaggingapi", "GetResources"), _resources


def _create_analyzer(ask: Asked) -> Record:
    record = given(ask.parameters)
    record["name"] = record.pop("analyzerName")
    record.pop("archiveRules", None)
    return ask.answer(ANALYZERS.add(ask, record))


def _graphql_sources(ask: Asked) -> Record:
    """Data sources that a test says a GraphQL API has, under its id."""
    return ask.listed([one for (api, _), one in ask.of("graphql source").items() if api == ask.parameters["apiId"]])


def _streamed(ask: Asked) -> Record:
    """Streams that a test says a table has, under its name."""
    name = ask.parameters["TableName"]
    found = [one for (table, _), one in ask.of("streamed").items() if table == name]
    return {"TableName": name, "KinesisDataStreamDestinations": found}


def _report_on(ask: Asked) -> Record:
    """A report has an id; what it is of is kept."""
    id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, ask.parameters["Arn"]))
    ask.of("report")[id_,] = {"Arn": ask.parameters["Arn"]}
    return {"JobId": id_}


def _last_accessed(ask: Asked) -> Record:
    """What tests say of an ARN under `accessed`; nothing that any identity may do where they say nothing."""
    arn = ask.of("report")[ask.parameters["JobId"],]["Arn"]
    told = ask.of("accessed").get((arn,), {}).get("services", [])
    days = {"JobCreationDate": MOMENT, "JobCompletionDate": MOMENT, "IsTruncated": False}
    return {"JobStatus": "COMPLETED", "JobType": "ACTION_LEVEL", **days, "ServicesLastAccessed": told}


def _create_selection(ask: Asked) -> Record:
    record = given(ask.parameters)
    chosen = record["BackupSelection"]
    named = {"SelectionName": chosen["SelectionName"], "IamRoleArn": chosen["IamRoleArn"]}
    return ask.answer(SELECTIONS.add(ask, record | named))


def _resources(ask: Asked) -> Record:
    """Tags of what the fake keeps, and of what moto keeps, for filters by type alone."""
    filters = ask.parameters.get("ResourceTypeFilters", ())
    found = [
        {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        for arn, tags in ask.state.tags.items()
        if tags and arn.split(":")[3:5] == [ask.region, ask.account] and any(_is_of(arn, one) for one in filters)
    ]
    status, body = ask.upstream("POST", "/", json.dumps(ask.parameters).encode())
    theirs: Record = json.loads(body) if status == 200 else {}
    return theirs | {"ResourceTagMappingList": [*found, *theirs.get("ResourceTagMappingList", ())]}


def _is_of(arn: str, type_: str) -> bool:
    """Whether an ARN is of a type written as <service> or <service>:<resource>."""
    service, _, resource = type_.partition(":")
    return arn.split(":")[2] == service and arn.split(":", 5)[5].startswith(resource)


def _function_urls(ask: Asked) -> Record:
    """Out of what moto answers to GetFunctionUrlConfig."""
    name = quote(ask.parameters["FunctionName"], safe="")
    status, body = ask.upstream("GET", f"/2021-10-31/functions/{name}/url", b"")
    # Moto answers 201 and writes "Buffered"; AWS documents 200 and BUFFERED.
    found = json.loads(body) if status in {200, 201} else {}
    record = {key: value.upper() if key == "InvokeMode" else value for key, value in found.items() if value is not None}
    return ask.listed([record] if record else [])


def _effective(ask: Asked) -> Record:
    """None, unless a test says another."""
    raise Fault("EffectivePolicyNotFoundException", f"no effective {ask.parameters['PolicyType']}", 400)


def _associate(ask: Asked) -> Record:
    """Moto takes it too, but cannot tell by web ACL what it protects."""
    status, body = ask.upstream("POST", "/", json.dumps(ask.parameters).encode())
    if status != 200:
        told = json.loads(body)
        raise Fault(str(told.get("__type", "WAFInternalErrorException")), str(told.get("message", "")), status)
    resource = (ask.parameters["ResourceArn"],)
    ask.of("web acl").pop(resource, None)
    if acl := ask.parameters.get("WebACLArn"):
        ask.of("web acl")[resource] = {"acl": acl}
    return {}


def _protected(ask: Asked) -> Record:
    mark = {"APPLICATION_LOAD_BALANCER": ":elasticloadbalancing:", "API_GATEWAY": ":apigateway:"}
    wanted = mark.get(ask.parameters.get("ResourceType", "APPLICATION_LOAD_BALANCER"), ":none:")
    kept = ask.of("web acl").items()
    found = [arn for (arn, *_), one in kept if one.get("acl") == ask.parameters["WebACLArn"] and wanted in arn]
    return {"ResourceArns": found}


def _group(ask: Asked) -> str:
    """A log group's name, which requests may write as ARN."""
    name = str(ask.parameters["logGroupIdentifier"])
    return name.partition(":log-group:")[2].removesuffix(":*") if name.startswith("arn:") else name


def _put_protection(ask: Asked) -> Record:
    record = given(ask.parameters) | {"lastUpdatedTime": _SECONDS * 1000}
    ask.of("data protection")[_group(ask),] = record
    return ask.answer(record)


def _protection(ask: Asked) -> Record:
    """An answer without a document where there is no policy."""
    return ask.answer(ask.of("data protection").get((_group(ask),), given(ask.parameters)))


def _delete_protection(ask: Asked) -> Record:
    ask.of("data protection").pop((_group(ask),), None)
    return {}


def _account_policies(ask: Asked) -> Record:
    kept = ask.of("account log policy").values()
    return ask.listed([record for record in kept if record["policyType"] == ask.parameters["policyType"]])
