"""Permissions and settings: expected by hand from fixtures/aws/flows/permissions/main.tf."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flows import fixture, flows, hidden, seen, told, world_of
from scanner.clouds.aws.links import reading
from scanner.model import Unknown, World
from scanner.terraform.planfile import Source
from scanner.terraform.sources.folder import from_folder
from worlds import FIXTURES, change

RULES = ("aws-permission", "aws-setting")
LIKELY = ("declared", "likely")
TABLE, UPLOADS, KEPT = "aws_dynamodb_table.sessions", "aws_s3_bucket.uploads", "aws_s3_bucket.transcripts"
SECRET, TASK = "aws_secretsmanager_secret.db", "aws_ecs_task_definition.api"
ACCOUNT = "123456789012"


def code(name: str) -> str:
    return f'aws_lambda_function.this["{name}"]'


def of(world: World, *ids: str) -> set[tuple[str, str, str, str]]:
    return {flow for flow in told(world, *RULES) if {flow[0], flow[2]} & set(ids)}


@pytest.fixture(scope="module")
def alone() -> World:
    return fixture("permissions", sources=False)


def test_a_permission_that_names_a_store_is_likely(alone: World) -> None:
    assert of(alone, code("reader")) - {(code("writer"), "invokes", code("reader"), "likely")} == {
        (UPLOADS, "reads_from", code("reader"), "likely"),
        (TABLE, "reads_from", code("reader"), "likely"),
        (SECRET, "reads_from", code("reader"), "likely"),
    }
    assert of(alone, code("writer")) == {
        (code("writer"), "writes_to", KEPT, "likely"),
        (code("writer"), "writes_to", TABLE, "likely"),
        (code("writer"), "deletes", TABLE, "likely"),
        (code("writer"), "writes_to", "aws_sqs_queue.work", "likely"),
        (code("writer"), "writes_to", "aws_sns_topic.alerts", "likely"),
        (code("writer"), "writes_to", "aws_kinesis_stream.events", "likely"),
        (code("writer"), "invokes", code("reader"), "likely"),
    }
    assert of(alone, code("conditional")) == {(TABLE, "reads_from", code("conditional"), "likely")}


def test_a_wildcard_that_is_about_several_names_none_of_them(alone: World) -> None:
    assert of(alone, code("several")) == {
        (UPLOADS, "reads_from", code("several"), "possible"),
        (KEPT, "reads_from", code("several"), "possible"),
    }


def test_a_grant_on_everything_says_little_unless_a_setting_says_which(alone: World) -> None:
    wide = of(alone, code("wide"))
    assert {(flow[0], flow[3]) for flow in wide} == {
        (bucket, "possible") for bucket in (UPLOADS, KEPT, "aws_s3_bucket.site")
    }
    told_of = flows(alone)[f"{UPLOADS} -> {code('wide')} (reads_from)"]
    assert told_of.reason.startswith(reading.WIDE)
    assert told_of.attribute == "aws_iam_role_policy.wide#1"
    assert {flow for flow in of(alone, code("wired")) if flow[3] in LIKELY} == {
        (TABLE, "reads_from", code("wired"), "likely"),
        (SECRET, "reads_from", code("wired"), "likely"),
    }
    named = flows(alone)[f"{TABLE} -> {code('wired')} (reads_from)"]
    assert named.attribute == f"{code('wired')}.environment.variables.SESSIONS_TABLE"
    assert of(alone, code("managed")) == {("aws_sqs_queue.work", "reads_from", code("managed"), "likely")}


def test_a_setting_alone_is_possible(alone: World) -> None:
    assert of(alone, code("alone")) == {
        (UPLOADS, "reads_from", code("alone"), "possible"),
        (code("alone"), "writes_to", UPLOADS, "possible"),
    }


def test_a_policy_that_is_not_known_hides_flows_and_one_it_is_made_from_goes_with_a_setting(alone: World) -> None:
    assert of(alone, code("hidden")) == {
        (KEPT, "reads_from", code("hidden"), "likely"),
        (code("hidden"), "writes_to", KEPT, "likely"),
        (code("hidden"), "writes_to", "aws_sns_topic.alerts", "likely"),
    }
    assert "known only after apply" in hidden(alone)[code("hidden")]
    with_sources = fixture("permissions")
    assert of(with_sources, code("hidden")) == {
        (code("hidden"), "writes_to", KEPT, "likely"),
        (code("hidden"), "writes_to", "aws_sns_topic.alerts", "likely"),
    }
    assert code("hidden") not in hidden(with_sources)


def test_a_role_that_was_not_read_hides_flows(alone: World) -> None:
    assert "made-elsewhere may do was not read" in hidden(alone)["aws_lambda_function.stranger"]
    assert code("reader") not in hidden(alone)


def test_what_takes_a_password_takes_no_permission() -> None:
    world = fixture("permissions")
    both = {
        (store, "reads_from", TASK, "likely")
        for store in ("aws_db_instance.chat", "aws_elasticache_replication_group.memory")
    }
    both |= {(TASK, "writes_to", store, tier) for store, _, _, tier in both}
    assert both <= of(world, TASK)
    assert isinstance(flows(world)[f"aws_db_instance.chat -> {TASK} (reads_from)"].encrypted, Unknown)
    assert "aws_elasticache_replication_group.memory" in {one.id for one in world.resources}


def test_a_secret_that_a_definition_names_is_put_there() -> None:
    world = fixture("permissions")
    flow = flows(world)[f"{SECRET} -> {TASK} (reads_from)"]
    assert (flow.content, flow.data) == (False, ("credential",))
    assert TASK not in hidden(world)


def test_documents_take_a_second_permission(alone: World) -> None:
    found = {
        flow for flow in told(alone, *RULES) if "aws_opensearchserverless_collection.articles" in {flow[0], flow[2]}
    }
    assert found == {
        (
            "aws_opensearchserverless_collection.articles", "reads_from", 'aws_lambda_function.search["finds"]',
            "likely",
        )
    }  # fmt: skip


# --- small worlds ----------------------------------------------------------------------------------------------------


def function(name: str = "f", **values: Any) -> dict[str, Any]:
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    given = {"function_name": name, "role": role, **values}
    return change(f"aws_lambda_function.{name}", given)


def role(name: str = "f") -> dict[str, Any]:
    return change(f"aws_iam_role.{name}", {"name": name, "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"})


def policy(*statements: dict[str, Any], name: str = "f") -> dict[str, Any]:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})
    return change(f"aws_iam_role_policy.{name}", {"name": name, "role": name, "policy": text})


def bucket(name: str) -> dict[str, Any]:
    return change(f"aws_s3_bucket.{name}", {"bucket": name, "arn": f"arn:aws:s3:::{name}"})


def collection(policies: list[dict[str, Any]], resource: str = "*") -> World:
    stated = [change("aws_opensearchserverless_access_policy.p", one) for one in policies]
    store = change(
        "aws_opensearchserverless_collection.c", {"name": "c", "arn": f"arn:aws:aoss:eu-west-1:{ACCOUNT}:collection/x"}
    )
    return world_of(function(), role(), policy({"Action": "aoss:APIAccessAll", "Resource": resource}), store, *stated)


def data_policy(index: str, principal: str, *permissions: str) -> dict[str, Any]:
    rules = [{"ResourceType": "index", "Resource": [index], "Permission": list(permissions)}]
    return {"type": "data", "policy": json.dumps([{"Rules": rules, "Principal": [principal]}])}


OWN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/f"
READS = ("aws_opensearchserverless_collection.c", "reads_from", "aws_lambda_function.f")
WRITES = ("aws_lambda_function.f", "writes_to", "aws_opensearchserverless_collection.c")


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], {(*READS, "possible"), (*WRITES, "possible")}),
        ([data_policy("index/c/*", OWN_ROLE, "aoss:*")], {(*READS, "likely"), (*WRITES, "likely")}),
        ([data_policy("index/c/*", OWN_ROLE, "aoss:WriteDocument")], {(*WRITES, "likely")}),
        ([data_policy("index/*/*", OWN_ROLE, "aoss:ReadDocument")], {(*READS, "possible")}),
        ([data_policy("index/c/*", f"arn:aws:iam::{ACCOUNT}:role/other", "aoss:*")], set()),
        ([data_policy("index/d/*", OWN_ROLE, "aoss:*")], {(*READS, "possible"), (*WRITES, "possible")}),
        ([{"type": "data", "policy": "no JSON"}], {(*READS, "possible"), (*WRITES, "possible")}),
        ([{"type": "data", "policy": '["no", {"Rules": 5, "Principal": [7]}]'}],
         {(*READS, "possible"), (*WRITES, "possible")}),
    ],
)  # fmt: skip
def test_who_gets_at_documents(policies: list[dict[str, Any]], expected: set[Any]) -> None:
    assert told(collection(policies), *RULES) == expected


def test_many_stores_are_not_listed_one_by_one() -> None:
    buckets = [bucket(f"b{number:02}") for number in range(40)]
    world = world_of(function(), role(), policy({"Action": "s3:GetObject", "Resource": "*"}), *buckets)
    assert len(told(world, *RULES)) == 20
    assert "more than can be listed" in hidden(world)["aws_lambda_function.f"]


def test_what_everybody_may_do_is_no_flow_of_each() -> None:
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
    own = {**open_, "Principal": {"AWS": OWN_ROLE}}
    for statement, expected in (
        (open_, set()),
        (own, {("aws_s3_bucket.b", "reads_from", "aws_lambda_function.f", "likely")}),
    ):
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        stated = change("aws_s3_bucket_policy.b", {"bucket": "b", "policy": text})
        assert told(world_of(function(), role(), bucket("b"), stated), *RULES) == expected


def test_a_policy_of_a_resource_that_may_be_about_another_is_only_possible() -> None:
    case = FIXTURES / "aws/completed/models"
    world = seen(Source("plan.json", (case / "plan.json").read_bytes(), from_folder(case)))
    domain, chat = 'aws_opensearch_domain.this["sound"]', "aws_lambda_function.chat"
    assert {flow for flow in told(world, *RULES) if domain in flow} == {
        (domain, "reads_from", chat, "possible"),
        (chat, "deletes", domain, "possible"),
    }


def test_searching_posts_as_well() -> None:
    domain = change("aws_opensearch_domain.d", {"domain_name": "d", "arn": f"arn:aws:es:eu-west-1:{ACCOUNT}:domain/d"})
    for actions, expected in (
        (["es:ESHttpGet", "es:ESHttpPost"], {"reads_from"}),
        (["es:ESHttpPost"], {"reads_from", "writes_to"}),
    ):
        may = policy({"Action": actions, "Resource": f"arn:aws:es:eu-west-1:{ACCOUNT}:domain/d/*"})
        assert {flow[1] for flow in told(world_of(function(), role(), may, domain), *RULES)} == expected


def test_names_that_other_things_have_say_nothing() -> None:
    database = change(
        "aws_db_instance.chat", {"identifier": "chat", "endpoint": "chat.abc.eu-west-1.rds.amazonaws.com:5432"}
    )
    bare = function(environment=[{"variables": {"SERVICE": "chat"}}])
    assert told(world_of(bare, role(), database), *RULES) == set()
    called = function(
        environment=[{"variables": {"URL": "postgres://u:p@chat.abc.eu-west-1.rds.amazonaws.com:5432/x"}}]
    )
    assert {flow[1] for flow in told(world_of(called, role(), database), *RULES)} == {"reads_from", "writes_to"}


def test_a_front_that_a_setting_names_is_called() -> None:
    balancer = change("aws_lb.inner", {"name": "inner", "dns_name": "internal-inner-1.eu-west-1.elb.amazonaws.com"})
    caller = function(environment=[{"variables": {"API": "http://internal-inner-1.eu-west-1.elb.amazonaws.com/v1"}}])
    assert told(world_of(caller, role(), balancer), *RULES) == {
        ("aws_lambda_function.f", "sends_to", "aws_lb.inner", "likely")
    }


def test_who_writes_logs_by_a_grant_on_everything_writes_its_own() -> None:
    groups = [change(f"aws_cloudwatch_log_group.{name}", {"name": name}) for name in ("one", "two")]
    world = world_of(function(), role(), policy({"Action": "logs:*", "Resource": "*"}), *groups)
    assert {flow[1] for flow in told(world, *RULES)} == {"reads_from"}
    named = policy({"Action": "logs:PutLogEvents", "Resource": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:one:*"})
    world = world_of(function(), role(), named, *groups)
    assert told(world, *RULES) == {("aws_lambda_function.f", "logs_to", "aws_cloudwatch_log_group.one", "likely")}
    assert isinstance(next(iter(flows(world).values())).content, Unknown)


@pytest.mark.parametrize(
    "hostile", ["x" * 100_000, "\u202eevil\x00", "<script>", "${", "arn:", "arn:aws:s3:::", "s3://", "://@:/"]
)
def test_hostile_settings_and_names(hostile: str) -> None:
    caller = function(environment=[{"variables": {"A": hostile, hostile[:200]: "b"}}])
    may = policy({"Action": "s3:GetObject", "Resource": [hostile, "arn:aws:s3:::b/*"]})
    assert told(world_of(caller, role(), may, bucket("b")), *RULES) == {
        ("aws_s3_bucket.b", "reads_from", "aws_lambda_function.f", "likely")
    }


def test_of_two_that_go_by_a_name_the_one_that_may_be_used_is_meant() -> None:
    two = [change(f"{type_}.x", {"name": "turns"}) for type_ in ("aws_kinesis_stream", "aws_dynamodb_table")]
    caller = function(environment=[{"variables": {"TURNS": "turns"}}])
    may = {"Action": "kinesis:PutRecord", "Resource": "*"}
    certain = world_of(caller, role(), policy(may), *two)
    assert told(certain, *RULES) >= {("aws_lambda_function.f", "writes_to", "aws_kinesis_stream.x", "likely")}
    both = world_of(caller, role(), policy(may, {"Action": "dynamodb:PutItem", "Resource": "*"}), *two)
    assert {flow[3] for flow in told(both, *RULES)} == {"possible"}


def test_agents_are_called_by_an_alias_and_knowledge_bases_are_asked() -> None:
    agent = change("aws_bedrockagent_agent.a", {"agent_name": "a", "agent_id": "AGENT12345", "id": "AGENT12345"})
    arn = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:agent-alias/AGENT12345/ALIAS12345"
    alias = change("aws_bedrockagent_agent_alias.l", {"agent_id": "AGENT12345", "agent_alias_arn": arn})
    base = f"arn:aws:bedrock:eu-west-1:{ACCOUNT}:knowledge-base/KB12345678"
    knowledge = change("aws_bedrockagent_knowledge_base.k", {"name": "k", "id": "KB12345678", "arn": base})
    may = ({"Action": "bedrock:InvokeAgent", "Resource": arn}, {"Action": "bedrock:Retrieve", "Resource": base})
    assert told(world_of(function(), role(), policy(*may), agent, alias, knowledge), *RULES) == {
        ("aws_lambda_function.f", "invokes", "aws_bedrockagent_agent.a", "likely"),
        ("aws_lambda_function.f", "invokes", "aws_bedrockagent_knowledge_base.k", "likely"),
        ("aws_bedrockagent_knowledge_base.k", "retrieves_from", "aws_lambda_function.f", "likely"),
    }


def test_a_role_is_told_by_the_name_in_its_arn() -> None:
    made = change("aws_iam_role.f", {"name": "f"}, unknown={"arn": True})
    world = world_of(function(), made, policy({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}), bucket("b"))
    assert told(world, *RULES) == {("aws_s3_bucket.b", "reads_from", "aws_lambda_function.f", "likely")}
    assert "aws_lambda_function.f" not in hidden(world)


def test_events_and_deliveries_that_nothing_reads_for_themselves() -> None:
    bus = change("aws_cloudwatch_event_bus.b", {"name": "b"})
    delivery = change("aws_kinesis_firehose_delivery_stream.d", {"name": "d"})
    may = (
        {"Action": "events:PutEvents", "Resource": f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/b"},
        {"Action": "firehose:PutRecord", "Resource": "*"},
    )
    assert told(world_of(function(), role(), policy(*may), bus, delivery), *RULES) == {
        ("aws_lambda_function.f", "writes_to", "aws_cloudwatch_event_bus.b", "likely"),
        ("aws_lambda_function.f", "writes_to", "aws_kinesis_firehose_delivery_stream.d", "possible"),
    }


def test_a_file_system_that_code_mounts() -> None:
    arn = f"arn:aws:elasticfilesystem:eu-west-1:{ACCOUNT}:access-point/fsap-0123456789abcdef0"
    system = change("aws_efs_file_system.s", {"id": "fs-0123456789abcdef0"})
    point = change("aws_efs_access_point.p", {"arn": arn, "file_system_id": "fs-0123456789abcdef0"})
    mounting = function(file_system_config=[{"arn": arn, "local_mount_path": "/mnt/x"}])
    volume = {
        "efs_volume_configuration": [{"file_system_id": "fs-0123456789abcdef0", "transit_encryption": "DISABLED"}]
    }
    task = change("aws_ecs_task_definition.t", {"family": "t", "container_definitions": "[]", "volume": [volume]})
    world = world_of(mounting, system, point, task)
    files = "aws_efs_file_system.s"
    assert told(world, "aws-file-system") == {
        (one, way, other, "declared")
        for code in ("aws_lambda_function.f", "aws_ecs_task_definition.t")
        for one, way, other in ((files, "reads_from", code), (code, "writes_to", files))
    }
    assert flows(world)[f"{files} -> aws_lambda_function.f (reads_from)"].encrypted is True
    assert flows(world)[f"{files} -> aws_ecs_task_definition.t (reads_from)"].encrypted is False
    open_ = change(
        "aws_lambda_function.g", {"function_name": "g", "file_system_config": [{"local_mount_path": "/mnt/x"}]},
        unknown={"file_system_config": [{"arn": True}]},
    )  # fmt: skip
    assert "known only after apply" in hidden(world_of(open_))["aws_lambda_function.g"]


def test_what_another_statement_may_take_away_is_only_possible() -> None:
    allow = {"Action": "dynamodb:GetItem", "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"}
    table = change("aws_dynamodb_table.t", {"name": "t"})
    for deny, tier in (
        ({"Action": "dynamodb:*", "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"}, "possible"),
        ({"NotAction": "s3:*", "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/*"}, "possible"),
        ({"Action": "s3:*", "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"}, "likely"),
        ({"Action": "dynamodb:*", "Resource": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/u"}, "likely"),
    ):
        world = world_of(function(), role(), policy(allow, {"Effect": "Deny", **deny}), table)
        assert {flow[3] for flow in told(world, *RULES)} == {tier}, deny


def test_who_is_fed_by_a_queue_puts_nothing_in() -> None:
    queue = change("aws_sqs_queue.q", {"name": "q"}, unknown={"arn": True})
    hidden_policy = change("aws_iam_role_policy.f", {"name": "f", "role": "f"}, unknown={"policy": True})
    feeding = change("aws_lambda_event_source_mapping.m", {"function_name": "f"}, unknown={"event_source_arn": True})
    named = {"references": ["aws_sqs_queue.q.arn", "aws_sqs_queue.q"]}
    config = {
        "aws_iam_role_policy.f": {"policy": named, "role": {"constant_value": "f"}},
        "aws_lambda_event_source_mapping.m": {"event_source_arn": named, "function_name": {"constant_value": "f"}},
    }
    puts = ("aws_lambda_function.f", "writes_to", "aws_sqs_queue.q", "likely")
    assert told(world_of(function(), role(), hidden_policy, queue, config=config), *RULES) == {puts}
    assert told(world_of(function(), role(), hidden_policy, queue, feeding, config=config), *RULES) == set()


def test_an_identity_that_is_not_known_hides_flows() -> None:
    late = change("aws_lambda_function.f", {"function_name": "f"}, unknown={"role": True})
    written = {"aws_lambda_function.f": {"role": {"references": ["local.role"]}}}
    assert (
        "the identity that it acts as is not known" in hidden(world_of(late, config=written))["aws_lambda_function.f"]
    )


@pytest.mark.parametrize(
    ("patterns", "tier"),
    [
        (["arn:aws:s3:::b/*"], "likely"),
        (["arn:aws:s3:::b"], ""),
        (["arn:aws:s3:::b*/*"], "likely"),
        (["arn:aws:s3:::?/*"], "possible"),
        (["arn:aws:s3:::*"], "possible"),
        (["arn:aws:s3:::*/*", "arn:aws:s3:::b/*"], "likely"),
        (["arn:aws:s3*"], "possible"),
        (["*"], "possible"),
        (["arn:aws:s3:::other/*"], ""),
    ],
)
def test_how_closely_a_statement_names_a_bucket(patterns: list[str], tier: str) -> None:
    world = world_of(
        function(), role(), policy({"Action": "s3:GetObject", "Resource": patterns}), bucket("b"), bucket("long")
    )
    found = {flow[3] for flow in told(world, *RULES) if flow[0] == "aws_s3_bucket.b"}
    assert found == ({tier} if tier else set())
