"""The access page as JSON, by scanner/data/trustscan-access-1.schema.json, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.questions.page import Thing
from scanner.redact import json_text, visible

if TYPE_CHECKING:
    from scanner.cli.access_asked import Told
    from scanner.questions.chains import Chain
    from scanner.questions.page import Holding, On, Section, Who

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet takes for a formula."""

COLUMNS = (
    "duty", "identity", "type", "account", "human", "administrator", "certainty", "resource", "environment", "data",
    "chain", "statements", "reasons",
)  # fmt: skip
"""Columns of the CSV: one row for each identity, resource and way to it."""


def as_json(told: Told) -> str:
    """Write the page as JSON."""
    page = told.page
    document = {
        "schema": "trustscan-access/1",
        "tool": told.tool,
        "inputs": list(told.inputs),
        "question": told.question or None,
        "administrators": [_holding(one) for one in page.administrators],
        "become_administrators": [_reached(who, chain) for who, chain in page.rising],
        "duties": [_section(section) for section in page.sections],
        "unseen": list(page.unseen),
        "notes": list(told.notes),
    }
    return json_text(document) + "\n"


def as_csv(told: Told) -> str:
    """Write the page as CSV: what each can do itself, and by becoming somebody, in rows of their own."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for holding in told.page.administrators:
        writer.writerow(map(_cell, _everything(holding.who, None)))
    writer.writerows(map(_cell, _everything(who, chain)) for who, chain in told.page.rising)
    for section in told.page.sections:
        for row in _rows(section):
            writer.writerow(map(_cell, row))
    return out.getvalue()


def _section(section: Section) -> dict[str, Any]:
    return {
        "duty": section.duty or None,
        "title": section.title,
        "asked_about": list(section.asked),
        "holders": [_holding(one) for one in section.holdings],
    }


def _holding(holding: Holding) -> dict[str, Any]:
    return {
        **_who(holding.who),
        "on": [_on(one) for one in holding.on],
        "reached_by": [_reached(who, chain) for who, chain in holding.reached_by],
    }


def _reached(who: Who, chain: Chain) -> dict[str, Any]:
    return {
        **_who(who),
        "certainty": _certainty(definite=chain.definite),
        "chain": list(chain.told),
        "reasons": list(chain.reasons),
    }


def _who(who: Who) -> dict[str, Any]:
    return {
        "identity": who.id,
        "type": who.type,
        "account": who.account or None,
        "environment": who.environment or None,
        "human": who.human,
        "administrator": who.administrator,
    }


def _on(one: On) -> dict[str, Any]:
    return {
        "resources": [
            {"id": thing.id, "environment": thing.environment or None, "data": list(thing.data)} for thing in one.things
        ],
        "count": one.count,
        "certainty": _certainty(definite=one.definite),
        "statements": list(one.statements),
        "reasons": list(one.reasons),
    }


def _certainty(*, definite: bool) -> str:
    return "definite" if definite else "possible"


def _rows(section: Section) -> Iterator[tuple[str, ...]]:
    name = section.duty or section.title
    for holding in section.holdings:
        for one in holding.on:
            more = one.count - len(one.things)
            for thing in (*one.things, *([Thing(f"{more} more")] if more else [])):
                yield _row(name, holding.who, one, thing, None)
                yield from (_row(name, who, one, thing, chain) for who, chain in holding.reached_by)


def _row(duty: str, who: Who, one: On, thing: Thing, chain: Chain | None) -> tuple[str, ...]:
    definite = one.definite and (chain is None or chain.definite)
    reasons = (*one.reasons, *(chain.reasons if chain else ()))
    return (
        duty,
        *_columns(who),
        _certainty(definite=definite),
        thing.id,
        thing.environment,
        " ".join(thing.data),
        " > ".join(chain.told) if chain else "",
        " ".join(one.statements),
        "; ".join(reasons),
    )


def _everything(who: Who, chain: Chain | None) -> tuple[str, ...]:
    certainty = _certainty(definite=chain is None or chain.definite)
    told = (" > ".join(chain.told), "", "; ".join(chain.reasons)) if chain else ("", "", "")
    return ("everything", *_columns(who), certainty, "*", "", "", *told)


def _columns(who: Who) -> tuple[str, ...]:
    human = "" if who.human is None else "yes" if who.human else "no"
    return (who.id, who.type, who.account, human, "yes" if who.administrator else "no")


def _cell(text: str) -> str:
    """One cell, of which no spreadsheet makes a formula."""
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown
