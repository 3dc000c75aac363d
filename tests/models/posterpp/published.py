"""What is known of the authors' POSTER++: its tensors, and its outputs for weights made by a rule.

golden/posterpp.keys.csv: name and shape of every tensor of the state dict of Talented-Q/POSTER_V2
at 18de559 (models/PosterV2_7cls.py). golden/posterpp.json: what that net gives in float64 and in
evaluation mode for the tensors of `authors_state(0)` and the images of `images(2, 224, 0)`.
"""

import csv
import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

GOLDEN = Path(__file__).parent / "golden"
BUFFERS = ("running_mean", "running_var", "num_batches_tracked", "relative_position_index")


def authors_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor of the authors' state dict by its name."""
    with (GOLDEN / "posterpp.keys.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {
        row["key"]: () if row["shape"] == "scalar" else tuple(map(int, row["shape"].split("x")))
        for row in rows
    }


def count(names: list[str]) -> int:
    """Return how many parameters the tensors with these names hold; buffers are none."""
    shapes = authors_shapes()
    return sum(math.prod(shapes[name]) for name in names if not name.endswith(BUFFERS))


def golden() -> dict[str, Any]:
    """Return the authors' logits and a summary of the output of each of their modules."""
    return json.loads((GOLDEN / "posterpp.json").read_text())


def authors_state(seed: int) -> dict[str, Tensor]:
    """Return the authors' state dict with tensors that follow from name, shape and seed."""
    return {
        name: torch.from_numpy(_tensor(name, shape, seed))
        for name, shape in authors_shapes().items()
    }


def images(batch: int, size: int, seed: int) -> Tensor:
    """Return the images that belong to a seed."""
    return torch.from_numpy(0.5 * _generator("input", seed).standard_normal((batch, 3, size, size)))


def _tensor(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    generator, kind = _generator(name, seed), name.split(".")[-1]
    match kind:
        case "num_batches_tracked" | "relative_position_index":
            return np.zeros(shape, np.int64)
        case "running_mean":
            return 0.1 * generator.standard_normal(shape)
        case "running_var":
            return generator.uniform(0.5, 1.5, shape)
        case "weight" if len(shape) == 1:
            return generator.uniform(0.5, 1.0, shape)
    if len(shape) == 1:
        return 0.1 * generator.standard_normal(shape)
    return generator.standard_normal(shape) / math.sqrt(math.prod(shape[1:]))


def _generator(name: str, seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(zlib.crc32(f"{seed}:{name}".encode())))
