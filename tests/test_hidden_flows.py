"""What is decided from flows holds only where no flow that could not be seen would change it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flows import fixture, world_of
from scanner import config, engine
from scanner.clouds.aws.links.settings import settings
from scanner.config import Config
from scanner.findings import Status
from scanner.graph.derived import with_flows
from scanner.graph.hidden import Narrow
from scanner.kinds import INTERNET, Actor, Compute, Entrypoint, Model, Store, Vendor
from scanner.model import LOG_CLASSES, Gap, Origin, Resource, Unknown, World
from test_reach import flow
from worlds import POLICIES, TODAY, change, plan, planned_of

WAY = (
    flow(INTERNET, "api"),
    flow("api", "chat"),
    flow("chat", "model", "invokes"),
    flow("chat", "ext:v.example", "invokes"),
)
CONVERSATION = "prompt, response, transcript, user_identity, upload, retrieval_content, embedding, feedback"
TYPES = {
    "bucket": "aws_s3_bucket",
    "queue": "aws_sqs_queue",
    "log_group": "aws_cloudwatch_log_group",
    "registry": "aws_ecr_repository",
}
TELEMETRY: dict[str, Any] = {"data": ("telemetry",), "data_by": "tag"}


def gap(scope: str, *kinds: str) -> Gap:
    return Gap(scope=scope, kinds=kinds or ("flow",), reason="it was not read")


def narrow(scope: str, *types: str, **more: Any) -> Gap:
    return Narrow(scope=scope, kinds=("flow",), reason="it is not kept", leads_to=types, **more)


def world(*gaps: Gap, config_: Config | None = None, api: str = "api", store: str = "bucket") -> World:
    things: tuple[Resource, ...] = (
        Actor(id=INTERNET, type="internet"),
        Entrypoint(id="api", type=api),
        Compute(id="chat", type="function"),
        Model(id="model"),
        Vendor(id="ext:v.example", type="observability"),
        Store(id="s", type=store, origin=Origin(source="plan", type=TYPES[store]), **TELEMETRY),
        Store(id="unlike", type="table"),
    )
    return with_flows(World(resources=things, gaps=gaps), WAY, config_ or Config(), TODAY)


def facts(*gaps: Gap, **more: Any) -> dict[str, Any]:
    return {one.id: one for one in world(*gaps, **more).resources}


def test_that_nothing_denied_comes_in_is_sure_where_every_flow_was_seen() -> None:
    assert facts()["s"].holds_contradiction is False


def test_of_many_places_that_hide_the_same_two_are_enough() -> None:
    shown = world(*(gap(f"region-{number}", "store") for number in range(500)), gap("s", "store"))
    held = {one.id: one for one in shown.resources}["s"]
    assert isinstance(held, Store)
    assert held.holds_contradiction == Unknown(f"region-0 may bring in {CONVERSATION}: it was not read")
    alone = facts(gap("s", "store"), gap("t", "store"))["s"]
    assert alone.holds_contradiction.reason.startswith("t may bring in prompt")


def test_a_flow_hidden_at_what_holds_prompts_may_bring_them() -> None:
    open_ = Unknown("chat may bring in prompt, response, user_identity, upload, feedback: it was not read")
    told = facts(gap("chat"))
    assert told["s"].holds_contradiction == open_
    assert told["unlike"].holds_contradiction is False, "nothing says what it holds"


@pytest.mark.parametrize(
    ("hides", "api", "store", "open_"),
    [
        (gap("eu-west-1", "compute"), "api", "bucket", True),
        (gap("eu-west-1", "statement"), "api", "bucket", False),
        (gap("eu-west-1", "key"), "api", "bucket", False),
        (gap("elsewhere"), "api", "bucket", False),
        (gap("s"), "api", "bucket", False),
        (gap("unlike"), "api", "bucket", False),
        (narrow("chat"), "api", "bucket", False),
        (narrow("chat", "aws_s3_bucket"), "api", "bucket", True),
        (narrow("chat", "aws_sqs_queue"), "api", "bucket", False),
        (narrow("s", "aws_s3_bucket"), "api", "bucket", False),
        (narrow("chat", "aws_s3_bucket", carries=("telemetry",)), "api", "bucket", False),
        (narrow("api", "aws_s3_bucket"), "load_balancer", "bucket", True),
        (gap("api"), "api", "queue", True),
        (gap("api"), "api", "log_group", False),
        (gap("api"), "load_balancer", "bucket", False),
        (gap("chat"), "api", "registry", False),
    ],
)
def test_what_cannot_bring_them_leaves_nothing_open(
    hides: Gap,
    api: str,
    store: str,
    open_: bool,  # noqa: FBT001 - a parameter
) -> None:
    told = facts(hides, api=api, store=store)["s"].holds_contradiction
    assert isinstance(told, Unknown) if open_ else told is False


@pytest.mark.parametrize(
    ("classes", "hides", "told"),
    [
        (["conversation"], [], True),
        (["conversation"], [gap("api")], True),
        (["conversation"], [gap("aws:1", "compute")], None),
        (["prompt", "response", "user_identity"], [gap("api")], None),
        (["prompt", "response", "user_identity"], [narrow("api", "aws_s3_bucket")], True),
        (["prompt"], [gap("api")], False),
        (["prompt", "response", "user_identity", "upload", "feedback"], [gap("api")], True),
    ],
)
def test_what_a_vendor_may_get_unseen_is_agreed_as_well(
    tmp_path: Path, classes: list[str], hides: list[Gap], told: object
) -> None:
    agreement = {"document": "D", "signed": "2026-01-01", "expires": "2027-06-01"}
    entry = {
        "name": "v",
        "hosts": ["v.example"],
        "owner": "o",
        "agreement": agreement,
        "classes": [*classes, "telemetry"],
    }
    (tmp_path / "v.yaml").write_text(json.dumps({"vendors": [entry]}))
    (tmp_path / "trustscan.yaml").write_text(json.dumps({"registers": {"vendors": "v.yaml"}}))
    vendor = facts(*hides, config_=config.load(tmp_path / "trustscan.yaml"))["ext:v.example"]
    found = vendor.classes_agreed
    assert (None if isinstance(found, Unknown) else found) is told
    if told is None:
        assert f"{hides[0].scope} may send it" in found.reason


@pytest.mark.parametrize("hides", [gap("chat"), narrow("chat")])
def test_controls_that_go_by_what_flows_bring_say_where_some_are_hidden(hides: Gap) -> None:
    asked = [one for one in POLICIES if one.control.id in {"deletion-reaches-identities", "store-encrypted"}]
    assert len(asked) == 2
    findings = {(one.control, one.subject): one for one in engine.judge(asked, world(hides))}
    told = findings["deletion-reaches-identities", "chat"]
    assert (told.status, told.reason) == (Status.UNKNOWN, hides.reason)
    assert ("store-encrypted", "chat") not in findings


def test_what_settings_and_permissions_alone_would_tell_is_no_wiring() -> None:
    found = [one for one in fixture("permissions").gaps if one.kinds == ("flow",)]
    assert found
    assert {(type(one), getattr(one, "leads_to", None)) for one in found} == {(Narrow, ())}


def test_an_access_log_brings_records_and_no_more_wherever_it_goes() -> None:
    stage = change(
        "aws_api_gateway_stage.s",
        {"rest_api_id": "a", "access_log_settings": [{"format": "$context.requestId"}]},
        unknown={"access_log_settings": [{"destination_arn": True}]},
    )
    told = world_of(change("aws_api_gateway_rest_api.a", {"id": "a", "name": "a"}), stage)
    hides = next(one for one in told.gaps if isinstance(one, Narrow))
    assert (hides.scope, hides.carries) == ("aws_api_gateway_rest_api.a", LOG_CLASSES)
    assert "aws_s3_bucket" not in hides.leads_to


def test_a_log_driver_that_was_not_read_leads_to_what_its_option_names() -> None:
    options = {"awslogs-group": "<masked>", "awslogs-region": "us-east-1"}
    containers = [{"name": "c", "logConfiguration": {"logDriver": "awslogs", "options": options}}]
    task = change("aws_ecs_task_definition.t", {"family": "t", "container_definitions": json.dumps(containers)})
    hides = [one for one in world_of(task).gaps if "logs to" in one.reason]
    assert [one.leads_to for one in hides if isinstance(one, Narrow)] == [("aws_cloudwatch_log_group",)]


def test_how_a_log_driver_writes_hides_nothing() -> None:
    options = {"awslogs-group": "g", "awslogs-stream-prefix": "<masked>", "awslogs-datetime-format": "<masked>"}
    containers = [{"name": "c", "logConfiguration": {"logDriver": "awslogs", "options": options}}]
    values = {"family": "t", "container_definitions": json.dumps(containers)}
    task = change("aws_ecs_task_definition.t", values)
    (owner,) = planned_of(plan(task)).of("aws_ecs_task_definition")
    assert [one.name for one in settings(owner)] == ["awslogs-group"]
