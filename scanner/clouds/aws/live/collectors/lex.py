"""Lex: bots, and those of their draft's intents that answer with a model. What people say to them is not read.

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
types = ("aws_lexv2models_bot", "aws_lexv2models_intent")
_BOT, _INTENT = types
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
    locales = reader.every(LIST_LOCALES, botId=id_, botVersion=_DRAFT)
    yield from locales.unread((_INTENT,))
    for locale in locales.items:
        where = {"botId": id_, "botVersion": _DRAFT, "localeId": locale["localeId"]}
        intents = reader.every(LIST_INTENTS, **where)
        yield from intents.unread((_INTENT,))
        for intent in intents.items:
            if intent.get("parentIntentSignature") == _ANSWERS:
                yield _intent(reader, arn, where, intent)


def _intent(reader: Reader, bot: str, where: dict[str, str], listed: dict[str, Any]) -> Item:
    answer = reader.ask(DESCRIBE_INTENT, **where, intentId=listed["intentId"])
    config = answer.get("qnAIntentConfiguration") if isinstance(answer, dict) else answer
    values = {
        "bot_id": where["botId"],
        "name": listed["intentName"],
        "qna_intent_configuration": [config] if isinstance(config, dict) else config,
    }
    return Item(_INTENT, f"{bot}/locale/{where['localeId']}/intent/{listed['intentId']}", values)
