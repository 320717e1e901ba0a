"""The HTML page in a real browser: Chromium, headless, from a file, watched for every request and complaint."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page, Request, expect, sync_playwright

import pages
from commands import call
from runs import HOSTILE, PUBLIC, TLS, finding
from tools import CHROMIUM
from worlds import FIXTURES

pytestmark = [CHROMIUM.needed, pytest.mark.xdist_group("browser")]

GROUPS = "#groups > .group"
CHAT = finding(PUBLIC, pages.CHAT)


@dataclass
class Opened:
    """A page, everything it asked for, and everything the browser complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def listen(self, *, quiet: bool) -> None:
        """Note everything from now on; what the page's own policy refuses is no request, and a complaint if `quiet`."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", self._failed)
        self.page.on("dialog", self._dialog)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        if quiet:
            self.page.on("console", lambda message: self.said.append(message.text))

    def _failed(self, request: Request) -> None:
        if request.failure == "csp":
            self.asked.remove(request.url)

    def _dialog(self, dialog: Dialog) -> None:
        self.said.append(dialog.message)
        dialog.dismiss()

    @property
    def rows(self) -> list[str]:
        """Subjects of the findings that can be seen, in order."""
        return self.page.locator(f"{GROUPS} .row .what > code").all_text_contents()

    def settle(self) -> None:
        """Wait until the page has done what it put off: its timers are shorter than this one, which starts later."""
        self.page.evaluate(
            "new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done)), 120))"
        )

    @property
    def result(self) -> str:
        """How many findings are shown, as it is read aloud."""
        self.settle()
        return self.page.get_by_role("status").inner_text()

    def row(self, subject: str) -> Any:
        """The finding about a subject."""
        return self.page.locator(".row", has=self.page.locator(f".what > code:text-is({subject!r})")).first


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the module; as root it has no sandbox of its own."""
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=CHROMIUM.path, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the small run with its world."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(pages.whole(pages.judged()), encoding="utf-8")
    return path


@pytest.fixture
def shown(browser: Browser, file: Path) -> Iterator[Open]:
    """Open a page; at the end of the test nothing was asked for but the page, and nothing was complained of."""
    opened: list[Opened] = []

    def show(at: str = "", content: str = "", *, quiet: bool = True, **how: Any) -> Opened:
        path = file
        if content:
            path = file.parent / f"other{len(opened)}.html"
            path.write_text(content, encoding="utf-8")
        page = browser.new_context(**{"reduced_motion": "reduce", **how}).new_page()
        found = Opened(page)
        found.listen(quiet=quiet)
        page.goto(f"{path.as_uri()}{at}")
        opened.append(found)
        return found

    yield show
    for one in opened:
        assert [url for url in one.asked if not url.startswith("file:")] == []
        assert len(one.asked) == 1
        assert one.said == []
        one.page.context.close()


# --- filters, search, order, groups


def test_what_passes_is_there_and_shown_when_it_is_asked_for(shown: Open) -> None:
    one = shown()
    assert one.result == "54 findings of 56 shown, in 3 groups"
    assert "aws_s3_bucket.safe" not in one.rows
    one.page.get_by_role("checkbox", name="Passing").check()
    assert one.result == "56 findings of 56 shown, in 3 groups"
    assert "aws_s3_bucket.safe" in one.rows


def test_findings_are_filtered_by_status_and_severity(shown: Open) -> None:
    one = shown()
    for name in ("Failing", "Accepted"):
        one.page.get_by_role("checkbox", name=name).uncheck()
    assert one.result == "43 findings of 56 shown, in 2 groups"
    assert set(one.page.locator(".row .state").all_text_contents()) == {"Not decided"}
    one.page.get_by_role("checkbox", name="medium").uncheck()
    assert one.result == "1 finding of 56 shown, in 1 group"
    one.page.get_by_role("button", name="Reset").click()
    assert one.result == "54 findings of 56 shown, in 3 groups"


