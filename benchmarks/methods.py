"""Forward and backward images/s of POSTER++, DAN and DMUE at 224 px, and of their twins at 48 px.

    python benchmarks/methods.py
    python benchmarks/methods.py --models dmue dmue-tiny --rounds 5

Beside each net, in the same run and in turns:

"as released": the same tensors and the same loss (checked before anything is timed), with the work
that the released forward does and this project avoids, written plainly here. POSTER++: each stream
resizes the image, the landmark head is calculated and dropped, the last block and the last norm
calculate every token of which one is read. DMUE: images are picked, labels shifted and
similarities averaged in Python, image by image, and the mining pass keeps a graph that its
detached result never uses. DAN's forward wastes nothing: it has no such twin.

"resnet18": timm's net with the usual cross entropy, on as many images of as many pixels. The ratio
per multiply-accumulate of a forward (of DMUE: of all its branches) says how near a method comes to
a plain net's use of the machine.

Each ratio is the median over the rounds. Run it on an idle machine; on a busy one use --threads 1,
which counts seconds of the processor instead of those on the wall.
"""

import argparse
import copy
import os
import statistics
import time
from collections.abc import Callable

import timm
import torch
import torch.nn.functional as F
from timm.layers import DropPath
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from fer_core.emotions import EMOTIONS
from fer_core.models.dmue import losses
from fer_core.models.dmue.net import DMUE, Branches
from fer_core.models.entries import entries
from fer_core.models.method import training_loss
from fer_core.models.posterpp.net import PosterPP

CLASSES = len(EMOTIONS)
# name: size, images (DMUE needs two of each emotion)
MODELS = {
    "posterpp": (224, 8),
    "dan": (224, 8),
    "dmue": (224, 14),
    "posterpp-tiny": (48, 28),
    "dan-tiny": (48, 28),
    "dmue-tiny": (48, 28),
}
LANDMARKS = 136  # 68 points


class ReleasedPosterPP(PosterPP):
    """POSTER++ with everything that its released forward calculates and drops."""

    def add_dropped(self) -> None:
        """Add the landmark head: a depthwise convolution of the whole map, linear, batch norm."""
        width, side = self.landmarks.last.conv.out_channels, self.side // 16
        self.dropped = nn.Sequential(
            nn.Conv2d(width, width, side, groups=width, bias=False),
            nn.BatchNorm2d(width),
            nn.Flatten(),
            nn.Linear(width, LANDMARKS, bias=False),
            nn.BatchNorm1d(LANDMARKS),
        ).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) of images (B, 3, s, s),
        the dropped values calculated on the way."""
        first, second, third = self.landmarks(F.interpolate(x, self.side))
        self.dropped(third)
        guides = (first, second, self.landmark_conv(third))
        maps = self.image(F.interpolate(x, self.side))
        tokens = torch.cat([self.scales[i](maps[i], guides[i]) for i in range(3)], 1)
        head = self.head
        tokens = torch.cat([head.cls_token.expand(len(x), -1, -1), tokens], 1) + head.pos_embed
        for block in head.blocks:
            tokens = block(tokens)
        features = head.norm(tokens)[:, 0]
        return head.linear(features * head.gate(features))


class ReleasedDMUE(DMUE):
    """DMUE with its masks, soft labels and similarities as loops over classes and images."""

    def branches(self, x: Tensor, y: Tensor) -> Branches:
        """Run every branch on its images, picked one by one."""
        maps, labels = self.trunk(x), y.tolist()
        others = []
        for c, branch in enumerate(self.auxiliary):
            rows = [maps[i] for i in range(len(labels)) if labels[i] != c]
            others.append(self.pool(branch(torch.stack(rows))))
        pooled = self.pool(self.layer4(maps))
        mined = []
        for c, branch in enumerate(self.auxiliary):
            rows = [maps[i] for i in range(len(labels)) if labels[i] == c]
            mined.append(self.pool(branch(torch.stack(rows))))
        auxiliary = tuple(self.neck(self.dropout(rows)) for rows in others)
        features = self.neck(self.dropout(pooled))
        return Branches(
            self.classifier(features),
            features,
            self._classify(auxiliary),
            auxiliary,
            self.mine(mined, labels),
            torch.sigmoid(self.uncertainty(self.compare(pooled, labels))),
        )

    def mine(self, mined: list[Tensor], labels: list[int]) -> Tensor:
        """Sharpen the branches' answers and put a 0 at the image's own class, one by one."""
        rows: list[Tensor] = [torch.empty(0)] * len(labels)
        for c, logits in enumerate(self._classify(tuple(self.neck(rows) for rows in mined))):
            own = [i for i in range(len(labels)) if labels[i] == c]
            for i, row in zip(own, logits.detach(), strict=True):
                sharp = F.softmax(row, 0) ** (1 / losses.TEMPERATURE)
                sharp = sharp / sharp.sum()
                rows[i] = torch.cat([sharp[:c], sharp.new_zeros(1), sharp[c:]])
        return torch.stack(rows)

    def compare(self, pooled: Tensor, labels: list[int]) -> Tensor:
        """Average an image's similarities to each class, scale them, add its label, one by one."""
        rows = []
        for i, label in enumerate(labels):
            cosines = F.cosine_similarity(pooled[i][None], pooled)
            means = []
            for c in range(CLASSES):
                means.append(cosines[[j for j, other in enumerate(labels) if other == c]].mean())
            mean = torch.stack(means)
            scaled = (mean - mean.min()) / (mean.max() - mean.min())
            one_hot = torch.zeros_like(scaled)
            one_hot[label] = 1
            rows.append(torch.cat([scaled, one_hot]))
        return torch.stack(rows)


