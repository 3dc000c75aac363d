"""FER2013: class folders (official parts, or Kaggle's train and test), or the original CSV."""

from collections.abc import Callable
from pathlib import PurePosixPath

import numpy as np
import pandas as pd
from PIL import Image

from fer_core.data.card import Card
from fer_core.data.index import SPLIT_FOLDERS
from fer_core.data.readers.fer2013_official import OFFICIAL, apart, number_rows, row_id
from fer_core.data.readers.layouts import (
    class_folders,
    label,
    make_rows,
    read_table,
)
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError, unknown

SIDE = 48
USAGES = {"Training": "train", "PublicTest": "public_test", "PrivateTest": "private_test"}
CSV_NAMES = ("fer2013.csv", "icml_face_data.csv")
LAYOUT = (
    "class folders below train/, public_test/ and private_test/ (or train/, validation/ and "
    "test/), or fer2013.csv with the columns emotion, pixels and Usage"
)

CARD = Card(
    name="fer2013",
    title="FER2013",
    citation=(
        "Goodfellow, I. J., et al. (2013). Challenges in representation learning: a report on "
        "three "
        "machine learning contests. ICONIP 2013. doi:10.1007/978-3-642-42051-1_16"
    ),
    licence="unclear: images found by a web search; mirrors state terms that contradict each other",
    labelled=(
        "by the emotion word of the image search that found it; people then rejected those that "
        "were wrong, as published"
    ),
    consent="not asked: the images were found by a web image search",
    publishable=False,
    obtain=(
        "Kaggle, 'Challenges in Representation Learning: Facial Expression Recognition Challenge' "
        "(fer2013.csv), or a mirror of it as class folders"
    ),
    persons="unknown; the same person may appear several times",
    shows=(
        "faces from a web image search, 2013, 48 x 48 grey, any pose, partly posed stock "
        "photographs"
    ),
    problems=(
        "many images are byte-identical copies of another one, some of them under another label or "
        "in another part (counted for each copy of the set when it is prepared)",
        "one label per image, given by few people: ten later annotators agree with about two of "
        "three (FER+, doi:10.1145/2993148.2993165)",
        "some images show no face, a drawing or a watermark (not-a-face votes of FER+)",
        "disgust is rare",
        "copies are about whose train and test folders are another split, or merge the two test "
        "parts: only where every image is in its official part is the split called official",
    ),
    store_size=SIDE,
    channels=1,
    tested_on=(
        "one archive of class folders below train, public_test and private_test, JPEG files named "
        "by row; generated miniatures of the CSV and of Kaggle's folders; not the original CSV"
    ),
    test_split=(
        "the source's own; where that is the official one, PrivateTest, with PublicTest as the "
        "validation part"
    ),
)


@register(CARD, OFFICIAL)
def read(source: Source) -> Reading:
    """Read the rows of whichever layout the source has; a CSV wins over class folders.

    The folders give the split, but where they only merge the two official test parts, these are
    kept apart. Plain numbers that are rows of the CSV become their ids.
    """
    if csv := _find_csv(source):
        return _read_csv(source, csv)
    rows = class_folders(source)
    for file in rows["path"][rows["split"] == ""]:
        raise FerError(f"{source.path}: {file} lies in no part of FER2013; expected {LAYOUT}")
    stems = pd.Series([PurePosixPath(path).stem for path in rows["path"]], dtype="str")
    rows = make_rows(rows.assign(sample_id=number_rows(stems, rows["emotion"])), source, LAYOUT)
    if rows["sample_id"].duplicated().any():  # numbered from 0 again in every folder
        rows["sample_id"] = [
            "/".join(PurePosixPath(p).with_suffix("").parts[-3:]) for p in rows["path"]
        ]
    rows["split"] = apart(rows)
    return Reading(rows.sort_values("sample_id", ignore_index=True), source.read)


def _find_csv(source: Source) -> str | None:
    tables = source.names(".csv")
    if len(source.names()) == len(tables) == 1:
        return tables[0]
    return next(filter(None, map(source.find, CSV_NAMES)), None)


def _read_csv(source: Source, name: str) -> Reading:
    return read_pixel_table(source, name, row_id, lambda code: label(code, "fer2013"), LAYOUT)


def read_pixel_table(
    source: Source,
    name: str,
    sample_id: Callable[[int], str],
    read_label: Callable[[str], dict[str, str]],
    layout: str,
) -> Reading:
    """Read a CSV with the columns emotion (a code), pixels and Usage, one row per image.

    `sample_id` names a row by its number from 0; `read_label` gives the label columns of a code.
    """
    table = read_table(source, name, ("emotion", "pixels", "Usage"))
    strange = set(table["Usage"]) - set(USAGES)
    if strange:
        raise unknown("Usage", sorted(strange)[0], USAGES)
    labels = {code: read_label(code) for code in sorted(set(table["emotion"]))}
    records = [
        {"sample_id": sample_id(row), "path": f"{name}#{row}", **labels[code]}
        | {"source_split": USAGES[usage], "split": SPLIT_FOLDERS[USAGES[usage]]}
        for row, (code, usage) in enumerate(zip(table["emotion"], table["Usage"], strict=True))
    ]
    pixels = table["pixels"].array
    return Reading(
        make_rows(records, source, layout),
        read=lambda path: parse_pixels(pixels[int(path.rpartition("#")[2])]),
        decode=lambda content: Image.frombytes("L", (SIDE, SIDE), content),
    )


def parse_pixels(text: str) -> bytes:
    """Return the bytes of one `pixels` value; ValueError unless it is empty or holds SIDE × SIDE
    numbers 0 to 255."""
    values = np.fromstring(text, dtype=np.int64, sep=" ") if text.strip() else np.empty(0, np.int64)
    if len(values) == 0:
        return b""
    if len(values) != SIDE * SIDE or values.min() < 0 or values.max() > 255:
        raise ValueError(f"{len(values)} pixel values instead of {SIDE * SIDE} from 0 to 255")
    return values.astype(np.uint8).tobytes()
