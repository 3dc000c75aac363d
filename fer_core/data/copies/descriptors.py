"""What two images are compared by: small grey thumbnails, freed of their slow shading."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from fer_core import paths
from fer_core.data.dataset import Dataset
from fer_core.memory import forget, roomy

CROPS = (1.0, 0.84, 0.70, 0.59, 0.50)  # sides of the central crops, each a candidate's whole
COARSE = 8  # side of the thumbnail that every pair is compared by, pixels; even
FINE = 32  # side of the thumbnail that candidates are compared by
FLAT = 1.0  # grey levels: an image that varies less (root mean square) shows nothing to compare
CHUNK = 1024  # images described at a time
VALUES = 2**22  # of their pixels, at most
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as the store makes grey
NOBODY = -1


@dataclass(frozen=True)
class Descriptors:
    """Of n images, for each of CROPS: `coarse` float32 (n, CROPS, 2, COARSE² / 2), the folded
    thumbnails, of norm 1 (0 for a flat image); `fine` uint8 (n, CROPS, FINE, FINE). `person` int
    (n,), equal for the same known person, NOBODY where unknown."""

    coarse: np.ndarray
    fine: np.ndarray
    person: np.ndarray

    def __len__(self) -> int:
        return len(self.coarse)

    def take(self, rows: np.ndarray | slice) -> "Descriptors":
        """Return the descriptors of some of the images."""
        return Descriptors(self.coarse[rows], self.fine[rows], self.person[rows])


def describe(dataset: Dataset, rows: np.ndarray) -> Descriptors:
    """Return the descriptors of the images in `rows` of a data set."""
    folder = paths.data_dir()
    coarse = roomy((len(rows), len(CROPS), 2, COARSE**2 // 2), np.float32, folder)
    fine = roomy((len(rows), len(CROPS), FINE, FINE), np.uint8, folder)
    per_image = dataset.store.size**2 * dataset.store.channels
    step = max(1, min(CHUNK, VALUES // per_image))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        coarse[part], fine[part] = describe_pixels(dataset.store.batch(rows[part]))
        for array in (dataset.store.pixels, coarse, fine):
            forget(array)
    return Descriptors(coarse, fine, person_codes(dataset.index["person"].iloc[rows]))


def describe_pixels(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `coarse` and `fine` of uint8 images (n, side, side, channels)."""
    grey = to_grey(pixels)
    coarse = np.stack([thumbnails(grey, COARSE, crop) for crop in CROPS], axis=1)
    fine = np.stack([thumbnails(grey, FINE, crop) for crop in CROPS], axis=1)
    flat = unit(coarse.reshape(len(grey), len(CROPS), COARSE**2), FLAT)
    return fold(flat), np.rint(fine).astype(np.uint8)


def fold(coarse: np.ndarray) -> np.ndarray:
    """Return (..., COARSE²) as (..., 2, COARSE² / 2), even and odd part about the vertical axis.

    With the products p and q of the two parts of two images, their correlation is p + q, and that
    of one with the mirror image of the other p - q.
    """
    rows = coarse.reshape(*coarse.shape[:-1], COARSE, COARSE)
    left, right = rows[..., : COARSE // 2], rows[..., : COARSE // 2 - 1 : -1]
    parts = np.stack([left + right, left - right], axis=-3) * np.float32(0.5**0.5)
    return parts.reshape(*coarse.shape[:-1], 2, COARSE**2 // 2)


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """Return float32 (n, side, side) of uint8 (n, side, side, 1 or 3)."""
    if pixels.shape[-1] == 1:
        return pixels[..., 0].astype(np.float32)
    return pixels.astype(np.float32) @ LUMA


def thumbnails(grey: np.ndarray, side: int, crop: float = 1.0) -> np.ndarray:
    """Reduce (n, size, size), or its central square of `crop` × size, to (n, side, side): each
    pixel the mean of the area it covers."""
    size = grey.shape[1]
    edges = ((1 - crop) / 2 + np.linspace(0, crop, side + 1)[:, None]) * size
    pixel = np.arange(size)
    cover = np.minimum(edges[1:], pixel + 1) - np.maximum(edges[:-1], pixel)
    weights = (np.clip(cover, 0, None) * side / (crop * size)).astype(np.float32)
    return weights @ grey @ weights.T


@cache
def shading(side: int) -> np.ndarray:
    """Return an orthonormal basis (side², 6) of the quadratic surfaces over a square image.

    Light from one side makes strangers alike and copies with other contrast no less so: it is
    taken out of everything that is compared.
    """
    y, x = np.mgrid[:side, :side] / (side - 1) - 0.5
    surfaces = [surface.ravel() for surface in (x**0, x, y, x * x, y * y, x * y)]
    return np.linalg.qr(np.stack(surfaces, axis=1))[0].astype(np.float32)


def unit(images: np.ndarray, flat: float) -> np.ndarray:
    """Return (..., side²) without shading, norm 1; 0 where under `flat` grey levels are left."""
    basis = shading(round(images.shape[-1] ** 0.5))
    rest = images - (images @ basis) @ basis.T
    norm = np.linalg.norm(rest, axis=-1, keepdims=True)
    visible = norm > flat * images.shape[-1] ** 0.5
    return np.divide(rest, norm, out=np.zeros_like(rest), where=visible)


def person_codes(persons: pd.Series) -> np.ndarray:
    """Return a number per person, NOBODY for ""."""
    return pd.factorize(persons.mask(persons == ""))[0]
