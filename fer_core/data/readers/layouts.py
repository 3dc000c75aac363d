"""Layouts that several data sets share: class folders, tables beside images, rows of an index."""

import posixpath
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from fer_core.csv_files import DAMAGED, read_csv
from fer_core.data.index import SPLIT_FOLDERS, codes
from fer_core.data.readers.guess import looks_like
from fer_core.data.reading import HEIF_SUFFIXES
from fer_core.data.source import Source
from fer_core.emotions import EMOTIONS, to_emotion
from fer_core.errors import FerError, UnknownNameError

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"),
    *HEIF_SUFFIXES,
)

SUFFIX = r"([^/.][^/]*)\.[^/.]+$"  # of a name that does not only consist of it
ALIKE = ("folder", "nhfi", "fer2013")  # class folders: what one of them refuses, so do the others
CLASS_COLUMNS = ("source_label", "emotion", "excluded", "source_split", "split")
DEFAULTS = {"split": "", "source_split": "", "source_label": "", "person": "", "excluded": ""}


def label(source_label: str, vocabulary: str = "words") -> dict[str, str]:
    """Return index columns `source_label`, `emotion`, `excluded` of one label of the source."""
    meaning = to_emotion(source_label, vocabulary)
    if meaning in EMOTIONS:
        return {"source_label": source_label, "emotion": meaning, "excluded": ""}
    return {"source_label": source_label, "emotion": "", "excluded": meaning}


def label_columns(
    source: Source, name: str, values: Iterable[str], vocabulary: str = "words"
) -> dict[str, dict[str, str]]:
    """Return the `label` of each distinct value in the file `name`; one FerError names all of those
    that have no meaning."""
    labels, strange = {}, []
    for value in sorted(set(values)):
        try:
            labels[value] = label(value, vocabulary)
        except UnknownNameError as error:
            strange.append(str(error))
    if strange:
        raise FerError(f"{source.path}: {name} has a label outside the map: {'; '.join(strange)}")
    return labels


def class_folders(
    source: Source, read_label: Callable[[str], dict[str, str]] = label
) -> pd.DataFrame:
    """Return one row per file of the folders named after an emotion, in the source's order.

    `read_label` gives the label columns of a folder's name, or raises UnknownNameError. A folder
    above the class folders that is named after a split gives `source_split` and `split`.
    A file without an image's suffix inside a class folder is listed too (it will be reported as
    unreadable); images in a folder that names no emotion raise FerError.
    """
    names = source.column
    number, folders = pd.factorize(names.str.replace(r"(^|/+)[^/]*$", "", regex=True))
    columns = [_class_columns(folder, read_label) for folder in folders]
    used = np.array([isinstance(of, dict) for of in columns], dtype=bool)[number]
    stray = np.flatnonzero(~used & names.str.lower().str.endswith(IMAGE_SUFFIXES).to_numpy(bool))
    for row in stray[:1]:
        error = columns[number[row]]
        assert isinstance(error, UnknownNameError)
        raise _stray_image(source, names.iloc[row], error) from error
    known = [of if isinstance(of, dict) else {} for of in columns]
    table = pd.DataFrame(known, columns=list(CLASS_COLUMNS), dtype=str)
    rows = table.iloc[number[used]].reset_index(drop=True)
    rows.insert(0, "path", names[used].reset_index(drop=True))
    return rows


def class_folder_rows(source: Source, layout: str) -> pd.DataFrame:
    """Return the rows of a Reading of class folders, each named by its path below the root."""
    rows = class_folders(source)
    return make_rows(rows.assign(sample_id=below_root(rows["path"])), source, layout)


def _class_columns(
    folder: str, read_label: Callable[[str], dict[str, str]]
) -> dict[str, str] | UnknownNameError:
    above, _, own = folder.rpartition("/")
    try:
        columns = read_label(own)
    except UnknownNameError as error:
        return error
    part = posixpath.basename(above).lower()
    split = SPLIT_FOLDERS.get(part, "")
    return {**columns, "source_split": part if split else "", "split": split}


def _stray_image(source: Source, name: str, error: UnknownNameError) -> FerError:
    if "/" not in name:
        return FerError(
            f"{source.path} holds the image {name} outside any class folder; move it into one"
        )
    return FerError(
        f"{source.path}: the class folder of {name} names no emotion: {error}"
        f"{looks_like(source, *ALIKE)}"
    )


def below_root(names: Iterable[str]) -> pd.Series:
    """Return each name without its suffix and without the folders that all names share.

    Names that differ in their suffix only keep it, so that the results are unique. The results have
    the index of `names` where it is a Series.
    """
    full = pd.Series(names if isinstance(names, pd.Series) else list(names), dtype="str")
    folders = {posixpath.dirname(name) for name in full}
    above = posixpath.commonpath(folders) if folders and "" not in folders else ""
    own = full.str.slice(len(above) + 1 if above else 0)
    stems = own.str.replace(SUFFIX, r"\1", regex=True)
    if stems.is_unique:
        return stems
    number = codes(stems)
    return stems.where(np.bincount(number)[number] == 1, own)


def make_rows(
    records: list[dict[str, Any]] | pd.DataFrame, source: Source, layout: str
) -> pd.DataFrame:
    """Return a Reading's rows, sorted by `sample_id`; no record raises FerError with `layout`."""
    if not len(records):
        raise FerError(
            f"{source.path} holds no image of this data set; expected {layout}"
            f"{looks_like(source, *ALIKE)}"
        )
    if isinstance(records, pd.DataFrame):
        absent = {name: value for name, value in DEFAULTS.items() if name not in records}
        return records.assign(**absent).sort_values("sample_id", ignore_index=True)
    # Column by column: a dictionary per row with every default takes four times the memory.
    names = dict.fromkeys((*DEFAULTS, *(name for record in records for name in record)))
    rows = pd.DataFrame(
        {
            name: [record.get(name, DEFAULTS.get(name, np.nan)) for record in records]
            for name in names
        }
    )
    return rows.sort_values("sample_id", ignore_index=True)


def check_counts(source: Source, rows: pd.DataFrame, part: str, official: dict[str, int]) -> None:
    """Raise FerError when a `part` of the rows has the official size and its classes have not.

    Then the labels are in another order, or somebody has changed them. A part of another size is
    a part of the set, and nothing is known of it.
    """
    used = rows["emotion"][(rows["source_split"] == part) & (rows["excluded"] == "")]
    counts = used.value_counts()
    if len(used) != sum(official.values()) or counts.to_dict() == official:
        return
    emotion = next(name for name in official if counts.get(name, 0) != official[name])
    raise FerError(
        f"{source.path}: the part {part} is complete, but has {counts.get(emotion, 0):,} images of "
        f"{emotion} instead of {official[emotion]:,}; its labels are in another order or have been "
        "changed: use the distributed ones"
    )


def read_table(source: Source, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read a CSV file of the source as strings, with at least `columns`; else FerError."""
    with open_table(source, name) as file:
        return read_csv(file, f"{source.path}: {name}", columns)


def open_table(source: Source, name: str) -> BinaryIO:
    """Open a file of the source that is needed, for reading bytes; else FerError."""
    try:
        return source.open_file(name)
    except DAMAGED as error:
        raise FerError(
            f"{source.path}: {name} cannot be opened ({error}); fetch it again"
        ) from error
