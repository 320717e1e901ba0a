"""One small sign for each kind of resource, in a square of 14."""

from __future__ import annotations

from typing import Final

ICONS: Final = {
    "actor": "M7 1a3 3 0 1 1 0 6a3 3 0 1 1 0-6M1 13c0-6 12-6 12 0",
    "entrypoint": "M1 7h8M6 4l3 3l-3 3M7 1h6v12h-6",
    "compute": "M3 3h8v8h-8zM5 3v-2M9 3v-2M5 13v-2M9 13v-2M3 5h-2M3 9h-2M13 5h-2M13 9h-2",
    "model": "M7 1l1.6 4.4l4.4 1.6l-4.4 1.6l-1.6 4.4l-1.6-4.4l-4.4-1.6l4.4-1.6z",
    "agent": "M2 5h10v8h-10zM7 5v-3M5 8v1.5M9 8v1.5M5.5 11.5h3",
    "guardrail": "M7 1l5 2v4c0 3-2 5-5 6c-3-1-5-3-5-6v-4z",
    "store": "M2 3c0-2.4 10-2.4 10 0v8c0 2.4-10 2.4-10 0zM2 3c0 2.4 10 2.4 10 0",
    "log": "M3 1h8v12h-8zM5 4h4M5 7h4M5 10h4",
    "secret": "M4.5 4a3 3 0 1 1 0 6a3 3 0 1 1 0-6M7.5 7h6v2.5M11 7v2",
    "vendor": "M1 13v-9h6v9M7 13v-12h6v12M3 6h2M3 9h2M9 4h2M9 7h2M9 10h2",
    "several": "M1 5h8v8h-8zM5 5v-4h8v8h-4",
}
"""Path data by kind."""


def icon(kind: str, *, logs: bool = False) -> str:
    """Path data of a kind's sign."""
    kind = {"identity": "actor", "key": "secret"}.get(kind, kind)
    name = "log" if logs or kind in {"audit_trail", "alarm"} else kind
    return ICONS.get(name, ICONS["several"])
