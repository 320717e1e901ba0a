"""What calls functions and tasks by its settings: bots, user pools, and the services of containers.

Sources: Amazon Lex V1 Developer Guide, "Using Lambda functions"; Amazon Lex V2 Developer Guide, "Integrating an AWS
Lambda function into your bot"; Amazon Cognito Developer Guide, "Customizing user pool workflows with Lambda triggers";
Amazon ECS Developer Guide, "Amazon ECS services".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.clouds.aws.links.ends import gap
from scanner.clouds.aws.links.leads import Setting, leads
from scanner.clouds.aws.links.seen import Linked, Seen
from scanner.clouds.aws.links.things import FUNCTION, SERVICE, TASK, at
from scanner.clouds.aws.wiring.settings import blocks_at
from scanner.model import Unknown
from scanner.terraform.instances import PlannedResource

_BOT, _INTENT = "aws_lex_bot", "aws_lex_intent"
_HOOKS = (("fulfillment_activity", "code_hook"), ("dialog_code_hook",))
_TRIGGERS = (
    "create_auth_challenge", "custom_message", "define_auth_challenge", "post_authentication", "post_confirmation",
    "pre_authentication", "pre_sign_up", "pre_token_generation", "user_migration", "verify_auth_challenge_response",
)  # fmt: skip
_SENDERS = ("custom_email_sender", "custom_sms_sender", "pre_token_generation_config")
_ALIAS = "aws_lexv2models_bot_alias"
_IN_ALIAS = ("bot_alias_locale_settings", "bot_alias_locale_setting", "code_hook_specification",
             "lambda_code_hook")  # fmt: skip


def flows(seen: Seen) -> Iterator[Linked]:
    """Hooks of bots, triggers of user pools, and tasks of services."""
    for bot in seen.planned.of(_BOT):
        yield from _bot(seen, bot)
    for alias in seen.planned.of(_ALIAS):
        yield from _alias(seen, alias)
    for pool in seen.planned.of("aws_cognito_user_pool"):
        yield from _pool(seen, pool)
    for service in seen.planned.of(SERVICE):
        setting = Setting(
            owner=service, attribute="task_definition", rule="aws-ecs-service", types=(TASK,), how="sends_to",
            reason="the service runs its tasks",
        )  # fmt: skip
        yield from leads(seen, at(seen, service), setting)


def _bot(seen: Seen, bot: PlannedResource) -> Iterator[Linked]:
    node = at(seen, bot)
    named = {name for block in blocks_at(bot, ("intent",)) if isinstance(name := block.values.get("intent_name"), str)}
    for intent in seen.planned.of(_INTENT):
        if intent.plan is bot.plan and str(intent.values.get("name")) in named:
            for path in _HOOKS:
                for block in blocks_at(intent, path):
                    setting = Setting(
                        owner=intent, block=block, attribute="uri", within=".".join(path), types=(FUNCTION,),
                        rule="aws-lex-hook", how="invokes", reason="the bot asks it what to answer",
                    )  # fmt: skip
                    yield from leads(seen, node, setting)


def _alias(seen: Seen, alias: PlannedResource) -> Iterator[Linked]:
    """The function of an alias; an account tells it, the provider has no such resource."""
    bot = seen.planned.target(alias, "bot_id", ("aws_lexv2models_bot",))
    if not isinstance(bot, PlannedResource):
        return
    if isinstance(there := alias.blocks(_IN_ALIAS[0]), Unknown):
        yield gap(bot.id, f"which functions it asks, and where it is logged, is not known: {there.reason}")
    for block in blocks_at(alias, _IN_ALIAS):
        setting = Setting(
            owner=alias, block=block, attribute="lambda_arn", within=".".join(_IN_ALIAS), types=(FUNCTION,),
            rule="aws-lex-hook", how="invokes", reason="the bot asks it what to answer",
        )  # fmt: skip
        yield from leads(seen, at(seen, bot), setting)


def _pool(seen: Seen, pool: PlannedResource) -> Iterator[Linked]:
    node = at(seen, pool)
    for config in blocks_at(pool, ("lambda_config",)):
        for name in _TRIGGERS:
            setting = Setting(
                owner=pool, block=config, attribute=name, within="lambda_config", types=(FUNCTION,), how="triggers",
                rule="aws-cognito-trigger", reason="the user pool hands it who signs in",
            )  # fmt: skip
            yield from leads(seen, node, setting)
        for name in _SENDERS:
            senders = config.blocks(name)
            for block in () if isinstance(senders, Unknown) else senders:
                setting = Setting(
                    owner=pool, block=block, attribute="lambda_arn", within=f"lambda_config.{name}", types=(FUNCTION,),
                    how="triggers", rule="aws-cognito-trigger", reason="the user pool hands it who signs in",
                )  # fmt: skip
                yield from leads(seen, node, setting)
