"""What packing asks of a cutter: the face of each photograph, cut out. `fer_core.faces` has one."""

from typing import Any, NamedTuple, Protocol

from PIL import Image

from fer_core.data.card import Box


class Cut(NamedTuple):
    """A square image of one face, or why there is none ("" where there is one).

    `facts` become columns of the index: numbers only, NaN where they are not known.
    """

    image: Image.Image | None
    failure: str
    facts: dict[str, float]


class Cutter(Protocol):
    """Finds and cuts out one face per image.

    `settings` are plain JSON values; equal settings give equal cuts. Several threads may call it at
    once.
    """

    settings: dict[str, Any]

    def __call__(self, images: list[Image.Image], boxes: list[Box | None]) -> list[Cut]:
        """Return one cut per image. The images are turned as their EXIF tag says, grey (L) or RGB.

        A box (left, top, right, bottom in pixels) says which face of the image is meant.
        """
