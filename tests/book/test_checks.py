"""Each fault of a built book is found, and a clean book has none."""

import base64
import io
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from fer_core.book.checks import check_site, main
from fer_core.errors import FerError
from fer_core.files import sha256_file, write_json

PAGE = """<html><head>{head}</head><body><nav><a href="{up}book/intro.html">intro</a>
<a href="{up}book/report/demo/scores.html">scores</a></nav><h1>{title}</h1>{body}</body></html>"""
FIGURE = (
    '<figure><img alt="A rising line." src="../../../_images/a.svg"/><figcaption>Rising.'
    '<span class="fer-source">Source: x.csv</span></figcaption></figure>'
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A clean book of two pages."""
    folder = tmp_path / "html"
    (folder / "_images").mkdir(parents=True)
    (folder / "_images" / "a.svg").write_text("<svg></svg>")
    write(folder, "book/intro.html", "Intro")
    write(folder, "book/report/demo/scores.html", "Scores", FIGURE)
    return folder


def write(site: Path, name: str, title: str, body: str = "", head: str = "") -> None:
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    up = "../" * name.count("/")
    path.write_text(PAGE.format(title=title, body=body, head=head, up=up))


def png(grey: int = 90) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8), grey, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def declare(site: Path, name: str, pixels_of: list[str]) -> Path:
    """Put a picture into the book together with the JSON file that declares it."""
    picture = site / "_images" / name
    picture.write_bytes(png())
    record = {"file": name, "sha256": sha256_file(picture), "pixels_of": pixels_of}
    write_json(site.parent / "report" / "demo" / "files" / f"{name}.json", record)
    return site.parent / "report"


def test_a_clean_book_has_no_fault(site: Path) -> None:
    assert check_site(site) == []


@pytest.mark.parametrize(
    ("body", "head", "fault"),
    [
        ("", '<script src="https://cdn.example/x.js"></script>', "loads https://cdn.example/x.js"),
        ("", '<link rel="stylesheet" href="//cdn.example/x.css">', "loads //cdn.example/x.css"),
        ('<img alt="Far." src="http://a.example/a.svg">', "", "loads http://a.example/a.svg"),
        ('<img alt="Far." srcset="a.svg 1x, https://a.example/b.svg 2x">', "", "a.example/b.svg"),
        ("", "<style>@import url(https://fonts.example/f.css);</style>", "fonts.example/f.css"),
        ('<i style="background: url(https://a.example/t.svg)"></i>', "", "a.example/t.svg"),
        ("<pre>Traceback (most recent call last)</pre>", "", "traceback"),
        ('<div class="output traceback">ValueError</div>', "", "traceback"),
        ('<img alt="../_images/a.svg" src="../../../_images/a.svg">', "", "no alt text"),
        ('<img alt="" src="../../../_images/a.svg">', "", "no alt text"),
        ('<img src="../../../_images/a.svg">', "", "no alt text"),
        ('<a href="gone.html">there</a>', "", "links to gone.html"),
        ("<figure><figcaption>Of unknown source.</figcaption></figure>", "", "name no source"),
    ],
)
def test_a_fault_in_a_page_is_found(site: Path, body: str, head: str, fault: str) -> None:
    write(site, "book/report/demo/scores.html", "Scores", FIGURE + body, head)
    (found,) = check_site(site)
    assert found.startswith("book/report/demo/scores.html: ")
    assert fault in found


def test_a_style_sheet_that_loads_a_font_from_outside_is_found(site: Path) -> None:
    (site / "fer.css").write_text("@font-face { src: url('https://fonts.example/a.woff2'); }")
    assert check_site(site) == ["fer.css: loads https://fonts.example/a.woff2 from outside"]


def test_links_to_the_outside_are_allowed(site: Path) -> None:
    body = FIGURE + '<a href="https://doi.org/10.1000/1">cited</a> <a href="#there">here</a>'
    write(site, "book/report/demo/scores.html", "Scores", body)
    assert check_site(site) == []


@pytest.mark.parametrize("name", ["fer_core/__init__.html", "tests/test_x.html"])
def test_a_page_made_from_the_package_is_found(site: Path, name: str) -> None:
    write(site, name, "fer_core")
    assert any(fault.startswith(f"{name}: is not a page of the book") for fault in check_site(site))


def test_a_page_outside_the_table_of_contents_is_found(site: Path) -> None:
    write(site, "book/report/old/scores.html", "Old scores")
    assert check_site(site) == [
        "book/report/old/scores.html: cannot be reached from the table of contents"
    ]


def test_two_pages_with_one_heading_are_found(site: Path) -> None:
    write(site, "book/report/demo/scores.html", "Intro", FIGURE)
    (fault,) = check_site(site)
    assert "share the heading 'Intro'" in fault


def test_a_declared_picture_of_a_publishable_set_is_allowed(site: Path) -> None:
    assert check_site(site, declare(site, "faces.png", ["phantom-lab"])) == []


def test_a_picture_of_a_set_that_may_not_be_shown_is_found(site: Path) -> None:
    report = declare(site, "faces.png", ["phantom-lab", "fer2013"])
    assert check_site(site, report) == [
        "_images/faces.png: shows pixels of 'fer2013', whose card says publishable: false"
    ]


def test_a_picture_of_a_set_that_nobody_knows_is_found(site: Path) -> None:
    (fault,) = check_site(site, declare(site, "faces.png", ["my-holiday"]))
    assert "'my-holiday'" in fault


def notebook(picture: bytes) -> str:
    output = nbformat.v4.new_output(
        "display_data", data={"image/png": base64.b64encode(picture).decode()}
    )
    cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell])))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("_images/face.png", png(91)),
        ("_images/disguised.svg", png(91)),
        ("_downloads/run.ipynb", notebook(png(91)).encode()),
        (
            "_images/b.svg",
            b'<image href="data:image/png;base64,' + base64.b64encode(png(91)) + b'"/>',
        ),
        ("data.js", b'x = "data:image/jpeg;base64,' + base64.b64encode(b"\xff\xd8\xff") + b'"'),
    ],
)
def test_a_picture_that_no_chapter_declared_is_found(site: Path, name: str, content: bytes) -> None:
    report = declare(site, "faces.png", ["phantom-lab"])
    (site / name).parent.mkdir(exist_ok=True)
    (site / name).write_bytes(content)
    (fault,) = check_site(site, report)
    assert fault.startswith(f"{name}: a picture of unknown origin")


def test_a_picture_hidden_in_an_embedded_drawing_is_found(site: Path) -> None:
    inner = b'<image href="data:image/png;base64,' + base64.b64encode(png(91)) + b'"/>'
    uri = "data:image/svg+xml;base64," + base64.b64encode(inner).decode()
    body = FIGURE + f'<img alt="A drawing." src="{uri}">'
    write(site, "book/report/demo/scores.html", "Scores", body)
    (fault,) = check_site(site)
    assert "unknown origin" in fault


def test_an_array_of_pixels_is_found(site: Path) -> None:
    np.save(site / "pixels.npy", np.zeros(3))
    (fault,) = check_site(site)
    assert fault.startswith("pixels.npy: ")


def test_the_command_prints_faults_and_exits_with_1(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(site)]) == 0
    write(site, "tests/test_x.html", "x")
    assert main([str(site)]) == 1
    assert "error: tests/test_x.html" in capsys.readouterr().err
    assert main([]) == 2


def test_a_folder_without_a_book_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(FerError, match="fer book"):
        check_site(tmp_path)
    assert main([str(tmp_path)]) == 2
