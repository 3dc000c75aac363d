"""Which memory format trains this net fastest on this machine: a few steps of each decide."""

import copy
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F

from fer_core.emotions import EMOTIONS
from fer_core.models import Model
from fer_core.models.method import trained_parameters, training_loss
from fer_core.recipe import Machine, Recipe
from fer_core.training.checkpoint import CHECKPOINT, read_checkpoint
from fer_core.training.optim import make_optimizer

STEPS, WARM_UP = 3, 1
MARGIN = 1.05  # by which channels_last must be faster: smaller differences are noise
FORMATS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def settle_layout(
    model: Model, recipe: Recipe, machine: Machine, device: torch.device, folder: Path
) -> tuple[Machine, dict[str, float]]:
    """Return the machine's settings with the memory format decided,
    and the images/s that decided it.

    Settings that name a format are left as they are. A run that goes on from the checkpoint in
    `folder` keeps its format, because another one would give other bits.
    """
    if machine.channels_last != "auto":
        return machine, {}
    checkpoint = folder / CHECKPOINT
    if checkpoint.is_file():
        kept = read_checkpoint(checkpoint)["identity"].get("machine", {}).get("channels_last")
        return machine.model_copy(update={"channels_last": kept is True}), {}
    rates = measure_layouts(model, recipe, machine, device)
    return machine.model_copy(update={"channels_last": prefers_channels_last(rates)}), rates


def measure_layouts(
    model: Model, recipe: Recipe, machine: Machine, device: torch.device
) -> dict[str, float]:
    """Return images/s of the training step in each memory format, on a copy of the net.

    The formats take turns, and the median step of each counts; torch's random state is as before.
    """
    state = torch.get_rng_state()
    size = max(recipe.data.batch_size, len(EMOTIONS))
    y = torch.arange(size, device=device) % len(EMOTIONS)
    x = torch.randn(size, 3, model.input.size, model.input.size, device=device)
    half = machine.autocast and device.type == "cuda"
    steps = {name: _step(model, recipe, half, x, y, layout) for name, layout in FORMATS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(WARM_UP + STEPS):
        for name, step in steps.items():
            begun = time.perf_counter()
            step()
            if turn >= WARM_UP:
                seconds[name].append(time.perf_counter() - begun)
    torch.set_rng_state(state)
    return {name: round(size / median(values), 1) for name, values in seconds.items()}


def prefers_channels_last(rates: dict[str, float]) -> bool:
    """Say whether channels_last was faster by more than the noise of so few steps."""
    return rates["channels_last"] > MARGIN * rates["contiguous"]


def _step(
    model: Model,
    recipe: Recipe,
    half: bool,
    x: torch.Tensor,
    y: torch.Tensor,
    layout: torch.memory_format,
) -> Callable[[], None]:
    device = x.device
    net = copy.deepcopy(model.net).to(device=device, memory_format=layout).train()
    parameters = list(trained_parameters(net).values())
    optimizer = make_optimizer([(recipe.optimizer.lr, parameters)], recipe.optimizer)
    x = x.contiguous(memory_format=layout)

    def step() -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            loss, _ = training_loss(net, x, y, F.cross_entropy, 0)
        net.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return step
