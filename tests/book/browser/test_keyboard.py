"""By keyboard alone: sort, chips, lists, columns, and a figure that is enlarged."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.book.browser.chromium import Browser
from tests.book.browser.measures import ROOT

HEADS = ["model", "trained on", "tested on", "macro-F1", "images", "seeds"]
ROWS = [[f"net {row}", "ab"[row % 2], f"set {row}", f"0.{row}", str(row), "1"] for row in range(7)]
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title>
<script defer src="{script}"></script></head><body><article class="bd-article">
<table class="table" id="scores"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
<figure id="fig"><img alt="The mark of the book." src="{drawing}"><figcaption>It.</figcaption>
</figure></article></body></html>"""
SHOWN = """[...document.querySelectorAll("#scores tbody tr")].map(
  row => [...row.cells].filter(cell => !cell.hidden).map(cell => cell.textContent))"""
FOCUS = "document.activeElement.textContent.trim()"
DIALOG = 'document.querySelector("dialog").open'
MOST = 80  # presses of Tab until all has been passed


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Callable[[], None]:
    """Open a page with a table and a figure."""

    def show() -> None:
        heads = "".join(f"<th>{head}</th>" for head in HEADS)
        rows = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in ROWS)
        script, drawing = ((ROOT / "book/_static" / n).as_uri() for n in ("fer.js", "logo.svg"))
        file = tmp_path / "page.html"
        text = PAGE.format(script=script, heads=heads, rows=rows, drawing=drawing)
        file.write_text(text, encoding="utf-8")
        browser.show(1280, "light")
        browser.open("about:blank")
        browser.open(file.as_uri())

    return show


def tab_to(browser: Browser, condition: str) -> None:
    """Press Tab until the element with the focus, `e`, fulfils a condition."""
    for _ in range(MOST):
        browser.press("Tab")
        if browser.run(f"(e => !!({condition}))(document.activeElement)"):
            return
    pytest.fail(f"Tab comes to nothing with {condition}")


def tab_to_text(browser: Browser, text: str) -> None:
    tab_to(browser, f"e !== document.body && e.textContent.trim() === {json.dumps(text)}")


def test_a_heading_sorts(browser: Browser, opened: Callable[[], None]) -> None:
    opened()
    tab_to_text(browser, "macro-F1")
    browser.press("Enter")
    assert [row[3] for row in browser.run(SHOWN)] == [f"0.{at}" for at in range(6, -1, -1)]
    assert browser.run(FOCUS) == "macro-F1", "the next press sorts the other way round"
    browser.press(" ")
    assert [row[3] for row in browser.run(SHOWN)] == [f"0.{at}" for at in range(7)]


def test_a_chip_filters_and_lets_go(browser: Browser, opened: Callable[[], None]) -> None:
    opened()
    tab_to_text(browser, "b")
    browser.press(" ")
    assert {row[1] for row in browser.run(SHOWN)} == {"b"}
    assert browser.run("document.activeElement.getAttribute('aria-pressed')") == "true"
    browser.press("Enter")
    assert len(browser.run(SHOWN)) == len(ROWS)


def test_a_list_chooses(browser: Browser, opened: Callable[[], None]) -> None:
    opened()
    tab_to(browser, "e.localName === 'select'")
    browser.press("ArrowDown")
    assert len(browser.run(SHOWN)) == 1


def test_a_column_is_hidden_and_shown(browser: Browser, opened: Callable[[], None]) -> None:
    opened()
    tab_to_text(browser, "Columns")
    browser.press("Enter")
    tab_to(browser, "e.type === 'checkbox' && e.parentElement.textContent.includes('images')")
    browser.press(" ")
    assert browser.run(SHOWN)[0] == ["net 0", "a", "set 0", "0.0", "1"]
    browser.press(" ")
    assert browser.run(SHOWN)[0] == ROWS[0]


def test_a_figure_is_enlarged_and_escape_leads_back(
    browser: Browser, opened: Callable[[], None]
) -> None:
    opened()
    tab_to_text(browser, "Enlarge")
    browser.press("Enter")
    assert browser.run(DIALOG)
    assert browser.run("document.querySelector('dialog').contains(document.activeElement)")
    browser.press("Escape")
    assert not browser.run(DIALOG)
    assert browser.run(FOCUS) == "Enlarge"


def test_the_link_to_a_figure_is_its_address(browser: Browser, opened: Callable[[], None]) -> None:
    opened()
    tab_to(browser, "e.textContent === 'Copy link' && e.closest('figure')")
    browser.press("Enter")
    assert browser.run("location.hash") == "#fig"
