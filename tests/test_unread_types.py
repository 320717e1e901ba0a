"""Types that nothing reads are told; those that tell where data goes are read."""

from __future__ import annotations

from pathlib import Path

import scanner.clouds.aws
from flows import world_of
from scanner.clouds.aws.links.named_types import named_types
from test_live_coverage import NO_TYPES, literals
from worlds import change

_WIRING = (
    "aws_apigatewayv2_integration.a", "aws_lb_target_group.a", "aws_sns_topic_subscription.a", "aws_efs_file_system.a",
    "aws_appsync_datasource.a", "aws_kinesis_firehose_delivery_stream.a", "aws_dms_replication_task.a",
)  # fmt: skip


def test_what_tells_where_data_goes_is_not_said_to_be_read_by_nobody() -> None:
    (gap,) = [
        one for one in world_of(*(change(one, {}) for one in (*_WIRING, "aws_made_up.a"))).gaps if "reads" in one.reason
    ]
    assert gap.reason == "nothing reads aws_made_up x1"
    assert not [one for one in world_of(*(change(one, {}) for one in _WIRING)).gaps if "reads" in one.reason]


def test_every_type_that_a_rule_names_is_found() -> None:
    folder = Path(scanner.clouds.aws.__file__).parent / "links"
    written = {one.removeprefix("data.") for one in literals(folder, live=False)} - NO_TYPES
    assert len(written) > 150, "the rules are looked at"
    assert written <= named_types()
    assert "aws_made_up" not in named_types()
