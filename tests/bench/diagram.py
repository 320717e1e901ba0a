"""How long a page of the data flow takes: layout of all boxes, and the page of at most 60. `make bench`."""

from __future__ import annotations

import gc
import resource
import sys

from drawings import chatbot, world
from scanner.diagram import View, diagram_svg
from scanner.diagram.build import picture
from scanner.diagram.svg import drawn_svg
from scanner.redact import Redactor

SIZES = {100: 1.0, 1_000: 1.0, 20_000: 10.0}
"""Boxes, and user CPU seconds that they may take at most."""

WHOLE = 1_000
"""Boxes up to which each is drawn for itself as well."""


def spent() -> float:
    """User CPU seconds so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def main() -> None:
    """Print the table; end with 1 where a budget is not kept."""
    print(f"{'boxes':>7} {'flows':>7} {'each drawn s':>13} {'one page s':>11}")
    over = False
    for size, most in SIZES.items():
        seen = world(*(chatbot(f"e{number}") for number in range(size // 20)))
        gc.collect()
        start, whole = spent(), ""
        if size <= WHOLE:
            drawn_svg(picture(seen, View(tier="possible")), Redactor(()))
            whole = f"{spent() - start:.2f}"
            over |= spent() - start > most
        start = spent()
        diagram_svg(seen, view=View(tier="possible"))
        page = spent() - start
        over |= page > most
        print(f"{len(seen.resources):>7} {len(seen.flows):>7} {whole:>13} {page:>11.2f}   at most {most} s", flush=True)
    sys.exit(int(over))


if __name__ == "__main__":
    main()
