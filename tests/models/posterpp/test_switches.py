"""Each switch of POSTER++ changes exactly what it names."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fer_core.models.entries import entries
from fer_core.models.posterpp import build_tiny

PUBLISHED = {"resize": "nearest", "landmark_drift": True, "frozen_landmarks": True}


def make(**changes: object) -> nn.Module:
    torch.manual_seed(0)
    return build_tiny(96, 7, **{**PUBLISHED, **changes}).double()


def faces(size: int) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    return torch.randn(4, 3, size, size, generator=generator, dtype=torch.double)


def statistics(net: nn.Module, ours: bool) -> dict[str, Tensor]:
    """The batch norm statistics of the landmark stream, or of all else."""
    return {
        name: buffer.clone()
        for name, buffer in net.named_buffers()
        if "running" in name and name.startswith("landmarks.") == ours
    }


def one_step(net: nn.Module) -> None:
    optimizer = torch.optim.SGD([p for p in net.parameters() if p.requires_grad], 0.1)
    F.cross_entropy(net.train()(faces(48)), torch.arange(4)).backward()
    optimizer.step()


def test_the_variants_are_the_ones_of_the_findings() -> None:
    for name in ("posterpp", "posterpp-tiny"):
        entry = entries()[name]
        changed = {"resize": "antialiased", "landmark_drift": False}
        assert entry.resolve({"variant": "corrected"}) == {**entry.resolve({}), **changed}
    assert entries()["posterpp"].resolve({}) == PUBLISHED


@pytest.mark.parametrize(
    "change",
    [{"resize": "antialiased"}, {"landmark_drift": False}, {"frozen_landmarks": False}],
)
def test_no_switch_changes_the_first_weights_or_what_a_net_predicts_without_a_resize(
    change: dict[str, object],
) -> None:
    published, other = make(), make(**change)
    for name, tensor in published.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name
    assert torch.equal(published.eval()(faces(48)), other.eval()(faces(48)))


def test_resize_chooses_how_an_image_becomes_as_small_as_the_streams_want_it() -> None:
    large = faces(96)
    nearest = make().eval()
    assert torch.equal(nearest(large), nearest(large[..., ::2, ::2]))
    smooth = make(resize="antialiased").eval()
    small = F.interpolate(large, size=48, mode="bilinear", antialias=True)
    assert torch.equal(smooth(large), smooth(small))
    assert not torch.allclose(smooth(large), nearest(large))


def test_a_frozen_stream_drifts_as_published_and_stays_without_drift() -> None:
    drifting, still = make(), make(landmark_drift=False)
    before = statistics(drifting, ours=True)
    for net in (drifting, still):
        one_step(net)
    assert all(not torch.equal(before[k], v) for k, v in statistics(drifting, ours=True).items())
    assert all(torch.equal(before[k], v) for k, v in statistics(still, ours=True).items())
    fresh = statistics(make(), ours=False)
    assert all(not torch.equal(fresh[k], v) for k, v in statistics(still, ours=False).items())


def test_a_stream_without_drift_gives_the_same_maps_in_both_modes() -> None:
    for drift in (False, True):
        net = make(landmark_drift=drift)
        with torch.no_grad():
            training = net.train().landmarks(faces(48))[2].clone()
            evaluation = net.eval().landmarks(faces(48))[2]
        assert torch.allclose(training, evaluation) != drift
        assert net.train().training
        assert net.image.training
        assert net.landmarks.training == drift


def test_frozen_landmarks_keeps_the_weights_of_that_stream_and_of_nothing_else() -> None:
    for frozen in (True, False):
        net = make(frozen_landmarks=frozen)
        before = copy.deepcopy(dict(net.named_parameters()))
        one_step(net)
        for name, tensor in net.named_parameters():
            stays = frozen and name.startswith("landmarks.")
            assert torch.equal(tensor, before[name]) == stays, name


def test_a_stream_that_trains_is_in_training_mode_with_and_without_drift() -> None:
    for drift in (True, False):
        assert make(frozen_landmarks=False, landmark_drift=drift).train().landmarks.training
