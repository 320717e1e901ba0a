"""Which way data moves by an action: out of a store to who reads, into it, or nowhere, as by what only deletes.

An action that is not here moves no data by itself: one that creates, configures, lists or protects. Source: AWS Service
Authorization Reference, and the API references of the services.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

READS, WRITES, DELETES = "reads_from", "writes_to", "deletes"
INVOKES, LOGS, RETRIEVES = "invokes", "logs_to", "retrieves_from"

INWARD = frozenset({READS, RETRIEVES})
"""How data comes to who acts; by others it leaves him."""

_ROWS = ("dynamodb:BatchWriteItem",)

_MOVES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "aws_s3_bucket": {
        READS: ("s3:GetObject", "s3:GetObjectVersion"),
        WRITES: ("s3:PutObject", "s3:ReplicateObject"),
        DELETES: ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    },
    "aws_dynamodb_table": {
        READS: (
            "dynamodb:BatchGetItem", "dynamodb:ExportTableToPointInTime", "dynamodb:GetItem", "dynamodb:GetRecords",
            "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan", "dynamodb:SearchVectors",
        ),
        WRITES: (*_ROWS, "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        DELETES: ("dynamodb:DeleteItem", "dynamodb:PartiQLDelete"),
    },
    "aws_rds_cluster": {
        READS: ("rds-data:ExecuteSql", "rds-data:ExecuteStatement"),
        WRITES: ("rds-data:BatchExecuteStatement", "rds-data:ExecuteSql", "rds-data:ExecuteStatement"),
    },
    "aws_opensearch_domain": {
        READS: ("es:ESHttpGet", "es:ESHttpPost", "es:ESCrossClusterGet"),
        WRITES: ("es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut"),
        DELETES: ("es:ESHttpDelete",),
    },
    "aws_opensearchserverless_collection": {READS: ("aoss:APIAccessAll",), WRITES: ("aoss:APIAccessAll",)},
    "aws_s3vectors_index": {
        READS: ("s3vectors:GetVectors", "s3vectors:QueryVectors"),
        WRITES: ("s3vectors:PutVectors",),
        DELETES: ("s3vectors:DeleteVectors",),
    },
    "aws_sqs_queue": {READS: ("sqs:ReceiveMessage",), WRITES: ("sqs:SendMessage",)},
    "aws_sns_topic": {WRITES: ("sns:Publish",)},
    "aws_kinesis_stream": {
        READS: ("kinesis:GetRecords", "kinesis:SubscribeToShard"),
        WRITES: ("kinesis:PutRecord", "kinesis:PutRecords"),
    },
    "aws_kinesis_firehose_delivery_stream": {WRITES: ("firehose:PutRecord", "firehose:PutRecordBatch")},
    "aws_cloudwatch_event_bus": {WRITES: ("events:PutEvents",)},
    "aws_cloudwatch_log_group": {
        READS: (
            "logs:CreateExportTask", "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord",
            "logs:StartLiveTail", "logs:StartQuery",
        ),
        LOGS: ("logs:PutLogEvents",),
    },
    "aws_secretsmanager_secret": {
        READS: ("secretsmanager:GetSecretValue",),
        WRITES: ("secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret"),
    },
    "aws_ssm_parameter": {
        READS: ("ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath"),
        WRITES: ("ssm:PutParameter",),
    },
    "aws_bedrockagent_agent": {INVOKES: ("bedrock:InvokeAgent",)},
    "aws_bedrockagent_flow": {INVOKES: ("bedrock:InvokeFlow", "bedrock:StartFlowExecution")},
    "aws_bedrockagent_knowledge_base": {
        RETRIEVES: ("bedrock:Retrieve", "bedrock:GetKnowledgeBaseDocuments"),
        INVOKES: ("bedrock:Retrieve",),
        WRITES: ("bedrock:IngestKnowledgeBaseDocuments",),
    },
    "aws_lexv2models_bot": {INVOKES: ("lex:RecognizeText", "lex:RecognizeUtterance", "lex:StartConversation")},
    "aws_lambda_function": {INVOKES: ("lambda:InvokeFunction", "lambda:InvokeAsync", "lambda:InvokeFunctionUrl")},
    "aws_sfn_state_machine": {INVOKES: ("states:StartExecution", "states:StartSyncExecution")},
    "aws_ecs_task_definition": {INVOKES: ("ecs:RunTask", "ecs:StartTask")},
    "aws_codebuild_project": {INVOKES: ("codebuild:StartBuild", "codebuild:StartBuildBatch")},
}  # fmt: skip

_ALIKE = {
    "aws_bedrockagent_agent_alias": "aws_bedrockagent_agent",
    "aws_elasticsearch_domain": "aws_opensearch_domain",
    "aws_s3vectors_vector_bucket": "aws_s3vectors_index",
    "aws_lex_bot": "aws_lexv2models_bot",
}
POST = "es:ESHttpPost"
"""What writes documents to a search domain, and searches it."""

BY_PASSWORD = frozenset(
    {
        "aws_db_instance", "aws_docdb_cluster", "aws_elasticache_cluster", "aws_elasticache_replication_group",
        "aws_elasticache_serverless_cache", "aws_elasticsearch_domain", "aws_memorydb_cluster", "aws_mq_broker",
        "aws_msk_cluster", "aws_msk_serverless_cluster", "aws_neptune_cluster", "aws_opensearch_domain",
        "aws_rds_cluster", "aws_redshift_cluster", "aws_redshiftserverless_workgroup",
    }
)  # fmt: skip
"""Types that one gets at by a host and a password, without a permission of IAM."""

SECRETS = frozenset({"aws_secretsmanager_secret", "aws_ssm_parameter"})
"""Types that hold credentials."""


def moves(type_: str) -> Mapping[str, tuple[str, ...]]:
    """Actions by the way that data moves, of a provider's type; empty where none moves any."""
    return _MOVES.get(_ALIKE.get(type_, type_), {})


def ways(type_: str, actions: Iterable[str]) -> Iterator[str]:
    """Ways that data moves by these actions."""
    given = set(actions)
    for way, listed in moves(type_).items():
        if not given.isdisjoint(listed):
            yield way


def by_setting(type_: str) -> tuple[str, ...]:
    """Ways that data moves where a setting names something, and nothing says what is done with it."""
    if type_ in BY_PASSWORD:
        return (READS, WRITES)
    if type_ in SECRETS:
        return (READS,)
    found = moves(type_)
    if type_ == "aws_sqs_queue":
        return (WRITES,)
    return tuple(way for way in found if way not in {DELETES, LOGS} and type_ != "aws_cloudwatch_log_group")
