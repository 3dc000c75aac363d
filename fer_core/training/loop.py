"""The training loop."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from fer_core.data.select import TrainingRows
from fer_core.history import MEASURES, History
from fer_core.models import Model
from fer_core.models.method import images_per_class
from fer_core.recipe import Machine, Recipe
from fer_core.training import seeds
from fer_core.training.balance import epoch_length, require_each_class
from fer_core.training.checkpoint import CHECKPOINT, State
from fer_core.training.feed import (
    count_skipped,
    refuse_unfit_rows,
    steps_per_epoch,
    training_batches,
)
from fer_core.training.identity import identify
from fer_core.training.images import ImageSet, Preprocess
from fer_core.training.logits import logits, preprocess_for
from fer_core.training.loss import make_loss
from fer_core.training.metrics import Tally
from fer_core.training.optim import rate_at, rate_in_table, require_steps, set_rates, share_of_peak
from fer_core.training.phases import Phases
from fer_core.training.progress import Watch, epoch_line, stop_if_diverged
from fer_core.training.smote import with_made_images
from fer_core.training.step import Step, require_steps_of_net

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
    give_up: Callable[[History], bool] = lambda history: False,
) -> History:
    """Train `model.net`, and leave it with the weights of the epoch that validated best.

    Writes `history.csv`, `progress.json` and `checkpoint.pt` into `run_dir`, and goes on from that
    of the same run and `identity` to the same bits. `give_up`, asked after each epoch, may end it.
    FerError, losing nothing finished: a test row, no validation row, an infinite loss, a full disk.
    """
    refuse_unfit_rows(images, rows)
    labels, of_each = images.labels[rows.train], images_per_class(model.net)
    require_each_class(labels, recipe.data.batch_size, of_each)
    identity = {**(identity or {}), **identify(images, rows, recipe, machine, seed)}
    images, rows = with_made_images(images, rows, recipe.data.sampler, seed)
    steps = steps_per_epoch(images.labels[rows.train], recipe)
    require_steps(recipe, steps)
    seeds.be_deterministic(device)
    prepare = preprocess_for(model, device, machine.channels_last is True)
    phases = Phases(place(model.net, machine, device), recipe, model.head)
    one_step = make_step(phases, recipe, labels, machine, device, say)
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
                set_rates(state.optimizer, rates_of_step(state, recipe, step, steps))
                state.tally.add(*one_step.take(state.optimizer, x, y, seed, state.epoch, step))
                state.update_average()
                state.step = step + 1
                if watch.step(state):
                    state.save(checkpoint, identity)
            if skipped := count_skipped(state, images.labels[rows.train], recipe):
                say(f"epoch {state.epoch + 1}: {skipped} of {steps} batches were skipped")
            scores = validate(state.validated, prepare, images, rows, recipe, watch)
            close_epoch(state, scores, recipe, max(rates_of_step(state, recipe, steps - 1, steps)))
            state.done = state.done or give_up(state.history)
            state.history.write(run_dir / "history.csv")
            state.save(checkpoint, identity)
            say(epoch_line(state.history, recipe.epochs))

    model.net.load_state_dict(state.best)
    return state.history


def make_step(
    phases: Phases,
    recipe: Recipe,
    labels: np.ndarray,
    machine: Machine,
    device: torch.device,
    say: Callable[[str], None],
) -> Step:
    """Return the step of a net that learns these labels; FerError where it cannot take it."""
    by_batch = phases.normalise_by_batch()
    size = min(recipe.data.batch_size, epoch_length(labels, recipe.data.sampler))
    require_steps_of_net(phases.net, recipe, size, by_batch)
    if recipe.data.accumulate > 1 and by_batch:
        say(
            f"batch norms see each of the {recipe.data.accumulate} parts of a batch by itself, so "
            "a step is not quite that of the whole batch"
        )
    half = machine.autocast and device.type == "cuda"
    in_precision = torch.autocast(device.type, torch.bfloat16, enabled=half)
    return Step(phases.net, recipe, make_loss(recipe.loss, labels, device), in_precision)


def rates_of_step(state: State, recipe: Recipe, step: int, steps: int) -> list[float]:
    """Return the rate of each parameter group at one step, by where it is in its phase."""
    schedule = recipe.schedule
    if schedule.name == "table":
        epoch = state.epoch - state.first
        return [rate_in_table(schedule, part, epoch) for part in state.parts]
    epochs = recipe.phases[state.phase].epochs
    since = (state.epoch - state.first) * steps + step
    val_losses = state.history.column("val_loss")[state.first :]
    share = share_of_peak(schedule, epochs, since, steps, val_losses)
    return [rate_at(schedule, peak, share) for peak in state.peaks]


def place(net: torch.nn.Module, machine: Machine, device: torch.device) -> torch.nn.Module:
    """Return the net on its device, in the memory format that the machine is to use."""
    layout = torch.channels_last if machine.channels_last is True else torch.contiguous_format
    return net.to(device=device, memory_format=layout)


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
    patience, measure = recipe.selection.patience, recipe.selection.stop
    if not over and not state.history.stops_early(patience, state.first, measure):
        return
    state.done = state.phase == len(recipe.phases) - 1
    if not state.done:
        state.begin(state.phase + 1)
