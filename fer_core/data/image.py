"""One image: from the row of its reader to the square of pixels that a store keeps, which is the
first half of the way to a net; the other half is `fer_core.models.input`.
"""

import hashlib
import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from fer_core.data.card import Box
from fer_core.data.reading import Reading
from fer_core.data.screen import grey_levels

MAX_PIXELS = 50_000_000
TWELVE_BITS, SIXTEEN_BITS = 2**12 - 1, 2**16 - 1
_SIXTEEN_BIT = ("I;16", "I;16L", "I;16B", "I")
GREY = (*_SIXTEEN_BIT, "1", "L", "LA", "La", "F")
FACTS = ("width", "height", "colour_lost")


class BoxError(ValueError):
    """Why a box names no part of an image."""


class Frame(NamedTuple):
    """How an image is cut and sized: side in pixels, 1 (grey) or 3 (RGB) channels, and the part of
    its central square in fractions of that, None for all of it."""

    size: int
    channels: int
    crop: Box | None = None


class Row(NamedTuple):
    """What a reader says of one image. `box` is None where its source has no boxes at all."""

    path: str
    box: Box | None


class Opened(NamedTuple):
    """The sha256 of a row's bytes and its image, or why there is none."""

    sha256: str
    failure: str
    image: Image.Image | None


class PackedRow(NamedTuple):
    """One row: the sha256 of its bytes, why it failed (""), what was measured, its pixels.

    `facts` has the `width` and `height` of the decoded image, `colour_lost` (1 where a grey store
    takes the colour of an image, else 0), and `mean` and `variance` of the grey levels of the
    pixels. The pixels are None when it failed.
    """

    sha256: str
    failure: str
    facts: dict[str, float]
    pixels: np.ndarray | None


def pack_row(reading: Reading, row: Row, frame: Frame) -> PackedRow:
    """Read, hash, decode and resize one row; whatever is wrong with its file is its failure."""
    opened = open_row(reading, row.path)
    if opened.image is None:
        return PackedRow(opened.sha256, opened.failure, {}, None)
    image = opened.image
    try:
        lost = frame.channels == 1 and image.mode not in GREY and in_colour(image)
        pixels, failure = None, ""
        try:
            pixels = to_square(image, frame, row.box)
        except BoxError as error:
            failure = str(error)
        facts = dict(zip(FACTS, map(float, (*image.size, lost)), strict=True))
        facts |= {} if pixels is None else grey_levels(pixels)
        return PackedRow(opened.sha256, failure, facts, pixels)
    except Exception as error:  # decoders raise almost anything on damaged bytes
        return PackedRow(opened.sha256, corrupt(error), {}, None)


def open_row(reading: Reading, path: str) -> Opened:
    """Read and hash one row and open its image; its pixels are not decoded yet."""
    try:
        content = reading.read(path)
    except (FileNotFoundError, KeyError):
        return Opened("", "corrupt: missing file", None)
    except Exception as error:  # archives raise BadZipFile, zlib.error, ... on damaged members
        return Opened("", corrupt(error), None)
    sha256 = hashlib.sha256(content).hexdigest()
    if not content:
        return Opened(sha256, "empty", None)
    try:
        return Opened(sha256, "", reading.decode(content))
    except Exception as error:
        return Opened(sha256, corrupt(error), None)


def decode(opened: Opened) -> Opened:
    """Return `opened` with its image upright, grey or RGB as it is, and its pixels in memory."""
    if opened.image is None:
        return opened
    try:
        image = upright(opened.image)
        image.load()
        return opened._replace(image=image)
    except Exception as error:
        return Opened(opened.sha256, corrupt(error), None)


def corrupt(error: Exception) -> str:
    """Say in one line why an image could not be decoded."""
    if isinstance(error, UnidentifiedImageError):
        return "corrupt: not an image"
    return f"corrupt: {' '.join(str(error).split()) or type(error).__name__}"


