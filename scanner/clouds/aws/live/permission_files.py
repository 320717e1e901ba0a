"""Permissions as people use them: JSON, a Terraform module, a page of the documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from scanner.clouds.aws.live import permissions
from scanner.clouds.aws.live.permissions import Declared

_MADE = "Made by `trustscan docs` from the calls that the collectors declare"

_HEAD = f"""# Calls that a scan of AWS accounts makes

<!-- {_MADE}; change those, not this page. -->

Every call reads metadata. None returns the value of a secret or parameter, an object, a message, a record of a table,
a line of a log, a prompt or an answer; the program refuses to make a call that is not in this list, and the policy in
[`deploy/aws`](../deploy/aws/README.md) grants these permissions and no others.

Settings that may hold secrets in plain text, such as environment variables and user data, are masked before anything
else sees or keeps them.

"""


def json_text() -> str:
    """The policy that every account grants, as a document of IAM."""
    return _json(permissions.policy())


def caller_text() -> str:
    """The policy of whoever starts a scan of several accounts, as a document of IAM."""
    return _json(permissions.caller_policy())


def terraform() -> str:
    """A Terraform module that makes the role in one account: trust, external id and permissions."""
    template = files(__package__).joinpath("role.tf").read_text(encoding="utf-8")
    policy = _json(permissions.policy()["Statement"]).rstrip("\n").replace("\n", "\n    ")
    return f"# {_MADE};\n# change those, or scanner/clouds/aws/live/role.tf, not this.\n\n" + template.replace(
        "STATEMENTS", policy
    )


def markdown() -> str:
    """Every call with its permission, who makes it, and what is read by it."""
    parts = [
        _HEAD,
        "## In every account\n\n",
        *_table(permissions.in_each_account()),
        "\n## By whoever starts a scan of several accounts\n\n",
        *_table(permissions.by_the_caller()),
    ]
    return "".join(parts)


FORMATS: Mapping[str, Callable[[], str]] = {
    "json": json_text,
    "caller": caller_text,
    "terraform": terraform,
    "markdown": markdown,
}
"""How permissions can be shown, by name."""


def generated() -> dict[str, str]:
    """Files of the repository that are made from the calls, by their path."""
    return {
        "docs/aws-calls.md": markdown(),
        "deploy/aws/policy.json": json_text(),
        "deploy/aws/caller.json": caller_text(),
        "deploy/aws/main.tf": terraform(),
    }


def _table(declared: list[Declared]) -> Iterator[str]:
    yield "| call | permission | for | reads |\n|---|---|---|---|\n"
    for one in declared:
        types = ", ".join(f"`{type_}`" for type_ in one.types)
        yield f"| {one.call.name} | `{one.call.action}` | {', '.join(one.collectors)} | {types} |\n"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"
