"""What an EC2 instance or launch template gives the code on it: its metadata service."""

from __future__ import annotations

from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.terraform.computed import computed_block, setting
from scanner.terraform.instances import PlannedResource
from scanner.terraform.values import Block

_DEFAULT = Unknown(
    "metadata_options are left out: the account's or the image's default decides whether a token is asked"
)


def token_required(resource: PlannedResource) -> Answer:
    """Whether metadata is given against a session token only (IMDSv2), or not at all.

    Source: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance metadata".
    """
    options = computed_block(resource, "metadata_options")
    if not isinstance(options, Block):
        return options or _DEFAULT
    if options.get("http_endpoint") == "disabled":
        return Noted(True, "its metadata service is switched off")
    tokens = setting(resource, "http_tokens", _DEFAULT, options)
    return tokens if isinstance(tokens, Unknown) else Noted(tokens == "required", f"http_tokens is {tokens}")
