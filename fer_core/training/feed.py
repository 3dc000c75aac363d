"""What the steps of an epoch are fed: which rows may train, and their batches."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch

from fer_core.data.select import TrainingRows
from fer_core.errors import FerError
from fer_core.recipe import Recipe
from fer_core.training import seeds
from fer_core.training.balance import (
    count_labels,
    epoch_length,
    epoch_order,
    with_each_class,
)
from fer_core.training.checkpoint import State
from fer_core.training.images import ImageSet, Preprocess, batches


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
    of every emotion: filled up so or, where the recipe says so, left out if it does not.
    """
    epoch, first = state.epoch, state.step
    prepare = replace(prepare, size=recipe.phases[state.phase].side or prepare.size)
    labels = images.labels[rows.train]
    size = min(recipe.data.batch_size, epoch_length(labels, recipe.data.sampler))
    draw = seeds.generator(seed, seeds.ORDER, epoch)
    order = epoch_order(labels, recipe.data.sampler, draw)
    skip = recipe.data.rare == "skip"
    if of_each and not skip:
        order = with_each_class(order, labels, size, of_each, draw)
    numbers = np.arange(first, steps_per_epoch(labels, recipe))
    orders = order[first * size :][: len(numbers) * size].reshape(-1, size)
    if of_each and skip:
        fit = have_each_class(labels[orders], of_each, len(count_labels(labels)))
        numbers, orders = numbers[fit], orders[fit]
    targets = torch.from_numpy(labels[orders]).unbind()
    packed = batches(images.pixels, rows.train[orders.ravel()], size, prepare.device)
    for step, pixels, y in zip(numbers.tolist(), packed, targets, strict=True):
        draws = seeds.generator(seed, seeds.AUGMENT, epoch, step)
        x = prepare(pixels, recipe.regularisation.augment, draws)
        yield step, x, y.to(prepare.device, non_blocking=True)


def have_each_class(labels: np.ndarray, least: int, classes: int) -> np.ndarray:
    """Return (batches,) whether each batch of labels (batches, size) holds `least` of each of so
    many classes."""
    counts = [(labels == number).sum(axis=1) for number in range(classes)]
    return np.min(counts, axis=0) >= least


def steps_per_epoch(labels: np.ndarray, recipe: Recipe) -> int:
    """Return the number of optimiser steps in one epoch of training images with these labels."""
    return max(epoch_length(labels, recipe.data.sampler) // recipe.data.batch_size, 1)


def count_skipped(state: State, labels: np.ndarray, recipe: Recipe) -> int:
    """Return how many batches of the finished epoch were left out for lack of an emotion, of
    training images with these labels; a FerError if all were."""
    size = min(recipe.data.batch_size, epoch_length(labels, recipe.data.sampler))
    used = state.tally.images // size
    if not used:
        raise FerError(
            f"no batch of epoch {state.epoch + 1} held enough images of every emotion; raise "
            f"data.batch_size from {recipe.data.batch_size}, or set data.rare to fill"
        )
    return steps_per_epoch(labels, recipe) - used


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
