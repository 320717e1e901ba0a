"""Secrets never leave: every text that goes out passes here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from unicodedata import category

import msgspec

HIDDEN = "(hidden)"
_SHORTEST = 4
_LONG = 8
"""From this length on a secret is hidden inside longer words too."""

_KEY = re.compile(r'(?<=\[")(?:[^"\\]|\\.)*(?="\])')
_NAMED_BY_VALUE = ("arn:", "ext:", "bedrock:", "AWS:", "Federated:", "Service:", "CanonicalUser:")
"""What an id begins with that is no address: somebody, or something, of elsewhere."""

_LEADS_TO = " -> "
"""Stands between the ends of a flow in its id."""

_ODD = re.compile(r"[^\x20-\x7e\u00a0-\u00ac\u00ae-\u024f]")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SAFE = re.compile(r"true|false|null|none|-?\d{1,5}(?:\.\d+)?", re.IGNORECASE)

KEY_SHAPES: tuple[tuple[str, str], ...] = (
    ("AWS access key id", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"),
    ("Amazon Bedrock API key", r"(?:ABSK[A-Za-z0-9+/]{60,}={0,2}|bedrock-api-key-[A-Za-z0-9+/=_-]{20,})"),
    ("Anthropic key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("OpenRouter key", r"sk-or-v1-[A-Za-z0-9]{16,}"),
    ("Langfuse key", r"sk-lf-[0-9a-f-]{30,}"),
    ("OpenAI key", r"sk-(?:(?:proj|svcacct|admin|None)-(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{20,})"),
    ("Stripe key", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("Stripe webhook secret", r"whsec_[A-Za-z0-9+/=]{24,}"),
    ("Google API key", r"AIza[A-Za-z0-9_-]{35}"),
    ("Google OAuth secret", r"(?:GOCSPX-[A-Za-z0-9_-]{24,}|ya29\.[A-Za-z0-9_-]{30,})"),
    ("Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    ("GitLab token", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("Slack token", r"(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,}"),
    ("Slack webhook", r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,}"),
    ("Discord webhook", r"discord(?:app)?\.com/api/webhooks/\d+/[A-Za-z0-9_-]{40,}"),
    ("Telegram bot token", r"\d{8,10}:AA[A-Za-z0-9_-]{32,}"),
    ("Groq key", r"gsk_[A-Za-z0-9]{40,}"),
    ("Replicate token", r"r8_[A-Za-z0-9]{30,}"),
    ("Pinecone key", r"pcsk_[A-Za-z0-9_]{40,}"),
    ("xAI key", r"xai-[A-Za-z0-9]{40,}"),
    ("Perplexity key", r"pplx-[A-Za-z0-9]{40,}"),
    ("NVIDIA key", r"nvapi-[A-Za-z0-9_-]{40,}"),
    ("LangSmith key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    ("Together key", r"tgp_v1_[A-Za-z0-9_-]{30,}"),
    ("Tavily key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9]{20,}"),
    ("Twilio key", r"SK[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("SendGrid key", r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("Databricks token", r"dapi[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("Datadog or npm token", r"(?:ddapi_|npm_)[A-Za-z0-9]{30,}"),
    ("JSON web token", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    ("private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"),
)
"""Shapes of credentials, each with the name to call it by; the shapes are those their vendors publish.

