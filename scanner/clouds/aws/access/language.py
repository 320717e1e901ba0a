"""All that the access engine and the questions ask about AWS, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner.clouds.aws.access.duties import carrying_out, unseen
from scanner.clouds.aws.access.escalation import escalation_rules
from scanner.clouds.aws.access.users_of import own_part, sort_of
from scanner.clouds.aws.access.vocabulary import VOCABULARY, AWSVocabulary
from scanner.clouds.aws.iam.actions import actions
from scanner.iam.rules import Rules
from scanner.model import Statement

SELF_GRANTING: Mapping[str, tuple[str, ...]] = {
    "role": ("iam:PutRolePolicy", "iam:AttachRolePolicy"),
    "user": ("iam:PutUserPolicy", "iam:AttachUserPolicy"),
    "group": ("iam:PutGroupPolicy", "iam:AttachGroupPolicy"),
}
"""Source: AWS Service Authorization Reference, "Actions defined by AWS Identity and Access Management"."""


@dataclass(frozen=True, slots=True)
class Language:
    """What AWS says of who may do what."""

    vocabulary: AWSVocabulary = VOCABULARY
    self_granting: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: SELF_GRANTING)
    """By type of identity the actions by which whoever may do them to itself can do everything."""

    @property
    def escalation(self) -> Rules:
        """How identities of AWS become others."""
        return escalation_rules()

    def carrying_out(self, duty: str, type_: str, /) -> tuple[str, ...]:
        """Actions by which a duty is carried out on a provider's type; without one, on the account as a whole."""
        return carrying_out(duty, type_)

    def unseen(self, duty: str, /) -> tuple[str, ...]:
        """Actions that carry out a duty, to be asked of anything where nothing that it is about was seen."""
        return unseen(duty)

    def written(self, action: str, /) -> str:
        """An action, or a pattern of some, as AWS writes it."""
        found = () if set("*?") & set(action) else actions(action)
        return found[0].name if found else action

    def level_of(self, action: str, /) -> str:
        """What sort of action one is to AWS: list, read, write, tagging or permissions management."""
        return next((one.level for one in actions(action)), "")

    def sort_of(self, principal: str, keys: Iterable[str], /) -> str:
        """Sort of those who are a principal of a trust policy: people, programs, pipelines or customers."""
        return sort_of(principal, keys)

    def own_part(self, statement: Statement, /) -> bool:
        """Whether a statement lets whoever asks at his own part of things alone."""
        return own_part(statement)


LANGUAGE = Language()
"""The one there is."""
