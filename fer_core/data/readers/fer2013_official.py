"""FER2013's official split, by the row of the original CSV: its labels, row by row.

Images are told apart by row or by name, not by pixels: copies of the set are encoded again, and a
row number outlives that. fer2013.labels.txt holds the code of every row, so that numbers that are
no rows are not taken for them.
"""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.data.official import Official
from fer_core.emotions import VOCABULARIES

LABELS = Path(__file__).with_name("fer2013.labels.txt")
SIZES = {"train": 28709, "val": 3589, "test": 3589}  # rows of the CSV, one part after the other
NAMES = {"train": "training", "val": "public test", "test": "private test"}
KAGGLE = {"Training": "train", "PublicTest": "val", "PrivateTest": "test"}
AGREE = 0.99  # of the labels: fewer, and the numbers are no rows
TOLD = "a row of fer2013.csv (fer0000123, or 123 where its label agrees) or a part (PublicTest_1)"


@cache
def official_labels() -> np.ndarray:
    """Return the emotion of every row of the CSV."""
    words = VOCABULARIES["fer2013"]
    return np.array([words[code] for code in "".join(LABELS.read_text().split())])


def row_id(row: int) -> str:
    """Return the sample id of a row of the original CSV, counted from 0."""
    return f"fer{row:07d}"


def number_rows(stems: pd.Series, emotions: pd.Series) -> pd.Series:
    """Return the sample ids of images whose names are all plain rows of the CSV; else the names.

    Names are rows where they are numbers below the number of rows, all different, and at least
    AGREE of the labels are those of the rows.
    """
    if not all(re.fullmatch(r"[0-9]{1,5}", stem) for stem in stems):
        return stems
    if not len(stems) or stems.astype(int).duplicated().any():
        return stems
    ids = stems.astype(int).map(row_id)
    return ids if (_by_row(ids, emotions) != "").all() else stems


def official_part(index: pd.DataFrame) -> pd.Series:
    """Return the official part of every row, by its row or by what Kaggle's file names tell."""
    by_row = _by_row(index["sample_id"], index["emotion"])
    return by_row.where(by_row != "", part_by_name(index["sample_id"]))


def part_of_rows(index: pd.DataFrame) -> pd.Series:
    """Return the official part of every row by the ids alone: for labels that are not FER2013's."""
    by_row = _by_row(index["sample_id"])
    return by_row.where(by_row != "", part_by_name(index["sample_id"]))


def apart(rows: pd.DataFrame) -> pd.Series:
    """Return the split of rows whose source merges the official test parts, these kept apart; the
    rows' own split where it differs from the official one in any other way."""
    official = official_part(rows)
    merged = (rows["split"] == "test") & (official == "val")
    known = official != ""
    if (rows["split"] != official)[known & ~merged].any():
        return rows["split"]
    return rows["split"].mask(merged, "val")


def part_by_name(sample_id: pd.Series) -> pd.Series:
    """Return the part that a name as PublicTest_123 tells, whatever its folder; else ""."""
    words = sample_id.str.extract(rf"(?:^|/)({'|'.join(KAGGLE)})_[^/]*$", flags=re.ASCII)[0]
    return words.map(KAGGLE).fillna("").astype("str")


def _by_row(sample_id: pd.Series, emotions: pd.Series | None = None) -> pd.Series:
    """Return the part of each id of a row; "" for others, and for all if the labels disagree."""
    number = sample_id.str.extract(r"^fer(\d{7})$", flags=re.ASCII)[0]
    rows = pd.to_numeric(number).fillna(-1).to_numpy(dtype=int)
    known = (rows >= 0) & (rows < len(official_labels()))
    if emotions is not None and known.any():
        agree = emotions.to_numpy()[known] == official_labels()[rows[known]]
        known &= agree.mean() >= AGREE
    ends = np.cumsum(list(SIZES.values()))
    parts = np.array([*SIZES, ""], dtype=object)
    place = np.where(known, np.searchsorted(ends, rows, side="right"), len(SIZES))
    return pd.Series(parts[place], index=sample_id.index, dtype="str")


def _counts() -> dict[str, dict[str, int]]:
    starts = np.cumsum([0, *SIZES.values()])
    parts = zip(SIZES, starts[:-1], starts[1:], strict=True)
    counted = {part: np.unique(official_labels()[a:b], return_counts=True) for part, a, b in parts}
    return {p: dict(zip(map(str, e), map(int, n), strict=True)) for p, (e, n) in counted.items()}


OFFICIAL = Official(_counts(), official_part, NAMES, TOLD)
OF_THE_IMAGES = Official(SIZES, part_of_rows, NAMES, TOLD)  # under other labels, as FER+ has them
