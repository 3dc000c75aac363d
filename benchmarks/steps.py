"""What the extras of a training step cost, as shares of the bare step.

    python benchmarks/steps.py

Needs nothing that the project does not install. A ResNet-18 takes steps on random images; all
contenders take turns, and each share is the median over the rounds. Run it on an idle machine.
"""

import argparse
import copy
import os
import time
from contextlib import nullcontext

import numpy as np
import timm
import torch

from fer_core.emotions import EMOTIONS
from fer_core.recipe import Recipe
from fer_core.training.average import start_average
from fer_core.training.loss import make_loss
from fer_core.training.optim import make_optimizer
from fer_core.training.step import Step

SIZE, BATCH = 64, 64
TARGET = 0.1
MIXUP = {"regularisation": {"mixup": {"alpha": 0.4}}}
AVERAGE = {"averaging": {"decay": 0.999}}
WEIGHTED = {"loss": {"class_weights": "simple", "weighted_mean": "images"}}
CONTENDERS = {
    "bare": {},
    "mixup": MIXUP,
    "average": AVERAGE,
    "weighted by images": WEIGHTED,
    "these together": MIXUP | AVERAGE | WEIGHTED,
    "in two parts": {"data": {"batch_size": BATCH, "accumulate": 2}},
    "sam": {"optimizer": {"sam": 0.05}},
}


class Contender:
    """A net that takes the steps of one recipe."""

    def __init__(self, net: torch.nn.Module, values: dict, labels: torch.Tensor) -> None:
        self.net = copy.deepcopy(net).train()
        recipe = Recipe.model_validate(values)
        loss = make_loss(recipe.loss, labels.numpy(), torch.device("cpu"))
        self.step = Step(self.net, recipe, loss, nullcontext())
        self.optimizer = make_optimizer([(1e-3, list(self.net.parameters()))], recipe.optimizer)
        self.average = start_average(self.net, recipe.averaging)

    def seconds(self, x: torch.Tensor, y: torch.Tensor, number: int) -> float:
        """Return the seconds of one step."""
        begun = time.perf_counter()
        self.step.take(self.optimizer, x, y, 0, 0, number)
        if self.average is not None:
            self.average.update_parameters(self.net)
        return time.perf_counter() - begun


def main() -> None:
    """Print the seconds of a bare step and what each extra adds to it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    x, y = torch.randn(BATCH, 3, SIZE, SIZE), torch.arange(BATCH) % len(EMOTIONS)
    net = timm.create_model("resnet18", num_classes=len(EMOTIONS))
    contenders = {name: Contender(net, values, y) for name, values in CONTENDERS.items()}
    print(f"torch {torch.__version__}, {options.threads} threads, "
          f"load {os.getloadavg()[0]:.1f} before the start")  # fmt: skip
    rounds = []
    for number in range(options.rounds + 1):  # the first warms up
        rounds.append([each.seconds(x, y, number) for each in contenders.values()])
    seconds = np.array(rounds[1:])
    print(f"bare step: {np.median(seconds[:, 0]):.3f} s")
    for name, share in zip(contenders, np.median(seconds / seconds[:, :1], axis=0), strict=True):
        target = f" (target {TARGET:+.0%})" if name == "these together" else ""
        print(f"  {name:<20}{share - 1:+.1%}{target}")


if __name__ == "__main__":
    main()
