"""From a row of a reader to its image: whatever is wrong with a file becomes the row's failure."""

import hashlib
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from fer_core.data.prepare.images import upright
from fer_core.data.reading import Reading


class Opened(NamedTuple):
    """The sha256 of a row's bytes and its image, or why there is none."""

    sha256: str
    failure: str
    image: Image.Image | None


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
