"""`fer weights`: what a file of weights says of itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fer_core.cli.output import Json, print_json, show_facts

if TYPE_CHECKING:
    from fer_core.models.input import Input

UNKNOWN = "unknown: the file was written before this was written down"


def weights(
    file: Annotated[Path, typer.Argument(help="A run's model.safetensors, or a copy of it.")],
    json: Json = False,
) -> None:
    """Say what a file of weights is: its net, its labels, how its pixels were made of pictures."""
    from fer_core.models.saved import describe

    spec, takes, labels = describe(file)
    net = {"backbone": spec.backbone, "stem": spec.stem, "options": spec.options}
    if json:
        print_json({**net, "labels": labels, "input": takes.model_dump(mode="json")})
        return
    show_facts({**net, "labels": labels, **_input(takes)})


def _input(takes: "Input") -> dict[str, Any]:
    """Return the facts of an input, in the order in which a picture goes through them."""
    picture = takes.picture
    made: dict[str, Any] = {"pictures": UNKNOWN}
    if picture is not None:
        made = {
            "pictures": picture.how,
            "faces already": picture.of_faces,
            "crop": picture.crop,
            "face settings": picture.faces.model_dump() if picture.faces else None,
            "sources": {name: source["how"] for name, source in picture.sources.items()},
            "stored": f"{picture.side} px, {'grey' if picture.channels == 1 else 'colour'}, "
            f"{picture.stored_by}",
            "resized": f"{picture.resized_by}, antialiased {picture.antialiased}",
            "scaled to": picture.scaled_to,
        }
    return {**made, "input": f"{takes.size} px", "minus mean": takes.mean, "over std": takes.std}
