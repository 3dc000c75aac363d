"""The options of `fer data` that say how faces are found, and the cutter that they stand for."""

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer_core.errors import FerError, unknown

if TYPE_CHECKING:
    from fer_core.data.cutting import Cutter

CHOICES = {
    "faces": ("none", "mtcnn"),
    "several": ("largest", "central", "exclude"),
    "no-face": ("exclude", "centre"),
}

Faces = Annotated[
    str | None,
    typer.Option(help="none or mtcnn; usually mtcnn for whole photographs only, as the card says."),
]
Margin = Annotated[
    str | None, typer.Option(help="Around the face: a share of its box as 0.3, 20px, or none.")
]
Several = Annotated[
    str | None, typer.Option(help="Several faces: largest, central, or exclude the image.")
]
NoFace = Annotated[
    str | None, typer.Option(help="No face: exclude the image, or take its centre all the same.")
]
Align = Annotated[bool | None, typer.Option(help="Turn each face until its eyes are level.")]


def choose_faces(
    name: str,
    faces: str | None,
    margin: str | None,
    several: str | None,
    no_face: str | None,
    align: bool | None,
) -> dict[str, Any] | None:
    """The settings of the cutter for a reader's images; None where no face is to be found.

    By default faces are found where the reader's card says that it has whole photographs.
    """
    from fer_core.data.registry import get_entry

    card = get_entry(name).card
    for option, value in (("faces", faces), ("several", several), ("no-face", no_face)):
        if value is not None and value not in CHOICES[option]:
            raise unknown(f"value of --{option}", value, CHOICES[option])
    given = {"margin": _margin(margin), "several": several, "none": no_face, "align": align}
    changed = {key: value for key, value in given.items() if value is not None}
    if (faces or ("mtcnn" if card.faces == "photo" else "none")) == "none":
        if changed:
            raise FerError("margin, several faces, no face and align need --faces mtcnn")
        return None
    return changed


def make_cutter(settings: dict[str, Any] | None) -> "Cutter | None":
    """The cutter with these settings; None for None."""
    if settings is None:
        return None
    from fer_core.faces.cutter import FaceCutter

    return cast("Cutter", FaceCutter(settings))


def _margin(text: str | None) -> str | None:
    """A margin as the cutter writes it."""
    if text is None or text == "none":
        return text
    number = text.removesuffix("px")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise FerError(f"{text!r} is no margin; give a share as 0.3, pixels as 20px, or none")
    return f"{value:g} px" if text.endswith("px") else f"{100 * value:g} %"
