"""Outcomes: every model × train × test × view of a study with what a statistic of it needs.

Made once per study (`fer_core.analysis.results`) and handed to every table, so that all intervals
of a study come from the same draws and differences on the same test images are paired.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import groupby

import numpy as np
import pandas as pd

from fer_core.analysis.aligned import aligned
from fer_core.analysis.draws import DRAWS, later
from fer_core.analysis.intervals import Estimate, Scored, clipped, estimate_of, share_estimate
from fer_core.analysis.keys import Key
from fer_core.analysis.rows import Images, Rows, Statistic, images_name, images_of
from fer_core.analysis.scores import (
    Run,
    accuracy,
    class_names,
    confusion_matrix,
    each_run,
    macro_f1,
    restrict,
)
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.persons import PERSON, with_persons
from fer_core.predictions import IMAGE, Answers, class_count, probabilities_of

METRICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": accuracy, "macro_f1": macro_f1,
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What S seeds of one model, trained on one set, did on one test set of n images."""

    key: Key
    seeds: tuple[int, ...]
    confusions: np.ndarray  # (S, K, K) counts, K = 7, or 8 in a study that keeps contempt
    draw: Callable[[], np.ndarray]  # gives `replicates`
    answers: int = len(EMOTIONS)  # how many emotions the model tells apart
    images: str = ""  # the same for outcomes on the same images, whose draws are then paired
    drawn: Images | None = None
    probabilities: np.ndarray | None = None  # (S, n, answers), aligned with `drawn`
    _scored: dict[str, Scored] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def replicates(self) -> np.ndarray:
        """The matrices in each draw of the images, (draws, S, K, K) counts: made when a statistic
        first asks for them."""
        return self.draw()

    @property
    def n(self) -> int:
        """Number of test images."""
        return int(self.confusions[0].sum())

    @property
    def classes(self) -> str:
        """The emotions in the truth, with spaces between."""
        return class_names(self.confusions[0])

    @property
    def confusion(self) -> np.ndarray:
        """Mean matrix over seeds, (K, K): its rows sum to the emotions' counts."""
        return self.confusions.mean(axis=0)

    @property
    def unit(self) -> str:
        """What is drawn, of `Images.unit`."""
        return "image" if self.drawn is None else self.drawn.unit

    def scored(self, statistic: str | Statistic) -> Scored:
        """Return a score of METRICS, or any statistic of rows, for each seed as seen, (S,), and in
        each draw of images, (draws, S)."""
        if callable(statistic):
            return self._of_rows(statistic)
        score = METRICS[statistic]
        return self.kept(statistic, lambda: Scored(score(self.confusions), score(self.replicates)))

    def kept(self, name: str, make: Callable[[], Scored]) -> Scored:
        """Return scores that are made once, by `make`."""
        if name not in self._scored:
            self._scored[name] = make()
        return self._scored[name]

    def estimate(self, statistic: str | Statistic) -> Estimate:
        """Return the mean over seeds and its interval: Wilson for accuracy, else the bootstrap.

        `outcome.estimate(lambda rows, w: w @ (rows.hit & old) / (w @ old))` is the accuracy on the
        images that `old` (n,) names.
        """
        if statistic == "accuracy":
            return self.share()
        estimate = estimate_of(self.scored(statistic))
        return estimate if callable(statistic) else clipped(estimate)

    def share(self, of: np.ndarray | None = None) -> Estimate:
        """Return the share of images that are predicted right, with Wilson's interval: of all, or
        of those that `of` (n,) names."""
        kept = self.asked if of is None else self.asked & of
        return share_estimate(self.hits[:, kept], self._images.units[kept])

    @cached_property
    def hits(self) -> np.ndarray:
        """Which images each seed is right on, (S, n) of bool."""
        return np.stack([rows.hit for rows in self.rows])

    @property
    def rows(self) -> list[Rows]:
        """What each seed answered to all images."""
        ids, truth = self._images.sample_id, self._images.truth
        return [Rows(ids, truth, answered) for answered in self.probabilities]  # type: ignore[union-attr]

    @property
    def asked(self) -> np.ndarray:
        """Which images count, (n,) of bool: those with an emotion that the model tells apart."""
        return self._images.truth < self.answers

    @property
    def whole(self) -> Images:
        """The images of the test set, of which those that were answered may be a part."""
        return self._images.whole or self._images

    def weights(self) -> Iterator[np.ndarray]:
        """Yield how often each image counts in each draw: blocks of (some draws, n) float32, the
        same for all outcomes with the same `images`."""
        asked = self.asked.astype(np.float32)
        return (w if asked.all() else w * asked for w in self._images.weights())

    @property
    def _images(self) -> Images:
        if self.drawn is None or self.probabilities is None:
            raise FerError(f"{self.key} was made without its rows; make it with `outcomes`")
        return self.drawn

    def _of_rows(self, statistic: Statistic) -> Scored:
        asked, seeds = self.asked.astype(np.float32), self.rows
        seen = np.concatenate([statistic(rows, asked[None]) for rows in seeds])
        drawn = [
            np.stack([statistic(rows, weights) for rows in seeds], axis=1)
            for weights in self.weights()
        ]
        return Scored(seen, np.concatenate(drawn))


