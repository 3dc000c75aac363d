"""What RAF-DB knows of each face beside its emotion: gender, race, age group and a box."""

import math
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from fer_core.attributes import VOCABULARIES
from fer_core.data.source import Source

MANUAL = "_manu_attri.txt"
BOXES = "_boundingbox.txt"
LANDMARKS = 5  # lines of x and y, before a line for each attribute
FACTS = tuple(VOCABULARIES["rafdb"])


def attributes(source: Source, files: Iterable[str]) -> Callable[[str], dict[str, str]]:
    """Return a function from a key such as train_00001 to the codes of its gender, race and age
    group; "" where there is no file, or one that cannot be read."""
    paths = {
        PurePosixPath(path).name.lower()[: -len(MANUAL)]: path
        for path in files
        if path.lower().endswith(MANUAL)
    }

    def find(key: str) -> dict[str, str]:
        words = _words(source, paths[key]) if key in paths else []
        if len(words) != 2 * LANDMARKS + len(FACTS):
            return dict.fromkeys(FACTS, "")
        return dict(zip(FACTS, words[2 * LANDMARKS :], strict=True))

    return find


def face_box(source: Source, path: str | None) -> dict[str, float | str]:
    """Read the columns of a box file (left, top, right, bottom in pixels); NaN without a file.

    A file without four numbers excludes its image.
    """
    sides = ("box_left", "box_top", "box_right", "box_bottom")
    if path is None:
        return dict.fromkeys(sides, math.nan)
    try:
        return dict(zip(sides, map(float, _words(source, path)), strict=True))
    except ValueError:
        return {**dict.fromkeys(sides, math.nan), "emotion": "", "excluded": "box not understood"}


def _words(source: Source, path: str) -> list[str]:
    return source.read(path).decode("utf-8-sig", "replace").split()
