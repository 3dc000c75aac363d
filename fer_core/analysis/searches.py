"""Searches: which trial scored best on validation images, by how much, and which settings decide
it. Every number is a function of the trials' file and of what complete trials answered."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.analysis.aligned import most_classes
from fer_core.analysis.intervals import NOTHING, Estimate
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import Outcome, difference, outcomes_of
from fer_core.analysis.rows import Rows, Statistic
from fer_core.analysis.scores import Run
from fer_core.csv_files import read_csv
from fer_core.errors import FerError
from fer_core.predictions import VALIDATION, Answers, read_predictions
from fer_core.suggestions import as_optuna
from fer_core.trials import (
    COMPLETE,
    IN_USE,
    SearchRecord,
    Trial,
    best_trial,
    prediction_path,
    read_search,
    read_trials,
)

FEWEST = 6  # complete trials of which importance is told
TINY = np.finfo(float).tiny


class Searched(NamedTuple):
    """A search of which a trial is complete."""

    record: SearchRecord
    trials: list[Trial]
    best: Trial
    table: pd.DataFrame  # of `trial_scores`


def searched(study: str, name: str) -> Searched:
    """Return a search of a study, one of `fer_core.trials.searches_of`."""
    record = read_search(study, name)
    trials = read_trials(record)
    best = best_trial(record, trials)
    if best is None:
        raise FerError(f"no trial of {record.folder} is complete; go on with `fer search {name}`")
    return Searched(record, trials, best, trial_scores(record, trials, best))


def trial_scores(record: SearchRecord, trials: list[Trial], best: Trial) -> pd.DataFrame:
    """Return one row per trial.

    Columns: trial (0 is the recipe in use), state, epochs (trained), score (on validation images,
    of the best epoch), best_so_far (score of the best complete trial until then), gain (by how much
    it is better than the recipe in use), behind (by how much the best trial is better), each of the
    last two and score with _lo and _hi, which are NaN where it was not complete, and one column for
    each setting. Differences are paired by image; better is more, or less loss.
    """
    found = outcomes_of_trials(record, trials)
    statistic, sign = statistic_of(record.measure), -1 if record.measure == "loss" else 1
    rows, so_far = [], np.nan
    for trial in trials:
        mine = found.get(trial.number)
        seen = record.score(trial) if trial.curve else np.nan
        if mine is not None:
            so_far = sign * np.fmax(sign * so_far, sign * seen)
        rows.append(
            {
                "trial": trial.number,
                "state": trial.state,
                "epochs": len(trial.curve),
                "score": seen,
                **_ends("score", mine.estimate(statistic) if mine else NOTHING),
                "best_so_far": so_far,
                **_with_ends("gain", _better(mine, found.get(IN_USE), statistic, sign)),
                **_with_ends("behind", _better(found[best.number], mine, statistic, sign)),
                **trial.values,
            }
        )
    return pd.DataFrame(rows)


def outcomes_of_trials(record: SearchRecord, trials: list[Trial]) -> dict[int, Outcome]:
    """Return what each complete trial did on the validation images, all on the same draws."""
    train, seed = record.search.train, record.search.seed
    runs = {
        trial.number: Run(f"trial {trial.number}", train, seed, train, part=VALIDATION)
        for trial in trials
        if trial.state == COMPLETE
    }
    tables = {
        run: Answers.of(read_predictions(prediction_path(record, n))) for n, run in runs.items()
    }
    found = outcomes_of(tables, most_classes(tables), record.search.study)
    return {number: found[Key.of(run)] for number, run in runs.items()}


def statistic_of(measure: str) -> str | Statistic:
    """Return the statistic of outcomes that a measure of trials is."""
    return cross_entropy if measure == "loss" else measure


def cross_entropy(rows: Rows, weights: np.ndarray) -> np.ndarray:
    """Return the mean of -ln(probability of the true emotion) over the images, (draws,)."""
    right = rows.probabilities[np.arange(len(rows.truth)), rows.truth]
    return weights @ -np.log(np.maximum(right, TINY)) / weights.sum(axis=1)


def importances(found: Searched) -> pd.DataFrame:
    """Return one row per setting, the most important first: setting, importance (the share of the
    scores' variance between complete trials that it explains alone), and least and largest, when
    each of these trials is left out once. Empty where fewer than FEWEST are complete.

    Source: Hutter et al., An efficient approach for assessing hyperparameter importance (2014),
    fANOVA, as in optuna.
    """
    kept = [t for t in found.trials if t.state == COMPLETE and t.number != IN_USE]
    if len(kept) < FEWEST or len({found.record.score(trial) for trial in kept}) < 2:
        return pd.DataFrame(columns=["setting", "importance", "least", "largest"])
    whole = _fanova(found.record, kept)
    parts = [_fanova(found.record, kept[:i] + kept[i + 1 :]) for i in range(len(kept))]
    rows = [
        {
            "setting": setting,
            "importance": share,
            "least": min(part[setting] for part in parts),
            "largest": max(part[setting] for part in parts),
        }
        for setting, share in whole.items()
    ]
    return pd.DataFrame(rows)


def _fanova(record: SearchRecord, trials: Sequence[Trial]) -> dict[str, float]:
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances

    evaluator = FanovaImportanceEvaluator(seed=record.search.seed)
    return get_param_importances(as_optuna(record, list(trials)), evaluator=evaluator)


def tried_by_hand(study: str) -> pd.DataFrame:
    """Return what was tried on validation images before there were searches, as its file has it;
    empty where there is none."""
    path = paths.results_dir() / study / "search.csv"
    return read_csv(path) if path.is_file() else pd.DataFrame()


def _better(
    one: Outcome | None, other: Outcome | None, statistic: str | Statistic, sign: int
) -> Estimate:
    """Return by how much the first is better, where both are complete."""
    if one is None or other is None:
        return NOTHING
    better, worse = (one, other) if sign > 0 else (other, one)
    return difference(better, worse, statistic)


def _with_ends(name: str, estimate: Estimate) -> dict[str, Any]:
    return {name: estimate.value, **_ends(name, estimate)}


def _ends(name: str, estimate: Estimate) -> dict[str, Any]:
    return {f"{name}_lo": estimate.lo, f"{name}_hi": estimate.hi}