Each starts where a word starts, so that `task-...`, `risk-...` and names of packages such as `sk-learn...` are none.
"""

_URL_LOGIN = r"(?<=://)[^/\s:@]*:[^/\s:@]+(?=@)"
_WORD_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=\\u00[01][0-9A-Fa-f]))"
"""Where a word starts, also after a control character that JSON escaped."""

_SHAPES = re.compile(f"{_URL_LOGIN}|{_WORD_START}(?:{'|'.join(shape for _, shape in KEY_SHAPES)})")
_NAMED = (
    *((name, re.compile(_WORD_START + shape)) for name, shape in KEY_SHAPES),
    ("password in a URL", re.compile(_URL_LOGIN)),
)


def credential_shape(text: str) -> str | None:
    """Name of the kind of credential that stands in `text`, if one does."""
    if _SHAPES.search(text) is None:
        return None
    return next(name for name, shape in _NAMED if shape.search(text))


def hide_shapes(text: str) -> str:
    """Hide everything in `text` that is shaped like a credential."""
    return _SHAPES.sub(HIDDEN, text)


def without_shapes(value: Any) -> Any:
    """Hide what is shaped like a credential in each text of plain JSON: none can swallow what stands beside it."""
    return _without_shapes(value) if _SHAPES.search(msgspec.json.encode(value).decode()) else value


def _without_shapes(value: Any) -> Any:
    if isinstance(value, str):
        return hide_shapes(value)
    if isinstance(value, list):
        return [_without_shapes(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name, item in value.items():
        shown = hide_shapes(name)
        kept[f"{shown} {len(kept)}" if shown in kept else shown] = _without_shapes(item)
    return kept


def visible(text: str) -> str:
    r"""One line in which nothing is hidden: control and direction characters are written as `\x1b`."""
    return _ODD.sub(_shown, text)


def json_text(document: Any) -> str:
    """JSON to read and to parse: control and direction characters of its texts are escapes, and mean what they did."""
    text = msgspec.json.format(msgspec.json.encode(document), indent=1).decode()
    return _ODD.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    letter = match[0]
    return json.dumps(letter)[1:-1] if letter != "\n" and category(letter) in _INVISIBLE else letter


def _shown(match: re.Match[str]) -> str:
    letter = match[0]
    if category(letter) not in _INVISIBLE:
        return letter
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


class Redactor:
    """Hides given secrets, and everything shaped like one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the values to hide; those too short or too common to be one are left alone."""
        values = {part for secret in secrets for part in (secret, *secret.splitlines())}
        self._lengths: dict[str, dict[int, set[str]]] = {}
        for value in values:
            if len(value) >= _SHORTEST and not _SAFE.fullmatch(value):
                self._lengths.setdefault(value[:_SHORTEST], {}).setdefault(len(value), set()).add(value)
        # By their first letters only: the pattern stays small, and a search linear, however many secrets there are.
        starts = "|".join(map(re.escape, sorted(self._lengths)))
        self._starts = re.compile(starts) if starts else None
        self.text = lru_cache(maxsize=8192)(self._text)

    def apart(self) -> Redactor:
        """One that numbers what it hides in texts, so that these compare as they are; addresses it hides alike."""
        values = (one for lengths in self._lengths.values() for same in lengths.values() for one in same)
        return _Numbering(values, self)

    def _text(self, text: str) -> str:
        """Hide the secrets in one text."""
        kept: list[str] = []
        at = done = 0
        while self._starts is not None and (match := self._starts.search(text, at)):
            size = self._secret_at(text, match.start())
            at = match.start() + (size or 1)
            if size:
                kept += (text[done : match.start()], self._instead(text[match.start() : at]))
                done = at
        return hide_shapes("".join((*kept, text[done:])))

    def _instead(self, secret: str) -> str:  # noqa: ARG002 - what numbers them asks which it is
        return HIDDEN

    def _secret_at(self, text: str, start: int) -> int:
        """Length of the longest secret that begins here, 0 if none does; a short one must be a word of its own."""
        lengths = self._lengths[text[start : start + _SHORTEST]]
        for size in sorted(lengths, reverse=True):
            inside = text[start - 1 : start].isalnum() or text[start + size : start + size + 1].isalnum()
            if text[start : start + size] in lengths[size] and not (inside and size < _LONG):
                return size
        return 0

    def address(self, address: str) -> str:
        """Hide the secrets in a resource's address: its keys are data, its labels stand in the source for all.

        What goes by a name of its own, such as a role of another account, is a value of the input.
        """
        if address.startswith(_NAMED_BY_VALUE):
            return self.text(address)
        shown = hide_shapes(_KEY.sub(lambda key: self.text(key[0]), address))
        ends = shown.split(_LEADS_TO)  # a flow goes by the names of both
        return _LEADS_TO.join(self.text(end) if end.startswith(_NAMED_BY_VALUE) else end for end in ends)

    def about(self, text: str, address: str) -> str:
        """Hide the secrets in a text about a resource, whose own address stays as `address` writes it."""
        if not address or address not in text:
            return self.text(text)
        return self.address(address).join(map(self.text, text.split(address)))


class _Numbering(Redactor):
    def __init__(self, secrets: Iterable[str], plain: Redactor) -> None:
        super().__init__(secrets)
        self._plain = plain
        self._numbers: dict[str, int] = {}

    def address(self, address: str) -> str:
        return self._plain.address(address)

    def _instead(self, secret: str) -> str:
        return f"({HIDDEN.strip('()')} {self._numbers.setdefault(secret, len(self._numbers) + 1)})"
