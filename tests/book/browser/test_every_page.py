"""Every page in a real browser: for all eyes, on paper, by keyboard alone, from the book alone.

A page is opened once for all tests of it, which do not depend on their order.
"""

from pathlib import Path

from tests.book.browser.chromium import Browser
from tests.book.browser.measures import (
    broken_rules,
    errors_and_requests,
    faint_on_paper,
    not_reached_by_tab,
)

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


def test_there_is_no_error_and_nothing_is_asked_for_out_of_the_book(
    browser: Browser, site: Path, page: int
) -> None:
    assert errors_and_requests(browser, site) == []
