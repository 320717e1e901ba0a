"""`make bench`: how long a page of 10,000 findings takes to be written, and to open in Chromium.

Opening is measured from the request until a picture of the loaded page has been taken, the best of five; it is left out
where Chromium is missing.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import pages
from tools import CHROMIUM

COUNT = 10_000
WRITTEN, OPENED, SIZE = 5.0, 2.0, 15.0
"""Budgets: seconds, seconds, MB."""


def main() -> None:
    """Print the table; end with 1 where a budget is not kept."""
    run = pages.many(COUNT)
    began = time.process_time()
    page = pages.written(run)
    figures = {"written, s of CPU": (time.process_time() - began, WRITTEN), "size, MB": (len(page) / 1e6, SIZE)}
    if CHROMIUM.found:
        figures |= {f"opened, s ({name})": (took, OPENED) for name, took in _opened(page).items()}
    print(f"A page of {COUNT:,} findings")
    for name, (figure, budget) in figures.items():
        print(f"  {name:<32} {figure:6.2f}  of {budget:g}")
    sys.exit(any(figure > budget for figure, budget in figures.values()))


def _opened(page: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder) / "report.html"
        file.write_text(page, encoding="utf-8")
        browser = driver.chromium.launch(executable_path=CHROMIUM.path, args=["--no-sandbox"])
        found = {
            "with JavaScript": min(_once(browser, file, javascript=True) for _ in range(5)),
            "without JavaScript": min(_once(browser, file, javascript=False) for _ in range(5)),
        }
        browser.close()
    return found


def _once(browser: Browser, file: Path, *, javascript: bool) -> float:
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    began = time.perf_counter()
    page.goto(file.as_uri(), wait_until="load")
    page.screenshot()
    took = time.perf_counter() - began
    context.close()
    return took


if __name__ == "__main__":
    main()
