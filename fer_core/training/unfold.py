"""Batch norms whose mean and variance were folded into the convolutions get them back.

A net that was exported for use alone has batch norms of mean 0 and variance 1. In evaluation it is
the same function, but training would normalise by the batch and destroy the features.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

from fer_core.models import Model
from fer_core.training.images import ImageSet, batches
from fer_core.training.logits import preprocess_for
from fer_core.training.seeds import INIT, generator

IMAGES = 512
BATCH = 64


def unfold(
    model: Model, images: ImageSet, rows: np.ndarray, seed: int, device: torch.device
) -> dict[str, Any]:
    """Give every batch norm of `model.net` the statistics of its input, in place.

    `rows` are training rows, of which at most 512 are drawn by `seed`. Return what was done, for
    the run's record.
    """
    order = torch.randperm(len(rows), generator=generator(seed, INIT)).numpy()
    drawn = np.sort(rows[order[:IMAGES]])
    prepare = preprocess_for(model, device)
    net = model.net.to(device)
    restore_statistics(net, map(prepare, batches(images.pixels, drawn, BATCH, device)))
    return {"images": len(drawn), "of": "the training images", "seed": seed}


@torch.no_grad()
def restore_statistics(net: nn.Module, inputs: Iterable[torch.Tensor]) -> None:
    """Set mean and variance of every 2-d batch norm to those of its input, and its scale and bias
    so that the net in evaluation mode stays the same function.

    With mean m, variance s, scale w and bias b a batch norm is y = a (x - m) + b, a = w / √(s + ε).
    With the mean μ and the variance v of x over images and places, the same y is
    a √(v + ε) · (x - μ) / √(v + ε) + b + a (μ - m).
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    sums = {norm: _Sums() for norm in norms}
    hooks = [
        norm.register_forward_pre_hook(lambda module, given: sums[module].add(given[0]))
        for norm in norms
    ]
    training = net.training
    net.eval()
    try:
        for x in inputs:
            net(x)
    finally:
        for hook in hooks:
            hook.remove()
        net.train(training)
    for norm in norms:
        mean, variance = sums[norm].moments()
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        norm.bias.copy_(norm.bias.double() + scale * (mean - norm.running_mean.double()))
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)


class _Sums:
    """Count, sum and sum of squares for each channel, in float64."""

    def __init__(self) -> None:
        self.count, self.first, self.second = 0, torch.zeros(()), torch.zeros(())

    def add(self, x: torch.Tensor) -> None:
        x = x.double()
        self.count += x.numel() // x.shape[1]
        self.first = self.first.to(x.device) + x.sum(dim=(0, 2, 3))
        self.second = self.second.to(x.device) + x.square().sum(dim=(0, 2, 3))

    def moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        mean = self.first / self.count
        return mean, (self.second / self.count - mean.square()).clamp_min(0)
