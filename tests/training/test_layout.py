"""The memory format: measured, recorded, and kept by a run that goes on."""

import pytest
import torch

from fer_core.models import create_model
from fer_core.recipe import Machine
from fer_core.study import ModelSpec
from fer_core.training import layout
from fer_core.training.layout import measure_layouts, prefers_channels_last, settle_layout
from tests.recipes import recipe

CPU = torch.device("cpu")
RECIPE, AUTO = recipe(batch_size=8), Machine(channels_last="auto")


@pytest.fixture
def model():
    torch.manual_seed(0)
    return create_model(ModelSpec(backbone="mobilenetv3_small_050", input_size=32))


def test_measuring_changes_neither_the_net_nor_the_random_numbers(model):
    before = {name: value.clone() for name, value in model.net.state_dict().items()}
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    rates = measure_layouts(model, RECIPE, AUTO, CPU)
    assert torch.equal(torch.rand(3), expected)
    assert rates.keys() == {"contiguous", "channels_last"}
    assert all(rate > 0 for rate in rates.values())
    assert all(torch.equal(before[name], value) for name, value in model.net.state_dict().items())


@pytest.mark.parametrize(
    ("contiguous", "channels_last", "prefers"),
    [(100, 110, True), (100, 104, False), (100, 90, False)],
)
def test_channels_last_must_be_faster_by_more_than_the_noise(contiguous, channels_last, prefers):
    rates = {"contiguous": contiguous, "channels_last": channels_last}
    assert prefers_channels_last(rates) is prefers


def test_a_named_format_is_not_measured(model, tmp_path):
    for named in (True, False):
        machine = Machine(channels_last=named)
        assert settle_layout(model, RECIPE, machine, CPU, tmp_path) == (machine, {})


@pytest.mark.parametrize("before_parts", [True, False])
@pytest.mark.parametrize("kept", [True, False])
def test_a_run_that_goes_on_keeps_its_format(model, tmp_path, monkeypatch, kept, before_parts):
    of_now = {"recipe": {}, "machine": Machine(channels_last=kept).identity()}
    identity = {"recipe": {"lr": 0.1, "channels_last": kept}} if before_parts else of_now
    content = {"format": 1, "identity": identity}
    torch.save(content, tmp_path / "checkpoint.pt")
    monkeypatch.setattr(layout, "measure_layouts", lambda *_: pytest.fail("it was measured"))
    machine, rates = settle_layout(model, RECIPE, AUTO, CPU, tmp_path)
    assert machine.channels_last is kept
    assert rates == {}