def ours(name: str) -> nn.Module:
    """Return the net of that name, without dropout, which would make two losses differ."""
    torch.manual_seed(0)
    entry = entries()[name]
    assert entry.build is not None
    net = entry.build(MODELS[name][0], CLASSES, **entry.resolve({})).train()
    for layer in net.modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
        if isinstance(layer, DropPath):
            layer.drop_prob = 0.0
    return net


def released(net: nn.Module) -> nn.Module | None:
    """Return the same tensors with the released forward; None where that wastes nothing."""
    twin = copy.deepcopy(net)
    if isinstance(net, PosterPP):
        twin.__class__ = ReleasedPosterPP
        twin.add_dropped()
    elif isinstance(net, DMUE):
        twin.__class__ = ReleasedDMUE
    else:
        return None
    return twin


def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Return the loss of one batch, late enough in the training for every term to count."""
    return training_loss(net, x, y, F.cross_entropy, epoch=6)[0]


def macs(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the multiply-accumulates for an image of a training forward."""
    # attention as one kernel is not counted
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        loss_of(net, x, y)
    return counter.get_total_flops() / 2 / len(x)


def rate(net: nn.Module, x: Tensor, y: Tensor, seconds: float) -> float:
    """Return the images/s of forward and backward, over at least so many seconds."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    steps, begun = 0, clock()
    while steps == 0 or clock() < begun + seconds:
        net.zero_grad(set_to_none=True)
        loss_of(net, x, y).backward()
        steps += 1
    return steps * len(x) / (clock() - begun)


def compare(contenders: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Return the rates of all contenders, which take turns in each round."""
    for run in contenders.values():
        run()  # the first step of a net is slower
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            rates[name].append(run())
    return rates


def main() -> None:
    """Print the rates and the ratios of each net."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn, at least")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, timm {timm.__version__}, {options.threads} threads, "
          f"load {os.getloadavg()[0]:.1f} before the start")  # fmt: skip
    for name in options.models:
        size, batch = MODELS[name]
        x, y = torch.randn(batch, 3, size, size), torch.arange(batch) % CLASSES
        net, plain = ours(name), timm.create_model("resnet18", num_classes=CLASSES)
        nets = {"ours": net, "as released": released(net), "resnet18": plain}
        present = {label: one for label, one in nets.items() if one is not None}
        if "as released" in present:
            pair = [loss_of(copy.deepcopy(present[which]), x, y) for which in list(present)[:2]]
            torch.testing.assert_close(*pair, rtol=1e-4, atol=1e-4)
        work = {label: macs(copy.deepcopy(one), x, y) for label, one in present.items()}
        rates = compare(
            {
                label: lambda one=one, x=x, y=y: rate(one, x, y, options.seconds)  # type: ignore[misc]
                for label, one in present.items()
            },
            options.rounds,
        )
        print(f"{name} at {size} px, {batch} images")
        for label, values in rates.items():
            told = " ".join(f"{value:8.2f}" for value in values)
            print(f"  {label:<12}{work[label] / 1e9:8.3f} GMAC {told} images/s")
        for label in list(rates)[1:]:
            ratios = [a / b for a, b in zip(rates["ours"], rates[label], strict=True)]
            ratio = statistics.median(ratios)
            each = ratio * work["ours"] / work[label]
            per_mac = f", per multiply-accumulate {each:.2f}" if label == "resnet18" else ""
            print(f"  ours / {label}: {ratio:.2f}{per_mac}", flush=True)


if __name__ == "__main__":
    main()
