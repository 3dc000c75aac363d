"""DMUE by name, and the tensors of the authors' training net of seven classes."""

from pathlib import Path

import torch

from fer_core.models.dmue.net import TargetNet
from fer_core.models.entries import entries
from tests.models.filled import shapes_in

GOLDEN = Path(__file__).parent / "golden"
AUTHORS = shapes_in(GOLDEN / "keys.csv")


def made(name: str = "dmue-tiny", classes: int = 7, seed: int = 0, **options: object) -> TargetNet:
    """A net by name, with the options given."""
    entry = entries()[name]
    torch.manual_seed(seed)
    return entry.build(entry.sizes[0], classes, **entry.resolve(options))
