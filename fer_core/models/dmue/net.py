"""DMUE's nets: the one that predicts, and the one that trains it with a branch per class beside it.

Source: see `fer_core.models.dmue.losses`.
"""

import copy
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_core.models.dmue import losses
from fer_core.models.method import Criterion

CLASSIFIER_STD = 0.001


class TargetNet(nn.Module):
    """A ResNet up to its third stage, a fourth stage, a batch norm (or none) and a linear
    classifier: what is left of DMUE after training."""

    def __init__(
        self,
        trunk: nn.Module,
        layer4: nn.Module,
        neck: nn.Module,
        classifier: nn.Linear,
        dropout: float,
    ) -> None:
        super().__init__()
        self.trunk = trunk
        self.layer4 = layer4
        self.dropout = nn.Dropout(dropout)
        self.neck = neck
        self.classifier = classifier

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (B, C) of the target branch for images (B, 3, size, size)."""
        features = self.pool(self.layer4(self.trunk(x)))
        return self.classifier(self.neck(self.dropout(features)))

    def pool(self, maps: Tensor) -> Tensor:
        """Return the mean (B, D) of maps (B, D, h, w) over places,
        in the classifier's precision."""
        return maps.to(self.classifier.weight.dtype).mean((2, 3))


class Branches(NamedTuple):
    """What one training batch gives: B images, C classes, features of D numbers.

    `logits` (B, C) and `features` (B, D, after the neck) of the target branch;
    `auxiliary_logits` (n, C - 1) and `auxiliary_features` (n, D) of each auxiliary branch, for the
    n images that are not of its class, in the batch's order; `soft_labels` (B, C), mined and
    without gradient; `confidence` (B, 1), within 0..1.
    """

    logits: Tensor
    features: Tensor
    auxiliary_logits: tuple[Tensor, ...]
    auxiliary_features: tuple[Tensor, ...]
    soft_labels: Tensor
    confidence: Tensor


class Terms(NamedTuple):
    """The four losses of a batch, without their weights."""

    target: Tensor
    soft: Tensor
    similarity: Tensor
    auxiliary: Tensor

    def total(self, of_target: float, of_auxiliary: float, gamma: float) -> Tensor:
        """Return w_u (target + omega soft + gamma similarity) + w_d auxiliary,
        a scalar as each term is."""
        mined = losses.SOFT_WEIGHT * self.soft + gamma * self.similarity
        return of_target * (self.target + mined) + of_auxiliary * self.auxiliary


