"""Optimiser and learning rate. The rate is a function of the step or of the history,
never a hidden state."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from fer_core.recipe_parts import Optimizer, Schedule

THRESHOLD = (
    1e-4  # relative fall of the loss that counts as an improvement, as in torch's ReduceLROnPlateau
)


def make_optimizer(
    rated: Sequence[tuple[float, Sequence[nn.Parameter]]], optimizer: Optimizer
) -> torch.optim.Optimizer:
    """Return AdamW or SGD with momentum over parameters, each list with its largest rate.

    Weights decay; vectors (biases and the scales of norms) do not, as in timm and nanoGPT.
    """
    groups: list[dict[str, Any]] = []
    for rate, parameters in rated:
        weights = [p for p in parameters if p.ndim > 1]
        vectors = [p for p in parameters if p.ndim <= 1]
        groups.append({"params": weights, "lr": rate, "weight_decay": optimizer.weight_decay})
        groups.append({"params": vectors, "lr": rate, "weight_decay": 0.0})
    groups = [group for group in groups if group["params"]]
    if optimizer.name == "sgd":
        return torch.optim.SGD(groups, momentum=optimizer.momentum, fused=True)
    return torch.optim.AdamW(groups, fused=True)


def share_of_peak(
    schedule: Schedule, epochs: int, step: int, steps_per_epoch: int, val_losses: Sequence[float]
) -> float:
    """Return what the largest rate is multiplied by at one step of a phase of so many epochs,
    counted from the phase's start, as are its `val_losses` so far."""
    if schedule.name == "cosine":
        return cosine_share(schedule, epochs, step, steps_per_epoch)
    if schedule.name == "plateau":
        return schedule.factor ** count_plateaus(val_losses, schedule.patience)
    return 1.0


def cosine_share(schedule: Schedule, epochs: int, step: int, steps_per_epoch: int) -> float:
    """Return half a cosine from 1 to 0 over the whole phase, per step, after a linear warm-up.

    Source: Loshchilov and Hutter, SGDR (2017), eq. 5 without restarts: (1 + cos(π t / T)) / 2.
    """
    warmup = round(schedule.warmup_epochs * steps_per_epoch)
    if step < warmup:
        return (step + 1) / warmup
    total = max(epochs * steps_per_epoch - warmup, 1)
    return (1 + math.cos(math.pi * min(step - warmup, total) / total)) / 2


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


def peaks_of(optimizer: torch.optim.Optimizer) -> list[float]:
    """Return the largest rate of each parameter group of a new optimiser."""
    return [group["lr"] for group in optimizer.param_groups]


def scale_rates(optimizer: torch.optim.Optimizer, peaks: Sequence[float], share: float) -> float:
    """Set the rate of every parameter group to a share of its largest; return the highest."""
    for group, peak in zip(optimizer.param_groups, peaks, strict=True):
        group["lr"] = peak * share
    return max(group["lr"] for group in optimizer.param_groups)
