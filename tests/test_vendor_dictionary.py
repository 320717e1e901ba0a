"""The dictionary of vendors: each entry is sound, and hosts and names are told as they are written in the wild."""

from __future__ import annotations

import re

import pytest

from scanner.graph.vendors import TYPES, dictionary, node_at

ALL = dictionary()
HOST = re.compile(r"\*?[a-z0-9-]+(\.[a-z0-9-]+)+")


def test_each_entry_is_sound_and_says_what_no_other_does() -> None:
    domains = [domain for one in ALL.vendors for domain in one.hosts]
    phrases = [phrase for one in ALL.vendors for phrase in (*one.words, *one.keys)]
    for told in (domains, phrases, [one.name for one in ALL.vendors], [one.host for one in ALL.vendors]):
        assert len(told) == len(set(told)), sorted(one for one in told if told.count(one) > 1)
    for one in ALL.vendors:
        assert one.type in TYPES
        assert all(HOST.fullmatch(domain) for domain in (*one.hosts, one.host)), one
        assert ALL.at(one.host) in {one, None}, one.host
        assert ALL.at(one.host) is one, f"{one.name}: its own host is none of its domains"
        for phrase in one.words:
            assert ALL.named(phrase.replace(" ", "_").upper()) is one, phrase
        for phrase in one.keys:
            assert ALL.named(f"{phrase} api key".replace(" ", "_").upper()) is one, phrase


def test_the_vendors_of_a_chatbot_are_there() -> None:
    wanted = """
        OpenAI, Anthropic, Cohere, Mistral AI, Groq, Together AI, Replicate, Hugging Face, Azure OpenAI, Google Gemini,
        Google Vertex AI, Perplexity, DeepSeek, xAI, ElevenLabs, Deepgram, AssemblyAI, Pinecone, Weaviate Cloud,
        Qdrant Cloud, Zilliz Cloud, MongoDB Atlas, LangSmith, Langfuse, Helicone, Datadog, New Relic, Sentry, Honeycomb,
        Splunk, Elastic Cloud, Snowflake, Slack, Twilio, SendGrid, Zendesk, Intercom, Salesforce, HubSpot, Stripe,
        Segment, Amplitude, Mixpanel, PostHog, Auth0, Okta
    """
    assert {name.strip() for name in wanted.split(",")} <= {one.name for one in ALL.vendors}


@pytest.mark.parametrize(
    ("host", "vendor"),
    [
        ("api.openai.com", "OpenAI"),
        ("EU.API.OPENAI.COM.", "OpenAI"),
        ("acme.openai.azure.com", "Azure OpenAI"),
        ("us-central1-aiplatform.googleapis.com", "Google Vertex AI"),
        ("http-intake.logs.datadoghq.eu", "Datadog"),
        ("hooks.slack.com", "Slack"),
        ("cluster0.ab1cd.mongodb.net", "MongoDB Atlas"),
        ("evilopenai.com", ""),
        ("openai.com.evil.example", ""),
        ("", ""),
    ],
)
def test_who_answers_on_a_host(host: str, vendor: str) -> None:
    found = ALL.at(host)
    assert (found.name if found else "") == vendor


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("OPENAI_API_KEY", "OpenAI"),
        ("openaiApiKey", "OpenAI"),
        ("AZURE_OPENAI_ENDPOINT", "Azure OpenAI"),
        ("prod/chat/anthropic", "Anthropic"),
        ("DD_API_KEY", "Datadog"),
        ("DD_SITE", ""),
        ("SEGMENT_WRITE_KEY", "Segment"),
        ("SEGMENT_SIZE", ""),
        ("NEW_RELIC_LICENSE_KEY", "New Relic"),
        ("DB_WRITER_PASSWORD", ""),
        ("MAX_AI_KEYS", ""),
        ("REOPENAIR_TOKEN", ""),
    ],
)
def test_whose_name_stands_in_the_name_of_a_setting(name: str, vendor: str) -> None:
    found = ALL.named(name)
    assert (found.name if found else "") == vendor


def test_the_name_of_a_secret_counts_without_what_a_credential_is_called() -> None:
    assert ALL.named("prod/slack") is None
    found = ALL.named("prod/slack", of_secret=True)
    assert found is not None
    assert found.name == "Slack"


def test_a_vendor_is_one_node_on_whichever_host_it_answers() -> None:
    node = node_at("eu.api.openai.com")
    assert (node.id, node.type, node.name, node.data) == ("ext:api.openai.com", "model", "OpenAI", ())
    other = node_at("crm.partner.example")
    assert (other.id, other.type, other.name) == ("ext:crm.partner.example", "host", "crm.partner.example")


def test_what_things_are_only_fetched_from() -> None:
    assert ALL.fetched_from("www.npmjs.org")
    assert not ALL.fetched_from("api.openai.com")
