"""The prediction table: the waist of the study. All that follows is a function of such tables."""

from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from fer_core.csv_files import read_csv
from fer_core.emotions import CONTEMPT, EIGHT, EMOTIONS
from fer_core.errors import FerError, unknown
from fer_core.files import atomic_path
from fer_core.parquet_files import read_arrow, read_parquet

if TYPE_CHECKING:
    import pyarrow as pa

PROBABILITIES = tuple(f"p_{emotion}" for emotion in EMOTIONS)
P_CONTEMPT = f"p_{CONTEMPT}"  # a table of a net with eight outputs has it too
IMAGE = ("sample_id", "emotion")  # the columns that say which image, and its truth
COLUMNS = (*IMAGE, *PROBABILITIES)
TEST, VALIDATION = "test", "validation"  # parts of a data set that are predicted
SUM_TOLERANCE = 1e-4
WAY_OUT = "run its cell again"


class Answers(NamedTuple):
    """A prediction table of one net as arrays, for those who read thousands."""

    images: pd.DataFrame  # n rows, the columns IMAGE, and who is on them where it is known
    probabilities: np.ndarray  # (n, 7), or (n, 8) with contempt last

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Answers":
        """Return those of a checked prediction table."""
        return cls(table[list(IMAGE)], probabilities_of(table))


def answers(table: pd.DataFrame) -> tuple[str, ...]:
    """Return the emotions that a net could answer: EIGHT if the table has numbers in p_contempt."""
    eighth = P_CONTEMPT in table and not table[P_CONTEMPT].isna().any()
    return EIGHT if eighth else EMOTIONS


def class_count(predictions: pd.DataFrame) -> int:
    """Return 8 where contempt is an answer or a truth in any of the tables, else 7."""
    known = P_CONTEMPT in predictions or (predictions["emotion"] == CONTEMPT).any()
    return len(EIGHT) if known else len(EMOTIONS)


def probabilities_of(table: pd.DataFrame) -> np.ndarray:
    """Return the (n, 7 or 8) float64 probabilities of one prediction table."""
    columns = [table[f"p_{name}"].to_numpy(dtype=np.float64) for name in answers(table)]
    return np.stack(columns, axis=1)


def make_predictions(
    sample_id: Sequence[str], emotion: Sequence[str], probabilities: np.ndarray
) -> pd.DataFrame:
    """Return a checked prediction table.

    `sample_id` and `emotion` (the true one) have length n; `probabilities` is (n, 7) in the
    canonical order, or (n, 8) with contempt last.
    """
    probabilities = np.asarray(probabilities, dtype=np.float32)
    eighth = probabilities.shape == (len(sample_id), len(EIGHT))
    columns = [*PROBABILITIES, *([P_CONTEMPT] if eighth else [])]
    if probabilities.shape != (len(sample_id), len(columns)):
        raise FerError(
            f"predictions have shape {probabilities.shape}; "
            f"{len(sample_id)} samples need ({len(sample_id)}, {len(EMOTIONS)})"
        )
    table = pd.DataFrame(probabilities, columns=columns)
    table.insert(0, "sample_id", np.asarray(sample_id, dtype=object))
    table.insert(1, "emotion", np.asarray(emotion, dtype=object))
    return check_predictions(table, "the prediction table")


def write_predictions(
    path: Path | str, sample_id: Sequence[str], emotion: Sequence[str], probabilities: np.ndarray
) -> pd.DataFrame:
    """Write a prediction table as parquet, whole or not at all, and return it."""
    table = make_predictions(sample_id, emotion, probabilities)
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, index=False, compression="zstd")
    return table


def read_predictions(path: Path | str) -> pd.DataFrame:
    """Read and check a prediction table (parquet, or CSV with the same columns)."""
    path = Path(path)
    if not path.is_file():
        raise FerError(f"no prediction table at {path}; run its cell of the grid")
    table = _read_csv(path) if path.suffix == ".csv" else read_parquet(path, COLUMNS, WAY_OUT)
    return check_predictions(table, str(path))


class AnswersReader:
    """Reads and checks prediction tables (parquet) as arrays, thousands in less than half the time:
    tables of the same images, as read before for the same data set, share these in memory."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[pd.DataFrame, pa.Table]] = {}

    def read(self, path: Path, dataset: str) -> Answers:
        """Return a table about images of `dataset`."""
        if dataset not in self._known or not path.is_file():
            images, probabilities = Answers.of(read_predictions(path))
            self._known.setdefault(dataset, (images, _columns(path)))
            return Answers(images, probabilities)
        images, known = self._known[dataset]
        columns = _columns(path)
        if not all(columns[name].equals(known[name]) for name in IMAGE):
            return Answers.of(read_predictions(path))
        values = [columns[name].to_numpy() for name in _probabilities(columns.column_names)]
        return Answers(images, _checked(values, str(path)).T)


def _columns(path: Path) -> "pa.Table":
    return read_arrow(path, COLUMNS, WAY_OUT, repeated=IMAGE[1:])


def _probabilities(columns: Container[str]) -> list[str]:
    return [*PROBABILITIES, *([P_CONTEMPT] if P_CONTEMPT in columns else [])]


def _read_csv(path: Path) -> pd.DataFrame:
    table = read_csv(path, columns=COLUMNS, numbers=PROBABILITIES, way_out="write it again")
    if P_CONTEMPT in table:
        table[P_CONTEMPT] = pd.to_numeric(table[P_CONTEMPT], errors="coerce")
    return table


def check_predictions(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the table with its columns in order, or say in one line what is wrong with it."""
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise FerError(f"{where} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}")
    columns = [*IMAGE, *_probabilities(table.columns)]
    if list(table.columns) != columns:
        table = table.loc[:, columns]
    table = table.set_axis(pd.RangeIndex(len(table)))
    ids = table["sample_id"]
    if ids.hasnans:
        raise FerError(f"{where} has a row without a sample id; every image has one")
    if not ids.is_unique:
        twice = ids[ids.duplicated()].iloc[0]
        raise FerError(f"{where} has the sample {twice!r} twice; sample ids are unique")
    strange = set(table["emotion"].unique()) - set(EIGHT)
    if strange:
        raise unknown(f"emotion in {where}", min(map(str, strange)), EIGHT)
    _checked([table[name].to_numpy() for name in columns[len(IMAGE) :]], where)
    return table


def _checked(columns: Sequence[np.ndarray], where: str) -> np.ndarray:
    """Return probabilities (7 or 8, n) in double precision."""
    try:
        values = np.stack([column.astype(np.float64) for column in columns])
    except (TypeError, ValueError) as error:
        raise FerError(f"{where} has texts for probabilities; run its cell again") from error
    if not np.isfinite(values).all() or (values < 0).any():
        raise FerError(f"{where} has probabilities that are negative or not finite; lower the lr")
    if values.size and np.abs(values.sum(axis=0) - 1).max() > SUM_TOLERANCE:
        raise FerError(f"{where} has rows that do not sum to 1; write softmax outputs")
    return values
