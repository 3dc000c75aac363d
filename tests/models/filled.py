"""Weights without a file: each tensor is drawn from its name, its shape and a seed.

Two nets whose tensors can be mapped by name hold the same weights, so that their outputs can be
compared. The golden numbers of the authors' nets are of weights and images made like this, in
float64.
"""

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

Shape = tuple[int, ...]


def shapes_in(keys: Path) -> dict[str, Shape]:
    """Return the shape of every tensor that a table with columns key and shape lists."""
    with keys.open(newline="") as file:
        return {
            row["key"]: () if row["shape"] == "scalar" else tuple(map(int, row["shape"].split("x")))
            for row in csv.DictReader(file)
        }


def filled(shapes: Mapping[str, Shape], seed: int = 0) -> dict[str, Tensor]:
    """Return a state dict with tensors that follow from name, shape and seed."""
    return {name: torch.from_numpy(_values(name, shape, seed)) for name, shape in shapes.items()}


def images(count: int, size: int, seed: int = 0) -> Tensor:
    """Return the input that belongs to a seed, (count, 3, size, size)."""
    return torch.from_numpy(0.5 * draws("input", seed).standard_normal((count, 3, size, size)))


def draws(name: str, seed: int = 0) -> np.random.Generator:
    """Return the draws of one name."""
    return np.random.Generator(np.random.PCG64(crc32(f"{seed}:{name}".encode())))


def _values(name: str, shape: Shape, seed: int) -> np.ndarray:
    draw, last = draws(name, seed), name.rpartition(".")[2]
    match last:
        case "num_batches_tracked" | "relative_position_index":
            return np.zeros(shape, np.int64)
        case "running_mean":
            return np.asarray(0.1 * draw.standard_normal(shape))
        case "running_var":
            return draw.uniform(0.5, 1.5, shape)
        case "weight" if len(shape) == 1:
            return draw.uniform(0.5, 1.0, shape)
    if len(shape) == 1:
        return np.asarray(0.1 * draw.standard_normal(shape))
    return np.asarray(draw.standard_normal(shape) / math.sqrt(math.prod(shape[1:])))
