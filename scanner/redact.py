"""Secrets never leave: every text that goes out passes here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

HIDDEN = "(hidden)"
_SHORTEST = 4
_SAFE = re.compile(r"true|false|null|none|-?\d{1,5}(?:\.\d+)?", re.IGNORECASE)

KEY_SHAPES: tuple[tuple[str, str], ...] = (
    ("AWS access key id", r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9])"),
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("OpenAI key", r"sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_-]{20,}"),
    ("OpenRouter or Stripe key", r"(?:sk-or-v1-|[sr]k_(?:live|test)_)[A-Za-z0-9]{16,}"),
    ("Google API key", r"AIza[A-Za-z0-9_-]{35}"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    ("GitLab token", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("Slack token", r"xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    ("Slack webhook", r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
    ("Groq key", r"gsk_[A-Za-z0-9]{40,}"),
    ("Replicate token", r"r8_[A-Za-z0-9]{30,}"),
    ("Pinecone key", r"pcsk_[A-Za-z0-9_]{40,}"),
    ("Langfuse key", r"sk-lf-[0-9a-f-]{30,}"),
    ("xAI key", r"xai-[A-Za-z0-9]{40,}"),
    ("Perplexity key", r"pplx-[A-Za-z0-9]{40,}"),
    ("SendGrid key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("Datadog or npm token", r"(?:ddapi_|npm_)[A-Za-z0-9]{30,}"),
    ("JSON web token", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"),
    ("password in a URL", r"(?<=://)[^/\s:@]*:[^/\s:@]+(?=@)"),
)
"""Shapes of credentials, each with the name to call it by; the shapes are those their vendors publish."""

_SHAPES = re.compile("|".join(f"(?:{shape})" for _, shape in KEY_SHAPES))
_NAMED = tuple((name, re.compile(shape)) for name, shape in KEY_SHAPES)


def credential_shape(text: str) -> str | None:
    """Name of the kind of credential that stands in `text`, if one does."""
    if _SHAPES.search(text) is None:
        return None
    return next(name for name, shape in _NAMED if shape.search(text))


def hide_shapes(text: str) -> str:
    """Hide everything in `text` that is shaped like a credential."""
    return _SHAPES.sub(HIDDEN, text)


class Redactor:
    """Hides given secrets, and everything shaped like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the values to hide; those too short or too common to be one are left alone."""
        values = {part for secret in secrets for part in (secret, *secret.splitlines())}
        values = {v for v in values if len(v) >= _SHORTEST and not _SAFE.fullmatch(v)}
        self._pattern = re.compile(_trie(sorted(values))) if values else None
        self.text = lru_cache(maxsize=8192)(self._text)

    def _text(self, text: str) -> str:
        """Hide the secrets in one text."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        return hide_shapes(text)


def _trie(words: list[str]) -> str:
    """One regular expression for many words, branching letter by letter so that a search stays linear."""
    root: dict[str, dict] = {}  # type: ignore[type-arg]
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _branch(root)


def _branch(node: dict) -> str:  # type: ignore[type-arg]
    """Write one node; runs of single letters are written in a loop, so that long words do not recurse."""
    text = ""
    while len(node) == 1:
        letter, node = next(iter(node.items()))
        if letter == "":
            return text
        text += re.escape(letter)
    options = [re.escape(letter) + _branch(inner) for letter, inner in sorted(node.items(), reverse=True) if letter]
    longest = f"(?:{'|'.join(options)})"
    return text + (f"(?:{longest})?" if "" in node else longest)
