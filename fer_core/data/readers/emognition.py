"""Emognition: frames of people who watch film clips; the clip's emotion is the only label."""

import re
from pathlib import PurePosixPath
from typing import Any

from fer_core.data.card import Card
from fer_core.data.readers.guess import wrong_layout
from fer_core.data.readers.layouts import (
    IMAGE_SUFFIXES,
    below_root,
    label,
    make_rows,
    read_table,
)
from fer_core.data.readers.names import NOT_UNDERSTOOD, listed_only
from fer_core.data.reading import Reading
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.emotions import VOCABULARIES
from fer_core.errors import FerError, UnknownNameError

TABLE = "frames.csv"
COLUMNS = ("participant", "emotion", "path")
STAGES = ("STIMULUS", "WASHOUT", "QUESTIONNAIRES")
VIDEOS = (".mp4", ".avi", ".mov", ".mkv", ".webm")
CLIP = re.compile(
    rf"(?P<participant>[0-9]{{1,3}})_(?P<emotion>{'|'.join(VOCABULARIES['emognition'])})"
    rf"(_(?P<stage>{'|'.join(STAGES)}))?(_.*)?",
    re.IGNORECASE,
)
NOBODY = "no participant"
TWO_PEOPLE = "two participants in the path"
LAYOUT = (
    "frames that you have taken from its videos, as 22/22_FEAR_STIMULUS/000001.jpg (participant, "
    f"emotion of the clip, stage), or a table {TABLE} with the columns {', '.join(COLUMNS)}; how "
    "the videos are named is known from the set's documentation only"
)

CARD = Card(
    name="emognition",
    title="Emognition",
    citation=(
        "Saganowski, S., Komoszyńska, J., Behnke, M., Perz, B., Kunc, D., Klich, B., Kaczmarek, "
        "Ł. D., & Kazienko, P. (2022). Emognition dataset: emotion recognition with self-reports, "
        "facial expressions, and physiology using wearables. Scientific Data, 9, 158. "
        "doi:10.1038/s41597-022-01262-0"
    ),
    licence="academic research only, after signing the set's end user licence agreement",
    labelled="nobody: the label is the emotion that the film clip was chosen to elicit",
    consent=(
        "unknown: participants of a laboratory study; what they agreed to has not been read here"
    ),
    publishable=False,
    obtain=(
        "Harvard Dataverse, doi:10.7910/DVN/R9WAF4, after signing the agreement; then take frames "
        "from the videos, as `ffmpeg -i 22_FEAR_STIMULUS.mp4 -vf fps=1 "
        "22/22_FEAR_STIMULUS/%06d.jpg`, and give the folder"
    ),
    persons=(
        "known by their number: as published 43 participants, 21 women and 22 men of 19 to 29 years"
    ),
    shows=(
        "upper-body videos of people at a desk who watch ten film clips, Poland, 2020: "
        "spontaneous, mostly front view"
    ),
    problems=(
        "the label is what the clip was meant to elicit, not what the face shows, and faces may "
        "stay neutral throughout: a low accuracy here is no proof of a bad model",
        "of the clips' emotions anger, disgust, fear, sadness, surprise and neutral are used; "
        "amusement, awe, enthusiasm and liking are excluded by their word (none of them is "
        "happiness): no image is happy",
        "the reader has not seen the distributed videos: names are read as the documentation of "
        "the signal and annotation files has them, {participant}_{emotion}_{stage}",
        "frames of one clip are almost equal: how many are taken decides how much each person "
        "weighs; washout, questionnaires and baseline are excluded",
        "the annotations that come with it (OpenFace, Quantum Sense) are made by programs and are "
        "not read",
    ),
    store_size=96,
    channels=3,
    faces="photo",
    person_space="emognition",
    tested_on=(
        "generated miniatures of frames named after the documentation and of frames.csv; how the "
        "distributed videos are named and cut is uncertain"
    ),
    test_split="made here: 20 %, seeded, stratified by emotion, no person in two parts",
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read one row per frame: from the table frames.csv where there is one, else from the names."""
    table = source.find(TABLE)
    records = _read_frames_table(source, table) if table else _read_names(source)
    return Reading(make_rows(records, source, LAYOUT), listed_only(source))


def parse_clip(path: str) -> dict[str, str] | None:
    """Return the columns that the nearest part of a path that names a clip tells, or None.

    The file name itself counts too, as 22_FEAR_STIMULUS_000001.jpg.
    """
    parts = PurePosixPath(path).with_suffix("").parts
    for place in reversed(range(len(parts))):
        match = CLIP.fullmatch(parts[place])
        if match:
            break
    else:
        return None
    columns = {"person": str(int(match["participant"])), "stage": (match["stage"] or "").upper()}
    columns |= label(match["emotion"].upper(), "emognition")
    if columns["stage"] not in ("", "STIMULUS"):
        columns["excluded"] = f"stage {columns['stage']}"
    folder = parts[place - 1] if place else ""
    if folder.isdigit() and str(int(folder)) != columns["person"]:
        columns["excluded"] = TWO_PEOPLE
    return columns


def _read_names(source: Source) -> list[dict[str, Any]]:
    paths = source.names(*IMAGE_SUFFIXES)
    clips = {path: parse_clip(path) for path in paths}
    if not any(clips.values()):
        videos = source.names(*VIDEOS)
        if videos and not paths:
            raise FerError(
                f"{source.path} holds videos such as {videos[0]} and no frame; expected {LAYOUT}"
            )
        raise wrong_layout(source, LAYOUT, CARD.name)
    ids = dict(zip(paths, below_root(paths), strict=True))
    unknown = {"person": "", "stage": "", "emotion": "", "excluded": NOT_UNDERSTOOD}
    return [
        {"path": path, "sample_id": ids[path], **(columns or unknown)}
        for path, columns in clips.items()
    ]


def _read_frames_table(source: Source, name: str) -> list[dict[str, Any]]:
    table = read_table(source, name, COLUMNS)
    twice = table["path"][table["path"].duplicated()]
    if len(twice):
        raise FerError(f"{source.path}: {name} lists {twice.iloc[0]} twice; delete one line")
    folder = PurePosixPath(name).parent
    held = set(source.names())
    ids = dict(zip(table["path"], below_root(table["path"]), strict=True))
    records = []
    for line, row in enumerate(table.to_dict("records"), 2):
        try:
            columns = label(row["emotion"], "emognition")
        except UnknownNameError as error:
            raise FerError(f"{source.path}: {name}, line {line}: {error}") from error
        beside = (folder / row["path"]).as_posix()
        participant = row["participant"].strip().lstrip("0")
        record = {"path": beside if beside in held else row["path"], "sample_id": ids[row["path"]]}
        record |= {"person": participant, "stage": "", **columns}
        if not participant:
            record["excluded"] = NOBODY
        records.append(record)
    return records
