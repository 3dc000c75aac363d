"""What a net answers to rows of packed pixels: always in float32, in the order of the rows."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from fer_core.emotions import EMOTIONS
from fer_core.models import Model
from fer_core.training.images import Pixels, Preprocess, batches

Tell = Callable[[int], None]
Show = Callable[[torch.Tensor], torch.Tensor]


def silent(images: int) -> None:
    """Tell nobody."""


def as_it_is(images: torch.Tensor) -> torch.Tensor:
    """Show images as they are."""
    return images


def preprocess_for(model: Model, device: torch.device, channels_last: bool = False) -> Preprocess:
    """Return the preprocessing that a model's input asks for."""
    return Preprocess(model.input.size, model.input.mean, model.input.std, device, channels_last)


@torch.inference_mode()
def logits(
    net: nn.Module,
    prepare: Preprocess,
    pixels: Pixels,
    rows: np.ndarray,
    batch_size: int,
    show: Show = as_it_is,
    tell: Tell = silent,
) -> torch.Tensor:
    """Return the net's (n, classes) float32 outputs for `rows` on the CPU.

    `show` changes each batch, (n, channels, side, side) uint8, before it is prepared; `tell` hears
    of each batch how many images it had.
    """
    net.eval()
    parts = []
    for images in batches(pixels, rows, batch_size, prepare.device):
        x = prepare(show(images))
        parts.append(net(x).float())
        tell(len(x))
    return torch.cat([part.cpu() for part in parts]) if parts else torch.empty(0, len(EMOTIONS))
