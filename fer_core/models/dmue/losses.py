"""The parts of DMUE's loss, as functions of logits, features and labels.

Source: She et al. 2021, Dive into Ambiguity: Latent Distribution Mining and Pairwise Uncertainty
Estimation for Facial Expression Recognition, as published in code: JDAI-CV/FaceX-Zoo at 16b793a,
addition_module/DMUE. B images of C classes; y (B,) are their labels.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from fer_core.errors import FerError

TEMPERATURE = 1.2
SOFT_WEIGHT = 0.5  # omega


def ramps(epoch: int, beta: int, factor: float) -> tuple[float, float]:
    """Return the weights of the target's terms and of the auxiliary term in an epoch, from 0.

    w_u = exp(-factor (1 - e/beta)²) up to epoch beta, then 1; w_d = 1 before epoch beta, then
    exp(-(1 - beta/e)²). Factor 5 is that of the code; the paper's is 1, as recalled,
    not read again.
    """
    if epoch <= beta:
        return math.exp(-factor * (1 - epoch / beta) ** 2), 1.0
    return 1.0, math.exp(-((1 - beta / epoch) ** 2))


def require_pairs(y: Tensor, classes: int, least: int) -> None:
    """Raise FerError unless the labels y (B,) of a batch have `least` images of every class."""
    counts = torch.bincount(y, minlength=classes)
    if int(counts.min()) < least:
        rarest = int(counts.argmin())
        raise FerError(
            f"a batch holds {int(counts[rarest])} images of class {rarest}, and DMUE needs {least} "
            f"of each of its {classes} classes; draw the batches by class, or make them larger"
        )


def shifted_labels(y: Tensor, left_out: int) -> Tensor:
    """Return labels (n,) among the C - 1 classes that are left without `left_out`,
    from labels y (n,)."""
    return y - (y > left_out).to(y.dtype)


def soft_labels(logits: Tensor, y: Tensor) -> Tensor:
    """Return the mined distribution of each image, (B, C), with nothing on its own class.

    `logits` (B, C - 1): of each image from the branch without its class. With p their softmax, the
    distribution is p^(1/T) / sum p^(1/T), T = 1.2, and has no gradient.
    """
    others = torch.arange(logits.shape[1], device=y.device).expand_as(logits)
    columns = others + (others >= y[:, None]).to(others.dtype)
    sharpened = F.softmax(logits.detach() / TEMPERATURE, dim=1)
    empty = sharpened.new_zeros(len(logits), logits.shape[1] + 1)
    return empty.scatter(1, columns, sharpened)


def soft_label_loss(logits: Tensor, soft: Tensor, y: Tensor) -> Tensor:
    """Return the mean over B x C of (softmax(logits) without its own class - soft label)², from
    `logits` and `soft` (B, C) and labels y (B,)."""
    others = 1 - F.one_hot(y, logits.shape[1])
    return F.mse_loss(F.softmax(logits, dim=1) * others, soft)


def similarity_loss(left: Tensor, right: Tensor) -> Tensor:
    """Return the mean squared difference of two Gram matrices whose rows have length 1.

    Tung and Mori 2019, Similarity-Preserving Knowledge Distillation, equations 2 to 4. `left` and
    `right`: (n, any), two descriptions of the same n images.
    """
    grams = (F.normalize(rows @ rows.T, dim=1) for rows in (left, right))
    return F.mse_loss(*grams)


def pair_statistics(features: Tensor, y: Tensor, classes: int) -> Tensor:
    """Return what an image's confidence is estimated from, (B, 2C).

    The mean cosine similarity of its features (B, D) to those of each class in the batch, itself
    included, scaled to 0..1 over the classes (all 0 if they are equal), and its one-hot label.
    """
    one_hot = F.one_hot(y, classes).to(features.dtype)
    directions = F.normalize(features, dim=1)
    means = directions @ directions.T @ one_hot / one_hot.sum(dim=0)
    least, largest = means.amin(dim=1, keepdim=True), means.amax(dim=1, keepdim=True)
    span = largest - least
    scaled = (means - least) / torch.where(span > 0, span, torch.ones_like(span))
    return torch.cat([scaled, one_hot], dim=1)
