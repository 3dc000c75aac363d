"""The training loop."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from fer_core.data.select import TrainingRows
from fer_core.errors import FerError
from fer_core.history import MEASURES, History
from fer_core.models import Model
from fer_core.models.method import images_per_class, training_loss
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_parts import Loss
from fer_core.training import seeds
from fer_core.training.balance import (
    class_weights,
    epoch_length,
    epoch_order,
    require_each_class,
    with_each_class,
)
from fer_core.training.checkpoint import CHECKPOINT, State
from fer_core.training.identity import identify
from fer_core.training.images import ImageSet, Preprocess, batches
from fer_core.training.logits import logits, preprocess_for
from fer_core.training.metrics import Tally
from fer_core.training.optim import scale_rates, share_of_peak
from fer_core.training.phases import Phases
from fer_core.training.progress import Watch, epoch_line, stop_if_diverged
from fer_core.training.smote import with_made_images

CHECKPOINT_SECONDS = 120.0
PLAIN = Machine()


def fit(
    model: Model,
    images: ImageSet,
    rows: TrainingRows,
    recipe: Recipe,
    run_dir: Path,
    *,
    seed: int,
    device: torch.device,
    machine: Machine = PLAIN,
    identity: dict[str, Any] | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    say: Callable[[str], None] = print,
) -> History:
    """Train `model.net`, and leave it with the weights of the epoch that validated best.

    Writes `history.csv`, `progress.json` and `checkpoint.pt` into `run_dir`. When the checkpoint of
    the same run is there, goes on from it and ends with the same bits as a run that was never
    stopped. `identity` adds what else must be equal for that. A test row, no validation row, a loss
    that is not finite or a full disk is a FerError; nothing finished is lost.
    """
    refuse_unfit_rows(images, rows)
    labels, of_each = images.labels[rows.train], images_per_class(model.net)
    require_each_class(labels, recipe.data.batch_size, of_each)
    seeds.be_deterministic(device)
    net = place(model.net, machine, device)
    prepare = preprocess_for(model, device, machine.channels_last is True)
    phases = Phases(net, recipe, model.head)
    loss_of = make_loss(recipe.loss, labels, device)
    in_precision = precision(machine, device)
    identity = {**(identity or {}), **identify(images, rows, recipe, machine, seed)}
    images, rows = with_made_images(images, rows, recipe.data.sampler, seed)
    steps = steps_per_epoch(images.labels[rows.train], recipe)
    checkpoint = run_dir / CHECKPOINT
    watch = Watch(run_dir, recipe.epochs, steps, checkpoint_seconds)

    with phases.thawed():
        state = State(phases, History(recipe.selection.measure), Tally.of(labels, device))
        if state.restore(checkpoint, identity):
            say(f"going on after epoch {state.epoch}, step {state.step} of {steps}")
        while not state.done:
            phases.train()
            watch.start()
            for step, x, y in training_batches(images, rows, prepare, recipe, seed, state, of_each):
                rate = set_rates(state, recipe, step, steps)
                torch.manual_seed(seeds.derive(seed, seeds.NET, state.epoch, step))  # for dropout
                with in_precision:
                    loss, outputs = training_loss(net, x, y, loss_of, state.epoch)
                descend(loss, net, state.optimizer)
                state.tally.add(loss, outputs, y)
                state.step = step + 1
                if watch.step(state):
                    state.save(checkpoint, identity)
            close_epoch(state, validate(net, prepare, images, rows, recipe, watch), recipe, rate)
            state.history.write(run_dir / "history.csv")
            state.save(checkpoint, identity)
            say(epoch_line(state.history, recipe.epochs))

    net.load_state_dict(state.best)
    return state.history


def set_rates(state: State, recipe: Recipe, step: int, steps: int) -> float:
    """Set the rates of one step, by where it is in its phase; return the highest."""
    epochs = recipe.phases[state.phase].epochs
    since = (state.epoch - state.first) * steps + step
    val_losses = state.history.column("val_loss")[state.first :]
    share = share_of_peak(recipe.schedule, epochs, since, steps, val_losses)
    return scale_rates(state.optimizer, state.peaks, share)


def descend(loss: torch.Tensor, net: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Take one optimiser step down the gradient of `loss`."""
    net.zero_grad(set_to_none=True)  # some gradients may belong to no optimiser
    loss.backward()
    optimizer.step()


def place(net: torch.nn.Module, machine: Machine, device: torch.device) -> torch.nn.Module:
    """Return the net on its device, in the memory format that the machine is to use."""
    layout = torch.channels_last if machine.channels_last is True else torch.contiguous_format
    return net.to(device=device, memory_format=layout)


def precision(machine: Machine, device: torch.device) -> torch.autocast:
    """Return the context of a forward pass: bfloat16 on CUDA, where the machine asks for it."""
    half = machine.autocast and device.type == "cuda"
    return torch.autocast(device.type, torch.bfloat16, enabled=half)


