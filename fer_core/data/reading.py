"""What a reader hands over: a table of rows, and the way to each row's bytes and image."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from PIL import Image

# What pictures come as. Pillow knows more, some of which start other programs (PostScript).
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "JPEG2000", "PPM")


def open_image(content: bytes) -> Image.Image:
    """An encoded image of one of FORMATS, its pixels not decoded yet."""
    return Image.open(io.BytesIO(content), formats=FORMATS)


@dataclass(frozen=True)
class Reading:
    """Rows of a source and how to load them.

    `rows` has one row per image, in a stable order, with `sample_id`, `path`, `emotion`, `split`
    ("" = to be chosen), `source_split`, `source_label`, `subject`, `excluded`, and any others.
    `read(path)` gives the row's bytes (its sha256 is taken of these); `decode(bytes)` its image.
    `notes` tells the user, a sentence each, what the reader made of these very files.
    """

    rows: pd.DataFrame
    read: Callable[[str], bytes]
    decode: Callable[[bytes], Image.Image] = open_image
    notes: tuple[str, ...] = ()
