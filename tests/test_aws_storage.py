"""Buckets: odd shapes, and rules that a real plan cannot show cheaply. The rest is in fixtures/aws/storage."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.clouds.aws.stores.buckets import bucket_immutable
from scanner.kinds import Store
from scanner.logic import Answer, both, either, negated
from scanner.model import Noted, Unknown
from worlds import change, facts_of, plan, planned_of, scan, verdicts

NAME = "chat"
BUCKET = "aws_s3_bucket.b"
COMPUTED = dict.fromkeys(
    ("arn", "id", "acl", "policy", "grant", "versioning", "logging", "lifecycle_rule",
     "server_side_encryption_configuration", "object_lock_configuration"), True,
)  # fmt: skip
OPEN = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}})
WHOLE = dict.fromkeys(
    ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
)


def new(**after: Any) -> dict[str, Any]:
    """A bucket this plan creates; its own arguments as given, the rest computed."""
    return change(BUCKET, {"bucket": NAME, **after}, unknown={k: v for k, v in COMPUTED.items() if k not in after})


def old(**after: Any) -> dict[str, Any]:
    """A bucket that existed before, with what the refresh saw of it."""
    after = {"bucket": NAME, "id": NAME, "arn": f"arn:aws:s3:::{NAME}", **after}
    return change(BUCKET, after, actions=["no-op"], before=after)


def part(kind: str, after: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A split resource of the bucket."""
    return change(f"aws_s3_bucket_{kind}.b", {"bucket": NAME, **after}, **more)


def store_of(*changes: dict[str, Any], config: dict[str, Any] | None = None, **top: Any) -> Store:
    """The bucket as a control sees it."""
    found = facts_of(plan(*changes, config={BUCKET: {}} if config is None else config, **top))[BUCKET]
    assert isinstance(found, Store)
    return found


def is_unknown(fact: object) -> bool:
    """Whether a fact is not known."""
    return isinstance(fact, Unknown)


def rule(**parts: Any) -> dict[str, Any]:
    """A lifecycle rule of the split resource that is enabled and deletes after 30 days, but for what is given."""
    return {"status": "Enabled", "filter": [], "expiration": [{"days": 30}], **parts}


def lifecycle(*rules: Any, **more: Any) -> dict[str, Any]:
    """A split lifecycle."""
    return part("lifecycle_configuration", {"rule": list(rules)}, **more)


def versioning(status: str) -> dict[str, Any]:
    """A split versioning."""
    return part("versioning", {"versioning_configuration": [{"status": status}]})


# --- logic ---


def test_kleene() -> None:
    unknown, yes, no = Unknown("?"), Noted(value=True, because="y"), Noted(value=False, because="n")
    true: Answer = True
    false: Answer = False
    cases: list[tuple[Answer, Answer]] = [
        (both(), True),
        (either(), False),
        (both(unknown, no), no),
        (both(true, unknown), unknown),
        (both(yes, true), yes),
        (either(unknown, yes), yes),
        (either(false, unknown), unknown),
        (either(false, no), no),
        (negated(unknown), unknown),
        (negated(yes), Noted(value=False, because="y")),
        (negated(answer=False), True),
    ]
    for found, expected in cases:
        assert found == expected


# --- a new bucket and an old one of which nothing is seen ---


def test_a_new_bucket_takes_the_providers_defaults() -> None:
    store = store_of(new())
    assert (store.public, store.public_block_declared, store.encrypted, store.key_owner) == (
        False,
        False,
        True,
        "provider",
    )
    assert (store.versioned, store.access_logged, store.expires, store.immutable) == (False, False, False, False)
    assert (store.access_log_target, store.requires_tls) == (False, False)


def test_of_an_old_bucket_what_the_plan_does_not_hold_is_unknown() -> None:
    store = store_of(old())
    assert store.encrypted is True
    for fact in ("public_block_declared", "key_owner", "versioned", "access_logged", "expires", "immutable",
                 "requires_tls", "public"):  # fmt: skip
        assert is_unknown(getattr(store, fact)), fact


def test_a_split_resource_that_cannot_be_followed_leaves_the_fact_open() -> None:
    kinds = ("versioning", "server_side_encryption_configuration", "lifecycle_configuration", "logging", "policy",
             "public_access_block", "acl", "ownership_controls", "object_lock_configuration")  # fmt: skip
    lost = [change(f"aws_s3_bucket_{kind}.x", {}, unknown={"bucket": True}) for kind in kinds]
    config = {BUCKET: {}, **{f"aws_s3_bucket_{k}.x": {"bucket": {"references": ["local.name"]}} for k in kinds}}
    store = store_of(new(), *lost, config=config)
    for fact in ("public_block_declared", "key_owner", "versioned", "access_logged", "expires", "immutable",
                 "requires_tls", "public", "retention_days"):  # fmt: skip
        assert is_unknown(getattr(store, fact)), fact


