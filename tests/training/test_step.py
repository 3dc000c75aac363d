"""A step in parts, and which nets can take which steps."""

import copy
from contextlib import nullcontext

import pytest
import torch
from torch import nn

from fer_core.errors import FerError
from fer_core.models import create_model
from fer_core.models.method import trained_parameters, training_loss
from fer_core.recipe import Recipe
from fer_core.study import ModelSpec
from fer_core.training import seeds
from fer_core.training.loss import CrossEntropy
from fer_core.training.optim import make_optimizer
from fer_core.training.step import Step
from tests.recipes import changed
from tests.training.small import BUSY, EXTRAS, blobs, train

WEIGHT = torch.tensor([0.5, 1.0, 2.0, 4.0, 1.0, 3.0, 0.7])


def plain_net():
    """A net without batch norm and dropout, in which images do not meet."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 7))


def weights_after(recipe, loss, n=14, steps=3):
    net = plain_net()
    optimizer = make_optimizer([(0.1, list(net.parameters()))], recipe.optimizer)
    step = Step(net, recipe, loss, nullcontext())
    draw = torch.Generator().manual_seed(5)
    outcomes = []
    for number in range(steps):
        x = torch.randn(n, 3, 16, 16, generator=draw)
        y = torch.randint(0, 7, (n,), generator=draw)
        outcomes.append(float(step.take(optimizer, x, y, 0, 0, number)[0]))
    return torch.cat([p.detach().flatten() for p in net.parameters()]), outcomes


@pytest.mark.parametrize(
    "loss", [CrossEntropy(), CrossEntropy(0.1, WEIGHT), CrossEntropy(0.1, WEIGHT, True)]
)
@pytest.mark.parametrize("sam", [0.0, 0.05])
@pytest.mark.parametrize("alpha", [0.0, 0.4])
def test_parts_of_a_batch_add_up_to_the_step_of_the_whole(loss, sam, alpha):
    whole = Recipe(
        optimizer={"name": "sgd", "sam": sam}, regularisation={"mixup": {"alpha": alpha}}
    )
    parted = changed(whole, data={"accumulate": 4, "batch_size": 16})
    (one, losses), (other, parted_losses) = (weights_after(of, loss) for of in (whole, parted))
    assert torch.allclose(one, other, atol=1e-6)
    assert losses == pytest.approx(parted_losses, abs=1e-5)
    assert not torch.allclose(one, weights_after(changed(whole, lr=0.2), CrossEntropy(0.9))[0])


def test_a_run_in_parts_says_that_batch_norms_see_the_parts(tmp_path):
    lines = []
    train(tmp_path / "busy", EXTRAS["parts"], say=lines.append)
    assert lines[0].startswith("batch norms see each of the 2 parts of a batch by itself")
    frozen = changed(BUSY, data={"accumulate": 2}, phases=[{"epochs": 1, "train": "head"}])
    for recipe in (frozen, changed(BUSY, epochs=1)):
        lines.clear()
        train(tmp_path / str(recipe.data.accumulate), recipe, say=lines.append)
        assert not any("batch norms" in line for line in lines)


def test_parts_too_small_for_batch_norm_are_refused(tmp_path):
    with pytest.raises(FerError, match=r"data.accumulate is 8; it is 1 to 5 for a batch of 10"):
        train(tmp_path, changed(BUSY, batch_size=16, data={"accumulate": 8}), blobs(n=15))


@pytest.mark.parametrize("backbone", ["dan-tiny", "dmue-tiny"])
@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (
            {"regularisation": {"mixup": {"alpha": 0.2}}},
            r"mixup.alpha is 0.2; it is 0 for this net",
        ),
        ({"data": {"accumulate": 2}}, r"data.accumulate is 2; it is 1 for this net"),
    ],
)
def test_a_net_with_a_loss_of_its_own_refuses_mixed_labels_and_parts(
    tmp_path, backbone, extra, message
):
    model = create_model(ModelSpec(backbone=backbone, input_size=48))
    recipe = changed(BUSY, **extra)
    with pytest.raises(FerError, match=message):
        train(tmp_path, recipe, model=model)
    assert not (tmp_path / "progress.json").exists()


@pytest.mark.parametrize("backbone", ["dan-tiny", "dmue-tiny", "posterpp-tiny"])
def test_method_nets_climb_the_hill_of_their_own_loss(backbone):
    """Each has the weights that two passes by hand give, and what no optimiser changes stays."""
    model = create_model(ModelSpec(backbone=backbone, input_size=48))
    net, by_hand = model.net.train(), copy.deepcopy(model.net).train()
    recipe = Recipe(optimizer={"name": "sgd", "sam": 0.05})
    x, y = torch.randn(28, 3, 48, 48), torch.arange(28) % 7

    def optimizer_of(net):
        return make_optimizer([(0.01, list(trained_parameters(net).values()))], recipe.optimizer)

    before = {k: v.clone() for k, v in net.state_dict().items()}
    Step(net, recipe, CrossEntropy(), nullcontext()).take(optimizer_of(net), x, y, 7, 6, 3)
    optimizer, criterion = optimizer_of(by_hand), CrossEntropy()
    learning = trained_parameters(by_hand)
    starts = {k: v.detach().clone() for k, v in learning.items()}
    for climb in (True, False):
        by_hand.zero_grad()
        torch.manual_seed(seeds.derive(7, seeds.NET, 6, 3))
        training_loss(by_hand, x, y, criterion, 6)[0].backward()
        with torch.no_grad():
            length = sum(
                p.grad.square().sum() for p in learning.values() if p.grad is not None
            ).sqrt()
            for name, p in learning.items():
                p.copy_(starts[name] + climb * 0.05 * (0 if p.grad is None else p.grad / length))
    optimizer.step()
    after, expected = net.state_dict(), by_hand.state_dict()
    stays = set(dict(net.named_parameters())) - set(learning)
    assert all(torch.equal(after[name], before[name]) for name in stays)
    assert any(not torch.equal(after[name], before[name]) for name in learning)
    assert all(torch.allclose(after[name], expected[name], atol=1e-5) for name in learning)
