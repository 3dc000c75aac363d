"""Where every file of a built book comes from; a file of unknown origin is refused.

Known are, by hash: the files of the installed theme and of Sphinx, our own static files, the
figures and tables that chapters made, each figure with the record that says whose pixels it shows,
and what runs left among the results: their records, and their predictions for sets that may be
shown. Pages are known by their place and looked at by `fer_core.book.checks.markup`.
"""

import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from fer_core import paths
from fer_core.book.checks.drawing import drawing_faults
from fer_core.book.checks.policy import page_names
from fer_core.data.permission import is_publishable
from fer_core.errors import FerError
from fer_core.files import read_json, sha256_file
from fer_core.parquet_files import read_parquet
from fer_core.predictions import COLUMNS, P_CONTEMPT, check_predictions

# The distributions whose files the builder copies into `_static/`.
PACKAGES = (
    "sphinx", "sphinx-book-theme", "pydata-sphinx-theme", "sphinx-copybutton",
    "sphinx-togglebutton", "sphinx-thebe", "sphinx_design", "myst-nb", "jupyter-book"
)  # fmt: skip
# What Sphinx and its extensions write there from templates and from `_config.yml`, by SHA-256. When
# an upgrade changes one, `fer check` names it: read the file, then put its hash here.
WRITTEN = {
    "_static/basic.css": "80b2240539b36d344e7c9aa5090995a773ffae1dd90f21cc043e6057d9543c3d",
    "_static/copybutton.js": "89ee4163ba2fdd47404883ebc81bf93f696f6ab02aa5795331a8ff7161e9e256",
    "_static/documentation_options.js": (
        "6df321d267ec622328bd4b0202b47111fef300eea373f5ddc91e8feb36068b01"
    ),
    "_static/language_data.js": "dba8b1d8dce11dadb39bd24d2babdb617a57f8f27e04c614269c937b785df00a",
    "_static/pygments.css": "66f472fe9022ecdf197c5abc2b437f123c349c85f8741219a42963c77eb14920",
}
SCRIPT = "_static/fer.js"  # the only one of ours
MOST_SCRIPT = 30_000  # bytes
# What a script that only sorts and saves what is on its page has no use for.
REACHES = re.compile(
    r"\b(?:fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeerConnection|Worker|import|"
    r"eval|Function|setAttributeNS|innerHTML|outerHTML|insertAdjacentHTML|write|localStorage|"
    r"sessionStorage|indexedDB|cookie|serviceWorker|mediaDevices)\b|https?:(?!//www\.w3\.org/)"
)
LOADS = re.compile(r"url\(|@import|image\(|\\|src\(|expression|binding", re.IGNORECASE)
PNG = b"\x89PNG\r\n\x1a\n"
FIGURE = re.compile(r"_images/[\w.-]+\.(?:png|svg)")
DOWNLOAD = re.compile(r"_downloads/[0-9a-f]{32}/[\w.-]+\.(?:csv|json|parquet)")
BUILD_INFO = re.compile(r"# Sphinx build info version 1\n#[^\n]*\nconfig: \w{32}\ntags: \w{32}\n")
INVENTORY = b"# Sphinx inventory version 2\n"
INDEX = re.compile(r"Search\.setIndex\((\{.*\})\)\s*", re.DOTALL)
LONG = re.compile(r"[^\s,<>\"]{2000}")
LONG_WORD = "holds a word of 2,000 characters and more: no text"
UNKNOWN = "is a file of unknown origin; show it through fer_core.book.page"


def origin_faults(site: Path, report: Path | None) -> Iterator[str]:
    """Yield a line per file in `site` that is not known, or shows what may not be shown.

    `report` is the folder of generated chapters, with the figures, their records and the tables.
    """
    pages, theme = set(page_names(site)), _theme()
    figures, tables = declared(report), _tables(report) | _left_by_runs()
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.is_symlink():
            yield f"{name}: is a link; a book holds files only"
        elif path.is_file() and name not in pages:
            for fault in _file_faults(path, name, theme, figures, tables):
                yield f"{name}: {fault}"


def declared(report: Path | None) -> dict[str, list[str]]:
    """Return the data sets of every picture that a chapter declared, by the picture's SHA-256."""
    files = (*report.glob("files/*.json"), *report.glob("*/files/*.json")) if report else ()
    records = map(read_json, sorted(files))
    return {record["sha256"]: list(record["pixels_of"]) for record in records}