def test_a_search_finds_words_of_resource_control_reason_and_file(shown: Open) -> None:
    one = shown()
    search = one.page.get_by_role("searchbox", name="Search")
    told = {"chat TLS": 2, "a.tf:7": 1, "NOTHING GUARDS": 1, "cc6.7": 45, "store-not-public web": 2}
    for words, count in told.items():
        search.fill(words)
        assert one.result.startswith(f"{count} finding"), words
    search.fill("nothing has this")
    assert one.result == "0 findings of 56 shown, in 0 groups"
    assert one.rows == []


def test_findings_are_sorted_by_resource_and_by_file(shown: Open) -> None:
    one = shown()
    one.page.get_by_label("Sort by").select_option("resource")
    assert one.result.startswith("54")
    many = [row for row in one.rows if row.startswith("aws_s3_bucket.many")]
    assert many == sorted(many)
    assert len(many) == 40
    first = [one.page.locator(GROUPS).nth(place).locator(".what > code").first.text_content() for place in range(2)]
    assert first == ["aws_lambda_function.chat", "aws_s3_bucket.chat"]
    one.page.get_by_label("Sort by").select_option("file")
    assert one.result.startswith("54")
    assert one.rows[0] == "aws_s3_bucket.cdn"
    assert one.page.locator(GROUPS).nth(1).locator(".what > code").nth(0).text_content() == "aws_s3_bucket.chat"


def test_findings_are_grouped_by_owner_environment_and_criterion_and_back(shown: Open) -> None:
    one = shown()
    before = one.rows
    heads = {
        "owner": ["platform team", "security lead"],
        "environment": ["environment not known", "prod", "staging"],
        "criterion": ["C1.1", "CC6.1", "CC6.7"],
    }
    for by, names in heads.items():
        one.page.get_by_label("Group by").select_option(by)
        assert one.result == f"54 findings of 56 shown, in {len(names)} groups"
        assert one.page.locator(f"{GROUPS} h3").all_text_contents() == names
        assert (one.page.locator(".row .of").first.text_content() or "").startswith("critical")
    one.page.get_by_label("Group by").select_option("control")
    assert one.result.startswith("54")
    assert one.rows == before
    expect(one.page.locator(".row .of").first).to_be_hidden()


def test_a_finding_of_two_criteria_stands_under_both_with_all_that_is_known_of_it(shown: Open) -> None:
    one = shown()
    one.page.get_by_label("Group by").select_option("criterion")
    assert one.result.startswith("54")
    for head in ("C1.1", "CC6.1"):
        row = one.page.get_by_role("region", name=head, exact=True).locator(".row", has_text="nothing guards it")
        row.locator("summary").click()
        expect(row.get_by_text("Block public access, and take out the grant.")).to_be_visible()
        expect(row.locator(".strip")).to_be_visible()
    ids = one.page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    assert len(ids) == len(set(ids))


# --- one finding


def test_a_finding_opens_to_its_reason_fix_and_snippet(shown: Open) -> None:
    one = shown()
    row = one.row("aws_s3_bucket.chat")
    expect(row.locator(".body")).to_be_hidden()
    row.locator("summary").click()
    expect(row.locator(".body")).to_be_visible()
    for said in ("Block public access, and take out the grant.", "block_public_acls = true"):
        expect(row.get_by_text(said)).to_be_visible()
    row.locator("summary").click()
    row.locator("summary").click()
    one.settle()
    assert row.locator(".fix").count() == 1


def marked(one: Opened) -> tuple[list[str], list[str]]:
    boxes = one.page.locator(".diagram [data-id].ts-on").evaluate_all("all => all.map(one => one.dataset.id)")
    ways = one.page.locator(".diagram .ts-way", has=one.page.locator("path.ts-on"))
    found = ways.evaluate_all("all => all.map(one => `${one.dataset.source} > ${one.dataset.target}`)")
    return sorted(boxes), sorted(found)


