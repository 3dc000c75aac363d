"""ConvNeXt-Tiny, ResNet-50 and Inception-ResNet-V1 with a dropout head, at 224 px.

Each is trunk -> head -> 7 logits under the names `trunk`, `head`, `classifier`; the trunk is the
library's net without its classifier and keeps the library's names. `dropout` is the probability
before the classifier. All three get ImageNet's normalisation, as published, although the
Inception-ResNet-V1 was pretrained on faces in -1..1.
"""

from collections import OrderedDict

import torchvision
from torch import nn

from fer_core.errors import FerError
from fer_core.models.entries import IMAGENET, Entry, register

SOURCE = "AlbinMorisseau/FER at 3d2856d, src/models/"
SIZES = (224,)


@register(
    Entry(
        "convnext-tiny-dropout",
        "Klagenfurt pipeline",
        "ConvNeXt-Tiny",
        SOURCE + "convnextiny.py; dropout of its best run",
        sizes=SIZES,
        options={"dropout": 0.294},
        classifier=("classifier.",),
        trunk=("trunk", "convnext_tiny-983f1562"),
        cam_layer="trunk.features.7",
        mean=IMAGENET["mean"],
        std=IMAGENET["std"],
    )
)
def build_convnext(size: int, classes: int, dropout: float) -> nn.Module:
    """Build torchvision's ConvNeXt-Tiny; the pooled features are normalised twice before the
    classifier, by its own LayerNorm and by the head's."""
    trunk = torchvision.models.convnext_tiny()
    return _with_head(trunk, trunk.classifier, "2", dropout, classes, nn.LayerNorm(768))


@register(
    Entry(
        "resnet50-dropout",
        "Klagenfurt pipeline",
        "ResNet-50",
        SOURCE + "resnet50.py; dropout of its Table V",
        sizes=SIZES,
        options={"dropout": 0.19},
        classifier=("classifier.",),
        trunk=("trunk", "resnet50"),
        cam_layer="trunk.layer4",
        mean=IMAGENET["mean"],
        std=IMAGENET["std"],
    )
)
def build_resnet50(size: int, classes: int, dropout: float) -> nn.Module:
    """Build torchvision's ResNet-50 with the dropout head."""
    trunk = torchvision.models.resnet50()
    return _with_head(trunk, trunk, "fc", dropout, classes)


@register(
    Entry(
        "vggface2-dropout",
        "Klagenfurt pipeline",
        "VGGFace2 (Inception-ResNet-V1)",
        SOURCE + "vggface.py; dropout of its Table V",
        sizes=SIZES,
        options={"dropout": 0.5},
        classifier=("classifier.",),
        cam_layer="trunk.block8",
        mean=IMAGENET["mean"],
        std=IMAGENET["std"],
    )
)
def build_vggface2(size: int, classes: int, dropout: float) -> nn.Module:
    """Build facenet-pytorch's Inception-ResNet-V1, which has another dropout of 0.6 before its
    embedding of 512 values."""
    from facenet_pytorch import InceptionResnetV1  # face detectors come with it

    trunk = InceptionResnetV1(pretrained=None, classify=True, num_classes=classes)
    return _with_head(trunk, trunk, "logits", dropout, classes)


def _with_head(
    trunk: nn.Module,
    parent: nn.Module,
    name: str,
    dropout: float,
    classes: int,
    *before: nn.Module,
) -> nn.Module:
    """Put [*before, dropout, linear] in the place of the trunk's classifier `parent`.`name`."""
    if not 0 <= dropout < 1:
        raise FerError(f"dropout is {dropout}; give a probability from 0 to below 1")
    features = parent.get_submodule(name).in_features
    setattr(parent, name, nn.Identity())
    return nn.Sequential(
        OrderedDict(
            trunk=trunk,
            head=nn.Sequential(*before, nn.Dropout(dropout)),
            classifier=nn.Linear(features, classes),
        )
    )
