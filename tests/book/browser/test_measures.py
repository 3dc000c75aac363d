"""What the browser is asked finds what was planted, and nothing else."""

from pathlib import Path

import pytest

from tests.book.browser.chromium import Browser
from tests.book.browser.measures import (
    broken_rules,
    checked_pages,
    cut_scores,
    errors_and_requests,
    faint_on_paper,
    not_reached_by_tab,
    tables_without_a_score_in_sight,
)

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>x</title>
<meta name="viewport" content="width=device-width">
<style>{style}</style></head><body><main>{body}</main></body></html>"""
GOOD = "<h1>Title</h1><p>Words and <a href='#x'>a link</a>.</p>"
DARK = "@media (prefers-color-scheme: dark) {{ {} }}".format


@pytest.fixture
def opened(browser: Browser, tmp_path: Path):
    """Open a page with a body and a style; its folder."""

    def show(body: str, style: str = "") -> Path:
        file = tmp_path / "page.html"
        file.write_text(PAGE.format(body=GOOD + body, style=style))
        browser.open(file.as_uri())
        return tmp_path

    return show


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("", None),
        ("<img src='x.png'>", "image-alt"),
        ("<details><summary></summary><p>x</p></details>", "summary-name"),
        ("<details><summary>more</summary><img src='x.png'></details>", "image-alt"),
    ],
)
def test_a_broken_rule_is_found_in_folds_as_well(browser, axe, opened, body: str, rule: str | None):
    browser.show(1280, "light")
    opened(body)
    found = broken_rules(browser)
    assert [fault.split(": ")[0] for fault in found] == ([rule] if rule else [])


@pytest.mark.parametrize(
    ("style", "width", "theme"),
    [
        (DARK("p { color: #ccc }"), 1280, "dark"),
        ("@media (max-width: 400px) { p { color: #ccc } }", 390, "light"),
    ],
)
def test_a_page_is_seen_in_its_width_and_its_theme(browser, axe, opened, style, width, theme):
    opened("", style)
    for look in [(1280, "light"), (width, theme)]:
        browser.show(*look)
        found = broken_rules(browser)
        assert bool(found) == (look == (width, theme))
        assert all(fault.startswith("color-contrast: ") for fault in found)


FADING = "@keyframes in { from { color: #fff } } details[open] p { animation: in 60s }"


def test_what_fades_in_or_out_is_seen_as_it_ends(browser: Browser, axe: None, opened) -> None:
    browser.show(1280, "light")
    opened("<details><summary>more</summary><p>x</p></details>", FADING)
    assert broken_rules(browser) == []
    opened("", "p { color: #000; transition: color 60s }")
    browser.run("document.querySelector('p').style.color = '#ccc'")
    assert [fault.split(": ")[0] for fault in broken_rules(browser)] == ["color-contrast"]


@pytest.mark.parametrize(
    ("style", "faint"),
    [
        ("h1 { color: #000 }", []),
        ("@media screen { h1 { color: #ddd } }", []),
        ("h1 { color: #ddd }", ["h1"]),
        (DARK("html { background: #111; color: #eee }"), ["h1", "p"]),
        (DARK("html { background: #111 } h1 { color: #000 }"), ["h1", "p"]),
        ("h1 { color: rgb(0 0 0 / 20%) }", ["h1"]),
    ],
)
def test_what_is_faint_on_paper_is_found(browser, opened, style: str, faint: list[str]) -> None:
    browser.show(1280, "dark", media="print")
    opened("", style)
    found = faint_on_paper(browser)
    assert [text.split()[0] for text in found] == faint


TRAP = """<a href='#a' id='trap'>a</a><a href='#b'>b</a><script>
trap.addEventListener('keydown', event => event.preventDefault());</script>"""


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("<button>x</button><details><summary>x</summary><a href='#x'>y</a></details>", []),
        ("<a href='#x' hidden>x</a>", []),
        ("<a href='#x' tabindex='-1'>never</a>", ["never"]),
        (TRAP, [">b<"]),
    ],
)
def test_what_a_keyboard_does_not_reach_is_found(browser, opened, body: str, left: list[str]):
    browser.show(1280, "light")
    opened(body)
    found = not_reached_by_tab(browser)
    assert len(found) == len(left)
    assert all(words in place for words, place in zip(left, found, strict=True))


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ("<script>console.log('x')</script>", []),
        ("<script>console.error('planted')</script>", ["planted"]),
        ("<script>throw new Error('planted')</script>", ["planted"]),
        ("<script>Promise.reject(new Error('planted'))</script>", ["planted"]),
        ("<img alt='x' src='../elsewhere.png'>", ["asks for", "ERR_FILE_NOT_FOUND"]),
        ("<img alt='x' src='http://localhost:9/x.png'>", ["asks for http://localhost", "ERR"]),
    ],
)
def test_errors_and_requests_to_elsewhere_are_found(browser, opened, body: str, faults: list[str]):
    browser.show(1280, "light")
    found = errors_and_requests(browser, opened(body))
    assert len(found) == len(faults)
    assert all(words in fault for words, fault in zip(faults, found, strict=True))


def test_all_pages_are_checked_but_runs_that_show_nothing_new(tmp_path: Path) -> None:
    runs = {"a/seed0": "<p>a</p>", "b/seed0": "<p>b</p>", "c/seed0": "<p class='new'>c</p>"}
    bodies = {"book/intro": "<h1>x</h1>", "book/same": "<h1>x</h1>"}
    bodies |= {f"book/report/demo/runs/{name}": body for name, body in runs.items()}
    for name, body in {**bodies, "index": "", "_static/x": ""}.items():
        file = tmp_path / f"{name}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(body)
    expected = ["book/intro", "book/same", "book/report/demo/runs/a/seed0"]
    expected.append("book/report/demo/runs/c/seed0")
    assert list(checked_pages(tmp_path)) == [f"{name}.html" for name in expected]


@pytest.mark.parametrize(("width", "unseen"), [(250, []), (350, ["far"])])
def test_a_table_whose_scores_lie_beyond_the_edge_is_found(browser, opened, width, unseen):
    row = f'<td style="min-width: {width}px">A</td><td>0.512 [0.401, 0.623]</td>'
    table = f'<table class="table" id="far"><tbody><tr>{row}</tr></tbody></table>'
    box = '<div class="pst-scrollable-table-container" style="overflow-x: auto">'
    browser.show(390, "light")
    opened(f'<article class="bd-article">{box}{table}</div></article>')
    assert tables_without_a_score_in_sight(browser) == unseen


@pytest.mark.parametrize(("width", "cut"), [(1280, []), (390, ["scores: B [95 %]"])])
def test_a_column_of_scores_that_the_page_cuts_is_found(browser, opened, width, cut):
    heads = "".join(f"<th>{head}</th>" for head in ("A [95 %]", "B [95 %]", "C"))
    table = f'<table class="table" id="scores"><thead><tr>{heads}</tr></thead></table>'
    box = f'<div class="pst-scrollable-table-container">{table}</div>'
    style = "th { min-width: 280px } .pst-scrollable-table-container { overflow-x: auto }"
    browser.show(width, "light")
    opened(f'<article class="bd-article">{box}</article>', style)
    assert cut_scores(browser) == cut
