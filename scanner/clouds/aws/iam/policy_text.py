"""The JSON of a policy, held to its grammar: what AWS refuses, no statement of it is told.

Source: AWS IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from typing import Any

from scanner.clouds.aws.json_text import read_json
from scanner.hcl.values import Template
from scanner.model import Unknown

_LONGEST = 131_072
"""Characters without blanks that no policy of AWS has: the longest, of an OpenSearch domain, has 102,400.

Sources: Amazon OpenSearch Service Developer Guide, "Quotas"; AWS IAM User Guide, "IAM and AWS STS quotas".
"""

_BLANKS = " \t\r\n"
_ELEMENTS = ("Action", "Resource", "Principal")


def policy_json(written: str | Template, where: str) -> Any:
    """What a policy's text says; Unknown where it is no JSON, too long or ambiguous, called `where` in the reason."""
    if _length(written) > _LONGEST:
        return Unknown(f"{where} is longer than any policy that AWS takes")
    raw = read_json(written, where)
    if isinstance(written, str) and not isinstance(raw, Unknown) and _writes_twice(written):
        return Unknown(f"{where} writes a name twice in one object, and which of the two AWS takes is not known")
    return raw


def _length(written: str | Template) -> int:
    parts = (written,) if isinstance(written, str) else [part for part in written.parts if isinstance(part, str)]
    longest = sum(map(len, parts))
    return longest if longest <= _LONGEST else longest - sum(part.count(blank) for part in parts for blank in _BLANKS)


class _TwiceError(Exception):
    """An object of a text has two members of one name."""


def _writes_twice(text: str) -> bool:
    """Whether any object of a JSON text has two members of one name."""
    try:
        json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except _TwiceError:
        return True
    return False


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise _TwiceError


def malformed(statement: dict[str, Any]) -> str:
    """What of a statement breaks the grammar; empty where nothing does."""
    for name in _ELEMENTS:
        given = [element for element in (name, f"Not{name}") if statement.get(element) is not None]
        if len(given) > 1:
            return f"a statement of it has {' and '.join(given)}"
        for element in given:
            value = statement[element]
            listed = value.values() if isinstance(value, dict) and name == "Principal" else (value,)
            if not all(map(_is_text, listed)):
                return f"{element} of a statement is not text"
    return ""


def _is_text(raw: Any) -> bool:
    return all(item is None or isinstance(item, str) for item in _listed(raw))


def _listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def texts(raw: Any) -> tuple[str, ...]:
    """An element that is a text or a list of texts."""
    return tuple(str(item) for item in _listed(raw) if item is not None)


def principals(raw: Any) -> tuple[str, ...]:
    """The principals of a statement as `<type>:<identifier>`."""
    if isinstance(raw, dict):
        return tuple(f"{type_}:{item}" for type_, items in raw.items() for item in texts(items))
    return tuple(f"AWS:{item}" for item in texts(raw))


def conditions_of(raw: Any, where: str) -> tuple[tuple[str, str, tuple[str, ...]], ...] | Unknown:
    """Operator, key and values of each condition; a value may be text, a number or a truth value."""
    if raw is None:
        return ()
    keys = [keys for keys in raw.values() if isinstance(keys, dict)] if isinstance(raw, dict) else []
    values = [value for one in keys for given in one.values() for value in _listed(given)]
    if not isinstance(raw, dict) or len(keys) < len(raw) or any(isinstance(value, (dict, list)) for value in values):
        return Unknown(f"{where} has a condition that cannot be read")
    return tuple((str(op), str(key), _plain(given)) for op, one in raw.items() for key, given in one.items())


def _plain(raw: Any) -> tuple[str, ...]:
    return tuple(
        str(item).lower() if isinstance(item, bool) else str(item) for item in _listed(raw) if item is not None
    )
