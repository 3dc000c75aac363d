"""A probability of each emotion for every image, always in float32 and in the order of the rows."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from fer_core.emotions import EMOTIONS
from fer_core.models import Model
from fer_core.training.images import Pixels, Preprocess, batches

Tell = Callable[[int], None]


def _silent(images: int) -> None:
    """Tell nobody."""


def predict(
    model: Model,
    pixels: Pixels,
    rows: np.ndarray,
    device: torch.device,
    batch_size: int = 256,
    flip: bool = False,
    channels_last: bool = False,
) -> np.ndarray:
    """Return (n, classes) float64 probabilities of `rows`; with `flip`, the mean over each image
    and its mirror image."""
    prepare = preprocess_for(model, device, channels_last)
    net = model.net.to(device)
    plain = probabilities(net, prepare, pixels, rows, batch_size)
    if not flip:
        return plain
    return (plain + probabilities(net, prepare, pixels, rows, batch_size, mirror=True)) / 2


def preprocess_for(model: Model, device: torch.device, channels_last: bool = False) -> Preprocess:
    """Return the preprocessing that a model's input asks for."""
    return Preprocess(model.input.size, model.input.mean, model.input.std, device, channels_last)


def probabilities(
    net: nn.Module,
    prepare: Preprocess,
    pixels: Pixels,
    rows: np.ndarray,
    batch_size: int,
    mirror: bool = False,
    tell: Tell = _silent,
) -> np.ndarray:
    """Return the softmax of `logits`, (n, classes) float64."""
    scores = logits(net, prepare, pixels, rows, batch_size, mirror, tell)
    return scores.double().softmax(dim=1).numpy()


@torch.inference_mode()
def logits(
    net: nn.Module,
    prepare: Preprocess,
    pixels: Pixels,
    rows: np.ndarray,
    batch_size: int,
    mirror: bool = False,
    tell: Tell = _silent,
) -> torch.Tensor:
    """Return the net's (n, classes) float32 outputs for `rows` on the CPU; `mirror` turns the
    images left to right. `tell` hears of each batch how many images it had."""
    net.eval()
    parts = []
    for images in batches(pixels, rows, batch_size, prepare.device):
        x = prepare(images.flip(-1) if mirror else images)
        parts.append(net(x).float())
        tell(len(x))
    return torch.cat([part.cpu() for part in parts]) if parts else torch.empty(0, len(EMOTIONS))
