"""Whether a bucket is open: its policy, its access control list, and the blocks that stop either; and TLS.

Sources: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects
and disabling ACLs" and "Access control list (ACL) overview".
"""

from __future__ import annotations

import json
from collections.abc import Callable

from scanner.clouds.aws.iam.policydoc import Document, read_document
from scanner.clouds.aws.iam.resource_policy import (
    denies_without_tls,
    opens_to_anyone,
    refuses_everybody,
    unless_unnamed,
)
from scanner.clouds.aws.naming import provider_key
from scanner.clouds.aws.stores.bucket_settings import own_blocks, own_value, removed, split, unseen
from scanner.logic import Answer, both, either, negated, plain
from scanner.model import Noted, Unknown
from scanner.terraform.instances import PlannedResource
from scanner.terraform.planned import PlannedWorld
from scanner.terraform.values import Block, references_in

_DELETING = ("s3:DeleteObject", "s3:DeleteObjectVersion")
POLICY = "aws_s3_bucket_policy"
ACL = "aws_s3_bucket_acl"
OWNERSHIP = "aws_s3_bucket_ownership_controls"
BLOCK = "aws_s3_bucket_public_access_block"
ACCOUNT_BLOCK = "aws_s3_account_public_access_block"
FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
"""The four settings of a block on public access; each is off where it is not set."""

_OPEN_ACLS = frozenset({"public-read", "public-read-write", "authenticated-read"})
_OPEN_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
_PLACE_OF_PROVIDER = frozenset({"region", "default_tags", "ignore_tags"})

Policy = Document | Unknown | None
"""A bucket's policy, why it is not known, or none."""


class Access:
    """What the plan's buckets have in common for these questions: the blocks of whole accounts."""

    def __init__(self, planned: PlannedWorld) -> None:
        """Take in the account-wide blocks of every plan."""
        self._planned = planned
        self._account_blocks = tuple(planned.of(ACCOUNT_BLOCK))

    def public(self, bucket: PlannedResource, policy: Policy) -> Answer:
        """Whether a grant to anybody is left that no declared block stops."""
        holder = split(self._planned, bucket, POLICY)
        by_policy = both(
            opens_to_anyone(policy) if isinstance(policy, Document) else policy or False,
            negated(self._stopped(bucket, holder, ("restrict_public_buckets", "block_public_policy"))),
        )
        acl = split(self._planned, bucket, ACL)
        by_acl = both(
            _acl_opens(bucket, acl),
            negated(_acls_disabled(self._planned, bucket)),
            negated(self._stopped(bucket, acl, ("ignore_public_acls", "block_public_acls"))),
        )
        return _why_open(bucket, by_policy, by_acl)

    def block_declared(self, bucket: PlannedResource) -> Answer:
        """Whether the code itself states all four settings of the block, for the bucket or its account."""
        if bucket.plan.is_live:
            return Unknown("an account shows whether the block is on, not whether code declares it")
        return both(*(self._flag(bucket, name) for name in FLAGS))

    def _stopped(
        self, bucket: PlannedResource, holder: PlannedResource | Unknown | None, flags: tuple[str, str]
    ) -> Answer:
        """Whether a block stops a grant; the second flag only refuses to set it, and leaves one that is there."""
        stops, refuses = flags
        setter = holder if isinstance(holder, PlannedResource) else bucket
        if {"create", "update"}.isdisjoint(setter.actions):
            return self._flag(bucket, stops)
        refused = self._flag(bucket, refuses)
        own = split(self._planned, bucket, BLOCK)
        if plain(refused) is True and isinstance(own, PlannedResource) and not _stands_before(own, setter):
            told = f"{own.address} refuses it by {refuses} only if it is there first, and nothing says so (depends_on)"
            refused = either(self._by_account(bucket, refuses), Unknown(told))
        return either(self._flag(bucket, stops), refused)

    def _flag(self, bucket: PlannedResource, name: str) -> Answer:
        own = split(self._planned, bucket, BLOCK)
        if isinstance(own, PlannedResource):
            declared: Answer = own.flag(name)
            if declared is False:
                declared = Noted(False, f"{own.address} leaves {name} off")
        elif isinstance(own, Unknown):
            declared = own
        elif bucket.settled or removed(bucket, BLOCK):
            declared = Noted(False, _without_block(bucket))
        else:
            declared = unseen(bucket, BLOCK)
        return either(declared, self._by_account(bucket, name))

    def _by_account(self, bucket: PlannedResource, name: str) -> Answer:
        return either(*(self._of_account(block, bucket, name) for block in self._account_blocks))

    def _of_account(self, block: PlannedResource, bucket: PlannedResource, name: str) -> Answer:
        """Whether an account-wide block holds for the bucket and has the flag on."""
        declared = block.flag(name)
        if declared is False or _account(block) == _account(bucket):
            return declared
        if bucket.plan.account and block.plan.account:
            return False
        return Unknown(f"whether {block.address} is for the account of {bucket.address} was not seen")


def policy_of(planned: PlannedWorld, bucket: PlannedResource) -> Policy:
    """The bucket's policy, from its split resource, its own argument or its refreshed state."""
    holder = split(planned, bucket, POLICY)
    if isinstance(holder, Unknown):
        return holder
    if isinstance(holder, PlannedResource):
        return read_document(planned, holder, "policy")
    own = own_value(bucket, "policy", POLICY)
    if own is None or (isinstance(own, Unknown) and not bucket.is_unknown("policy")):
        return own
    return read_document(planned, bucket, "policy")


