"""Accounts and regions, as far as a plan shows that something in them must be recorded."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws import conversation_stores, model_calls
from scanner.clouds.aws.places import Places
from scanner.kinds import Account, Region
from scanner.model import Origin, Unknown
from scanner.terraform.planned import PlannedResource, PlannedWorld

TRAILS = ("aws_cloudtrail", "aws_cloudtrail_event_data_store")
LOGGING = "aws_bedrock_model_invocation_logging_configuration"

terraform_types: tuple[str, ...] = ()
"""None: policies and stores of any type show what an account is used for."""

kinds = ("account", "region")

_ELSEWHERE = "nothing in this plan shows it; what does may be kept elsewhere"


def from_plan(planned: PlannedWorld) -> Iterator[Account | Region]:
    """Yield each account with a trail, a store of conversation data or a model, and each region with a model."""
    places = Places(planned)
    accounts: dict[str, _Seen] = {}
    regions: dict[tuple[str, str], PlannedResource] = {}
    for resource, named in _model_users(planned):
        account, region = places.of(resource)
        accounts.setdefault(account, _Seen(resource)).models = True
        regions.setdefault((account, named or region), resource)
    for store in conversation_stores.first_of_each_type(planned):
        accounts.setdefault(places.of(store)[0], _Seen(store)).conversations = True
    for trail in planned.of(*TRAILS):
        accounts.setdefault(places.of(trail)[0], _Seen(trail))
    for account, seen in accounts.items():
        yield Account(
            id=account_id(account),
            type="aws",
            account=account,
            uses_models=seen.models or Unknown(_ELSEWHERE),
            stores_conversations=seen.conversations or Unknown(_ELSEWHERE),
            origin=_origin(seen.resource),
        )
    for (account, region), resource in regions.items():
        yield Region(
            id=region_id(account, region),
            type="aws",
            name=region,
            account=account,
            region=region,
            uses_models=True,
            origin=_origin(resource),
        )


def account_id(account: str) -> str:
    """What an account is called in findings."""
    return f"aws:{account or 'account'}"


def region_id(account: str, region: str) -> str:
    """What a region of an account is called in findings."""
    return f"aws:{account}:{region or 'region'}" if account else f"aws:{region or 'region'}"


class _Seen:
    """What a plan shows of one account."""

    def __init__(self, resource: PlannedResource) -> None:
        self.resource = resource
        self.models = False
        self.conversations = False


def _model_users(planned: PlannedWorld) -> Iterator[tuple[PlannedResource, str]]:
    for resource in planned.of(*model_calls.HOSTS, LOGGING):
        yield resource, ""
    yield from model_calls.permitted(planned)


def _origin(resource: PlannedResource) -> Origin:
    return Origin(source="state" if resource.plan.is_state else "plan", plan=resource.plan.name)
