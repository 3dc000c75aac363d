"""The options of `fer data` that say how faces are found, and the cutter that they stand for."""

from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from fer_core.errors import FerError, unknown
from fer_core.faces.settings import FaceSettings

if TYPE_CHECKING:
    from fer_core.data.prepare.cutting import Centre, Cutter

USUAL = FaceSettings()

CHOICES = {
    "faces": ("none", "mtcnn"),
    "several": ("largest", "central", "exclude"),
    "no-face": ("exclude", "centre"),
}

Faces = Annotated[
    str | None,
    typer.Option(help="none or mtcnn [mtcnn where the card says whole photographs, else none]."),
]
Margin = Annotated[
    str | None,
    typer.Option(
        help="What is added on each of the four sides of the found face: a share of the longer "
        f"side of its box as 0.3, pixels as 20px, or none [{USUAL.margin}]."
    ),
]
Several = Annotated[
    str | None,
    typer.Option(help=f"Several faces: largest, central, or exclude the image [{USUAL.several}]."),
]
NoFace = Annotated[
    str | None,
    typer.Option(
        help=f"No face: exclude the image, or take its centre all the same [{USUAL.none}]."
    ),
]
Align = Annotated[
    bool | None,
    typer.Option(
        help=f"Turn each face until its eyes are level [{'yes' if USUAL.align else 'no'}]."
    ),
]


def choose_faces(
    name: str,
    faces: str | None,
    margin: str | None,
    several: str | None,
    no_face: str | None,
    align: bool | None,
) -> dict[str, Any] | None:
    """Return the settings of the cutter for a reader's images; None where no face is to be found.

    By default faces are found where the reader's card says that it has whole photographs.
    """
    from fer_core.data.prepare.cutting import finds_faces
    from fer_core.data.registry import get_entry

    card = get_entry(name).card
    for option, value in (("faces", faces), ("several", several), ("no-face", no_face)):
        if value is not None and value not in CHOICES[option]:
            raise unknown(f"value of --{option}", value, CHOICES[option])
    given = {"margin": _margin(margin), "several": several, "none": no_face, "align": align}
    changed = {key: value for key, value in given.items() if value is not None}
    if (faces or (USUAL.detector if finds_faces(card) else "none")) == "none":
        if changed:
            raise FerError("margin, several faces, no face and align need --faces mtcnn")
        return None
    return changed


def make_cutter(settings: dict[str, Any] | None) -> "Cutter | Centre":
    """Return the cutter with these settings; for None, the word for none."""
    if settings is None:
        return "centre"
    from fer_core.faces.cutter import FaceCutter

    return cast("Cutter", FaceCutter(settings))


def _margin(text: str | None) -> str | None:
    """Return a margin as the cutter writes it."""
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