def to_square(image: Image.Image, frame: Frame, box: Box | None = None) -> np.ndarray:
    """Return the pixels of one image as uint8 (size, size, channels).

    The image is made upright, in place, cut to the square around `box` (in its pixels) or, without
    one, to the frame's crop of its central square, and resized. ValueError as of `upright`, and
    BoxError where nothing of the box is inside the image, or its numbers are none.

    Lanczos: it averages over the whole footprint when it shrinks, as plain bilinear sampling does
    not, keeps the thin lines around eyes and brows better than a box average, and stays smooth
    when it enlarges.
    """
    image = upright(image, frame.channels)
    width, height = image.size
    if box is None:
        square = central_square(width, height, frame.crop)
    else:
        square = square_around(inside(box, width, height), width, height)
    if square != (0, 0, width, height) or image.size != (frame.size, frame.size):
        image = image.resize((frame.size, frame.size), Image.Resampling.LANCZOS, box=square)
    return np.asarray(image, dtype=np.uint8).reshape(frame.size, frame.size, -1)


def upright(image: Image.Image, channels: int | None = None) -> Image.Image:
    """Return the first frame of an image, turned as its EXIF tag says, made grey (L) or RGB.

    `channels` is 1 (grey, ITU-R 601 luma), 3 (RGB) or None: as the image itself is.
    ValueError when the image has more than MAX_PIXELS pixels, before any is decoded, and when its
    numbers do not say which of them is white: floating-point ones, and whole ones of more than
    eight bits that do not fill sixteen.
    """
    if image.width * image.height > MAX_PIXELS:
        raise ValueError(f"{image.width} x {image.height} pixels, more than {MAX_PIXELS:,}")
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "F":
        raise ValueError("its values are floating-point numbers: which of them is white?")
    if image.mode in _SIXTEEN_BIT:
        image = Image.fromarray(_upper_eight(np.asarray(image)))
    grey = channels == 1 or (channels is None and image.mode in GREY)
    mode = "L" if grey else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _upper_eight(values: np.ndarray) -> np.ndarray:
    """Return the upper eight of sixteen bits; ValueError where the values are of another depth."""
    largest = int(values.max(initial=0))
    if values.min(initial=0) < 0 or not (largest == 0 or TWELVE_BITS < largest <= SIXTEEN_BITS):
        raise ValueError(f"its numbers end at {largest:,}: which of them is white?")
    return (values >> 8).astype(np.uint8)


def central_square(width: int, height: int, crop: Box | None = None) -> Box:
    """Return the largest central square of an image, or the part `crop` of it (fractions)."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    if crop is None:
        return left, top, left + side, top + side
    return left + crop[0] * side, top + crop[1] * side, left + crop[2] * side, top + crop[3] * side


def square_around(box: Box, width: int, height: int) -> Box:
    """Return the square around the middle of `box` whose side is the box's longer one.

    It is moved, and where it must be made smaller, so that it lies inside the image.
    """
    left, top, right, bottom = box
    side = min(max(right - left, bottom - top), width, height)
    x = min(max((left + right - side) / 2, 0.0), width - side)
    y = min(max((top + bottom - side) / 2, 0.0), height - side)
    return x, y, x + side, y + side


def inside(box: Box, width: int, height: int) -> Box:
    """Return the part of `box` (pixels) inside an image; BoxError where nothing of it is."""
    if any(map(math.isnan, box)):
        raise BoxError("no box")
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[2], float(width)), min(box[3], float(height))
    if left >= right or top >= bottom:
        raise BoxError("box outside the image")
    return left, top, right, bottom


def in_colour(image: Image.Image) -> bool:
    """Say whether an image that is not of GREY shows any colour."""
    if image.width * image.height > MAX_PIXELS:
        return False
    red, green, blue = (channel.tobytes() for channel in image.convert("RGB").split())
    return not red == green == blue
