"""What a reader does with a table: sort, choose, hide, take away, send the view."""

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.book.browser.chromium import Browser
from tests.book.browser.measures import ROOT

HEADS = ["model", "trained on", "macro-F1", "images"]
ROWS = [
    ["net b", "FER2013", "0.9 † [0.8, 1.0]", "1,200"],
    ["net a", "FER+", "–", "90"],
    ["net c", "FER2013", "0.10 [0.05, 0.2]", "10"],
    ["net d", "NHFI", "-0.5 [-0.6, -0.4]", "9"],
    ["net e, large", "FER+", "0.45 [0.4, 0.5]", "100"],
    ["net f", "NHFI", "0.46 [0.4, 0.5]", "30"],
]
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title>
<script defer src="{script}"></script></head><body><article class="bd-article">
<table class="table" id="scores"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>
</article></body></html>"""
SHOWN = """[...document.querySelectorAll("#scores tbody tr")].map(
  row => [...row.cells].filter(cell => !cell.hidden).map(cell => cell.textContent))"""


@pytest.fixture
def table(browser: Browser, tmp_path: Path) -> Callable[..., str]:
    """Open a page with a table of these rows; its address."""

    def show(rows: list[list[str]] = ROWS, view: str = "") -> str:
        heads = "".join(f"<th>{head}</th>" for head in HEADS)
        body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        script = (ROOT / "book/_static/fer.js").as_uri()
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(script=script, heads=heads, rows=body), encoding="utf-8")
        browser.open("about:blank")
        browser.open(file.as_uri() + view)
        return file.as_uri()

    return show


def press(browser: Browser, selector: str, text: str) -> None:
    """Press the button of that text."""
    wanted = json.dumps(text)
    browser.run(f"""[...document.querySelectorAll({json.dumps(selector)})].find(
        button => button.textContent.trim() === {wanted}).click()""")


def column(browser: Browser, at: int) -> list[str]:
    return [row[at] for row in browser.run(SHOWN)]


def sorts(browser: Browser) -> list[str | None]:
    return browser.run(
        '[...document.querySelectorAll("#scores th")].map(head => head.getAttribute("aria-sort"))'
    )


def test_a_heading_sorts_largest_first_then_smallest_with_holes_last(browser, table) -> None:
    table()
    assert sorts(browser) == [None] * 4
    press(browser, ".fer-sort", "macro-F1")
    assert [text[:4] for text in column(browser, 2)] == [
        "0.9 ",
        "0.46",
        "0.45",
        "0.10",
        "-0.5",
        "–",
    ]
    assert sorts(browser) == [None, None, "descending", None]
    press(browser, ".fer-sort", "macro-F1")
    assert [text[:4] for text in column(browser, 2)] == [
        "-0.5",
        "0.10",
        "0.45",
        "0.46",
        "0.9 ",
        "–",
    ]
    assert sorts(browser) == [None, None, "ascending", None]


def test_words_sort_by_the_alphabet_and_thousands_by_size(browser, table) -> None:
    table()
    press(browser, ".fer-sort", "model")
    assert column(browser, 0) == sorted(row[0] for row in ROWS)
    press(browser, ".fer-sort", "images")
    assert column(browser, 3) == ["1,200", "100", "90", "30", "10", "9"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_is_that_of_the_numbers(browser, table, seed: int) -> None:
    draw = random.Random(seed)
    numbers = [round(draw.uniform(-2, 2), draw.randint(0, 3)) for _ in range(12)]
    table([["net", "a", f"{number} [0, 1]", "1"] for number in numbers])
    press(browser, ".fer-sort", "macro-F1")
    shown = [float(text.split()[0]) for text in column(browser, 2)]
    assert shown == sorted(numbers, reverse=True)


def test_a_chip_keeps_the_rows_of_its_value_and_says_how_many(browser, table) -> None:
    table()
    press(browser, ".fer-chip", "FER+")
    assert column(browser, 0) == ["net a", "net e, large"]
    assert browser.run('document.querySelector(".fer-said").textContent') == "2 of 6 rows"
    press(browser, ".fer-chip", "NHFI")
    assert column(browser, 0) == ["net d", "net f"]
    press(browser, ".fer-chip", "NHFI")
    assert len(column(browser, 0)) == 6


def test_many_values_are_a_list_to_choose_from(browser, table) -> None:
    table()
    browser.run("""(() => { const list = document.querySelector("select.fer-choice");
        list.value = "net c"; list.dispatchEvent(new Event("change")); })()""")
    assert column(browser, 0) == ["net c"]


def test_the_file_of_the_view_holds_what_is_shown_and_nothing_else(browser, table) -> None:
    table()
    press(browser, ".fer-chip", "FER+")
    press(browser, ".fer-sort", "images")
    browser.run("URL.createObjectURL = blob => { window.saved = blob; return '#'; }")
    press(browser, ".fer-button", "CSV of this view")
    read = list(csv.reader(io.StringIO(browser.run("saved.text()"))))
    assert read == [HEADS, ROWS[4], ROWS[1]]


def test_the_address_holds_the_view_and_gives_it_back(browser, table) -> None:
    table()
    press(browser, ".fer-chip", "FER2013")
    press(browser, ".fer-sort", "images")
    before, view = browser.run(SHOWN), browser.run("location.hash")
    assert view == "#scores?sort=3d&1=FER2013"
    table(view=view)
    assert browser.run(SHOWN) == before
    assert sorts(browser)[3] == "descending"


@pytest.mark.parametrize(
    "view", ["#scores?sort=99d", "#scores?7=x&1=nobody", "#scores?hide=a.50", "#other?sort=1d"]
)
def test_an_address_of_another_table_or_none_shows_everything(browser, table, view: str) -> None:
    table(view=view)
    assert browser.run(SHOWN) == ROWS


def test_a_hidden_column_is_in_neither_the_page_nor_the_file(browser, table) -> None:
    table(view="#scores?hide=1.2")
    assert browser.run(SHOWN)[0] == ["net b", "1,200"]
    browser.run("URL.createObjectURL = blob => { window.saved = blob; return '#'; }")
    press(browser, ".fer-button", "CSV of this view")
    assert browser.run("saved.text()").splitlines()[:2] == ["model,images", 'net b,"1,200"']


def test_markup_in_a_cell_stays_text(browser, table) -> None:
    table([["&lt;b onclick=x&gt;", "a", "0.1", "1"], *ROWS])
    press(browser, ".fer-sort", "macro-F1")
    assert browser.run('document.querySelectorAll("#scores b, .fer-bar b").length') == 0
    assert "<b onclick=x>" in column(browser, 0)
