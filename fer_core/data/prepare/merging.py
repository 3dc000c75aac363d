"""Several prepared data sets as one: their rows and their pixels."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.data.building import check_space
from fer_core.data.copies.persons import persons
from fer_core.data.dataset import Dataset, dataset_dir
from fer_core.data.image import Frame, to_square
from fer_core.data.index import build_index
from fer_core.data.store import PIXELS, Store
from fer_core.progress import Progress

BLOCK = 1024  # images held at a time


def merged_index(sources: list[Dataset]) -> pd.DataFrame:
    """Return all sources' rows, "<source>/" before every id, copies grouped across sources."""
    spaces = {source.card.person_space for source in sources}
    shared = len(spaces) == 1 and spaces != {""}
    parts = []
    for source in sources:
        part = source.index.assign(source=source.name, own_split=source.index["split"])
        part["sample_id"] = f"{source.name}/" + part["sample_id"]
        part["person"] = part["person"] if shared else persons(source)
        if "keep_together" in part:
            kept = part["keep_together"]
            part["keep_together"] = kept.where(kept == "", f"{source.name}/" + kept)
        parts.append(part)
    rows = _stacked(parts)
    return build_index(rows, rows["sha256"].tolist(), [""] * len(rows))


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all parts; where a part lacks a column: NaN for numbers, "" for words."""
    columns = {}
    for column in dict.fromkeys(column for part in parts for column in part):
        there = [part[column] for part in parts if column in part]
        numbers = all(pd.api.types.is_numeric_dtype(values) for values in there)
        if numbers and len(there) == len(parts) and len({values.dtype for values in there}) == 1:
            filled = there
        else:
            kind, empty = (float, np.nan) if numbers else (str, "")
            everywhere = [part.get(column, pd.Series(empty, part.index)) for part in parts]
            filled = [values.astype(object).fillna(empty).astype(kind) for values in everywhere]
        columns[column] = pd.concat(filled, ignore_index=True)
    return pd.DataFrame(columns)


def write_merged_pixels(
    building: Path, sources: list[Dataset], size: int, channels: int, counter: Progress
) -> None:
    """Write the pixels of all sources, one after the other, holding BLOCK images at a time."""
    shape = (sum(len(source.store) for source in sources), size, size, channels)
    check_space(building, int(np.prod(shape, dtype=np.int64)))
    with (building / PIXELS).open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for source in sources:
            for start in range(0, len(source.store), BLOCK):
                rows = np.arange(start, min(start + BLOCK, len(source.store)))
                # a fresh map per block: the pages of a whole store would stay in memory
                block = Store.open(dataset_dir(source.name)).batch(rows)
                file.write(_resized(block, size, channels).tobytes())
                counter.advance(len(rows))


def _resized(block: np.ndarray, size: int, channels: int) -> np.ndarray:
    if block.shape[1] == size:
        return block if block.shape[3] == channels else np.repeat(block, channels, axis=3)
    images = (Image.fromarray(pixels.squeeze()) for pixels in block)
    return np.stack([to_square(image, Frame(size, channels)) for image in images])
