"""Which model first: ranked on validation images of the training data set,
shown with test scores.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fer_core.analysis.aligned import most_classes, read_tables, same_images
from fer_core.analysis.constant import above_constant
from fer_core.analysis.cross import (
    mean_above_constant,
    mean_drop,
    mean_estimate,
    spread,
    units,
)
from fer_core.analysis.intervals import NOTHING, Estimate, estimate_of, p_value
from fer_core.analysis.keys import Key
from fer_core.analysis.kinds import AVERAGED, IN_DOMAIN, OTHER, Shared, column_of, kind_of
from fer_core.analysis.outcomes import METRICS, Outcome, outcomes_of
from fer_core.analysis.scores import Run
from fer_core.errors import FerError, unknown
from fer_core.predictions import VALIDATION, Answers
from fer_core.study import Study
from fer_core.views import CLEAN

RANKED_BY = "macro_f1"  # in every study: accuracy rewards the frequent emotions
LIMIT = 0.05
ENDS = ("", "_lo", "_hi")


def validation_outcomes(study: Study | str) -> dict[Key, Outcome]:
    """Return the outcomes of every finished run on its validation images.

    Recipes that draw a part of the images draw different parts of one validation set. Models that
    were validated on the same images are scored together and get the same bootstrap draws.
    """
    name = study if isinstance(study, str) else study.name
    of_model: dict[Key, dict[Run, Answers]] = {}
    for run, table in read_tables(study, part=VALIDATION).items():
        of_model.setdefault(Key.of(run), {})[run] = table
    groups: dict[tuple[str, int], list[dict[Run, Answers]]] = {}
    for key, mine in of_model.items():
        alike = groups.setdefault((key.test, most_classes(mine)), [])
        like = next((group for group in alike if same_images(_first(group), _first(mine))), None)
        if like is None:
            alike.append(dict(mine))
        else:
            like |= mine
    found: dict[Key, Outcome] = {}
    for (_, classes), alike in groups.items():
        for group in alike:
            found |= outcomes_of(group, classes, name)
    return {key: found[key] for key in of_model}


def _first(tables: Mapping[Run, Answers]) -> pd.DataFrame:
    return next(iter(tables.values())).images


def validation_key(model: str, train: str, view: str = CLEAN) -> Key:
    """Return the cell of a model on the validation part of its training set."""
    return Key(model, train, train, view, VALIDATION)


def leaderboard(
    found: Mapping[Key, Outcome],
    validation: Mapping[Key, Outcome],
    by: str = RANKED_BY,
    shared: Shared | None = None,
) -> pd.DataFrame:
    """Rank the models of each training set by their validation score `by` (accuracy or macro_f1).

    `found`: outcomes on the test sets, in any views; `validation`: of `validation_outcomes`;
    `shared`: which photographs sets have in common, see `fer_core.analysis.kinds`. Test scores
    never decide the order.

    Columns: train, rank, tied, model, view, seeds, drawn (by what: person, image, or both);
    validation_n, validation_M, in_domain_n, in_domain_M; for each kind K of cross-dataset test
    K_cells, K_n (their images) and K_M, the mean over its test sets; M, M_lo, M_hi for accuracy
    and macro_f1; loss_M: M in-domain minus the mean M on other photographs. Of each of these scores
    but the loss above_constant_(score): it minus that of the constant answer, paired by image; of a
    mean, the mean of these differences.
    `difference` (_lo, _hi): the first model's validation score minus this one's, paired by
    validation image; `p`: of a difference of 0, by Holm over the comparisons with the first;
    `tied`: p is above 0.05, so these data do not tell the two apart; missing where the two were
    validated on different images. Rows of other views than `clean` follow the ranked ones and have
    no rank: the choice was made without them.

    The kept epoch was chosen on the same validation images: validation scores are a bit too good.
    """
    if by not in METRICS:
        raise unknown("score", by, METRICS)
    parts = []
    for train in dict.fromkeys(key.train for key in found):
        models = dict.fromkeys(key.model for key in found if key.train == train)
        rows = [_row(model, train, CLEAN, found, validation, shared or {}) for model in models]
        ranked = _ranked(pd.DataFrame(rows), validation, by)
        others = [
            _row(model, train, view, found, {}, shared or {})
            for view in dict.fromkeys(key.view for key in found if key.view != CLEAN)
            for model in ranked["model"]
            if any(key[:2] == (model, train) and key.view == view for key in found)
        ]
        parts.append(ranked)
        if others:
            parts.append(pd.DataFrame(others).reindex(columns=ranked.columns))
    typed = [part.astype({"rank": "Int64", "tied": "boolean"}) for part in parts]
    board = pd.concat(typed, ignore_index=True)
    first = ["train", "rank", "tied", "model"]
    return board[[*first, *(column for column in board.columns if column not in first)]]


def first_models(validation: Mapping[Key, Outcome], by: str = RANKED_BY) -> dict[str, str]:
    """Return the model that validation ranks first for each training set, as in `leaderboard`."""
    return {train: models[0] for train, models in ranked_models(validation, by).items()}


def ranked_models(validation: Mapping[Key, Outcome], by: str = RANKED_BY) -> dict[str, list[str]]:
    """Return the models of each training set by their validation score, as in `leaderboard`."""
    found: dict[str, list[tuple[float, str]]] = {}
    for key in sorted(validation):
        score = float(METRICS[by](validation[key].confusions).mean())
        found.setdefault(key.train, []).append((-score, key.model))
    return {train: [model for _, model in sorted(scored)] for train, scored in found.items()}


def first_rows(table: pd.DataFrame, ranks: Mapping[str, Sequence[str]], most: int) -> pd.DataFrame:
    """Return at most `most` rows of a table, in its order, or those of one model for each training
    set where these are more: the rows of as many of the models that validation ranks first on each
    training set as fit. `ranks`: of `ranked_models`; without a column `train` a model has its best
    rank."""
    if len(table) <= most:
        return table
    place: dict[tuple[str, str], int] = {}
    for train, models in ranks.items():
        for i, model in enumerate(models):
            place[model, train] = i
            place[model, ""] = min(i, place.get((model, ""), i))
    trains = table["train"] if "train" in table else [""] * len(table)
    last = max(place.values(), default=0) + 1  # of a model that no validation image was shown
    at = np.array([place.get(cell, last) for cell in zip(table["model"], trains, strict=True)])
    fitting = [limit for limit in range(last + 1) if (at <= limit).sum() <= most]
    return table[at <= max(fitting, default=0)]


def compare(first: Outcome, other: Outcome, by: str) -> tuple[Estimate, float]:
    """Return the score of `first` minus that of `other` on the same images, and the two-sided p of
    no difference; nothing and NaN where the images differ.

    Images are resampled for both at once, and seeds count as those of two independent trainings.
    """
    if first.images != other.images:
        return NOTHING, np.nan
    groups = first.scored(by), -other.scored(by)
    return estimate_of(*groups), p_value(*groups)


def _ranked(rows: pd.DataFrame, validation: Mapping[Key, Outcome], by: str) -> pd.DataFrame:
    rows = rows.sort_values(
        [f"validation_{by}", "model"], ascending=[False, True], ignore_index=True
    )
    keys = [validation_key(*cell) for cell in zip(rows["model"], rows["train"], strict=True)]
    compared = [compare(validation[keys[0]], validation[key], by) for key in keys[1:]]
    differences = [NOTHING, *(difference for difference, _ in compared)]
    p = [np.nan, *holm([p for _, p in compared])]
    tied: list[Any] = [pd.NA if np.isnan(value) else value > LIMIT for value in p]
    tied[0] = any(told for told in tied[1:] if told is not pd.NA)
    parts = {f"difference{end}": [d[i] for d in differences] for i, end in enumerate(ENDS)}
    told = pd.array(tied, dtype="boolean")
    return rows.assign(rank=range(1, len(rows) + 1), tied=told, **parts, p=p)


def holm(p: list[float]) -> list[float]:
    """Return p corrected for so many comparisons (Holm 1979), missing ones left out."""
    from statsmodels.stats.multitest import multipletests  # late: it imports half of scipy

    values = np.array(p, dtype=float)
    known = ~np.isnan(values)
    if known.any():
        values[known] = multipletests(values[known], method="holm")[1]
    return values.tolist()


def _row(
    model: str,
    train: str,
    view: str,
    found: Mapping[Key, Outcome],
    validation: Mapping[Key, Outcome],
    shared: Shared,
) -> dict[str, object]:
    mine = [o for key, o in found.items() if key[:2] == (model, train) and key.view == view]
    held_out = validation.get(validation_key(model, train, view))
    if held_out is None and view == CLEAN:
        raise FerError(
            f"{model} trained on {train} has no validation predictions; run this cell again"
        )
    row: dict[str, object] = {"model": model, "train": train, "view": view}
    row |= {"seeds": len(mine[0].seeds), "drawn": units(mine)}
    in_domain = found.get(Key(model, train, train, view))
    for name, outcome in (("validation", held_out), (column_of(IN_DOMAIN), in_domain)):
        row[f"{name}_n"] = outcome.n if outcome else pd.NA
        for metric in METRICS:
            row |= spread(f"{name}_{metric}", outcome.estimate(metric) if outcome else NOTHING)
            above = above_constant(outcome, metric) if outcome else NOTHING
            row |= spread(f"above_constant_{name}_{metric}", above)
    for kind in AVERAGED:
        cells = [outcome for outcome in mine if kind_of(outcome, shared) == kind]
        row[f"{column_of(kind)}_cells"] = len(cells)
        row[f"{column_of(kind)}_n"] = sum(outcome.n for outcome in cells)
        for metric in METRICS:
            name = f"{column_of(kind)}_{metric}"
            row |= spread(name, mean_estimate(cells, metric))
            row |= spread(f"above_constant_{name}", mean_above_constant(cells, metric))
            if kind == OTHER:
                row |= spread(f"loss_{metric}", mean_drop(in_domain, cells, metric))
    return row
