"""Markdown from values: escaped text, lists in words, tables, and the stamp under each of them."""

import datetime
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import pandas as pd

from fer_core.checkout import head
from fer_core.errors import FerError

MISSING = "–"
LONG = 50  # a cell with more characters may break into lines
ESTIMATE = re.compile(r"^(\S+) (\[[^\]]*\])((?: [†‡])*)$")  # a number, its interval, its marks
TITLE = re.compile(r"[\w .,:+−-]+")  # what may stand in a link, where nothing can be escaped
PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>|$&~^#!])")


class Linked(NamedTuple):
    """A cell of a table that leads to a page of the book, or is coloured by its value."""

    text: str
    page: str = ""  # without its suffix, from the root of the book
    shade: int | None = None  # 0 to 10
    framed: bool = False


def linked(shown: pd.DataFrame, pages: Sequence[str], columns: Iterable[str]) -> pd.DataFrame:
    """Return a table as shown whose numbers in `columns` lead to the page of their row."""
    shown = shown.copy()
    for column in columns:
        cells = [Linked(str(text), page) for text, page in zip(shown[column], pages, strict=True)]
        shown[column] = pd.Series(cells, index=shown.index, dtype=object)
    return shown


def note_box(text: str) -> str:
    """Return a study's note as a box of its own, "" where it has none."""
    return f":::{{note}}\n{plain(' '.join(text.split()))}\n:::" if text else ""


def plain(value: object) -> str:
    """Return a value as one line of Markdown that shows it literally."""
    return PUNCTUATION.sub(r"\\\1", " ".join(str(value).split()))


def listed(values: Iterable[object]) -> str:
    """Return values as words: "a", "a and b", "a, b and c"."""
    words = [plain(value) for value in values]
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its named index levels as columns and one line of column names."""
    named = [name for name in frame.index.names if name is not None]
    table = frame.reset_index() if named else frame.reset_index(drop=True)
    if isinstance(table.columns, pd.MultiIndex):
        table.columns = [" ".join(str(part) for part in key if part != "") for key in table.columns]
    return table


def varying(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return a table without the columns in which every row says the same, and a sentence that says
    it, to end the caption with. The first column stays, and so do scores."""
    texts = frame.map(_cell)
    alike = [
        column
        for column in texts.columns[1:]
        if len(texts) > 1
        and texts[column].nunique() == 1
        and not ESTIMATE.match(texts[column].iloc[0])
    ]
    if not alike:
        return frame, ""
    told = ", ".join(f"{plain(column)} {plain(texts[column].iloc[0])}" for column in alike)
    return frame.drop(columns=alike), f"In every row: {told}."


def markdown_table(frame: pd.DataFrame, markup: Sequence[str] = ()) -> str:
    """Return a frame as a Markdown table: numbers to the right, missing values as a dash.

    Cells show literally what they hold, also when a data set put markup into them; only the
    columns named in `markup` hold Markdown of our own.
    """
    table = flat(frame)
    if table.empty:
        raise FerError("a table has no rows; finish at least one run of the study first")
    columns = [map(_cell if c in markup else _literal, table[c]) for c in table.columns]
    lines = [
        _row(plain(c).replace("95 %", "95\xa0%") for c in table.columns),
        _row("--:" if _is_numeric(table[c]) else ":--" for c in table.columns),
    ]
    return "\n".join([*lines, *map(_row, zip(*columns, strict=True))])


def numbered_table(
    frame: pd.DataFrame, caption: str, stamp: str, name: str, csv: str, markup: Sequence[str] = ()
) -> str:
    """Return a numbered table with its source line and the link to its CSV file."""
    wrap = flat(frame).map(lambda value: len(_cell(value)) > LONG).to_numpy().any()
    return (
        f":::{{table}} {stamped(caption, stamp)}\n:name: {name}\n"
        f":class: {'fer-wrap' if wrap else 'fer-plain'}\n\n{markdown_table(frame, markup)}\n:::\n\n"
        f"{csv_link(csv)}"
    )


def csv_link(csv: str) -> str:
    """Return the link to the CSV file of a table."""
    return f"[{{download}}`Download this table as CSV <{csv}>`]{{.fer-download}}"


def fold(name: str, text: str) -> str:
    """Return Markdown that a reader opens by a click on `name`."""
    return f"<details><summary>{escape(name)}</summary>\n\n{text}\n\n</details>"


def stamped(caption: str, stamp: str) -> str:
    """Return a caption on one line, with its source line."""
    return f"{' '.join(caption.split())} [Source: {stamp}]{{.fer-source}}"


def source_stamp(*files: str) -> str:
    """Return the files that something was made from, the commit and the date."""
    return " · ".join((*(f"`{file}`" for file in files), head()[:10] or "no commit", today()))


def label(*words: str) -> str:
    """Return words as one name for files and references."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower())


def today() -> str:
    """Return the date in UTC."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _literal(value: object) -> str:
    """Show a cell literally, the interval of an estimate below its number: tables are narrower."""
    if isinstance(value, Linked):
        return _linked(value)
    return _with_interval(_cell(value))


def _linked(cell: Linked) -> str:
    text = _with_interval(cell.text, cell.page)
    classes = [f".fer-shade-{cell.shade}"] if cell.shade is not None else []
    classes += [".fer-framed"] if cell.framed else []
    return f"[{text}]{{{' '.join(classes)}}}" if classes else text


def _with_interval(text: str, page: str = "") -> str:
    """Return a cell's text literally, its number with a link to a page, if any, and its interval
    apart."""
    found = ESTIMATE.match(text)
    number, interval, marks = found.groups("") if found else (text, "", "")
    leads = page and TITLE.fullmatch(number)
    shown = f"{{doc}}`{number} </{page}>`" if leads else plain(number)
    shown += plain(marks) and f" {plain(marks)}"
    return f"{shown} [{plain(interval)}]{{.fer-interval}}" if interval else shown


def _cell(value: object) -> str:
    if isinstance(value, Linked):
        return value.text
    if isinstance(value, str):
        return value or MISSING
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float | np.floating) else f"{value}"


def _is_numeric(column: pd.Series) -> bool:
    """Say whether a column is set flush right: numbers, or texts that start like one."""
    if pd.api.types.is_numeric_dtype(column):
        return True
    texts: Sequence[str] = [text for text in map(_cell, column) if text != MISSING]
    return bool(texts) and all(re.match(r"[+−-]?\d", text) for text in texts)
