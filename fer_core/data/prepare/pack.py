"""Packing some rows: read, hash, decode, cut and resize each image once; note what is found."""

import errno
import math
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.data.card import Box
from fer_core.data.prepare.cutting import Cut, Cutter
from fer_core.data.prepare.images import (
    GREY,
    MAX_PIXELS,
    central_square,
    clip,
    resized,
    square_around,
    upright,
)
from fer_core.data.prepare.opening import Opened, corrupt, decode, open_row
from fer_core.data.reading import Reading
from fer_core.data.screen import grey_levels
from fer_core.errors import FerError

PART = 64  # images that a thread takes at a time, and a cutter at most
CUT_PIXELS = 2**24  # decoded pixels that a cutter is handed at a time
SPARE = 64 * 2**20  # bytes left free on the disk beside the pixels themselves
BOX = ("box_left", "box_top", "box_right", "box_bottom")
OUTSIDE = "box outside the image"
COLUMNS = ("sha256", "failure", "width", "height", "mean", "variance", "colour_lost")


class Frame(NamedTuple):
    """How every image of a store is cut and sized."""

    size: int
    channels: int
    crop: Box | None


class Row(NamedTuple):
    """What a reader says of one image. `box` is None where its source has no boxes at all."""

    path: str
    box: Box | None


class PackedRow(NamedTuple):
    """One row: the sha256 of its bytes, why it failed (""), what was measured, its pixels.

    The pixels are None when it failed.
    """

    sha256: str
    failure: str
    facts: dict[str, float]
    pixels: np.ndarray | None


def pack_rows(
    reading: Reading,
    rows: pd.DataFrame,
    frame: Frame,
    pool: ThreadPoolExecutor,
    cutter: Cutter | None = None,
) -> tuple[np.ndarray, pd.DataFrame]:
    """Pixels (n, size, size, channels), zeros where a row failed, and what is known of each row.

    The columns are `sha256`, `failure`, `width` and `height` of the decoded image, `mean` and
    `variance` of the grey levels of the stored square, `colour_lost` (1 where a grey store takes
    the colour of an image, else 0), then the cutter's facts; NaN where unknown.
    A row is cut by the cutter, else to the square around its box, else to `frame.crop`. Several
    threads call the cutter at once, each with images that follow each other: always the same ones
    together, whatever was packed before.
    """
    todo = _rows(rows)
    parts = [slice(start, start + PART) for start in range(0, len(todo), PART)]
    pixels = np.zeros((len(todo), frame.size, frame.size, frame.channels), np.uint8)

    def pack_part(part: slice) -> list[dict[str, Any]]:
        if cutter is None:
            return _keep([pack_row(reading, row, frame) for row in todo[part]], pixels[part])
        return _keep(_cut_part(reading, todo[part], frame, cutter), pixels[part])

    found = [record for part in pool.map(pack_part, parts) for record in part]
    columns = dict.fromkeys((*COLUMNS, *(name for record in found for name in record)))
    return pixels, pd.DataFrame(found, columns=list(columns))


def _keep(packed: list[PackedRow], pixels: np.ndarray) -> list[dict[str, Any]]:
    """Put the rows' pixels where they belong; return what is known of each row."""
    for place, row in enumerate(packed):
        if row.pixels is not None:
            pixels[place] = row.pixels
    records: list[dict[str, Any]] = []
    for row, mean, variance in zip(packed, *grey_levels(pixels), strict=True):
        levels = {} if row.pixels is None else {"mean": mean, "variance": variance}
        records.append({"sha256": row.sha256, "failure": row.failure, **row.facts, **levels})
    return records


def pack_row(reading: Reading, row: Row, frame: Frame) -> PackedRow:
    """Read, hash, decode and resize one row; whatever is wrong with its file is its failure."""
    opened = open_row(reading, row.path)
    if opened.image is None:
        return PackedRow(opened.sha256, opened.failure, {}, None)
    try:
        colour = _colour_lost(opened.image, frame)
        image = upright(opened.image, frame.channels)
        facts = _facts(image, colour)
        box, failure = _checked_box(row, image)
        if failure:
            return PackedRow(opened.sha256, failure, facts, None)
        if box is None:
            square = central_square(image.width, image.height, frame.crop)
        else:
            square = square_around(box, image.width, image.height)
        return PackedRow(opened.sha256, "", facts, resized(image, square, frame.size))
    except Exception as error:  # decoders raise almost anything on damaged bytes
        return PackedRow(opened.sha256, corrupt(error), {}, None)


