"""Packing some rows: read, hash, decode, cut and resize each image once; note what is found."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.data.card import Box
from fer_core.data.image import (
    FACTS,
    BoxError,
    Frame,
    Opened,
    PackedRow,
    Row,
    decode,
    in_colour,
    inside,
    open_row,
    pack_row,
    to_square,
)
from fer_core.data.index import BOX
from fer_core.data.prepare.cutting import Cutter
from fer_core.data.reading import Reading
from fer_core.data.screen import grey_levels

PART = 64  # images that a thread takes at a time, and a cutter at most
CUT_PIXELS = 2**24  # decoded pixels that a cutter is handed at a time
COLUMNS = ("sha256", "failure", "width", "height", "mean", "variance", "colour_lost")


def pack_rows(
    reading: Reading,
    rows: pd.DataFrame,
    frame: Frame,
    pool: ThreadPoolExecutor,
    cutter: Cutter | None = None,
) -> tuple[np.ndarray, pd.DataFrame]:
    """Return pixels (n, size, size, channels), 0 where a row failed, and what is known of each row.

    The columns are `sha256`, `failure`, `width` and `height` of the decoded image, `mean` and
    `variance` of the grey levels of the stored square, `colour_lost` (1 where a grey store takes
    the colour of an image, else 0), then the cutter's facts; NaN where unknown.
    A row is cut by the cutter, else to the square around its box, else to `frame.crop`. Several
    threads call the cutter at once, each with images that follow each other: always the same ones
    together, whatever was packed before.
    """
    boxes = map(tuple, rows[list(BOX)].to_numpy(float).tolist()) if set(BOX) <= {*rows} else None
    todo = [Row(*row) for row in zip(rows["path"], boxes or [None] * len(rows), strict=True)]
    parts = [slice(start, start + PART) for start in range(0, len(todo), PART)]
    pixels = np.zeros((len(todo), frame.size, frame.size, frame.channels), np.uint8)

    def pack_part(part: slice) -> list[dict[str, Any]]:
        if cutter is None:
            packed = [pack_row(reading, row, frame) for row in todo[part]]
        else:
            packed = _cut_part(reading, todo[part], frame, cutter)
        for place, row in enumerate(packed, part.start):
            if row.pixels is not None:
                pixels[place] = row.pixels
        return [{"sha256": row.sha256, "failure": row.failure, **row.facts} for row in packed]

    found = [record for part in pool.map(pack_part, parts) for record in part]
    columns = dict.fromkeys((*COLUMNS, *(name for record in found for name in record)))
    return pixels, pd.DataFrame(found, columns=list(columns))


def _cut_part(reading: Reading, part: list[Row], frame: Frame, cutter: Cutter) -> list[PackedRow]:
    """Pack rows whose images go through the cutter, as many at a time as CUT_PIXELS allows."""
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
            box, failure = _box_for_cutter(row.box, *item.image.size)
            lost = frame.channels == 1 and item.image.mode == "RGB" and in_colour(item.image)
            facts = dict(zip(FACTS, map(float, (*item.image.size, lost)), strict=True))
            if not failure:
                images[place] = item.image
                boxes.append(box)
        packed.append(PackedRow(item.sha256, failure, facts, None))
    cuts = cutter(list(images.values()), boxes) if images else []
    for place, cut in zip(images, cuts, strict=True):
        facts, pixels = packed[place].facts | cut.facts, None
        if not cut.failure:
            assert cut.image is not None, "a cutter that gives no image says why"
            pixels = to_square(cut.image, frame._replace(crop=None))
            facts |= grey_levels(pixels)
        packed[place] = PackedRow(packed[place].sha256, cut.failure, facts, pixels)
    return packed


def _box_for_cutter(box: Box | None, width: int, height: int) -> tuple[Box | None, str]:
    """Return the box inside the image, and why there is none although there should be one; a row
    without a box is one whose face the cutter must find."""
    if box is None or any(map(math.isnan, box)):
        return None, ""
    try:
        return inside(box, width, height), ""
    except BoxError as error:
        return None, str(error)


def _groups(areas: list[int]) -> Iterator[slice]:
    """Yield consecutive groups of at most CUT_PIXELS, or of one image that is larger."""
    start = total = 0
    for place, area in enumerate(areas):
        if place > start and total + area > CUT_PIXELS:
            yield slice(start, place)
            start, total = place, 0
        total += area
    yield slice(start, len(areas))
