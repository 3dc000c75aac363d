"""A run's weights: safetensors that name their labels, their architecture and their input."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors.torch import save
from torch import nn

from fer_core.emotions import EIGHT, EMOTIONS, classes_of
from fer_core.errors import FerError
from fer_core.facts import first_fault
from fer_core.files import atomic_path, sha256_file
from fer_core.models.create import Model, create_model
from fer_core.models.input import Input
from fer_core.models.weights.initial import fit
from fer_core.models.weights.reading import METADATA_KEY, read_weights
from fer_core.study import ModelSpec

ARCHITECTURE = ("backbone", "input_size", "stem", "options")


def save_weights(net: nn.Module, path: Path | str, metadata: dict[str, Any]) -> None:
    """Write the net's tensors and `metadata`, whole or not at all; the labels are EMOTIONS unless
    `metadata` has others.

    With `spec` (a ModelSpec's dict) and `input` (an Input's dict) in `metadata`, `load_model`
    can rebuild the net from the file alone.
    """
    notes = {"labels": EMOTIONS, **metadata}
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in net.state_dict().items()}
    # One key, because safetensors writes several in any order; through memory, because it hides a
    # full disk in an error of its own.
    content = save(state, {METADATA_KEY: json.dumps(notes)})
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load_weights(net: nn.Module, path: Path | str, spec: ModelSpec | None = None) -> dict[str, Any]:
    """Fill `net` from a file of `save_weights` and return its metadata.

    Raises FerError when the labels, the architecture (if `spec` is given) or any tensor differs.
    """
    state, notes = read_weights(Path(path))
    _check_labels(path, notes)
    if spec is not None:
        _check_architecture(path, notes.get("spec", {}), spec)
    fit(net, state, str(path))
    return notes


def load_model(path: Path | str) -> Model:
    """Rebuild a trained model, with the input that it was trained with, from its file."""
    spec, takes, labels = describe(path)
    model = create_model(spec, classes=classes_of(labels))
    load_weights(model.net, path, spec)
    provenance: dict[str, str | None] = {
        "source": Path(path).name,
        "sha256": sha256_file(path),
        "head": "loaded",
    }
    return replace(model, input=takes, provenance=provenance)


def describe(path: Path | str) -> tuple[ModelSpec, Input, tuple[str, ...]]:
    """Return what a file of `save_weights` says of its net, of its input and
    of its outputs' labels in order."""
    _, notes = read_weights(Path(path))
    if not {"spec", "input"} <= notes.keys():
        raise FerError(f"{path} does not say which net it is; use load_weights with a net of yours")
    try:
        spec = ModelSpec.model_validate({**notes["spec"], "weights": "none", "labels": None})
        takes = Input.model_validate(notes["input"])
    except ValidationError as error:
        raise FerError(
            f"{path} describes no net that can be built here ({first_fault(error)}); save it again"
        ) from error
    return spec, takes, tuple(notes.get("labels", ()))


def _check_labels(path: Path | str, notes: dict[str, Any]) -> None:
    labels = notes.get("labels")
    if labels is None:
        raise FerError(
            f"{path} does not name its labels, so its outputs have no meaning here; save it again"
        )
    if tuple(labels) not in (EMOTIONS, EIGHT):
        raise FerError(
            f"{path} has the labels {', '.join(labels)}; here they are {', '.join(EMOTIONS)}; "
            f"retrain, or save it again with its outputs in this order"
        )


def _check_architecture(path: Path | str, theirs: dict[str, Any], spec: ModelSpec) -> None:
    ours = spec.model_dump()
    # older files do not speak of options
    theirs = {**dict.fromkeys(ARCHITECTURE), "options": {}, **theirs}
    differences = [
        f"{key} {theirs[key]!r} in the file, {ours[key]!r} asked for"
        for key in ARCHITECTURE
        if theirs[key] != ours[key]
    ]
    if differences:
        raise FerError(
            f"{path} is another net: {'; '.join(differences)}; use the spec it was saved with"
        )
