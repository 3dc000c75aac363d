"""From one encoded image to the square of pixels that the store keeps."""

import numpy as np
from PIL import Image, ImageOps

from fer_core.data.card import Box

MAX_PIXELS = 50_000_000
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I")


def to_square(image: Image.Image, size: int, channels: int, crop: Box | None = None) -> np.ndarray:
    """Pixels of one image as uint8 (size, size, channels).

    The image is turned as its EXIF tag says, made grey (ITU-R 601 luma) or RGB, cut to its central
    square and then to `crop` (fractions of that square), and resized. Lanczos: it averages over
    the whole footprint when it shrinks, as plain bilinear sampling does not, keeps the thin lines
    around eyes and brows better than a box average, and stays smooth when it enlarges.
    ValueError when the image has more than MAX_PIXELS pixels.
    """
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels, more than {MAX_PIXELS:,}")
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode in _SIXTEEN_BIT:
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    mode = "L" if channels == 1 else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    box = _crop_box(image.width, image.height, crop)
    if box != (0, 0, image.width, image.height) or image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.LANCZOS, box=box)
    return np.asarray(image, dtype=np.uint8).reshape(size, size, channels)


def _crop_box(width: int, height: int, crop: Box | None) -> tuple[float, float, float, float]:
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    if crop is None:
        return left, top, left + side, top + side
    return left + crop[0] * side, top + crop[1] * side, left + crop[2] * side, top + crop[3] * side
