"""AffectNet with one annotation file per image: .npy codes, or YOLO's labels and boxes."""

import io
import math
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from PIL import Image

from fer_core.data.index import SPLIT_FOLDERS
from fer_core.data.readers.layouts import (
    IMAGE_SUFFIXES,
    below_root,
    label_columns,
)
from fer_core.data.reading import FORMATS
from fer_core.data.source import Source
from fer_core.errors import FerError
from fer_core.yaml_files import parse_yaml

EXPRESSION = "_exp.npy"
NAMES = "data.yaml"
ORIENTATION = 0x0112  # EXIF; from 5 to 8 the sides are exchanged
SIDES = ("box_left", "box_top", "box_right", "box_bottom")
NO_LABEL = {"emotion": "", "excluded": "no label"}
UNREADABLE = {"emotion": "", "excluded": "annotation not understood"}


def read_annotations(source: Source) -> list[dict[str, Any]]:
    """Read train_set/images/ID.jpg with train_set/annotations/ID_exp.npy, and val_set alike."""
    codes = {}
    for name in source.names(EXPRESSION):
        path = PurePosixPath(name)
        key = str(path.parent.parent / path.name[: -len(EXPRESSION)])
        codes[key] = _read_code(source.read(name))
    images = {
        str(PurePosixPath(name).parent.parent / PurePosixPath(name).stem): name
        for name in source.names(*IMAGE_SUFFIXES)
        if PurePosixPath(name).parent.name.lower() == "images"
    }
    # a code that a file does not tell is "" and excludes its image
    labels = label_columns(source, f"a file *{EXPRESSION}", set(codes.values()) - {""}, "affectnet")
    labels[""] = {"source_label": "", **UNREADABLE}
    keys = sorted(images.keys() | codes.keys())
    ids = _ids(keys)
    records = []
    for key in keys:
        path = PurePosixPath(key)
        record = labels[codes[key]] if key in codes else NO_LABEL
        found = images.get(key, f"{path.parent}/images/{path.name}.jpg")
        records.append(
            {"sample_id": ids[key], "path": found, **record, **_split(source, path.parent.name)}
        )
    return records


def _read_code(content: bytes) -> str:
    """Read the expression code in a .npy file, which holds one number or one string; else ""."""
    try:
        value = np.load(io.BytesIO(content), allow_pickle=False).item()
        return str(int(float(value)))
    except (ValueError, EOFError, OSError, TypeError, OverflowError):
        return ""


def read_yolo(source: Source) -> list[dict[str, Any]]:
    """Read train/images/NAME.png with the boxes in fractions of train/labels/NAME.txt: lines of
    `class x y width height`."""
    names = _class_names(source)
    images = _beside(source.names(*IMAGE_SUFFIXES), "images")
    labels = _beside(source.names(".txt"), "labels")
    keys = sorted(images.keys() | labels.keys())
    ids = _ids(keys)
    records = []
    for key in keys:
        record = _read_label(source, labels[key], names) if key in labels else dict(NO_LABEL)
        found = images.get(key, f"{key}.png")
        split = next((p for p in reversed(PurePosixPath(key).parts[:-1]) if _is_split(p)), "")
        box = _to_pixels(source, images[key], record) if key in images else {}
        record |= {"sample_id": ids[key], "path": found, **_split(source, split), **box}
        records.append({**dict.fromkeys(SIDES, math.nan), **record})
    return records


def _class_names(source: Source) -> list[dict[str, str]]:
    """Read the label columns of every class id, from the names in data.yaml."""
    name = source.find(NAMES)
    if name is None:
        raise FerError(
            f"{source.path} lacks {NAMES}: without its names the class ids of the labels mean "
            "nothing; fetch it again"
        )
    try:
        names = parse_yaml(source.read(name), name)["names"]
        words = [str(names[i]) for i in range(len(names))]  # a list, or a mapping from 0
    except (FerError, KeyError, TypeError) as error:
        raise FerError(f"{source.path}: {name} has no list of names; fetch it again") from error
    columns = label_columns(source, name, words, "words")
    return [columns[word] for word in words]


def _beside(names: list[str], folder: str) -> dict[str, str]:
    """Return names by their path without suffix and without the folder `images` or `labels`."""
    found = {}
    for name in names:
        parts = list(PurePosixPath(name).with_suffix("").parts)
        places = [i for i, part in enumerate(parts[:-1]) if part.lower() == folder]
        if places:
            del parts[places[-1]]
            found["/".join(parts)] = name
    return found


def _read_label(source: Source, name: str, names: list[dict[str, str]]) -> dict[str, Any]:
    """Read the label columns and, as fractions, the `yolo` box of one label file with one face."""
    lines = source.read(name).decode("utf-8", "replace").split("\n")
    faces = [line.split() for line in lines if line.strip()]
    if len(faces) != 1:
        return dict(NO_LABEL) if not faces else {"emotion": "", "excluded": "several faces"}
    try:
        code = int(faces[0][0])
        x, y, width, height = map(float, faces[0][1:])
    except ValueError:
        return dict(UNREADABLE)
    if not 0 <= code < len(names):
        raise FerError(
            f"{source.path}: {name} has the class {code}, but {NAMES} names {len(names)} classes "
            f"(0 to {len(names) - 1}); they do not belong together"
        )
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return {**names[code], "yolo": box}


def _to_pixels(source: Source, name: str, record: dict[str, Any]) -> dict[str, float]:
    """Return box columns in pixels of the image, turned as its EXIF tag says; {} without one."""
    box = record.pop("yolo", None)
    if box is None:
        return {}
    try:
        with source.open_file(name) as file, Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if image.getexif().get(ORIENTATION, 1) in (5, 6, 7, 8):
                width, height = height, width
    except Exception:  # whatever is wrong with the image, packing says it
        return {}
    sizes = (width, height, width, height)
    return {side: part * size for side, part, size in zip(SIDES, box, sizes, strict=True)}


def _ids(keys: list[str]) -> dict[str, str]:
    """Return the sample ids: the part and the number, without the folders that all keys share."""
    return dict(zip(keys, below_root(f"{key}.x" for key in keys), strict=True))


def _is_split(folder: str) -> bool:
    return folder.lower() in SPLIT_FOLDERS


def _split(source: Source, folder: str) -> dict[str, str]:
    if folder and not _is_split(folder):
        raise FerError(
            f"{source.path}: the folder {folder} is no part of AffectNet; expected train_set and "
            "val_set"
        )
    return {"split": SPLIT_FOLDERS.get(folder.lower(), ""), "source_split": folder.lower()}
