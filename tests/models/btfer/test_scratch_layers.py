"""What shapes and counts do not show: activations, dropout, order and first weights."""

import math

import pytest
import torch
from torch import nn

from tests.models.btfer.scratch import CASES, build, build_shapes

# net: ReLUs, and the rates of dropout from the image on
PUBLISHED = {
    "sequential-3conv": (6, [0.25, 0.25, 0.2, 0.5]),
    "sequential-3conv-flatten": (6, [0.25, 0.25, 0.2, 0.5]),
    "sequential-4conv": (8, [0.25, 0.25, 0.25, 0.2, 0.5]),
    "sequential-simple": (5, [0.1, 0.1, 0.1, 0.2]),
    "ensemble-3cnn": (21, [0.25, 0.25, 0.25, 0.5] * 3),
    "modular": (10, [0.5] * 4),
    "smmb": (8, [0.5]),
    "vggnet": (15, []),
    "lenet5": (4, []),
    "alexnet-bn": (7, [0.5, 0.5]),
    "zfnet": (7, [0.5, 0.5]),
    "mnist-net": (13, [0.5, 0.5]),
    "mediapipe-vggnet": (10, [0.5, 0.4, 0.5, 0.4, 0.5]),
    "resnet18-dense": (18, [0.2, 0.5]),
    "googlenet-permuted": (57, [0.4]),
    "repvgg-published": (12, []),
}


def names(net):
    """Kinds of the layers without submodules, in order."""
    return [type(layer).__name__ for layer in net.modules() if not list(layer.children())]


@pytest.mark.parametrize(("name", "size"), CASES)
def test_activations_and_dropout_are_the_published_ones(name, size):
    layers = list(build_shapes(name, size).modules())
    relus = sum(isinstance(layer, nn.ReLU) for layer in layers)
    rates = [layer.p for layer in layers if isinstance(layer, nn.Dropout)]
    assert (relus, rates) == PUBLISHED[name]


def test_batch_norm_stands_before_the_relu_or_after_it_as_published():
    member = build_shapes("ensemble-3cnn", 48).members[0]
    before = ["Conv2d", "BatchNorm2d", "ReLU"] * 2 + ["MaxPool2d", "Dropout"]
    assert names(member.features) == before * 3
    after = ["Conv2d", "ReLU", "BatchNorm2d"] * 2 + ["MaxPool2d", "Dropout"]
    assert names(build_shapes("mediapipe-vggnet", 48).features) == ["Grey", *after * 4]
    last = names(build_shapes("sequential-3conv", 48).features)[-5:]
    assert last == ["Conv2d", "ReLU", "BatchNorm2d", "MaxPool2d", "Dropout"]


def test_an_inception_module_has_the_published_paths():
    module = build_shapes("googlenet-permuted", 48).features[5]
    kinds = [
        [(type(x).__name__, x.kernel_size) for x in path.modules() if hasattr(x, "kernel_size")]
        for path in module.paths
    ]
    one = ("Conv2d", (1, 1))
    assert kinds == [
        [one, ("Conv2d", (3, 3))],
        [one, ("Conv2d", (5, 5))],
        [("MaxPool2d", 3), one],
        [one],
    ]


def largest(layer):
    return layer.weight.abs().max().item()


def glorot(layer):
    kernel = math.prod(layer.kernel_size) if isinstance(layer, nn.Conv2d) else 1
    return math.sqrt(6 / (kernel * sum(layer.weight.shape[:2])))


@pytest.mark.parametrize(("name", "uniform"), [("zfnet", 5), ("mnist-net", 1), ("lenet5", 0)])
def test_the_first_convolutions_start_uniform_where_published_and_all_else_glorot(name, uniform):
    torch.manual_seed(0)
    layers = [x for x in build(name, 48).modules() if isinstance(x, nn.Conv2d | nn.Linear)]
    for number, layer in enumerate(layers):
        limit = 0.05 if number < uniform else glorot(layer)
        assert largest(layer) == pytest.approx(limit, rel=0.03)


def test_the_grey_net_starts_he_normal_and_its_dense_layers_glorot():
    torch.manual_seed(0)
    layers = [
        layer
        for layer in build("mediapipe-vggnet", 48).modules()
        if isinstance(layer, nn.Conv2d | nn.Linear)
    ]
    for layer in layers[:8]:
        std = math.sqrt(2 / (9 * layer.in_channels))
        assert layer.weight.std().item() == pytest.approx(std, rel=0.1)
        assert largest(layer) <= 2 * std / 0.8796
    assert [largest(layer) for layer in layers[8:]] == pytest.approx(
        [glorot(layer) for layer in layers[8:]], rel=0.01
    )
