"""ExpW as distributed: data/label/label.lst and the unpacked photographs in data/image/origin/."""

from collections.abc import Iterable
from typing import NamedTuple

from tests.data.miniatures.pictures import Box, Colour, photo

WIDTH, HEIGHT = 90, 60
ANGRY, DISGUST, FEAR, HAPPY, SAD, SURPRISE, NEUTRAL = range(7)


class Face(NamedTuple):
    """A line of label.lst; the box is (left, top, right, bottom), the line has another order."""

    photo: str
    number: int
    box: Box
    emotion: int
    colour: Colour = (200, 40, 40)
    confidence: float = 48.5


FACES = (
    Face("angry_actor_104.jpg", 0, (10, 20, 40, 50), ANGRY, (220, 30, 30)),
    Face("happy_asian_330.jpg", 0, (5, 5, 25, 25), HAPPY, (30, 200, 30)),
    Face("happy_asian_330.jpg", 1, (50, 10, 80, 40), NEUTRAL, (30, 30, 220)),
    Face("sad café owner_7.jpg", 0, (30, 30, 50, 50), SAD, (200, 200, 30)),
    Face("fear_<b>&amp;_1.jpg", 2, (60, 20, 85, 45), FEAR, (30, 200, 200)),
)


def line(face: Face) -> str:
    """The face as a line of label.lst: name, id, top, left, right, bottom, confidence, label."""
    left, top, right, bottom = face.box
    box = f"{top} {left} {right} {bottom}"
    return f"{face.photo} {face.number} {box} {face.confidence} {face.emotion}"


def files(faces: Iterable[Face] = FACES) -> dict[str, bytes]:
    """The list and one photograph per name, with a plain square at each face."""
    faces = list(faces)
    boxes: dict[str, dict[Box, Colour]] = {}
    for face in faces:
        boxes.setdefault(face.photo, {})[face.box] = face.colour
    out = {f"data/image/origin/{name}": photo(WIDTH, HEIGHT, at) for name, at in boxes.items()}
    out["data/label/label.lst"] = "".join(f"{line(face)}\n" for face in faces).encode()
    out["data/readme.txt"] = b"read me"
    return out


def crowd(photos: int) -> list[Face]:
    """Photographs with three faces each, of emotions in turn."""
    return [
        Face(
            f"crowd_{number}.jpg",
            place,
            (30 * place + 2, 5, 30 * place + 27, 30),
            (number + place) % 7,
            (number * 5 % 256, 60 * place, 200 - 40 * place),
        )
        for number in range(photos)
        for place in range(3)
    ]
