"""A book of two pages, sealed as a real one, into which tests plant what must be found."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from fer_core.book.checks.policy import sealed
from fer_core.book.checks.site import check_site
from fer_core.files import sha256_file, write_json

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8" />{head}</head><body><nav>
<a href="{up}book/intro.html">intro</a>
<a href="{up}book/report/demo/scores.html">scores</a></nav><h1>{title}</h1>{body}</body></html>"""
FIGURE = (
    '<figure><img alt="A rising line." src="../../../_images/a.svg"/><figcaption>Rising.'
    '<span class="fer-source">Source: x.csv</span></figcaption></figure>'
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


def small_site(tmp_path: Path) -> Path:
    """A clean book of two pages with one drawing."""
    folder = tmp_path / "html"
    (folder / "_images").mkdir(parents=True)
    put(folder, "_images/a.svg", SVG.format('<path d="M0 0"/>').encode(), pixels_of=[])
    write(folder, "book/intro.html", "Intro")
    write(folder, "book/report/demo/scores.html", "Scores", FIGURE)
    return folder


def write(site: Path, name: str, title: str, body: str = "", head: str = "") -> None:
    path = site / name
    path.parent.mkdir(parents=True, exist_ok=True)
    up = "../" * name.count("/")
    text = PAGE.format(title=title, body=body, head=head, up=up)
    path.write_text(sealed(text, name))


def put(site: Path, name: str, content: bytes, pixels_of: list[str] | None = None) -> Path:
    """Put a file into the book, with the record that declares it if wanted; return the report."""
    file = site / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    report = site.parent / "report"
    if pixels_of is not None:
        record = {"file": file.name, "sha256": sha256_file(file), "pixels_of": pixels_of}
        write_json(report / "demo" / "files" / f"{file.name}.json", record)
    return report


def faults(site: Path) -> list[str]:
    return check_site(site, site.parent / "report")


def png(grey: int = 90) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8), grey, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()
