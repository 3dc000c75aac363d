"""One image: from the row of its reader to the square of pixels that the store keeps."""

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
OUTSIDE = "box outside the image"
FACTS = ("width", "height", "colour_lost")


class Frame(NamedTuple):
    """How every image of a store is cut and sized."""

    size: int
    channels: int
    crop: Box | None


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
    try:
        lost = frame.channels == 1 and opened.image.mode not in GREY and in_colour(opened.image)
        image = upright(opened.image, frame.channels)
        facts = dict(zip(FACTS, map(float, (*image.size, lost)), strict=True))
        square, failure = central_square(image.width, image.height, frame.crop), ""
        if row.box is not None:
            box, failure = checked_box(row, image)
            square = square_around(box, image.width, image.height) if box else square
        if failure:
            return PackedRow(opened.sha256, failure, facts, None)
        pixels = resized(image, square, frame.size)
        return PackedRow(opened.sha256, "", facts | grey_levels(pixels), pixels)
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
    """The same with the image upright, grey or RGB as it is itself, and its pixels in memory."""
    if opened.image is None:
        return opened
    try:
        image = upright(opened.image)
        image.load()
        return opened._replace(image=image)
    except Exception as error:
        return Opened(opened.sha256, corrupt(error), None)


def corrupt(error: Exception) -> str:
    """Why an image could not be decoded, in one line."""
    if isinstance(error, UnidentifiedImageError):
        return "corrupt: not an image"
    return f"corrupt: {' '.join(str(error).split()) or type(error).__name__}"


def in_colour(image: Image.Image) -> bool:
    """Whether an image that is not of GREY shows any colour."""
    if image.width * image.height > MAX_PIXELS:
        return False
    red, green, blue = (channel.tobytes() for channel in image.convert("RGB").split())
    return not red == green == blue


def to_square(image: Image.Image, size: int, channels: int, crop: Box | None = None) -> np.ndarray:
    """Pixels of one image as uint8 (size, size, channels).

    The image is made upright, cut to its central square and then to `crop` (fractions of that
    square), and resized. ValueError when the image has more than MAX_PIXELS pixels.
    """
    image = upright(image, channels)
    return resized(image, central_square(image.width, image.height, crop), size)


def upright(image: Image.Image, channels: int | None = None) -> Image.Image:
    """The first frame of an image, turned as its EXIF tag says, made grey (L) or RGB.

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
    """The upper eight of sixteen bits. ValueError where the values are of another depth."""
    largest = int(values.max(initial=0))
    if values.min(initial=0) < 0 or not (largest == 0 or TWELVE_BITS < largest <= SIXTEEN_BITS):
        raise ValueError(f"its numbers end at {largest:,}: which of them is white?")
    return (values >> 8).astype(np.uint8)


def resized(image: Image.Image, box: Box, size: int) -> np.ndarray:
    """The part `box` of an upright image as uint8 (size, size, 1 or 3).

    Lanczos: it averages over the whole footprint when it shrinks, as plain bilinear sampling does
    not, keeps the thin lines around eyes and brows better than a box average, and stays smooth
    when it enlarges.
    """
    if box != (0, 0, image.width, image.height) or image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.LANCZOS, box=box)
    return np.asarray(image, dtype=np.uint8).reshape(size, size, -1)


def central_square(width: int, height: int, crop: Box | None = None) -> Box:
    """The largest central square of an image, or the part `crop` of it (fractions)."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    if crop is None:
        return left, top, left + side, top + side
    return left + crop[0] * side, top + crop[1] * side, left + crop[2] * side, top + crop[3] * side


def clip(box: Box, width: int, height: int) -> Box | None:
    """The part of `box` (pixels) inside an image; None where nothing of it is."""
    left, top = max(box[0], 0.0), max(box[1], 0.0)
    right, bottom = min(box[2], float(width)), min(box[3], float(height))
    return (left, top, right, bottom) if left < right and top < bottom else None


def square_around(box: Box, width: int, height: int) -> Box:
    """The square around the middle of `box` whose side is the box's longer one.

    It is moved, and where it must be made smaller, so that it lies inside the image.
    """
    left, top, right, bottom = box
    side = min(max(right - left, bottom - top), width, height)
    x = min(max((left + right - side) / 2, 0.0), width - side)
    y = min(max((top + bottom - side) / 2, 0.0), height - side)
    return x, y, x + side, y + side


def checked_box(row: Row, image: Image.Image, needed: bool = True) -> tuple[Box | None, str]:
    """The row's box clipped to its image, and why there is none although there should be one."""
    if row.box is None:
        return None, ""
    if any(map(math.isnan, row.box)):
        return None, "no box" if needed else ""
    box = clip(row.box, image.width, image.height)
    return box, OUTSIDE if box is None else ""
