"""Every type of the provider that an inspector reads is read in a live account too, or it is told here why not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import scanner.clouds.aws
from scanner.clouds.aws.live.collectors import COLLECTORS

AWS = Path(scanner.clouds.aws.__file__).parent
TYPE = re.compile(r"(?:data\.)?aws_[a-z0-9]+(?:_[a-z0-9]+)*")

NOT_LIVE: dict[str, tuple[str, ...]] = {
    "part of another resource, as its API tells it and its collector yields it": (
        *("aws_api_gateway_rest_api_policy", "aws_api_gateway_deployment", "aws_dynamodb_table_replica"),
        *("aws_api_gateway_resource", "aws_api_gateway_rest_api_put"),
        *("aws_ec2_managed_prefix_list_entry", "aws_elasticsearch_domain_policy", "aws_opensearch_domain_policy"),
        *("aws_kms_key_policy", "aws_load_balancer_listener_policy", "aws_network_interface_sg_attachment"),
        *("aws_secretsmanager_secret_policy", "aws_security_group_rule", "aws_vpc_security_group_ingress_rule"),
        *("aws_autoscaling_attachment", "aws_autoscaling_traffic_source_attachment", "aws_elb_attachment"),
        *("aws_sns_topic_policy", "aws_sqs_queue_policy"),
        *("aws_sqs_queue_redrive_policy", "aws_sqs_queue_redrive_allow_policy"),
        "aws_iam_policy_attachment",
        *("aws_iam_user_group_membership", "aws_iam_group_membership", "aws_organizations_organization"),
        *(f"aws_iam_{owner}_policy" for owner in ("group", "role", "user")),
        *(f"aws_iam_{owner}_policy_attachment" for owner in ("group", "role", "user")),
        *(f"aws_iam_{owner}_policies_exclusive" for owner in ("group", "role", "user")),
        *(f"aws_iam_{owner}_policy_attachments_exclusive" for owner in ("group", "role", "user")),
    ),
    "another name of a type that is read": (
        *("aws_alb", "aws_alb_listener", "aws_alb_listener_rule", "aws_elasticsearch_domain"),
        *("aws_alb_target_group", "aws_alb_target_group_attachment"),
        *("aws_default_subnet", "aws_spot_instance_request"),
    ),
    "only found in a plan: an expression, or a value that is not known before it is applied": (
        *("aws_iam_policy_document", "data.aws_iam_policy_document", "data.aws_iam_session_context"),
        *("data.aws_caller_identity", "data.aws_region", "data.aws_security_groups"),
        *("aws_caller_identity", "aws_region", "aws_partition"),
        *("aws_eip", "aws_nat_gateway", "aws_vpn_connection", "aws_lambda_alias"),
        "aws_kms_grant",
    ),
    "a secret's value, which stands in a plan or state and is never read from an account": (
        *("aws_api_gateway_api_key", "aws_appsync_api_key", "aws_cognito_user_pool_client"),
        *("aws_directory_service_directory", "aws_kms_secrets", "aws_secretsmanager_random_password"),
        *("aws_secretsmanager_secret_version", "aws_iam_user_login_profile"),
    ),
    "what has a security group: its network interfaces are read instead": (
        *("aws_apigatewayv2_vpc_link", "aws_apprunner_vpc_connector", "aws_batch_compute_environment"),
        *("aws_efs_mount_target", "aws_eks_cluster", "aws_elasticache_cluster", "aws_elasticache_replication_group"),
        *("aws_elasticache_serverless_cache", "aws_memorydb_cluster", "aws_mq_broker", "aws_msk_cluster"),
        "aws_redshift_cluster",
    ),
    # AWS WAF Classic Developer Guide; Amazon Lex V1 Developer Guide.
    "a service that AWS ended in September 2025": (
        *(
            "aws_lex_bot",
            "aws_lex_bot_alias",
            "aws_lex_intent",
            "aws_waf_web_acl",
            "aws_wafregional_web_acl",
            "aws_wafregional_web_acl_association",
        ),
    ),
    "read for what of another environment it uses, and for nothing else; one request more for each": (
        *("aws_db_subnet_group", "aws_ebs_volume", "aws_elasticache_subnet_group"),
    ),
    "a name that services register under; they name it themselves": ("aws_service_discovery_service",),
    "named for what a web ACL may protect; the ACL tells what it protects": ("aws_verifiedaccess_instance",),
    "a policy that a service gives with what it is of": ("aws_lambda_permission", "aws_vpc_endpoint_policy"),
    "who may use copies of what is backed up, of which nothing else is judged": ("aws_backup_vault_policy",),
    "what a permission set is in an account: a role, which is read there": (
        *("aws_ssoadmin_account_assignment", "aws_ssoadmin_customer_managed_policy_attachment"),
        "aws_ssoadmin_permissions_boundary_attachment",
    ),
    # Of the role of each, its trust policy says that the service takes it.
    "what acts as a role, and of which nothing else is judged": (
        *(f"aws_bedrockagentcore_{what}" for what in ("agent_runtime", "browser", "code_interpreter")),
        *("aws_codepipeline", "aws_eks_node_group", "aws_eks_pod_identity_association"),
        "aws_cloudformation_stack_set",
    ),
    "a helper, whose name tells what it is of": (
        *("aws_bedrockagent_flow_alias", "aws_kinesis_stream_consumer", "aws_s3_bucket_website_configuration"),
    ),
    "a name of a host, which its settings and certificates tell as well: zones hold as many records as one likes": (
        *("aws_amplify_domain_association", "aws_apprunner_custom_domain_association", "aws_appsync_domain_name"),
        *("aws_cognito_user_pool_domain", "aws_ses_domain_identity", "aws_sesv2_email_identity"),
        *("aws_route53_record", "aws_route53_zone", "data.aws_route53_zone", "aws_rds_cluster_endpoint"),
    ),
    "one request a type of a schema; what resolvers do with a table is told by the role of its data source": (
        *("aws_appsync_function", "aws_appsync_resolver"),
    ),
    "a service that is not read: what settings of others say of it is told, as something outside": (
        *("aws_appflow_flow", "aws_batch_job_queue", "aws_datasync_location_efs", "aws_datasync_location_s3"),
        *("aws_datasync_task", "aws_dms_endpoint", "aws_dms_replication_task", "aws_dms_s3_endpoint"),
        *("aws_fsx_lustre_file_system", "aws_kendra_data_source", "aws_kendra_index", "aws_msk_serverless_cluster"),
        *("aws_neptunegraph_graph", "aws_redshift_logging", "aws_redshiftserverless_namespace"),
        *("aws_redshiftserverless_workgroup", "aws_oam_link", "aws_oam_sink"),
    ),
    "domains that a network lets out, which show no flow but a possible one": (
        *(f"aws_networkfirewall_{what}" for what in ("firewall", "firewall_policy", "rule_group")),
        *(f"aws_route53_resolver_firewall_{what}" for what in ("domain_list", "rule", "rule_group")),
        "aws_route53_resolver_firewall_rule_group_association",
    ),
}

NO_TYPES = frozenset({"aws_secret_store_arn", "aws_secretsmanager", "aws_service_name"})
"""Words that look like a type and are none."""


def literals(folder: Path, *, live: bool) -> Iterator[str]:
    """Every text that names a type, in the inspectors or in what reads accounts."""
    for path in sorted(folder.rglob("*.py")):
        if ("live" in path.relative_to(folder).parts) is live:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and TYPE.fullmatch(node.value):
                    yield node.value


READ = frozenset(literals(AWS, live=False)) - NO_TYPES
YIELDED = frozenset(type_ for collector in COLLECTORS for type_ in collector.types)
EXPLAINED = [type_ for types in NOT_LIVE.values() for type_ in types]


def is_yielded(type_: str) -> bool:
    """Whether some collector yields a type; data sources stand for things of others that are not judged."""
    return type_ in YIELDED or type_.removeprefix("data.") in YIELDED


def test_every_type_that_is_read_of_a_plan_is_read_of_an_account() -> None:
    assert len(READ) > 150, "the inspectors are looked at"
    missing = {type_ for type_ in READ if not is_yielded(type_)} - set(EXPLAINED)
    assert not missing, "write a collector, or say in NOT_LIVE why there is none"


def test_what_is_explained_is_read_of_plans_alone() -> None:
    assert len(EXPLAINED) == len(set(EXPLAINED))
    assert not [type_ for type_ in EXPLAINED if type_ not in READ], "no inspector reads these any more"
    assert not [type_ for type_ in EXPLAINED if is_yielded(type_)], "a collector yields these now"


def test_collectors_say_every_type_that_they_yield() -> None:
    named = frozenset(literals(AWS, live=True)) - NO_TYPES
    assert {type_.removeprefix("data.") for type_ in named} == {type_.removeprefix("data.") for type_ in YIELDED}
