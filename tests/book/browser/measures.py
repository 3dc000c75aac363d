"""What a browser says of a page: broken rules of WCAG, text too faint on paper, where Tab goes."""

import json
import os
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from fer_core.book.checks.policy import page_names
from tests.book.browser.chromium import Browser

ROOT = Path(__file__).resolve().parents[3]
AXE = Path(os.environ.get("FER_AXE", ROOT / "node_modules" / "axe-core" / "axe.min.js"))
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
START = "index.html"  # leads to the first page and holds nothing
RUN_PAGES = "book/report/*/runs/**/*.html"

# Folds are opened, so that what they hold is looked at as well; colours do not fade in and out.
OPENED = """{
  document.querySelectorAll("details").forEach(fold => { fold.open = true; });
  const still = document.createElement("style");
  still.textContent = "*, ::before, ::after { transition: none !important; " +
    "animation: none !important; }";
  document.head.append(still);
}"""
BROKEN = """
axe.run(document, {
  runOnly: {type: "tag", values: LEVELS},
  resultTypes: ["violations"],
  preload: false,  // the page has loaded its style sheets; a page of a folder may not ask again
}).then(
  found => found.violations.flatMap(
    rule => rule.nodes.map(node => rule.id + ": " + node.target.join(" "))))
"""
# Colours are read by painting them; 4.5 is what level AA asks of text that is not large.
FAINT = """(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", {willReadFrequently: true});
  const light = colours => {
    for (const colour of ["#fff", ...colours]) {
      brush.fillStyle = colour;
      brush.fillRect(0, 0, 1, 1);
    }
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3).map(
      v => v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = element => getComputedStyle(element);
  const behind = element => element ?
    [...behind(element.parentElement), style(element).backgroundColor] : [];
  const contrast = (one, other) =>
    (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  const texts = [...document.querySelectorAll(SELECTED)];
  return texts.filter(text => text.checkVisibility() && text.textContent.trim()).flatMap(text => {
    const grounds = [[], behind(text)];  // paper alone, and with backgrounds printed
    const worst = Math.min(...grounds.map(
      ground => contrast(light(ground), light([...ground, style(text).color]))));
    return worst < 4.5 ? [`${text.localName} "${text.textContent.trim().slice(0, 40)}"`] : [];
  });
})()"""
ON_PAPER = "main :is(h1, h2, h3, p, li, caption, figcaption)"
WATCHED = """
window.wanted = [
  ...document.querySelectorAll("a[href], button:enabled, summary, input, select")
].filter(element => element.checkVisibility({visibilityProperty: true}));
window.reached = new Set();
document.addEventListener("focusin", event => reached.add(event.target));
wanted.length
"""
LEFT = "wanted.filter(element => !reached.has(element)).map(e => e.outerHTML.slice(0, 120))"
# Columns with a score that begin or end outside what the box of their table shows.
CUT = """[...document.querySelectorAll(".bd-article table.table")].flatMap(table => {
  const box = (table.closest(".pst-scrollable-table-container") || table).getBoundingClientRect();
  const page = document.documentElement.clientWidth, end = Math.min(box.right, page);
  return [...table.tHead?.rows[0]?.cells || []].filter(head => /95\\s*%/.test(head.textContent))
    .filter(head => head.getBoundingClientRect().right > end + 1)
    .map(head => `${table.id}: ${head.textContent.trim()}`);
})"""
# Tables with intervals of which the page shows none before somebody scrolls.
UNSEEN = """[...document.querySelectorAll(".bd-article table.table")].filter(table => {
  if (table.closest("details:not([open])")) return false;
  const box = (table.closest(".pst-scrollable-table-container") || table).getBoundingClientRect();
  const end = Math.min(box.right, document.documentElement.clientWidth);
  const scores = [...table.querySelectorAll("tbody td")].filter(
    cell => /\\d \\[-?\\d/.test(cell.textContent));
  return scores.length && scores.every(cell => cell.getBoundingClientRect().left + 30 > end);
}).map(table => table.id)"""
MARGIN = 60  # what else a keyboard stops at: boxes that scroll
EACH = 10  # presses between two looks at what is left


class Kinds(HTMLParser):
    """The kinds of elements of a page: name, classes and role of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str | None, str | None]] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.found.add((tag, values.get("class"), values.get("role")))


def checked_pages(site: Path) -> Iterator[str]:
    """Yield every page of a site but a run's that has no kind of element that is new.

    New is what no page before it has: pages in alphabetical order, those of runs last.
    """
    runs = {file.relative_to(site).as_posix() for file in site.glob(RUN_PAGES)}
    known: set[tuple[str, str | None, str | None]] = set()
    for name in sorted(set(page_names(site)) - {START}, key=lambda name: (name in runs, name)):
        kinds = Kinds((site / name).read_text(encoding="utf-8")).found
        if name not in runs or kinds - known:
            yield name
        known |= kinds


def broken_rules(browser: Browser) -> list[str]:
    """Return the rules of WCAG 2.1 A and AA that the open page breaks now, each with a place."""
    browser.run(OPENED)
    browser.run(f"if (!window.axe) {{ {AXE.read_text(encoding='utf-8')} }} null")
    found: list[str] = browser.run(BROKEN.replace("LEVELS", json.dumps(LEVELS)))
    return found


def faint_on_paper(browser: Browser) -> list[str]:
    """Return the texts of the open page that are hard to read on paper, printed with backgrounds
    or without. The browser must show the medium `print`."""
    found: list[str] = browser.run(FAINT.replace("SELECTED", json.dumps(ON_PAPER)))
    return found


def cut_scores(browser: Browser) -> list[str]:
    """Return the columns of scores of the open page that its width does not show."""
    found: list[str] = browser.run(CUT)
    return found


def tables_without_a_score_in_sight(browser: Browser) -> list[str]:
    """Return the tables of the open page whose scores all lie beyond its right edge."""
    found: list[str] = browser.run(UNSEEN)
    return found


def not_reached_by_tab(browser: Browser) -> list[str]:
    """Return the visible links, buttons and folds of the open page that Tab never comes to."""
    for pressed in range(browser.run(WATCHED) + MARGIN):
        if pressed % EACH == 0 and not browser.run(LEFT):
            break
        browser.press("Tab")
    left: list[str] = browser.run(LEFT)
    return left


def errors_and_requests(browser: Browser, site: Path) -> list[str]:
    """Return what the open page wrote into the console as an error or asked of out of `site`."""
    found = []
    for event in browser.events:
        method, values = event["method"], event["params"]
        if method == "Runtime.exceptionThrown":
            details = values["exceptionDetails"]
            found.append(str(details.get("exception", {}).get("description", details["text"])))
        elif method == "Runtime.consoleAPICalled" and values["type"] in ("error", "assert"):
            found.append(str(values["args"]))
        elif method == "Log.entryAdded" and values["entry"]["level"] == "error":
            found.append(values["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            url = values["request"]["url"]
            if not url.startswith((site.as_uri() + "/", "data:")):
                found.append(f"asks for {url}")
    return found
