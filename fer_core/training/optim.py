"""Optimiser and learning rate. The rate is a function of the step or of the history,
never a hidden state."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from fer_core.errors import FerError
from fer_core.recipe import Phase, Recipe
from fer_core.recipe_parts import Optimizer, Schedule

THRESHOLD = (
    1e-4  # relative fall of the loss that counts as an improvement, as in torch's ReduceLROnPlateau
)


def make_optimizer(
    rated: Sequence[tuple[float, Sequence[nn.Parameter]]], optimizer: Optimizer
) -> torch.optim.Optimizer:
    """Return AdamW, Adam or SGD with momentum over parameters, each list with its largest rate.

    Weights decay; vectors (biases and the scales of norms) do not, as in timm and nanoGPT, unless
    all decays. AdamW takes the decay from the weights, the others add it to the gradient.
    """
    groups: list[dict[str, Any]] = []
    decay_of_vectors = optimizer.weight_decay if optimizer.decay == "all" else 0.0
    for rate, parameters in rated:
        weights = [p for p in parameters if p.ndim > 1]
        vectors = [p for p in parameters if p.ndim <= 1]
        groups.append({"params": weights, "lr": rate, "weight_decay": optimizer.weight_decay})
        groups.append({"params": vectors, "lr": rate, "weight_decay": decay_of_vectors})
    groups = [group for group in groups if group["params"]]
    if optimizer.name == "sgd":
        return torch.optim.SGD(groups, momentum=optimizer.momentum, fused=True)
    kind = torch.optim.Adam if optimizer.name == "adam" else torch.optim.AdamW
    return kind(groups, fused=True)


def share_of_peak(
    schedule: Schedule, epochs: int, step: int, steps_per_epoch: int, val_losses: Sequence[float]
) -> float:
    """Return what the largest rate is multiplied by at one step of a phase of so many epochs,
    counted from the phase's start, as are its `val_losses` so far.

    With the epoch e from 0: exponential, factor^e; step, factor^⌊e / every⌋; plateau, factor to the
    number of plateaus; as torch's schedulers of these names.
    """
    epoch = step // steps_per_epoch
    if schedule.name == "cosine" and schedule.per == "epoch":
        return cosine_share(schedule, epochs, epoch, 1)
    if schedule.name == "cosine":
        return cosine_share(schedule, epochs, step, steps_per_epoch)
    if schedule.name == "plateau":
        return schedule.factor ** count_plateaus(val_losses, schedule.patience)
    if schedule.name == "exponential":
        return schedule.factor**epoch
    if schedule.name == "step":
        return schedule.factor ** (epoch // schedule.every)
    return 1.0


def cosine_share(schedule: Schedule, epochs: int, step: int, steps_per_epoch: int) -> float:
    """Return half a cosine from 1 to 0 over the whole phase, after a linear warm-up; with a period
    of its own it rises again after it, and so on.

    Source: Loshchilov and Hutter, SGDR (2017), eq. 5 without restarts: (1 + cos(π t / T)) / 2; with
    a period, as torch's CosineAnnealingLR goes on beyond its T_max.
    """
    warmup = round(schedule.warmup_epochs * steps_per_epoch)
    if step < warmup:
        return (step + 1) / warmup
    total = max(epochs * steps_per_epoch - warmup, 1)
    since = step - warmup if schedule.period else min(step - warmup, total)
    return (1 + math.cos(math.pi * since / (schedule.period or total))) / 2


def rate_at(schedule: Schedule, peak: float, share: float) -> float:
    """Return the rate for a share of the largest one, not below the floor: the cosine swings
    between the two, every other schedule stops at the floor; as torch's eta_min and min_lr."""
    if schedule.name == "cosine":
        return schedule.floor + (peak - schedule.floor) * share
    return max(peak * share, schedule.floor)


def rate_in_table(schedule: Schedule, part: str, epoch: int) -> float:
    """Return the rate of the trunk or of the head in an epoch of a phase, from 0."""
    table = schedule.trunk if part == "trunk" else schedule.head
    return max(next(rate for end, rate in table if epoch < end), schedule.floor)


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


def set_rates(optimizer: torch.optim.Optimizer, rates: Sequence[float]) -> float:
    """Set the rate of every parameter group; return the highest."""
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
    return max(rates)


def require_steps(recipe: Recipe, steps: int) -> None:
    """Raise FerError where a warm-up or a period, at so many steps an epoch, is longer than a phase
    that it is for. What the recipe alone decides, it checks itself."""
    schedule = recipe.schedule
    if schedule.name != "cosine":
        return
    for number, phase in enumerate(recipe.phases, start=1):
        if schedule.warmup_epochs > phase.epochs:
            raise FerError(
                f"schedule.warmup_epochs is {schedule.warmup_epochs:g}; it is 0 to {phase.epochs}, "
                f"the epochs of phase {number}"
            )
        _require_period(schedule, phase, steps, number)


def _require_period(schedule: Schedule, phase: Phase, steps: int, number: int) -> None:
    most = phase.epochs if schedule.per == "epoch" else phase.epochs * steps
    if schedule.period is not None and schedule.period > most:
        raise FerError(
            f"schedule.period is {schedule.period}; it is 1 to {most}, "
            f"the {schedule.per}s of phase {number}"
        )
