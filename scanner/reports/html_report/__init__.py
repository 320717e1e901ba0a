"""One HTML page of a run: self-contained, without a request, readable without JavaScript, and made to be printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from scanner.findings import Run
    from scanner.run import Judged


class HtmlReport:
    """Writes a run as a page; with the world it is about, also where data goes and who can do what."""

    def __call__(self, run: Run, out: TextIO, /) -> None:
        """Write a run of which nothing more is known."""
        from scanner.reports.html_report.written import written  # noqa: PLC0415 - Jinja2 is for this format alone

        out.write(written(run, None))

    def whole(self, run: Run, judged: Judged, out: TextIO, /) -> None:
        """Write a run together with the world that was judged."""
        from scanner.reports.html_report.written import written  # noqa: PLC0415 - the same

        out.write(written(run, judged))


REPORT = HtmlReport()
"""The format as a plugin."""