def _file_faults(
    path: Path, name: str, theme: set[str], figures: dict[str, list[str]], tables: set[str]
) -> Iterator[str]:
    digest = sha256_file(path)
    if name.startswith("_static/"):
        if digest not in theme and WRITTEN.get(name) != digest:
            yield from _own_faults(path, name, digest)
    elif FIGURE.fullmatch(name):
        yield from _figure_faults(path, figures.get(digest))
    elif DOWNLOAD.fullmatch(name):
        if digest not in tables:
            yield UNKNOWN
        elif path.suffix == ".parquet":
            yield from _prediction_faults(path)
        elif LONG.search(path.read_text(encoding="utf-8", errors="replace")):
            yield LONG_WORD
    elif not _is_index(name, path.read_bytes()):
        yield UNKNOWN


def _own_faults(path: Path, name: str, digest: str) -> Iterator[str]:
    """Yield why a file of `_static/` that no package brings is not one of book/_static/ either."""
    own = paths.root() / "book" / name
    if name in WRITTEN:
        yield f"differs from the one that is known, its SHA-256 is {digest}; see WRITTEN in origin"
    elif not own.is_file() or sha256_file(own) != digest:
        yield UNKNOWN
    elif path.suffix == ".svg":
        yield from drawing_faults(path.read_bytes())
    elif name == SCRIPT:
        yield from _script_faults(path.read_text(encoding="utf-8", errors="replace"))
    elif path.suffix != ".css":
        yield f"is no style sheet, no drawing and not {SCRIPT}: all that book/_static may hold"
    elif LOADS.search(path.read_text(encoding="utf-8", errors="replace")):
        yield "loads or holds another file; a style sheet of this book needs none"


def _script_faults(text: str) -> Iterator[str]:
    """Yield why our script is not the small one that asks nobody for anything."""
    if len(text.encode()) > MOST_SCRIPT:
        yield f"is larger than {MOST_SCRIPT:,} bytes"
    if found := REACHES.search(text):
        yield f"uses {found[0]!r}, with which a script can reach beyond its page"


def _figure_faults(path: Path, pixels_of: list[str] | None) -> Iterator[str]:
    if pixels_of is None:
        yield f"a picture that no chapter declared: {UNKNOWN}"
        return
    for dataset in pixels_of:
        if not is_publishable(dataset):
            yield f"shows pixels of {dataset!r}, whose card says publishable: false"
    content = path.read_bytes()
    if path.suffix == ".svg":
        yield from drawing_faults(content)
    elif not content.startswith(PNG):
        yield "is no PNG picture"


def _prediction_faults(path: Path) -> Iterator[str]:
    """Yield what a table of predictions holds that none has: it could be pixels."""
    try:
        table = read_parquet(path, COLUMNS, "run its cell again")
        check_predictions(table, path.name)
    except FerError as error:
        yield f"is no table of predictions: {error}"
        return
    strange = set(table.columns) - {*COLUMNS, P_CONTEMPT}
    if strange:
        yield f"holds the column {min(strange)!r}, which no table of predictions has"
    if any(LONG.search(str(sample)) for sample in table["sample_id"]):
        yield LONG_WORD


def _is_index(name: str, content: bytes) -> bool:
    """Say whether a file at the top of the site is one of Sphinx's three indexes, and text."""
    try:
        if name == ".buildinfo":
            return BUILD_INFO.fullmatch(content.decode()) is not None
        if name == "objects.inv":
            head, _, packed = content.partition(b"zlib.\n")
            lines = zlib.decompress(packed).decode()
            return head.startswith(INVENTORY) and not LONG.search(head.decode() + lines)
        found = INDEX.fullmatch(content.decode()) if name == "searchindex.js" else None
        return found is not None and isinstance(json.loads(found[1]), dict)
    except (ValueError, zlib.error, RecursionError):
        return False


def _tables(report: Path | None) -> set[str]:
    """Return the SHA-256 of the tables that chapters and the pages of runs offer."""
    if report is None:
        return set()
    files = (*report.glob("files/*.csv"), *report.glob("*/files/**/*.csv"))
    return {sha256_file(file) for file in files}


def _left_by_runs() -> set[str]:
    """Return the SHA-256 of the records of all runs, and of the tables that they predicted for sets
    that may be shown: the ids of other sets can be names of persons."""
    folder = paths.results_dir()
    tables = [*folder.glob("*/*/*/seed*/predictions/*/*.parquet")]
    shown = {name for name in {table.parent.name for table in tables} if is_publishable(name)}
    files = [table for table in tables if table.parent.name in shown]
    return {sha256_file(file) for file in (*folder.glob("*/*/*/seed*/run.json"), *files)}


@cache
def _theme() -> set[str]:
    """Return the SHA-256 of every file that the installed packages bring for a site."""
    found = set()
    for package in PACKAGES:
        for file in metadata.files(package) or ():
            path = Path(str(file.locate()))
            if path.suffix not in (".py", ".pyc") and path.is_file():
                found.add(hashlib.sha256(path.read_bytes()).hexdigest())
    return found
