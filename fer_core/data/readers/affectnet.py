"""AffectNet, the manually annotated part, in the four layouts in which it goes round."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from fer_core.data.card import Card
from fer_core.data.index import SPLIT_FOLDERS
from fer_core.data.official import Official
from fer_core.data.readers.affectnet_csv import LISTS, read_lists
from fer_core.data.readers.affectnet_files import read_annotations, read_yolo
from fer_core.data.readers.guess import guess_layout, wrong_layout
from fer_core.data.readers.layouts import (
    IMAGE_SUFFIXES,
    below_root,
    check_counts,
    class_folders,
    label,
    make_rows,
)
from fer_core.data.readers.names import listed_only
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError, UnknownNameError

CLASS = re.compile(r"class(\d+)", re.IGNORECASE)
LAYOUT = (
    "AffectNet: training.csv and validation.csv beside Manually_Annotated_Images, or train_set and "
    "val_set with images and annotations (.npy), or class folders below train and val, or YOLO's "
    "images, labels and data.yaml"
)

# Training images (Mollahosseini et al. 2019, table 3); contempt has 3,750 more.
TRAINING = {
    "neutral": 74874,
    "happy": 134415,
    "sad": 25459,
    "surprise": 14090,
    "fear": 6378,
    "disgust": 3803,
    "angry": 24882,
}
OFFICIAL = {"train": TRAINING, "test": dict.fromkeys(TRAINING, 500)}

CARD = Card(
    name="affectnet",
    title="AffectNet",
    citation=(
        "Mollahosseini, A., Hasani, B., & Mahoor, M. H. (2019). AffectNet: a database for facial "
        "expression, valence, and arousal computing in the wild. IEEE Transactions on Affective "
        "Computing 10(1). doi:10.1109/TAFFC.2017.2740923"
    ),
    licence=(
        "non-commercial research only, by a signed agreement; the authors do not own the images"
    ),
    labelled="one of twelve annotators for each image, as published",
    consent="not asked: the images were found by three search engines",
    publishable=False,
    obtain=(
        "ask the authors at mohammadmahoor.com/affectnet (a principal investigator signs); give "
        "the unpacked folder. The copies on Kaggle are subsets of unclear permission"
    ),
    persons="unknown: nobody is named, the same person may appear several times",
    shows=(
        "faces from three search engines, 2017, any pose and light, colour, any size or 224 x 224 "
        "or 96 x 96 by the copy"
    ),
    problems=(
        "seven or eight classes: as published, 283,901 training and 3,500 validation images of the "
        "seven emotions, 287,651 and 4,000 with contempt; contempt is excluded here with its "
        "reason, so both copies give the seven; papers that say 291,651 images used eight",
        "at least four versions are in use (published counts: 291,651; 27,766; 25,921 to 25,938; "
        "25,262 in YOLO's format): results on them do not compare",
        "the test set was never released: the validation part is the test part here, as in most "
        "papers, many of which also choose their best epoch on it",
        "the validation part is balanced, the training part is not: happy is far more frequent "
        "than disgust",
        "one annotator gave each image its label",
        "none, uncertain and not-a-face are excluded with their reasons; the automatically "
        "annotated images are not read, because a network gave their labels",
        "copies differ in how the faces are cut: one published net loses two points on another cut",
        "numbered class folders are taken as AffectNet's codes, 0 or class001 = neutral: published "
        "code leaves their order undocumented. It is checked by the class counts where a part is "
        "complete; look at some images where it is not",
        "the copy in YOLO's format is split anew by its maker: its test part is not the validation "
        "part of AffectNet",
    ),
    store_size=112,
    channels=3,
    faces="box",
    tested_on=(
        "generated miniatures of the four layouts; uncertain: what the lists hold where an image "
        "has no face box (such a row is excluded as 'no box'), and the one line of the training "
        "list that is said to be broken (it is excluded as 'line not understood')"
    ),
    test_split=(
        "the source's validation part, the official one where its counts are; a tenth of the "
        "training part is the validation part. Copies with a part called test keep their own "
        "three parts"
    ),
)


@register(CARD, Official(OFFICIAL))
def read(source: Source) -> Reading:
    """Read the rows of the source's one layout; where it has two, FerError names both."""
    found = _find_layouts(source)
    if not found:
        raise _no_layout(source)
    if len(found) > 1:
        (one, first), (two, second) = list(found.items())[:2]
        raise FerError(
            f"{source.path} holds AffectNet twice: {one} ({first}) and {two} ({second}); give the "
            "folder of one of them"
        )
    readers: dict[str, Callable[[Source], list[dict[str, Any]] | pd.DataFrame]] = {
        "CSV lists": read_lists,
        ".npy annotations": read_annotations,
        "YOLO's labels": read_yolo,
        "class folders": _read_classes,
    }
    rows = make_rows(readers[next(iter(found))](source), source, LAYOUT)
    if "test" not in set(rows["split"]):  # the official validation part is what papers test on
        rows["split"] = rows["split"].replace("val", "test")
    official = rows.assign(source_split=rows["split"])
    for part, counts in OFFICIAL.items():
        check_counts(source, official, part, counts)
    return Reading(rows, listed_only(source))


