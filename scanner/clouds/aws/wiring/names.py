"""What a setting names: a resource that was read, or a thing elsewhere by a name that is always the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.clouds.aws.places import Places
from scanner.model import Unknown
from scanner.terraform.computed import left_out
from scanner.terraform.instances import External, PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block

_KEY_ID = re.compile(r"(?:mrk-)?[0-9a-f]{8}[0-9a-f-]{24,}")
_OF_AWS = re.compile(r"(^|[:/])(alias/aws/|aws-service-role/|AWSServiceRoleFor)|^arn:[^:]*:iam::aws:")
"""Keys and roles that AWS keeps for itself, each in every account."""

_SECRET = re.compile(r"(arn:[^:]*:secretsmanager:[^:]*:\d{12}:secret:[^:]+)(?::.*)?$")
_NAME = re.compile(
    r"arn:[^:]*:(?:iam|secretsmanager|ssm|logs|kinesis):[^:]*:(?P<account>\d{12}):"
    r"(?P<sort>role|secret|parameter|log-group|stream)[:/](?P<name>.+)"
)
_ENDING = re.compile(r"-[A-Za-z0-9]{6}$")
"""What Secrets Manager adds to a secret's name."""

_BUCKET_DOMAIN = re.compile(r"\.s3[.-][a-z0-9.-]*amazonaws\.com(\.cn)?$")
_BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_IDS = re.compile(r"(vpc|subnet|tgw|pcx|sg)-[0-9a-f]{8,}")
"""Ids that AWS gives once in all accounts."""


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that a setting names."""

    target: PlannedResource | str
    within: str = ""
    """Where a bare name means something, as its account is not known."""

    reason: str = ""
    """Why it is only possible."""


class Names:
    """Follows settings to what they name."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Take the world."""
        self._planned = planned
        self._places = Places(planned)

    def of(
        self, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None = None
    ) -> Iterator[Named]:
        """Everything an attribute of `owner`, or of one of its blocks, names."""
        holder = block or owner
        if (
            holder.get(attribute) in (None, "")
            or left_out(owner, attribute, block)
            or _filled_in(owner, holder, attribute)
        ):
            return
        found = self._planned.targets(owner, attribute, types, block)
        if not isinstance(holder.get(attribute), list):
            found = self._one(owner, attribute, types, block)
        if isinstance(found, Unknown):
            yield from self.perhaps(owner, holder.references(attribute) or (), types, found)
            return
        for one in found:
            yield from self.plainly(owner, one, types)

    def plainly(
        self, owner: PlannedResource, one: PlannedResource | External, types: tuple[str, ...]
    ) -> Iterator[Named]:
        """The thing itself: an alias is the key behind it, and what a data source looked up is what it found."""
        if isinstance(one, External):
            yield from self.called(owner, one.value, types)
        elif one.type == "aws_kms_alias":
            yield from self._behind(owner, one, types)
        elif one.values.get("key_manager") == "AWS":
            return  # every account has its own, for all that names no other
        elif one.mode != "data":
            yield Named(one)
        else:
            name = next((v for v in (one.values.get("arn"), one.values.get("id")) if isinstance(v, str) and v), "")
            if name:
                yield from self.called(owner, name, types)

    def perhaps(
        self, owner: PlannedResource, references: tuple[str, ...], types: tuple[str, ...], why: Unknown
    ) -> Iterator[Named]:
        """What an expression that is not decided may name."""
        for found in self._planned.referred(owner, references):
            if found.type in types and found.mode == "managed":
                yield Named(found, reason=why.reason)

    def called(self, owner: PlannedResource, value: str, types: tuple[str, ...]) -> Iterator[Named]:
        """What goes by a name, an id or an ARN."""
        value = _bare(value)
        if _OF_AWS.search(value):
            return
        found = self._planned.by_name(value, *types) or self._by_arn(value, types)
        if found is not None and (found.plan is owner.plan or _once(value, types)):
            yield from self.plainly(owner, found, types) if found.type == "aws_kms_alias" else (Named(found),)
            return
        account, region = self._places.of(owner)
        place = f"{account}:{region}" if account and region else ""
        if _KEY_ID.fullmatch(value):
            yield Named(f"arn:aws:kms:{region}:{account}:key/{value}" if place else value)
        elif _once(value, types):
            yield Named(f"arn:aws:s3:::{value}" if not value.startswith("arn:") and "aws_s3_bucket" in types else value)
        else:
            yield Named(f"{place}:{value}" if place else value, "" if place else owner.plan.name)

    def _by_arn(self, value: str, types: tuple[str, ...]) -> PlannedResource | None:
        """What a plan makes, whose ARN it does not know yet: by its name, in the account of the ARN."""
        match = _NAME.fullmatch(value)
        for name in _names_in(match) if match else ():
            found = self._planned.by_name(name, *types)
            if found is not None and match is not None and self._places.of(found)[0] == match["account"]:
                return found
        return None

    def _one(
        self, owner: PlannedResource, attribute: str, types: tuple[str, ...], block: Block | None
    ) -> tuple[PlannedResource | External, ...] | Unknown:
        found = self._planned.target(owner, attribute, types, block)
        return found if isinstance(found, Unknown) else () if found is None else (found,)

    def _behind(self, owner: PlannedResource, alias: PlannedResource, types: tuple[str, ...]) -> Iterator[Named]:
        if alias.mode == "data":
            names = ("target_key_arn", "target_key_id", "arn", "name")
            value = next((v for v in map(alias.values.get, names) if isinstance(v, str) and v), "")
            yield from self.called(owner, value, types) if value else ()
            return
        others = tuple(type_ for type_ in types if type_ != "aws_kms_alias")
        yield from self.of(alias, "target_key_id", others)


def _names_in(match: re.Match[str]) -> Iterator[str]:
    """Names that a resource of this ARN may have."""
    name = match["name"]
    if match["sort"] == "role":
        yield name.rpartition("/")[2]
    elif match["sort"] == "secret":
        yield _ENDING.sub("", name)
    elif match["sort"] == "parameter":
        yield from (f"/{name}", name)
    else:
        yield name


def _filled_in(owner: PlannedResource, holder: Block, attribute: str) -> bool:
    """Whether the provider filled in what the code leaves out, such as AWS's own key or the default network."""
    return not owner.plan.is_live and bool(holder.expressions) and not holder.configured(attribute)


def _bare(value: str) -> str:
    """A name without what may follow it: the ARN of a secret, the name of a bucket."""
    secret = _SECRET.match(value)
    return secret[1] if secret else _BUCKET_DOMAIN.sub("", value).removesuffix(":*")


def _once(value: str, types: tuple[str, ...]) -> bool:
    """Whether a name means one thing in all accounts."""
    if value.startswith("arn:") or _IDS.fullmatch(value) or _KEY_ID.fullmatch(value):
        return True
    return "aws_s3_bucket" in types and "/" not in value and _BUCKET_NAME.fullmatch(value) is not None
