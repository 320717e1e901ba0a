# The role in every account of an organization, those that join it later included. Apply it in the management account,
# or in the delegated administrator of CloudFormation StackSets. The role in that account itself comes from the module
# beside this one: a StackSet leaves the management account out.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.50"
    }
  }
}

variable "organizational_units" {
  description = "Ids of the units whose accounts get the role; the root's id for all."
  type        = list(string)
}

variable "trusted_principals" {
  description = "ARNs of the identities that may become the role."
  type        = list(string)
}

variable "external_id" {
  description = "Given to trustscan with --external-id. Null asks for none."
  type        = string
  default     = null
}

variable "name" {
  description = "Name of the role: trustscan --organization --role-name NAME."
  type        = string
  default     = "trustscan"
}

variable "region" {
  description = "Region that CloudFormation works in; roles are the account's, so that one is enough."
  type        = string
  default     = "us-east-1"
}

variable "delegated" {
  description = "Whether this is the delegated administrator of StackSets rather than the management account."
  type        = bool
  default     = false
}

module "here" {
  source             = "../"
  trusted_principals = var.trusted_principals
  external_id        = var.external_id
  name               = var.name
}

locals {
  template = {
    AWSTemplateFormatVersion = "2010-09-09"
    Description              = "The role that trustscan reads this account with."
    Resources = merge(
      {
        Scanner = {
          Type = "AWS::IAM::Role"
          Properties = {
            RoleName                 = var.name
            Description              = "Reads settings, never data, for trustscan."
            AssumeRolePolicyDocument = module.here.trust
            ManagedPolicyArns        = [for name in keys(module.here.policies) : { Ref = name }]
          }
        }
      },
      {
        for name, policy in module.here.policies : name => {
          Type = "AWS::IAM::ManagedPolicy"
          Properties = {
            Description    = "Calls that trustscan makes."
            PolicyDocument = policy
          }
        }
      },
    )
  }
}

resource "aws_cloudformation_stack_set" "members" {
  name             = var.name
  description      = "The role that trustscan reads each account with."
  permission_model = "SERVICE_MANAGED"
  call_as          = var.delegated ? "DELEGATED_ADMIN" : "SELF"
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = jsonencode(local.template)

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  operation_preferences {
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }

  lifecycle {
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_instances" "members" {
  stack_set_name = aws_cloudformation_stack_set.members.name
  call_as        = var.delegated ? "DELEGATED_ADMIN" : "SELF"
  regions        = [var.region]

  deployment_targets {
    organizational_unit_ids = var.organizational_units
  }
}

output "role_arn" {
  description = "The role in this account; it has the same name in all others."
  value       = module.here.role_arn
}
