"""Credentials in settings: told by the shape of a value, or by a setting's name and a literal value.

A name counts when it ends in what a credential is called (OPENAI_API_KEY, DB_PASS), not when something follows that
makes it a name, place or limit of one (DB_PASSWORD_SECRET_NAME, AUTH_TOKEN_URL, TOKEN_LIMIT). A value counts when it
is literal: an ARN, path, URL without password, reference, placeholder, boolean or number is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from scanner.logic import Answer
from scanner.model import Noted, Unknown
from scanner.redact import HIDDEN, credential_shape


def _words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


MASKED = "<masked>"
"""Stands, in what was read of an account, for a setting's value that is no credential."""

MASKED_ID = "<masked, may hold an id>"
"""The same, where the value holds something made like the id of a resource."""

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_FILLERS = _words(
    "PROD PRODUCTION STAGING STAGE DEV TEST LIVE VALUE PLAIN PLAINTEXT RAW B BASE CURRENT OLD NEW PREVIOUS PRIMARY "
    "SECONDARY DEFAULT"
)
"""Words after a credential's noun that leave it one: OPENAI_API_KEY_PROD, TOKEN_2."""

_NOUNS = _words("PASSWORD PASSWORDS PASSWD PASSPHRASE PWD PASS TOKEN APIKEY APIKEYS")
_VAGUE = _words("SECRET SECRETS CREDENTIAL CREDENTIALS CREDS")
"""Nouns that name a credential as often as the place where it is kept."""

_GLUED = ("PASSWORD", "PASSWD", "APIKEY", "SECRETKEY", "ACCESSKEY", "ACCESSTOKEN", "AUTHTOKEN", "CLIENTSECRET")
_SECRET_OF = _words(
    "CLIENT WEBHOOK SIGNING JWT SESSION SHARED COOKIE HMAC OAUTH NEXTAUTH AUTH API CONSUMER APP TOKEN CSRF"
)
_KEY_OF = _words(
    "API ACCESS SECRET PRIVATE SIGNING ENCRYPTION MASTER AUTH ACCOUNT SUBSCRIPTION ADMIN JWT HMAC SHARED "
    "APP APPLICATION DEPLOY WEBHOOK INTEGRATION OPENAI ANTHROPIC COHERE MISTRAL GROQ GEMINI PINECONE "
    "HUGGINGFACE STRIPE SENDGRID TWILIO DATADOG LANGFUSE LANGSMITH LANGCHAIN REPLICATE TOGETHER TAVILY DEEPSEEK "
    "PERPLEXITY VOYAGE JINA WEAVIATE QDRANT ELEVENLABS DEEPGRAM LLM"
)
_MAYBE_KEY_ID = _words("ENCRYPTION SIGNING MASTER")
_TEXT_TOKENS = _words("BOS EOS PAD UNK STOP SEP CLS MASK START END SPECIAL NEXT PAGE CONTINUATION PER MAX MIN")
"""What stands before TOKEN when it means a piece of text or a place in a list."""

_PUBLIC = _words("PUBLIC PUBLISHABLE")

