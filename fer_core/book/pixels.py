"""No pixel without permission: every raster picture in a built book was declared by a chapter."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from fer_core.book.permission import is_publishable
from fer_core.files import read_json

RASTER = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
DATA_URI = re.compile(rb"data:image/([a-z.+-]+);base64,([A-Za-z0-9+/=\s]+)", re.IGNORECASE)
TEXT = {".html", ".svg", ".css", ".js", ".ipynb", ".json", ".md", ".txt"}
# Pictures of the theme and of Sphinx, by their place in the site.
THEME = ("_static/file.png", "_static/minus.png", "_static/plus.png", "_static/images/logo_")
FORBIDDEN = {".npy", ".npz", ".memmap", ".parquet", ".zip", ".safetensors", ".pt"}


def pixel_faults(site: Path, report: Path | None) -> Iterator[str]:
    """Yield a line per picture in `site` that is not declared in `report` or may not be shown."""
    known = declared(report)
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        name = path.relative_to(site).as_posix()
        if path.suffix in FORBIDDEN:
            yield f"{name}: may hold pixels or weights and does not belong into the book"
        for digest in pictures(path):
            if name.startswith(THEME):
                continue
            if digest not in known:
                yield f"{name}: a picture of unknown origin; show it through fer_core.book.page"
                continue
            for dataset in known[digest]:
                if not is_publishable(dataset):
                    yield f"{name}: shows pixels of {dataset!r}, whose card says publishable: false"


def declared(report: Path | None) -> dict[str, list[str]]:
    """Return the data sets of every picture that a chapter declared, by the picture's SHA-256."""
    records = map(read_json, sorted(report.glob("*/files/*.json"))) if report else ()
    return {record["sha256"]: list(record["pixels_of"]) for record in records}


def pictures(path: Path) -> Iterator[str]:
    """Yield the SHA-256 of every raster picture that a file is or has inside."""
    content = path.read_bytes()
    if content.startswith(RASTER) or content[8:12] == b"WEBP":
        yield hashlib.sha256(content).hexdigest()
    elif path.suffix == ".ipynb":
        yield from _outputs(content)
    if path.suffix in TEXT:
        yield from _embedded(content)


def _embedded(content: bytes) -> Iterator[str]:
    """Yield the pictures in the data URIs of a text, also those inside embedded drawings."""
    for kind, encoded in DATA_URI.findall(content):
        try:
            inner = base64.b64decode(encoded)
        except binascii.Error:
            inner = encoded
        if kind.lower() == b"svg+xml":
            yield from _embedded(inner)
        else:
            yield hashlib.sha256(inner).hexdigest()


def _outputs(notebook: bytes) -> Iterator[str]:
    for cell in json.loads(notebook).get("cells", []):
        for output in cell.get("outputs", []):
            for kind, value in output.get("data", {}).items():
                if kind.startswith("image/") and "svg" not in kind:
                    picture = base64.b64decode("".join(value))
                    yield hashlib.sha256(picture).hexdigest()
