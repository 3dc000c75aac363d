"""AffectNet as it was first distributed: two lists beside folders of original images."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import PurePosixPath
from posixpath import splitext
from typing import Any

from fer_core.csv_files import bounded
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, label_columns, open_table
from fer_core.data.source import Source
from fer_core.errors import FerError

PATH, CODE = "subDirectory_filePath", "expression"
BOX = ("face_x", "face_y", "face_width", "face_height")
SIDES = ("box_left", "box_top", "box_right", "box_bottom")
LISTS = {  # split and what the list is called; the official validation list first
    "validation.csv": "val",
    "training.csv": "train",
    "manually_validation.csv": "val",
    "manually_training.csv": "train",
}
IMAGES = "Manually_Annotated_Images"


def read_lists(source: Source) -> list[dict[str, Any]]:
    """Return one record per line of the lists, and an excluded one per image that no list names.

    The face box is x, y, width and height in pixels. An image that an earlier line has named is
    excluded, so that an image of the validation list never trains.
    """
    images = _images(source)
    records: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for filename, split in LISTS.items():
        if name := source.find(filename):
            for record in _read_list(source, name):
                key = record.pop("key")
                seen[key] = seen.get(key, 0) + 1
                sample_id = splitext(key)[0]
                of_list = PurePosixPath(filename).stem.removeprefix("manually_")
                record |= {"split": split, "source_split": of_list}
                record |= {"sample_id": sample_id, "path": images.get(key, f"{IMAGES}/{key}")}
                if seen[key] > 1:
                    record |= {"emotion": "", "excluded": "listed twice"}
                    record["sample_id"] += f"#{seen[key]}"
                records.append(record)
    if not seen.keys() & images.keys():
        raise FerError(
            f"{source.path}: no image that the lists name is there; put {IMAGES} beside them"
        )
    records += [
        {"sample_id": splitext(key)[0], "path": path, "emotion": ""}
        | {"split": "train", "excluded": "no label"}
        for key, path in images.items()
        if key not in seen
    ]
    return records


def _images(source: Source) -> dict[str, str]:
    """Return paths by the last folder and the name, in small letters, as the lists have them."""
    return {
        "/".join(PurePosixPath(name.lower()).parts[-2:]): name
        for name in source.names(*IMAGE_SUFFIXES)
        if "automatically" not in name.lower()
    }


def _read_list(source: Source, name: str) -> list[dict[str, Any]]:
    """Read the records of one list, with the `key` of their image.

    A line with too few or too many columns, or with words for numbers, is kept and excluded (the
    distributed training list has one); a code outside the map raises FerError.
    """
    records = []
    labels: dict[str, dict[str, str]] = {}
    with open_table(source, name) as file:
        text = bounded(file, f"{source.path}: {name}", "replace")
        lines = csv.DictReader(io.TextIOWrapper(text, "utf-8-sig", "replace", newline=""))
        try:
            _check_columns(source, name, lines.fieldnames or ())
            for line in lines:
                whole = None not in line and None not in line.values()
                code = (line[CODE] or "").strip()
                if whole and code.lstrip("-").isdigit():
                    if code not in labels:
                        labels |= label_columns(source, name, [code], "affectnet")
                    columns = {**labels[code], **_box(line)}
                    if columns["emotion"] and math.isnan(columns["box_left"]):
                        columns |= {"emotion": "", "excluded": "no box"}
                else:
                    columns = {"emotion": "", "excluded": "line not understood"}
                key = (line[PATH] or "").strip().lower().replace("\\", "/")
                key = key or f"line {lines.line_num} of {name}"
                records.append({"key": key, **dict.fromkeys(SIDES, math.nan), **columns})
        except csv.Error as error:
            raise FerError(
                f"{source.path}: line {lines.line_num} of {name} cannot be read ({error}); fetch "
                "the list again"
            ) from error
    return records


def _check_columns(source: Source, name: str, found: Sequence[str]) -> None:
    missing = [column for column in (PATH, *BOX, CODE) if column not in found]
    if missing:
        raise FerError(
            f"{source.path}: {name} lacks the column {missing[0]!r}; it has "
            f"{', '.join(found[:12])}; fetch the distributed list"
        )


def _box(line: dict[str, str]) -> dict[str, Any]:
    """Return the box columns; NaN where the line has no box in numbers (NULL)."""
    try:
        x, y, width, height = (float(line[column]) for column in BOX)
    except ValueError:
        return dict.fromkeys(SIDES, math.nan)
    return dict(zip(SIDES, (x, y, x + width, y + height), strict=True))