_HARMLESS = re.compile(
    r"""
      (?:true|false|yes|no|on|off|y|n|enabled?|disabled?|required|optional|none|null|nil|undefined|default|auto)
    | [-+]?\d+(?:\.\d+)?[a-z%]?
    | arn:.* | alias/.*
    | \$\{.* | \{\{.* | \$\(.* | `.* | <.* | %[{(%s].* | \(\(.* | @.*\(.* | \$\w+ | \{\w+\} | %\w+% | \$\d\w*\$.*
    | (?:vault|ssm|sm|op|secretsmanager|awssm|env|file|ref\+[a-z]+|aws-sm|kms)[:/].*
    | projects/.*/secrets/.*
    | [a-z][a-z0-9+.-]*://[^@\s]*
    | [\w.-]+\.(?:json|pem|key|txt|ya?ml|env|crt|cer|p12|pfx|jks|ini|conf|toml|properties)
    | </?\w+> | \[\w+\] | [x*._?-]+
    | (?:change|replace|set|fill|update)[-_ ]?(?:me|this|it|in|with|by|before|after|later|your)(?:[^a-z].*)? | changeit
    | to[-_ ]?(?:do|be|set)(?:[^a-z].*)? | tbd | tba | fixme | n/?a | unset | redacted | hidden
    | not[-_ ]?(?:set|used|needed|applicable)(?:[^a-z].*)?
    | (?:your|insert|enter)[-_ ].* | (?:dummy|placeholder|sample|fake|mock)(?:[-_ ].*)?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SEGMENT = r"(?:[a-z0-9_.@-]+|[A-Z0-9_.-]+|(?:[A-Z][a-z]+)+)"
_PATH = re.compile(rf"[./~]?{_SEGMENT}?(?:/{_SEGMENT})+/?")
_HIDDEN_SHAPE = "a credential that was hidden"
_SHORTEST_SHAPE = 15
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RESOURCE_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)+")
_LONG_NUMBER = re.compile(r"\d{6,}")
_IN_URL = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_IN_CONNECTION = re.compile(r"(?:^|[;\s?&])(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*([^;\s&]+)", re.IGNORECASE)
_ASSIGNMENT = re.compile(
    r"""(?<![\w.$-])(?:--?)?([A-Za-z_][\w.-]{1,62}\w)["']?(?:=(?!=)|[ \t]*:(?:[ \t]+|(?=["']))|[ \t]+=[ \t]+)"""
    r"""(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#][^\s"';,|&]*))"""
)
_OPTION = re.compile(r"--([a-z][a-z-]+)\s+(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"'-][^\s\"';|&]*))")
_CODE = re.compile(r"[\[{$<].*|.*[()].*|\w+(?:\.[A-Za-z_]\w*)+")


@dataclass
class Evidence:
    """What was found in the settings of one resource: credentials by setting, and what could not be judged."""

    found: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    def add(self, setting: str, because: str) -> None:
        """Take in a credential; `setting` is a name, never a value."""
        self.found.setdefault(setting, because)

    def doubt(self, reason: str) -> None:
        """Take in something that may hold a credential."""
        self.doubts.append(reason)

    def plaintext(self) -> Answer:
        """Whether a credential stands there: certain once one is found, open while anything is not judged."""
        if self.found:
            told = [f"{name}: {why}" for name, why in list(self.found.items())[:3]]
            rest = len(self.found) - len(told)
            return Noted(value=True, because="; ".join([*told, *([f"and {rest} more"] if rest else [])]))
        return Unknown(self.doubts[0]) if self.doubts else False

    def names(self) -> tuple[str, ...] | Unknown:
        """Settings that hold one, in alphabetical order; not known where only doubts are."""
        return Unknown(self.doubts[0]) if self.doubts and not self.found else tuple(sorted(self.found))

    def setting(self, name: str, value: object) -> None:
        """Judge one setting by its value's shape, and by its name."""
        if value is None or isinstance(value, bool):
            return
        text = value if isinstance(value, str) else str(value)
        shape = literal_shape(text)
        if shape:
            self.add(name, _told(shape))
            return
        verdict = credential_by_name(name, text)
        if isinstance(verdict, Unknown):
            self.doubt(verdict.reason)
        elif verdict:
            self.add(name, "its name calls it a credential, and its value is literal")
        elif "{" in text or "\n" in text:
            self.text(text, name)

    def shape(self, where: str, text: str) -> None:
        """Judge a text that is no setting by its shape alone."""
        shape = literal_shape(text)
        if shape:
            self.add(where, _told(shape))

    def settings(self, values: Mapping[str, object]) -> None:
        """Judge a whole map of settings."""
        for name, value in values.items():
            self.setting(str(name), value)

    def text(self, text: str, where: str) -> None:
        """Judge a script, a configuration file or a command."""
        named = False
        for name, value in assignments(text):
            shape = literal_shape(value)
            if shape:
                self.add(name, _told(shape))
            elif credential_by_name(name, value) is True:
                self.add(name, f"it is set to a literal value in {where}")
            else:
                continue
            named = True
        shape = None if named else _shape(text)
        if shape:
            self.add(where, _told(shape))


