"""The two losses of DAN beside cross entropy (Wen et al. 2023; yaoing/DAN at 3872eef)."""

import sys

import torch
from torch import Tensor

# An image's affinity is kept within these. The authors' code does so for its zeros at the other
# centres too, which adds 1e-12 for each of them: left out here.
LEAST, MOST = 1e-12, 1e12
EPSILON = sys.float_info.epsilon


def affinity_loss(features: Tensor, centres: Tensor, y: Tensor) -> Tensor:
    """Return how far images lie from the centre of their class, against the centres' spread.

    mean over i of ||x_i - c_{y_i}||² / sum over d of var_k(c_kd), with x_i the mean over places of
    `features` (B, D, h, w), c the learned `centres` (classes or more, D) and the unbiased variance
    over all of them. Gradients reach features and centres, through both sides of the fraction.
    """
    features, centres = _exact(features), _exact(centres)
    distances = (features.mean((2, 3)) - centres[y]).square().sum(1)
    return (distances / centres.var(0).sum()).clamp(LEAST, MOST).mean()


def partition_loss(heads: Tensor) -> Tensor:
    """Return how alike the heads' outputs (B, K, D) are: log(1 + K / v), 0 for one head.

    v is the unbiased variance over the K heads, averaged over images and dimensions.
    """
    heads = _exact(heads)
    count = heads.shape[1]
    if count == 1:
        return heads.new_zeros(())
    return torch.log(1 + count / (heads.var(1).mean() + EPSILON))


def _exact(tensor: Tensor) -> Tensor:
    """Return the tensor in float32, or float64 where it is that: a loss is never summed in less."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
