"""What a reader hands over: a table of rows, and the way to each row's bytes and image."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from PIL import Image, UnidentifiedImageError

try:
    from pillow_heif import register_heif_opener

    register_heif_opener()
    NO_HEIF = ""
except (ImportError, OSError) as error:  # absent, or its library does not load
    NO_HEIF = str(error)

# What pictures come as. Pillow knows more, some of which start other programs (PostScript).
FORMATS = ("JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "JPEG2000", "PPM")
HEIF = "HEIF"
HEIF_SUFFIXES = (".heic", ".heif")
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def open_image(content: bytes) -> Image.Image:
    """Open an encoded image of one of FORMATS or a HEIC picture, its pixels not decoded yet.

    ValueError calls a HEIC picture by its name when it cannot be read.
    """
    if content[4:8] != b"ftyp" or content[8:12] not in HEIF_BRANDS:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    if NO_HEIF:
        raise ValueError(
            f"a HEIC picture, which the package pillow-heif reads ({NO_HEIF}); install it and add "
            "the data set again"
        )
    try:
        return Image.open(io.BytesIO(content), formats=(HEIF,))
    except UnidentifiedImageError as error:
        raise ValueError("a HEIC picture that is damaged") from error


@dataclass(frozen=True)
class Reading:
    """Rows of a source and how to load them.

    `rows` has one row per image, in a stable order, with `sample_id`, `path`, `emotion`, `split`
    ("" = to be chosen), `source_split`, `source_label`, `person`, `excluded`, and any others.
    `read(path)` gives the row's bytes (its sha256 is taken of these); `decode(bytes)` its image.
    `notes` tells the user, a sentence each, what the reader made of these very files.
    """

    rows: pd.DataFrame
    read: Callable[[str], bytes]
    decode: Callable[[bytes], Image.Image] = open_image
    notes: tuple[str, ...] = ()
