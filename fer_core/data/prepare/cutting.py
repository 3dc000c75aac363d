"""What packing asks of a cutter: the face of each photograph, cut out. `fer_core.faces` has one."""

from typing import Any, Literal, NamedTuple, Protocol

from PIL import Image

from fer_core.data.card import Box, Card
from fer_core.errors import FerError

Centre = Literal["centre"]
CENTRE: Centre = "centre"  # in place of a cutter: the box or the central square of each image


class Cut(NamedTuple):
    """A square image of one face, or why there is none ("" where there is one).

    `facts` become columns of the index: numbers only, NaN where they are not known.
    """

    image: Image.Image | None
    failure: str
    facts: dict[str, float]


class Cutter(Protocol):
    """What finds and cuts out one face per image.

    `settings` are plain JSON values; equal settings give equal cuts. Several threads may call it at
    the same time.
    """

    settings: dict[str, Any]

    def __call__(self, images: list[Image.Image], boxes: list[Box | None]) -> list[Cut]:
        """Return one cut per image. The images are turned as their EXIF tag says, grey (L) or RGB.

        A box (left, top, right, bottom in pixels) says which face of the image is meant.
        """


def finds_faces(card: Card) -> bool:
    """Say whether the images of a set are whole photographs, whose faces are found unless said
    otherwise: the one default, for the command line and for Python."""
    return card.faces == "photo"


def settled(card: Card, cutter: Cutter | Centre | None) -> Cutter | None:
    """Return the cutter for the images of a set, None for none; FerError where one must be named.

    `cutter` None stands for what the card says. A package that knows no net cannot make a cutter:
    whole photographs need one of the caller's, or the word CENTRE.
    """
    if cutter is None and finds_faces(card):
        raise FerError(
            f"{card.name} has whole photographs, in which faces must be found: give "
            "cutter=FaceCutter() from fer_core.faces.cutter, which is what `fer data add` does, or "
            'cutter="centre" to take the central square of each'
        )
    return None if cutter is None or cutter == CENTRE else cutter
