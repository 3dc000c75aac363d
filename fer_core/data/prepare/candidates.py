"""Candidates for a balanced test set: photographs in class folders and a sheet of their sources."""

from pathlib import PurePosixPath

import pandas as pd

from fer_core.data.image import open_row
from fer_core.data.readers.layouts import class_folders, read_table
from fer_core.data.reading import Reading
from fer_core.data.source import Source
from fer_core.errors import FerError

SOURCES = "sources.csv"
SOURCE_COLUMNS = ("file", "url", "licence", "author")
SMALLEST = 32  # px, shorter side of a photograph and of a face


def list_candidates(source: Source) -> pd.DataFrame:
    """Return one row per candidate and per line of the sheet without a file, sorted by file.

    Columns: file, emotion, url, licence, author, and `reason` and `detail` of what is removed. A
    sheet that is missing or does not cover every image raises FerError.
    """
    name = source.find(SOURCES)
    if name is None:
        raise FerError(
            f"{source.path} lacks {SOURCES}; list every image there, with the columns "
            f"{', '.join(SOURCE_COLUMNS)}"
        )
    sheet = read_table(source, name, SOURCE_COLUMNS)
    root = PurePosixPath(name).parent
    sheet["file"] = [(root / file.replace("\\", "/")).as_posix() for file in sheet["file"]]
    twice = sheet["file"][sheet["file"].duplicated()]
    if len(twice):
        raise FerError(f"{source.path}: {name} lists {twice.iloc[0]} twice; delete one line")
    rows = class_folders(source)
    if rows.empty:
        raise FerError(f"{source.path} holds no candidate; expected one folder per emotion")
    found = rows[["path", "emotion", "excluded"]]
    found = found.rename(columns={"path": "file", "excluded": "detail"})
    table = found.merge(sheet[list(SOURCE_COLUMNS)], "outer", on="file", indicator="found")
    missing = table.pop("found") == "right_only"
    table = table.fillna("")
    unsaid = (table[["url", "licence"]].apply(lambda column: column.str.strip()) == "").any(axis=1)
    unknown = table[~missing & unsaid]
    if len(unknown):
        raise FerError(
            f"{source.path}: {len(unknown)} images have no url or licence in {name}, such as "
            f"{', '.join(unknown['file'][:3])}; add their lines or take the files away"
        )
    table["reason"] = ""
    table.loc[table["emotion"] == "", "reason"] = "outside the seven emotions"
    table.loc[missing, "reason"] = "missing file"
    return table.sort_values("file", ignore_index=True)


def read_all(table: pd.DataFrame, reading: Reading) -> None:
    """Hash every candidate and look at its size; what cannot be opened gets its reason."""
    table["sha256"] = ""
    for row in table.index[table["reason"] != "missing file"]:
        opened = open_row(reading, str(table.at[row, "file"]))
        table.at[row, "sha256"] = opened.sha256
        if opened.image is None:
            remove(table, row, "unreadable", opened.failure)
        elif min(opened.image.size) < SMALLEST:
            remove(table, row, "tiny", "{} x {}".format(*opened.image.size))


def drop_copies(table: pd.DataFrame, group: pd.Series, kind: str) -> None:
    """Keep the first of each group; none of a group that lies in folders of two emotions."""
    # copies count as they mean: outside the seven, the label is in the detail
    meaning = table["emotion"].where(table["emotion"] != "", table["detail"])
    there = table["reason"].isin(["", "outside the seven emotions"])
    for _, rows in table[there].groupby(group[there], sort=False):
        if len(rows) < 2:
            continue
        if meaning[rows.index].nunique() > 1:
            removed, reason = rows.index, f"{kind} copies under two emotions"
        else:
            removed, reason = rows.index[1:], f"{kind} copy"
        for row in removed:
            first = rows["file"].iloc[0] if row != rows.index[0] else rows["file"].iloc[1]
            remove(table, row, reason, first)


def remove(table: pd.DataFrame, row: int, reason: str, detail: str) -> None:
    """Take a candidate out, for the first reason that holds."""
    if table.at[row, "reason"] == "":
        table.loc[row, ["reason", "detail"]] = [reason, detail]
