"""Screening: which images look wrong, by simple measures. They are flagged, never left out."""

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, NonNegativeFloat

from fer_core.data.index import BOX, FACE


class Screening(BaseModel):
    """Thresholds. An image is flagged where it lies beyond one; zero (255 for bright) is never.

    `flat`: variance below, `dark`: mean below, `bright`: mean above, all of the grey levels 0 to
    255 of the stored square; `tiny`: shorter side of the image or of its face box below, pixels of
    the source. The defaults of the first three are those of the Klagenfurt pipeline.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    flat: NonNegativeFloat = 5.0
    dark: NonNegativeFloat = 20.0
    bright: NonNegativeFloat = 235.0
    tiny: NonNegativeFloat = 32.0


def grey_levels(pixels: np.ndarray) -> dict[str, float]:
    """Return `mean` and `variance` of the grey levels of a uint8 (height, width, channels) image.

    They are made of sums of whole numbers: the result is the same on every machine.
    """
    if pixels.shape[-1] == 3:  # ITU-R 601 luma in units of 2^-16, as Pillow computes it
        red, green, blue = np.moveaxis(pixels, -1, 0).astype(np.uint32)
        grey = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
    else:
        grey = pixels.astype(np.uint32)
    n = grey.size
    first = grey.sum(dtype=np.int64)
    second = (grey * grey).sum(dtype=np.int64)
    variance = (n * second - first * first) / (n * n)
    return {"mean": float(first / n), "variance": float(variance)}


def measures(index: pd.DataFrame) -> pd.DataFrame:
    """Return per row `mean`, `variance` and `side`, the shortest side known; NaN where none is."""
    sides = [index["width"], index["height"]]
    for left, top, right, bottom in (BOX, FACE):
        if left in index:
            sides += [index[right] - index[left], index[bottom] - index[top]]
    side = pd.concat(sides, axis=1).min(axis=1)
    return pd.DataFrame({"mean": index["mean"], "variance": index["variance"], "side": side})


def flags(index: pd.DataFrame, screening: Screening) -> pd.Series:
    """Return each row's reasons, joined by ";", "" for none; what is not known flags nothing."""
    known = measures(index)
    reasons = {
        "flat": known["variance"] < screening.flat,
        "dark": known["mean"] < screening.dark,
        "bright": known["mean"] > screening.bright,
        "tiny": known["side"] < screening.tiny,
    }
    found = pd.Series("", index=index.index, dtype=object)
    for reason, holds in reasons.items():
        found[holds] = found[holds].where(found[holds] == "", found[holds] + ";") + reason
    return found.astype("str")


def count_flags(index: pd.DataFrame) -> dict[str, int]:
    """Count rows by reason, sorted by reason; a row with two reasons counts under both."""
    reasons = index["flags"].str.split(";").explode()
    counts = reasons[reasons != ""].value_counts().sort_index()
    return {str(reason): int(n) for reason, n in counts.items()}