def test_odd_shapes_never_crash() -> None:
    odd: tuple[Any, ...] = ("text", 7, [], [None], {}, [["x"]], [{"rule": "x"}], [{"rule": [None]}], False)
    for value in odd:
        parts = [
            part("versioning", {"versioning_configuration": value}),
            part("server_side_encryption_configuration", {"rule": value}),
            part("lifecycle_configuration", {"rule": value}),
            part("logging", {"target_bucket": value}),
            part("policy", {"policy": value}),
            part("public_access_block", {"block_public_acls": value}),
            part("acl", {"acl": value, "access_control_policy": value}),
            part("ownership_controls", {"rule": value}),
            part("object_lock_configuration", {"rule": value}),
        ]
        inline = {name: value for name in COMPUTED if name not in {"arn", "id"}}
        for bucket in (new(**inline), old(**inline)):
            assert isinstance(store_of(bucket), Store)
            assert isinstance(store_of(bucket, *parts), Store)


# --- who may reach it ---


def test_a_policy_that_is_no_json_is_unknown_unless_a_block_stops_any() -> None:
    policy = part("policy", {"policy": "{"})
    assert is_unknown(store_of(new(), policy).public)
    assert store_of(new(), policy, part("public_access_block", WHOLE)).public is False


def test_an_open_policy_says_why() -> None:
    store = store_of(new(), part("policy", {"policy": OPEN}))
    assert store.public is True
    assert "statement 1" in store.because["public"]


def test_a_block_on_public_buckets_stops_a_policy_that_this_plan_sets() -> None:
    block = part("public_access_block", {"restrict_public_buckets": True})
    assert store_of(new(), part("policy", {"policy": OPEN}), block).public is False


def test_a_block_refuses_a_policy_only_if_it_is_there_first() -> None:
    """Amazon S3 User Guide, "Blocking public access": BlockPublicPolicy leaves policies that are there."""
    after = {"block_public_policy": True}
    policy = part("policy", {"policy": OPEN})
    assert is_unknown(store_of(new(), policy, part("public_access_block", after)).public)
    assert store_of(new(), policy, part("public_access_block", after, actions=["no-op"], before=after)).public is False
    waits = {
        BUCKET: {},
        "aws_s3_bucket_policy.b": {"bucket": {"references": ["aws_s3_bucket_public_access_block.b.id"]}},
    }
    assert store_of(new(), policy, part("public_access_block", after), config=waits).public is False


def test_refusing_new_policies_leaves_an_old_one() -> None:
    after = {"block_public_policy": True}
    block = part("public_access_block", after, actions=["no-op"], before=after)
    policy = {"policy": OPEN}
    kept = part("policy", policy, actions=["no-op"], before=policy)
    assert store_of(old(policy=OPEN, grant=[]), kept, block).public is True
    assert store_of(old(policy=OPEN, grant=[]), part("policy", policy, before={}), block).public is False


