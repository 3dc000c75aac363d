"""The benchmark's versions of well-known nets without shortcuts, from LeNet to VGG."""

from torch import nn

from fer_core.models.btfer.layers import (
    CLASSIFIER,
    NOTEBOOKS,
    Grey,
    assemble,
    batch_norm,
    conv,
    conv_relu,
    dense,
    global_average,
    max_pool,
    start_he,
    start_uniform,
)
from fer_core.models.entries import Entry, register


@register(
    Entry(
        "vggnet",
        "BTFER benchmark",
        "VGGNet",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/VGGNet, 224 x 224 - Simple/RAFDB/VGGNet",
        sizes=(48, 224),
        classifier=CLASSIFIER,
    )
)
def build_vggnet(size: int, classes: int) -> nn.Module:
    """Build the convolutions of VGG-16 and two dense layers of 4096, without dropout or batch norm.

    The paper's table gives 15 and 12 million parameters; there are 33.6 and 134.3 million.
    """
    features: list[nn.Module] = []
    inputs = 3
    for outputs, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            features.append(conv_relu(inputs, outputs))
            inputs = outputs
        features.append(max_pool())
    side = size // 32
    head = [nn.Flatten(), dense(512 * side * side, 4096), dense(4096, 4096)]
    return assemble(features, head, 4096, classes)


@register(
    Entry(
        "lenet5",
        "BTFER benchmark",
        "LeNet5",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/LeNet",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_lenet5(size: int, classes: int) -> nn.Module:
    """Build the net of LeCun et al. 1998, with ReLU and max-pools."""
    features = [
        conv_relu(3, 6, 5, same=False), max_pool(),  # 44, 22
        conv_relu(6, 16, 5, same=False), max_pool(),  # 18, 9
    ]  # fmt: skip
    return assemble(features, [nn.Flatten(), dense(16 * 9 * 9, 120), dense(120, 84)], 84, classes)


@register(
    Entry(
        "alexnet-bn",
        "BTFER benchmark",
        "AlexNet",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/AlexNet",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_alexnet(size: int, classes: int) -> nn.Module:
    """Build AlexNet's layers with batch norm after each pool; at 48 px the last map is one place,
    so that the notebook's global average and the paper's Flatten are the same."""
    features = [
        conv_relu(3, 96, 11, stride=4, same=False), max_pool(3, 2), batch_norm(96),  # 10, 4
        conv_relu(96, 256, 5), max_pool(3, 2), batch_norm(256),  # 4, 1
        conv_relu(256, 384), conv_relu(384, 384), conv_relu(384, 256),
        max_pool(3, 2, same=True), batch_norm(256),
    ]  # fmt: skip
    return assemble(features, [global_average(), *_two_dense(256, 4096)], 4096, classes)


@register(
    Entry(
        "zfnet",
        "BTFER benchmark",
        "ZF_NET",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/ZF_NET",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_zfnet(size: int, classes: int) -> nn.Module:
    """Build the net of Zeiler and Fergus 2014, in outline;
    convolutions start uniform in -0.05..0.05."""
    features = [
        conv_relu(3, 96, 7, stride=2, same=False), max_pool(),  # 21, 10
        conv_relu(96, 256, 5, stride=2), max_pool(),  # 5, 2
        conv_relu(256, 384), conv_relu(384, 384), conv_relu(384, 256), max_pool(),  # 2, 1
    ]  # fmt: skip
    net = assemble(features, [nn.Flatten(), *_two_dense(256, 4096)], 4096, classes)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            start_uniform(layer)
    return net


@register(
    Entry(
        "mnist-net",
        "BTFER benchmark",
        "MNIST_NET",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/MNIST_NET",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_mnist_net(size: int, classes: int) -> nn.Module:
    """Build eleven convolutions, all padded, 1x1 where a block of two or three ends; the paper does
    not describe it."""
    first = conv_relu(3, 96)
    features = [
        first, conv_relu(96, 128), conv_relu(128, 128, 1), max_pool(),  # 24
        conv_relu(128, 256), conv_relu(256, 256, 1), max_pool(),  # 12
        conv_relu(256, 512), conv_relu(512, 512), conv_relu(512, 256, 1), max_pool(),  # 6
        conv_relu(256, 512), conv_relu(512, 512), conv_relu(512, 256, 1),
    ]  # fmt: skip
    net = assemble(features, [nn.Flatten(), *_two_dense(256 * 6 * 6, 1024)], 1024, classes)
    start_uniform(first[0])
    return net


@register(
    Entry(
        "mediapipe-vggnet",
        "BTFER benchmark",
        "MediaPipe + VGGNet",
        NOTEBOOKS + "48 x 48 - SIMPLE/RAFDB/Mediapipe CNN",
        sizes=(48,),
        classifier=CLASSIFIER,
    )
)
def build_mediapipe_vggnet(size: int, classes: int) -> nn.Module:
    """Build four pairs of convolutions on a grey image, batch norm after ReLU, He-normal.

    MediaPipe is not part of it: the notebooks use its face detector in a demonstration only.
    """
    features: list[nn.Module] = [Grey()]
    inputs = 1
    for outputs, rate in ((64, 0.5), (128, 0.4), (256, 0.5), (512, 0.4)):
        same = inputs > 1  # only the first convolution is not padded: 46, then 23, 11, 5, 2
        features += [conv(inputs, outputs, same=same), nn.ReLU(), batch_norm(outputs)]
        features += [conv(outputs, outputs), nn.ReLU(), batch_norm(outputs)]
        features += [max_pool(), nn.Dropout(rate)]
        inputs = outputs
    head = [nn.Flatten(), dense(512 * 2 * 2, 1024), nn.Dropout(0.5), dense(1024, 256)]
    net = assemble(features, head, 256, classes)
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            start_he(layer)
    return net


def _two_dense(inputs: int, width: int) -> list[nn.Module]:
    return [dense(inputs, width), nn.Dropout(0.5), dense(width, width), nn.Dropout(0.5)]
