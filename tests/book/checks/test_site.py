"""Each fault of a built book is found, and a clean book has none."""

from pathlib import Path

import pytest

from fer_core.book.checks.site import MOST_IMAGES, MOST_PAGE, check_site
from fer_core.cli import main as fer
from fer_core.errors import FerError
from tests.book.sites import FIGURE, SVG, faults, png, put, small_site, write


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A clean book of two pages."""
    return small_site(tmp_path)


def test_a_clean_book_has_no_fault(site: Path) -> None:
    assert faults(site) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<pre>Traceback (most recent call last)</pre>", "traceback"),
        ('<div class="output traceback">ValueError</div>', "traceback"),
        ('<img alt="../_images/a.svg" src="../../../_images/a.svg">', "no alt text"),
        ('<img alt="" src="../../../_images/a.svg">', "no alt text"),
        ('<img src="../../../_images/a.svg">', "no alt text"),
        ('<img alt="Gone." src="../../../_images/gone.svg">', "gone.svg, which does not exist"),
        ('<a href="gone.html">there</a>', "links to gone.html"),
        ("<figure><figcaption>Of unknown source.</figcaption></figure>", "name no source"),
    ],
)
def test_what_a_reader_would_stumble_over_is_found(site: Path, body: str, fault: str) -> None:
    write(site, "book/report/demo/scores.html", "Scores", FIGURE + body)
    (found,) = faults(site)
    assert found.startswith("book/report/demo/scores.html: ")
    assert fault in found


def test_links_to_the_outside_are_allowed(site: Path) -> None:
    body = FIGURE + '<a href="https://doi.org/10.1000/1">cited</a> <a href="#there">here</a>'
    write(site, "book/report/demo/scores.html", "Scores", body)
    assert faults(site) == []


@pytest.mark.parametrize("name", ["fer_core/__init__.html", "tests/test_x.html"])
def test_a_page_made_from_the_package_is_found(site: Path, name: str) -> None:
    write(site, name, "fer_core")
    assert any(fault.startswith(f"{name}: is not a page of the book") for fault in faults(site))


def test_a_page_outside_the_table_of_contents_is_found(site: Path) -> None:
    write(site, "book/report/old/scores.html", "Old scores")
    assert faults(site) == [
        "book/report/old/scores.html: cannot be reached from the table of contents"
    ]


@pytest.mark.parametrize(("over", "found"), [(0, 0), (1, 1)])
def test_a_page_that_is_too_large_is_found(site: Path, over: int, found: int) -> None:
    name = "book/report/demo/scores.html"
    write(site, name, "Scores", FIGURE)
    size = (site / name).stat().st_size
    write(site, name, "Scores", FIGURE + " x" * ((MOST_PAGE - size) // 2) + " " * (size % 2 + over))
    assert (site / name).stat().st_size == MOST_PAGE + over
    assert [fault.split(";")[0] for fault in faults(site)] == [
        f"{name}: 1,500,001 bytes, more than 1,500,000"
    ] * found


@pytest.mark.parametrize(("over", "found"), [(0, 0), (1, 1)])
def test_images_that_are_too_large_together_are_found(site: Path, over: int, found: int) -> None:
    body = ""
    for name, size in (("b", MOST_IMAGES // 2), ("c", MOST_IMAGES // 2 + over)):
        content = SVG.format("").ljust(size).encode()
        put(site, f"_images/{name}.svg", content, pixels_of=[])
        body += f'<img alt="A line." src="../../../_images/{name}.svg">' * 2  # loaded once
    write(site, "book/report/demo/scores.html", "Scores", body)
    told = [fault for fault in faults(site) if "images of" in fault]
    assert len(told) == found
    assert all("images of 1,000,001 bytes, more than 1,000,000" in fault for fault in told)


def test_two_pages_with_one_heading_are_found(site: Path) -> None:
    write(site, "book/report/demo/scores.html", "Intro", FIGURE)
    (fault,) = faults(site)
    assert "share the heading 'Intro'" in fault


def test_a_declared_picture_of_a_publishable_set_is_allowed(site: Path) -> None:
    put(site, "_images/faces.png", png(), ["phantom-lab"])
    assert faults(site) == []


@pytest.mark.parametrize("name", ["fer2013", "my-holiday"])
def test_a_picture_of_a_set_that_may_not_be_shown_or_that_nobody_knows_is_found(
    site: Path, name: str
) -> None:
    put(site, "_images/faces.png", png(), ["phantom-lab", name])
    assert faults(site) == [
        f"_images/faces.png: shows pixels of {name!r}, whose card says publishable: false"
    ]


def test_the_command_prints_faults_and_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    monkeypatch.setenv("FER_REPORT", str(tmp_path / "_build" / "report"))
    site = small_site(tmp_path / "_build")
    main(["check"], 0)
    write(site, "tests/test_x.html", "x")
    main(["check"], 1)
    assert "error: tests/test_x.html" in capsys.readouterr().err


def main(arguments: list[str], code: int) -> None:
    with pytest.raises(SystemExit) as stop:
        fer(arguments)
    assert (stop.value.code or 0) == code


def test_a_folder_without_a_book_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(FerError, match="fer book"):
        check_site(tmp_path)
