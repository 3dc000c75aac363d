"""What changes a trained net or its answers by test images without labels."""

import copy

import numpy as np
import torch
from torch import nn

from fer_core.beyond.fit import Images, Net


@torch.no_grad()
def with_norms_of(net: Net, images: Images) -> Net:
    """Return a copy of a net whose batch norms have the mean and the variance of these images, all
    at once, as running statistics; nothing else differs (Schneider et al. 2020, no source mixed
    in)."""
    adapted = copy.deepcopy(net).eval()
    for module in adapted.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.train()
            module.momentum = 1.0
    adapted(images.maps, images.pooled)
    return adapted.eval()


def em_prior(
    probabilities: np.ndarray, prior: np.ndarray, least: float = 1e-6, most: int = 1000
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities (n, K) under the shares of the classes that the images themselves make
    likely, and these shares (K,).

    `prior` (K,) are the shares among the training images. In turns p'(y|x) ∝ p(y|x) π'(y) / π(y)
    and π'(y) = mean over x of p'(y|x), from π' = π on, until no share moves by more than `least`,
    at most `most` times (Saerens, Latinne and Decaestecker 2002).
    """
    there, shares = probabilities, prior
    for _ in range(most):
        there = probabilities * (shares / prior)
        there /= there.sum(axis=1, keepdims=True)
        before, shares = shares, there.mean(axis=0)
        if np.abs(shares - before).max() < least:
            break
    return there, shares
