"""Every page in a real browser: for all eyes, on paper, by keyboard alone, from the book alone.

A page is opened once for all tests of it, which do not depend on their order.
"""

from pathlib import Path

import pytest

from tests.book.browser.chromium import Browser
from tests.book.browser.measures import (
    broken_rules,
    cut_scores,
    errors_and_requests,
    faint_on_paper,
    not_reached_by_tab,
    tables_without_a_score_in_sight,
)

DESKTOP, PHONE, A4 = 1280, 390, 718  # CSS pixels; 210 mm less two margins of 10
THEME = "document.documentElement.dataset.theme"


def test_a_keyboard_alone_reaches_every_link_and_toggle(browser: Browser, page: int) -> None:
    browser.show(page, "light")
    assert not_reached_by_tab(browser) == []


def test_no_rule_of_wcag_is_broken(browser: Browser, axe: None, page: int) -> None:
    for theme in ("light", "dark"):
        browser.show(page, theme)
        assert (theme, browser.run(THEME), broken_rules(browser)) == (theme, theme, [])


def test_a_dark_page_is_readable_on_paper(browser: Browser, page: int) -> None:
    browser.show(page, "dark", media="print")
    assert browser.run(THEME) == "dark"
    assert faint_on_paper(browser) == []


def test_no_score_is_out_of_sight_on_a_desktop_or_on_paper(browser: Browser, page: int) -> None:
    browser.show(DESKTOP, "light")
    assert cut_scores(browser) == []
    browser.show(A4, "light", media="print")
    assert cut_scores(browser) == []


def test_every_table_of_scores_begins_with_one_on_a_phone(browser: Browser, page: int) -> None:
    browser.show(PHONE, "light")
    assert tables_without_a_score_in_sight(browser) == []


def test_there_is_no_error_and_nothing_is_asked_for_out_of_the_book(
    browser: Browser, site: Path, page: int
) -> None:
    assert errors_and_requests(browser, site) == []


def test_who_searches_for_what_the_book_is_about_finds_its_answer(
    browser: Browser, site: Path, pytestconfig: pytest.Config
) -> None:
    if not pytestconfig.getoption("site", default=None):
        pytest.skip("the small book of the tests answers no question; look at one with --site")
    browser.open((site / "search.html").as_uri() + "?q=which+model+generalises")
    browser.run("new Promise(done => setTimeout(done, 2000))")
    found = browser.run('[...document.querySelectorAll("ul.search li a")].map(a => a.href)')
    assert found
    assert found[0].split("?")[0].split("#")[0].endswith(("travel.html", "intro.html"))
