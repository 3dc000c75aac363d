"""Keras's old files of weights (.h5): one HDF5 group for each layer, which lists its arrays in the
order in which Keras made them. Only these arrays are read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.errors import FerError
from fer_core.models.weights.name_map import State

# What the layers of a kernel in front of the channels are called; its axes are C, M, not I, O.
DEPTHWISE = re.compile(r"depthwise|dwconv|conv_dw")
NORM = ("weight", "bias", "running_mean", "running_var")  # gamma, beta, moving mean and variance


def read_keras(path: Path) -> State:
    """Return the arrays of the file at `path` as `<layer>.<what>`, in torch's names and layout.

    What an array is, its place in its layer says: kernels come first, then biases; a batch norm has
    four vectors. A kernel (height, width, in, out) becomes (out, in, height, width), a depthwise
    one (height, width, channels, multiplier) becomes (channels · multiplier, 1, height, width) and
    a matrix (in, out) becomes (out, in). FerError without h5py; anything else than a whole file of
    finite float32 is a ValueError.
    """
    try:
        import h5py
    except ImportError as error:
        raise FerError(
            f"{path.name} is a file of Keras, read with h5py, not installed; pip install h5py"
        ) from error
    state: State = {}
    left = path.stat().st_size
    with h5py.File(path, "r") as file:
        for layer in _names(file, "layer_names"):
            group = _own(file, layer)
            arrays = [_read(group, name, left) for name in _names(group, "weight_names")]
            left -= sum(values.nbytes for values in arrays)
            for what, values in _named(layer, arrays):
                state[f"{layer}.{what}"] = torch.from_numpy(np.ascontiguousarray(values))
    if not state:
        raise ValueError("it lists no arrays")
    return state


def _names(group: Any, attribute: str) -> list[str]:
    if attribute not in group.attrs:
        raise ValueError(f"it is no file of Keras's layers: {group.name} has no {attribute}")
    names = [
        name.decode() if isinstance(name, bytes) else str(name) for name in group.attrs[attribute]
    ]
    if len(set(names)) < len(names):
        raise ValueError(f"{group.name} lists a name twice in {attribute}")
    return names


def _own(group: Any, name: str) -> Any:
    """Return what is called `name` in a group of this very file; a link elsewhere is not
    followed."""
    import h5py

    found = group
    for part in name.split("/"):
        link = found.get(part, getlink=True) if hasattr(found, "get") else None
        if link is None:
            raise ValueError(f"{group.name} lacks {name}")
        if not isinstance(link, h5py.HardLink):
            raise ValueError(f"{name} in {group.name} is a link")
        found = found[part]
    return found


def _read(group: Any, name: str, most: int) -> np.ndarray:
    """Return an array of at most so many bytes: a file holds no more than its size."""
    array = _own(group, name)
    if not hasattr(array, "dtype") or array.external or array.is_virtual:
        raise ValueError(f"{name} in {group.name} is no array of this file")
    if array.dtype != np.float32 or array.nbytes > most or not array.id.get_storage_size():
        shape = f"{array.dtype} {array.shape}"
        raise ValueError(f"{name} in {group.name} is {shape}, no whole float32 array")
    values = array[()]
    if not np.isfinite(values).all():
        raise ValueError(f"{name} in {group.name} holds values that are not finite")
    return values


def _named(layer: str, arrays: list[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the arrays of a layer in torch's layout, each with what it is."""
    dimensions = [values.ndim for values in arrays]
    if dimensions == [1, 1, 1, 1]:
        yield from zip(NORM, arrays, strict=True)
    elif dimensions in ([4], [4, 1], [2], [2, 1]):
        names = ("weight", "bias")[: len(arrays)]
        yield from zip(names, (_turned(layer, arrays[0]), *arrays[1:]), strict=True)
    elif arrays:
        shapes = ", ".join(str(values.shape) for values in arrays)
        raise ValueError(f"the layer {layer} has arrays of no kind that is known here: {shapes}")


def _turned(layer: str, kernel: np.ndarray) -> np.ndarray:
    if kernel.ndim == 2:
        return kernel.T
    if DEPTHWISE.search(layer):
        height, width, channels, multiplier = kernel.shape
        moved = kernel.transpose(2, 3, 0, 1)
        return moved.reshape(channels * multiplier, 1, height, width)
    return kernel.transpose(3, 2, 0, 1)
