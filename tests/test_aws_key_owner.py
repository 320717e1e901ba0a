"""Who controls a KMS key: through references, data sources, defaults of the provider, and what a plan does not show."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.clouds.aws.keys.key_owner import key_owner
from scanner.model import Noted, Unknown
from worlds import change, plan, planned_of

KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
DATABASE = "aws_db_instance.d"


def owner_of(
    value: str | None,
    references: list[str] | None,
    *others: dict[str, Any],
    computed: bool = False,
    **top: Any,
) -> str:
    """The answer for aws_db_instance.d, whose kms_key_id has this value; "unknown" in the place of a reason."""
    after = {} if value is None else {"kms_key_id": value}
    expressions = {} if references is None else {"kms_key_id": {"references": references}}
    unknown = {"kms_key_id": True} if value is None else {}
    config = {"aws_db_instance.d": {"engine": {"constant_value": "x"}, **expressions}}
    config.update({str(o["address"]): {"x": {}} for o in others})
    content = plan(change(DATABASE, after, unknown=unknown), *others, config=config, **top)
    planned = planned_of(content)
    (database,) = planned.of("aws_db_instance")
    answer = key_owner(planned, database, "kms_key_id", computed=computed)
    answer = answer.value if isinstance(answer, Noted) else answer
    return "unknown" if isinstance(answer, Unknown) else answer


def test_no_key_is_what_the_caller_says() -> None:
    planned = planned_of(plan(change(DATABASE, {"kms_key_id": ""})))
    (database,) = planned.of("aws_db_instance")
    assert key_owner(planned, database, "kms_key_id") == "provider"
    assert key_owner(planned, database, "kms_key_id", absent="none") == "none"


@pytest.mark.parametrize(
    ("value", "owner"),
    [
        (KEY, "customer"),
        ("11111111-2222-3333-4444-555555555555", "customer"),
        ("alias/chat", "customer"),
        ("alias/aws/rds", "provider"),
        ("arn:aws:kms:eu-west-1:123456789012:alias/aws/rds", "provider"),
    ],
)
def test_a_literal_speaks_for_itself(value: str, owner: str) -> None:
    assert owner_of(value, []) == owner


@pytest.mark.parametrize("type_", ["aws_kms_key", "aws_kms_alias", "aws_kms_replica_key", "aws_kms_external_key"])
def test_a_planned_key_is_a_customers(type_: str) -> None:
    made = change(f"{type_}.k", {}, unknown={"arn": True, "id": True})
    assert owner_of(None, [f"{type_}.k.arn", f"{type_}.k"], made) == "customer"


def test_a_known_arn_of_a_planned_key_is_a_customers_even_where_the_provider_filled_it_in() -> None:
    made = change("aws_kms_key.k", {"arn": KEY, "id": KEY[-36:]}, actions=["no-op"], before={})
    assert owner_of(KEY, None, made, computed=True) == "customer"


@pytest.mark.parametrize(
    ("data", "owner"),
    [
        ({"key_id": "alias/aws/rds", "arn": KEY}, "provider"),
        ({"key_id": "alias/chat", "arn": KEY}, "customer"),
        ({"key_id": KEY, "arn": KEY, "key_manager": "AWS"}, "provider"),
        ({"key_id": KEY, "arn": KEY, "key_manager": "CUSTOMER"}, "customer"),
        ({"key_id": KEY, "arn": KEY}, "unknown"),
    ],
)
def test_a_key_read_by_a_data_source_has_the_manager_it_says(data: dict[str, str], owner: str) -> None:
    read = change("data.aws_kms_key.k", data, actions=["read"])
    assert owner_of(KEY, ["data.aws_kms_key.k.arn", "data.aws_kms_key.k"], read) == owner


def test_a_data_source_that_is_read_during_apply() -> None:
    references = ["data.aws_kms_key.k.arn", "data.aws_kms_key.k"]
    later = change("data.aws_kms_key.k", {}, actions=["read"], unknown={"key_id": True, "arn": True})
    assert owner_of(None, references, later) == "unknown"
    named = change("data.aws_kms_key.k", {"key_id": "alias/aws/rds"}, actions=["read"], unknown={"arn": True})
    assert owner_of(None, references, named) == "provider"


def test_an_alias_read_by_a_data_source_is_judged_by_its_name() -> None:
    references = ["data.aws_kms_alias.k.target_key_arn", "data.aws_kms_alias.k"]
    for name, owner in (("alias/aws/rds", "provider"), ("alias/chat", "customer")):
        read = change("data.aws_kms_alias.k", {"name": name, "target_key_arn": KEY}, actions=["read"])
        assert owner_of(KEY, references, read) == owner


def test_a_computed_attribute_that_is_not_set_is_the_default_of_what_is_created() -> None:
    assert owner_of(None, None, computed=True) == "provider"


def test_what_was_filled_in_before_is_not_known() -> None:
    assert owner_of(KEY, None, computed=True) == "unknown"
    assert owner_of(KEY, [], computed=True) == "customer"


def test_a_computed_attribute_of_a_plan_without_configuration_is_not_known() -> None:
    planned = planned_of(b'{"format_version":"1.0","resource_changes":[{"address":"aws_db_instance.d","type":'
                         b'"aws_db_instance","name":"d","change":{"actions":["create"],"after":{},'
                         b'"after_unknown":{"kms_key_id":true}}}]}')  # fmt: skip
    (database,) = planned.of("aws_db_instance")
    assert isinstance(key_owner(planned, database, "kms_key_id", computed=True), Unknown)
    assert isinstance(key_owner(planned, database, "kms_key_id"), Unknown)


def test_a_computed_attribute_set_from_a_variable_that_must_be_null_is_the_default() -> None:
    assert owner_of(None, ["var.key"], computed=True) == "provider"


def test_a_computed_attribute_that_depends_on_a_choice_is_not_known() -> None:
    made = change("aws_kms_key.k", {}, unknown={"arn": True})
    assert owner_of(None, ["var.own", "aws_kms_key.k.arn", "aws_kms_key.k"], made, computed=True) == "unknown"
    assert owner_of(None, ["var.own", "aws_kms_key.k.arn", "aws_kms_key.k"], made) == "customer"


def test_one_of_several_customer_keys_is_a_customers_whichever_it_is() -> None:
    keys = [change(f"aws_kms_key.k[{i}]", {}, unknown={"arn": True}) for i in range(2)]
    assert owner_of(None, ["aws_kms_key.k", "var.which"], *keys) == "customer"


def test_a_key_that_goes_through_a_local_is_not_known() -> None:
    assert owner_of(None, ["local.key"]) == "unknown"


def test_of_a_partial_plan_nothing_is_taken_for_null() -> None:
    assert owner_of(None, ["aws_kms_key.left_out.arn"], computed=True, errored=True) == "unknown"
