"""What readers take out of a text that a plan marks sensitive: each part of it is as secret as the whole.

The redactor hides a value wherever it stands, so what every document of a format has is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from scanner import yamlfile

_LONGEST_YAML = 1_000_000
_YAML = re.compile(r"""^["']?(?:openapi|swagger)["']?\s*:""", re.MULTILINE)
_ARN = re.compile(r"arn:[a-z0-9*-]*:([^:]*):[^:]*:([^:]*):(.+)", re.DOTALL)
_ACCOUNT = re.compile(r"\d{12}")

_ACTIONS = frozenset({"Action", "NotAction"})
_ACTION = re.compile(r"\*|[A-Za-z0-9*-]+:[A-Za-z0-9*?]+")
_CHOICES = frozenset({"type", "format", "in", "protocol", "logDriver", "condition", "scheme", "Type", "Effect"})
_CHOICE = re.compile(r"[A-Za-z0-9_-]{1,16}")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?|[a-z0-9-]+\.aws\.internal")
_PLAIN = re.compile(r"\W*|\d{1,3}|20(?:12-10|08-10)-17|[a-z]+/(?:json|xml|plain|html|\*)")
_KIND_OF_ARN = re.compile(
    r"role|user|group|policy|key|alias|secret|function|table|topic|queue|root|instance|cluster|service|"
    r"assumed-role|federated-user|instance-profile|oidc-provider|saml-provider|mfa|service-role|"
    r"aws-service-role|aws-reserved|log-group|log-stream"
)
_WORDS = re.compile(
    r"account|admin|allow|allowed|anyone|anything|array|body|boolean|default|delete|deny|disabled|enabled|"
    r"everyone|false|integer|none|null|number|object|only|private|public|read|statement|statements|string|this|"
    r"true|unknown|update|write"
)
"""Words of formats and of what this program says, as values."""

_SHORT_NAME = 8
_CONDITION_KEY = re.compile(r"(?P<prefix>[^:/]+):[A-Za-z0-9_-]+(?:/(?P<tag>.+))?", re.DOTALL)
_PUBLIC_ISSUER = re.compile(r"(?:.+\.)?(?:amazonaws|amazon|google|githubusercontent|gitlab|facebook)\.com")
_ELEMENT = re.compile(r"x-[a-z-]+|[a-z]+/[a-z*+-]+|\$[a-z]+|\d{3}")
"""Names as OpenAPI writes its elements: x-amazon-..., $ref."""

_NAMES = re.compile(
    r"components|database|definitions|deprecated|description|environment|examples|hostname|metadata|operation|"
    r"parameters|password|patterns|produces|properties|protocol|required|resources|responses|security|settings|"
    r"statement|swagger|username|additional|consumes"
)
"""Longer names of elements that are of one lower case word."""


def parts(secrets: Iterable[str]) -> set[str]:
    """Take secret texts apart as readers do: JSON, YAML of OpenAPI, and ARNs."""
    found: set[str] = set()
    for secret in secrets:
        found.update(_of_arn(secret))
        found.update(_inside(_parsed(secret)))
    return found


def _parsed(text: str) -> Any:
    """The object or list that a text holds, None where it holds none."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            found = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return None
        return found if isinstance(found, (dict, list)) else None
    if len(text) > _LONGEST_YAML or not _YAML.search(text):
        return None
    try:
        return yamlfile.parse("", text).value
    except yamlfile.YamlError:
        return None


def _inside(document: Any) -> Iterator[str]:
    # A list of what is left, for a document may be nested deeper than Python calls.
    left: list[tuple[str, Any]] = [("", document)]
    while left:
        name, value = left.pop()
        if isinstance(value, dict):
            left.extend((str(key), item) for key, item in value.items())
            for key in value:
                yield from _of_name(str(key))
        elif isinstance(value, list):
            left.extend((name, item) for item in value)
        elif isinstance(value, str):
            yield from _of_text(name, value)
            left.append((name, _parsed(value)))
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield from filter(_tells, (str(value),))


def _of_text(name: str, text: str) -> Iterator[str]:
    grammar = (name in _ACTIONS and _ACTION.fullmatch(text)) or (name in _CHOICES and _CHOICE.fullmatch(text))
    if not grammar and _tells(text):
        yield text
        yield from _of_arn(text)


def _tells(text: str) -> bool:
    """Whether a text is more than a word that any document has."""
    return not any(one.fullmatch(text) for one in (_KIND_OF_ARN, _PLAIN, _SERVICE)) and not _WORDS.fullmatch(
        text.lower()
    )


def _of_arn(text: str) -> Iterator[str]:
    """Account and name of an ARN, and each part of a name that is a path."""
    arn = _ARN.fullmatch(text)
    if arn is None:
        return
    service, account, name = arn.groups()
    if _ACCOUNT.fullmatch(account):
        yield account
    pieces = re.split(r"[:/]", name)
    typed = len(pieces) > 1 and service != "s3"
    yield from filter(_tells, (piece.strip("*") for piece in pieces[typed:]))


def _of_name(name: str) -> Iterator[str]:
    """What of a name in an object is no element of its format: of a condition's key the tag, and an own issuer."""
    key = _CONDITION_KEY.fullmatch(name)
    if key is not None:
        own = "." in key["prefix"] and not _PUBLIC_ISSUER.fullmatch(key["prefix"])
        yield from filter(None, (key["tag"], key["prefix"] if own else None))
    elif not _ELEMENT.fullmatch(name) and not (name.isalpha() and _is_common(name)):
        yield from filter(_tells, (name,))


def _is_common(name: str) -> bool:
    """Whether a name of letters alone is one that formats give: a short one, a known one, or in camel case."""
    return len(name) < _SHORT_NAME or not (name.islower() or name.isupper()) or _NAMES.fullmatch(name) is not None
