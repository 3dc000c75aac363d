"""What RAF-DB knows of each face beside its emotion: gender, race, age group and a box."""

import math
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from fer_core.data.source import Source

ATTRIBUTES = "_manu_attri.txt"
BOXES = "_boundingbox.txt"
# Codes of the three lines after the five landmarks (read me of the distribution).
CODES = {
    "gender": ("male", "female", "unsure"),
    "race": ("Caucasian", "African-American", "Asian"),
    "age_group": ("0-3", "4-19", "20-39", "40-69", "70+"),
}
LANDMARKS = 5  # lines of x and y


def attributes(source: Source, files: Iterable[str]) -> Callable[[str], dict[str, str]]:
    """A function from a key such as train_00001 to its gender, race and age group.

    They are "" where there is no file, or one that cannot be read; a code outside the map stays as
    it is written, "code 7".
    """
    paths = {
        PurePosixPath(path).name.lower()[: -len(ATTRIBUTES)]: path
        for path in files
        if path.lower().endswith(ATTRIBUTES)
    }

    def find(key: str) -> dict[str, str]:
        words = _words(source, paths[key]) if key in paths else []
        if len(words) != 2 * LANDMARKS + len(CODES):
            return dict.fromkeys(CODES, "")
        codes = zip(CODES.items(), words[2 * LANDMARKS :], strict=True)
        return {
            fact: dict(zip("01234", names, strict=False)).get(code, f"code {code}")
            for (fact, names), code in codes
        }

    return find


def face_box(source: Source, path: str | None) -> dict[str, float | str]:
    """The columns of a box file (left, top, right, bottom in pixels); NaN without a file.

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