def make_loss(
    loss: Loss, labels: np.ndarray, device: torch.device
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return cross entropy with the recipe's label smoothing and class weights.

    With ε = label_smoothing, C classes and weights w (1 without "balanced"), over the batch:
    Σ_i [(1 - ε) w_y(-log p_y) + ε/C Σ_c w_c(-log p_c)] / Σ_i w_y.
    """
    weighted = loss.class_weights != "none"
    weight = class_weights(labels, loss.class_weights).to(device) if weighted else None
    return partial(F.cross_entropy, weight=weight, label_smoothing=loss.label_smoothing)


def training_batches(
    images: ImageSet,
    rows: TrainingRows,
    prepare: Preprocess,
    recipe: Recipe,
    seed: int,
    state: State,
    of_each: int = 0,
) -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
    """Yield (step, augmented images, targets) for the rest of the epoch where `state` stands.

    Each batch is a function of seed, epoch and step alone. An incomplete last batch is left out,
    unless it is the only one; the next epoch's order gives its images another chance. A phase may
    have a side of its own, which validation has not. Each batch holds at least `of_each` images
    of every emotion.
    """
    epoch, first = state.epoch, state.step
    prepare = replace(prepare, size=recipe.phases[state.phase].side or prepare.size)
    labels = images.labels[rows.train]
    size = min(recipe.data.batch_size, epoch_length(labels, recipe.data.sampler))
    draw = seeds.generator(seed, seeds.ORDER, epoch)
    order = epoch_order(labels, recipe.data.sampler, draw)
    if of_each:
        order = with_each_class(order, labels, size, of_each, draw)
    order = order[first * size : steps_per_epoch(labels, recipe) * size]
    targets = torch.from_numpy(labels[order]).split(size)
    packed = batches(images.pixels, rows.train[order], size, prepare.device)
    for step, (pixels, y) in enumerate(zip(packed, targets, strict=True), start=first):
        draws = seeds.generator(seed, seeds.AUGMENT, epoch, step)
        x = prepare(pixels, recipe.regularisation.augment, draws)
        yield step, x, y.to(prepare.device, non_blocking=True)


def validate(
    net: torch.nn.Module,
    prepare: Preprocess,
    images: ImageSet,
    rows: TrainingRows,
    recipe: Recipe,
    watch: Watch,
) -> dict[str, float]:
    """Return loss (plain cross entropy), accuracy and macro-F1 on the validation rows."""
    begun = time.perf_counter()
    outputs = logits(net, prepare, images.pixels, rows.validation, recipe.data.batch_size)
    targets = torch.from_numpy(images.labels[rows.validation])
    tally = Tally(torch.device("cpu"), outputs.shape[1])
    tally.add(F.cross_entropy(outputs, targets), outputs, targets)
    watch.validation_seconds = time.perf_counter() - begun
    scores = tally.scores()
    stop_if_diverged(scores["loss"], "validation", watch.run_dir)
    return {**scores, "seconds": watch.validation_seconds}


def close_epoch(state: State, validation: dict[str, float], recipe: Recipe, rate: float) -> None:
    """Write the epoch into the history, keep its weights if it is the best so far, and move on to
    the next epoch or phase."""
    train = state.tally.scores()
    state.history.rows.append({
        "epoch": state.epoch + 1, "lr": rate,
        **{f"train_{name}": train[name] for name in MEASURES},
        **{f"val_{name}": validation[name] for name in MEASURES},
        "images_per_second": state.tally.images / max(state.tally.seconds, 1e-9),
        "seconds": state.tally.seconds + validation["seconds"],
    })  # fmt: skip
    if state.history.best == state.epoch:
        state.keep_weights()
    state.epoch, state.step = state.epoch + 1, 0
    state.tally = Tally(state.tally.device, state.tally.classes)
    over = state.epoch - state.first == recipe.phases[state.phase].epochs
    if not over and not state.history.stops_early(recipe.selection.patience, state.first):
        return
    state.done = state.phase == len(recipe.phases) - 1
    if not state.done:
        state.begin(state.phase + 1)


def steps_per_epoch(labels: np.ndarray, recipe: Recipe) -> int:
    """Return the number of optimiser steps in one epoch of training images with these labels."""
    return max(epoch_length(labels, recipe.data.sampler) // recipe.data.batch_size, 1)


def refuse_unfit_rows(images: ImageSet, rows: TrainingRows) -> None:
    """Refuse rows that training may not or cannot use: a test split first of all."""
    for part, name, least in ((rows.train, "training", 2), (rows.validation, "validation", 1)):
        if len(part) < least:
            raise FerError(
                f"{len(part)} {name} images are not enough; "
                "check the data set's split and what was dropped"
            )
        if (images.split[part] == "test").any():
            raise FerError(
                f"{name} rows hold images of a test split; take them from fer_core.data.select"
            )
        if (images.labels[part] < 0).any():
            raise FerError(
                f"{name} rows hold images without an emotion; take them from fer_core.data.select"
            )
    if len(np.intersect1d(rows.train, rows.validation)):
        raise FerError(
            "an image is in both the training and the validation rows; "
            "take them from fer_core.data.select"
        )
