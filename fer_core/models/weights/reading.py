"""Files of weights, read without ever running what they hold."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import Tensor

from fer_core.errors import FerError
from fer_core.facts import WeightNotes, fault
from fer_core.files import sha256_file
from fer_core.models.weights.graph_file import read_graph_model, shards
from fer_core.models.weights.keras_file import read_keras
from fer_core.models.weights.name_map import State

METADATA_KEY = "fer"  # of our own files; its value is one JSON object of WeightNotes
# Where trainers put the state dict, in the order of preference: averaged weights come first.
WRAPPINGS = ("state_dict_ema", "model_ema", "state_dict", "model_state_dict", "model", "net")
PREFIXES = ("module.", "_orig_mod.")  # of DataParallel and torch.compile, in any order
# How pickles name NumPy's arrays; trainers keep their curves in such.
NUMPY = {
    f"numpy.{core}.multiarray.{name}"
    for core in ("core", "_core")
    for name in ("_reconstruct", "scalar")
} | {"numpy.ndarray", "numpy.dtype"}


class _Inert:
    """Stands for an object of the trainer's own, such as its curves: takes all and does nothing."""

    def __new__(cls, *args: object) -> "_Inert":
        return super().__new__(cls)

    def __init__(self, *args: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        pass


def read_weights(path: Path) -> tuple[State, dict[str, Any]]:
    """Return the tensors of a file, and the notes beside them: safetensors, a torch state dict,
    the .json of a TensorFlow.js graph model or an .h5 file of Keras's layers.

    A state dict may stand in a trainer's checkpoint and have the prefixes of DataParallel. A file
    whose state dict holds more than tensors is refused: pickled code is never run.
    """
    if not path.is_file():
        raise FerError(f"no weights file at {path}; give none, imagenet or the path of a file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path), _notes(path)
        if path.suffix == ".json":
            return read_graph_model(path), {}
        if path.suffix == ".h5":
            return read_keras(path), {}
        return _state_dict(_load(path)), {}
    except FerError:
        raise
    except Exception as error:  # a damaged or hostile file may fail in any way
        if "weights_only" in str(error):
            why = "refused, because it is a pickle that would run code"
        else:
            why = f"not readable: {' '.join(str(error).split())[:120] or type(error).__name__}"
        raise FerError(
            f"weights file {path} is {why}; give a safetensors file, a plain torch state "
            f"dict, the .json of a TensorFlow.js graph model or an .h5 file of Keras"
        ) from error


def hash_file(path: Path) -> str | dict[str, str]:
    """Return the SHA-256 of a file of weights, or of each of its files by name."""
    if path.suffix != ".json":
        return sha256_file(path)
    return {file.name: sha256_file(file) for file in (path, *shards(path))}


def _load(path: Path) -> Any:
    """Read a file of torch.save; classes of the script that wrote it become inert.

    POSTER++'s trainer, for one, saves its own two recorders beside the tensors.
    """
    try:
        foreign = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # not a file of today's torch.save: nothing is known of it
        foreign = []
    inert = [(_Inert, name) for name in foreign if name.startswith("__main__.") or name in NUMPY]
    with torch.serialization.safe_globals(inert):
        return torch.load(path, map_location="cpu", weights_only=True)


def _state_dict(checkpoint: Any) -> State:
    if not isinstance(checkpoint, dict):
        raise TypeError(f"it holds no state dict but one object, {type(checkpoint).__name__}")
    wrapping = next((key for key in WRAPPINGS if isinstance(checkpoint.get(key), dict)), None)
    state = {
        _without_prefix(name): tensor
        for name, tensor in (checkpoint[wrapping] if wrapping else checkpoint).items()
    }
    if not state:
        raise TypeError("it holds no tensors")
    if not all(isinstance(tensor, Tensor) for tensor in state.values()):
        raise TypeError("it holds more than tensors")
    return state


def _without_prefix(name: str) -> str:
    while name.startswith(PREFIXES):
        name = name.partition(".")[2]
    return name


def _notes(path: Path) -> dict[str, Any]:
    with safe_open(path, framework="pt") as file:
        notes = json.loads((file.metadata() or {}).get(METADATA_KEY, "{}"))
    wrong = fault(WeightNotes, notes)
    if wrong:
        raise TypeError(f"its notes are damaged: {wrong}")
    return {key: notes[key] for key in WeightNotes.model_fields if key in notes}