def difference(one: Outcome, other: Outcome, statistic: str | Statistic) -> Estimate:
    """Return a statistic of `one` minus that of `other`, whose seeds are of trainings of their own;
    paired by image where both were tested on the same images."""
    return estimate_of(one.scored(statistic), -other.scored(statistic))


def outcomes(predictions: pd.DataFrame, draws: int = DRAWS, seed: int = 0) -> dict[Key, Outcome]:
    """Return the outcomes of a long table of predictions (as `fer_core.runs.collect` gives),
    in its order.

    All runs of a test set must have predicted the same images with the same truth, in every view;
    the order of the rows does not matter. Images are drawn by the column PERSON of
    `fer_core.persons` where it is there and names anybody. The draws depend on `seed`, the name of
    the images (`images_name`) and their persons alone, so views are compared on the same draws.
    """
    if predictions.empty:
        raise FerError("there are no predictions to score; run the study first (`fer run`)")
    kept = [column for column in (*IMAGE, PERSON) if column in predictions]
    tables = {r: Answers(t[kept], probabilities_of(t)) for r, t in each_run(predictions)}
    return outcomes_of(tables, class_count(predictions), draws=draws, seed=seed)


def outcomes_of(
    tables: Mapping[Run, Answers],
    classes: int,
    study: str = "",
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[Key, Outcome]:
    """Return those of `outcomes` for prediction tables that are not yet joined to a long one.

    `classes`: how many emotions there are. With `study` the persons are those that its results
    name, else those of the column PERSON.
    """
    groups: dict[str, dict[Run, Answers]] = {}
    for run, table in tables.items():
        groups.setdefault(images_name(run), {})[run] = table
    found: dict[Key, Outcome] = {}
    for name, mine in groups.items():
        found |= _outcomes_of_images(mine, name, classes, study, draws, seed)
    return {key: found[key] for key in dict.fromkeys(map(Key.of, tables))}


def _outcomes_of_images(
    tables: dict[Run, Answers], name: str, classes: int, study: str, draws: int, seed: int
) -> dict[Key, Outcome]:
    first, answered = aligned(tables)
    of_run = dict(zip(tables, answered, strict=True))
    runs = sorted(tables, key=lambda run: (Key.of(run), run.seed))
    if study:
        first = with_persons(first.assign(test=runs[0].test), study)
    drawn = images_of(first, name, draws, seed)
    predicted = np.stack([of_run[run].argmax(axis=1) for run in runs])
    replicates = later(drawn.truth, predicted, drawn.seed, draws, classes, drawn.units)
    found = {}
    for key, of_key in groupby(runs, key=Key.of):
        mine = list(of_key)
        seeds, probabilities = tuple(r.seed for r in mine), np.stack([of_run[r] for r in mine])
        start = runs.index(mine[0])
        draw = partial(replicates, slice(start, start + len(mine)))
        found[key] = outcome_of(key, seeds, drawn, probabilities, draw, classes)
    return found


def _asked(draw: Callable[[], np.ndarray], told: np.ndarray) -> np.ndarray:
    return restrict(draw(), told)


def outcome_of(
    key: Key,
    seeds: tuple[int, ...],
    drawn: Images,
    probabilities: np.ndarray,
    draw: Callable[[], np.ndarray],
    classes: int,
) -> Outcome:
    """Return the outcome of S seeds that gave n images, `drawn`, (S, n, answers) probabilities,
    among K `classes`; `draw` gives their matrices in each draw, (draws, S, K, K)."""
    told = probabilities.shape[-1]
    predicted = probabilities.argmax(axis=2)
    confusions = np.stack([confusion_matrix(drawn.truth, some, classes) for some in predicted])
    if told < classes:  # the images of contempt, of which the model knows nothing
        common = np.arange(classes) < told
        confusions, draw = restrict(confusions, common), partial(_asked, draw, common)
    images = f"{drawn.name}, {told} emotions"
    return Outcome(key, seeds, confusions, draw, told, images, drawn, probabilities)