class DMUE(TargetNet):
    """The training net: beside the target's fourth stage one for each class, which never learns
    from images of that class and so tells what else they look like.

    `similarity`: "logits" compares the auxiliary branches' logits with the target's features, as
    published; "features" compares features with features. `gamma`: weight of that comparison,
    whose value falls as batches grow; 1000 for the published 72 images. `beta`, `ramp_factor`: see
    `losses.ramps`. `train_uncertainty`: let the optimiser change the confidence estimate and the
    neck's scale, which the published training left out.
    """

    images_per_class = 2

    def __init__(
        self,
        trunk: nn.Module,
        layer4: nn.Module,
        neck: nn.Module,
        classifier: nn.Linear,
        dropout: float,
        *,
        similarity: str,
        gamma: float,
        beta: int,
        ramp_factor: float,
        train_uncertainty: bool,
    ) -> None:
        super().__init__(trunk, layer4, neck, classifier, dropout)
        if isinstance(neck, nn.BatchNorm1d):
            neck.bias.requires_grad_(False)  # stays 0
        classes, width = classifier.weight.shape
        self.auxiliary = nn.ModuleList(copy.deepcopy(layer4) for _ in range(classes))
        self.auxiliary_classifiers = nn.ModuleList(
            make_classifier(width, classes - 1) for _ in range(classes)
        )
        self.uncertainty = nn.Sequential(
            nn.Linear(2 * classes, classes), nn.PReLU(), nn.Linear(classes, 1)
        )
        self.similarity = similarity
        self.gamma = gamma
        self.beta = beta
        self.ramp_factor = ramp_factor
        self.unoptimised = () if train_uncertainty else ("uncertainty.", "neck.")

    def training_loss(
        self, x: Tensor, y: Tensor, criterion: Criterion, epoch: int
    ) -> tuple[Tensor, Tensor]:
        """Return the loss of a batch, images x (B, 3, size, size) and labels y (B,), and the
        target's logits (B, C).

        `criterion` is applied to the target's logits times the confidence; the auxiliary branches,
        which have a class less each, learn by plain cross entropy. A FerError if a class has fewer
        than `images_per_class` images.
        """
        losses.require_pairs(y, len(self.auxiliary), self.images_per_class)
        branches = self.branches(x, y)
        with torch.autocast(x.device.type, enabled=False):
            terms = self.terms(branches, y, criterion)
        weights = losses.ramps(epoch, self.beta, self.ramp_factor)
        return terms.total(*weights, self.gamma), branches.logits

    def branches(self, x: Tensor, y: Tensor) -> Branches:
        """Return what every branch makes of its images, from images x (B, 3, size, size) with
        labels y (B,)."""
        maps = self.trunk(x)
        own = [y == c for c in range(len(self.auxiliary))]
        # running statistics are shared, so the order is the published one: others, all, own
        others = [
            self.pool(branch(maps[~mask])) for branch, mask in zip(self.auxiliary, own, strict=True)
        ]
        pooled = self.pool(self.layer4(maps))
        with torch.no_grad():  # soft labels have no gradient
            mined = [
                self.pool(branch(maps[mask]))
                for branch, mask in zip(self.auxiliary, own, strict=True)
            ]
        with torch.autocast(x.device.type, enabled=False):
            auxiliary_features = tuple(self.neck(self.dropout(rows)) for rows in others)
            features = self.neck(self.dropout(pooled))
            return Branches(
                self.classifier(features),
                features,
                self._classify(auxiliary_features),
                auxiliary_features,
                self._soft_labels(mined, own, y),
                torch.sigmoid(
                    self.uncertainty(losses.pair_statistics(pooled, y, len(self.auxiliary)))
                ),
            )

    def terms(self, branches: Branches, y: Tensor, criterion: Criterion) -> Terms:
        """Return the four losses of a batch, a scalar each,
        from its branches and its labels y (B,)."""
        compared = {"logits": branches.auxiliary_logits, "features": branches.auxiliary_features}
        rows = compared[self.similarity]
        similarity = [
            losses.similarity_loss(rows[c], branches.features[y != c]) for c in range(len(rows))
        ]
        auxiliary = [
            F.cross_entropy(logits, losses.shifted_labels(y[y != c], c))
            for c, logits in enumerate(branches.auxiliary_logits)
        ]
        return Terms(
            criterion(branches.confidence * branches.logits, y),
            losses.soft_label_loss(branches.logits, branches.soft_labels, y),
            torch.stack(similarity).mean(),
            torch.stack(auxiliary).mean(),
        )

    def deployed(self) -> TargetNet:
        """Return the target branch, which shares its tensors with this net."""
        net = TargetNet(self.trunk, self.layer4, self.neck, self.classifier, self.dropout.p)
        return net.train(self.training)

    def _classify(self, features: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        pairs = zip(self.auxiliary_classifiers, features, strict=True)
        return tuple(classifier(rows) for classifier, rows in pairs)

    @torch.no_grad()
    def _soft_labels(self, mined: list[Tensor], own: list[Tensor], y: Tensor) -> Tensor:
        """Return the soft labels from each branch's view of the images of its own class, which
        goes through the neck without dropout."""
        by_class = self._classify(tuple(self.neck(rows) for rows in mined))
        logits = by_class[0].new_empty(len(y), by_class[0].shape[1])
        for mask, rows in zip(own, by_class, strict=True):
            logits[mask] = rows
        return losses.soft_labels(logits, y)


def make_classifier(width: int, classes: int) -> nn.Linear:
    """Return a linear classifier without bias, almost undecided."""
    classifier = nn.Linear(width, classes, bias=False)
    nn.init.normal_(classifier.weight, std=CLASSIFIER_STD)
    return classifier
