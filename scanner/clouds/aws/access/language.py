"""All that the access engine and the questions ask about AWS, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.clouds.aws.access.vocabulary import VOCABULARY, AWSVocabulary


@dataclass(frozen=True, slots=True)
class Language:
    """What AWS says of who may do what."""

    vocabulary: AWSVocabulary = VOCABULARY


LANGUAGE = Language()
"""The one there is."""
