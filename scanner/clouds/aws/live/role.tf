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
    STATEMENTS
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
