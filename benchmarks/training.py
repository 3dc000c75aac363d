"""Training throughput on FER2013: this project, timm's data pipeline,
and the bare step on fixed data.

    fer data add fer2013 PATH
    python benchmarks/training.py

Needs nothing that the project does not install. "timm" is what its training script does by default
with a folder of images: `timm.data.create_dataset`, `create_loader` with 2 worker processes and the
script's default augmentation, and a plain loop. The script itself is not in timm's wheel; to time
it instead, clone https://github.com/huggingface/pytorch-image-models at the tag of the installed
timm and add `--timm-train pytorch-image-models/train.py`.

timm's default memory format is contiguous; where this project uses channels_last, timm is timed
with both. All take turns, and each ratio is the median over the rounds. Run it on an idle machine.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import timm
import torch
import torch.nn.functional as F
from PIL import Image
from timm.data import create_dataset, create_loader
from timm.optim import create_optimizer_v2

from fer_core.data.load import load_dataset
from fer_core.data.select import TrainingRows, training_rows
from fer_core.emotions import EMOTIONS
from fer_core.job import image_set
from fer_core.models.parts import head_of
from fer_core.recipe import Machine, Phase, Recipe
from fer_core.recipe_parts import Augment, DataDraw, Optimizer, Regularisation
from fer_core.training.loop import fit
from fer_core.training.optim import make_optimizer

SIZE, BATCH = 48, 128
AUGMENT = Augment(rotate=15, shift=0.1, zoom=0.1, flip=0.5, brightness=0.2, contrast=0.2)
MODELS = {"mobilenetv3_small_100": True, "resnet18": True}  # name: whether in channels_last
TARGETS = {"mobilenetv3_small_100": 2.3, "resnet18": 1.2}
CPU = torch.device("cpu")


def make_model(name: str) -> SimpleNamespace:
    """Return a timm net with its input, as `fer_core.training` takes it."""
    torch.manual_seed(0)
    net = timm.create_model(name, num_classes=len(EMOTIONS))
    given = SimpleNamespace(size=SIZE, mean=(0.5,) * 3, std=(0.5,) * 3)
    return SimpleNamespace(net=net, input=given, head=head_of(net))


def ours(name: str, images, rows: TrainingRows, steps: int) -> float:
    """Return the images/s of the second epoch of `fit`, with augmentation, metrics and progress."""
    recipe = Recipe(
        phases=(Phase(epochs=2),),
        data=DataDraw(batch_size=BATCH),
        regularisation=Regularisation(augment=AUGMENT),
    )
    part = TrainingRows(rows.train[: steps * BATCH], rows.validation[:BATCH], {})
    with tempfile.TemporaryDirectory() as folder:
        history = fit(
            make_model(name),
            images,
            part,
            recipe,
            Path(folder),
            seed=0,
            device=CPU,
            machine=Machine(channels_last=MODELS[name]),
            say=lambda _: None,
        )
    return history.rows[-1]["images_per_second"]


def bare(name: str, steps: int) -> float:
    """Return the images/s of the same step, forward to optimiser,
    on one batch of random numbers."""
    torch.use_deterministic_algorithms(False)
    layout = torch.channels_last if MODELS[name] else torch.contiguous_format
    net = make_model(name).net.train().to(memory_format=layout)
    optimizer = make_optimizer([(1e-3, list(net.parameters()))], Optimizer())
    x = torch.randn(BATCH, 3, SIZE, SIZE).contiguous(memory_format=layout)
    y = torch.randint(0, len(EMOTIONS), (BATCH,))
    return plain_loop(net, optimizer, ((x, y) for _ in range(2 * steps)), steps)


def with_timm(name: str, folder: Path, channels_last: bool = False) -> float:
    """Return the images/s of timm's loader and augmentation with a plain loop,
    after one epoch of warm-up."""
    torch.use_deterministic_algorithms(False)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    net = make_model(name).net.train().to(memory_format=layout)
    optimizer = create_optimizer_v2(net, opt="adamw", lr=1e-3, weight_decay=0.01)
    dataset = create_dataset("", root=str(folder), split="train", is_training=True)
    loader = create_loader(
        dataset, input_size=(3, SIZE, SIZE), batch_size=BATCH, is_training=True, hflip=0.5,
        color_jitter=0.4, interpolation="random", num_workers=2, device=CPU,
    )  # fmt: skip
    batches = ((x.contiguous(memory_format=layout), y) for _ in range(2) for x, y in loader)
    return plain_loop(net, optimizer, batches, len(loader))


def plain_loop(
    net: torch.nn.Module, optimizer: torch.optim.Optimizer, batches, warmup: int
) -> float:
    """Return the images/s of the steps after `warmup`."""
    count, begun = 0, 0.0
    for step, (x, y) in enumerate(batches):
        if step == warmup:
            begun = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        count += len(x) if step >= warmup else 0
    return count / (time.perf_counter() - begun)


def with_script(script: Path, name: str, folder: Path, channels_last: bool = False) -> float:
    """Return the images/s that timm's own train.py reports at the end of its second epoch."""
    command = [
        sys.executable, str(script), str(folder), "--model", name, "--num-classes", "7",
        "--img-size", str(SIZE), "--batch-size", str(BATCH), "--workers", "2", "--device", "cpu",
        "--opt", "adamw", "--lr", "1e-3", "--epochs", "2", "--log-interval", "10",
        *(["--channels-last"] if channels_last else []),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as output:
        done = subprocess.run(
            [*command, "--output", output], capture_output=True, text=True, check=True
        )
    rates = re.findall(r"Train: 1 .*\(\s*[\d.]+s,\s*([\d.]+)/s\)", done.stdout + done.stderr)
    return float(rates[-1])


def write_class_folder(folder: Path, pixels: np.ndarray, labels: np.ndarray) -> None:
    """Write the images as JPEG files in one folder per emotion, as timm reads them."""
    for part in ("train", "validation"):
        for emotion in EMOTIONS:
            (folder / part / emotion).mkdir(parents=True)
    for i, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        for part in ("train", "validation")[: 2 if i < BATCH else 1]:
            Image.fromarray(image[:, :, 0]).save(
                folder / part / EMOTIONS[label] / f"{i}.jpg", quality=95
            )


def compare(contenders: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Return ours as a multiple of each other contender: the median over the rounds, in each of
    which all take turns, so that a machine that slows down meanwhile slows all of them down."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            rates[name].append(run())
    for name, values in rates.items():
        print(f"  {name:<20}" + " ".join(f"{value:8,.0f}" for value in values) + " images/s")
    ours = np.array(rates.pop("ours"))
    return {name: float(np.median(ours / np.array(values))) for name, values in rates.items()}


def main() -> None:
    """Print the rates and the ratios for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--steps", type=int, default=40, help="steps timed in each turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--timm-train", type=Path, help="path of timm's train.py")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    os.environ["OMP_NUM_THREADS"] = str(options.threads)

    dataset = load_dataset("fer2013")
    images, rows = image_set(dataset), training_rows(dataset, [dataset], "keep")
    mixed = TrainingRows(np.random.default_rng(0).permutation(rows.train), rows.validation, {})
    print(f"torch {torch.__version__}, timm {timm.__version__}, {options.threads} threads, "
          f"load {os.getloadavg()[0]:.1f} before the start")  # fmt: skip
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        chosen = mixed.train[: options.steps * BATCH]
        write_class_folder(folder, dataset.store.batch(chosen), images.labels[chosen])
        for name in options.models:
            print(f"{name}, {'channels_last' if MODELS[name] else 'contiguous'}")
            theirs = partial(with_script, options.timm_train) if options.timm_train else with_timm
            contenders = {
                "ours": partial(ours, name, images, mixed, options.steps),
                "bare step": partial(bare, name, options.steps),
                "timm": partial(theirs, name, folder),
            }
            if MODELS[name]:
                contenders["timm, channels_last"] = partial(theirs, name, folder, True)
            ratios = compare(contenders, options.rounds)
            targets = {"timm": TARGETS[name], "bare step": 0.95}
            for other, ratio in ratios.items():
                target = f" (target {targets[other]})" if other in targets else ""
                print(f"  ours / {other}: {ratio:.2f}{target}")


if __name__ == "__main__":
    main()
