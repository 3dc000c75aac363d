"""Stems for small inputs: faces of 48 to 64 px lose less when the first layers shrink them less."""

import timm
from torch import nn

from fer_core.errors import FerError

# The families whose stem can be widened by a stride alone, so that pretrained tensors still load:
# timm's module of the family -> the stem's pooling layer ("" where the stem only convolves).
FAMILIES = {
    "byobnet": "",
    "convnext": "",
    "densenet": "features.pool0",
    "efficientnet": "",
    "ghostnet": "",
    "mobilenetv3": "",
    "regnet": "",
    "resnet": "maxpool",
    "resnetv2": "stem.pool",
    "starnet": "",
    "vgg": "",
}


def keep_resolution(net: nn.Module, backbone: str) -> None:
    """Halve the reduction of the stem in place, so that every later feature map has twice the side.

    ResNets and DenseNets: the max-pool no longer strides. ConvNeXt: the 4x4 patches overlap, at
    stride 2. Other families: the first convolution no longer strides. VGG has no stride in its stem
    and stays as it is. No tensor changes shape. Raises FerError for a stem that cannot do it.
    """
    entrypoint = timm.models.model_entrypoint(backbone.split(".")[0])
    family = entrypoint.__module__.rpartition(".")[2]
    if family not in FAMILIES:
        raise FerError(
            f"stem 'keep' is not known for {backbone} (family {family}); "
            f"use stem 'standard' or a backbone of the families {', '.join(FAMILIES)}"
        )
    names = FAMILIES[family] or net.pretrained_cfg["first_conv"]
    for name in (names,) if isinstance(names, str) else names:
        _halve_stride(net.get_submodule(name), backbone)


def _halve_stride(layer: nn.Module, backbone: str) -> None:
    match layer:
        case nn.MaxPool2d(stride=2):
            layer.stride = 1
        case nn.Conv2d(kernel_size=(4, 4), stride=(4, 4)):
            # one pixel of padding makes the map exactly half of the input
            layer.stride, layer.padding = (2, 2), (1, 1)
        case nn.Conv2d(stride=(2, 2)):
            layer.stride = (1, 1)
        case nn.Conv2d(stride=(1, 1)):
            pass
        case _:
            raise FerError(
                f"stem 'keep' is not known for {backbone}, whose stem has a "
                f"{type(layer).__name__}; use stem 'standard'"
            )
