"""Pictures of the kinds that data sets are distributed in."""

import io

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]


def encoded(image: Image.Image, kind: str) -> bytes:
    """The bytes of a file of this kind ("JPEG", "PNG", "TIFF")."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return buffer.getvalue()


def noise(seed: int, width: int, height: int, colour: bool = False) -> Image.Image:
    """Smooth noise, other for every seed, so that JPEG keeps it apart."""
    cells = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    image = Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)
    return image if colour else image.convert("L")


def jpeg(seed: int, width: int, height: int, colour: bool = False) -> bytes:
    """A JPEG of noise."""
    return encoded(noise(seed, width, height, colour), "JPEG")


def tiff(seed: int, width: int, height: int) -> bytes:
    """An uncompressed grey TIFF of noise."""
    return encoded(noise(seed, width, height), "TIFF")


def photo(width: int, height: int, faces: dict[Box, Colour]) -> bytes:
    """A grey JPEG photograph whose "faces" are plain squares at (left, top, right, bottom)."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    for (left, top, right, bottom), colour in faces.items():
        if left < right:
            ImageDraw.Draw(image).rectangle((left, top, right, bottom), fill=colour)
    return encoded(image, "JPEG")
