"""Companions whose owner cannot be told, or that a partial plan leaves out: unknown, and only where they may belong."""

from __future__ import annotations

from scanner.model import Unknown
from scanner.terraform.joined import Joined
from worlds import change, plan, planned_of

BUCKET, VERSIONING = "aws_s3_bucket", "aws_s3_bucket_versioning"
NEW = {"id": True, "bucket": True}
KEYED = {"references": ["aws_s3_bucket.b", "local.names", "each.key"]}


def test_a_computed_key_leaves_every_instance_of_the_block_undecided_and_no_other() -> None:
    instances = [change(f'{BUCKET}.b["{key}"]', {}, unknown=NEW) for key in range(40)]
    splits = [change(f'{VERSIONING}.v["{key}"]', {}, unknown=NEW) for key in range(40)]
    other = change(f"{BUCKET}.other", {}, unknown=NEW)
    config = {f"{BUCKET}.b": {}, f"{BUCKET}.other": {}, f"{VERSIONING}.v": {"bucket": KEYED}}
    planned = planned_of(plan(*instances, *splits, other, config=config))
    found = {bucket.address: planned.attached(bucket, VERSIONING, "bucket") for bucket in planned.of(BUCKET)}
    assert found.pop(f"{BUCKET}.other") == ()
    assert len(found) == 40
    assert all(isinstance(one, Unknown) for one in found.values())


def test_a_companion_that_goes_through_a_local_may_be_of_any_owner() -> None:
    split = change(f"{VERSIONING}.v", {}, unknown=NEW)
    config = {f"{BUCKET}.b": {}, f"{VERSIONING}.v": {"bucket": {"references": ["local.bucket"]}}}
    planned = planned_of(plan(change(f"{BUCKET}.b", {}, unknown=NEW), split, config=config))
    (bucket,) = planned.of(BUCKET)
    assert isinstance(planned.attached(bucket, VERSIONING, "bucket"), Unknown)


def test_a_name_that_two_resources_have_belongs_to_neither_for_certain() -> None:
    secrets = [change(f"aws_secretsmanager_secret.{name}", {"name": "prod/key"}) for name in ("here", "abroad")]
    third = change("aws_secretsmanager_secret.third", {"name": "prod/other"})
    rotation = change("aws_secretsmanager_secret_rotation.r", {"secret_id": "prod/key"})
    planned = planned_of(plan(*secrets, third, rotation))
    here, abroad, other = planned.of("aws_secretsmanager_secret")
    for secret in (here, abroad):
        found = planned.attached(secret, "aws_secretsmanager_secret_rotation", "secret_id")
        assert isinstance(found, Unknown)
        assert "here, aws_secretsmanager_secret.abroad" in found.reason
    assert planned.attached(other, "aws_secretsmanager_secret_rotation", "secret_id") == ()


def test_companions_of_several_types_are_found_whichever_owner_they_name() -> None:
    balancer = change("aws_lb.front", {"arn": "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/front/1"})
    stage = change("aws_api_gateway_stage.live", {"arn": "arn:aws:apigateway:eu-west-1::/restapis/a/stages/live"})
    arn = "arn:aws:apigateway:eu-west-1::/restapis/a/stages/live"
    association = change("aws_wafv2_web_acl_association.a", {"resource_arn": arn})
    planned = planned_of(plan(balancer, stage, association))
    types = {"aws_wafregional_web_acl_association": "resource_arn", "aws_wafv2_web_acl_association": "resource_arn"}
    owners = ("aws_lb", "aws_api_gateway_stage")
    found = planned.attached_of(next(planned.of("aws_api_gateway_stage")), types, owners)
    assert isinstance(found, tuple)
    assert [r.address for r in found] == ["aws_wafv2_web_acl_association.a"]
    assert planned.attached_of(next(planned.of("aws_lb")), types, owners) == ()


def test_a_partial_plan_may_leave_a_declared_companion_out() -> None:
    config = {f"{BUCKET}.b": {}, f"{VERSIONING}.v": {"bucket": {"references": ["aws_s3_bucket.b.id"]}}}
    planned = planned_of(plan(change(f"{BUCKET}.b", {}, unknown=NEW), config=config, complete=False))
    (bucket,) = planned.of(BUCKET)
    found = planned.attached(bucket, VERSIONING, "bucket")
    assert isinstance(found, Unknown)
    assert f"{VERSIONING}.v is declared" in found.reason
    assert planned.attached(bucket, "aws_s3_bucket_policy", "bucket") == ()


def test_a_companion_left_out_is_missed_only_where_it_may_belong() -> None:
    def of(reference: str) -> set[str]:
        blocks = {f"{BUCKET}.a": {}, f"{BUCKET}.b": {}, f"{VERSIONING}.v": {"bucket": {"references": [reference]}}}
        planned = planned_of(
            plan(*(change(f"{BUCKET}.{n}", {}, unknown=NEW) for n in "ab"), config=blocks, complete=False)
        )
        missed = [b for b in planned.of(BUCKET) if isinstance(planned.attached(b, VERSIONING, "bucket"), Unknown)]
        return {bucket.name for bucket in missed}

    assert of("aws_s3_bucket.a.id") == of('aws_s3_bucket.a["x"]') == {"a"}
    assert of("aws_s3_bucket.elsewhere.id") == set()
    assert of("aws_s3_bucket_policy.p.id") == of("local.bucket") == of("var.bucket") == of("each.value") == {"a", "b"}


def test_the_first_reason_for_a_doubt_is_kept() -> None:
    joined: Joined[str, int] = Joined()
    joined.add("a", 1)
    joined.doubt(("a", "b"), "first")
    joined.doubt(("b",), "second")
    assert (joined.why_not("b"), joined.why_not("c"), joined.certain) == ("first", "", {"a": [1]})
    joined.doubt((), "anybody's")
    assert joined.why_not("c") == "anybody's"
