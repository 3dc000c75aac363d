"""A browser, and the book that it looks at: a small one, or with `--site` one that was built."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.book.browser.chromium import CHROMIUM, NAMES, Browser
from tests.book.browser.measures import AXE, checked_pages
from tests.book.browser.small_book import PAGES, small_book

WIDTHS = (1280, 390)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--site", type=Path, help="the folder of a built book to look at")


def site_of(config: pytest.Config) -> Path | None:
    """The book that `--site` names, of which nothing is skipped."""
    site = config.getoption("site", default=None)
    if site and not (site / "index.html").is_file():
        raise pytest.UsageError(f"{site} holds no book; run: make book")
    return site.resolve() if site else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test every page at each width, page by page, so that each is opened once."""
    if "page" in metafunc.fixturenames:
        site = site_of(metafunc.config)
        names = list(checked_pages(site)) if site else PAGES
        looks = [(name, width) for name in names for width in WIDTHS]
        ids = [f"{name}-{width}" for name, width in looks]
        metafunc.parametrize("page", looks, ids=ids, indirect=True, scope="session")


@pytest.fixture(scope="session")
def browser(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A Chromium of this session's own."""
    if CHROMIUM is None:
        missing(f"no Chromium is on the path (one of {', '.join(NAMES)})", pytestconfig)
    opened = Browser(tmp_path_factory.mktemp("chromium"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> None:
    """The rules of axe-core, without which nothing is said about WCAG."""
    if not AXE.is_file():
        what = f"no axe-core at {AXE}; run .ci/browser, or set FER_AXE to its axe.min.js"
        missing(what, pytestconfig)


@pytest.fixture(scope="session")
def site(
    pytestconfig: pytest.Config, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The book that is looked at."""
    given = site_of(pytestconfig)
    if given is None:
        given = small_book(tmp_path_factory.mktemp("small") / "book")
        assert tuple(checked_pages(given)) == PAGES
    return given


@pytest.fixture(scope="session")
def page(request: pytest.FixtureRequest, site: Path, browser: Browser) -> int:
    """Open a page in a light theme; the width that it has."""
    name, width = request.param
    browser.show(width, "light")
    browser.open((site / name).as_uri())
    return width


def missing(what: str, config: pytest.Config) -> None:
    """Skip a test, unless somebody asked for a book to be looked at."""
    if site_of(config):
        pytest.fail(what)
    pytest.skip(what)
