"""Prediction throughput on FER2013: `fer_core.predict` against the bare forward pass.

    fer data add fer2013 PATH
    python benchmarks/prediction.py

The bare pass runs the same net on one batch of random numbers that is ready in memory. The two take
turns, and each number is the median over the rounds. Run it on an idle machine.
"""

import argparse
import os
import statistics
import time
from types import SimpleNamespace

import numpy as np
import timm
import torch

from fer_core.data.load import load_dataset
from fer_core.data.store import Store
from fer_core.emotions import EMOTIONS
from fer_core.predict.views import predict

SIZE, BATCH = 48, 256
MODELS = {"mobilenetv3_small_100": True, "resnet18": True}  # name: channels_last
CPU = torch.device("cpu")


def bare(net: torch.nn.Module, channels_last: bool, batches: int) -> float:
    """Return the images/s of the forward pass alone."""
    layout = torch.channels_last if channels_last else torch.contiguous_format
    x = torch.randn(BATCH, 3, SIZE, SIZE).contiguous(memory_format=layout)
    with torch.inference_mode():
        begun = time.perf_counter()
        for _ in range(batches):
            net(x)
    return batches * BATCH / (time.perf_counter() - begun)


def ours(model: SimpleNamespace, store: Store, channels_last: bool, batches: int) -> float:
    """Return the images/s of `predict`, from the store on disk to probabilities."""
    rows = np.arange(batches * BATCH)
    begun = time.perf_counter()
    predict(model, store, rows, CPU, channels_last=channels_last, batch_size=BATCH)
    return len(rows) / (time.perf_counter() - begun)


def main() -> None:
    """Print the rates and their ratio for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--batches", type=int, default=20, help="batches timed in each turn")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    store = load_dataset("fer2013").store
    print(
        f"torch {torch.__version__}, timm {timm.__version__}, {options.threads} threads, "
        f"load {os.getloadavg()[0]:.1f} before the start"
    )
    for name in options.models:
        channels_last = MODELS[name]
        layout = torch.channels_last if channels_last else torch.contiguous_format
        net = timm.create_model(name, num_classes=len(EMOTIONS)).eval().to(memory_format=layout)
        given = SimpleNamespace(size=SIZE, mean=(0.5,) * 3, std=(0.5,) * 3)
        model = SimpleNamespace(net=net, input=given)
        rates: dict[str, list[float]] = {"ours": [], "bare": []}
        bare(net, channels_last, 3)
        for _ in range(options.rounds):
            rates["ours"].append(ours(model, store, channels_last, options.batches))
            rates["bare"].append(bare(net, channels_last, options.batches))
        print(name)
        for contender, values in rates.items():
            print(
                f"  {contender:<5}" + " ".join(f"{value:9,.0f}" for value in values) + " images/s"
            )
        ratio = statistics.median(rates["ours"]) / statistics.median(rates["bare"])
        print(f"  ours / bare {ratio:.2f} (target 0.95)")


if __name__ == "__main__":
    main()