def test_the_path_of_a_finding_stands_out_in_the_diagram(shown: Open) -> None:
    one = shown()
    assert marked(one) == ([], [])
    row = one.row(pages.CHAT)
    row.locator("summary").click()
    way = [f"{pages.CHAT} > {pages.MODEL}", f"{pages.INTERNET} > {pages.CHAT}"]
    assert marked(one) == (sorted([pages.INTERNET, pages.CHAT, pages.MODEL]), sorted(way))
    row.get_by_role("button", name="Show in the diagram").click()
    focused = one.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused == "Data-flow diagram"
    assert one.page.evaluate("document.querySelector('.diagram').getBoundingClientRect().top < innerHeight")


def test_the_copy_of_a_finding_marks_the_same_path(shown: Open) -> None:
    one = shown()
    one.page.get_by_label("Group by").select_option("criterion")
    assert one.result.startswith("54")
    row = one.page.get_by_role("region", name="CC6.1", exact=True).locator(".row", has_text="nothing guards it")
    row.locator("summary").focus()
    assert marked(one)[0] == sorted([pages.INTERNET, pages.CHAT, pages.MODEL])
    row.locator("summary").press("Enter")
    expect(row.get_by_role("button", name="Show in the diagram")).to_be_visible()


def test_a_finding_without_a_path_marks_its_own_box(shown: Open) -> None:
    one = shown()
    one.row(pages.BUCKET).locator("summary").focus()
    assert marked(one) == ([pages.BUCKET], [])
    one.row("aws_s3_bucket.known").locator("summary").focus()
    assert marked(one) == ([], [])


@pytest.mark.parametrize("javascript", [True, False])
def test_a_wide_diagram_fits_the_page_or_keeps_its_size(shown: Open, *, javascript: bool) -> None:
    one = shown(java_script_enabled=javascript, viewport={"width": 900, "height": 900})
    picture = one.page.locator(".diagram svg")
    wide = float(picture.get_attribute("width") or 0)
    fitted = picture.bounding_box()
    one.page.get_by_label("Fit to the page").uncheck()
    whole = picture.bounding_box()
    assert fitted
    assert whole
    assert fitted["width"] < 900 < whole["width"] == wide


def test_a_page_without_a_diagram_has_no_button_for_it(shown: Open) -> None:
    one = shown(content=pages.written(pages.run()))
    one.row(pages.CHAT).locator("summary").click()
    expect(one.row(pages.CHAT).locator(".fix")).to_be_visible()
    assert one.page.get_by_role("button", name="Show in the diagram").count() == 0
    expect(one.page.get_by_text("There is no diagram")).to_be_visible()


def test_a_link_opens_a_finding_even_one_that_a_filter_hides(shown: Open) -> None:
    for status, subject in (("fail", pages.CHAT), ("pass", "aws_s3_bucket.safe")):
        one = shown(f"#f-{finding(PUBLIC, subject, status).id}")
        expect(one.row(subject)).to_be_visible()
        assert one.page.evaluate("document.querySelector(':target') !== null")
    one = shown()
    one.page.get_by_role("checkbox", name="critical").uncheck()
    one.settle()
    assert "critical" not in one.page.locator(f"{GROUPS} .head .sev").all_text_contents()
    one.page.get_by_role("link", name=PUBLIC.title).first.click()
    one.settle()
    expect(one.page.get_by_role("heading", name=PUBLIC.title)).to_be_visible()


def test_all_are_opened_and_closed_by_one_button(shown: Open) -> None:
    one = shown()
    one.page.get_by_role("button", name="Open all").click()
    assert one.page.locator(".row > details:not([open])").count() == 0
    one.page.get_by_role("button", name="Close all").click()
    assert one.page.locator(".row > details[open]").count() == 0


# --- keyboard, screen readers


