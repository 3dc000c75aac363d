"""Unequal classes: weights in the loss, or a sampler that draws every class equally often. What
makes new images of rare classes is `fer_core.training.smote`."""

import numpy as np
import torch

from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.errors import FerError

CAP = 3.0  # of the conservative weights


def count_labels(labels: np.ndarray) -> np.ndarray:
    """Return the images of each emotion, (7,), or (8,) where some show contempt."""
    return np.bincount(labels, minlength=len(EMOTIONS))


def class_weights(labels: np.ndarray, rule: str = "balanced") -> torch.Tensor:
    """Return the weight of each emotion, (7 or 8,), from the n_c images of each of C classes.

    - "balanced": N / (C n_c). Source: King and Zeng, Logistic Regression in Rare Events Data
      (2001), as in scikit-learn's `class_weight="balanced"`.
    - "simple": max(n) / n_c; "conservative": the same, at most 3. Source: the benchmark of 23 nets
      with the BTFER test set, section III.D.

    A class without images has weight 0.
    """
    counts = count_labels(labels)
    present = counts > 0
    weights = np.zeros(len(counts))
    largest = counts.max() if rule != "balanced" else len(labels) / present.sum()
    weights[present] = largest / counts[present]
    if rule == "conservative":
        weights = np.minimum(weights, CAP)
    return torch.tensor(weights, dtype=torch.float32)


def epoch_length(labels: np.ndarray, sampler: str) -> int:
    """Return how many images `epoch_order` draws."""
    counts = count_labels(labels)
    counts = counts[counts > 0]
    by_sampler = {"oversample": counts.max(), "undersample": counts.min()}
    return len(counts) * int(by_sampler[sampler]) if sampler in by_sampler else len(labels)


def epoch_order(labels: np.ndarray, sampler: str, generator: torch.Generator) -> np.ndarray:
    """Return the positions of one epoch.

    "shuffle" visits each image once, and so does "smote", which has made its images before;
    "balanced" draws with replacement, as many as there are labels, each class present with the same
    probability and each image of a class with the same probability. "oversample" and "undersample"
    visit as many images of each class present as the largest or the smallest has, in another draw
    each epoch, and none of a class twice before all of it came once.
    """
    if sampler in ("shuffle", "smote"):
        return torch.randperm(len(labels), generator=generator).numpy()
    if sampler in ("oversample", "undersample"):
        return _even_order(labels, epoch_length(labels, sampler), generator)
    weights = class_weights(labels)[torch.from_numpy(labels)].double()
    return torch.multinomial(weights, len(labels), replacement=True, generator=generator).numpy()


def _even_order(labels: np.ndarray, length: int, generator: torch.Generator) -> np.ndarray:
    def shuffled(rows: np.ndarray) -> np.ndarray:
        return rows[torch.randperm(len(rows), generator=generator).numpy()]

    classes = np.unique(labels)
    each = length // len(classes)
    taken = []
    for rows in (np.flatnonzero(labels == c) for c in classes):
        rounds = [shuffled(rows) for _ in range(-(-each // len(rows)))]
        taken.append(np.concatenate(rounds)[:each])
    return shuffled(np.concatenate(taken))


def require_each_class(labels: np.ndarray, size: int, least: int) -> None:
    """Raise FerError unless batches of `size` can hold `least` images of every emotion."""
    if not least:
        return
    counts = count_labels(labels)
    for emotion, count in zip(EIGHT, counts, strict=False):
        if count < least:
            raise FerError(
                f"this net needs {least} images of each emotion in every batch, and the training "
                f"rows have {count} of {emotion}; take another training set or another net"
            )
    if size < least * len(counts):
        raise FerError(
            f"this net needs {least} images of each emotion in every batch; "
            f"raise batch_size from {size} to {least * len(counts)} or more"
        )


def with_each_class(
    order: np.ndarray, labels: np.ndarray, size: int, least: int, generator: torch.Generator
) -> np.ndarray:
    """Return an order of equal length whose every `size` positions hold `least` of each emotion.

    Each batch takes `least` of every emotion first and is filled up from `order`. The images of an
    emotion are taken in turn, in an order drawn once an epoch, so that none comes twice before all
    of it came once; `order` itself decides only what fills the batches up.
    """
    queues = [
        np.flatnonzero(labels == c)[
            torch.randperm(int((labels == c).sum()), generator=generator).numpy()
        ]
        for c in range(len(count_labels(labels)))
    ]
    batches = -(-len(order) // size)
    first = [np.resize(queue, (batches, least)) for queue in queues]
    fill = size - least * len(queues)
    rest = np.resize(order, (batches, fill))
    return np.concatenate([*first, rest], axis=1).ravel()[: len(order)]
