"""Small worlds with flows, for tests of diagrams and exchange: no cloud is asked."""

from __future__ import annotations

from typing import Any

from scanner.kinds import INTERNET, Actor, Agent, Alarm, Compute, Entrypoint, Flow, Model, Store, Vendor
from scanner.model import Origin, Resource, World

MADE: dict[str, type[Resource]] = {
    "function": Compute, "container": Compute, "api": Entrypoint, "cdn": Entrypoint, "load_balancer": Entrypoint,
    "bucket": Store, "table": Store, "queue": Store, "log_group": Store, "vault": Store, "agent": Agent,
    "knowledge_base": Agent, "foundation_model": Model, "service": Model, "internet": Actor, "model": Vendor,
    "observability": Vendor, "event_rule": Alarm,
}  # fmt: skip
"""Kind by type."""


def thing(type_: str, id_: str, **facts: Any) -> Resource:
    """One resource; what is outside belongs to no environment."""
    outside = id_.startswith("ext:")
    given: dict[str, Any] = {
        "id": id_,
        "type": type_,
        "name": id_.removeprefix("ext:") if outside else id_.rpartition(".")[2],
        "environment": "external" if outside else "prod",
        "account": "" if outside else "123456789012",
        "origin": Origin(
            source="plan", address="" if outside else id_, type="" if outside else id_.split(".", maxsplit=1)[0]
        ),
    }
    return MADE[type_](**{**given, **facts})


def flow(source: str, target: str, how: str = "sends_to", **facts: Any) -> Flow:
    """One flow."""
    given = {"tier": "declared", "rule": "test", "reason": "a test says so", "environment": "prod", **facts}
    return Flow(id=f"{source} -> {target} ({how})", type=how, how=how, source=source, target=target, **given)


TALK = ("prompt", "response")


def chatbot(environment: str = "prod", account: str = "123456789012") -> tuple[list[Resource], list[Flow]]:
    """A chatbot as people build them: 20 resources and their flows, in one environment."""
    at = {"environment": environment, "account": account}
    tail = "" if environment == "prod" else f"_{environment}"
    stored: dict[str, Any] = {**at, "encrypted": True, "retention_days": 90, "expires": True}

    def own(type_: str, address: str, **facts: Any) -> Resource:
        base = stored if MADE[type_] is Store else at
        return thing(type_, f"{address}{tail}", **{**base, **facts})

    cdn, api = own("cdn", "aws_cloudfront_distribution.web"), own("api", "aws_apigatewayv2_api.chat")
    chat, tools = own("function", "aws_lambda_function.chat"), own("function", "aws_lambda_function.tools")
    worker = own("function", "aws_lambda_function.worker")
    indexer, exporter = own("function", "aws_lambda_function.indexer"), own("function", "aws_lambda_function.exporter")
    agent = own("agent", "aws_bedrockagent_agent.support")
    base = own("knowledge_base", "aws_bedrockagent_knowledge_base.help")
    sessions = own("table", "aws_dynamodb_table.sessions", data=("transcript", "user_identity"))
    transcripts = own("bucket", "aws_s3_bucket.transcripts", data=("transcript",), expires=False)
    documents = own("bucket", "aws_s3_bucket.documents", data=("retrieval_content",), encrypted=False)
    jobs, dead = own("queue", "aws_sqs_queue.jobs", data=("prompt",)), own("queue", "aws_sqs_queue.dead")
    chat_log = own("log_group", "aws_cloudwatch_log_group.chat", data=("prompt", "telemetry"))
    tools_log = own("log_group", "aws_cloudwatch_log_group.tools")
    api_log = own("log_group", "aws_cloudwatch_log_group.api", data=("telemetry",))
    calls_log = own("bucket", "aws_s3_bucket.invocations", data=("prompt", "response"))
    vault = own("vault", "aws_backup_vault.main", data=("transcript",))
    replica = own("bucket", "aws_s3_bucket.replica", data=("transcript",))
    internet, bedrock = thing("internet", INTERNET), thing("service", "ext:bedrock", operator="cloud")
    openai = thing("model", "ext:api.openai.com", receives=TALK)
    datadog = thing("observability", "ext:datadoghq.com")
    talk: dict[str, Any] = {"data": TALK}
    flows = [
        flow(internet.id, cdn.id, data=("prompt",)), flow(cdn.id, api.id, data=("prompt",)),
        flow(api.id, chat.id, "invokes", **talk), flow(chat.id, agent.id, "invokes", **talk),
        flow(agent.id, tools.id, "invokes", **talk), flow(agent.id, "ext:bedrock", "invokes", **talk),
        flow(agent.id, base.id, "invokes", **talk),
        flow(documents.id, base.id, "reads_from", data=("retrieval_content",)),
        flow(chat.id, "ext:bedrock", "invokes", tier="likely", **talk),
        flow(chat.id, openai.id, tier="possible", **talk),
        flow(chat.id, sessions.id, "writes_to", data=("transcript",), tier="likely"),
        flow(sessions.id, chat.id, "reads_from", data=("transcript",), tier="likely"),
        flow(sessions.id, tools.id, "reads_from", data=("user_identity",), tier="likely"),
        flow(chat.id, jobs.id, "writes_to", data=("prompt",), tier="likely"),
        flow(jobs.id, worker.id, "reads_from", data=("prompt",)), flow(jobs.id, dead.id, data=("prompt",)),
        flow(worker.id, transcripts.id, "writes_to", data=("transcript",), tier="likely"),
        flow(indexer.id, documents.id, "writes_to", data=("retrieval_content",), tier="likely"),
        flow(sessions.id, exporter.id, "reads_from", data=("transcript",), tier="likely"),
        flow(exporter.id, datadog.id, data=("telemetry",), tier="likely"),
        flow(chat.id, chat_log.id, "logs_to", data=("prompt",)), flow(tools.id, tools_log.id, "logs_to"),
        flow(api.id, api_log.id, "logs_to", data=("telemetry",)),
        flow("ext:bedrock", calls_log.id, "logs_to", **talk),
        flow(sessions.id, vault.id, "backs_up_to", data=("transcript",)),
        flow(transcripts.id, replica.id, "replicates_to", data=("transcript",)),
    ]  # fmt: skip
    things = [
        internet, cdn, api, chat, tools, worker, indexer, exporter, agent, base, bedrock, openai, datadog, sessions,
        transcripts, documents, jobs, dead, chat_log, tools_log, api_log, calls_log, vault, replica,
    ]  # fmt: skip
    return things, flows


def world(*parts: tuple[list[Resource], list[Flow]], **more: Any) -> World:
    """One world of several parts."""
    things = {one.id: one for part in parts for one in part[0]}
    flows = {one.id: one for part in parts for one in part[1]}
    return World(resources=tuple(things.values()), flows=tuple(flows.values()), **more)