def test_everything_can_be_done_from_the_keyboard(shown: Open) -> None:
    one = shown()
    keyboard = one.page.keyboard
    keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.textContent") == "Skip to the findings"
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("nothing guards")
    assert one.result == "1 finding of 56 shown, in 1 group"
    for _ in range(30):
        keyboard.press("Tab")
        if one.page.evaluate("document.activeElement.matches('.row summary')"):
            break
    keyboard.press("Enter")
    one.row(pages.CHAT).get_by_role("button", name="Show in the diagram").wait_for()
    keyboard.press("Tab")
    assert one.page.evaluate("document.activeElement.textContent") == "Show in the diagram"
    outline = one.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    keyboard.press("Space")
    assert marked(one)[0]
    assert one.page.locator(".diagram svg.lit").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_rule_of_accessibility_is_broken(shown: Open, scheme: str, width: int) -> None:
    one = shown(color_scheme=scheme, viewport={"width": width, "height": 900})
    one.page.get_by_role("checkbox", name="Passing").check()
    one.settle()
    one.page.get_by_role("button", name="Open all").click()
    one.settle()
    one.page.locator("details:not([open])").evaluate_all("all => all.forEach(one => { one.open = true; })")
    found = Axe().run(one.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
    told = [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found.response["violations"]
        for node in one["nodes"][:3]
    ]
    assert told == []


# --- who may do what in it


def test_a_planted_script_style_or_picture_does_not_run(shown: Open) -> None:
    one = shown(quiet=False)
    refused = one.page.evaluate(
        """async () => {
          const refused = [];
          addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
          const main = document.querySelector("main");
          const script = document.createElement("script");
          script.textContent = "window.pwned = 1";
          main.append(script);
          main.insertAdjacentHTML("beforeend", `<p id="odd" style="position:fixed" onclick="window.pwned = 2">x</p>
            <img src="https://evil.example/x.png" onerror="window.pwned = 3"><style>h1 { display: none }</style>
            <form action="https://evil.example/"><button id="send">x</button></form>`);
          document.getElementById("odd").click();
          document.getElementById("send").click();
          try { await fetch("https://evil.example/"); } catch { refused.push("fetch") }
          await new Promise((done) => setTimeout(done, 200));
          return refused;
        }"""
    )
    for directive in (
        "script-src-elem",
        "script-src-attr",
        "style-src-attr",
        "style-src-elem",
        "img-src",
        "form-action",
    ):
        assert directive in refused
    assert "fetch" in refused
    assert one.page.evaluate("window.pwned") is None
    assert one.page.evaluate("getComputedStyle(document.getElementById('odd')).position") == "static"
    assert one.page.evaluate("getComputedStyle(document.querySelector('h1')).display") == "block"


def test_hostile_names_stay_text(shown: Open) -> None:
    bad = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
    hostile = finding(replace(PUBLIC, title=bad, owner=bad), f"{HOSTILE}{bad}", reason=bad, path=(bad, bad, bad))
    run = pages.run(hostile)
    run = replace(run, controls=(replace(PUBLIC, title=bad, owner=bad), *run.controls[2:]))
    one = shown(content=pages.whole(pages.judged(run)))
    for by in ("owner", "environment", "criterion", "control"):
        one.page.get_by_label("Group by").select_option(by)
        assert one.result.startswith("55")
    one.page.get_by_role("button", name="Open all").click()
    assert one.page.locator("img").count() == 0
    assert one.page.locator("script").count() == 1
    expect(one.page.get_by_text("<img src=x onerror=alert(1)>").first).to_be_visible()


# --- without JavaScript, on paper, in the dark, on a telephone


def test_without_javascript_everything_is_readable(shown: Open) -> None:
    one = shown(java_script_enabled=False)
    page = one.page
    expect(page.locator(".tools")).to_be_hidden()
    for of in pages.run().findings:
        row = page.locator(f"#f-{of.id}")
        assert row.is_visible() is (of.status != "pass")
        assert of.subject == HOSTILE or of.subject in (row.text_content() or "")
    page.locator(".passed summary").first.click()
    expect(page.get_by_text("aws_s3_bucket.safe")).to_be_visible()
    row = page.locator(".row", has_text="nothing guards it")
    row.locator("summary").click()
    expect(row.locator(".strip").get_by_text("OPENAI_BASE_URL")).to_be_visible()
    page.locator(".control summary").first.click()
    expect(page.get_by_text("block_public_acls = true").first).to_be_visible()
    expect(page.locator(".diagram svg")).to_be_visible()
    page.get_by_role("link", name="Not seen").click()
    assert page.url.endswith("#unseen")


@pytest.mark.parametrize("javascript", [True, False])
def test_paper_holds_what_fails_and_nothing_that_is_left_to_click(shown: Open, *, javascript: bool) -> None:
    one = shown(java_script_enabled=javascript, color_scheme="dark")
    page = one.page
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert sheets(paper) > 3
    page.emulate_media(media="print", color_scheme="light")
    for gone in (".tools", ".top nav", ".result", "#flow .lead"):
        expect(page.locator(gone).first).to_be_hidden()
    row = page.locator(".row", has_text="nothing guards it")
    expect(row.locator(".strip")).to_be_visible()
    group = page.locator(".group", has=page.locator("#c-store-not-public"))
    expect(group.get_by_text("Fix", exact=True).first).to_be_visible()
    expect(page.locator(".crit")).to_be_visible()
    expect(page.get_by_text("block_public_acls = true").first).to_be_hidden()
    expect(page.locator(".row[data-s=pass]").first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("javascript", [True, False])
def test_what_somebody_opened_is_open_on_paper(shown: Open, *, javascript: bool) -> None:
    page = shown(java_script_enabled=javascript).page
    page.locator(".control summary").first.click()
    if javascript:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.get_by_text("block_public_acls = true").first).to_be_visible()


def test_a_long_report_prints_on_few_sheets_and_its_diagram_on_one_across(shown: Open) -> None:
    stack = FIXTURES / "stacks" / "leaky"
    made = call("plan", stack / "plan.json", "--config", stack / "trustscan.yaml", "--format", "html").out
    page = shown(content=made).page
    paper = page.pdf(format="A4")
    assert sheets(paper) <= 60
    across = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", paper)
    assert sum(float(wide) > float(high) for wide, high in across) == 1
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".duty .dtitle").first).to_be_visible()
    expect(page.locator(".duty table").first).to_be_hidden()
    unknown = page.locator(".row[data-s=unknown] > details").first
    expect(unknown.locator(".line")).to_be_visible()
    expect(unknown.locator(".body")).to_be_hidden()


