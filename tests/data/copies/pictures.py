"""Data sets of smooth random pictures in memory: natural enough to be shrunk, cropped, encoded."""

import hashlib

import numpy as np
from PIL import Image

from fer_core.data.audit.planted import KINDS, plant
from fer_core.data.dataset import Dataset
from fer_core.data.store import Store
from tests.data.made import card, rows

SIDE = 48
RECORD = dict[str, str]


def pictures(seed: int, n: int, side: int = SIDE) -> np.ndarray:
    """uint8 (n, side, side, 1): noise with detail at several scales, other for every seed."""
    rng = np.random.default_rng(seed)
    total = np.zeros((n, side, side))
    for cells in (4, 8, 16):
        for image in total:
            noise = Image.fromarray(rng.normal(size=(cells, cells)).astype(np.float32))
            image += np.asarray(noise.resize((side, side), Image.Resampling.BICUBIC)) * 30
    return np.clip(total + 128, 0, 255).astype(np.uint8)[..., None]


def changed(images: np.ndarray, kind: str) -> np.ndarray:
    """The images as copies of one kind, uint8 of the same shape."""
    return np.stack([plant(image, KINDS[kind]) for image in images])


def dataset(
    images: np.ndarray, records: list[RECORD], name: str = "home", person_space: str = ""
) -> Dataset:
    """A data set in memory whose hashes are those of its pixels."""
    hashes = [hashlib.sha256(image.tobytes()).hexdigest() for image in images]
    index = rows([{"sha256": h, **r} for h, r in zip(hashes, records, strict=True)])
    facts = card(name=name, person_space=person_space, store_size=images.shape[1])
    fingerprint = hashlib.sha256(str((name, hashes, records)).encode()).hexdigest()
    return Dataset(name, facts, index, Store(images), fingerprint, "0" * 64)
