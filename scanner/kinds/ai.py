"""Models, what stands before them, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.kinds.marks import UNREAD
from scanner.model import Resource, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Model(Resource):
    """A model the chatbot calls.

    Types: foundation_model, inference_profile, custom_model, provisioned_throughput, endpoint, hosted_model, vendor.
    """

    kind = "model"

    operator: str | Unknown = UNREAD
    """Who runs it: own, cloud or third_party."""

    encrypted: bool | Unknown = UNREAD
    """Whether its storage is encrypted with a customer's key."""

    isolated: bool | Unknown = UNREAD
    """Whether it runs without network access of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail(Resource):
    """A filter between people and a model."""

    kind = "guardrail"

    redacts: bool | Unknown = UNREAD
    """Whether it blocks or masks personal data in prompts and in responses, by kinds that are of people or patterns."""

    blocks_attacks: bool | Unknown = UNREAD
    """Whether it blocks prompts that try to turn the model against its instructions; only to detect them is less."""

    grounds: bool | Unknown = UNREAD
    """Whether it blocks answers that the sources given to the model do not bear out."""

    attached: bool | Unknown = UNREAD
    """Whether something that calls a model uses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Resource):
    """What lets a model act.

    Types: agent, action_group, user_input and code_interpreter (built-in groups without actions of their own),
    knowledge_base, data_source, alias, collaborator, association, prompt, flow, bot.
    """

    kind = "agent"

    guarded: bool | Unknown = UNREAD
    """Whether a guardrail stands between it and the model."""

    guardrail_redacts: bool | Unknown = UNREAD
    """Whether that guardrail blocks or masks personal data in prompts and in responses."""

    guardrail_blocks_attacks: bool | Unknown = UNREAD
    """Whether that guardrail blocks prompts that try to turn the model against its instructions."""

    guardrail_grounds: bool | Unknown = UNREAD
    """Whether that guardrail blocks answers that the sources given to the model do not bear out."""

    retrieves: bool | Unknown = UNREAD
    """Whether an agent answers from a knowledge base."""

    pinned: bool | Unknown = UNREAD
    """Whether an alias leads to released versions alone, and whether an agent names one model and no router."""

    logged: bool | Unknown = UNREAD
    """Whether a log of what an agent or a knowledge base does is delivered anywhere."""

    irreversible: bool | Unknown = UNREAD
    """Whether one of its actions cannot be undone, as the user classified them."""

    confirmed: bool | Unknown = UNREAD
    """Whether a person confirms each irreversible action, or control returns to the application."""

    acts_as: str | Unknown = UNREAD
    """The identity that an agent, knowledge base, flow or bot acts as."""
