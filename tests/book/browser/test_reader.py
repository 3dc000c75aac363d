"""A reader's ways through a whole book (`--site`): the first screen, from a score to its run, and
from the first page to three answers, by real clicks."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.book.browser.chromium import Browser

FRONT = "book/intro.html"
INTERVAL = re.compile(r"(\d\.\d+)((?: [†‡])*) \[(-?\d\.\d+, -?\d\.\d+)\]")
SCREENS = ((1280, 900), (390, 844))
# Boxes of what is wholly inside the screen, as the reader sees it.
INSIDE = """(element => {
  const box = element.getBoundingClientRect();
  return box.width > 0 && box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 &&
    box.right <= innerWidth;
})"""
# The scores of a table: number, interval, and the page that the number leads to.
SCORES = """[...document.querySelectorAll("#TABLE tbody td")].map(cell => {
  const interval = cell.querySelector(".fer-interval"), link = cell.querySelector("a[href]");
  return interval && [(link || cell).textContent.trim(), interval.textContent, link && link.href];
}).filter(score => score)"""


@pytest.fixture
def travel(browser: Browser, site: Path, pytestconfig: pytest.Config) -> Path:
    """*Which model travels?* of the book's first study."""
    if not pytestconfig.getoption("site", default=None):
        pytest.skip("the small book of the tests has no study; look at one with --site")
    front = (site / FRONT).read_text(encoding="utf-8")
    found = re.search(r'href="(report/[^"]+/travel)\.html"', front)
    assert found
    return site / "book" / f"{found[1]}.html"


def link(words: str, inside: str = "main") -> str:
    """The visible link with these words, as an expression."""
    return (
        f"[...document.querySelectorAll({json.dumps(f'{inside} a[href]')})].find(link => "
        f"link.checkVisibility() && link.textContent.trim() === {json.dumps(words)})"
    )


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_the_first_screen_holds_a_score_with_its_interval_and_the_figure(
    browser: Browser, site: Path, travel: Path, width: int, height: int
) -> None:
    browser.show(width, "light", height=height)
    browser.open((site / FRONT).as_uri())
    seen = browser.run(
        f'[...document.querySelectorAll("main p")].filter({INSIDE}).map(p => p.textContent)'
    )
    assert any(INTERVAL.search(text) for text in seen)
    rows = browser.run(
        f'[...document.querySelectorAll(".fer-rows svg")].filter({INSIDE}).map(drawing => '
        'drawing.querySelectorAll("circle").length)'
    )
    assert sum(rows) >= 2
    assert all(rows)


def test_a_phone_shows_in_domain_and_elsewhere_without_scrolling(
    browser: Browser, travel: Path
) -> None:
    browser.show(390, "light")
    browser.open(travel.as_uri())
    browser.run('document.querySelector("main table.table").scrollIntoView()')
    seen = browser.run("""[...document.querySelector("main table.table").tHead.rows[0].cells]
      .filter(head => head.getBoundingClientRect().right <= Math.min(innerWidth, head.closest(
        ".pst-scrollable-table-container").getBoundingClientRect().right) + 1)
      .map(head => head.textContent.trim().replace(/\\s+/g, " "))""")
    assert "in-domain [95 %]" in seen
    assert "other photographs [95 %]" in seen


@pytest.mark.parametrize("name", ["models", "cells-macro-f1", "cells-accuracy"])
def test_every_score_leads_to_its_run_which_repeats_it(
    browser: Browser, travel: Path, name: str
) -> None:
    browser.show(1280, "light")
    browser.open(travel.as_uri())
    study = travel.parent.name
    scores = browser.run(SCORES.replace("TABLE", f"tab-{study}-travel-{name}"))
    assert len(scores) > 5
    said: dict[str, set[tuple[str, str]]] = {}
    for number, interval, href in scores:
        assert href, f"{number} {interval} leads nowhere"
        assert f"/{study}/runs/" in href
        if href not in said:
            text = Path(unquote(urlsplit(href).path)).read_text(encoding="utf-8")
            words = " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
            said[href] = {(n, told) for n, _, told in INTERVAL.findall(words)}
        assert (number, interval.strip("[]")) in said[href], (number, interval, href)
    browser.click(f'document.querySelector("#tab-{study}-travel-{name} tbody a[href]")')
    assert browser.run("location.href.split('#')[0]") == scores[0][2]


@pytest.fixture
def clicks(browser: Browser, site: Path, travel: Path) -> Callable[..., int]:
    """Start on the first page and click on what is given, one after the other; how often."""

    def go(*links: str) -> int:
        browser.show(1280, "light")
        browser.open((site / FRONT).as_uri())
        for place in links:
            browser.click(place)
        return len(links)

    return go


def test_which_model_to_take_and_how_to_start_it_is_two_clicks_away(browser, clicks) -> None:
    clicks()
    first = browser.run("""document.querySelector(".fer-rows a").getAttribute("href")""")
    title = browser.run("""document.querySelector("main p strong").textContent""")
    assert clicks(link("Use one")) <= 2
    _, _, model, train, seed = first.removesuffix(".html").split("/")[1:]
    command = browser.run('document.querySelector("main .highlight").textContent')
    assert f"--model {model} --train {train} --seed {seed.removeprefix('seed')}" in command
    assert title in browser.run('document.querySelector("main").textContent')


def test_whether_a_number_can_be_trusted_is_three_clicks_away(browser, clicks, travel) -> None:
    number = f'document.querySelector("#tab-{travel.parent.name}-travel-models tbody td a[href]")'
    went = clicks(link("Which model?"), number, link("Can I trust it?"))
    assert went <= 3
    assert browser.run('document.querySelector("h1").textContent').startswith("Can I trust it?")
    words = browser.run('document.querySelector("main .admonition.answer").textContent')
    assert "test images" in words


def test_what_a_data_set_is_and_whether_one_may_use_it_is_two_clicks_away(browser, clicks) -> None:
    assert clicks(link("All data sets", "nav")) <= 2
    about = browser.run("""[...document.querySelectorAll("main section")].filter(section =>
      section.querySelector("h3:first-child")?.textContent.startsWith("FER+")).map(section =>
        section.textContent)""")
    assert len(about) == 1
    for words in ("Licence", "How to obtain it", "Labelled", "Known problems"):
        assert words in about[0]
