"""Ensemble and modular net."""

import pytest
import torch
from torch import nn

from tests.models.btfer.scratch import build


@pytest.fixture
def image():
    torch.manual_seed(0)
    return torch.rand(2, 3, 48, 48, dtype=torch.float64)


def alone(member, image):
    """What a member says by itself."""
    return member.classifier(member.head(member.features(image))).softmax(1)


def test_the_softmax_of_the_ensemble_is_the_mean_of_its_members(image):
    net = build("ensemble-3cnn", 48).double().eval()
    with torch.no_grad():
        for member in net.members:
            member.classifier.weight.mul_(20)  # members that disagree
        mean = torch.stack([alone(member, image) for member in net.members]).mean(0)
        torch.testing.assert_close(net(image).softmax(1), mean, rtol=1e-12, atol=0)


def test_an_ensemble_of_certain_members_stays_finite(image):
    net = build("ensemble-3cnn", 48).double()
    with torch.no_grad():
        for number, member in enumerate(net.members):
            nn.init.zeros_(member.classifier.weight)
            member.classifier.bias.copy_(torch.eye(7)[number] * 1e5)
    logits = net(image)
    logits.sum().backward()
    assert logits[0, :3].exp().tolist() == pytest.approx([1 / 3] * 3)
    assert logits.isfinite().all()
    assert all(tensor.grad.isfinite().all() for tensor in net.parameters())


def test_the_first_two_members_are_alike_but_start_apart():
    first, second, third = build("ensemble-3cnn", 48).members
    shapes = [[tensor.shape for tensor in net.parameters()] for net in (first, second, third)]
    assert shapes[0] == shapes[1] != shapes[2]
    assert not torch.equal(first.classifier.weight, second.classifier.weight)


def test_the_paths_of_the_modular_net_see_3_and_5_pixels_and_meet_in_the_classifier(image):
    net = build("modular", 48).double().eval()
    kernels = {
        name: {layer.kernel_size for layer in path.modules() if isinstance(layer, nn.Conv2d)}
        for name, path in net.paths.items()
    }
    assert kernels == {"local": {(3, 3)}, "global": {(5, 5)}}
    with torch.no_grad():
        values = [net.heads[name](path(image)) for name, path in net.paths.items()]
        wanted = net.classifier(torch.cat(values, 1))
        torch.testing.assert_close(net(image), wanted, rtol=1e-12, atol=0)
