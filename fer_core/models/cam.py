"""Grad-CAM: which places of an image speak for a class."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn

from fer_core.errors import FerError
from fer_core.models.create import Model

BATCH = 32


def grad_cam(model: Model, images: Tensor, targets: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return the Grad-CAM of each image for its target class: (B, H, W) float32 in 0..1.

    Selvaraju et al. 2017, equations 1 and 2: a_k = mean of dy_c/dA_k over places, map = ReLU(sum of
    a_k A_k) at the feature maps A of `cam_layer`, then scaled to its own range and resized to the
    image. The maps of several layers, separated by blanks in `cam_layer`, are averaged.
    `images` (B, 3, H, W), H = W, are normalised. A map is all zero where nothing speaks for the
    class. The net is left as it was found.
    """
    if not model.cam_layer:
        raise FerError("this net has no layer with places to show; Grad-CAM needs another backbone")
    if len(images) != len(targets):
        raise FerError(f"{len(images)} images but {len(targets)} target classes; give one for each")
    if not all(0 <= int(target) < len(model.classes) for target in targets):
        wrong = sorted(set(map(int, targets)))
        raise FerError(f"target classes are 0 to {len(model.classes) - 1}, not {wrong}")
    device = next(model.net.parameters()).device
    images = images.detach().to(device)
    grids: list[np.ndarray] = []
    with _undisturbed(model.net):
        layers = [model.net.get_submodule(name) for name in model.cam_layer.split()]
        # only the calls stand inside: leaving this block hides an IndexError
        with GradCAM(model.net, layers, _Places(model.net)) as cam:
            for first in range(0, len(images), BATCH):
                part = slice(first, first + BATCH)
                goals = [ClassifierOutputTarget(int(target)) for target in targets[part]]
                grids.append(cam(images[part].clone().requires_grad_(), goals))
    maps = np.concatenate(grids) if grids else np.empty((0, *images.shape[2:]), np.float32)
    if maps.shape != (len(images), *images.shape[2:]):
        raise FerError(
            f"Grad-CAM failed at layer {model.cam_layer} of this net; use another backbone"
        )
    return maps.astype(np.float32)


class _Places:
    """Turn a layer's output into (B, C, h, w): a ViT's tokens, a Swin's channels-last maps too."""

    def __init__(self, net: nn.Module) -> None:
        self.prefix = getattr(net, "num_prefix_tokens", 0)

    def __call__(self, output: Tensor) -> Tensor:
        if output.ndim == 3:
            side = math.isqrt(output.shape[1] - self.prefix)
            return output[:, self.prefix :].transpose(1, 2).unflatten(2, (side, side))
        # images are square, so the two equal sides tell where the channels are
        channels_last = output.shape[2] != output.shape[3]
        return output.permute(0, 3, 1, 2) if channels_last else output


@contextmanager
def _undisturbed(net: nn.Module) -> Iterator[None]:
    """Restore modes and gradients: pytorch-grad-cam changes the former and clears the latter."""
    modes = [(module, module.training) for module in net.modules()]
    kept = [(tensor, tensor.grad, tensor.requires_grad) for tensor in net.parameters()]
    for tensor, _, _ in kept:
        tensor.grad = None
        tensor.requires_grad_(False)
    try:
        with torch.enable_grad():
            yield
    finally:
        for module, training in modes:
            module.training = training
        for tensor, grad, requires_grad in kept:
            tensor.requires_grad_(requires_grad)
            tensor.grad = grad
