"""Pixels and active contents in the files of a book, its drawings and its notebooks are found."""

import base64
import zlib
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from fer_core import paths
from fer_core.book.checks.policy import seal
from fer_core.book.checks.site import unsafe
from tests.book.sites import FIGURE, SVG, faults, png, put, small_site, write
from tests.finished import make_record, write_run

FACE = base64.b64encode(png(91)).decode()
URI = f"data:image/png;base64,{FACE}"
NAME = "book/report/demo/scores.html"
HEX = "0123456789abcdef" * 2
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return small_site(tmp_path)


def drawn(inner: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(SVG.format(inner).encode()).decode()


FILES = {
    "a picture": ("_images/face.png", png(91)),
    "a suffix in capitals": ("_images/face.PNG", png(91)),
    "an icon": ("_images/face.ico", b"\0\0\1\0" + png(91)),
    "a document": (f"_downloads/{HEX}/face.pdf", b"%PDF-1.7" + png(91)),
    "a logo of no theme": ("_static/images/logo_face.png", png(91)),
    "another picture of the theme's name": ("_static/file.png", png(91)),
    "a picture called a style sheet": ("_static/fer.css", png(91)),
    "a style sheet of unknown origin": ("_static/other.css", b"p { background: url(face) }"),
    "a style sheet of the theme with a picture": ("_static/basic.css", f"url({URI})".encode()),
    "a page among the static files": ("_static/x.html", f'<img src="{URI}">'.encode()),
    "a script": ("_static/x.js", b"alert(1)"),
    "JSON": ("data.json", b'{"pixels": [1, 2]}'),
    "a script at the top": ("data.js", b"x = 1"),
    "a notebook": (f"_downloads/{HEX}/run.ipynb", b"{}"),
    "a source": ("_sources/x.md.txt", b"![](x.png)"),
    "a picture for the web": ("_images/face.webp", b"RIFF\0\0\0\0WEBP"),
    "a bitmap": ("_images/face.bmp", b"BM" + bytes(60)),
    "an array": ("pixels.npy", b"\x93NUMPY"),
    "a hidden file": (".face", png(91)),
    "a drawing that nobody declared": ("_images/b.svg", SVG.format("").encode()),
    "a record of no run": (f"_downloads/{HEX}/run.json", b"{}"),
    "predictions of no run": (f"_downloads/{HEX}/x.parquet", b"PAR1"),
    "a picture called a table": (f"_downloads/{HEX}/x.csv", png(91)),
    "a picture behind the index": ("searchindex.js", b"Search.setIndex({})" + png(91)),
    "a script behind the index": ("searchindex.js", b"Search.setIndex({}); alert(1)"),
    "a picture as an inventory": ("objects.inv", png(91)),
    "a picture in an inventory": (
        "objects.inv",
        b"# Sphinx inventory version 2\n# zlib.\n" + zlib.compress(png(91)),
    ),
    "a picture as build facts": (".buildinfo", png(91)),
    "a way to another page": ("index.html", b'<meta http-equiv="Refresh" content="0; url=x">'),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_of_unknown_origin_is_found(site: Path, what: str) -> None:
    name, content = FILES[what]
    put(site, name, content)
    assert any(fault.startswith(f"{name}: ") for fault in faults(site))


@pytest.mark.parametrize(
    "code",
    [
        "fetch('x')",
        "new XMLHttpRequest()",
        "navigator.sendBeacon('x')",
        "element.innerHTML = text",
        "eval('1')",
        "import('./x.js')",
        "const a = 'https://example.org'",
        "localStorage.setItem('a', 1)",
        "// " + 30_000 * "x ",
    ],
)
def test_our_script_may_not_reach_beyond_its_page(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    for place in (site / "_static/fer.js", tmp_path / "book/_static/fer.js"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code)
    assert any(fault.startswith("_static/fer.js: ") for fault in faults(site))
    (tmp_path / "book/_static/fer.js").write_text("1;")
    (site / "_static/fer.js").write_text("1;")
    assert faults(site) == []


def test_the_script_of_the_book_is_a_small_one_that_asks_nobody(site: Path) -> None:
    content = (paths.root() / "book/_static/fer.js").read_bytes()
    put(site, "_static/fer.js", content)
    assert faults(site) == []
    assert len(content) < 30_000
    put(site, "_static/fer.js", content + b"\n")
    assert any("unknown origin" in fault for fault in faults(site))


@pytest.fixture
def left(results_home: Path) -> Path:
    """The folder of predictions of a finished run, for one set that may be shown and one other."""
    record = write_run(make_record(tests={"london": {"n": 2}, "fer2013": {"n": 2}}))
    return record.folder / "predictions"


def offer(site: Path, file: Path, content: bytes | None = None) -> list[str]:
    put(site, f"_downloads/{HEX}/run-{file.name}", content or file.read_bytes())
    return [fault for fault in faults(site) if fault.startswith("_downloads")]


def test_what_runs_left_may_be_offered_as_it_lies_there(site: Path, left: Path) -> None:
    for file in (left.parent / "run.json", left / "london" / "clean.parquet"):
        assert len(offer(site, file, file.read_bytes() + b" ")) == 1
        assert offer(site, file) == []


def test_predictions_for_a_set_that_may_not_be_shown_are_found(site: Path, left: Path) -> None:
    table = pd.read_parquet(left / "fer2013" / "clean.parquet")
    table.assign(sample_id=["fer1", "fer2"]).to_parquet(left / "fer2013" / "clean.parquet")
    assert len(offer(site, left / "fer2013" / "clean.parquet")) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pixels": [FACE, FACE]}, "holds the column 'pixels'"),
        ({"sample_id": ["a", FACE * 30]}, "holds a word of 2,000 characters"),
        ({"p_sad": [300.0, 7.0]}, "is no table of predictions"),
        (None, "is no table of predictions"),
    ],
)
def test_a_table_that_is_none_of_predictions_is_found_though_a_run_left_it(
    site: Path, left: Path, change: dict[str, list[object]] | None, said: str
) -> None:
    file = left / "london" / "clean.parquet"
    if change is None:
        file.write_bytes(png(91))
    else:
        pd.read_parquet(file).assign(**change).to_parquet(file)
    (fault,) = offer(site, file)
    assert said in fault


def test_the_files_of_sphinx_itself_are_known(site: Path) -> None:
    head = b"# Sphinx inventory version 2\n# zlib.\n"
    put(site, "objects.inv", head + zlib.compress(b"intro std:doc -1 book/intro.html Intro\n"))
    put(site, "searchindex.js", b'Search.setIndex({"titles": ["Intro"]})')
    put(site, "index.html", b'<meta http-equiv="Refresh" content="0; url=book/intro.html" />\n')
    seal(site)
    assert faults(site) == []


def test_a_link_is_found(site: Path, tmp_path: Path) -> None:
    (tmp_path / "face.png").write_bytes(png(91))
    (site / "_images/face.png").symlink_to(tmp_path / "face.png")
    assert faults(site) == ["_images/face.png: is a link; a book holds files only"]


@pytest.mark.parametrize(
    "inner",
    [
        f'<image href="{URI}"/>',
        f'<image {XLINK} xlink:href="{URI}"/>',
        f'<feImage href="{URI}"/>',
        f'<filter id="f"><feImage href="{URI}"/></filter>',
        f'<rect style="fill: url({URI})"/>',
        f'<rect fill="url({URI})"/>',
        f'<rect fill="url({URI}#a)"/>',
        f"<style>rect {{ background: url({URI}) }}</style>",
        f'<style>@import "{URI}";</style>',
        "<style>rect { background: \\75rl(x) }</style>",
        f'<use {XLINK} xlink:href="face.svg#a"/>',
        "<foreignObject><p>x</p></foreignObject>",
        "<script>alert(1)</script>",
        '<path d="M0 0" onload="alert(1)"/>',
        '<a href="javascript:alert(1)"><path d="M0 0"/></a>',
        '<animate attributeName="href" values="x"/>',
        '<set attributeName="href" to="x"/>',
        '<?xml-stylesheet href="x.css"?>',
        "<![CDATA[x]]>",
        '<rect x="0" y="0"/>' * 20_001,
    ],
)
def test_what_is_no_vector_is_found_in_a_drawing(site: Path, inner: str) -> None:
    put(site, "_images/b.svg", SVG.format(inner).encode(), pixels_of=[])
    assert any(fault.startswith("_images/b.svg: ") for fault in faults(site))
    (site / "_images/b.svg").unlink()
    write(site, NAME, "Scores", FIGURE + f'<img alt="A drawing." src="{drawn(inner)}">')
    assert any(fault.startswith(NAME) for fault in faults(site))


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE svg [<!ENTITY x "y">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg">',
        png(91),
        b"<html><body/></html>",
    ],
)
def test_a_drawing_that_is_none_is_found(site: Path, content: bytes) -> None:
    put(site, "_images/b.svg", content, pixels_of=[])
    assert faults(site)


