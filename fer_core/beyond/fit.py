"""The loop that all methods share: the same images in the same order, optimiser and rule."""

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from fer_core.beyond.losses import Erm, Step
from fer_core.beyond.record import Settings
from fer_core.beyond.tail import K, Probe, Tail
from fer_core.training.metrics import macro_f1
from fer_core.training.seeds import AUGMENT, NET, ORDER, derive, generator

AT_ONCE = 512
AVERAGED_FROM = 1  # the second epoch
Net = Tail | Probe


class Images(NamedTuple):
    """Features of n images: maps (n, P, C), C channels in P places, and pooled (n, D), both
    float16; labels (n,) int64. Those that are trained on stand there as they are, and then once
    more mirrored."""

    maps: Tensor
    pooled: Tensor
    labels: Tensor

    def at(self, places: Tensor) -> "Images":
        """Return some of them, in this order."""
        return Images(*(part[places] for part in self))


class Pseudo(NamedTuple):
    """Images without labels and what a teacher says of them, (n, 7) probabilities."""

    images: Images
    targets: Tensor


class Kept(NamedTuple):
    """The net of the best epoch (from 1) and its macro-F1 on the validation images."""

    net: Net
    epoch: int
    macro_f1: float


def joined(parts: list[Images]) -> Images:
    """Return the images of several sources as one."""
    return Images(*(torch.cat(some) for some in zip(*parts, strict=True)))


def fit(
    net: Net,
    objective: Erm,
    sources: list[Images],
    validation: Images,
    settings: Settings,
    seed: int,
    pseudo: Pseudo | None = None,
) -> tuple[Kept, Kept]:
    """Train `net` in place on as many images of each source in each step; return the net, and the
    plain mean of its weights and running statistics after every step from the second epoch on,
    each of the epoch with the best macro-F1 on the pooled validation images, the earlier on a tie.

    With `pseudo`, as many of its images are in each step as have labels, and channels of the maps
    are dropped as noise.
    """
    steps = min(len(source.labels) for source in sources) // 2 // settings.batch
    own = {"params": objective.parameters(), "weight_decay": 0.0}
    groups: list[dict[str, Any]] = [{"params": list(net.parameters())}, own]
    optimizer = torch.optim.AdamW(
        groups, lr=settings.lr, weight_decay=settings.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.lr, total_steps=steps * settings.epochs
    )
    average: AveragedModel | None = None
    best: dict[str, Kept] = {}
    for epoch in range(settings.epochs):
        torch.manual_seed(derive(seed, NET, epoch))
        net.train()
        for images in epoch_of(sources, settings.batch, steps, seed, epoch):
            optimizer.zero_grad()
            loss_of(net, objective, images, len(sources), settings, pseudo).backward()
            optimizer.step()
            schedule.step()
            if average is not None:
                average.update_parameters(net)
            elif epoch == AVERAGED_FROM:
                average = AveragedModel(net, use_buffers=True)
                average.update_parameters(net)  # the first one only copies
        made = {"net": net} | ({} if average is None else {"average": average.module})
        for name, one in made.items():
            score = score_of(one, validation)
            if name not in best or score > best[name].macro_f1:
                best[name] = Kept(copy.deepcopy(one).eval(), epoch + 1, score)
    return best["net"], best.get("average", best["net"])


def epoch_of(
    sources: list[Images], batch: int, steps: int, seed: int, epoch: int
) -> Iterator[Images]:
    """Yield the steps of an epoch: of each source `batch` images, each in one of its two looks."""
    order, looks = (generator(seed, place, epoch) for place in (ORDER, AUGMENT))
    places = []
    for source in sources:
        n = len(source.labels) // 2
        mirrored = torch.randint(2, (n,), generator=looks)
        places.append(torch.randperm(n, generator=order) + n * mirrored)
    for start in range(0, steps * batch, batch):
        yield joined(
            [s.at(at[start : start + batch]) for s, at in zip(sources, places, strict=True)]
        )


def loss_of(
    net: Net,
    objective: Erm,
    images: Images,
    sources: int,
    settings: Settings,
    pseudo: Pseudo | None = None,
) -> Tensor:
    """Return the loss of one step; with `pseudo`, Σ −t log p over its images is added, t what the
    teacher says."""
    n = len(images.labels)
    maps, pooled = images.maps, images.pooled
    if pseudo is not None:
        drawn = torch.randint(len(pseudo.targets), (n,))
        others = pseudo.images.at(drawn)
        maps = torch.cat([maps, others.maps])
        maps = maps.float() * F.dropout(torch.ones(2 * n, 1, maps.shape[2]), settings.noise)
        pooled = torch.cat([pooled, others.pooled])
    features = net.features(maps, pooled)
    logits = net.classify(features)
    loss = objective(Step(logits[:n], features[:n], images.labels, sources))
    if pseudo is not None:
        loss = loss + F.cross_entropy(logits[n:], pseudo.targets[drawn])
    return loss


@torch.inference_mode()
def probabilities(net: Net, images: Images) -> Tensor:
    """Return the (n, 7) probabilities of a net in evaluation mode."""
    net.eval()
    parts = zip(images.maps.split(AT_ONCE), images.pooled.split(AT_ONCE), strict=True)
    return torch.cat([net(maps, pooled).softmax(dim=1) for maps, pooled in parts])


def score_of(net: Net, images: Images) -> float:
    """Return the macro-F1 of a net's answers, over the emotions that the labels have."""
    answers = probabilities(net, images).argmax(dim=1)
    counts = torch.bincount(images.labels * K + answers, minlength=K * K)
    return macro_f1(counts.view(K, K).double())


def prior_of(sources: list[Images]) -> np.ndarray:
    """Return the share of each emotion among the training images, (7,)."""
    counts = torch.bincount(joined(sources).labels, minlength=K).double()
    return (counts / counts.sum()).numpy()
