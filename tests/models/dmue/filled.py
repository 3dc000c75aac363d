"""Nets filled by name and seed, so that the authors' and ours hold the same weights."""

import csv
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor

from fer_core.models.dmue.net import TargetNet
from fer_core.models.entries import entries

GOLDEN = Path(__file__).parent / "golden"


def made(name: str = "dmue-tiny", classes: int = 7, seed: int = 0, **options: object) -> TargetNet:
    """A net by name, with the options given."""
    entry = entries()[name]
    torch.manual_seed(seed)
    return entry.build(entry.sizes[0], classes, **entry.resolve(options))


def authors_shapes() -> dict[str, tuple[int, ...]]:
    """Name and shape of every tensor of the authors' training net, seven classes."""
    with open(GOLDEN / "keys.csv", newline="") as file:
        return {
            row["key"]: () if row["shape"] == "scalar" else tuple(map(int, row["shape"].split("x")))
            for row in csv.DictReader(file)
        }


def generator(name: str, seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(crc32(f"{seed}:{name}".encode())))


def tensor(name: str, shape: tuple[int, ...], seed: int = 0) -> Tensor:
    """A tensor's values, a function of its name, shape and seed."""
    draw, last = generator(name, seed), name.rsplit(".", 1)[-1]
    if last == "num_batches_tracked":
        return torch.zeros((), dtype=torch.long)
    if last == "running_var":
        value = draw.uniform(0.5, 1.5, shape)
    elif last == "weight" and len(shape) == 1:
        value = draw.uniform(0.5, 1.0, shape)
    elif last == "running_mean" or len(shape) == 1:
        value = 0.1 * draw.standard_normal(shape)
    else:
        value = draw.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
    return torch.from_numpy(value)


def images(batch: int, size: int, seed: int = 0) -> Tensor:
    """Input (batch, 3, size, size), float64."""
    draw = generator("input", seed).standard_normal((batch, 3, size, size))
    return torch.from_numpy(0.5 * draw)
