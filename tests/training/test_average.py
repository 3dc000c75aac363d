"""The average of the weights: its formula, its buffers, and that it is validated and kept."""

import copy

import pytest
import torch
from torch import nn

from fer_core.recipe_parts import Averaging
from fer_core.training import loop
from fer_core.training.average import start_average
from tests.recipes import changed
from tests.training.small import BUSY, PHASED, train


class Indexed(nn.Module):
    """A weight, a running mean and a whole number, as a batch norm and an attention have them."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.register_buffer("mean", torch.tensor([4.0]))
        self.register_buffer("index", torch.tensor([5, 7]))


def steps(net):
    """The states of a net that somebody changes three times."""
    for number in range(1, 4):
        with torch.no_grad():
            net.weight.add_(number * torch.tensor([1.0, -3.0]))
            net.mean.mul_(2)
            net.index.add_(1)
        yield copy.deepcopy(net.state_dict())


@pytest.mark.parametrize("buffers", [False, True])
def test_the_average_is_that_of_the_formula(buffers):
    net = Indexed()
    average = start_average(net, Averaging(decay=0.9, buffers=buffers))
    weight, mean = net.weight.detach().clone().double(), net.mean.clone().double()
    for state in steps(net):
        average.update_parameters(net)
        weight = 0.9 * weight + 0.1 * state["weight"]
        mean = 0.9 * mean + 0.1 * state["mean"] if buffers else state["mean"]
        found = average.module.state_dict()
        assert torch.allclose(found["weight"].double(), weight, atol=1e-6)
        assert torch.allclose(found["mean"].double(), mean.double(), atol=1e-6)
        assert torch.equal(found["index"], state["index"]), "a whole number has no average"


def test_without_decay_there_is_no_average():
    assert start_average(Indexed(), Averaging()) is None


def test_the_average_of_all_steps_is_validated_and_kept(tmp_path, monkeypatch):
    """Its last weights follow from those after each step, phases included."""
    after, validated = [], []
    update, validate = loop.State.update_average, loop.validate

    def see_step(state):
        after.append(copy.deepcopy(state.net.state_dict()))
        update(state)

    def see(net, *others):
        validated.append({k: v.clone() for k, v in net.state_dict().items()})
        return validate(net, *others)

    monkeypatch.setattr(loop.State, "update_average", see_step)
    monkeypatch.setattr(loop, "validate", see)
    recipe = changed(PHASED, averaging={"decay": 0.5})
    model, history = train(tmp_path, recipe)
    assert len(after) == 24
    expected = after[0]["0.weight"]  # the trunk is frozen in the first phase
    for state in after:
        expected = 0.5 * expected + 0.5 * state["0.weight"]
    assert torch.allclose(validated[-1]["0.weight"], expected, atol=1e-6)
    assert torch.equal(validated[-1]["1.running_mean"], after[-1]["1.running_mean"])
    kept = model.net.state_dict()
    assert all(torch.equal(kept[k], v) for k, v in validated[history.best].items())
    assert not torch.equal(kept["0.weight"], after[8 * history.best + 7]["0.weight"])


def test_training_itself_does_not_feel_the_average(tmp_path):
    _, plain = train(tmp_path / "plain")
    _, averaged = train(tmp_path / "averaged", changed(BUSY, averaging={"decay": 0.99}))
    assert plain.column("train_loss") == averaged.column("train_loss")
    assert plain.column("val_loss") != averaged.column("val_loss")
