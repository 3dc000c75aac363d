"""The prediction table: the waist of the study. All that follows is a function of such tables."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError, unknown
from fer_core.files import atomic_path

PROBABILITIES = tuple(f"p_{emotion}" for emotion in EMOTIONS)
COLUMNS = ("sample_id", "emotion", *PROBABILITIES)
SUM_TOLERANCE = 1e-4


def make_predictions(
    sample_id: Sequence[str], emotion: Sequence[str], probabilities: np.ndarray
) -> pd.DataFrame:
    """Return a checked prediction table.

    `sample_id` and `emotion` (the true one) have length n; `probabilities` is (n, 7) in the
    canonical order.
    """
    probabilities = np.asarray(probabilities, dtype=np.float32)
    if probabilities.shape != (len(sample_id), len(EMOTIONS)):
        raise FerError(
            f"predictions have shape {probabilities.shape}; "
            f"{len(sample_id)} samples need ({len(sample_id)}, {len(EMOTIONS)})"
        )
    table = pd.DataFrame(probabilities, columns=list(PROBABILITIES))
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
    try:
        table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    except FileNotFoundError as error:
        raise FerError(f"no prediction table at {path}; run its cell of the grid") from error
    except Exception as error:
        raise FerError(f"{path} is not a prediction table ({error}); run its cell again") from error
    return check_predictions(table, str(path))


def check_predictions(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the table with its columns in order, or say in one line what is wrong with it."""
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise FerError(f"{where} lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}")
    table = table.loc[:, list(COLUMNS)].reset_index(drop=True)
    twice = table["sample_id"][table["sample_id"].duplicated()]
    if len(twice):
        raise FerError(f"{where} has the sample {twice.iloc[0]!r} twice; sample ids are unique")
    strange = set(table["emotion"]) - set(EMOTIONS)
    if strange:
        raise unknown(f"emotion in {where}", min(map(str, strange)), EMOTIONS)
    values = table[list(PROBABILITIES)].to_numpy(dtype=np.float64)
    if not np.isfinite(values).all() or (values < 0).any():
        raise FerError(f"{where} has probabilities that are negative or not finite; lower the lr")
    if len(values) and np.abs(values.sum(axis=1) - 1).max() > SUM_TOLERANCE:
        raise FerError(f"{where} has rows that do not sum to 1; write softmax outputs")
    return table
