"""How much the search for near copies finds: copies planted on purpose, of known kinds."""

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
from PIL import Image, ImageEnhance, ImageOps

from fer_core.data.copies.descriptors import Descriptors, describe, describe_pixels
from fer_core.data.copies.neighbours import near_pairs
from fer_core.data.dataset import Dataset

SAMPLE = 300  # images of which copies are planted
SEED = 7
COLUMNS = ["dataset", "kind", "planted", "found", "recall"]
LANCZOS = Image.Resampling.LANCZOS


def planted_recall(dataset: Dataset, n: int = SAMPLE, seed: int = SEED) -> pd.DataFrame:
    """Return the recall of each kind of copy planted of `n` seeded images of a data set: COLUMNS.

    A copy counts as found when it and its own original are reported as a pair. Byte copies need no
    search: equal hashes find them all.
    """
    rows = np.flatnonzero((dataset.index["sha256"] != "").to_numpy())
    if not len(rows):
        return pd.DataFrame(columns=COLUMNS)
    rows = np.sort(np.random.default_rng(seed).permutation(rows)[:n])
    pixels = dataset.store.batch(rows)
    records = []
    # Each copy has the person of its original, as copies in the set itself have.
    originals = describe(dataset, rows)
    for kind, change in KINDS.items():
        copies = np.stack([plant(image, change) for image in pixels])
        pairs = near_pairs(Descriptors(*describe_pixels(copies), originals.person), originals)
        count = int((pairs.a == pairs.b).sum())
        recall = round(count / len(rows), 4)
        records.append((dataset.name, kind, len(rows), count, recall))
    return pd.DataFrame(records, columns=COLUMNS)


def plant(pixels: np.ndarray, change: Callable[[Image.Image], Image.Image]) -> np.ndarray:
    """Return one stored image (side, side, channels) changed, as uint8 of the same shape."""
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    changed = change(image)
    if changed.size != image.size:
        changed = changed.resize(image.size, LANCZOS)
    return np.asarray(changed.convert(image.mode), np.uint8).reshape(pixels.shape)


def _jpeg(quality: int) -> Callable[[Image.Image], Image.Image]:
    def change(image: Image.Image) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=quality)
        return Image.open(buffer)

    return change


def _resized(factor: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.resize((round(image.width * factor),) * 2, LANCZOS)


def _cropped(share: float) -> Callable[[Image.Image], Image.Image]:
    """Return a change that takes `share` of the side away on every edge."""
    return lambda image: image.crop(
        (
            round(image.width * share),
            round(image.height * share),
            image.width - round(image.width * share),
            image.height - round(image.height * share),
        )
    )


def _shifted(share: float) -> Callable[[Image.Image], Image.Image]:
    """Return a change that moves a window right and down; what it leaves is the edge repeated."""

    def change(image: Image.Image) -> Image.Image:
        step = round(image.width * share)
        padded = np.pad(
            np.asarray(image), [(0, step)] * 2 + [(0, 0)] * (image.mode == "RGB"), "edge"
        )
        return Image.fromarray(np.ascontiguousarray(padded[step:, step:]))

    return change


KINDS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "mirrored": ImageOps.mirror,
    "half the size": _resized(0.5),
    "double the size": _resized(2),
    "JPEG quality 90": _jpeg(90),
    "JPEG quality 70": _jpeg(70),
    "JPEG quality 50": _jpeg(50),
    "20 % brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "30 % more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "cropped by 4 % on every edge": _cropped(0.04),
    "cropped by 8 % on every edge": _cropped(0.08),
    "cropped by 15 % on every edge": _cropped(0.15),
    "cropped by 25 % on every edge": _cropped(0.25),
    "shifted by 4 %": _shifted(0.04),
    "turned by 3 degrees": lambda image: image.rotate(3, Image.Resampling.BICUBIC),
}
