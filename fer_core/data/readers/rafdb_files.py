"""The files of RAF-DB's basic part in both of its layouts, as records of an index."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from fer_core.data.readers.guess import looks_like, wrong_layout
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, label, label_columns, read_table
from fer_core.data.readers.rafdb_facts import BOXES, attributes, face_box
from fer_core.data.source import Source
from fer_core.errors import FerError

Records = list[dict[str, Any]]
ALIGNED, ORIGINAL = "rafdb", "rafdb-original"  # the data sets

LISTS = ("list_patition_label.txt", "list_partition_label.txt")  # the first one is distributed
TABLES = ("train_labels.csv", "test_labels.csv")
NAME = re.compile(r"((?:train|test)_\d+)(_aligned)?")
NUMBERED = re.compile(r"(?:^|/)(train|test)/([1-7])/[^/]+$", re.IGNORECASE)
LAYOUT = (
    "RAF-DB: EmoLabel/list_patition_label.txt and Image/aligned/train_00001_aligned.jpg ..., or "
    "the folders train/1 to test/7 with train_labels.csv and test_labels.csv"
)


def official_lists(source: Source) -> list[str]:
    """Find the official lists of the basic part (the compound part has one of the same name)."""
    found = [n for n in source.names(".txt") if PurePosixPath(n).name.lower() in LISTS]
    basic = [name for name in found if "compound" not in name.lower().split("/")]
    if found and not basic:
        raise FerError(
            f"{source.path}: {found[0]} is of RAF-DB's compound emotions, which are not the seven; "
            "give the folder basic"
        )
    if len(basic) > 1:
        raise FerError(f"{source.path} holds {basic[0]} and {basic[1]}; give the folder of one")
    return basic


def numbered(source: Source) -> list[str]:
    """Return the images in folders such as train/5."""
    return [name for name in source.names(*IMAGE_SUFFIXES) if NUMBERED.search(name)]


def no_list(source: Source) -> FerError:
    """Return the error that says why there is nothing to read."""
    if any(NAME.fullmatch(PurePosixPath(name).stem) for name in source.names(*IMAGE_SUFFIXES)):
        return FerError(
            f"{source.path} holds images of RAF-DB, but no {LISTS[0]}: without it no image has a "
            "label; put EmoLabel beside Image"
        )
    return wrong_layout(source, LAYOUT, ALIGNED)


def read_list(source: Source, name: str, aligned: bool) -> Records:
    """Read one record per line of the official list, and an excluded one per unlisted image."""
    base = PurePosixPath(name).parent
    base = base.parent if base.name.lower() == "emolabel" else base
    below = "" if str(base) == "." else f"{base}/"
    files = [path for path in source.names() if path.startswith(below)]
    wanted = _images(source, files, aligned)
    codes = parse_list(source, name)
    if not wanted.keys() & codes.keys():
        raise _no_images(source, name, aligned, bool(_images(source, files, not aligned)))
    labels = label_columns(source, name, codes.values(), "rafdb")
    suffix, folder = ("_aligned.jpg", "aligned") if aligned else (".jpg", "original")
    # a listed image that is absent keeps a path that does not exist: packing reports it
    records: Records = [
        {
            "sample_id": key,
            "path": wanted.get(key, f"{below}Image/{folder}/{key}{suffix}"),
            **labels[code],
            **_part(key),
        }
        for key, code in codes.items()
    ]
    records += [
        {"sample_id": key, "path": path, "emotion": "", "excluded": "no label", **_part(key)}
        for key, path in wanted.items()
        if key not in codes
    ]
    facts = attributes(source, files)
    boxes = {
        PurePosixPath(path).name.lower()[: -len(BOXES)]: path
        for path in files
        if path.lower().endswith(BOXES)
    }
    for record in records:
        record |= facts(record["sample_id"])
        if not aligned:
            record |= face_box(source, boxes.get(record["sample_id"]))
    return records


def _images(source: Source, files: Iterable[str], aligned: bool) -> dict[str, str]:
    """Return paths by key such as train_00001, of the aligned images or of the others."""
    images: dict[str, str] = {}
    for path in files:
        pure = PurePosixPath(path)
        match = NAME.fullmatch(pure.stem.lower())
        if not match or bool(match[2]) != aligned or pure.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if (first := images.setdefault(match[1], path)) != path:
            raise FerError(
                f"{source.path} holds one image twice, {first} and {path}; keep one of them"
            )
    return images


def _no_images(source: Source, name: str, aligned: bool, other: bool) -> FerError:
    kind = "aligned" if aligned else "original"
    if other:
        reader = ORIGINAL if aligned else ALIGNED
        return FerError(
            f"{source.path} holds RAF-DB's {'original' if aligned else 'aligned'} images only; use "
            f"`fer data add {reader}`, or unpack Image/{kind}.zip where it lies"
        )
    return FerError(
        f"{source.path}: no image that {name} lists is there; unpack Image/{kind}.zip where it lies"
        f"{looks_like(source, ALIGNED, ORIGINAL)}"
    )


def parse_list(source: Source, name: str) -> dict[str, str]:
    """Read label codes by key (train_00001) of the official list: lines as `train_00001.jpg 5`."""
    codes: dict[str, str] = {}
    text = source.read(name).decode("utf-8-sig", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        match = NAME.fullmatch(PurePosixPath(words[0]).stem.lower())
        if len(words) != 2 or not match:
            raise FerError(
                f"{source.path}: line {number} of {name} is {line.strip()[:40]!r} instead of a "
                "name and a label such as 'train_00001.jpg 5'; fetch the file again"
            )
        if match[1] in codes:
            raise FerError(f"{source.path}: {name} lists {words[0]} twice; delete one line")
        codes[match[1]] = words[1]
    return codes


def read_folders(source: Source, paths: list[str]) -> Records:
    """Read Kaggle's aligned images: the folder's number is the label, a table repeats it."""
    keyed = _images(source, paths, aligned=True) or _images(source, paths, aligned=False)
    if not keyed:
        raise wrong_layout(source, LAYOUT, ALIGNED)
    tables = _tables(source)
    records: Records = []
    for key, path in keyed.items():
        folder, code = NUMBERED.search(path).groups()  # type: ignore[union-attr]
        record = {"sample_id": key, "path": path, **label(code, "rafdb"), **_part(key)}
        record["source_split"] = folder.lower()
        if tables.setdefault(key, code) != code:
            record |= {"emotion": "", "excluded": "folder and table disagree"}
        records.append(record)
    strange = [path for path in paths if path not in keyed.values()]
    records += [
        {"sample_id": path, "path": path, "split": "train", "emotion": ""}
        | {"excluded": "name not understood"}
        for path in strange
    ]
    root = NUMBERED.split(paths[0])[0]
    for key in sorted(tables.keys() - keyed.keys()):  # listed and absent: packing reports it
        part, code = key.split("_")[0], tables[key]
        path = f"{root}/{part}/{code}/{key}_aligned.jpg".lstrip("/")
        columns = label_columns(source, f"{part}_labels.csv", [code], "rafdb")[code]
        records.append({"sample_id": key, "path": path, **columns, **_part(key)})
    facts = attributes(source, source.names())
    return [record | facts(record["sample_id"]) for record in records]


def _tables(source: Source) -> dict[str, str]:
    """Read label codes by key from Kaggle's two tables; {} where they are not there."""
    codes: dict[str, str] = {}
    for name in filter(None, map(source.find, TABLES)):
        table = read_table(source, name, ("image", "label"))
        for image, code in zip(table["image"], table["label"], strict=True):
            match = NAME.fullmatch(PurePosixPath(image).stem.lower())
            if match is None or codes.setdefault(match[1], code) != code:
                raise FerError(
                    f"{source.path}: {name} lists {image!r}, which is no name of RAF-DB or stands "
                    "there with two labels; fetch the file again"
                )
    return codes


def _part(key: str) -> dict[str, str]:
    """Return the official part of an image, which its name tells."""
    part = key.split("_")[0]
    return {"split": part, "source_split": part}
