"""Accounts and regions: all that are read of live ones; of a plan's, those in which something must be recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.ai import model_calls
from scanner.clouds.aws.audit import live_accounts
from scanner.clouds.aws.audit.live_accounts import account_id, region_id
from scanner.clouds.aws.iam import hierarchy
from scanner.clouds.aws.iam.account_settings import account_facts
from scanner.clouds.aws.places import Places
from scanner.clouds.aws.stores import conversation_stores
from scanner.kinds import Account, Region
from scanner.model import Origin, Unknown
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld

TRAILS = ("aws_cloudtrail", "aws_cloudtrail_event_data_store")
LOGGING = "aws_bedrock_model_invocation_logging_configuration"

terraform_types: tuple[str, ...] = ()
"""None: policies and stores of any type show what an account is used for."""

kinds = ("account", "region")

_ELSEWHERE = "nothing in this plan shows it; what does may be kept elsewhere"


def from_plan(planned: PlannedWorld) -> Iterator[Account | Region]:
    """Yield every account and region that was read live.

    Of plans, each account with a trail, a store of conversation data or a model, and each region with a model. A trail
    or a log that a plan deletes counts: what it did must be done elsewhere.
    """
    if any(plan.is_live for plan in planned.plans):
        yield from live_accounts.read(planned)
        return
    places = Places(planned)
    accounts: dict[str, _Seen] = {}
    regions: dict[tuple[str, str], Plan] = {}
    guarded = {places.of(guardrail) for guardrail in planned.of(model_calls.GUARDRAIL)}
    for resource, named in _model_users(planned):
        account, region = places.of(resource)
        accounts.setdefault(account, _Seen(resource.plan)).models = True
        regions.setdefault((account, named or region), resource.plan)
    for store in conversation_stores.first_of_each_type(planned):
        accounts.setdefault(places.of(store)[0], _Seen(store.plan)).conversations = True
    for trail in planned.of(*TRAILS):
        accounts.setdefault(places.of(trail)[0], _Seen(trail.plan))
    for plan, before in _gone(planned, *TRAILS):
        accounts.setdefault(_account_in(before.get("arn")), _Seen(plan))
    for plan, before in _gone(planned, LOGGING) if not regions else ():
        regions["", str(before.get("id") or "")] = plan
    for account, seen in accounts.items():
        yield Account.of(
            id=account_id(account),
            type="aws",
            account=account,
            **account_facts(planned, account),
            **hierarchy.planned_facts(planned, account),
            uses_models=seen.models or Unknown(_ELSEWHERE),
            stores_conversations=seen.conversations or Unknown(_ELSEWHERE),
            origin=_origin(seen.plan),
        )
    for (account, region), plan in regions.items():
        yield Region(
            id=region_id(account, region),
            type="aws",
            name=region,
            account=account,
            region=region,
            uses_models=True,
            has_guardrails=(account, region) in guarded or Unknown(_ELSEWHERE),
            origin=_origin(plan),
        )


class _Seen:
    """What a plan shows of one account."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.models = False
        self.conversations = False


def _model_users(planned: PlannedWorld) -> Iterator[tuple[PlannedResource, str]]:
    for resource in planned.of(*model_calls.HOSTS, LOGGING):
        yield resource, ""
    yield from model_calls.permitted(planned)


def _gone(planned: PlannedWorld, *types: str) -> Iterator[tuple[Plan, dict[str, Any]]]:
    """What the plans delete or change of these types, as it was before."""
    for plan in planned.plans:
        for type_, before in plan.superseded:
            if type_ in types and isinstance(before, dict):
                yield plan, before


def _account_in(arn: object) -> str:
    parts = arn.split(":") if isinstance(arn, str) else []
    return parts[4] if len(parts) > 4 else ""


def _origin(plan: Plan) -> Origin:
    return Origin(source=plan.kind, plan=plan.name)
