"""An AWS Config aggregator in the fake: its items are given by a test, in the form that AWS publishes.

Form of items: awslabs/aws-config-resource-schema (properties of advanced queries) and the example notifications of the
AWS Config Developer Guide. Names are those of the Java SDK's beans: capitals at the beginning are small, so that
SSEDescription is `ssedescription`. Form of queries: AWS Config Developer Guide, "Query Components".
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from fake_aws import Asked, Fault
from live import ACCOUNT, NOW, REGION, Faked

SELECT = "SelectAggregateResourceConfig"
CAPTURED = NOW - timedelta(hours=3)
PROPERTIES = (
    {"accountId", "arn", "availabilityZone", "awsRegion", "resourceCreationTime", "relationships", "tags", "version"}
    | {f"resource{name}" for name in ("Id", "Name", "Type")}
    | {"configuration", "supplementaryConfiguration", "configurationStateId"}
    | {f"configurationItem{name}" for name in ("CaptureTime", "Status")}
)
_QUERY = re.compile(
    r"SELECT (?P<fields>\w+(?:, \w+)*) WHERE resourceType = '(?P<type>AWS::\w+::\w+)'"
    r"(?: AND accountId IN \((?P<accounts>'\d{12}'(?:, '\d{12}')*)\))?"
)


class Recorded:
    """What an aggregator called `org` follows and has, and what the recorders of each region say."""

    def __init__(self, faked: Faked) -> None:
        """Answer AWS Config's requests; the region of the tests is followed, and recorded since long."""
        self.items: list[dict[str, Any]] = []
        self.sources = [source(ACCOUNT, REGION)]
        self.recorders: dict[str, Any] = {REGION: recorder()}
        self.statuses: dict[str, Any] = {REGION: status()}
        self.queries: list[str] = []
        self.asked_in: set[tuple[str, str]] = set()
        """Accounts and regions in which the aggregator was asked."""

        self.page = 2
        """Items of a page."""

        faked.fake.say("config", SELECT, self.select)
        faked.fake.say("config", "DescribeConfigurationAggregatorSourcesStatus", self._follow)
        faked.fake.say("config", "DescribeConfigurationRecorders", self._recorders)
        faked.fake.say("config", "DescribeConfigurationRecorderStatus", self._statuses)

    def add(self, type_: str, id_: str, configuration: Any = None, **also: Any) -> dict[str, Any]:
        """Add an item, and return it to be changed."""
        made = {
            "accountId": ACCOUNT,
            "awsRegion": REGION,
            "resourceType": type_,
            "resourceId": id_,
            "resourceName": id_,
            "configurationItemStatus": "OK",
            "configurationItemCaptureTime": f"{CAPTURED:%Y-%m-%dT%H:%M:%S}.123Z",
            "configuration": configuration or {},
            "supplementaryConfiguration": {},
            "tags": [],
            **also,
        }
        assert made.keys() <= PROPERTIES
        self.items.append(made)
        return made

    def select(self, ask: Asked) -> dict[str, Any]:
        """Answer a query."""
        query = _QUERY.fullmatch(ask.parameters["Expression"])
        if query is None:
            raise Fault("InvalidExpressionException", ask.parameters["Expression"])
        _known(ask)
        assert 0 < ask.parameters["Limit"] <= 100
        self.queries.append(query["type"])
        self.asked_in.add((ask.account, ask.region))
        fields = query["fields"].split(", ")
        assert PROPERTIES.issuperset(fields), fields
        accounts = re.findall(r"\d{12}", query["accounts"] or "")
        found = [
            {name: item.get(name) for name in fields}
            for item in self.items
            if item["resourceType"] == query["type"] and (not accounts or item["accountId"] in accounts)
        ]
        start = int(ask.parameters.get("NextToken", 0))
        more = {"NextToken": str(start + self.page)} if start + self.page < len(found) else {}
        rows = [json.dumps(item) for item in found[start : start + self.page]]
        return {"Results": rows, "QueryInfo": {"SelectFields": [{"Name": name} for name in fields]}, **more}

    def _follow(self, ask: Asked) -> dict[str, Any]:
        _known(ask)
        return {"AggregatedSourceStatusList": self.sources}

    def _recorders(self, ask: Asked) -> dict[str, Any]:
        found = self.recorders.get(ask.region)
        return {"ConfigurationRecorders": [found] if found else []}

    def _statuses(self, ask: Asked) -> dict[str, Any]:
        found = self.statuses.get(ask.region)
        return {"ConfigurationRecordersStatus": [found] if found else []}


def _known(ask: Asked) -> None:
    if ask.parameters["ConfigurationAggregatorName"] != "org":
        raise Fault("NoSuchConfigurationAggregatorException", "The configuration aggregator does not exist.")


def source(account: str, region: str, state: str = "SUCCEEDED") -> dict[str, Any]:
    """How following an account and region goes."""
    return {
        "SourceId": account,
        "SourceType": "ACCOUNT",
        "AwsRegion": region,
        "LastUpdateStatus": state,
        "LastUpdateTime": NOW,
    }


def recorder(**group: Any) -> dict[str, Any]:
    """A recorder of everything, or of what a group of types says."""
    return {"name": "default", "roleARN": f"arn:aws:iam::{ACCOUNT}:role/config",
            "recordingGroup": group or {"allSupported": True}}  # fmt: skip


def status(**other: Any) -> dict[str, Any]:
    """A recorder that has recorded for a month."""
    began = NOW - timedelta(days=30)
    return {"name": "default", "recording": True, "lastStatus": "Success", "lastStartTime": began, **other}


def beans(value: Any) -> Any:
    """An answer of an API in the words of the Java SDK's beans, with null for what is not there."""
    if isinstance(value, dict):
        return {_small(name): beans(one) for name, one in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [beans(one) for one in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else value.isoformat()


def _small(name: str) -> str:
    capitals = re.match("[A-Z]*", name)
    assert capitals
    return capitals[0].lower() + name[capitals.end() :]


def group(answer: dict[str, Any]) -> dict[str, Any]:
    """The configuration of a security group: IPv4 ranges as structures and as text, and tags beside."""
    found: dict[str, Any] = beans({name: value for name, value in answer.items() if name != "Tags"})
    for rule in (*found["ipPermissions"], *found["ipPermissionsEgress"]):
        rule["ipv4Ranges"] = rule["ipRanges"]
        rule["ipRanges"] = [one["cidrIp"] for one in rule["ipv4Ranges"]]
    return found


def tags(answer: list[dict[str, str]]) -> list[dict[str, str]]:
    """Tags as queries give them."""
    return [{"tag": f"{tag['Key']}={tag['Value']}", "key": tag["Key"], "value": tag["Value"]} for tag in answer]