def requires_tls(bucket: PlannedResource, policy: Policy) -> Answer:
    """Whether a Deny refuses every request without TLS, on the bucket and on its objects."""
    if isinstance(policy, Unknown):
        return policy
    if policy is None:
        return Noted(False, "it has no policy")
    arns = _arns(bucket)
    answer = denies_without_tls(policy, "s3", (arns, [f"{arn}/*" for arn in arns]))
    return unless_unnamed(answer, policy, bucket.get("bucket"))


def refuses_deletion(bucket: PlannedResource, policy: Policy) -> bool | Unknown:
    """Whether a Deny refuses everybody to delete objects and their versions.

    Source: Amazon S3 User Guide, "Deleting objects": one of these two permissions is needed for every deletion.
    """
    if policy is None or isinstance(policy, Unknown):
        return False if policy is None else policy
    return refuses_everybody(policy, _DELETING, tuple(f"{arn}/*" for arn in _arns(bucket)))


def _arns(bucket: PlannedResource) -> list[str]:
    """The ways to write its ARN."""
    name = bucket.values.get("bucket")
    return [*([f"arn:*:s3:::{name}"] if isinstance(name, str) and name else []), f"${{{bucket.id}}}"]


def _stands_before(block: PlannedResource, setter: PlannedResource) -> bool:
    """Whether a block is on before a grant is set: it was there, or the grant waits for it."""
    if not {"create", "update"} & set(block.actions):
        return True
    written = setter.plan.resolver.block(setter.module, setter.mode, setter.type, setter.name)
    waits = [*(written.depends_on if written else ()), *references_in(setter.expressions)]
    return any(text.startswith(f"{block.type}.{block.name}") for text in waits)


def _without_block(bucket: PlannedResource) -> str:
    return "it has no block on public access" if bucket.plan.is_live else f"this plan leaves it without {BLOCK}"


def _account(resource: PlannedResource) -> tuple[int, str]:
    """What tells one account from another: the provider's settings, but for those of place and tags."""
    provider = resource.plan.configuration.provider_config.get(provider_key(resource))
    settings = provider.get("expressions") if isinstance(provider, dict) else None
    kept = {k: v for k, v in settings.items() if k not in _PLACE_OF_PROVIDER} if isinstance(settings, dict) else {}
    return id(resource.plan), json.dumps(kept, sort_keys=True)


def _acl_opens(bucket: PlannedResource, acl: PlannedResource | Unknown | None) -> Answer:
    if isinstance(acl, Unknown):
        return acl
    if isinstance(acl, PlannedResource):
        canned = acl.get("acl")
        if isinstance(canned, str) or (isinstance(canned, Unknown) and acl.configured("acl")):
            return _canned(canned, acl.address)
        return _granted(_nested(acl, "access_control_policy", "grant"), _grantee, acl.address)
    canned = own_value(bucket, "acl", ACL)
    if isinstance(canned, str) or (isinstance(canned, Unknown) and bucket.configured("acl")):
        return _canned(canned, bucket.address)
    return _granted(own_blocks(bucket, "grant", ACL), lambda grant: grant, bucket.address)


def _canned(value: object, address: str) -> Answer:
    if isinstance(value, Unknown):
        return value
    return Noted(True, f"{address} grants {value}") if value in _OPEN_ACLS else False


def _granted(
    grants: tuple[Block, ...] | Unknown, grantee: Callable[[Block], Block | Unknown | None], address: str
) -> Answer:
    if isinstance(grants, Unknown):
        return grants
    answers: list[Answer] = []
    for grant in grants:
        who = grantee(grant)
        uri = who.text("uri") if isinstance(who, Block) else who or ""
        everybody = uri if isinstance(uri, Unknown) else uri.endswith(_OPEN_GROUPS)
        answers.append(Noted(True, f"{address} grants access to {uri}") if everybody is True else everybody)
    return either(*answers)


def _grantee(grant: Block) -> Block | Unknown | None:
    return grant.block("grantee")


def _nested(owner: Block, outer: str, inner: str) -> tuple[Block, ...] | Unknown:
    block = owner.block(outer)
    return block.blocks(inner) if isinstance(block, Block) else () if block is None else block


def _acls_disabled(planned: PlannedWorld, bucket: PlannedResource) -> Answer:
    """Whether the bucket's owner owns every object, so that no access control list counts.

    The default of a new bucket; but code that sets an open list beside it fights it, and it is no defence.
    """
    controls = split(planned, bucket, OWNERSHIP)
    if controls is None:
        return False if bucket.settled or removed(bucket, OWNERSHIP) else unseen(bucket, OWNERSHIP)
    rule = controls if isinstance(controls, Unknown) else controls.block("rule")
    if not isinstance(rule, Block):
        return rule or False
    ownership = rule.text("object_ownership")
    return ownership if isinstance(ownership, Unknown) else ownership == "BucketOwnerEnforced"


def _why_open(bucket: PlannedResource, *answers: Answer) -> Answer:
    opened = either(*answers)
    if plain(opened) is True and isinstance(opened, Noted):
        block = "block" if bucket.plan.is_live else "declared block"
        return Noted(True, f"{opened.because}, and no {block} on public access stops it")
    return plain(opened) if not isinstance(opened, Unknown) else opened
