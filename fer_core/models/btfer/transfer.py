"""Another library's net as trunk, with the benchmark's transfer head.

trunk -> pool -> dense layers -> 7 logits, under the names `trunk`, `pool`, `head`, `classifier`.
The trunk is timm's net without its classifier, or the convolutions of torchvision's VGG, and its
tensors keep the library's names. Every trunk gets pixels in 0..1 without another normalisation, as
published, although none of them was pretrained that way. ImageNet files of Keras fill the trunks
that are its graph: `maps`.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import timm
import torch
from torch import nn
from torchvision.models.vgg import cfgs, make_layers

from fer_core.errors import unknown
from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    dense,
    global_average,
    start_glorot,
)
from fer_core.models.btfer.nasnet import NASNetMobile
from fer_core.models.entries import Entry, register

# The paper's text has the first head; several notebooks of MobileNet and MobileNetV2 the second,
# which has no dropout.
HEADS = {"256-128": (256, 128), "1024-1024-512": (1024, 1024, 512)}
DROPOUT = {"256-128": 0.2, "1024-1024-512": 0.0}  # after the first dense layer
POOLS = ("gap", "flatten")
BIASES = (r"trunk\.(.+\.)?(conv\d|downsample\.0)\.bias",)  # of ResNet-50's convolutions


class Trunk(NamedTuple):
    """A trunk: how it is built, the channels of its last map, the file of its ImageNet weights,
    and patterns of the tensors that this file lacks."""

    build: Callable[[], nn.Module]
    channels: int
    stem: str | None
    added: tuple[str, ...] = ()


def transfer_net(
    trunk: Trunk, size: int, classes: int, head: str = "256-128", pool: str = "gap"
) -> nn.Module:
    """Return the trunk with the transfer head.

    `head`: one of HEADS. `pool`: "gap", the mean of each map, or "flatten", every place of it.
    """
    if head not in HEADS:
        raise unknown("head", head, HEADS)
    if pool not in POOLS:
        raise unknown("pool", pool, POOLS)
    body = trunk.build()
    places = _places(body, size) if pool == "flatten" else 1
    widths = (trunk.channels * places, *HEADS[head])
    layers: list[nn.Module] = [dense(inputs, outputs) for inputs, outputs in pairwise(widths)]
    if DROPOUT[head]:
        layers.insert(1, nn.Dropout(DROPOUT[head]))
    top = nn.Sequential(
        OrderedDict(
            trunk=body,
            pool=nn.Flatten() if pool == "flatten" else global_average(),
            head=nn.Sequential(*layers),
            classifier=nn.Linear(widths[-1], classes),
        )
    )
    start_glorot(top)
    if hasattr(body, "feature_info"):
        top.feature_info = [{"module": f"trunk.{one['module']}"} for one in body.feature_info]
    return top


def _places(trunk: nn.Module, size: int) -> int:
    """Return how many places the trunk's last map has."""
    training = trunk.training
    with torch.inference_mode():
        maps = trunk.eval()(torch.zeros(1, 3, size, size))
    trunk.train(training)
    return maps.shape[2] * maps.shape[3]


def _timm(name: str) -> nn.Module:
    return timm.create_model(name, pretrained=False, num_classes=0, global_pool="")


def _vgg(letter: str) -> nn.Module:
    """Return the convolutions of VGG, under the name that the library's net gives them."""
    return nn.Sequential(OrderedDict(features=make_layers(cfgs[letter])))


def _resnet50_keras() -> nn.Module:
    """Return ResNet-50 whose convolutions have biases, as in Keras; the batch norms behind them
    cancel these, so weights without biases give the same function."""
    trunk = _timm("resnet50")
    for layer in trunk.modules():
        if isinstance(layer, nn.Conv2d):
            layer.bias = nn.Parameter(torch.zeros(layer.out_channels))
    return trunk


def _inception_keras() -> nn.Module:
    """Return Inception-v3 whose batch norms have no scale to learn, as in Keras; that of a file of
    weights is kept as it is."""
    trunk = _timm("inception_v3")
    for layer in trunk.modules():
        if isinstance(layer, nn.BatchNorm2d):
            scale = layer.weight.detach()
            del layer.weight
            layer.register_buffer("weight", scale)
    return trunk


def _resnet50_caffe() -> nn.Module:
    """Return ResNet-50 as VGGFace2 pretrained it: each stage strides in its first 1x1 convolution,
    and the pool has no padding."""
    trunk = _timm("resnet50")
    trunk.maxpool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
    for stage in (trunk.layer2, trunk.layer3, trunk.layer4):
        first, second = stage[0].conv1, stage[0].conv2
        first.stride, second.stride = second.stride, first.stride
    return trunk


def _add(name: str, title: str, trunk: Trunk, sizes: tuple[int, ...] = (48, 224)) -> None:
    entry = Entry(
        name,
        "BTFER benchmark",
        f"{title} + head",
        f"{NOTEBOOKS}notebooks of {title}",
        sizes=sizes,
        options={"head": "256-128", "pool": "gap"},
        classifier=CLASSIFIER,
        trunk=("trunk", trunk.stem) if trunk.stem else None,
        added=trunk.added,
    )
    register(entry)(partial(transfer_net, trunk))


def _of_timm(name: str, channels: int, pretrained: bool = True) -> Trunk:
    return Trunk(partial(_timm, name), channels, name if pretrained else None)


_add("vgg16-head", "VGG16", Trunk(partial(_vgg, "D"), 512, "vgg16"))
_add("vgg19-head", "VGG19", Trunk(partial(_vgg, "E"), 512, "vgg19"))
_add("mobilenet-head", "MobileNet", _of_timm("mobilenetv1_100", 1024))
_add("mobilenetv2-head", "MobileNetV2", _of_timm("mobilenetv2_100", 1280))
_add("efficientnetv2b0-head", "EfficientNetV2-B0", _of_timm("tf_efficientnetv2_b0", 1280))
_add("nasnetmobile-head", "NASNet-Mobile", Trunk(NASNetMobile, 1056, "nasnetamobile-7e03cead"))
_add("resnet50-head", "ResNet50", Trunk(_resnet50_keras, 2048, "resnet50", BIASES))
_add("densenet121-head", "DenseNet121", _of_timm("densenet121", 1024))
_add("inceptionv3-head", "InceptionV3", Trunk(_inception_keras, 2048, "inception_v3"), (224,))
_add("xception-head", "Xception", _of_timm("legacy_xception", 2048), (224,))
# pretrained on faces: their files come by name maps
_add("resnet50-vggface-head", "ResNet50 (VGGFace)", Trunk(_resnet50_caffe, 2048, None), (224,))
_add(
    "senet50-vggface-head",
    "SENet50 (VGGFace)",
    _of_timm("legacy_seresnet50", 2048, pretrained=False),
    (224,),
)
