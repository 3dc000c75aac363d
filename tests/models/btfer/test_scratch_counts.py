"""Every net built from scratch: size, names, where it comes from."""

import pytest
import timm
import torch

from fer_core.models.cam_layer import find_cam_layer, map_side
from fer_core.models.entries import entries
from tests.models.btfer.scratch import CASES, COUNTS, SMALL, build, build_shapes


@pytest.mark.parametrize(("name", "size", "trainable", "total"), COUNTS)
def test_counts_equal_those_that_keras_printed(name, size, trainable, total):
    net = build_shapes(name, size)
    assert sum(tensor.numel() for tensor in net.parameters()) == trainable
    assert all(tensor.requires_grad for tensor in net.parameters())
    moving = [tensor for key, tensor in net.named_buffers() if ".running_" in key]
    assert trainable + sum(tensor.numel() for tensor in moving) == total


@pytest.mark.parametrize(("name", "size"), CASES)
@pytest.mark.parametrize("classes", [7, 8])
def test_the_classes_are_the_first_axis_of_the_classifier_and_of_nothing_else(name, size, classes):
    net = build_shapes(name, size, classes)
    assert net(torch.zeros(2, 3, size, size, device="meta")).shape == (2, classes)
    prefixes = entries()[name].classifier
    with_classes = {key for key, tensor in net.state_dict().items() if classes in tensor.shape[:1]}
    assert with_classes == {key for key in net.state_dict() if key.startswith(prefixes)}
    assert len(with_classes) == 2 * len(prefixes)


@pytest.mark.parametrize("name", sorted({name for name, _ in CASES}))
def test_an_entry_names_its_notebook_and_no_net_of_timm(name):
    entry = entries()[name]
    assert not timm.is_model(name)
    assert entry.sizes == tuple(size for other, size in CASES if other == name)
    assert entry.family == "BTFER benchmark"
    assert "2ecb83b" in entry.source
    for size in entry.sizes:
        assert f"{size} x {size}" in entry.source
    assert (set(entry.mean), set(entry.std)) == ({0.0}, {1.0})


# the side of the last map that still has six places
SIDES = {"alexnet-bn": 10, "zfnet": 10, "lenet5": 9, "sequential-simple": 8, "smmb": 12,
         "sequential-3conv": 8, "sequential-3conv-flatten": 8, "mediapipe-vggnet": 11}  # fmt: skip


@pytest.mark.parametrize(("name", "size"), SMALL)
def test_grad_cam_has_a_map_with_places(name, size):
    net = build(name, size).eval()
    sides = []
    layers = (entries()[name].cam_layer or find_cam_layer(net, size)).split()
    for layer in layers:
        net.get_submodule(layer).register_forward_hook(
            lambda *call: sides.append(map_side(call[2]))
        )
    with torch.inference_mode():
        net(torch.zeros(1, 3, size, size))
    assert len(sides) == len(layers)
    if size == 48:
        assert sides[0] == SIDES.get(name, 6)
    else:
        assert sides[0] >= 6
