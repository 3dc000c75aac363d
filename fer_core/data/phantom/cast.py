"""The cast of a phantom data set: who shows which emotion in which split, and what is planted."""

from dataclasses import dataclass

import numpy as np

from fer_core.data.phantom.domains import Domain
from fer_core.emotions import EMOTIONS


@dataclass(frozen=True)
class Cast:
    """One entry per image; all arrays (n,).

    `emotion` is the index in EMOTIONS that the image's label stands for before the annotator errs,
    `planted` is "", "copy" (an exact copy of another image), "conflict" (a copy with another label)
    or "person" (one of train shown in test), and `source` is the row whose picture is shown:
    the row itself except for copies.
    """

    emotion: np.ndarray
    split: np.ndarray
    person: np.ndarray
    planted: np.ndarray
    source: np.ndarray


def quotas(n: int, shares: tuple[float, ...]) -> np.ndarray:
    """Divide `n` by `shares` (largest remainder), at least one each where n allows it."""
    exact = np.round(n * np.asarray(shares, float) / sum(shares), 9)
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: n - counts.sum()]] += 1
    while n >= len(shares) and counts.min() == 0:
        counts[counts.argmax()] -= 1
        counts[counts.argmin()] += 1
    return counts


def make_cast(domain: Domain, n: int, rng: np.random.Generator) -> Cast:
    """Cast `n` images of `domain`: exact quotas, people in one split only, then the leaks."""
    emotion, split, person = [], [], []
    sizes = quotas(n, tuple(domain.splits.values()))
    people = 0
    for name, size in zip(domain.splits, sizes, strict=True):
        labels = np.repeat(np.arange(len(EMOTIONS)), emotion_quotas(domain, size))
        emotion.append(rng.permutation(labels))
        split.append(np.repeat(name, size))
        person.append(people + np.arange(size) // domain.per_person)
        people += -(-size // domain.per_person)
    cast = Cast(
        np.concatenate(emotion),
        np.concatenate(split).astype(object),
        np.concatenate(person),
        np.full(n, "", object),
        np.arange(n),
    )
    _plant_people(cast, domain, rng)
    _plant_copies(cast, domain, rng)
    return cast


def emotion_quotas(domain: Domain, size: int) -> np.ndarray:
    """Return how many of `size` images show each of EMOTIONS."""
    return quotas(size, tuple(float(share) for share in domain.mix))


def _plant_people(cast: Cast, domain: Domain, rng: np.random.Generator) -> None:
    """Show a few people of train in test as well."""
    train = np.unique(cast.person[cast.split == "train"])
    test = np.unique(cast.person[cast.split == "test"])
    if not len(train) or len(test) < 2:
        return
    count = max(1, round(domain.leaks * len(test)))
    for old, new in zip(
        rng.choice(test, count, replace=False), rng.choice(train, count), strict=True
    ):
        rows = cast.person == old
        cast.person[rows] = new
        cast.planted[rows] = "person"


def _plant_copies(cast: Cast, domain: Domain, rng: np.random.Generator) -> None:
    """Replace a few images by exact copies of train images; half of the copies fall in test."""
    free = cast.planted == ""
    n = len(free)
    for kind, share in (("copy", domain.copies), ("conflict", domain.conflicts)):
        for number in range(max(1, round(share * n)) if n >= 4 * len(EMOTIONS) else 0):
            sources = np.flatnonzero(free & (cast.split == "train"))
            source = rng.choice(sources)
            same = cast.emotion == cast.emotion[source]
            wanted = "test" if number % 2 == 0 else "train"
            targets = free & (cast.split == wanted) & (same if kind == "copy" else ~same)
            targets[source] = False
            if not targets.any():
                continue
            target = rng.choice(np.flatnonzero(targets))
            cast.source[target] = source
            cast.person[target] = cast.person[source]
            cast.planted[target] = kind
            free[[source, target]] = False
