"""The catalogue of this project's nets: what each is, counted from the net itself, and its speed.

Counts come from nets on torch's meta device, which have shapes and no numbers, so that listing all
of them takes seconds.
"""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from fer_core.emotions import EMOTIONS
from fer_core.models.entries import Entry
from fer_core.models.method import deployed, images_per_class, trained_parameters, training_loss
from fer_core.models.weights.recognise import room_maps
from fer_core.models.weights.sources import imagenet_file

BATCH = 8
STEPS = 3  # timed of each kind; the median counts
PATIENCE = 1.0  # seconds a step may take; a slower net is timed once, with the smallest batch


@dataclass(frozen=True)
class Row:
    """One net at one size, with its default switches.

    `parameters` and `macs` (multiply-accumulates for one image) are those of the net that predicts,
    `training_parameters` those that it has while it is trained, `trained` those of them that the
    optimiser changes. `options`, `corrected`: its switches as JSON. `weights`: what it can start
    from, separated by "; ".
    """

    model: str
    family: str
    title: str
    source: str
    size: int
    parameters: int
    training_parameters: int
    trained: int
    macs: int
    weights: str
    options: str
    corrected: str


@dataclass(frozen=True)
class Speed:
    """Images a second, forward alone (evaluation) and forward with backward (training)."""

    batch: int
    images_per_second: float
    training_batch: int
    training_images_per_second: float


def make_row(entry: Entry, size: int) -> Row:
    """Count one net at one size."""
    counts = count(entry, size)
    return Row(
        entry.name,
        entry.family,
        entry.title,
        entry.source,
        size,
        **counts,
        weights="; ".join(starting_weights(entry)),
        options=_told(entry.options),
        corrected=_told(entry.corrected),
    )


def count(entry: Entry, size: int, classes: int = len(EMOTIONS), **options: Any) -> dict[str, int]:
    """Return `parameters`, `training_parameters`, `trained` and `macs` of a net, as in `Row`."""
    try:
        return _count(entry, size, classes, options, "meta")
    except (NotImplementedError, RuntimeError):  # it looks at its numbers while it is built
        return _count(entry, size, classes, options, "cpu")


def count_macs(net: nn.Module, size: int) -> int:
    """Return the multiply-accumulates of matrix products and convolutions for one image.

    Half of what torch's FlopCounterMode counts. The net is left in evaluation mode.
    """
    x = torch.zeros(1, 3, size, size, device=next(net.parameters()).device)
    # attention has short cuts that are not counted: as one kernel, and where no gradient is asked
    plain_attention, gradients = sdpa_kernel(SDPBackend.MATH), torch.enable_grad()
    with plain_attention, gradients, FlopCounterMode(display=False) as counter:
        net.eval()(x)
    return counter.get_total_flops() // 2


def starting_weights(entry: Entry) -> list[str]:
    """Return what the net can start from: values of `weights` in a study, then the sources whose
    files are known by the names of their tensors, with the part of the net that they fill."""
    trunk = entry.trunk[1] if entry.trunk else ""
    library = [f"imagenet ({imagenet_file(trunk)})"] if trunk else []
    files = [
        name_map.source + (f" [{name_map.part}]" if name_map.part else "")
        for name_map in room_maps()
        if entry.name in name_map.nets
    ]
    return ["none", *library, *dict.fromkeys(files)]


def measure(entry: Entry, size: int) -> Speed:
    """Time one net on random images, on the processor, with the threads that torch has.

    A net that needs more than a second for a step is timed once, with the smallest batch it takes.
    """
    net = _build(entry, size, len(EMOTIONS), {}, "cpu")
    least = max(2, images_per_class(net) * len(EMOTIONS))  # batch norm needs two

    def predict(batch: int) -> Callable[[], object]:
        x, used = torch.randn(batch, 3, size, size), deployed(net).eval()
        return torch.inference_mode()(lambda: used(x))

    def learn(batch: int) -> Callable[[], object]:
        x, y = torch.randn(batch, 3, size, size), torch.arange(batch) % len(EMOTIONS)
        net.train()
        return lambda: _step(net, x, y)

    return Speed(*_rate(predict, 1, BATCH), *_rate(learn, least, max(BATCH, least)))


def _count(
    entry: Entry, size: int, classes: int, options: dict[str, Any], device: str
) -> dict[str, int]:
    net = _build(entry, size, classes, options, device)
    used = deployed(net)
    return {
        "parameters": sum(tensor.numel() for tensor in used.parameters()),
        "training_parameters": sum(tensor.numel() for tensor in net.parameters()),
        "trained": sum(tensor.numel() for tensor in trained_parameters(net).values()),
        "macs": count_macs(used, size),
    }


def _build(
    entry: Entry, size: int, classes: int, options: dict[str, Any], device: str
) -> nn.Module:
    """Build a net and leave torch's generator as it was."""
    assert entry.build is not None
    with torch.random.fork_rng(devices=[]), torch.device(device):
        return entry.build(size, classes, **entry.resolve(options))


def _step(net: nn.Module, x: Tensor, y: Tensor) -> None:
    net.zero_grad(set_to_none=True)
    training_loss(net, x, y, F.cross_entropy, 0)[0].backward()


def _rate(make: Callable[[int], Callable[[], object]], least: int, batch: int) -> tuple[int, float]:
    """Return the batch and the images/s; the first run of a net is not timed."""
    run = make(least)
    run()
    slow = _seconds(run)
    if slow * batch / least > PATIENCE:
        return least, least / slow
    run = make(batch)
    run()
    return batch, batch / statistics.median(_seconds(run) for _ in range(STEPS))


def _seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _told(options: Any) -> str:
    return json.dumps(dict(options)) if options else ""
