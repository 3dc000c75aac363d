"""Gradients, determinism and learning by heart of the nets built from scratch."""

import numpy as np
import pytest
import torch

from fer_core.data.phantom.dataset import sample_faces
from fer_core.data.phantom.render import render_faces
from tests.models.btfer.scratch import COUNTS, build, build_shapes

AT_48 = [name for name, size, _, _ in COUNTS if size == 48]
AT_224 = [name for name, size, _, _ in COUNTS if size == 224]


@pytest.mark.parametrize("name", AT_48)
def test_every_parameter_gets_a_finite_gradient(name):
    torch.manual_seed(0)
    net = build(name, 48).to(memory_format=torch.channels_last)
    logits = net(torch.rand(2, 3, 48, 48))
    torch.nn.functional.cross_entropy(logits, torch.tensor([1, 5])).backward()
    assert logits.shape == (2, 7)
    for key, tensor in net.named_parameters():
        assert tensor.grad.isfinite().all(), key
        assert tensor.grad.any() or tensor.ndim == 1, key


@pytest.mark.parametrize("name", AT_224)
def test_at_224_every_parameter_is_on_the_way_to_the_logits(name):
    net = build_shapes(name, 224)
    net(torch.zeros(2, 3, 224, 224, device="meta")).sum().backward()
    assert all(tensor.grad is not None for tensor in net.parameters())


@pytest.mark.parametrize("name", ["ensemble-3cnn", "smmb", "googlenet-permuted"])
def test_evaluation_is_the_same_in_any_precision_and_layout(name):
    torch.manual_seed(0)
    net, image = build(name, 48).eval(), torch.rand(2, 3, 48, 48)
    with torch.inference_mode():
        plain = net(image)
        assert torch.equal(plain, net(image))
        exact = net.double()(image.double())
        torch.testing.assert_close(plain.double(), exact, rtol=1e-4, atol=1e-5)
        turned = net.to(memory_format=torch.channels_last)(image.double())
        torch.testing.assert_close(turned, exact)


def faces(n):
    """Rendered faces in 0..1 with the labels that they were drawn with."""
    pixels = render_faces(sample_faces("phantom-lab", n, seed=0), 48, threads=1)
    labels = np.random.default_rng(0).integers(7, size=n)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255, torch.from_numpy(labels)


@pytest.mark.parametrize(("name", "lr", "epochs"), [("lenet5", 2e-3, 40), ("alexnet-bn", 1e-4, 20)])
def test_a_net_learns_64_faces_by_heart(name, lr, epochs):
    torch.manual_seed(0)
    net = build(name, 48)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, fused=True)
    x, y = faces(64)
    accuracy = 0.0
    for _ in range(epochs):
        right = 0
        for batch in torch.randperm(64).split(16):
            logits = net(x[batch])
            right += (logits.argmax(1) == y[batch]).sum().item()
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(logits, y[batch]).backward()
            optimizer.step()
        accuracy = right / 64
        if accuracy >= 0.95:
            break
    assert accuracy >= 0.95
