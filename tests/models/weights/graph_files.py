"""TensorFlow.js graph models, written by the tests."""

import json
from pathlib import Path

import numpy as np


def write_graph(path: Path, tensors: dict[str, np.ndarray], shards: int = 1) -> Path:
    """Write float32 tensors as a graph model: its JSON at `path`, its bytes in files beside it."""
    data = b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in tensors.values())
    names = [f"{path.stem}{i}.bin" for i in range(shards)]
    for i, name in enumerate(names):
        start, end = len(data) * i // shards, len(data) * (i + 1) // shards
        path.with_name(name).write_bytes(data[start:end])
    weights = [
        {"name": name, "shape": list(array.shape), "dtype": "float32"}
        for name, array in tensors.items()
    ]
    content = {"format": "graph-model", "weightsManifest": [{"paths": names, "weights": weights}]}
    path.write_text(json.dumps(content))
    return path
