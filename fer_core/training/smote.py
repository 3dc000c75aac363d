"""Made images of the rarer classes. Source: Chawla et al., SMOTE: synthetic minority over-sampling
technique (2002)."""

from dataclasses import dataclass, replace

import numpy as np

from fer_core.data.select import TrainingRows
from fer_core.emotions import EIGHT
from fer_core.errors import FerError
from fer_core.training.balance import count_labels
from fer_core.training.images import ImageSet, Pixels
from fer_core.training.seeds import SMOTE, derive

NEIGHBOURS = 5
MOST_SIDE = 64  # px; neighbours in pixels mean less in larger images, and cost more
AT_ONCE = 512


@dataclass(frozen=True)
class Extended:
    """Packed images, and `made` ones in memory whose rows begin at `first`."""

    pixels: Pixels
    first: int
    made: np.ndarray

    def batch(self, rows: np.ndarray) -> np.ndarray:
        """Return (n, side, side, channels) uint8 for n row positions."""
        packed = rows < self.first
        batch = np.empty((len(rows), *self.made.shape[1:]), np.uint8)
        batch[packed] = self.pixels.batch(rows[packed])
        batch[~packed] = self.made[rows[~packed] - self.first]
        return batch


def with_made_images(
    images: ImageSet, rows: TrainingRows, sampler: str, seed: int
) -> tuple[ImageSet, TrainingRows]:
    """Return images and rows in which every emotion of the training rows has as many as the largest
    of them has: the rest are made by `between`, of training rows alone. Of another sampler than
    "smote", return what is given.

    The made images are a function of the rows and the seed. They stay in memory, side² × channels
    bytes each. The cost is that of all distances within each class but the largest: 4 s of one core
    for 27,000 training images of FER2013, grey and of 48 px, of which 22,000 more are made (51 MB).
    FerError for images of more than 64 px, and for an emotion with a single image.
    """
    if sampler != "smote":
        return images, rows
    side = images.pixels.batch(rows.train[:1]).shape[1]
    if side > MOST_SIDE:
        raise FerError(
            f"smote compares pixels, of images up to {MOST_SIDE} px, and these have {side}; "
            "prepare the set smaller, or take the sampler oversample"
        )
    labels, rng = images.labels[rows.train], np.random.default_rng(derive(seed, SMOTE))
    counts = count_labels(labels)
    lacking = np.where(counts > 0, counts.max() - counts, 0)
    made = []
    for c in np.flatnonzero(lacking):
        if counts[c] == 1:
            raise FerError(
                f"smote makes images between two of one emotion, and the training rows have one of "
                f"{EIGHT[c]}; take the sampler oversample"
            )
        made.append(between(images.pixels.batch(rows.train[labels == c]), lacking[c], rng))
    return _extended(images, rows, made, np.repeat(np.arange(len(counts)), lacking))


def _extended(
    images: ImageSet, rows: TrainingRows, made: list[np.ndarray], labels: np.ndarray
) -> tuple[ImageSet, TrainingRows]:
    if not made:
        return images, rows
    first = len(images.labels)
    grown = replace(
        images,
        pixels=Extended(images.pixels, first, np.concatenate(made)),
        labels=np.concatenate([images.labels, labels]),
        split=np.concatenate([images.split, np.full(len(labels), "train")]),
    )
    new = np.arange(first, first + len(labels))
    return grown, replace(rows, train=np.concatenate([rows.train, new]))


def between(pixels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return `count` images made of n ≥ 2 of one class, both (…, side, side, channels) uint8.

    Each is x + u (y - x) with u uniform from 0 to 1, x an image of the class, all in turn, and y
    one of the 5 nearest to it in pixels.
    """
    flat = pixels.reshape(len(pixels), -1)
    bases = np.resize(rng.permutation(len(flat)), count)
    near = nearest(flat, bases[: len(flat)])
    ranks = rng.integers(near.shape[1], size=count)
    partners = near[np.arange(count) % len(near), ranks]
    shares = rng.random(count, dtype=np.float32)
    made = np.empty((count, *pixels.shape[1:]), np.uint8)
    for start in range(0, count, AT_ONCE):  # in floats, all at once would take four times the space
        part = slice(start, start + AT_ONCE)
        x, y = flat[bases[part]].astype(np.float32), flat[partners[part]].astype(np.float32)
        mixed = x + shares[part, None] * (y - x)
        made[part] = mixed.round().reshape(-1, *pixels.shape[1:])
    return made


def nearest(flat: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the positions of the 5 images (or all others, where they are fewer) that are nearest
    to each of `rows`, (len(rows), 5), of images as (n, pixels) uint8."""
    values = flat.astype(np.float32) - np.float32(127.5)  # smaller sums are more exact
    squares = np.einsum("ij,ij->i", values, values)
    k = min(NEIGHBOURS, len(flat) - 1)
    found = []
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        distances = squares - 2 * (values[part] @ values.T)  # less the squares of `part`
        distances[np.arange(len(part)), part] = np.inf
        found.append(np.argpartition(distances, k - 1, axis=1)[:, :k])
    return np.concatenate(found)
