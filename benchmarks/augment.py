"""What augmentation costs: RandAugment beside torchvision's, in microseconds an image, and the
other changes as a share of a bare training step of resnet18.

    python benchmarks/augment.py

Pictures are phantoms, for the step of 64 px in colour. All take turns, and each ratio is the median
over the rounds. Run it on an idle machine.
"""

import argparse
import os
import time
from collections.abc import Callable

import numpy as np
import timm
import torch
import torch.nn.functional as F
from torchvision.transforms import v2

from fer_core.data.phantom.dataset import sample_faces
from fer_core.data.phantom.render import render_faces
from fer_core.memory import keep_freed_memory
from fer_core.recipe_parts import Augment, Erase, Optimizer, RandAugment
from fer_core.training.images import Preprocess
from fer_core.training.optim import make_optimizer
from fer_core.training.randaugment import randaugment

SIDE, BATCH = 64, 128
OURS_FASTER, EXTRAS = 5, 0.10  # the goals
GIVEN = RandAugment(operations=2, magnitude=6)
PLAIN = {"rotate": 15, "shift": 0.1, "zoom": 0.1, "flip": 0.5, "brightness": 0.2, "contrast": 0.2}
MORE = {
    "shear": 10, "zoom_apart": True, "move_probability": 0.7, "border": "black", "pad": 0.1,
    "enlarge": 1.1, "crop": (0.8, 1), "gain": 0.1, "noise": 0.02, "noise_probability": 0.25,
    "erase": Erase(probability=0.5),
}  # fmt: skip


def bare_step() -> Callable[[], object]:
    """Return a training step of resnet18 on one batch of random numbers, forward to optimiser."""
    torch.manual_seed(0)
    net = timm.create_model("resnet18", num_classes=7).train()
    net = net.to(memory_format=torch.channels_last)
    optimizer = make_optimizer([(1e-3, list(net.parameters()))], Optimizer())
    x = torch.randn(BATCH, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    y = torch.randint(0, 7, (BATCH,))

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()

    return step


def of_randaugment(images: torch.Tensor) -> dict[str, Callable[[], object]]:
    """Return both RandAugments, each of one batch."""
    generator = torch.Generator().manual_seed(0)
    theirs = v2.RandAugment(GIVEN.operations, GIVEN.magnitude)
    x = images.float() / 255
    return {
        "torchvision, an image at a time": lambda: [theirs(image) for image in images],
        "ours, a batch": lambda: randaugment(x, GIVEN, generator),
    }


def of_changes(images: torch.Tensor) -> dict[str, Callable[[], object]]:
    """Return the bare step, a warp with light, and the same with the other changes too."""
    generator = torch.Generator().manual_seed(0)
    prepare = Preprocess(SIDE, (0.5,) * 3, (0.5,) * 3, torch.device("cpu"), True)
    plain, more = Augment(**PLAIN), Augment(**PLAIN, **MORE)
    return {
        "bare step": bare_step(),
        "warp and light": lambda: prepare(images, plain, generator),
        "all changes": lambda: prepare(images, more, generator),
    }


def compare(
    runs: dict[str, Callable[[], object]], rounds: int, repeats: int
) -> dict[str, np.ndarray]:
    """Return microseconds an image in each round, by name, and print them."""
    costs: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):  # the first warms up
        for name, run in runs.items():
            begun = time.perf_counter()
            for _ in range(repeats):
                run()
            costs[name].append((time.perf_counter() - begun) / repeats / BATCH * 1e6)
    table = {name: np.array(values[1:]) for name, values in costs.items()}
    for name, values in table.items():
        print(f"  {name:<32}" + " ".join(f"{value:8.1f}" for value in values) + " µs an image")
    return table


def faces(side: int) -> torch.Tensor:
    """Return a batch of faces in colour, (n, 3, side, side) uint8."""
    rendered = render_faces(sample_faces("phantom-lab", BATCH), side, 1)
    return torch.from_numpy(rendered).permute(0, 3, 1, 2).contiguous()


def main() -> None:
    """Print what each costs an image in each round, and the ratios with their goals."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3, help="batches in each turn")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()  # as in training
    print(f"{options.threads} threads, load {os.getloadavg()[0]:.1f} before the start")

    for side, channels in ((48, 1), (48, 3), (64, 1), (64, 3)):
        images = faces(side)[:, :channels].contiguous()
        theirs, ours = compare(of_randaugment(images), options.rounds, options.repeats).values()
        print(f"RandAugment, {side} px, {'colour' if channels == 3 else 'grey'}: "
              f"{np.median(theirs / ours):.1f} times as fast as torchvision's "
              f"(goal {OURS_FASTER})")  # fmt: skip
    step, plain, more = compare(of_changes(faces(SIDE)), options.rounds, options.repeats).values()
    share, old = np.median((more - plain) / step), np.median(plain / step)
    print(f"the other changes: {share:.1%} of a bare step (goal {EXTRAS:.0%} at most), "
          f"after the {old:.1%} of a warp and light")  # fmt: skip


if __name__ == "__main__":
    main()
