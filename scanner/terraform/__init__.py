"""Terraform and OpenTofu: plan JSON, saved plans and state, read into planned resources."""
