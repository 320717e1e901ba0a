"""Text that fits a box, whatever it is made of; what is cut off stands in the title, which is bounded as well."""

from __future__ import annotations

import hashlib
from html import escape
from unicodedata import east_asian_width

from scanner.redact import visible

_LONGEST = 400
"""Characters of a title, or of an id in an attribute."""

_WIDE = {"W", "F"}
_NARROW = set("iIjlt.,:;'|![](){}/ ")
_BROAD = set("mwMW@%")


def bounded(text: str, most: int = _LONGEST) -> str:
    """One line of visible text, cut where it is long, of which it says how much is left out."""
    shown = visible(text[: most + 1])
    if len(text) <= most and len(shown) <= most * 2:
        return shown
    return f"{shown[:most]}… ({len(text) - most:,} more characters)" if len(text) > most else f"{shown[:most]}…"


def key(id_: str) -> str:
    """What stands for an id in an attribute of the picture: itself, or its beginning and a digest where it is long."""
    if len(id_) <= _LONGEST:
        return visible(id_)
    return f"{visible(id_[:_LONGEST])}-{hashlib.sha256(id_.encode(errors='surrogatepass')).hexdigest()[:16]}"


def escaped(text: str) -> str:
    """Text for XML and HTML: no markup, and no character that is not one of either."""
    return escape("\n".join(map(visible, text.split("\n"))), quote=True)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a text is in a sans-serif face, rather more than less."""
    return size * sum(_letter(one) for one in text) * (1.12 if bold else 1.0)


def fitted(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """Text shortened in its middle to a width; names differ at their ends."""
    shown = visible(text if len(text) <= 2 * _LONGEST else text[:_LONGEST] + text[-_LONGEST:])
    room = room / 1.12 if bold else room
    if width(shown, size) <= room:
        return shown
    head, tail = "", ""
    left = room - width("…", size)
    for place in range(len(shown)):
        # Two letters of the end for each of the beginning.
        first = place % 3 == 0
        letter = shown[len(head)] if first else shown[-1 - len(tail)]
        left -= width(letter, size)
        if left < 0:
            break
        head, tail = (head + letter, tail) if first else (head, letter + tail)
    return f"{head}…{tail}"


def described(sort: str, where: str, room: float, size: float) -> str:
    """What something is, and as much of where it is as there is room for."""
    said = fitted(sort, room, size)
    left = room - width(f"{said} \u00b7 ", size)
    return f"{said} \u00b7 {fitted(where, left, size)}" if where and left > size * 3 else said


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.36
    if letter in _BROAD or east_asian_width(letter) in _WIDE:
        return 1.0
    return 0.72 if letter.isupper() else 0.59