def test_refusing_new_lists_leaves_an_old_one() -> None:
    block = part("public_access_block", {"block_public_acls": True})
    controls = part("ownership_controls", {"rule": [{"object_ownership": "ObjectWriter"}]})
    grants = [{"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}]
    assert store_of(old(grant=grants, acl=None, policy=""), block, controls).public is True
    assert store_of(old(grant=[], acl=None, policy=""), block, controls).public is False


def test_a_flag_known_only_after_apply_leaves_it_open() -> None:
    block = part("public_access_block", {}, unknown=dict.fromkeys(WHOLE, True))
    store = store_of(new(), part("policy", {"policy": OPEN}), block)
    assert is_unknown(store.public)
    assert is_unknown(store.public_block_declared)


def test_an_old_bucket_with_an_open_list_may_own_its_objects() -> None:
    store = store_of(old(acl="public-read", policy=""), part("public_access_block", {}))
    assert is_unknown(store.public)


def test_deleted_controls_defend_nothing() -> None:
    gone = part("ownership_controls", None or {}, actions=["delete"], before={"id": NAME, "bucket": NAME})
    gone["change"]["after"] = None
    store = store_of(old(acl="public-read", policy=""), part("public_access_block", {}), gone)
    assert store.public is True


def test_an_ownership_known_only_after_apply_leaves_it_open() -> None:
    controls = part("ownership_controls", {"rule": [{}]}, unknown={"rule": [{"object_ownership": True}]})
    assert is_unknown(store_of(new(), part("acl", {"acl": "public-read"}), controls).public)


def test_an_inline_list_known_only_after_apply_leaves_it_open() -> None:
    assert is_unknown(store_of(new(), config={BUCKET: {"acl": {"references": ["local.acl"]}}}).public)


def test_grants_known_only_after_apply_leave_it_open() -> None:
    grants = {"access_control_policy": [{"grant": [{"grantee": [{"type": "Group"}]}]}]}
    unknown = {"access_control_policy": [{"grant": [{"grantee": [{"uri": True}]}]}]}
    assert is_unknown(store_of(new(), part("acl", grants, unknown=unknown)).public)
    assert is_unknown(store_of(new(), part("acl", {}, unknown={"access_control_policy": True})).public)
    assert store_of(new(), part("acl", {"access_control_policy": [{"grant": [{}]}]})).public is False


def test_a_policy_of_a_bucket_without_configuration_is_not_taken_for_none() -> None:
    content = json.loads(plan(new()))
    del content["configuration"]
    store = facts_of(json.dumps(content).encode())[BUCKET]
    assert isinstance(store, Store)
    assert is_unknown(store.public)
    assert is_unknown(store.requires_tls)


def test_a_bucket_without_a_known_name_is_followed_by_reference() -> None:
    bucket = change(BUCKET, {"bucket_prefix": "chat-"}, unknown={**COMPUTED, "bucket": True})
    policy = change("aws_s3_bucket_policy.b", {"policy": OPEN}, unknown={"bucket": True})
    config = {BUCKET: {}, "aws_s3_bucket_policy.b": {"bucket": {"references": [f"{BUCKET}.id", BUCKET]}}}
    store = store_of(bucket, policy, config=config)
    assert store.public is True
    assert store.requires_tls is False


# --- encryption ---


def encryption(default: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A split encryption setting."""
    return part(
        "server_side_encryption_configuration",
        {"rule": [{"apply_server_side_encryption_by_default": [default]}]},
        **more,
    )


def test_an_algorithm_known_only_after_apply() -> None:
    unknown = {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": True}]}]}
    assert is_unknown(store_of(new(), encryption({}, unknown=unknown)).key_owner)
    rules = part("server_side_encryption_configuration", {}, unknown={"rule": True})
    assert is_unknown(store_of(new(), rules).key_owner)
    inner = part("server_side_encryption_configuration", {"rule": [{}]},
                 unknown={"rule": [{"apply_server_side_encryption_by_default": True}]})  # fmt: skip
    assert is_unknown(store_of(new(), inner).key_owner)


def test_a_bucket_key_alone_is_no_key() -> None:
    rules = part("server_side_encryption_configuration", {"rule": [{"bucket_key_enabled": True}]})
    assert store_of(new(), rules).key_owner == "provider"


def test_the_refreshed_key_of_an_old_bucket_counts() -> None:
    default = {"sse_algorithm": "aws:kms", "kms_master_key_id": "arn:aws:kms:eu-west-1:1:key/k"}
    inline = [{"rule": [{"apply_server_side_encryption_by_default": [default]}]}]
    assert store_of(old(server_side_encryption_configuration=inline)).key_owner == "customer"


# --- versioning, access logs, Object Lock ---


@pytest.mark.parametrize(("status", "versioned"), [("Enabled", True), ("Suspended", False), ("Disabled", False)])
def test_versioning(status: str, versioned: bool) -> None:  # noqa: FBT001
    assert store_of(new(), versioning(status)).versioned is versioned


def test_inline_versioning_known_only_after_apply() -> None:
    bucket = change(BUCKET, {"bucket": NAME, "versioning": [{}]}, unknown={"versioning": [{"enabled": True}]})
    assert is_unknown(
        store_of(bucket, config={BUCKET: {"versioning": [{"enabled": {"references": ["var.v"]}}]}}).versioned
    )
    whole = store_of(new(), config={BUCKET: {"versioning": [{"enabled": {"references": ["var.v"]}}]}})
    assert is_unknown(whole.versioned)


def test_a_deleted_split_resource_makes_the_refreshed_state_untrue() -> None:
    gone = part("versioning", {}, actions=["delete"], before={"id": NAME, "bucket": NAME})
    gone["change"]["after"] = None
    assert store_of(old(versioning=[{"enabled": True}])).versioned is True
    assert store_of(old(versioning=[{"enabled": True}]), gone).versioned is False


@pytest.mark.parametrize(
    ("lock", "immutable"),
    [
        ({"rule": [{"default_retention": [{"mode": "COMPLIANCE", "days": 1}]}]}, True),
        ({"rule": [{"default_retention": [{"mode": "GOVERNANCE", "years": 1}]}]}, False),
        ({"rule": [{"default_retention": [{"mode": ""}]}]}, False),
        ({"rule": [{}]}, False),
        ({"rule": []}, False),
    ],
)
def test_object_lock_needs_a_default_retention(lock: dict[str, Any], immutable: bool) -> None:  # noqa: FBT001
    assert store_of(new(), part("object_lock_configuration", lock)).immutable is immutable
    planned = planned_of(plan(new(object_lock_configuration=[lock]), config={BUCKET: {}}))
    (bucket,) = planned.of("aws_s3_bucket")
    answer = bucket_immutable(planned, bucket)
    assert isinstance(answer, Noted)
    assert answer.value is immutable


def test_a_lock_known_only_after_apply() -> None:
    unknown = {"rule": [{"default_retention": [{"mode": True}]}]}
    lock = part("object_lock_configuration", {"rule": [{"default_retention": [{}]}]}, unknown=unknown)
    assert is_unknown(store_of(new(), lock).immutable)


def test_buckets_that_receive_access_logs() -> None:
    balancer = change("aws_lb.l", {"access_logs": [{"bucket": NAME, "enabled": True}]})
    assert store_of(new(), balancer).access_log_target is True
    off = change("aws_lb.l", {"access_logs": [{"bucket": NAME, "enabled": False}]})
    assert store_of(new(), off).access_log_target is False
    classic = change("aws_elb.l", {"access_logs": [{"bucket": NAME}]})
    assert store_of(new(), classic).access_log_target is True
    connections = change("aws_alb.l", {"connection_logs": [{"bucket": NAME, "enabled": True}]})
    assert store_of(new(), connections).access_log_target is True
    elsewhere = change("aws_lb.l", {"access_logs": [{"bucket": "other", "enabled": True}]})
    assert store_of(new(), elsewhere).access_log_target is False


@pytest.mark.parametrize(
    "domain", ["chat.s3.amazonaws.com", "chat.s3.eu-west-1.amazonaws.com", "chat.s3-eu-west-1.amazonaws.com"]
)
def test_cloudfront_names_its_log_bucket_by_domain(domain: str) -> None:
    distribution = change("aws_cloudfront_distribution.d", {"logging_config": [{"bucket": domain}]})
    assert store_of(new(), distribution).access_log_target is True


def test_a_delivery_that_cannot_be_followed_may_be_to_any_bucket_or_to_those_it_names() -> None:
    balancer = change("aws_lb.l", {"access_logs": [{"enabled": True}]}, unknown={"access_logs": [{"bucket": True}]})
    for references, unknown in ((["local.logs"], True), (["aws_s3_bucket.c"], False)):
        others = [change(f"aws_s3_bucket.c[{i}]", {}, unknown={**COMPUTED, "bucket": True}) for i in range(2)]
        config = {
            BUCKET: {},
            "aws_s3_bucket.c": {},
            "aws_lb.l": {"access_logs": [{"bucket": {"references": references}}]},
        }
        assert is_unknown(store_of(new(), *others, balancer, config=config).access_log_target) is unknown


def test_a_policy_or_a_list_shows_a_destination_of_access_logs() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
    policy = json.dumps({"Statement": [statement]})
    assert store_of(new(), part("policy", {"policy": policy})).access_log_target is True
    assert store_of(new(), part("acl", {"acl": "log-delivery-write"})).access_log_target is True


# --- lifecycle ---


@pytest.mark.parametrize(
    ("rules", "expires"),
    [
        ([rule()], True),
        ([rule(prefix="")], True),
        ([rule(filter=[{"prefix": "", "and": [{"prefix": "", "tags": {}}]}])], True),
        ([rule(filter=[{"and": [{"prefix": "x"}]}])], False),
        ([rule(filter=[{"tag": [{"key": "k", "value": "v"}]}])], False),
        ([rule(filter=[{"object_size_less_than": 5}])], False),
        ([rule(prefix="x")], False),
        ([rule(status="Disabled")], False),
        ([rule(expiration=[{"days": 0}])], False),
        ([rule(expiration=[{"days": "30"}])], True),
        ([rule(expiration=[{"expired_object_delete_marker": True}])], False),
        ([rule(expiration=[], transition=[{"days": 1, "storage_class": "GLACIER"}])], False),
        ([rule(prefix="a"), rule(prefix="b")], False),
        ([], False),
    ],
)
def test_a_lifecycle_deletes_all_or_it_does_not(rules: list[Any], expires: bool) -> None:  # noqa: FBT001
    assert store_of(new(), lifecycle(*rules)).expires is expires


@pytest.mark.parametrize(("bucket", "status"), [("new", "Enabled"), ("old", "Enabled"), ("old", "Suspended")])
def test_earlier_versions_must_go_too(bucket: str, status: str) -> None:
    owner = new() if bucket == "new" else old(lifecycle_rule=[])
    gone = [{"noncurrent_days": 7}]
    assert store_of(owner, versioning(status), lifecycle(rule())).expires is False
    assert store_of(owner, versioning(status), lifecycle(rule(noncurrent_version_expiration=gone))).expires is True
    kept = [{"noncurrent_days": 7, "newer_noncurrent_versions": 3}]
    store = store_of(owner, versioning(status), lifecycle(rule(noncurrent_version_expiration=kept)))
    assert store.expires is False
    assert "3 newest" in store.because["expires"]
    filtered = rule(expiration=[], prefix="x", noncurrent_version_expiration=gone)
    assert store_of(owner, versioning(status), lifecycle(rule(), filtered)).expires is False


def test_a_new_bucket_whose_versioning_starts_suspended_never_kept_a_version() -> None:
    assert store_of(new(), versioning("Suspended"), lifecycle(rule())).expires is True
    assert store_of(new(), versioning("Suspended")).expires is False


def test_whether_an_old_bucket_ever_had_versions_is_not_seen() -> None:
    seen = old(versioning=[{"enabled": False}], lifecycle_rule=[])
    assert is_unknown(store_of(seen, lifecycle(rule())).expires)
    gone = [{"noncurrent_days": 7}]
    assert store_of(seen, lifecycle(rule(noncurrent_version_expiration=gone))).expires is True
    assert is_unknown(store_of(old(lifecycle_rule=[]), lifecycle(rule())).expires)


def test_what_of_a_rule_is_known_only_after_apply() -> None:
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (rule(expiration=[{}]), {"expiration": [{"days": True}]}),
        ({"status": "Enabled", "filter": []}, {"expiration": True}),
        (rule(filter=[{}]), {"filter": [{"prefix": True}]}),
        (rule(filter=[{}]), {"filter": [{"and": True}]}),
        ({"status": "Enabled", "expiration": [{"days": 3}]}, {"filter": True}),
        ({"filter": [], "expiration": [{"days": 3}]}, {"status": True}),
    ]
    for known, unknown in cases:
        assert is_unknown(store_of(new(), lifecycle(known, unknown={"rule": [unknown]})).expires), unknown
    whole = part("lifecycle_configuration", {}, unknown={"rule": True})
    assert is_unknown(store_of(new(), whole).expires)
    versions = [{"noncurrent_days": 7}]
    known = rule(noncurrent_version_expiration=versions)
    partly = {"rule": [{"noncurrent_version_expiration": [{"newer_noncurrent_versions": True}]}]}
    assert is_unknown(store_of(new(), versioning("Enabled"), lifecycle(known, unknown=partly)).expires)


def test_the_shortest_rule_over_everything_says_the_days() -> None:
    store = store_of(
        new(), lifecycle(rule(prefix="x", expiration=[{"days": 1}]), rule(), rule(expiration=[{"days": 90}]))
    )
    assert store.retention_days == 30


def test_inline_rules() -> None:
    inline = {
        "enabled": True,
        "prefix": "",
        "tags": {},
        "expiration": [{"days": 5}],
        "noncurrent_version_expiration": [],
    }
    assert store_of(new(lifecycle_rule=[inline])).expires is True
    assert store_of(new(lifecycle_rule=[inline], versioning=[{"enabled": True}])).expires is False
    assert store_of(new(lifecycle_rule=[{**inline, "tags": {"a": "b"}}])).expires is False
    assert store_of(new(lifecycle_rule=[{**inline, "enabled": False}])).expires is False
    both_gone = {**inline, "noncurrent_version_expiration": [{"days": 1}]}
    assert store_of(new(lifecycle_rule=[both_gone], versioning=[{"enabled": True}])).expires is True


# --- the controls ---


def test_a_change_is_told_from_what_stood_before() -> None:
    policy = part("policy", {"policy": OPEN}, before={"bucket": NAME, "policy": json.dumps({"Statement": []})})
    result = scan(plan(old(policy="", grant=[]), policy, part("public_access_block", {}), config={BUCKET: {}}))
    (finding,) = [f for f in result.findings if f.control == "store-not-public"]
    assert (finding.status.value, finding.change) == ("fail", "brings")


def test_a_plan_of_no_bucket_has_no_finding_on_stores() -> None:
    found = verdicts(scan(plan(part("policy", {"policy": OPEN}))))
    assert not [control for control in found if control.startswith("store-")]
