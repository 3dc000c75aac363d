"""The training loop."""

import hashlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from fer_core.data.select import TrainingRows
from fer_core.errors import FerError
from fer_core.models import Model
from fer_core.models.method import images_per_class, training_loss
from fer_core.recipe import Recipe
from fer_core.training import seeds
from fer_core.training.balance import (
    class_weights,
    epoch_order,
    require_each_class,
    with_each_class,
)
from fer_core.training.checkpoint import CHECKPOINT, State
from fer_core.training.history import MEASURES, History
from fer_core.training.images import ImageSet, Preprocess, batches
from fer_core.training.logits import logits, preprocess_for
from fer_core.training.metrics import Tally
from fer_core.training.optim import learning_rate, make_optimizer, set_learning_rate
from fer_core.training.progress import Watch, epoch_line, stop_if_diverged

CHECKPOINT_SECONDS = 120.0


def fit(
    model: Model,
    images: ImageSet,
    rows: TrainingRows,
    recipe: Recipe,
    run_dir: Path,
    *,
    seed: int,
    device: torch.device,
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
    require_each_class(labels, recipe.batch_size, of_each)
    seeds.be_deterministic(device)
    net = place(model.net, recipe, device)
    prepare = preprocess_for(model, device, recipe.channels_last is True)
    optimizer = make_optimizer(net, recipe)
    loss_of = make_loss(recipe, labels, device)
    half = recipe.autocast and device.type == "cuda"
    in_precision = torch.autocast(device.type, torch.bfloat16, enabled=half)
    steps = steps_per_epoch(rows, recipe)
    state = State(net, optimizer, History(recipe.select_by), Tally.of(labels, device))
    identity = {**(identity or {}), **identify(images, rows, recipe, seed)}
    checkpoint = run_dir / CHECKPOINT
    if state.restore(checkpoint, identity):
        say(f"going on after epoch {state.epoch}, step {state.step} of {steps}")
    watch = Watch(run_dir, recipe.epochs, steps, checkpoint_seconds)

    while not state.done:
        net.train()
        watch.start()
        val_losses = state.history.column("val_loss")
        for step, x, y in training_batches(images, rows, prepare, recipe, seed, state, of_each):
            rate = learning_rate(recipe, state.epoch * steps + step, steps, val_losses)
            set_learning_rate(optimizer, rate)
            torch.manual_seed(seeds.derive(seed, seeds.NET, state.epoch, step))  # for dropout
            with in_precision:
                loss, outputs = training_loss(net, x, y, loss_of, state.epoch)
            descend(loss, net, optimizer)
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


def descend(loss: torch.Tensor, net: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Take one optimiser step down the gradient of `loss`."""
    net.zero_grad(set_to_none=True)  # some gradients may belong to no optimiser
    loss.backward()
    optimizer.step()


def place(net: torch.nn.Module, recipe: Recipe, device: torch.device) -> torch.nn.Module:
    """Return the net on its device, in the recipe's memory format."""
    layout = torch.channels_last if recipe.channels_last is True else torch.contiguous_format
    return net.to(device=device, memory_format=layout)


def make_loss(
    recipe: Recipe, labels: np.ndarray, device: torch.device
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """Return cross entropy with the recipe's label smoothing and class weights.

    With ε = label_smoothing, C classes and weights w (1 without "balanced"), over the batch:
    Σ_i [(1 - ε) w_y(-log p_y) + ε/C Σ_c w_c(-log p_c)] / Σ_i w_y.
    """
    weighted = recipe.class_weights != "none"
    weight = class_weights(labels, recipe.class_weights).to(device) if weighted else None
    return partial(F.cross_entropy, weight=weight, label_smoothing=recipe.label_smoothing)


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
    unless it is the only one; the next epoch's order gives its images another chance. Each batch
    holds at least `of_each` images of every emotion.
    """
    epoch, first = state.epoch, state.step
    labels = images.labels[rows.train]
    size = min(recipe.batch_size, len(labels))
    draw = seeds.generator(seed, seeds.ORDER, epoch)
    order = epoch_order(labels, recipe.sampler, draw)
    if of_each:
        order = with_each_class(order, labels, size, of_each, draw)
    order = order[first * size : steps_per_epoch(rows, recipe) * size]
    targets = torch.from_numpy(labels[order]).split(size)
    packed = batches(images.pixels, rows.train[order], size, prepare.device)
    for step, (pixels, y) in enumerate(zip(packed, targets, strict=True), start=first):
        draws = seeds.generator(seed, seeds.AUGMENT, epoch, step)
        yield step, prepare(pixels, recipe.augment, draws), y.to(prepare.device, non_blocking=True)


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
    outputs = logits(net, prepare, images.pixels, rows.validation, recipe.batch_size)
    targets = torch.from_numpy(images.labels[rows.validation])
    tally = Tally(torch.device("cpu"), outputs.shape[1])
    tally.add(F.cross_entropy(outputs, targets), outputs, targets)
    watch.validation_seconds = time.perf_counter() - begun
    scores = tally.scores()
    stop_if_diverged(scores["loss"], "validation", watch.run_dir)
    return {**scores, "seconds": watch.validation_seconds}


def close_epoch(state: State, validation: dict[str, float], recipe: Recipe, rate: float) -> None:
    """Write the epoch into the history, keep its weights if it is the best so far, and move on."""
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
    state.done = state.epoch == recipe.epochs or state.history.stops_early(recipe.early_stopping)


def steps_per_epoch(rows: TrainingRows, recipe: Recipe) -> int:
    """Return the number of optimiser steps in one epoch."""
    return max(len(rows.train) // recipe.batch_size, 1)


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


def identify(images: ImageSet, rows: TrainingRows, recipe: Recipe, seed: int) -> dict[str, Any]:
    """Return what must be equal for a checkpoint to belong to this run."""
    digest = hashlib.sha256()
    for array in (
        rows.train,
        rows.validation,
        images.labels[rows.train],
        images.labels[rows.validation],
    ):
        digest.update(np.ascontiguousarray(array, dtype=np.int64).tobytes())
    return {
        "seed": seed,
        "recipe": recipe.model_dump(mode="json"),
        "data": images.fingerprint,
        "rows": digest.hexdigest(),
    }
