"""A table of labels for pictures that lie in any folders."""

import hashlib
import posixpath
from collections import defaultdict
from collections.abc import Callable

import pandas as pd

from fer_core.data.index import SPLIT_FOLDERS, UNLABELLED
from fer_core.data.readers.layouts import (
    CLASS_COLUMNS,
    IMAGE_SUFFIXES,
    read_table,
)
from fer_core.data.source import Source
from fer_core.errors import FerError, UnknownNameError, unknown
from fer_core.paths import expand

COLUMNS = {
    "path": ("path", "file", "image", "filename"),
    "label": ("label", "emotion"),
    "person": ("subject", "person"),
    "split": ("split",),
}
NOTHING = {"source_label": "", "emotion": "", "excluded": UNLABELLED}

Label = Callable[[str], dict[str, str]]


def open_table(source: Source, path: str) -> tuple[Source, str]:
    """Find where the table lies, and its name there: a CSV file, or one within the source."""
    file = expand(path)
    if file.is_file() and file.suffix.lower() == ".csv":
        return Source.open(file), file.name
    if path not in source.names(".csv"):
        raise FerError(
            f"{path} is no CSV file, and {source.path} holds none of that name; give --labels a "
            "CSV with the columns path and label"
        )
    return source, path


def table_hash(source: Source, path: str) -> str:
    """Return the sha256 of the table's bytes."""
    holder, name = open_table(source, path)
    with holder.open_file(name) as file:
        return hashlib.sha256(file.read()).hexdigest()


def labelled_images(source: Source, path: str, read_label: Label) -> pd.DataFrame:
    """Read one row per picture of the source or of the table: its label columns, person and split.

    A path of the table is one below the source or the unique end of one. A picture that the table
    does not have is excluded as unlabelled; one that the source does not have stays, as a missing
    file. FerError for a label without a meaning, and for a picture with two meanings.
    """
    holder, name = open_table(source, path)
    table = _columns(read_table(holder, name, ()), holder, name)
    own = name if holder is source else ""
    table["path"] = _resolved(table["path"], source, own, name)
    meanings = _meanings(table["label"], read_label, name)
    rows = pd.DataFrame([meanings[word] for word in table["label"]], columns=list(CLASS_COLUMNS))
    rows = rows.assign(path=table["path"], person=table["person"], **_splits(table, name))
    rows = rows[_first_of_each(rows, name)].astype("str")
    there = set(rows["path"])
    beside = [picture for picture in source.names(*IMAGE_SUFFIXES) if picture not in there]
    unlisted = pd.DataFrame({"path": beside}, dtype="str")
    unlisted = unlisted.assign(**NOTHING, person="", split="", source_split="")
    return pd.concat([rows, unlisted], ignore_index=True)


def _columns(table: pd.DataFrame, holder: Source, name: str) -> pd.DataFrame:
    """Return the four columns of the table as `COLUMNS` names them; "" where it lacks one."""
    known = {str(column).lower(): column for column in reversed(table.columns)}
    found = {
        what: next((known[word] for word in words if word in known), None)
        for what, words in COLUMNS.items()
    }
    for what in ("path", "label"):
        if found[what] is None:
            raise FerError(
                f"{holder.path}: {name} has no column {' or '.join(COLUMNS[what])}; it has "
                f"{', '.join(map(str, table.columns[:12]))}"
            )
    if table.empty:
        raise FerError(f"{holder.path}: {name} has no row; give a picture and its label in each")
    texts = {what: "" if column is None else table[column] for what, column in found.items()}
    return pd.DataFrame(texts, index=table.index).astype("str").apply(lambda text: text.str.strip())


def _resolved(paths: pd.Series, source: Source, own: str, table: str) -> list[str]:
    """Return the file of the source that each path means; the path itself where there is none."""
    files = [file for file in source if file != own]
    held, named = set(files), defaultdict(list)
    for file in files:
        named[posixpath.basename(file)].append(file)
    found, there = [], False
    for written in paths:
        path = written.replace("\\", "/").removeprefix("./")
        ends = [file for file in named[posixpath.basename(path)] if file.endswith(f"/{path}")]
        if path not in held and len(ends) > 1:
            raise FerError(
                f"{table} names {path}, which is {ends[0]} or {ends[1]}; write its path from "
                f"{source.path} on"
            )
        found.append(path if path in held or not ends else ends[0])
        there = there or found[-1] in held
    if not there:
        such = f", such as {files[0]}" if files else ""
        raise FerError(
            f"{table} names no file of {source.path}: its first is {paths.iloc[0]!r}; write paths "
            f"from that folder on{such}"
        )
    return found


def _meanings(labels: pd.Series, read_label: Label, table: str) -> dict[str, dict[str, str]]:
    try:
        return {word: read_label(word) if word else NOTHING for word in sorted(set(labels))}
    except UnknownNameError as error:
        raise FerError(f"{table} has a label that names no emotion: {error}") from error


def _splits(table: pd.DataFrame, name: str) -> dict[str, pd.Series]:
    words = table["split"].str.lower()
    strange = sorted(set(words) - set(SPLIT_FOLDERS) - {""})
    if strange:
        raise FerError(f"{name}: {unknown('split', strange[0], SPLIT_FOLDERS)}")
    return {"source_split": words, "split": words.map({**SPLIT_FOLDERS, "": ""})}


def _first_of_each(rows: pd.DataFrame, table: str) -> pd.Series:
    """Return True for the first row of each picture; FerError where another says otherwise."""
    again = rows["path"].duplicated()
    facts = ["emotion", "excluded", "person", "split"]
    different = again & ~rows.duplicated(["path", *facts])
    if different.any():
        row = rows[different].iloc[0]
        first = rows[rows["path"] == row["path"]].iloc[0]
        said = [[each[fact] for fact in ("source_label", *facts[2:])] for each in (first, row)]
        a, b = (", ".join(filter(None, words)) or "no label" for words in said)
        raise FerError(f"{table} has {row['path']} twice, as {a} and as {b}; delete one row")
    return ~again
