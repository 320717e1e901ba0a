"""Reasons for facts that no inspector has read."""

from __future__ import annotations

from scanner.model import Unknown

UNREAD = Unknown("not read for this type")
"""The value of a fact that an inspector does not fill."""

NOTHING_DELETES = Unknown("nothing deletes what it holds")
"""The days after which a store deletes, where it never does."""
