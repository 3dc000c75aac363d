"""The index: one row per image of a data set, good or bad. Nothing is ever deleted, only marked."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError

COLUMNS = (
    "sample_id",
    "path",
    "emotion",
    "split",
    "source_split",
    "source_label",
    "person",
    "group",
    "sha256",
    "excluded",
)
BOX = ("box_left", "box_top", "box_right", "box_bottom")  # as the source says, pixels
FACE = ("face_left", "face_top", "face_right", "face_bottom")  # as a cutter found it
SPLITS = ("train", "val", "test")
# Words of the sources, and names of their folders, that mean a split.
SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "train_set": "train",
    "train_class": "train",
    "val": "val",
    "val_set": "val",
    "val_class": "val",
    "valid": "val",
    "validation": "val",
    "public_test": "val",
    "publictest": "val",
    "test": "test",
    "test_set": "test",
    "testing": "test",
    "private_test": "test",
    "privatetest": "test",
}
UNLABELLED, SKIPPED = "unlabelled", "skipped"  # reasons: no label, and one that shall not count
LINES = 2_000  # of a table's text, held at a time


def build_index(
    rows: pd.DataFrame,
    sha256: Sequence[str] | pd.Series,
    failures: Sequence[str] | pd.Series,
    facts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the index of a reader's rows.

    `sha256` has the hash of each row's bytes ("" if they could not be read), `failures` why a row
    could not be packed ("" if it could). The group is the id of the first row with the same bytes.
    The columns of `facts`, which packing has measured, come last; no hash depends on them.
    """
    index = rows.reset_index(drop=True)
    index["sha256"] = pd.Series(sha256, dtype=str)
    failed = pd.Series(failures, dtype=str)
    # A reader's reason (no label, another angle) tells more than a face that was not found.
    told = (index["excluded"] != "") & ~is_damage(failed)
    index["excluded"] = index["excluded"].mask((failed != "") & ~told, failed)
    number = codes(index["sha256"])
    _, first = np.unique(number, return_index=True)
    place = np.where(index["sha256"] != "", first[number], np.arange(len(index)))
    index["group"] = index["sample_id"].take(place).set_axis(index.index)
    measured = pd.DataFrame(index=index.index) if facts is None else facts.set_axis(index.index)
    extra = [name for name in index.columns if name not in COLUMNS and name not in measured]
    return pd.concat([index[[*COLUMNS, *extra]], measured], axis=1)


def codes(text: pd.Series) -> np.ndarray:
    """Return a number per row, the rank of its text among the different texts, from 0.

    As `np.unique` gives them, without making a Python string of each text.
    """
    ranks: np.ndarray = pc.rank(pa.array(text, pa.large_string()), tiebreaker="dense").to_numpy()
    return ranks.astype(np.intp) - 1


def check_index(index: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the index itself; FerError in one line when it breaks a rule."""
    missing = [column for column in COLUMNS if column not in index.columns]
    if missing:
        raise FerError(f"the index of {name} lacks the column {missing[0]!r}")
    ids = index["sample_id"]
    if len(index) and codes(ids).max() < len(index) - 1:
        raise FerError(
            f"{name} has the sample id {ids[ids.duplicated()].iloc[0]!r} twice; rename one file"
        )
    strange = set(index["emotion"][index["excluded"] == ""].unique()) - set(EMOTIONS)
    if strange:
        raise FerError(
            f"{name} has the emotion {sorted(strange)[0]!r}; valid: {', '.join(EMOTIONS)}"
        )
    if not set(index["split"].unique()) <= set(SPLITS):
        raise FerError(f"{name} has a split outside {', '.join(SPLITS)}")
    return index


def is_readable(index: pd.DataFrame) -> pd.Series:
    """Return True for the rows whose image could be packed."""
    return ~is_damage(index["excluded"])


def is_damage(reasons: pd.Series) -> pd.Series:
    """Return True for reasons that say that a file cannot be read."""
    return reasons.str.startswith("corrupt") | (reasons == "empty")


def without_label(reasons: pd.Series) -> pd.Series:
    """Return True for reasons that say that a picture has no label that counts."""
    return reasons.isin((UNLABELLED, SKIPPED))


def extra_copies(index: pd.DataFrame) -> pd.Series:
    """Return True for readable rows whose bytes an earlier row has."""
    return is_readable(index) & (index["group"] != index["sample_id"])


def conflicting(index: pd.DataFrame) -> pd.Series:
    """Return True for readable rows of a copy group whose copies carry different labels.

    Labels count as they mean: an emotion, or the reason for which the label lies outside the seven.
    No label conflicts with none.
    """
    meaning = index["emotion"].where(index["emotion"] != "", index["excluded"])
    readable = is_readable(index) & ~without_label(index["excluded"])
    labels = meaning[readable].groupby(index["group"][readable]).transform("nunique")
    return (labels > 1).reindex(index.index, fill_value=False)


def index_hash(index: pd.DataFrame) -> str:
    """Hash what the index says of each sample, whatever the paths, row order and file format."""
    core = ["sample_id", "emotion", "split", "person", "group", "sha256", "excluded"]
    # the hash has the name that the column had before, so that no fingerprint changed with it
    return _hash_table(index[core].rename(columns={"person": "subject"}))


def split_list(index: pd.DataFrame) -> pd.DataFrame:
    """Return the split as published: sample_id, emotion, split, group, sorted by sample_id."""
    return index[["sample_id", "emotion", "split", "group"]].sort_values(
        "sample_id", ignore_index=True
    )


def split_hash(index: pd.DataFrame) -> str:
    """Hash the published split, independent of row order."""
    return _hash_table(index[["sample_id", "emotion", "split", "group"]])


def _hash_table(table: pd.DataFrame) -> str:
    order = pc.array_sort_indices(pa.array(table["sample_id"], pa.large_string())).to_numpy()
    digest = hashlib.sha256()
    for start in range(0, max(len(table), 1), LINES):
        part = table.iloc[order[start : start + LINES]]
        text = part.to_csv(index=False, header=start == 0, lineterminator="\n")
        digest.update(text.encode())
    return digest.hexdigest()
