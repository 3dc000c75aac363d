"""Which model first: ranked on validation images of the training data set, shown with test
scores.
"""

from collections.abc import Mapping

import pandas as pd

from fer_core.analysis.cross import mean_estimate, spread
from fer_core.analysis.intervals import NOTHING
from fer_core.analysis.outcomes import METRICS, Key, Outcome, outcomes
from fer_core.errors import FerError, unknown
from fer_core.predictions import read_predictions
from fer_core.runs import VALIDATION, find_runs


def validation_predictions(study: str) -> pd.DataFrame:
    """Return the validation predictions of every finished run, long as `collect` gives them.

    `test` is "<train> validation", so that each training set's validation images stay together.
    """
    parts = []
    for record in find_runs(study):
        table = read_predictions(record.folder / "predictions" / f"{VALIDATION}.parquet")
        keys = {"model": record.model, "train": record.train, "seed": record.seed}
        parts.append(
            pd.DataFrame(
                {**keys, "test": validation_name(record.train), **table}, index=table.index
            )
        )
    if not parts:
        raise FerError(f"the study {study!r} has no finished run; see `fer status {study}`")
    return pd.concat(parts, ignore_index=True)


def validation_outcomes(study: str) -> dict[Key, Outcome]:
    """Return the outcomes of every finished run on its validation images.

    Each model by itself: recipes that draw a part of the images draw different parts of one
    validation set. Models that were validated on the same images get the same bootstrap draws.
    """
    table = validation_predictions(study)
    found: dict[Key, Outcome] = {}
    for _, part in table.groupby(["model", "train"], sort=False):
        found |= outcomes(part)
    return found


def validation_name(train: str) -> str:
    """Name the validation part of a training set as the `test` of its predictions."""
    return f"{train} {VALIDATION}"


def leaderboard(
    found: Mapping[Key, Outcome],
    validation: Mapping[Key, Outcome],
    flipped: Mapping[Key, Outcome] | None = None,
    by: str = "macro_f1",
) -> pd.DataFrame:
    """Rank the models of each training set by their validation score `by` (accuracy or macro_f1).

    `found`: outcomes on the test sets; `validation`: of `validation_outcomes`;
    `flipped`: outcomes on the test sets when averaged over the mirror image. Test scores never
    decide the order.

    Columns: train, rank, tied, model, flip, seeds; validation_n, validation_M, home_n, home_M,
    away_cells (test sets other than the training set) and away_M, their mean; M, M_lo, M_hi for
    accuracy and macro_f1. `tied`: the validation interval overlaps that of rank 1, so these data do
    not tell the two apart. Rows with flip = True follow the ranked ones and have no rank: the
    choice was made without them.

    The kept epoch was chosen on the same validation images: validation scores are a bit too good.
    """
    if by not in METRICS:
        raise unknown("score", by, METRICS)
    parts = []
    for train in dict.fromkeys(key.train for key in found):
        models = dict.fromkeys(key.model for key in found if key.train == train)
        rows = pd.DataFrame([_row(model, train, found, validation) for model in models])
        parts.append(_ranked(rows, f"validation_{by}"))
        mirrored = [model for model in parts[-1]["model"] if _has(flipped, model, train)]
        if flipped and mirrored:
            again = [_row(model, train, flipped, {}, flip=True) for model in mirrored]
            parts.append(pd.DataFrame(again).reindex(columns=parts[-1].columns))
    typed = [part.astype({"rank": "Int64", "tied": "boolean"}) for part in parts]
    board = pd.concat(typed, ignore_index=True)
    first = ["train", "rank", "tied", "model"]
    return board[[*first, *(column for column in board.columns if column not in first)]]


def _ranked(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    rows = rows.sort_values([score, "model"], ascending=[False, True], ignore_index=True)
    tied = rows[f"{score}_hi"] >= rows[f"{score}_lo"].iloc[0]
    tied.iloc[0] = tied.iloc[1:].any()
    return rows.assign(rank=range(1, len(rows) + 1), tied=tied)


def _has(found: Mapping[Key, Outcome] | None, model: str, train: str) -> bool:
    return any(key[:2] == (model, train) for key in found or {})


def _row(
    model: str,
    train: str,
    found: Mapping[Key, Outcome],
    validation: Mapping[Key, Outcome],
    flip: bool = False,
) -> dict[str, object]:
    mine = [outcome for key, outcome in found.items() if key[:2] == (model, train)]
    away = [outcome for outcome in mine if outcome.key.test != train]
    home = found.get(Key(model, train, train))
    held_out = validation.get(Key(model, train, validation_name(train)))
    if held_out is None and not flip:
        raise FerError(
            f"{model} trained on {train} has no validation predictions; run this cell again"
        )
    row: dict[str, object] = {
        "model": model,
        "train": train,
        "flip": flip,
        "seeds": len(mine[0].seeds),
    }
    for name, outcome in (("validation", held_out), ("home", home)):
        row[f"{name}_n"] = outcome.n if outcome else pd.NA
        for metric in METRICS:
            row |= spread(f"{name}_{metric}", outcome.estimate(metric) if outcome else NOTHING)
    row["away_cells"] = len(away)
    for metric in METRICS:
        row |= spread(f"away_{metric}", mean_estimate(away, metric))
    return row
