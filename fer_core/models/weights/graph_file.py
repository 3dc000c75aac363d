"""TensorFlow.js graph models: a JSON that lists tensors, and files of their bytes. Only the tensors
are read; the graph in the JSON is never run."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fer_core.models.weights.name_map import State

FORMAT = "graph-model"
DTYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4")}
MOST_DIMENSIONS = 8


def read_graph_model(path: Path) -> State:
    """Return the tensors of the graph model at `path` (its .json) by name, in torch's layout.

    A kernel (height, width, in, out) becomes (out, in, height, width); a depthwise one (height,
    width, channels, 1) becomes (channels, 1, height, width); a matrix (in, out) becomes (out, in).
    Shards lie beside the JSON. Anything else than a whole, finite file is a ValueError.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError("it is no TensorFlow.js graph model")
    state: State = {}
    for group in content.get("weightsManifest") or ():
        state |= _read_group(group, path.parent)
    if not state:
        raise ValueError("it lists no tensors")
    return state


def shards(path: Path) -> list[Path]:
    """Return the files that hold the tensors of a graph model that can be read."""
    groups = json.loads(path.read_text(encoding="utf-8"))["weightsManifest"]
    return [path.parent / name for group in groups for name in group["paths"]]


def _read_group(group: dict[str, Any], folder: Path) -> State:
    entries = [_Entry(entry) for entry in group["weights"]]
    data = b"".join(_read_shard(folder, name) for name in group["paths"])
    needed = sum(entry.bytes for entry in entries)
    if len(data) != needed:
        raise ValueError(f"its shards hold {len(data):,} bytes, its tensors need {needed:,}")
    state, start = {}, 0
    for entry in entries:
        if entry.name in state:
            raise ValueError(f"it lists {entry.name} twice")
        values = np.frombuffer(data, entry.dtype, entry.count, start).reshape(entry.shape)
        if not np.isfinite(values).all():
            raise ValueError(f"{entry.name} holds values that are not finite")
        state[entry.name] = torch.from_numpy(_in_torch_layout(entry.name, values).copy())
        start += entry.bytes
    return state


class _Entry:
    """One tensor of the list: its name, shape, type and number of bytes."""

    def __init__(self, entry: dict[str, Any]) -> None:
        self.name = str(entry["name"])
        self.shape = tuple(entry["shape"])
        sizes = all(type(size) is int and size >= 0 for size in self.shape)
        if not sizes or len(self.shape) > MOST_DIMENSIONS:
            raise ValueError(f"{self.name} has the shape {list(self.shape)[:9]}")
        if entry["dtype"] not in DTYPES or "quantization" in entry:
            raise ValueError(f"{self.name} is {entry['dtype']} or quantised; only float32 is read")
        self.dtype = DTYPES[entry["dtype"]]
        self.count = math.prod(self.shape)
        self.bytes = self.count * self.dtype.itemsize


def _read_shard(folder: Path, name: str) -> bytes:
    shard = folder / name
    if Path(name).name != name:
        raise ValueError(f"its shard {name!r} is not a file beside it")
    if not shard.is_file():
        raise ValueError(f"its shard {name} is missing; put it beside the JSON")
    return shard.read_bytes()


def _in_torch_layout(name: str, values: np.ndarray) -> np.ndarray:
    if values.ndim == 4:
        return values.transpose((2, 3, 0, 1) if "depthwise" in name else (3, 2, 0, 1))
    return values.T if values.ndim == 2 else values
