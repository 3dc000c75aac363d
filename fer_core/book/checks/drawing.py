"""Drawings as vectors: those that a notebook keeps in itself, and what any of them may hold."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from fer_core.errors import FerError
from fer_core.figures.style import save_figure

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "use"}
MOST_SHAPES = 20_000
ELEMENTS = SHAPES | {"svg", "g", "defs", "clipPath", "pattern", "style", "metadata", "title"}
ATTRIBUTES = (
    "id", "class", "d", "points", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry",
    "width", "height", "transform", "viewBox", "version", "type", "role", "aria-label", "style",
    "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "opacity", "clip-path",
    "patternUnits", "{http://www.w3.org/1999/xlink}href"
)  # fmt: skip
# What matplotlib says of itself: text and one attribute, in namespaces that no browser draws.
ABOUT = ("{http://www.w3.org/1999/02/22-rdf", "{http://purl.org/dc/", "{http://creativecommons.")
PROLOGUE = re.compile(
    r'\s*(<\?xml version="1\.0" encoding="utf-8" standalone="no"\?>\s*)?'
    r'(<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1\.1//EN"\s+'
    r'"http://www\.w3\.org/Graphics/SVG/1\.1/DTD/svg11\.dtd">\s*)?',
    re.IGNORECASE,
)
# A rule of a style sheet or of an attribute that names no file: no @, no quote, no backslash, and
# no bracket but that of a reference within the drawing.
STYLE = re.compile(r"([\w\s.,:;#%*{}!+>-]|url\(#\w+\))*")
INNER = re.compile(r"(url\(#[\w-]+\)|#[\w.-]+)")


def drawing_html(fig: Figure, alt: str) -> str:
    """Return a figure as an HTML image that holds its own vectors; pixels in it are refused."""
    with TemporaryDirectory() as folder:
        file = save_figure(fig, Path(folder) / "drawing.svg")
        require_vectors(file)
        content = base64.b64encode(file.read_bytes()).decode()
    source = f"data:image/svg+xml;base64,{content}"
    return f'<img alt="{escape(alt)}" src="{source}">'


def require_vectors(file: Path) -> None:
    """Delete an SVG file that holds anything but vectors, and raise FerError."""
    for fault in drawing_faults(file.read_bytes()):
        file.unlink()
        raise FerError(
            f"the figure {file.stem!r} {fault} but names no data set; "
            "say whose pixels they are with pixels_of, or draw it with vectors"
        )


def drawing_faults(content: bytes) -> Iterator[str]:
    """Yield what an SVG file holds besides vectors and words about them: "holds <a>"."""
    try:
        text = content.decode()
        body = text[PROLOGUE.match(text).end() :]  # type: ignore[union-attr]
        if "<!" in body.replace("<!--", "") or "<?" in body:
            yield "holds a declaration or an instruction"
            return
        root = ElementTree.fromstring(body)
    except (ValueError, ElementTree.ParseError, RecursionError):
        yield "is not readable as a drawing"
        return
    shapes = 0
    for element in root.iter():
        yield from _element_faults(element)
        shapes += element.tag.removeprefix(SVG) in SHAPES
    if shapes > MOST_SHAPES:
        yield f"holds {shapes:,} shapes: as many as a picture has pixels"


def _element_faults(element: ElementTree.Element) -> Iterator[str]:
    if element.tag.startswith(ABOUT):
        return
    name = element.tag.removeprefix(SVG)
    if name not in ELEMENTS:
        yield "holds pixels" if name == "image" else f"holds <{name}>"
    if name == "style" and not STYLE.fullmatch(element.text or ""):
        yield "holds a style that names a file"
    for attribute, value in element.attrib.items():
        if attribute not in ATTRIBUTES:
            yield f"holds the attribute {attribute}"
        elif attribute == "style":
            if not STYLE.fullmatch(value):
                yield "holds a style that names a file"
        elif _refers(attribute, value) and not INNER.fullmatch(value):
            yield f"holds a reference out of the drawing, {value[:40]!r}"


def _refers(attribute: str, value: str) -> bool:
    return attribute.endswith("href") or ("(" in value and attribute != "transform")
