"""The true RepVGG-A0."""

import pytest
import torch
from torch import nn

from fer_core.models.entries import entries
from fer_core.models.method import deployed

ENTRY = entries()["repvgg-a0-deploy"]


def _net(seed: int = 0) -> nn.Module:
    """Return a net in evaluation mode with random batch norms that fit a batch of noise."""
    torch.manual_seed(seed)
    net = ENTRY.build(48, 7, deployed=False)
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.normal_(layer.bias, std=0.2)
            layer.momentum = 1.0
    with torch.inference_mode():
        net.train()(torch.rand(4, 3, 48, 48))
    return net.eval()


def _count(net: nn.Module) -> int:
    return sum(tensor.numel() for tensor in net.parameters())


@pytest.mark.parametrize(
    ("seed", "dtype", "tolerance"), [(0, torch.float32, 1e-4), (1, torch.float64, 1e-10)]
)
def test_the_fused_net_gives_the_same_logits(
    seed: int, dtype: torch.dtype, tolerance: float
) -> None:
    net = _net(seed).to(dtype)
    x = torch.rand(2, 3, 48, 48, dtype=dtype)
    with torch.inference_mode():
        expected = net(x)
    fused = deployed(net)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in fused.modules())
    with torch.inference_mode():
        torch.testing.assert_close(fused(x), expected, atol=tolerance, rtol=0)
        torch.testing.assert_close(net(x), expected, atol=0, rtol=0)  # fusing leaves it as it was
    assert expected.std() > 0.1


def test_the_deployed_net_has_the_tensors_of_the_option_and_its_paper_s_size() -> None:
    net = _net()
    fused = deployed(net)
    built = ENTRY.build(48, 7, deployed=True)
    built.load_state_dict(fused.state_dict())
    thousand = 1281 * (1000 - 7)
    # Ding et al. 2021: 8.30 M deployed; timm rounds 9.11 M while it trains
    assert _count(fused) + thousand == pytest.approx(8.30e6, rel=2e-3)
    assert _count(net) + thousand == pytest.approx(9.11e6, rel=1e-3)
    assert fused.classifier is net.classifier


def test_training_reaches_every_branch() -> None:
    net = _net().train()
    net(torch.rand(2, 3, 48, 48)).square().sum().backward()
    assert all(tensor.grad is not None for tensor in net.parameters())