def _find_layouts(source: Source) -> dict[str, str]:
    """Find the layouts that the source has, each with a file that shows it."""
    found: dict[str, str] = {}
    for name in source.names():
        path = PurePosixPath(name.lower())
        parents = path.parts[:-1]
        if path.name in LISTS:
            found.setdefault("CSV lists", name)
        elif path.name.endswith("_exp.npy"):
            found.setdefault(".npy annotations", name)
        elif path.suffix == ".txt" and "labels" in parents:
            found.setdefault("YOLO's labels", name)
        elif path.suffix in IMAGE_SUFFIXES and _in_class_folder(parents):
            found.setdefault("class folders", name)
    return found


def _in_class_folder(parents: tuple[str, ...]) -> bool:
    """Say whether the last folder is a word or class001; a number counts only where a split's
    folder is above it, since the original images lie in folders 1, 2, ... too."""
    if not parents or not _is_class(parents[-1]):
        return False
    return not parents[-1].isdigit() or (len(parents) > 1 and parents[-2] in SPLIT_FOLDERS)


@cache  # hundreds of thousands of images lie in few folders
def _is_class(folder: str) -> bool:
    try:
        return bool(_read_class(folder))
    except UnknownNameError:
        return False


def _no_layout(source: Source) -> FerError:
    if source.find("automatically_annotated.csv"):
        return FerError(
            f"{source.path} holds the automatically annotated part of AffectNet, labelled by a "
            f"network; give the manually annotated one with training.csv and validation.csv"
        )
    if any("manually_annotated" in name.lower() for name in source.names(*IMAGE_SUFFIXES)):
        return FerError(
            f"{source.path} holds images of AffectNet, but neither training.csv nor "
            "validation.csv: without them no image has a label; put the lists beside the images"
        )
    if any("images" in PurePosixPath(name).parts for name in source.names(*IMAGE_SUFFIXES)):
        return FerError(
            f"{source.path} holds a folder images, but no annotations beside it (annotations/"
            "ID_exp.npy, or labels/ID.txt and data.yaml): without them no image has a label"
        )
    return wrong_layout(source, LAYOUT, CARD.name)


def _read_classes(source: Source) -> pd.DataFrame:
    """Read class folders; they tell so little that nothing else may be recognised in them."""
    if guess_layout(source, CARD.name, "folder"):
        raise wrong_layout(source, LAYOUT, CARD.name)
    rows = class_folders(source, _read_class)
    rows["sample_id"] = below_root(rows["path"])
    numbers = {label for label in rows["source_label"].unique() if label.isdigit()}
    if numbers and "0" not in numbers:
        raise FerError(
            f"{source.path} has class folders numbered from {min(numbers)}, but AffectNet's codes "
            "begin with 0 = neutral: these are another set's, or a part without neutral; rename "
            "them to words if you know them"
        )
    return rows


def _read_class(folder: str) -> dict[str, str]:
    """Read a class folder's label columns: a word, a code from 0 to 7, or class001 to class008."""
    if match := CLASS.fullmatch(folder):
        return {**label(str(int(match[1]) - 1), "affectnet"), "source_label": folder}
    if folder.isdigit():
        return label(folder, "affectnet")
    return label(folder)