def test_a_picture_of_another_kind_under_the_name_of_one_is_found(site: Path) -> None:
    put(site, "_images/b.png", JPEG, pixels_of=[])
    assert faults(site) == ["_images/b.png: is no PNG picture"]


def test_a_table_of_a_chapter_is_known_and_holds_no_picture_in_letters(site: Path) -> None:
    table = f"_downloads/{HEX}/x.csv"
    source = site.parent / "report/demo/files/x.csv"
    for content in ("a,b\n1,2\n", f"a,b\n1,{'QUJD' * 600}\n"):
        source.write_text(content)
        put(site, table, content.encode())
        expected = [] if content.startswith("a,b\n1,2") else [f"{table}: holds a word of"]
        assert [fault[: len(table) + 17] for fault in faults(site)] == [
            fault[: len(table) + 17] for fault in expected
        ]


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ({"image/png": FACE}, "'image/png'"),
        ({"image/svg+xml": "<svg/>"}, "'image/svg+xml'"),
        ({"application/json": {"pixels": [1]}}, "'application/json'"),
        ({"application/javascript": "alert(1)"}, "'application/javascript'"),
        ({"text/html": "x", "application/pdf": FACE}, "'application/pdf'"),
        (nbformat.v4.new_output("stream", text="QUJD" * 200), "no text"),
        (nbformat.v4.new_output("stream", name="stderr", text="x"), "no text"),
        (nbformat.v4.new_output("error", ename="E", evalue="", traceback=[]), "'error'"),
        (nbformat.v4.new_markdown_cell("x", attachments={"a": {"image/png": FACE}}), "attached"),
        (nbformat.v4.new_raw_cell("<img>"), "'raw'"),
    ],
)
def test_what_no_chapter_makes_is_found_in_a_notebook(site: Path, cell: dict, fault: str) -> None:
    if "cell_type" not in cell:
        known = "output_type" in cell
        output = cell if known else nbformat.v4.new_output("display_data", data=cell)
        cell = nbformat.v4.new_code_cell("show()", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell)])
    report = site.parent / "report"
    nbformat.write(notebook, report / "demo/scores.ipynb")
    (found,) = unsafe(site, report)
    assert found.startswith("demo/scores.ipynb: has ")
    assert fault in found


def test_a_notebook_that_has_no_page_in_the_book_is_left_alone(site: Path) -> None:
    (site.parent / "report/demo/old.ipynb").write_text("{")
    assert faults(site) == []
    (site.parent / "report/demo/scores.ipynb").write_text("{")
    assert len(faults(site)) == 1
