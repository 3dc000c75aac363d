"""Searches whose trials are calculated instead of trained."""

from collections.abc import Callable
from typing import Any

import numpy as np

from fer_core.emotions import EMOTIONS
from fer_core.predictions import write_predictions
from fer_core.recipe import Recipe
from fer_core.search_files import Search
from fer_core.suggestions import falls_behind, suggest
from fer_core.trials import (
    COMPLETE,
    PRUNED,
    SearchRecord,
    Trial,
    prediction_path,
    write_search,
    write_trials,
)
from tests.recipes import recipe

SPACE = {
    "optimizer.lr": {"log": [1e-4, 1e-1]},
    "loss.label_smoothing": {"float": [0, 0.3]},
    "schedule.patience": {"int": [1, 9]},
    "data.batch_size": {"choices": [16, 32, 64]},
}
Curve = Callable[[dict[str, Any]], tuple[float, ...]]


def a_search(space: dict | None = None, **changes: Any) -> Search:
    """A search of the study demo, of 16 trials."""
    budget = {"trials": 16, "prune_after": 1} | changes.pop("budget", {})
    content = {"study": "demo", "model": "net", "train": "phantom-lab", "budget": budget}
    return Search.model_validate(content | {"space": space or SPACE} | changes)


def a_record(search: Search | None = None, base: Recipe | None = None) -> SearchRecord:
    """The record of a search called `lucky`, on 70 validation images."""
    return SearchRecord(
        name="lucky", search=search or a_search(), recipe=base or recipe(epochs=3, lr=0.02),
        fingerprint="f", train_images=140, validation_images=70, spec={}, machine={},
        optuna="5", versions={}, hardware={}, commit="c",
    )  # fmt: skip


def by_rate(values: dict[str, Any]) -> tuple[float, ...]:
    """Three rising scores, the higher the nearer the learning rate is to 0.001."""
    far = abs(np.log10(values["optimizer.lr"]) + 3)
    return tuple(float(0.9 - 0.2 * far - 0.1 / epoch) for epoch in (1, 2, 3))


def go_on(record: SearchRecord, trials: list[Trial], to: int, curve_of: Curve) -> list[Trial]:
    """Go on with a search until it has `to` trials, and give up those that fall behind."""
    trials = list(trials)
    while len(trials) < to:
        values, curve = suggest(record, trials), ()
        state = COMPLETE
        for score in curve_of(values):
            curve = (*curve, score)
            if trials and len(curve) < 3 and falls_behind(record, trials, curve):
                state = PRUNED
                break
        trials.append(Trial(len(trials), state, values, curve, 1))
    return trials


def leave(record: SearchRecord, trials: list[Trial], right: Callable[[Trial], int]) -> None:
    """Write the files of a search whose complete trials answer so many of 70 images right."""
    write_search(record)
    write_trials(record, trials)
    truth = np.arange(70) % 7
    for trial in trials:
        if trial.state == COMPLETE:
            named = np.where(np.arange(70) < right(trial), truth, (truth + 1) % 7)
            ids, emotions = [f"i{n:02d}" for n in range(70)], [EMOTIONS[k] for k in truth]
            probabilities = np.full((70, 7), 0.01) + 0.93 * np.eye(7)[named]
            write_predictions(prediction_path(record, trial.number), ids, emotions, probabilities)
