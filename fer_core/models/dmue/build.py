"""DMUE by name: on a ResNet-18, on a ResNet-50-IBN-a, and a small one for demonstrations."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import timm
import torch
from timm.models.resnet import BasicBlock, ResNet
from torch import Tensor, nn

from fer_core.errors import FerError, unknown
from fer_core.models.dmue.net import DMUE, TargetNet, make_classifier
from fer_core.models.entries import Entry, register

SOURCE = "She et al. 2021, DMUE; JDAI-CV/FaceX-Zoo at 16b793a"
SIMILARITIES = ("logits", "features")
DROPOUT = 0.5
# With few features and small batches the similarity term would drown the others.
TINY_DROPOUT, TINY = 0.2, {"gamma": 30.0}
TRUNK = ("conv1", "bn1", "act1", "maxpool", "layer1", "layer2", "layer3")
TRAINING = {
    "deployed": False,
    "similarity": "logits",
    "gamma": 1000.0,
    "train_uncertainty": False,
    "beta": 6,
    "ramp_factor": 5.0,
}
TRAINING_CORRECTED = {"similarity": "features", "train_uncertainty": True}
STEM = {"stem_relu": False, "stem_pool": 2}
STEM_CORRECTED = {"stem_relu": True, "stem_pool": 3}
HALF = (0.5, 0.5, 0.5)


@register(
    Entry(
        "dmue",
        "method",
        "DMUE, ResNet-18",
        SOURCE,
        sizes=(224, 112),
        options=TRAINING | STEM,
        corrected=TRAINING_CORRECTED | STEM_CORRECTED,
        classifier=("classifier.",),
        mean=HALF,
        std=HALF,
    )
)
def build_dmue(
    size: int, classes: int, stem_relu: bool, stem_pool: int, **options: Any
) -> TargetNet:
    """Return DMUE on a ResNet-18, whose published stem lacks the ReLU and pools 2 x 2."""
    resnet = timm.create_model("resnet18", num_classes=0, zero_init_last=False)
    return assemble(
        _with_stem(resnet, stem_relu, stem_pool), classes, nn.BatchNorm1d, DROPOUT, **options
    )


@register(
    Entry(
        "dmue-r50ibn",
        "method",
        "DMUE, ResNet-50-IBN-a",
        SOURCE,
        sizes=(224, 112),
        options=TRAINING,
        corrected=TRAINING_CORRECTED,
        classifier=("classifier.",),
        mean=HALF,
        std=HALF,
    )
)
def build_dmue_r50ibn(size: int, classes: int, **options: Any) -> TargetNet:
    """Return DMUE on a ResNet-50-IBN-a, which has a usual stem
    and no batch norm before its classifiers.

    Pan et al. 2018, Two at Once: the first norm of each block of stages 1 to 3
    is half an instance norm.
    """
    resnet = timm.create_model("resnet50", num_classes=0, zero_init_last=False)
    for stage in (resnet.layer1, resnet.layer2, resnet.layer3):
        for block in stage:
            block.bn1 = InstanceBatchNorm(block.bn1.num_features)
    return assemble(resnet, classes, lambda width: nn.Identity(), DROPOUT, **options)


@register(
    Entry(
        "dmue-tiny",
        "method",
        "DMUE, small",
        SOURCE + ", with fewer channels and blocks, gamma 30 (published: 1000), dropout 0.2 (0.5)",
        sizes=(48,),
        options=TRAINING | STEM | TINY,
        corrected=TRAINING_CORRECTED | STEM_CORRECTED,
        classifier=("classifier.",),
        mean=HALF,
        std=HALF,
        published=TRAINING | STEM,
    )
)
def build_dmue_tiny(
    size: int, classes: int, stem_relu: bool, stem_pool: int, **options: Any
) -> TargetNet:
    """Return DMUE's graph with a block a stage and few channels."""
    resnet = ResNet(
        BasicBlock, (1, 1, 1, 1), num_classes=0, channels=(16, 32, 40, 56), zero_init_last=False
    )  # fmt: skip
    return assemble(
        _with_stem(resnet, stem_relu, stem_pool), classes, nn.BatchNorm1d, TINY_DROPOUT, **options
    )


class InstanceBatchNorm(nn.Module):
    """IBN: instance norm on the first half of the channels, batch norm on the second."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.IN = nn.InstanceNorm2d(channels // 2, affine=True)
        self.BN = nn.BatchNorm2d(channels - channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised maps, of the same shape (B, channels, h, w),
        channel by channel as they came."""
        first, second = x.split((self.IN.num_features, self.BN.num_features), dim=1)
        return torch.cat([self.IN(first), self.BN(second)], dim=1)


def assemble(
    resnet: ResNet,
    classes: int,
    neck: Callable[[int], nn.Module],
    dropout: float,
    *,
    deployed: bool,
    similarity: str,
    gamma: float,
    beta: int,
    ramp_factor: float,
    train_uncertainty: bool,
) -> TargetNet:
    """Return the training net, or only what is deployed of it, from the parts of a ResNet.

    Every auxiliary branch starts as a copy of the ResNet's fourth stage. A FerError for a value
    that an option cannot have.
    """
    if similarity not in SIMILARITIES:
        raise unknown("similarity", similarity, SIMILARITIES)
    if beta < 1:
        raise FerError(f"beta is {beta}; give the epoch of the change of weights, 1 or later")
    for name, value in {"gamma": gamma, "ramp_factor": ramp_factor}.items():
        if not value >= 0:
            raise FerError(f"{name} is {value}; give 0 or more")
    width = resnet.num_features
    parts = (
        nn.Sequential(OrderedDict((name, getattr(resnet, name)) for name in TRUNK)),
        resnet.layer4,
        neck(width),
        make_classifier(width, classes),
        dropout,
    )
    if deployed:
        return TargetNet(*parts)
    return DMUE(
        *parts,
        similarity=similarity,
        gamma=gamma,
        beta=beta,
        ramp_factor=ramp_factor,
        train_uncertainty=train_uncertainty,
    )


def _with_stem(resnet: ResNet, relu: bool, pool: int) -> ResNet:
    """Give a ResNet the stem that the options ask for."""
    if pool not in (2, 3):
        raise FerError(f"stem_pool is {pool}; give 2 (as published) or 3 (as in a usual ResNet)")
    if not relu:
        resnet.act1 = nn.Identity()
    if pool == 2:
        resnet.maxpool = nn.MaxPool2d(2)
    return resnet
