"""The bootstrap's draws of test images: persons where persons are known, else images.

Images of one person are not independent, so a person is drawn with all its images (the cluster
bootstrap: Davison & Hinkley 1997, "Bootstrap Methods and their Application", section 3.8). A draw
is not stored but made again from its seed: 7,000 images × 2,000 draws would be 56 MB per test set.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial

import numpy as np

DRAWS = 2000
_CHUNK = 20_000_000  # image weights held at a time: 80 MB

Seed = int | Sequence[int]


def numbered(persons: Sequence[str]) -> np.ndarray:
    """Return which unit each of n images is drawn with, (n,): a number per person in the order of
    first appearance; an image of nobody known, "", is a unit of its own."""
    numbers: dict[str | int, int] = {}
    names = (person or row for row, person in enumerate(map(str, persons)))
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.intp)


def image_weights(units: np.ndarray, seed: Seed = 0, draws: int = DRAWS) -> Iterator[np.ndarray]:
    """Yield how often each image is in each draw: blocks of (some draws, n) float32.

    `units` (n,) as of `numbered`. Each draw takes as many units as there are, with replacement, and
    all images of each. The weights depend on `units`, `seed` and `draws` alone. Where no two images
    share a unit, they are those of drawing images.
    """
    generator = np.random.default_rng(seed)
    n, count = len(units), int(units.max(initial=-1)) + 1
    step = max(1, _CHUNK // max(n, 1))
    for start in range(0, draws, step):
        times = _times_drawn(generator, count, min(step, draws - start))
        yield times if count == n else times[:, units]


def bootstrap_images(
    truth: np.ndarray,
    predicted: np.ndarray,
    seed: Seed = 0,
    draws: int = DRAWS,
    classes: int = 7,
    units: np.ndarray | None = None,
) -> np.ndarray:
    """Return (draws, R, K, K) replicates of the matrices of R predictions of the same n images.

    `truth` is (n,), `predicted` (R, n), `units` as of `numbered` (by default each image by itself).
    Every draw takes the same images for all R, so differences between them are paired; adding a
    model changes no other.
    """
    units = np.arange(len(truth)) if units is None else units
    return replicates_of(truth, predicted, image_weights(units, seed, draws), draws, classes)


def later(
    truth: np.ndarray,
    predicted: np.ndarray,
    seed: Seed,
    draws: int,
    classes: int,
    units: np.ndarray,
) -> Callable[[slice], np.ndarray]:
    """Return a function that gives the replicates of `bootstrap_images` of some of the R
    predictions: all are made when it is first called."""
    every = cache(partial(bootstrap_images, truth, predicted, seed, draws, classes, units))
    return lambda some: every()[:, some]


def replicates_of(
    truth: np.ndarray,
    predicted: np.ndarray,
    blocks: Iterable[np.ndarray],
    draws: int = DRAWS,
    classes: int = 7,
) -> np.ndarray:
    """Return those of `bootstrap_images` for draws that are already made: `blocks` of (some draws,
    n), how often each image is in each."""
    runs = len(predicted)
    rows = [np.flatnonzero(truth == k) for k in range(classes)]
    guesses = [
        (predicted[:, None, at] == np.arange(classes)[:, None])
        .reshape(runs * classes, len(at))
        .astype(np.float32)
        for at in rows
    ]
    # In memory the draws are the last axis: sums over emotions then go through whole vectors.
    replicates = np.empty((runs, classes, classes, draws), dtype=np.float32)
    start = 0
    for weights in blocks:
        stop = start + len(weights)
        for k, at in enumerate(rows):
            counts = guesses[k] @ weights[:, at].T
            replicates[:, k, :, start:stop] = counts.reshape(runs, classes, len(weights))
        start = stop
    return np.moveaxis(replicates, -1, 0)


def _times_drawn(generator: np.random.Generator, count: int, draws: int) -> np.ndarray:
    picks = generator.integers(0, count, size=(draws, count)) + count * np.arange(draws)[:, None]
    times = np.bincount(picks.ravel(), minlength=draws * count)
    return times.reshape(draws, count).astype(np.float32)
