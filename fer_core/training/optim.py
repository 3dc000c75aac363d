"""Optimiser and learning rate. The rate is a function of the step or of the history, never a hidden
state."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from fer_core.models.method import trained_parameters
from fer_core.recipe import Recipe

THRESHOLD = (
    1e-4  # relative fall of the loss that counts as an improvement, as in torch's ReduceLROnPlateau
)


def make_optimizer(net: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Return AdamW or SGD with momentum over every parameter that is to learn.

    Weights decay; vectors (biases and the scales of norms) do not, as in timm and nanoGPT.
    """
    parameters = trained_parameters(net)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, fused=True)
    return torch.optim.AdamW(groups, lr=recipe.lr, fused=True)


def learning_rate(
    recipe: Recipe, step: int, steps_per_epoch: int, val_losses: Sequence[float]
) -> float:
    """Return the rate of one step, counted from the start of the run; `val_losses` are those so
    far."""
    if recipe.schedule == "cosine":
        return cosine_rate(recipe, step, steps_per_epoch)
    if recipe.schedule == "plateau":
        return recipe.lr * recipe.plateau_factor ** count_plateaus(
            val_losses, recipe.plateau_patience
        )
    return recipe.lr


def cosine_rate(recipe: Recipe, step: int, steps_per_epoch: int) -> float:
    """Return half a cosine from `lr` to 0 over the whole run, per step, after a linear warm-up.

    Source: Loshchilov and Hutter, SGDR (2017), eq. 5 without restarts: lr (1 + cos(π t / T)) / 2.
    """
    warmup = round(recipe.warmup_epochs * steps_per_epoch)
    if step < warmup:
        return recipe.lr * ((step + 1) / warmup)
    total = max(recipe.epochs * steps_per_epoch - warmup, 1)
    return recipe.lr * ((1 + math.cos(math.pi * min(step - warmup, total) / total)) / 2)


def count_plateaus(losses: Sequence[float], patience: int) -> int:
    """Return how often the loss has gone more than `patience` epochs without a new minimum."""
    best, waited, plateaus = math.inf, 0, 0
    for loss in losses:
        if loss < best * (1 - THRESHOLD):
            best, waited = loss, 0
        else:
            waited += 1
        if waited > patience:
            plateaus, waited = plateaus + 1, 0
    return plateaus


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Set the rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
