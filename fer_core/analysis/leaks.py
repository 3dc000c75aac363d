"""What of a test set a model has met in training, and what that is worth in accuracy."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from fer_core.analysis.cross import spread
from fer_core.analysis.intervals import (
    Estimate,
    bootstrap_confusion,
    bootstrap_estimate,
    clipped,
    join,
    seed_margin,
    wilson,
)
from fer_core.analysis.outcomes import Key
from fer_core.analysis.scores import each_run, emotion_codes, predicted_codes

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
    predictions: pd.DataFrame, leaking: Mapping[tuple[str, str], Iterable[str]]
) -> pd.DataFrame:
    """Score every model of a leaking training × test pair with and without the leaking images.

    `predictions` is long, as `fer_core.runs.collect` gives it; `leaking` names the test images to
    leave out, per (train, test). Columns: model, train, test, view, seeds, n, leaking (images
    left out), and accuracy_all, accuracy_without (both Wilson) and gain, each with _lo and _hi.
    Gain is accuracy_all - accuracy_without, with the bootstrap over the test images: a draw scores
    the same images both ways, so the interval is paired. Pairs of which no or every image leaks
    have no row.
    """
    hits: dict[Key, list[np.ndarray]] = {}
    kept: dict[tuple[str, str], np.ndarray] = {}
    for run, table in each_run(predictions):
        pair = (run.train, run.test)
        if pair not in leaking:
            continue
        table = table.sort_values("sample_id", kind="stable")
        hit = emotion_codes(table["emotion"]) == predicted_codes(table)
        hits.setdefault(Key.of(run), []).append(hit)
        kept[pair] = ~table["sample_id"].isin(set(leaking[pair])).to_numpy()
    rows = [
        {**key.cell, **_worth(np.array(found), kept[key.pair])}
        for key, found in hits.items()
        if 0 < kept[key.pair].sum() < len(kept[key.pair])
    ]
    return pd.DataFrame(rows)


def _worth(hits: np.ndarray, kept: np.ndarray) -> dict[str, object]:
    """`hits` (seeds, n) and `kept` (n,), both bool, to the numbers of one row."""
    everything, without = hits.mean(axis=1), hits[:, kept].mean(axis=1)
    # Images with the same pattern of hits are alike: drawing images is drawing patterns.
    patterns, counts = np.unique(np.vstack([kept, hits]), axis=1, return_counts=True)
    draws = bootstrap_confusion(counts)
    right, left = patterns[1:].mean(axis=0), patterns[0]
    with np.errstate(invalid="ignore"):
        gains = draws @ right / len(kept) - draws @ (right * left) / (draws @ left)
    gain = bootstrap_estimate(everything.mean() - without.mean(), gains, everything - without)
    row: dict[str, object] = {"seeds": len(hits), "n": len(kept), "leaking": int((~kept).sum())}
    row |= spread("accuracy_all", _share(everything, len(kept)))
    return row | spread("accuracy_without", _share(without, int(kept.sum()))) | spread("gain", gain)


def _share(by_seed: np.ndarray, n: int) -> Estimate:
    lo, hi = wilson(by_seed.mean() * n, np.array(n))
    return clipped(join(by_seed.mean(), float(lo), float(hi), seed_margin(by_seed)))
