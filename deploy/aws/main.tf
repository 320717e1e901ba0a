# Made by `trustscan docs` from the calls that the collectors declare;
# change those, or scanner/clouds/aws/live/role.tf, not this.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "trusted_principals" {
  description = "ARNs of the identities that may become the role: that of the machine that scans, or of a CI job."
  type        = list(string)
  validation {
    condition     = length(var.trusted_principals) > 0 && !can(regex("[*]", join(" ", var.trusted_principals)))
    error_message = "Name at least one identity, each by its whole ARN."
  }
}

variable "external_id" {
  description = "Given to trustscan with --external-id; needed where somebody else's account scans. Null asks for none."
  type        = string
  default     = null
  validation {
    condition     = var.external_id == null ? true : length(var.external_id) >= 12
    error_message = "Take a random text of at least 12 characters."
  }
}

variable "name" {
  description = "Name of the role, the same in every account: trustscan --organization --role-name NAME."
  type        = string
  default     = "trustscan"
}

variable "permissions_boundary" {
  description = "ARN of a policy that limits the role further."
  type        = string
  default     = null
}

variable "tags" {
  type    = map(string)
  default = {}
}

locals {
  # Each fits into a managed policy of its own.
  statements = jsondecode(<<-JSON
    [
      {
        "Sid": "TrustscanReads1",
        "Effect": "Allow",
        "Action": [
          "acm:ListCertificates",
          "aoss:BatchGetCollection",
          "aoss:BatchGetLifecyclePolicy",
          "aoss:BatchGetVpcEndpoint",
          "aoss:GetAccessPolicy",
          "aoss:GetSecurityPolicy",
          "aoss:ListAccessPolicies",
          "aoss:ListCollections",
          "aoss:ListLifecyclePolicies",
          "aoss:ListSecurityPolicies",
          "aoss:ListVpcEndpoints",
          "appconfig:ListApplications",
          "application-autoscaling:DescribeScalableTargets",
          "apprunner:DescribeService",
          "apprunner:ListServices",
          "appsync:ListDataSources",
          "appsync:ListGraphqlApis",
          "athena:GetWorkGroup",
          "athena:ListWorkGroups",
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeLaunchConfigurations",
          "backup:GetBackupPlan",
          "backup:GetBackupSelection",
          "backup:ListBackupPlans",
          "backup:ListBackupSelections",
          "backup:ListBackupVaults",
          "backup:ListProtectedResources",
          "batch:DescribeJobDefinitions",
          "bedrock:GetAgent",
          "bedrock:GetAgentActionGroup",
          "bedrock:GetAgentVersion",
          "bedrock:GetCustomModel",
          "bedrock:GetDataSource",
          "bedrock:GetFlow",
          "bedrock:GetGuardrail",
          "bedrock:GetKnowledgeBase",
          "bedrock:GetModelInvocationLoggingConfiguration",
          "bedrock:ListAgentActionGroups",
          "bedrock:ListAgentAliases",
          "bedrock:ListAgentCollaborators",
          "bedrock:ListAgentKnowledgeBases",
          "bedrock:ListAgents",
          "bedrock:ListCustomModels",
          "bedrock:ListDataSources",
          "bedrock:ListEnforcedGuardrailsConfiguration",
          "bedrock:ListFlows",
          "bedrock:ListGuardrails",
          "bedrock:ListInferenceProfiles",
          "bedrock:ListKnowledgeBases",
          "bedrock:ListPrompts",
          "bedrock:ListProvisionedModelThroughputs",
          "cloudformation:DescribeStacks",
          "cloudfront:GetDistributionConfig",
          "cloudfront:GetRealtimeLogConfig",
          "cloudfront:GetVpcOrigin",
          "cloudfront:ListDistributions",
          "cloudfront:ListOriginAccessControls",
          "cloudtrail:DescribeTrails",
          "cloudtrail:GetEventDataStore",
          "cloudtrail:GetEventSelectors",
          "cloudtrail:GetTrailStatus",
          "cloudtrail:ListEventDataStores",
          "cloudtrail:ListTags",
          "cloudwatch:DescribeAlarms",
          "cloudwatch:GetMetricData",
          "cloudwatch:ListMetricStreams",
          "codebuild:BatchGetProjects",
          "codebuild:ListProjects",
          "cognito-idp:DescribeUserPool",
          "cognito-idp:ListUserPools",
          "config:DescribeConfigurationRecorderStatus",
          "config:DescribeConfigurationRecorders",
          "config:DescribeDeliveryChannels",
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeExport",
          "dynamodb:DescribeKinesisStreamingDestination",
          "dynamodb:DescribeTable",
          "dynamodb:DescribeTimeToLive",
          "dynamodb:GetResourcePolicy",
          "dynamodb:ListBackups",
          "dynamodb:ListExports",
          "dynamodb:ListTables",
          "ec2:DescribeFlowLogs",
          "ec2:DescribeInstanceAttribute",
          "ec2:DescribeInstances",
          "ec2:DescribeLaunchTemplateVersions",
          "ec2:DescribeLaunchTemplates",
          "ec2:DescribeManagedPrefixLists",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeRegions",
          "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets",
          "ec2:DescribeTransitGatewayVpcAttachments",
          "ec2:DescribeTransitGateways",
          "ec2:DescribeVpcEndpointServiceConfigurations",
          "ec2:DescribeVpcEndpointServicePermissions",
          "ec2:DescribeVpcEndpoints",
          "ec2:DescribeVpcPeeringConnections",
          "ec2:DescribeVpcs",
          "ec2:GetEbsDefaultKmsKeyId",
          "ec2:GetEbsEncryptionByDefault",
          "ec2:GetManagedPrefixListEntries",
          "ecr:DescribeRepositories",
          "ecr:GetRegistryPolicy",
          "ecr:GetRegistryScanningConfiguration",
          "ecr:GetRepositoryPolicy",
          "ecs:DescribeClusters",
          "ecs:DescribeServices",
          "ecs:DescribeTaskDefinition",
          "ecs:ListClusters",
          "ecs:ListServices",
          "ecs:ListTaskDefinitionFamilies",
          "elasticfilesystem:DescribeAccessPoints",
          "elasticfilesystem:DescribeFileSystems",
          "elasticfilesystem:DescribeReplicationConfigurations",
          "elasticloadbalancing:DescribeListeners",
          "elasticloadbalancing:DescribeLoadBalancerAttributes",
          "elasticloadbalancing:DescribeLoadBalancerPolicies",
          "elasticloadbalancing:DescribeLoadBalancers",
          "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTags",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
          "es:DescribeDomains",
          "es:ListDomainNames",
          "events:ListApiDestinations",
          "events:ListEventBuses",
          "events:ListRules",
          "events:ListTargetsByRule",
          "firehose:DescribeDeliveryStream",
          "firehose:ListDeliveryStreams",
          "glue:GetCrawlers",
          "glue:GetDevEndpoints",
          "glue:GetJobs",
          "guardduty:GetDetector",
          "guardduty:ListDetectors",
          "iam:GenerateCredentialReport",
          "iam:GenerateServiceLastAccessedDetails",
          "iam:GetAccountAuthorizationDetails",
          "iam:GetAccountPasswordPolicy",
          "iam:GetAccountSummary",
          "iam:GetCredentialReport",
          "iam:GetServiceLastAccessedDetails",
          "iam:ListOpenIDConnectProviders",
          "iam:ListSAMLProviders",
          "iam:ListServiceSpecificCredentials",
          "kinesis:DescribeStreamSummary",
          "kinesis:ListStreams",
          "kms:DescribeKey",
          "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus",
          "kms:ListAliases",
          "kms:ListKeyRotations",
          "kms:ListKeys",
          "lambda:GetPolicy",
          "lambda:ListEventSourceMappings",
          "lambda:ListFunctionEventInvokeConfigs",
          "lambda:ListFunctionUrlConfigs",
          "lambda:ListFunctions",
          "lex:DescribeBot",
          "lex:DescribeBotAlias",
          "lex:DescribeIntent",
          "lex:ListBotAliases",
          "lex:ListBotLocales",
          "lex:ListBots",
          "lex:ListIntents",
          "logs:DescribeAccountPolicies",
          "logs:DescribeDeliveries",
          "logs:DescribeDeliveryDestinations",
          "logs:DescribeDeliverySources",
          "logs:DescribeDestinations",
          "logs:DescribeLogGroups",
          "logs:DescribeMetricFilters",
          "logs:DescribeResourcePolicies",
          "logs:DescribeSubscriptionFilters",
          "logs:GetDataProtectionPolicy",
          "organizations:DescribeEffectivePolicy",
          "organizations:DescribeOrganization",
          "organizations:DescribePolicy",
          "organizations:ListAccountsForParent",
          "organizations:ListOrganizationalUnitsForParent",
          "organizations:ListPolicies",
          "organizations:ListRoots",
          "organizations:ListTargetsForPolicy",
          "pipes:DescribePipe",
          "pipes:ListPipes",
          "rds:DescribeDBClusterParameterGroups",
          "rds:DescribeDBClusterParameters",
          "rds:DescribeDBClusterSnapshots",
          "rds:DescribeDBClusters",
          "rds:DescribeDBInstanceAutomatedBackups",
          "rds:DescribeDBInstances",
          "rds:DescribeDBParameterGroups",
          "rds:DescribeDBParameters",
          "rds:DescribeDBSnapshots",
          "rds:DescribeExportTasks",
          "rds:DescribeIntegrations",
          "s3:GetAccountPublicAccessBlock",
          "s3:GetBucketAcl",
          "s3:GetBucketLocation",
          "s3:GetBucketLogging",
          "s3:GetBucketNotification",
          "s3:GetBucketObjectLockConfiguration",
          "s3:GetBucketOwnershipControls"
        ],
        "Resource": "*"
      },
      {
        "Sid": "TrustscanReads2",
        "Effect": "Allow",
        "Action": [
          "s3:GetBucketPolicy",
          "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketVersioning",
          "s3:GetEncryptionConfiguration",
          "s3:GetLifecycleConfiguration",
          "s3:GetReplicationConfiguration",
          "s3:ListAllMyBuckets",
          "s3vectors:ListIndexes",
          "s3vectors:ListVectorBuckets",
          "sagemaker:DescribeEndpoint",
          "sagemaker:DescribeEndpointConfig",
          "sagemaker:DescribeModel",
          "sagemaker:DescribeNotebookInstance",
          "sagemaker:ListEndpointConfigs",
          "sagemaker:ListEndpoints",
          "sagemaker:ListModels",
          "sagemaker:ListNotebookInstances",
          "scheduler:GetSchedule",
          "scheduler:ListSchedules",
          "secretsmanager:GetResourcePolicy",
          "secretsmanager:ListSecrets",
          "sns:GetDataProtectionPolicy",
          "sns:GetSubscriptionAttributes",
          "sns:GetTopicAttributes",
          "sns:ListSubscriptions",
          "sns:ListSubscriptionsByTopic",
          "sns:ListTopics",
          "sqs:GetQueueAttributes",
          "sqs:ListQueues",
          "ssm:DescribeParameters",
          "sso:DescribePermissionSet",
          "sso:GetInlinePolicyForPermissionSet",
          "sso:ListInstances",
          "sso:ListManagedPoliciesInPermissionSet",
          "sso:ListPermissionSets",
          "states:DescribeStateMachine",
          "states:ListStateMachines",
          "sts:GetCallerIdentity",
          "tag:GetResources",
          "wafv2:GetRuleGroup",
          "wafv2:GetWebACL",
          "wafv2:ListLoggingConfigurations",
          "wafv2:ListResourcesForWebACL",
          "wafv2:ListWebACLs"
        ],
        "Resource": "*"
      },
      {
        "Sid": "TrustscanReads3",
        "Effect": "Allow",
        "Action": [
          "apigateway:GET"
        ],
        "Resource": [
          "arn:*:apigateway:*::/apis",
          "arn:*:apigateway:*::/apis/*/authorizers",
          "arn:*:apigateway:*::/apis/*/integrations",
          "arn:*:apigateway:*::/apis/*/routes",
          "arn:*:apigateway:*::/apis/*/stages",
          "arn:*:apigateway:*::/domainnames",
          "arn:*:apigateway:*::/domainnames/*/apimappings",
          "arn:*:apigateway:*::/domainnames/*/basepathmappings",
          "arn:*:apigateway:*::/restapis",
          "arn:*:apigateway:*::/restapis/*/authorizers",
          "arn:*:apigateway:*::/restapis/*/requestvalidators",
          "arn:*:apigateway:*::/restapis/*/resources",
          "arn:*:apigateway:*::/restapis/*/stages",
          "arn:*:apigateway:*::/usageplans",
          "arn:*:apigateway:*::/vpclinks"
        ]
      }
    ]
  JSON
  )

  policies = { for statement in local.statements : statement.Sid => {
    Version   = "2012-10-17"
    Statement = [statement]
  } }

  conditions = {
    Condition = { StringEquals = { "sts:ExternalId" = var.external_id } }
  }

  trust = {
    Version = "2012-10-17"
    Statement = [merge(
      {
        Effect    = "Allow"
        Principal = { AWS = var.trusted_principals }
        Action    = "sts:AssumeRole"
      },
      { for name, value in local.conditions : name => value if var.external_id != null },
    )]
  }
}

resource "aws_iam_role" "scanner" {
  name                 = var.name
  description          = "Reads settings, never data, for trustscan."
  assume_role_policy   = jsonencode(local.trust)
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_policy" "reads" {
  for_each    = local.policies
  name        = "${var.name}-${each.key}"
  description = "Calls that trustscan makes."
  policy      = jsonencode(each.value)
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "reads" {
  for_each   = aws_iam_policy.reads
  role       = aws_iam_role.scanner.name
  policy_arn = each.value.arn
}

output "role_arn" {
  description = "What trustscan is given with --role-arn."
  value       = aws_iam_role.scanner.arn
}

output "policies" {
  description = "Policy documents by name, for the stacks of other accounts."
  value       = local.policies
}

output "trust" {
  description = "Who may become the role, for the stacks of other accounts."
  value       = local.trust
}