def literal_shape(value: str) -> str | None:
    """What a credential in a setting's value is called by its shape; a password in a connection string is one."""
    if "=" in value and not all(map(_harmless, _IN_CONNECTION.findall(value))):
        return "password in a connection string"
    return _shape(value)


def _told(shape: str) -> str:
    hidden = "it holds a credential, which was hidden when it was read"
    return hidden if shape == _HIDDEN_SHAPE else f"it holds what is shaped like this: {shape}"


@lru_cache(maxsize=8192)
def _shape(text: str) -> str | None:
    if HIDDEN in text:
        return _HIDDEN_SHAPE
    if "://" in text and "@" in text:
        if not all(map(_harmless, _IN_URL.findall(text))):
            return "password in a URL"
        text = _IN_URL.sub("://", text)
    return credential_shape(text) if len(text) >= _SHORTEST_SHAPE else None


def credential_by_name(name: str, value: str) -> bool | Unknown:
    """Whether the name calls it a credential and the value is literal; unknown where it may be a secret's name."""
    noun = credential_noun(name)
    if not noun:
        return False
    value = value.strip().strip("\"'")
    if noun in {"PASSWORD", "PASS", "PASSWD", "PWD"} and _LONG_NUMBER.fullmatch(value):
        return True
    if _harmless(value) or _refers(value, name) or (noun in _MAYBE_KEY_ID and _UUID.fullmatch(value)):
        return False
    if noun in _VAGUE and _RESOURCE_NAME.fullmatch(value):
        return Unknown(f"{name} may hold a secret or only the name of one")
    return True


@lru_cache(maxsize=8192)
def credential_noun(name: str) -> str:
    """What a setting's name calls it, such as PASSWORD or, for keys, their sort; empty where it is no credential."""
    parts = [part.upper() for part in _WORD.findall(name)]
    while len(parts) > 1 and (parts[-1] in _FILLERS or parts[-1].isdigit()):
        parts.pop()
    if not parts or _PUBLIC.intersection(parts):
        return ""
    last: str = parts[-1]
    before: str = parts[-2] if len(parts) > 1 else ""
    if last in {"KEY", "KEYS"}:
        return before if before in _KEY_OF or before.endswith("API") else ""
    if last == "TOKEN" and before in _TEXT_TOKENS:
        return ""
    if last in _VAGUE:
        return "KEPT" if before in _SECRET_OF else last
    if last in _NOUNS:
        return last
    return "PASSWORD" if last.endswith(_GLUED) else ""


def _refers(value: str, name: str) -> bool:
    """Whether a value is itself the name of a setting."""
    if value.upper() == name.upper():
        return True
    return bool(_CONSTANT.fullmatch(value) and (credential_noun(value) or credential_noun(value.rsplit("_", 1)[0])))


def _harmless(value: str) -> bool:
    """Whether a value opens nothing by itself."""
    value = value.strip()
    return len(value) < 2 or _HARMLESS.fullmatch(value) is not None or _PATH.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def assignments(text: str) -> tuple[tuple[str, str], ...]:
    """Names and literal values of what looks like an assignment, an entry or an option."""
    matches = [match for pattern in (_ASSIGNMENT, _OPTION) for match in pattern.finditer(text)]
    literal = [match for match in matches if match[4] is None or not _CODE.fullmatch(match[4])]
    return tuple((match[1], match[2] or match[3] or match[4] or "") for match in literal)