def _cut_part(reading: Reading, part: list[Row], frame: Frame, cutter: Cutter) -> list[PackedRow]:
    """Rows whose images go through the cutter, as many at a time as CUT_PIXELS allows."""
    opened = [open_row(reading, row.path) for row in part]
    areas = [item.image.width * item.image.height if item.image else 0 for item in opened]
    packed: list[PackedRow] = []
    for group in _groups(areas):
        decoded = [decode(item) for item in opened[group]]
        packed += _cut_group(part[group], decoded, frame, cutter)
    return packed


def _cut_group(
    rows: list[Row], decoded: list[Opened], frame: Frame, cutter: Cutter
) -> list[PackedRow]:
    packed: list[PackedRow] = []
    images: dict[int, Image.Image] = {}
    boxes: list[Box | None] = []
    for place, (row, item) in enumerate(zip(rows, decoded, strict=True)):
        failure, facts = item.failure, {}
        if item.image is not None:
            # a row without a box is one whose face the cutter must find
            box, failure = _checked_box(row, item.image, needed=False)
            facts = _facts(item.image, _colour_lost(item.image, frame))
            if not failure:
                images[place] = item.image
                boxes.append(box)
        packed.append(PackedRow(item.sha256, failure, facts, None))
    cuts = cutter(list(images.values()), boxes) if images else []
    for place, cut in zip(images, cuts, strict=True):
        facts = {**packed[place].facts, **cut.facts}
        square = None if cut.failure else _square(cut, frame)
        packed[place] = packed[place]._replace(failure=cut.failure, facts=facts, pixels=square)
    return packed


def _facts(image: Image.Image, colour_lost: bool) -> dict[str, float]:
    width, height = map(float, image.size)
    return {"width": width, "height": height, "colour_lost": float(colour_lost)}


def _colour_lost(image: Image.Image, frame: Frame) -> bool:
    """True for an image in colour that a grey store takes it from."""
    if frame.channels != 1 or image.mode in GREY or image.width * image.height > MAX_PIXELS:
        return False
    red, green, blue = (channel.tobytes() for channel in image.convert("RGB").split())
    return not red == green == blue


def _square(cut: Cut, frame: Frame) -> np.ndarray:
    assert cut.image is not None, "a cutter that gives no image says why"
    image = upright(cut.image, frame.channels)
    return resized(image, central_square(image.width, image.height), frame.size)


def _rows(rows: pd.DataFrame) -> list[Row]:
    paths = rows["path"].tolist()
    if not set(BOX) <= set(rows.columns):
        return [Row(path, None) for path in paths]
    boxes = rows[list(BOX)].to_numpy(dtype=float).tolist()
    return [Row(path, tuple(box)) for path, box in zip(paths, boxes, strict=True)]


def _checked_box(row: Row, image: Image.Image, needed: bool = True) -> tuple[Box | None, str]:
    """The row's box clipped to its image, and why there is none although there should be one."""
    if row.box is None:
        return None, ""
    if any(map(math.isnan, row.box)):
        return None, "no box" if needed else ""
    box = clip(row.box, image.width, image.height)
    return box, OUTSIDE if box is None else ""


def _groups(areas: list[int]) -> Iterator[slice]:
    """Consecutive groups of at most CUT_PIXELS, or of one image that is larger."""
    start = total = 0
    for place, area in enumerate(areas):
        if place > start and total + area > CUT_PIXELS:
            yield slice(start, place)
            start, total = place, 0
        total += area
    yield slice(start, len(areas))


def check_space(folder: Path, needed: int) -> None:
    """Raise FerError unless `needed` bytes and some spare are free on the disk of `folder`."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE:
        raise FerError(
            f"{folder.parent} has {free / 2**20:,.0f} MB free, packing needs "
            f"{(needed + SPARE) / 2**20:,.0f} MB; free some disk or set FER_DATA to a folder on "
            f"another one"
        )


@contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Turn the system's error of a full disk into a FerError; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise FerError(
            f"no space left in {folder}; what is packed is kept: free disk and run again"
        ) from error
