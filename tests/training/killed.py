"""A training run to be killed: python -m tests.training.killed FOLDER RECIPE."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from tests.training import small
from tests.training.small import blobs, train


class SlowPixels:
    """Pixels that take their time, so that there is a moment to be killed in."""

    def __init__(self, pixels):
        self.pixels = pixels

    def batch(self, rows):
        time.sleep(0.1)
        return self.pixels.batch(rows)


if __name__ == "__main__":
    torch.set_num_threads(1)
    images = blobs()
    images = replace(images, pixels=SlowPixels(images.pixels))
    train(Path(sys.argv[1]), getattr(small, sys.argv[2]), images=images, checkpoint_seconds=0)
