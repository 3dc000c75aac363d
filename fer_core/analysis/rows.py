"""Statistics of rows: of the images of a test set as trained nets answered them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple
from zlib import crc32

import numpy as np
import pandas as pd

from fer_core.analysis.draws import DRAWS, Seed, image_weights, numbered
from fer_core.analysis.scores import Run, emotion_codes
from fer_core.persons import PERSON
from fer_core.predictions import VALIDATION


@dataclass(frozen=True)
class Images:
    """The n images of one test set in the order of their ids, and how they are drawn."""

    sample_id: np.ndarray  # (n,)
    truth: np.ndarray  # (n,) positions in the canonical order
    units: np.ndarray  # (n,) as of `fer_core.analysis.draws.numbered`: what is drawn together
    persons: int  # how many are known, 0 where nobody is
    seed: Seed
    draws: int
    whole: "Images | None" = None  # of which these are a part, and are drawn with it
    at: np.ndarray | None = None  # (n,) where in `whole` they are

    def part(self, kept: np.ndarray) -> "Images":
        """Return the images that `kept` (n,) of bool names, in the draws that they have here.

        `units` and `persons` stay those of the whole, of which a draw takes as many as there are.
        """
        places = np.flatnonzero(kept) if self.at is None else self.at[kept]
        return replace(
            self,
            sample_id=self.sample_id[kept],
            truth=self.truth[kept],
            units=self.units[kept],
            whole=self.whole or self,
            at=places,
        )

    @property
    def unit(self) -> str:
        """What is drawn: `person`, with all images of each, where persons are known, or `image`."""
        return "person" if self.persons else "image"

    @cached_property
    def name(self) -> str:
        """The same for the same images."""
        return sha256("\n".join(map(str, self.sample_id)).encode()).hexdigest()

    def weights(self) -> Iterator[np.ndarray]:
        """Yield the draws again: blocks of (some draws, n), how often each image is in each."""
        blocks = self._times if self.whole is None else (b[:, self.at] for b in self.whole._times)
        return (block.astype(np.float32) for block in blocks)

    @cached_property
    def _times(self) -> list[np.ndarray]:
        """The draws in bytes, from when a statistic first asks: 14 MB for 7,000 images."""
        return [w.astype(np.uint8) for w in image_weights(self.units, self.seed, self.draws)]


def images_name(run: Run) -> str:
    """Name the images of a run, in every view: the seed of their bootstrap draws, and so a part of
    every interval. Do not rename."""
    if run.part == VALIDATION:
        return f"{run.test} {VALIDATION}"
    return f"{run.test}/{run.source}" if run.source else run.test


def images_of(table: pd.DataFrame, name: str, draws: int = DRAWS, seed: int = 0) -> Images:
    """Return the images of a table that is sorted by sample id; `name`: of `images_name`."""
    persons = list(table[PERSON]) if PERSON in table else [""] * len(table)
    known = len(set(persons) - {""})
    ids, how = table["sample_id"].to_numpy(dtype=str), (seed, crc32(name.encode()))
    return Images(ids, emotion_codes(table["emotion"]), numbered(persons), known, how, draws)


class Rows(NamedTuple):
    """What one trained net answered to n images."""

    sample_id: np.ndarray  # (n,)
    truth: np.ndarray  # (n,) positions in the canonical order
    probabilities: np.ndarray  # (n, K)

    @property
    def predicted(self) -> np.ndarray:
        """The most probable emotion of each image, (n,); of equals the first."""
        return self.probabilities.argmax(axis=1)

    @property
    def hit(self) -> np.ndarray:
        """Whether each image is predicted right, (n,)."""
        return self.predicted == self.truth


# Of the rows and of weights (draws, n), how often each image counts, to (draws,).
Statistic = Callable[[Rows, np.ndarray], np.ndarray]


def each_draw(score: Callable[[np.ndarray, np.ndarray], float]) -> Statistic:
    """Return the statistic of a function of truth (m,) and probabilities (m, K), in which an image
    stands as often as it was drawn.

    Slow, for it calls `score` once per draw, but any function of scikit-learn will do.
    """

    def statistic(rows: Rows, weights: np.ndarray) -> np.ndarray:
        each = np.arange(len(rows.truth))
        drawn = (np.repeat(each, times.astype(int)) for times in weights)
        return np.array([score(rows.truth[at], rows.probabilities[at]) for at in drawn])

    return statistic
