"""Where resources of AWS name what they use: the blocks around the attribute, and the attribute.

Names of attributes: documentation of the Terraform provider for AWS, version 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]
"""Nested blocks, and the attribute at their end."""

_ENCRYPTION = ("rule", "apply_server_side_encryption_by_default", "kms_master_key_id")

KEYS: Mapping[str, tuple[Path, ...]] = {
    "aws_backup_vault": (("kms_key_arn",),),
    "aws_bedrock_guardrail": (("kms_key_arn",),),
    "aws_bedrockagent_agent": (("customer_encryption_key_arn",),),
    "aws_cloudtrail": (("kms_key_id",),),
    "aws_cloudwatch_log_group": (("kms_key_id",),),
    "aws_codebuild_project": (("encryption_key",),),
    "aws_db_instance": (("kms_key_id",), ("performance_insights_kms_key_id",), ("master_user_secret_kms_key_id",)),
    "aws_dynamodb_table": (("server_side_encryption", "kms_key_arn"), ("replica", "kms_key_arn")),
    "aws_dynamodb_table_replica": (("kms_key_arn",),),
    "aws_ebs_volume": (("kms_key_id",),),
    "aws_ecr_repository": (("encryption_configuration", "kms_key"),),
    "aws_efs_file_system": (("kms_key_id",),),
    "aws_elasticache_replication_group": (("kms_key_id",),),
    "aws_elasticsearch_domain": (("encrypt_at_rest", "kms_key_id"),),
    "aws_kinesis_firehose_delivery_stream": (("server_side_encryption", "key_arn"),),
    "aws_kinesis_stream": (("kms_key_id",),),
    "aws_lambda_function": (("kms_key_arn",),),
    "aws_opensearch_domain": (("encrypt_at_rest", "kms_key_id"),),
    "aws_rds_cluster": (("kms_key_id",), ("performance_insights_kms_key_id",), ("master_user_secret_kms_key_id",)),
    "aws_redshift_cluster": (("kms_key_id",),),
    "aws_s3_bucket": (("server_side_encryption_configuration", *_ENCRYPTION),),
    "aws_s3_bucket_server_side_encryption_configuration": (_ENCRYPTION,),
    "aws_secretsmanager_secret": (("kms_key_id",), ("replica", "kms_key_id")),
    "aws_sns_topic": (("kms_master_key_id",),),
    "aws_sqs_queue": (("kms_master_key_id",),),
    "aws_ssm_parameter": (("key_id",),),
}
"""Keys that data is encrypted with."""

ROLES: Mapping[str, tuple[Path, ...]] = {
    "aws_apprunner_service": (
        ("instance_configuration", "instance_role_arn"),
        ("source_configuration", "authentication_configuration", "access_role_arn"),
    ),
    "aws_batch_job_definition": (),
    "aws_bedrockagent_agent": (("agent_resource_role_arn",),),
    "aws_bedrockagent_knowledge_base": (("role_arn",),),
    "aws_codebuild_project": (("service_role",),),
    "aws_ecs_task_definition": (("task_role_arn",), ("execution_role_arn",)),
    "aws_eks_cluster": (("role_arn",),),
    "aws_eks_node_group": (("node_role_arn",),),
    "aws_glue_job": (("role_arn",),),
    "aws_kinesis_firehose_delivery_stream": (("extended_s3_configuration", "role_arn"),),
    "aws_lambda_function": (("role",),),
    "aws_sagemaker_model": (("execution_role_arn",),),
    "aws_sagemaker_notebook_instance": (("role_arn",),),
    "aws_scheduler_schedule": (("target", "role_arn"),),
    "aws_sfn_state_machine": (("role_arn",),),
}
"""Roles that what runs acts as."""

PROFILES: Mapping[str, tuple[Path, ...]] = {
    "aws_instance": (("iam_instance_profile",),),
    "aws_launch_configuration": (("iam_instance_profile",),),
    "aws_launch_template": (("iam_instance_profile", "arn"), ("iam_instance_profile", "name")),
    "aws_spot_instance_request": (("iam_instance_profile",),),
}
"""Instance profiles, each of which holds one role."""

LOGS: Mapping[str, tuple[Path, ...]] = {
    "aws_alb": (("access_logs", "bucket"),),
    "aws_api_gateway_stage": (("access_log_settings", "destination_arn"),),
    "aws_apigatewayv2_stage": (("access_log_settings", "destination_arn"),),
    "aws_cloudfront_distribution": (("logging_config", "bucket"),),
    "aws_cloudtrail": (("s3_bucket_name",), ("cloud_watch_logs_group_arn",)),
    "aws_cloudwatch_log_subscription_filter": (("destination_arn",),),
    "aws_elb": (("access_logs", "bucket"),),
    "aws_flow_log": (("log_destination",),),
    "aws_kinesis_firehose_delivery_stream": (("extended_s3_configuration", "bucket_arn"),),
    "aws_lambda_function": (("logging_config", "log_group"),),
    "aws_lb": (("access_logs", "bucket"),),
    "aws_s3_bucket": (("logging", "target_bucket"),),
    "aws_s3_bucket_logging": (("target_bucket",),),
    "aws_s3_bucket_replication_configuration": (("rule", "destination", "bucket"),),
    "aws_wafv2_web_acl_logging_configuration": (("log_destination_configs",),),
}
"""Stores that logs, and copies of what a store holds, are delivered to."""

SUBNETS: Mapping[str, tuple[Path, ...]] = {
    "aws_alb": (("subnets",),),
    "aws_apprunner_vpc_connector": (("subnets",),),
    "aws_codebuild_project": (("vpc_config", "subnets"),),
    "aws_db_subnet_group": (("subnet_ids",),),
    "aws_ecs_service": (("network_configuration", "subnets"),),
    "aws_eks_cluster": (("vpc_config", "subnet_ids"),),
    "aws_elasticache_subnet_group": (("subnet_ids",),),
    "aws_instance": (("subnet_id",),),
    "aws_lambda_function": (("vpc_config", "subnet_ids"),),
    "aws_lb": (("subnets",),),
    "aws_opensearch_domain": (("vpc_options", "subnet_ids"),),
    "aws_sagemaker_notebook_instance": (("subnet_id",),),
    "aws_vpc_endpoint": (("subnet_ids",),),
}
"""Subnets that something stands in."""

VPCS: Mapping[str, tuple[Path, ...]] = {
    "aws_security_group": (("vpc_id",),),
    "aws_vpc_endpoint": (("vpc_id",),),
}
"""Networks that something stands in."""

OWNERS: Mapping[str, tuple[str, str]] = {
    "aws_cloudwatch_log_subscription_filter": ("log_group_name", "aws_cloudwatch_log_group"),
    "aws_s3_bucket_logging": ("bucket", "aws_s3_bucket"),
    "aws_s3_bucket_replication_configuration": ("bucket", "aws_s3_bucket"),
    "aws_s3_bucket_server_side_encryption_configuration": ("bucket", "aws_s3_bucket"),
}
"""Of a resource that only holds a setting of another: the attribute that names that one, and its type."""
