"""What stands behind a score is said beside it: by pointer, by keyboard, by touch."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fer_core.analysis.leaks import Leak
from fer_core.analysis.outcomes import outcomes
from fer_core.book.prose.score_notes import score_notes
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
PAGE = """<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>x</title>
<link rel="stylesheet" href="{look}"><script defer src="{script}"></script></head><body>
<article class="bd-article"><p id="elsewhere">Nothing here.</p>{notes}
<table class="table" id="scores"><thead><tr><th>model</th><th>trained on</th><th>alpha</th>
<th>beta</th><th>images</th></tr></thead><tbody>
<tr><td>big</td><td>alpha</td><td id="own"><a href="#own">0.900</a> <span class="fer-interval">
[0.800, 0.950]</span></td><td id="leaky"><a href="#leaky">0.500</a> † <span class="fer-interval">
[0.400, 0.600]</span></td><td id="count">300</td></tr></tbody></table></article></body></html>"""
TIP = 'document.querySelector(".fer-tip")'
SAID = f"{TIP}.hidden ? null : [...{TIP}.children].map(line => line.textContent)"
LATER = "new Promise(done => setTimeout(done, 450))"


def element(name: str) -> str:
    return f'document.getElementById("{name}")'


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Callable[..., None]:
    """Open a page with two scores, with the notes of a simulated study or without."""

    def show(width: int = 1280, noted: bool = True) -> None:
        found = outcomes(small_study(), 10)
        leaks = {("alpha", "beta"): Leak(200, 0, 5, 0)}
        notes = score_notes(found, {}, leaks, Titles(STUDY)) if noted else ""
        look, script = ((ROOT / "book/_static" / name).as_uri() for name in ("fer.css", "fer.js"))
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(look=look, script=script, notes=notes), encoding="utf-8")
        browser.show(width, "light")
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=0, y=0)  # off the last score
        browser.open(file.as_uri())

    return show


def test_a_pointer_on_a_score_shows_its_images_its_interval_and_its_leak(browser, opened) -> None:
    opened()
    assert browser.run(SAID) is None
    browser.move(element("leaky"))
    first, *rest = browser.run(SAID)
    assert first == "beta: 0.500 † [0.400, 0.600]"
    assert rest[0].startswith("beta: 200 images of unknown persons; the constant answer, ")
    assert rest[1] == "alpha → beta: † 5 with a near copy of 200 test images"
    assert rest[2].startswith("†: training shares images")
    browser.move(element("own"))
    assert browser.run(SAID)[1].startswith("alpha: 300 images")
    assert len(browser.run(SAID)) == 2


def test_it_stays_while_the_pointer_is_on_it_and_goes_when_it_leaves(browser, opened) -> None:
    opened()
    browser.move(element("leaky"))
    browser.move(f"{TIP}.lastElementChild")
    browser.run(LATER)
    assert browser.run(SAID)
    browser.move(element("elsewhere"))
    browser.run(LATER)
    assert browser.run(SAID) is None


def test_a_keyboard_shows_it_and_escape_takes_it_away_and_leaves_the_focus(browser, opened) -> None:
    opened()
    link = f'{element("leaky")}.querySelector("a")'
    browser.run(f"{link}.focus()")
    assert browser.run(SAID)[0].startswith("beta: 0.500")
    assert browser.run(f'{link}.getAttribute("aria-describedby")') == browser.run(f"{TIP}.id")
    assert browser.run(f"{TIP}.getAttribute('role')") == "tooltip"
    browser.press("Escape")
    assert browser.run(SAID) is None
    assert browser.run(f"{link}.hasAttribute('aria-describedby')") is False
    assert browser.run(f"document.activeElement === {link}")


def test_what_has_the_focus_keeps_it_while_a_pointer_passes(browser, opened) -> None:
    opened()
    browser.run(f'{element("own")}.querySelector("a").focus()')
    browser.move(element("elsewhere"))
    browser.run(LATER)
    assert browser.run(SAID)[0].startswith("alpha: 0.900")


def tap(browser: Browser, place: str) -> None:
    box = browser.run(f"{place}.getBoundingClientRect().toJSON()")
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
    for kind, points in (("touchStart", [point]), ("touchEnd", [])):
        browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)
    browser.run(LATER)
    browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


def test_a_tap_shows_it_inside_a_narrow_screen_and_the_next_leads_on(browser, opened) -> None:
    opened(width=390)
    link = f'{element("leaky")}.querySelector("a")'
    tap(browser, link)
    assert browser.run(SAID)[0].startswith("beta: 0.500")
    assert browser.run(SAID)[-1] == "Tap again for its run."
    assert browser.run("location.hash") == ""
    box = browser.run(f"{TIP}.getBoundingClientRect().toJSON()")
    assert box["left"] >= 0
    assert box["right"] <= 390
    tap(browser, link)
    assert browser.run("location.hash") == "#leaky"


def test_what_is_no_score_or_has_no_notes_shows_nothing(browser, opened) -> None:
    opened()
    browser.move(element("count"))
    assert browser.run(SAID) is None
    opened(noted=False)
    browser.move(element("leaky"))
    assert browser.run(SAID) is None
