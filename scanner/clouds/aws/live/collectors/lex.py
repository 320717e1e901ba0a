"""Lex: bots, their aliases, and those of their draft's intents that answer with a model. What is said is not read.

Lex V1 ended in September 2025 (Lex Developer Guide, "End of support").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanner.clouds.aws.live.calls import call
from scanner.clouds.aws.live.collectors import tags
from scanner.clouds.aws.live.collectors.masks import hiding
from scanner.collect.calls import Page
from scanner.collect.items import Item, Unread
from scanner.collect.reader import Reader
from scanner.model import Unknown

name = "lex"
everywhere = True
types = ("aws_lexv2models_bot", "aws_lexv2models_intent", "aws_lexv2models_bot_alias")
_BOT, _INTENT, _ALIAS = types
_API = "lexv2-models"
_DRAFT = "DRAFT"
_ANSWERS = "AMAZON.QnAIntent"
"""Signature of the built-in intents that ask a model (Lex V2 Developer Guide, "AMAZON.QnAIntent")."""


def _models_only(page: Page) -> Page:
    """Of an intent, what says which model answers, under which guardrail."""
    return {"qnAIntentConfiguration": _without_texts(page.get("qnAIntentConfiguration") or {})}


def _only_role(page: Page) -> Page:
    """What is kept of a bot's description."""
    return {"roleArn": page["roleArn"]} if "roleArn" in page else {}


_without_texts = hiding("customPrompt", "domainEndpoint", "queryFilterString", "exactResponseFields", "text")

TAGGED = tags.TAGGED
LIST_BOTS = call(_API, "ListBots", items="botSummaries", mask=hiding("description"))
DESCRIBE_BOT = call(_API, "DescribeBot", mask=_only_role)
LIST_LOCALES = call(_API, "ListBotLocales", items="botLocaleSummaries", mask=hiding("description"))
LIST_INTENTS = call(_API, "ListIntents", items="intentSummaries", mask=hiding("description"))
LIST_ALIASES = call(_API, "ListBotAliases", items="botAliasSummaries", mask=hiding("description"))
DESCRIBE_ALIAS = call(_API, "DescribeBotAlias", mask=hiding("description"))
DESCRIBE_INTENT = call(_API, "DescribeIntent", mask=_models_only)


def from_live(reader: Reader) -> Iterator[Item | Unread]:
    """Read every bot of one region."""
    bots = reader.every(LIST_BOTS)
    yield from bots.unread(types)
    tagged = tags.tags_of(reader, "lex:bot") if bots.items else {}
    for found in reader.each(bots.items, lambda one: list(_bot(reader, one, tagged))):
        yield from found


def _bot(reader: Reader, listed: dict[str, Any], tagged: dict[str, tags.Tags] | Unknown) -> Iterator[Item | Unread]:
    id_ = listed["botId"]
    arn = reader.arn("lex", f"bot/{id_}")
    about = reader.ask(DESCRIBE_BOT, botId=id_)
    role = about.get("roleArn") if isinstance(about, dict) else about
    values = {"id": id_, "arn": arn, "name": listed["botName"], "role_arn": role, "tags": tags.tags_for(tagged, arn)}
    yield Item(_BOT, arn, values)
    yield from _aliases(reader, id_, arn)
    locales = reader.every(LIST_LOCALES, botId=id_, botVersion=_DRAFT)
    yield from locales.unread((_INTENT,))
    for locale in locales.items:
        where = {"botId": id_, "botVersion": _DRAFT, "localeId": locale["localeId"]}
        intents = reader.every(LIST_INTENTS, **where)
        yield from intents.unread((_INTENT,))
        for intent in intents.items:
            if intent.get("parentIntentSignature") == _ANSWERS:
                yield _intent(reader, arn, where, intent)


def _aliases(reader: Reader, bot: str, arn: str) -> Iterator[Item | Unread]:
    """What answers behind an alias beside the bot itself, and where it is logged; the provider has no such resource."""
    aliases = reader.every(LIST_ALIASES, botId=bot)
    yield from aliases.unread((_ALIAS,))
    for listed in aliases.items:
        id_ = listed["botAliasId"]
        about = reader.ask(DESCRIBE_ALIAS, botId=bot, botAliasId=id_)
        if not isinstance(about, dict):
            why = about or Unknown("the alias was not there when it was read")
            values: dict[str, Any] = dict.fromkeys(("bot_alias_locale_settings", "conversation_log_settings"), why)
        else:
            values = {
                "bot_alias_locale_settings": _locales(about.get("botAliasLocaleSettings") or {}),
                "conversation_log_settings": _logs(about.get("conversationLogSettings") or {}),
            }
        named = {"bot_id": bot, "bot_alias_id": id_, "name": listed.get("botAliasName")}
        yield Item(_ALIAS, arn.replace(":bot/", ":bot-alias/") + f"/{id_}", named | values)


def _locales(given: dict[str, Any]) -> list[dict[str, Any]]:
    hooks = [
        (one.get("codeHookSpecification") or {}).get("lambdaCodeHook") or {}
        for one in given.values()
        if one.get("enabled", True)
    ]
    found = [
        {"code_hook_specification": [{"lambda_code_hook": [{"lambda_arn": hook["lambdaARN"]}]}]}
        for hook in hooks
        if hook.get("lambdaARN")
    ]
    return [{"bot_alias_locale_setting": found}] if found else []


def _logs(given: dict[str, Any]) -> list[dict[str, Any]]:
    texts = [(one, "cloudWatch", "cloudWatchLogGroupArn") for one in given.get("textLogSettings") or ()]
    sounds = [(one, "s3Bucket", "s3BucketArn") for one in given.get("audioLogSettings") or ()]
    places = [
        (one.get("destination") or {}).get(kind, {}).get(name_)
        for one, kind, name_ in (*texts, *sounds)
        if one.get("enabled")
    ]
    return [{"log_settings": [{"resource_arn": place} for place in places if place]}] if any(places) else []


def _intent(reader: Reader, bot: str, where: dict[str, str], listed: dict[str, Any]) -> Item:
    answer = reader.ask(DESCRIBE_INTENT, **where, intentId=listed["intentId"])
    config = answer.get("qnAIntentConfiguration") if isinstance(answer, dict) else answer
    values = {
        "bot_id": where["botId"],
        "name": listed["intentName"],
        "qna_intent_configuration": [config] if isinstance(config, dict) else config,
    }
    return Item(_INTENT, f"{bot}/locale/{where['localeId']}/intent/{listed['intentId']}", values)