def sheets(paper: bytes) -> int:
    """Pages of a PDF."""
    return len(re.findall(rb"/Type /Page[\s/]", paper))


def test_what_is_opened_for_paper_closes_again(shown: Open) -> None:
    one = shown()
    one.page.pdf(format="A4")
    one.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert one.page.locator(".row[data-s=fail] > details:not([open])").count() == 0
    assert one.page.locator(".row[data-s=unknown] > details[open], .duty[open]").count() == 0
    one.settle()
    assert one.page.locator(".row .fix").count() == 0
    one.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert one.page.locator(".row > details[open], .paper").count() == 0


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_it_is_dark_for_who_wants_it_dark(shown: Open) -> None:
    for scheme, dark in (("light", False), ("dark", True)):
        one = shown(color_scheme=scheme)
        back, ink = (
            luminance(one.page.evaluate(f"getComputedStyle(document.body).{name}"))
            for name in ("backgroundColor", "color")
        )
        assert (back < ink) is dark
        assert (max(back, ink) + 0.05) / (min(back, ink) + 0.05) > 7


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_it_fits_the_width_of_any_screen(shown: Open, width: int) -> None:
    one = shown(viewport={"width": width, "height": 800})
    one.page.get_by_role("button", name="Open all").click()
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def test_ten_thousand_findings_are_all_there_and_can_be_searched(shown: Open) -> None:
    one = shown(content=pages.written(pages.many(10_000)))
    assert one.result == "6,667 findings of 10,000 shown, in 2 groups"
    one.page.get_by_role("checkbox", name="Passing").check()
    one.page.get_by_role("searchbox").fill('b["04321"]')
    assert one.result == "1 finding of 10,000 shown, in 1 group"
    assert one.rows == ['module.chat["production"].aws_s3_bucket.b["04321"]']
    assert TLS.id
