"""What of a test set a model has met in training, and what that is worth in accuracy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import Scored, estimate_of
from fer_core.analysis.keys import Key
from fer_core.analysis.outcomes import Outcome

KINDS = {"copies": "with a copy", "near": "with a near copy", "persons": "of persons trained on"}


class Leak(NamedTuple):
    """Test images that have a copy, a near copy or the same person among the images trained on."""

    n_test: int
    copies: int
    near: int
    persons: int

    def __str__(self) -> str:
        """Print the counts that are not zero: `12 with a near copy of 1,070 test images`."""
        found = [(getattr(self, kind), words) for kind, words in KINDS.items()]
        text = ", ".join(f"{count:,} {words}" for count, words in found if count)
        return f"{text or 'none'} of {self.n_test:,} test images"


Leaks = Mapping[tuple[str, str], Leak]


class NotAudited(dict[tuple[str, str], Leak]):
    """What stands for the leaks of a study whose audit is missing or old: nothing is known, and
    every score is marked."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason


def leaky_pairs(leaks: pd.DataFrame) -> dict[tuple[str, str], Leak]:
    """Return the training × test pairs of a `leaks.csv` that leak at all."""
    counted = leaks.fillna(dict.fromkeys(KINDS, 0))  # unknown persons are none that are known
    counted = counted.astype(dict.fromkeys(KINDS, int))
    columns = [counted[name].tolist() for name in ("train", "test", "n_test", *KINDS)]
    rows = zip(*columns, strict=True)
    return {(train, test): Leak(*counts) for train, test, *counts in rows if any(counts[1:])}


def leaking_images(leaking: pd.DataFrame) -> dict[tuple[str, str], set[str]]:
    """Return the ids in a `leaking.csv` by (train, test): images that leak in whatever way."""
    pairs = leaking.groupby(["train", "test"])["sample_id"]
    return {(str(train), str(test)): set(ids) for (train, test), ids in pairs}


def leak_worth(
    found: Mapping[Key, Outcome], leaking: Mapping[tuple[str, str], Iterable[str]]
) -> pd.DataFrame:
    """Score every model of a leaking training × test pair with and without the leaking images.

    `leaking` names the test images to leave out, per (train, test). Columns: model, train, test,
    view, seeds, drawn (by what: person or image), n, leaking (images left out), and accuracy_all,
    accuracy_without (both Wilson) and gain, each with _lo and _hi. Gain is accuracy_all -
    accuracy_without: a draw scores the same images both ways, so the interval is paired. Pairs of
    which no or every image leaks have no row.
    """
    alike: dict[tuple[str, ...], list[Outcome]] = {}
    for key, outcome in found.items():
        if key.pair in leaking:
            alike.setdefault((*key.pair, outcome.images), []).append(outcome)
    rows: dict[Key, dict[str, object]] = {}
    for (train, test, _), mine in alike.items():
        ids, asked = mine[0].rows[0].sample_id, mine[0].asked
        kept = asked & ~np.isin(ids, list(leaking[train, test]))
        if 0 < kept.sum() < asked.sum():
            for outcome, gain in zip(mine, _gains(mine, kept), strict=True):
                rows[outcome.key] = {**outcome.key.cell, **_worth(outcome, kept, gain)}
    return pd.DataFrame([rows[key] for key in found if key in rows])


def _gains(alike: Sequence[Outcome], kept: np.ndarray) -> list[Scored]:
    """Return the accuracy on all images minus that on those that `kept` (n,) of bool names, of
    outcomes on the same images: counted for all at once, as a draw is the same for all."""
    asked, hits = alike[0].asked, np.concatenate([outcome.hits for outcome in alike])
    groups = (asked[None], kept[None], hits & asked, hits & kept)
    counted = np.concatenate(groups).astype(np.float32).T

    def gain(weights: np.ndarray) -> np.ndarray:
        n, n_kept, right = np.split((weights @ counted).astype(np.float64), [1, 2], axis=1)
        of_all, of_kept = np.split(right, 2, axis=1)
        with np.errstate(invalid="ignore"):  # a draw may hold leaking images only
            return of_all / n - of_kept / n_kept

    seen = gain(np.ones((1, len(asked)), dtype=np.float32))[0]
    drawn = np.concatenate([gain(weights) for weights in alike[0].weights()])
    ends = np.cumsum([len(outcome.seeds) for outcome in alike])[:-1]
    parts = zip(np.split(seen, ends), np.split(drawn, ends, axis=1), strict=True)
    return [Scored(*part) for part in parts]


def _worth(outcome: Outcome, kept: np.ndarray, gain: Scored) -> dict[str, object]:
    row: dict[str, object] = {"seeds": len(outcome.seeds), "drawn": outcome.unit}
    row |= {"n": outcome.n, "leaking": outcome.n - int(kept.sum())}
    row |= spread("accuracy_all", outcome.share())
    row |= spread("accuracy_without", outcome.share(kept))
    return row | spread("gain", estimate_of(gain))
