"""Small features of images that were never taken."""

import torch

from fer_core.beyond.fit import Images
from fer_core.beyond.prepared import Combination
from fer_core.beyond.record import Settings

SMALL = Settings(epochs=2, batch=4, width=3, seeds=(0, 1))


def images(n: int, seed: int, emotions: int = 7) -> Images:
    """Features that tell the emotion, and noise."""
    torch.manual_seed(seed)
    labels = torch.arange(n) % emotions
    maps = torch.rand(n, 4, 8) + torch.eye(8)[labels][:, None]
    return Images(maps.half(), maps.mean(dim=1).half(), labels)


def combination() -> Combination:
    """Two sources, and two tests, of which one has two emotions."""
    tests = {"nhfi": images(20, 5), "london": images(8, 6, emotions=2)}
    sources = [images(32, 1), images(24, 2)]
    return Combination("nhfi", sources, images(14, 3), images(16, 4), tests)
