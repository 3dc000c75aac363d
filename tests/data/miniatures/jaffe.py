"""JAFFE as distributed: 213 uncompressed TIFF files in one folder, numbered to 219 with gaps."""

from tests.data.miniatures.pictures import tiff

PEOPLE = ("KM", "KA", "YM", "KR", "NM", "MK", "UY", "KL", "TM", "NA")  # in the order of numbers
EMOTIONS = ("NE", "HA", "SA", "SU", "AN", "DI", "FE")
TAKES = {
    ("KM", "HA"): 5,
    ("KM", "SA"): 5,
    ("KA", "HA"): 4,
    ("KA", "FE"): 4,
    ("YM", "FE"): 4,
    ("KL", "DI"): 4,
    ("TM", "HA"): 4,
}
ABSENT = (8, 12, 21, 76, 108, 183)


def stems() -> list[str]:
    """The 213 names without suffix, as a public list of the distribution has them."""
    takes = [
        f"{person}.{emotion}{take}"
        for person in PEOPLE
        for emotion in EMOTIONS
        for take in range(1, 1 + TAKES.get((person, emotion), 3))
    ]
    return [f"{take}.{number}" for number, take in enumerate(takes, 1) if number not in ABSENT]


def files() -> dict[str, bytes]:
    """All 213 images, 32 x 32 instead of 256 x 256, and the files beside them."""
    images = {f"jaffe/{stem}.tiff": tiff(seed, 32, 32) for seed, stem in enumerate(stems())}
    return images | {"jaffe/README": b"read me", "jaffe/a_names.dat": b"KM.NE1.1"}
