"""KDEF as distributed: a folder per person and session, names as AF01ANS.JPG, two faulty ones."""

from itertools import product

from tests.data.miniatures.pictures import jpeg

EMOTIONS = ("AF", "AN", "DI", "HA", "NE", "SA", "SU")
ANGLES = ("FL", "HL", "S", "HR", "FR")
FAULTY = {"AF31SAHL": "AF31V", "AM31SUHR": "AM31H"}  # as the usual distribution has them


def stems(numbers: range = range(1, 36), angles: tuple[str, ...] = ANGLES) -> list[str]:
    """The names, without suffix, of both sessions of the women and men of these numbers."""
    return [
        f"{session}{sex}{number:02d}{emotion}{angle}"
        for session, sex, number, emotion, angle in product("AB", "FM", numbers, EMOTIONS, angles)
    ]


def path(stem: str, faulty: bool = True) -> str:
    """The path of one image in the distribution, under its faulty name where it has one."""
    name = FAULTY.get(stem, stem) if faulty else stem
    return f"KDEF_and_AKDEF/KDEF/{stem[:4]}/{name}.JPG"


def files(numbers: range, angles: tuple[str, ...] = ("S", "FL")) -> dict[str, bytes]:
    """Small JPEG files in the proportions of the set (562 x 762)."""
    return {
        path(stem): jpeg(seed, 28, 38, colour=True)
        for seed, stem in enumerate(stems(numbers, angles))
    }
