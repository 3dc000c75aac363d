"""Emognition, as far as it is documented: frames of the clips, or a table frames.csv."""

from itertools import product

from tests.data.miniatures.pictures import jpeg

USED = ("ANGER", "DISGUST", "FEAR", "NEUTRAL", "SADNESS", "SURPRISE")
OTHER = ("AMUSEMENT", "AWE", "ENTHUSIASM", "LIKING", "BASELINE")


def paths(participants: range = range(22, 32), frames: int = 2) -> list[str]:
    """Frames of every clip of these participants, as 22/22_FEAR_STIMULUS/000001.jpg."""
    return [
        f"{person}/{person}_{emotion}_STIMULUS/{frame:06d}.jpg"
        for person, emotion, frame in product(participants, (*USED, *OTHER), range(1, frames + 1))
    ]


def files(participants: range = range(22, 32), frames: int = 2) -> dict[str, bytes]:
    """Small JPEG frames of every clip."""
    names = paths(participants, frames)
    return {name: jpeg(seed, 32, 18, colour=True) for seed, name in enumerate(names)}


def table(*rows: tuple[str, str, str]) -> bytes:
    """frames.csv with rows (participant, emotion, path)."""
    return "\n".join(",".join(row) for row in (("participant", "emotion", "path"), *rows)).encode()
