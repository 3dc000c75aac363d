"""ExpW: photographs from a web image search, several labelled faces in one; a box per face."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from PIL import Image

from fer_core.data.card import Card
from fer_core.data.readers.guess import wrong_layout
from fer_core.data.readers.layouts import IMAGE_SUFFIXES, below_root, label, make_rows
from fer_core.data.readers.names import listed_only
from fer_core.data.reading import Reading, open_image
from fer_core.data.registry import register
from fer_core.data.source import Source
from fer_core.errors import FerError, UnknownNameError

TABLE = "label.lst"
FOLDER = "origin"
# The order and the misspelling are those of the set's read me.
COLUMNS = (
    "image_name face_id_in_image face_box_top face_box_left face_box_right face_box_bottom "
    "face_box_cofidence expression_label"
)
LAYOUT = f"label/{TABLE} and the unpacked folder image/{FOLDER}/"
TWICE = "same face twice"
CONTRADICTION = "same face with another label"
BOX_END = re.compile(rb"\nbox [-+.e0-9 ]+\Z")
BOX_BYTES = 128  # more than such an end has

CARD = Card(
    name="expw",
    title="ExpW",
    citation=(
        "Zhang, Z., Luo, P., Loy, C. C., & Tang, X. (2018). From facial expression recognition to "
        "interpersonal relation prediction. International Journal of Computer Vision, 126, "
        "550-569. doi:10.1007/s11263-017-1055-1"
    ),
    licence=(
        "none stated: the read me asks for a citation only; images found by a web search, of "
        "people who were not asked"
    ),
    labelled="people, face by face, as published; how many looked at each is not documented",
    consent="not asked: the photographs were found by a web image search",
    publishable=False,
    obtain=(
        "mmlab.ie.cuhk.edu.hk/projects/socialrelation: the folder data/ with label/label.lst and "
        "image/origin.7z.001 and following; unpack these (`7z x origin.7z.001`) and give the folder"
    ),
    persons="unknown; the same person may appear in several photographs",
    shows=(
        "web photographs in colour, 2016, any pose, spontaneous and posed: as published 91,793 "
        "labelled faces in 68,096 photographs"
    ),
    problems=(
        "no official split, and authors of a benchmark have lost theirs (CD-FER-Benchmark, issue "
        "17): other papers' numbers on this set are not comparable",
        "how many people gave each label is not documented; others found the labels dirty and "
        "distribute a cleaned list (github.com/markson14/ExpWCleaned)",
        "12,448 photographs show several labelled faces, up to 112 (counted by others from the "
        "list): all faces of one photograph are kept in one part",
        "a program that names faces after their photograph keeps one of each photograph, as "
        "happened (Multitask-Emotion-Recognition-with-Incomplete-Labels, issue 14); ids here are "
        "photograph#face",
        "fear is rare: 1,088 of 91,793; disgust 3,995, angry 3,671 (counted by others)",
        "face boxes are a detector's, some of low confidence (column box_confidence), many small: "
        "a tenth is at most 48 pixels wide or high (counted by others)",
        "photographs come from a web image search, as those of FER2013 and AffectNet do: copies "
        "between the sets are possible",
    ),
    store_size=96,
    channels=3,
    faces="box",
    tested_on=(
        "a generated miniature of the distributed layout; whether the boxes of photographs with an "
        "EXIF turn are meant before or after it is not known (after it is assumed)"
    ),
    test_split=(
        "made here: 20 %, seeded, stratified by emotion; faces of one photograph, copies and near "
        "copies kept together"
    ),
)


@register(CARD)
def read(source: Source) -> Reading:
    """Read a row per face of label.lst, and per unlisted photograph beside the listed ones."""
    name = source.find(TABLE)
    if name is None:
        raise wrong_layout(source, LAYOUT, CARD.name)
    photos = _photos(source)
    faces = _read_lines(source, name)
    listed = dict.fromkeys(face["photo"] for face in faces)
    held = {photo: photos.pop(_key(photo), "") for photo in listed}
    stems = dict(zip(held, below_root(held), strict=True))
    _mark_repeats(faces)
    for number, face in enumerate(faces):
        photo = face["photo"]
        # a listed photograph that is absent keeps a path that does not exist: packing reports it
        face["path"] = f"{held[photo] or f'{FOLDER}/{photo}'}#{number}"
        face["sample_id"] = f"{stems[photo]}#{face.pop('face')}{face.pop('repeat')}"
        face["photo"] = face["keep_together"] = stems[photo]
    folders = {PurePosixPath(path).parent for path in held.values() if path}
    unlisted = [path for path in photos.values() if PurePosixPath(path).parent in folders]
    rows = make_rows([*faces, *_without_line(unlisted)], source, LAYOUT)
    boxes = {face["path"]: _box_text(face) for face in faces}
    return Reading(rows, _with_box(listed_only(source), boxes), _decode)


def _photos(source: Source) -> dict[str, str]:
    """Return paths by file name; of several of one name, the one in the folder origin."""
    paths = source.names(*IMAGE_SUFFIXES)
    if not paths:
        hint = "; unpack origin.7z.001 first" if _archives(source) else ""
        raise FerError(f"{source.path} holds {TABLE} but no image; expected {LAYOUT}{hint}")
    paths.sort(key=lambda path: PurePosixPath(path).parent.name != FOLDER)
    found: dict[str, str] = {}
    for path in paths:
        found.setdefault(_key(PurePosixPath(path).name), path)
    return found


def _archives(source: Source) -> bool:
    return any(".7z" in PurePosixPath(name).name.lower() for name in source.names())


def _key(name: str) -> str:
    """Compose accents: one character in a list, they are two in file names of some systems."""
    return unicodedata.normalize("NFC", name)


def _read_lines(source: Source, name: str) -> list[dict[str, Any]]:
    """Read one record per line of the list; a line that cannot be read raises FerError."""
    try:
        lines = source.read(name).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FerError(f"{source.path}: {name} is not a text file; fetch it again") from error
    records = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                records.append(_read_line(line))
            except (ValueError, UnknownNameError) as error:
                raise FerError(
                    f"{source.path}: {name}, line {number}: {error}; a line holds {COLUMNS}"
                ) from error
    if not records:
        raise FerError(f"{source.path}: {name} is empty; fetch it again")
    return records


def _read_line(line: str) -> dict[str, Any]:
    parts = line.strip().rsplit(maxsplit=7)  # a file name may hold spaces
    if len(parts) != 8:
        raise ValueError(f"{len(parts)} values instead of 8")
    top, left, right, bottom, confidence = map(float, parts[2:7])
    if not all(map(math.isfinite, (top, left, right, bottom))):
        raise ValueError("a box that is no number")
    return {
        "photo": parts[0].rpartition("/")[2],
        "face": int(parts[1]),
        "box_left": left,
        "box_top": top,
        "box_right": right,
        "box_bottom": bottom,
        "box_confidence": confidence,
        **label(parts[7], "expw"),
    }


def _mark_repeats(faces: list[dict[str, Any]]) -> None:
    """Set `repeat`: "" or "+1", "+2" ... for further lines with a photograph and face id.

    A further line with the same box is excluded; where its label differs, the first one is too:
    nobody knows which of them is meant. With another box it is another face.
    """
    count: Counter[tuple[str, int]] = Counter()
    first: dict[tuple[Any, ...], dict[str, Any]] = {}
    for face in faces:
        key = (face["photo"], face["face"])
        face["repeat"] = f"+{count[key]}" if count[key] else ""
        count[key] += 1
        same = first.setdefault((*key, _box_text(face)), face)
        if same is face:
            continue
        if same["source_label"] == face["source_label"]:
            face["excluded"] = TWICE
        else:
            same["excluded"] = face["excluded"] = CONTRADICTION


def _without_line(paths: list[str]) -> list[dict[str, Any]]:
    return [
        {"path": path, "sample_id": f"{name}#", "emotion": "", "excluded": "no label"}
        | {"photo": "", "keep_together": ""}
        for path, name in zip(paths, below_root(paths), strict=True)
    ]


def _box_text(face: dict[str, Any]) -> str:
    return " ".join(str(face[f"box_{side}"]) for side in ("left", "top", "right", "bottom"))


def _with_box(read: Callable[[str], bytes], boxes: dict[str, str]) -> Callable[[str], bytes]:
    """Return a `read` that adds a face's box to the bytes of its photograph.

    So the faces of one photograph are no copies of each other, and those of its copies are.
    """

    def read_face(path: str) -> bytes:
        if path not in boxes:
            return read(path)
        content = read(path.rpartition("#")[0])
        return content and content + f"\nbox {boxes[path]}".encode()

    return read_face


def _decode(content: bytes) -> Image.Image:
    end = BOX_END.search(content, max(len(content) - BOX_BYTES, 0))
    return open_image(content[: end.start()] if end else content)
