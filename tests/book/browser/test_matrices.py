"""The confusion matrices of a chapter in the browser: one at a time, chosen by name."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import Outcome, outcomes
from fer_core.book.prose.confusions import matrices_html
from fer_core.book.prose.titles import Titles
from fer_core.study import Study
from tests.analysis.simulated import small_study
from tests.book.browser.chromium import Browser
from tests.book.browser.measures import ROOT

STUDY = Study(
    name="s",
    title="S",
    models={name: {"backbone": "x"} for name in ("big", "small")},
    train=("alpha", "beta"),
    test=("alpha", "beta", "duo"),
)
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title>
{script}</head><body><article class="bd-article">{matrices}</article></body></html>"""
SEEN = '[...document.querySelectorAll(".fer-matrices details")].filter(fold => !fold.hidden)'
NUMBERS = f'[...({SEEN})[0].querySelectorAll("tbody td")].map(cell => cell.textContent)'


@pytest.fixture(scope="module")
def found() -> dict[Key, Outcome]:
    return outcomes(small_study(), 20)


@pytest.fixture
def opened(browser: Browser, found: dict[Key, Outcome], tmp_path: Path) -> Callable[..., None]:
    """Open a page with all matrices, with our script or without."""

    def show(view: str = "", script: str = "book/_static/fer.js") -> None:
        text = matrices_html(found, dict.fromkeys(found, "a kind"), {}, {}, Titles(STUDY))
        tag = f'<script defer src="{(ROOT / script).as_uri()}"></script>' if script else ""
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(script=tag, matrices=text), encoding="utf-8")
        browser.open("about:blank")
        browser.open(file.as_uri() + view)

    return show


def choose(browser: Browser, at: int, value: str) -> None:
    browser.run(f"""(() => {{ const list = document.querySelectorAll("select.fer-choice")[{at}];
        list.value = "{value}"; list.dispatchEvent(new Event("change")); }})()""")


def shares(outcome: Outcome) -> np.ndarray:
    """The shares of the rows that have images."""
    matrix = outcome.confusion
    return (matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1))[matrix.sum(axis=1) > 0]


def name(browser: Browser) -> str:
    return browser.run(f'({SEEN}).map(fold => fold.querySelector("summary").textContent).join()')


def test_without_the_script_all_stand_there(browser, found, opened) -> None:
    opened(script="")
    assert browser.run(f"({SEEN}).length") == len(found)


def test_one_is_shown_and_each_choice_shows_its_own(browser, found, opened) -> None:
    opened()
    for key, outcome in found.items():
        for at, value in enumerate((key.model, key.train, key.test)):
            choose(browser, at, value)
        assert browser.run(f"({SEEN}).length") == 1
        assert name(browser).startswith(
            f"{key.model}, trained on {key.train}, tested on {key.test}"
        )
        numbers = [text for text in browser.run(NUMBERS) if text]
        assert numbers == [f"{100 * share:.0f}" for share in shares(outcome).ravel()]


def test_minus_in_domain_is_the_difference_of_the_shares(browser, found, opened) -> None:
    opened()
    button = '[...document.querySelectorAll(".fer-bar button")][0]'
    assert browser.run(f"{button}.disabled"), "in-domain there is nothing to compare"
    choose(browser, 2, "beta")
    browser.run(f"{button}.click()")
    here, there = (found[Key("big", "alpha", test)] for test in ("alpha", "beta"))
    told = [int(text.replace("−", "-")) for text in browser.run(NUMBERS)]
    plain = 100 * (shares(there) - shares(here))
    assert np.abs(np.array(told) - plain.ravel()).max() <= 1
    assert np.abs(plain).max() > 3


def test_the_address_gives_the_matrix_back_and_an_unknown_one_the_first(browser, opened) -> None:
    opened()
    choose(browser, 0, "small")
    choose(browser, 2, "duo")
    view, before = browser.run("location.hash"), name(browser)
    opened(view=view)
    assert name(browser) == before
    assert before.startswith("small, trained on alpha, tested on duo")
    opened(view="#confusion?0=nobody")
    assert name(browser).startswith("big, trained on alpha, tested on alpha")
