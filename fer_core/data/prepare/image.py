"""One image: from the row of its reader to the square of pixels that the store keeps."""

import hashlib
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from fer_core.data.card import Box
from fer_core.data.reading import Reading
from fer_core.data.screen import grey_levels
from fer_core.data.square import GREY, BoxError, Frame, in_colour, to_square, upright

FACTS = ("width", "height", "colour_lost")


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
