"""Weights without a file: each tensor is drawn from its name, its shape and a seed.

Two nets whose tensors can be mapped by name hold the same weights, so that their outputs can be
compared. Everything is float64.
"""

import csv
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

GOLDEN = Path(__file__).parent / "golden"


def draws(name: str, seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(crc32(f"{seed}:{name}".encode())))


def tensor(name: str, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    draw, last = draws(name, seed), name.rpartition(".")[2]
    if last == "num_batches_tracked":
        return torch.tensor(0)
    if last == "running_mean":
        return torch.from_numpy(0.1 * draw.standard_normal(shape))
    if last == "running_var":
        return torch.from_numpy(draw.uniform(0.5, 1.5, shape))
    if len(shape) == 1:
        scale = last == "weight"
        values = draw.uniform(0.5, 1.0, shape) if scale else 0.1 * draw.standard_normal(shape)
        return torch.from_numpy(values)
    return torch.from_numpy(draw.standard_normal(shape) / np.sqrt(np.prod(shape[1:])))


def authors_state(seed: int = 0) -> dict[str, Tensor]:
    """The state dict of the authors' net: the names and shapes that golden/keys.csv lists."""
    with (GOLDEN / "keys.csv").open() as file:
        shapes = {row["key"]: row["shape"] for row in csv.DictReader(file)}
    return {
        key: tensor(key, () if shape == "scalar" else tuple(map(int, shape.split("x"))), seed)
        for key, shape in shapes.items()
    }


def images(count: int, size: int, seed: int = 0) -> Tensor:
    values = 0.5 * draws("input", seed).standard_normal((count, 3, size, size))
    return torch.from_numpy(values)
