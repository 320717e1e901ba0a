"""AWS's actions and names, for the access engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from scanner.clouds.aws.access.levels import levels
from scanner.clouds.aws.access.names import PLACEHOLDER, account_of, named_after, names, own_format
from scanner.clouds.aws.iam.actions import action_names, actions, rcp_services, service_names
from scanner.iam.patterns import Reach, relation
from scanner.model import Resource

_OF_PATHS = "es:eshttp"
"""How actions begin that ask for a path of a search domain, which a policy writes as `domain/<name>/<path>`.

Source: Amazon OpenSearch Service Developer Guide, "Policy element reference"; the reference of IAM names the domain.
"""

_KEY = re.compile(r"arn:[^:]*:kms:[^:]*:[^:]*:key/.*|\$\{.*")
_ROLE = re.compile(r"arn:[^:]*:iam:[^:]*:[^:]*:role/.*|\$\{.*")


class AWSVocabulary:
    """What the engine asks about AWS."""

    prefix = "aws_"

    def services(self) -> Iterable[str]:
        """Names of all services, in lower case."""
        return service_names()

    def actions(self, service: str) -> Mapping[str, int]:
        """Number of each action of a service."""
        return action_names(service)

    def names(self, resource: Resource, /) -> tuple[str, ...]:
        """Every way to write the ARN of a resource."""
        return names(resource)

    def acted_on(self, action: str, resource: Resource, /) -> tuple[str, ...]:
        """Every way to write what an action acts on of a resource."""
        known = names(resource)
        own = own_format(resource.origin.type)
        suffixes = _suffixes(action, own)
        if not suffixes:
            other = (one for format_ in _formats(action) or () for one in named_after(resource, format_))
            return tuple(dict.fromkeys(other))
        return tuple(name + suffix for suffix in suffixes for name in known)

    def fits(self, action: str, name: str, /) -> bool:
        """Whether an action can act on what an ARN stands for."""
        formats = _formats(action)
        if formats is None or name == "*" or name.startswith("${"):
            return True
        return any(relation(PLACEHOLDER.sub("*", format_), name) is not Reach.NONE for format_ in formats if format_)

    def nameless(self, action: str, /) -> bool:
        """Whether an action names no resource at all."""
        found = actions(action)
        return bool(found) and found[0].nameless

    def resource_controlled(self, action: str, /) -> bool:
        """Whether the service of an action supports resource control policies; also where it is not known."""
        service = action.partition(":")[0]
        return service in rcp_services() or service not in service_names()

    def account_of(self, name: str, /) -> str:
        """The account in an ARN."""
        return account_of(name)

    def guards_itself(self, action: str, name: str, /) -> bool:
        """Whether a policy of the thing itself must let in even its own account: of a KMS key, and of a role."""
        if action.startswith("kms:"):
            return _KEY.fullmatch(name) is not None
        return action.startswith("sts:assumerole") and _ROLE.fullmatch(name) is not None

    def guarded_by_default(self, name: str, /) -> bool:
        """Whether such a thing without a policy lets its account in: a key's default policy does."""
        return ":kms:" in name

    def levels(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """Actions by level, then by the provider's type."""
        return levels()


@lru_cache(maxsize=16384)
def _formats(action: str) -> tuple[str, ...] | None:
    """ARN formats of what an action can name; none where it names nothing, None where the action is not known."""
    found = actions(action)
    return found[0].names if found else None


@lru_cache(maxsize=16384)
def _suffixes(action: str, own: str) -> tuple[str, ...]:
    """What follows the ARN of a resource in what an action acts on: nothing, or what lies below it."""
    formats = _formats(action)
    if formats is None or not own:
        return ("", "/*")
    if action.lower().startswith(_OF_PATHS):
        return ("/*",)
    found: dict[str, None] = {}
    for format_ in formats:
        if format_.startswith(own):
            rest = PLACEHOLDER.sub("*", format_[len(own) :])
            found[rest] = None
            if not rest and ":log-group:" in own:
                found[":*"] = None
    return tuple(found)


VOCABULARY = AWSVocabulary()
"""The one there is."""
