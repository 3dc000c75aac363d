"""What a rater answered, read from a file: probabilities or one label per image, checked."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from fer_core.csv_files import read_csv
from fer_core.emotions import CONTEMPT, EIGHT, EMOTIONS, to_emotion
from fer_core.errors import FerError, unknown
from fer_core.facts import Counts
from fer_core.parquet_files import read_parquet
from fer_core.predictions import P_CONTEMPT, PROBABILITIES, SUM_TOLERANCE
from fer_core.raters import Form
from fer_core.study import Study

ANSWER = "answer"


class Answers(NamedTuple):
    """What a rater answered to n images, and what it said that is no emotion of the study."""

    sample_id: np.ndarray  # (n,) of str
    probabilities: np.ndarray  # (n, 7), or (n, 8) with contempt last; rows sum to 1
    form: Form
    outside: Counts


def emotions_of(study: Study) -> tuple[str, ...]:
    """Return the emotions that a study knows: EIGHT where it keeps contempt, else EMOTIONS."""
    return EIGHT if study.contempt == "keep" else EMOTIONS


def answers_in(file: Path, study: Study, vocabulary: str = "words") -> Answers:
    """Read a CSV or parquet file with `sample_id` and either `answer`, a word of `vocabulary`, or a
    column of probabilities for each emotion: p_angry ... p_surprise,
    and p_contempt in a study that keeps contempt.

    A word that means something that the study does not know, such as "unknown", is an answer to no
    emotion: counted, and its image is not covered. Whatever else is wrong is a FerError.
    """
    table = _read(file)
    probable = [column for column in table if str(column).startswith("p_")]
    if ANSWER in table and probable:
        raise FerError(f"{file} has both {ANSWER!r} and {probable[0]!r}; leave one of them out")
    if ANSWER in table:
        return labelled(table["sample_id"], _meanings(file, table[ANSWER], vocabulary), study)
    values = _probabilities(file, table, study)
    one_each = bool(np.isin(values, (0, 1)).all())
    ids = table["sample_id"].to_numpy(dtype=str)
    return Answers(ids, values, "labels" if one_each else "probabilities", {})


def labelled(sample_id: pd.Series, meanings: pd.Series, study: Study) -> Answers:
    """Return the answers of one emotion per image; those that are none
    of the study are left out and counted."""
    emotions = emotions_of(study)
    known = meanings.isin(emotions).to_numpy()
    outside = meanings[~known].value_counts().sort_index()
    places = [emotions.index(emotion) for emotion in meanings[known]]
    return Answers(
        sample_id[known].to_numpy(dtype=str),
        np.eye(len(emotions))[places],
        "labels",
        {str(word): int(n) for word, n in outside.items()},
    )


def _read(file: Path) -> pd.DataFrame:
    way_out = "a file of answers has a column sample_id"
    if not file.is_file():
        raise FerError(f"{file} is no file; give a CSV or parquet file of answers")
    if file.suffix == ".parquet":
        table = read_parquet(file, ["sample_id"], way_out)
    else:
        table = read_csv(file, columns=["sample_id"], way_out=way_out)
    if table.empty:
        raise FerError(f"{file} has no row; give one for each image that the rater answered")
    ids = table["sample_id"]
    if ids.isna().any() or (ids.astype(str).str.strip() == "").any():
        raise FerError(f"{file} has a row without a sample id; each answer is to an image")
    table = table.assign(sample_id=ids.astype(str))
    twice = table["sample_id"][table["sample_id"].duplicated()]
    if len(twice):
        raise FerError(
            f"{file} has {twice.nunique():,} sample ids more than once, first {twice.iloc[0]!r}; "
            "a rater answers an image once"
        )
    return table


def _meanings(file: Path, words: pd.Series, vocabulary: str) -> pd.Series:
    texts = words.fillna("").astype(str)
    try:
        known = {word: to_emotion(word, vocabulary) for word in texts.unique()}
    except FerError as error:
        raise FerError(f"{file}: {error}; other words: --vocabulary") from error
    return texts.map(known)


def _probabilities(file: Path, table: pd.DataFrame, study: Study) -> np.ndarray:
    eighth = study.contempt == "keep" and P_CONTEMPT in table
    wanted = [*PROBABILITIES, *([P_CONTEMPT] if eighth else [])]
    strange = [str(name) for name in table if str(name).startswith("p_") and name not in wanted]
    if P_CONTEMPT in strange:
        raise FerError(f"{file} has {P_CONTEMPT}, and {study.name} does not keep {CONTEMPT}")
    if strange:
        raise unknown(f"column of {file}", strange[0], wanted)
    missing = [name for name in wanted if name not in table]
    if missing:
        also = f" or {ANSWER!r}" if len(missing) == len(wanted) else ""
        raise FerError(f"{file} lacks the column {missing[0]!r}{also}; see `fer rater add --help`")
    values = table[wanted].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    ids = table["sample_id"]
    wrong = ~(np.isfinite(values) & (values >= 0)).all(axis=1)
    if wrong.any():
        raise FerError(
            f"{file} has {wrong.sum():,} rows with a probability that is missing, negative or no "
            f"number, first that of {ids[wrong].iloc[0]!r}; leave out images without an answer"
        )
    off = np.abs(values.sum(axis=1) - 1) > SUM_TOLERANCE
    if off.any():
        raise FerError(
            f"{file} has {off.sum():,} rows whose probabilities do not sum to 1, first that of "
            f"{ids[off].iloc[0]!r} ({values.sum(axis=1)[off][0]:.4g}); divide each by its sum"
        )
    return values
