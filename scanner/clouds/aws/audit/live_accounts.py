"""Live accounts and regions: every one that was read, with what it has once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from scanner.clouds.aws.ai import model_calls
from scanner.clouds.aws.audit import region_settings
from scanner.clouds.aws.audit.opt_out import training_opted_out
from scanner.clouds.aws.compute import workloads
from scanner.clouds.aws.iam import hierarchy
from scanner.clouds.aws.iam.account_settings import account_facts
from scanner.clouds.aws.naming import locate
from scanner.clouds.aws.stores import conversation_stores
from scanner.kinds import Account, Region
from scanner.logic import Answer, both, either, plain
from scanner.model import Noted, Origin, Unknown
from scanner.terraform.instances import Plan, PlannedResource
from scanner.terraform.planned import PlannedWorld

_LOGGING = "aws_bedrock_model_invocation_logging_configuration"
_MODELS = (*model_calls.HOSTS, _LOGGING)
_RUNNING = tuple(type_ for type_ in workloads.terraform_types if type_ != "aws_ssm_parameter")
_POLICIES = (*model_calls.POLICIES, *model_calls.HOLDERS)
_BLOCK = "aws_s3_account_public_access_block"
_BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
_ORIGIN = Origin(source="live")


def account_id(account: str) -> str:
    """What an account is called in findings."""
    return f"aws:{account or 'account'}"


def region_id(account: str, region: str) -> str:
    """What a region of an account is called in findings."""
    return f"aws:{account}:{region or 'region'}" if account else f"aws:{region or 'region'}"


def read(planned: PlannedWorld) -> Iterator[Account | Region]:
    """Yield every account that was read, and each of its regions."""
    parts: dict[str, list[Plan]] = {}
    for part in planned.plans:
        if part.is_live:
            parts.setdefault(part.account, []).append(part)
    permitted = _permitted(planned)
    for account, own in parts.items():
        seen = _Seen(planned, own, permitted.get(account, {}))
        yield Account.of(
            id=account_id(account),
            type="aws",
            account=account,
            planned=False,
            uses_models=seen.uses_models(),
            stores_conversations=seen.stores_conversations(),
            training_opted_out=training_opted_out(planned, own),
            public_access_blocked=seen.public_access_blocked(),
            origin=_ORIGIN,
            **account_facts(planned, account),
            **hierarchy.live_facts(planned, own, account),
        )
        for part in own:
            if part.region:
                yield _region(planned, part, seen)


def _region(planned: PlannedWorld, part: Plan, seen: _Seen) -> Region:
    return Region.of(
        id=region_id(part.account, part.region),
        type="aws",
        name=part.region,
        account=part.account,
        region=part.region,
        planned=False,
        uses_models=seen.uses_models_in(part),
        has_guardrails=seen.has_guardrails(part),
        in_use=seen.in_use(part),
        origin=_ORIGIN,
        **region_settings.facts(planned, part),
    )


def _permitted(planned: PlannedWorld) -> dict[str, dict[str, str]]:
    """By account: a policy that permits calls of models, by the region it names, empty where it names none."""
    found: dict[str, dict[str, str]] = {}
    for policy, region in model_calls.permitted(planned):
        found.setdefault(policy.plan.account, {}).setdefault(region, policy.id)
    return found


class _Seen:
    """What was read of one account."""

    def __init__(self, planned: PlannedWorld, parts: list[Plan], permitted: dict[str, str]) -> None:
        self._planned = planned
        self._parts = parts
        self._permitted = permitted
        account = parts[0].account
        self._models = self._regions(planned.of(*_MODELS))
        self._working = self._regions(planned.of(*_RUNNING))
        self._guarded = self._regions(planned.of(model_calls.GUARDRAIL))
        self._used = self._models | self._working | self._regions(planned.of(*conversation_stores.STORES))
        stores = conversation_stores.first_of_each_type(planned)
        self._conversations = next((s.id for s in stores if s.plan.account == account), "")

    def _regions(self, resources: Iterable[PlannedResource]) -> dict[str, str]:
        """One of an account's resources in each region that has any."""
        found: dict[str, str] = {}
        for resource in resources:
            if resource.plan.account == self._parts[0].account:
                found.setdefault(locate(resource)[2], resource.id)
        return found

    def uses_models(self) -> Answer:
        """Whether anything in the account calls or hosts a model."""
        named = next(iter((*self._models.values(), *self._permitted.values())), "")
        if named:
            return Noted(True, f"{named} shows that models are used")
        return self._none(self._parts, (*_MODELS, *_POLICIES), "nothing in the account calls or hosts a model")

    def stores_conversations(self) -> Answer:
        """Whether a store in the account holds conversation data."""
        if self._conversations:
            return Noted(True, f"{self._conversations} holds conversation data")
        unsure = conversation_stores.unsure(self._planned, self._parts[0].account)
        if unsure is not None:
            return unsure
        return self._none(self._parts, conversation_stores.STORES, "no store in the account holds conversation data")

    def in_use(self, part: Plan) -> Answer:
        """Whether anything runs or rests in a region."""
        if part.region in self._used:
            return Noted(True, f"it is in use, by {self._used[part.region]} for one")
        types = (*_MODELS, *workloads.terraform_types, *conversation_stores.STORES)
        return self._none([part], types, "nothing runs or rests there")

    def has_guardrails(self, part: Plan) -> Answer:
        """Whether there is a guardrail in a region."""
        if part.region in self._guarded:
            return Noted(True, f"{self._guarded[part.region]} is in it")
        return self._none([part], (model_calls.GUARDRAIL,), "there is no guardrail in the region")

    def uses_models_in(self, part: Plan) -> Answer:
        """Whether anything in a region calls or hosts a model.

        A policy that names no region shows it of the regions where something runs, which may act by it.
        """
        named = self._models.get(part.region) or self._permitted.get(part.region)
        if named:
            return Noted(True, f"{named} shows that models are used")
        hosted = self._none([part], _MODELS, "nothing in the region calls or hosts a model")
        return either(self._called_from(part), hosted)

    def _called_from(self, part: Plan) -> Answer:
        """Whether something runs in a region while a policy permits calls of models from any."""
        policy = self._permitted.get("")
        if policy is None:
            # Policies are the account's, whatever regions of it were read.
            return self._none(tuple(self._parts), _POLICIES, "no policy permits calls of models")
        if part.region in self._working:
            return Noted(True, f"{policy} permits calls of models, and {self._working[part.region]} runs there")
        if not self._working and plain(self.in_use(part)) is not False:
            return Unknown(f"{policy} permits calls of models in any region; what calls them was not seen")
        return self._none([part], _RUNNING, "nothing runs there")

    def public_access_blocked(self) -> Answer:
        """Whether all four settings of the account's own block on public access are on.

        Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage".
        """
        block = next((b for b in self._planned.of(_BLOCK) if b.plan in self._parts), None)
        if block is None:
            return self._none(self._parts, (_BLOCK,), "the account has no block on public access")
        return both(*(_on(block, name) for name in _BLOCKS))

    def _none(self, parts: Sequence[Plan], types: tuple[str, ...], because: str) -> Answer:
        """False, unless some of these types were not read there."""
        for part in parts:
            why = next(filter(None, (self._planned.left_out(part, type_) for type_ in types)), "")
            if why or (part.unseen and parts is self._parts):
                return Unknown(why or part.unseen)
        return Noted(False, because)


def _on(block: PlannedResource, name: str) -> Answer:
    value = block.flag(name)
    return Noted(False, f"{name} is off") if value is False else value
