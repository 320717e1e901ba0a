"""All that the access engine and the questions ask about AWS, in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.clouds.aws.access.duties import carrying_out
from scanner.clouds.aws.access.escalation import escalation_rules
from scanner.clouds.aws.access.users_of import sort_of
from scanner.clouds.aws.access.vocabulary import VOCABULARY, AWSVocabulary
from scanner.iam.rules import Rules


@dataclass(frozen=True, slots=True)
class Language:
    """What AWS says of who may do what."""

    vocabulary: AWSVocabulary = VOCABULARY

    @property
    def escalation(self) -> Rules:
        """How identities of AWS become others."""
        return escalation_rules()

    def carrying_out(self, duty: str, type_: str, /) -> tuple[str, ...]:
        """Actions by which a duty is carried out on a provider's type; without one, on the account as a whole."""
        return carrying_out(duty, type_)

    def sort_of(self, principal: str, keys: Iterable[str], /) -> str:
        """Sort of those who are a principal of a trust policy: people, programs, pipelines or customers."""
        return sort_of(principal, keys)


LANGUAGE = Language()
"""The one there is."""
