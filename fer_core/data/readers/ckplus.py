"""CK+: sequences from neutral to peak, as distributed; and Kaggle's cut faces of them (CK+48)."""

import re
from pathlib import PurePosixPath
from typing import Any

from fer_core.data.card import Card
from fer_core.data.readers.fer2013 import SIDE, read_pixel_table
from fer_core.data.readers.guess import wrong_layout
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, label, make_rows
from fer_core.data.readers.names import listed_only, named_images
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.emotions import to_emotion
from fer_core.errors import FerError, UnknownNameError

FRAME = re.compile(r"(?P<person>S[0-9]{3})_(?P<sequence>[0-9]{3})_(?P<frame>[0-9]{8})")
LABEL_END = "_emotion.txt"
NOT_PEAK = "not a peak frame"
CSV_NAME = "ckextended.csv"
CSV_CONTEMPT = "7"  # the CSV has FER2013's codes and this one
LAYOUT = (
    "cohn-kanade-images/S005/001/S005_001_00000001.png ... with "
    f"Emotion/S005/001/S005_001_00000011{LABEL_END}"
)
LAYOUT_48 = f"class folders with files named as anger/S010_004_00000019.png, or {CSV_NAME}"

_FACTS = {
    "citation": (
        "Lucey, P., Cohn, J. F., Kanade, T., Saragih, J., Ambadar, Z., & Matthews, I. (2010). The "
        "Extended Cohn-Kanade Dataset (CK+): a complete dataset for action unit and "
        "emotion-specified expression. CVPR Workshops 2010. doi:10.1109/CVPRW.2010.5543262"
    ),
    "labelled": (
        "by the expression that was asked for, checked against the coded movements of the face, as "
        "published; the first frame of a sequence is taken as neutral"
    ),
    "consent": (
        "unknown: participants in a laboratory; the agreement with the set's owners has not been "
        "read here"
    ),
    "publishable": False,
    "channels": 1,
    "person_space": "ckplus",
}
CARD = Card.model_validate(
    {
        **_FACTS,
        "name": "ckplus",
        "title": "CK+",
        "licence": "research only, under the agreement signed with the set's owners",
        "obtain": (
            "the authors' group at the University of Pittsburgh, after signing their agreement: "
            "extended-cohn-kanade-images.zip and Emotion_labels.zip, unpacked into one folder"
        ),
        "persons": (
            "known by the number in the file name: as published 123 people, 118 of them with a "
            "labelled sequence"
        ),
        "shows": (
            "posed expressions in a laboratory, front view, published 2000 (CK) and 2010 (CK+), "
            "640 x 490 pixels, mostly grey"
        ),
        "problems": (
            "a part of the sequences has a label, 327 of 593 as published; all frames of the "
            "others are excluded as 'no label'",
            "the label belongs to the last frame. Used here: that peak frame with its label, and "
            "the first frame of the same sequence as neutral; those between are excluded. Many "
            "papers use the last three frames, almost equal images: numbers are not comparable",
            "where a sequence shows contempt, its peak frame is excluded and its first frame used",
            "the sequences of one person begin with almost the same neutral frame",
            "posed, frontal and evenly lit: much easier than photographs from the street",
        ),
        "store_size": 96,
        "faces": "photo",
        "tested_on": "a generated miniature of the distributed layout",
        "test_split": "made here: 20 %, seeded, stratified by emotion, no person in two parts",
    }
)
CARD_48 = Card.model_validate(
    {
        **_FACTS,
        "name": "ckplus48",
        "title": "CK+48 (Kaggle's cut faces of CK+)",
        "licence": "as CK+: research only, by agreement; the mirrors' own statements differ",
        "obtain": (
            "Kaggle, shawon10/ckplus (class folders CK+48) or a mirror of ckextended.csv, as a "
            "folder, zip archive or CSV file; the owners of CK+ are asked first"
        ),
        "persons": "known in the class folders, by the number in the file name; not in the CSV",
        "shows": "posed expressions in a laboratory, faces cut out by a Haar cascade, 48 x 48 grey",
        "problems": (
            "the class folders hold the last three frames of each labelled sequence, which are "
            "almost equal, and nothing neutral. Used here: the last of the three; the others are "
            "excluded as not a peak frame, and so is contempt",
            "split by image, as is common, near copies of test images are in training; here no "
            "person of the class folders is in two parts",
            "ckextended.csv names no person: its column Usage is kept as the split, so the same "
            "people can be in training and test; most of it is neutral",
        ),
        "store_size": SIDE,
        "tested_on": "generated miniatures of the class folders and of the CSV",
        "test_split": (
            "class folders: made here, 20 %, seeded, stratified by emotion, no person in two "
            "parts; CSV: its PrivateTest"
        ),
    }
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read a row per frame: the labelled peak, the first frame as neutral, the others excluded."""
    names = source.names(LABEL_END)
    if not names:
        raise _without_labels(source)
    peaks = _peaks(source, names)
    records = named_images(source, parse_name, LAYOUT, CARD.name)
    frames = [record for record in records if not record["excluded"]]
    first: dict[str, str] = {}
    for record in sorted(frames, key=lambda record: record["frame"]):
        first.setdefault(record["sequence"], record["sample_id"])
    labelled = {peak["sequence"] for peak in peaks.values()}
    for record in frames:
        if record["sample_id"] in peaks:
            record |= peaks[record["sample_id"]]
        elif record["sequence"] not in labelled:
            record["excluded"] = "no label"
        elif record["sample_id"] == first[record["sequence"]]:
            record |= {"source_label": "first frame", "emotion": "neutral"}
        else:
            record["excluded"] = NOT_PEAK
    # a labelled frame that is absent keeps a path that does not exist: packing reports it
    absent = peaks.keys() - {record["sample_id"] for record in frames}
    records += [{**peaks[name], "path": f"{name}.png"} for name in sorted(absent)]
    return Reading(make_rows(records, source, LAYOUT), listed_only(source))


@register(CARD_48)
def read_48(source: Source) -> Reading:
    """Read one row per image of the class folders (a sequence's last frame counts) or the CSV."""
    if csv := _find_csv(source):
        return _read_csv(source, csv)
    records = named_images(source, parse_name, LAYOUT_48, CARD_48.name)
    frames = [record for record in records if not record["excluded"]]
    last: dict[str, str] = {}
    for record in frames:
        folder = PurePosixPath(record["path"]).parent.name
        try:
            record |= label(folder)
        except UnknownNameError as error:
            raise FerError(
                f"{source.path}: the folder of {record['path']} names no emotion ({error}); "
                f"expected {LAYOUT_48}; use `fer data add ckplus` for the distributed sequences"
            ) from error
        sequence = record["sequence"]
        last[sequence] = max(last.get(sequence, ""), record["frame"])
    for record in frames:
        if record["frame"] != last[record["sequence"]]:
            record["excluded"] = NOT_PEAK
    return Reading(make_rows(records, source, LAYOUT_48), source.read)


def parse_name(stem: str) -> dict[str, str] | None:
    """Return the columns that a name such as S005_001_00000011 tells, or None."""
    match = FRAME.fullmatch(stem.upper())
    if match is None:
        return None
    return {
        "sample_id": match[0],
        "person": match["person"],
        "sequence": f"{match['person']}_{match['sequence']}",
        "frame": match["frame"],
    }


def _without_labels(source: Source) -> FerError:
    frames = [
        name for name in source.names(*IMAGE_SUFFIXES) if parse_name(PurePosixPath(name).stem)
    ]
    if _find_csv(source) or (frames and not _is_sequence(frames[0])):
        return FerError(
            f"{source.path} does not hold {LAYOUT}; this looks like Kaggle's CK+48; use `fer data "
            "add ckplus48`"
        )
    if frames:
        return FerError(
            f"{source.path} holds frames of CK+, but no file of labels (*{LABEL_END}); unpack "
            "Emotion_labels.zip beside them"
        )
    return wrong_layout(source, LAYOUT, CARD.name)


def _is_sequence(path: str) -> bool:
    """Say whether a frame lies in the folder of its sequence, as S005/001/S005_001_00000001.png."""
    return PurePosixPath(path).parent.name.isdigit()


def _peaks(source: Source, names: list[str]) -> dict[str, dict[str, Any]]:
    """Read the columns of every labelled frame, by its sample id."""
    peaks: dict[str, dict[str, Any]] = {}
    for name in names:
        columns = parse_name(PurePosixPath(name).name[: -len(LABEL_END)])
        if columns is None:
            raise FerError(f"{source.path}: {name} is not named after a frame; expected {LAYOUT}")
        peak = {**columns, **_emotion(source, name)}
        if peaks.setdefault(columns["sample_id"], peak) != peak:
            raise FerError(f"{source.path}: {name} contradicts another file of this name; keep one")
    return peaks


def _emotion(source: Source, name: str) -> dict[str, str]:
    """Read the label columns of one emotion file, which holds a number such as 3.0000000e+00."""
    text = source.read(name).decode("ascii", "replace").strip()
    try:
        value = float(text)
        return label(str(int(value)) if value == int(value) else text, "ckplus")
    except (ValueError, OverflowError, UnknownNameError) as error:
        raise FerError(
            f"{source.path}: {name} holds {text[:20]!r} instead of a number from 0 to 7; fetch it "
            "again"
        ) from error


def _find_csv(source: Source) -> str | None:
    tables = source.names(".csv")
    return tables[0] if len(source.names()) == len(tables) == 1 else source.find(CSV_NAME)


def _read_csv(source: Source, name: str) -> Reading:
    """Read Kaggle's CSV: the columns of FER2013's with one code more, and no person."""
    return read_pixel_table(source, name, lambda row: f"ck{row:04d}", _csv_label, LAYOUT_48)


def _csv_label(code: str) -> dict[str, str]:
    if code == CSV_CONTEMPT:
        return {"source_label": code, "emotion": "", "excluded": to_emotion("contempt")}
    return label(code, "fer2013")
