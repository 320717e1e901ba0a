"""Definitions of state machines keep what they name, and nothing that people wrote into them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.clouds.aws.compute.credentials import MASKED, MASKED_ID
from scanner.clouds.aws.live.definitions import definition

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
KEY = "sk-ant-" + "a1" * 20


def masked(document: Any) -> Any:
    return json.loads(definition(json.dumps(document)))


def test_what_names_resources_stays() -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": "sessions", "Item": {"note": {"S": "planted"}}, "Count": 1234567, "Limit": 10},
        "Next": "Call us",
    }
    assert masked({"StartAt": "Keep", "States": {"Keep": task}}) == {
        "StartAt": "Keep",
        "States": {
            "Keep": {
                **task,
                "Parameters": {
                    "TableName": "sessions", "Item": {"note": {"S": MASKED}}, "Count": MASKED, "Limit": 10,
                },
            }
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ModelId", "anthropic.claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("ModelId", KEY, MASKED_ID),
        ("ModelId", "what the planted says, in full", MASKED),
        ("ModelId.$", "$.planted", "$"),
        ("ModelId", "{% $states.input.planted %}", "{% <masked> %}"),
        ("ModelId", "{% 'a1b2c3d4e5' %}", "{% <masked, may hold an id> %}"),
        ("ApiEndpoint", "https://api.example.com/planted?key=planted", "api.example.com"),
        ("ApiEndpoint", "https://ann:planted@api.example.com", MASKED),
        ("ApiEndpoint", "{% 'https://' & $planted %}", "{% <masked> %}"),
        ("Authorization", f"Bearer {KEY}", MASKED_ID),
        ("Comment", "planted", MASKED),
        (
            "Comment",
            FUNCTION,
            FUNCTION,
        ),
        ("Flag", True, True),
        ("Nothing", None, None),
    ],
)
def test_values(name: str, value: Any, expected: Any) -> None:
    assert masked({"Parameters": {name: value}}) == {"Parameters": {name: expected}}


def test_states_with_odd_names_are_numbered_and_none_is_lost() -> None:
    assert masked({"States": {KEY: {"Type": "Pass"}, "¿planted?": {"Type": "Fail"}}}) == {
        "States": {f"{MASKED} 0": {"Type": "Pass"}, f"{MASKED} 1": {"Type": "Fail"}}
    }


@pytest.mark.parametrize("text", ["planted", "{", "[" * 100_000])
def test_what_is_no_json_is_masked_as_a_whole(text: str) -> None:
    assert definition(text) == MASKED


TEXTS = st.sampled_from(
    [KEY, f"x {KEY}", f"https://{KEY}@h.example", f"$.{KEY}", f"{{% {KEY} %}}", f"arn:aws:s3:::{KEY}"]
)
NAMES = st.sampled_from(["ModelId", "Comment", "ApiEndpoint", "Type", "Bucket.$", "FunctionName", KEY])
TREES = st.recursive(TEXTS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))


@given(TREES)
def test_no_key_ever_stays(document: Any) -> None:
    assert KEY not in definition(json.dumps(document))
