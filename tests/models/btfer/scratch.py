"""The nets built from scratch, with the counts that Keras printed in their notebooks."""

import csv
from pathlib import Path

import torch
from torch import nn

from fer_core.models.entries import entries

with (Path(__file__).parent / "counts.csv").open() as file:
    COUNTS = [
        (row["name"], int(row["size"]), int(row["trainable"]), int(row["total"]))
        for row in csv.DictReader(file)
    ]
CASES = [(name, size) for name, size, _, _ in COUNTS]
SMALL = [(name, size) for name, size, trainable, _ in COUNTS if trainable < 50_000_000]


def build(name: str, size: int, classes: int = 7) -> nn.Module:
    made = entries()[name].build
    assert made is not None
    return made(size, classes)


def build_shapes(name: str, size: int, classes: int = 7) -> nn.Module:
    """The net without memory: its shapes are known and nothing is calculated."""
    with torch.device("meta"):
        return build(name, size, classes).eval()
