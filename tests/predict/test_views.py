import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.predict.views import predict, require_views
from fer_core.training import seeds
from fer_core.training.images import batches
from fer_core.views import showings
from tests.training.small import blobs, pooled_model, tiny_model

CPU = torch.device("cpu")


def plain_loop(model, images, rows, mirror=False):
    """One image at a time, written out."""
    model.net.eval()
    out = []
    for row in rows:
        x = torch.from_numpy(images.pixels.pixels[row, :, :, 0].astype(np.float32) / 255)
        x = (x.flip(1) if mirror else x).expand(1, 3, *x.shape)
        with torch.no_grad():
            out.append(model.net((x - 0.5) / 0.25)[0].double().softmax(dim=0).numpy())
    return np.array(out)


def test_predictions_equal_a_plain_loop_in_the_order_of_the_rows():
    images, model = blobs(), tiny_model()
    rows = np.random.default_rng(0).permutation(210)[:101]
    got = predict(model, images.pixels, rows, CPU, batch_size=16)["clean"]
    assert got == pytest.approx(plain_loop(model, images, rows), abs=1e-6)
    assert got.sum(axis=1) == pytest.approx(np.ones(101), abs=1e-12)


def test_the_view_mirror_averages_two_softmaxes():
    images, model = blobs(), tiny_model()
    rows = np.arange(40)
    both = (plain_loop(model, images, rows) + plain_loop(model, images, rows, mirror=True)) / 2
    found = predict(model, images.pixels, rows, CPU, ["mirror"])["mirror"]
    assert found == pytest.approx(both, abs=1e-6)
    assert np.abs(found - plain_loop(model, images, rows)).max() > 1e-3


def test_a_view_of_another_side_resizes_the_stored_image_once_to_that_side():
    images, model = blobs(), pooled_model()
    rows = np.arange(9)
    for side in (16, 24, 40):
        x = torch.from_numpy(images.pixels.batch(rows)).permute(0, 3, 1, 2).float() / 255
        antialias = side < x.shape[-1]
        x = F.interpolate(x, size=(side, side), mode="bilinear", antialias=antialias)
        with torch.no_grad():
            answers = model.net((x.expand(-1, 3, -1, -1) - 0.5) / 0.25).double().softmax(dim=1)
        view = f"side-{side}"
        found = predict(model, images.pixels, rows, CPU, [view])[view]
        assert found == pytest.approx(answers.numpy(), abs=1e-6)
    views = predict(model, images.pixels, rows, CPU, ["clean", "side-16", "side-24"])
    assert (views["side-16"] == views["clean"]).all(), "the net's own side"
    assert np.abs(views["side-24"] - views["clean"]).max() > 1e-4


@given(st.permutations(["clean", "mirror", "side-24", "side-32"]), st.integers(1, 4))
@settings(max_examples=15, deadline=None)
def test_a_view_is_the_same_to_the_bit_whatever_is_predicted_with_it(order, n):
    images, model, rows = blobs(), pooled_model(), np.arange(12)
    told = []
    some = predict(model, images.pixels, rows, CPU, order[:n], tell=told.append)
    assert list(some) == order[:n]
    for view, found in some.items():
        assert (found == predict(model, images.pixels, rows, CPU, [view])[view]).all()
    looks = {look for view in order[:n] for look in showings(view)}
    assert sum(told) == len(rows) * len(looks), "every look is computed once"


def test_a_net_that_takes_one_side_only_is_refused_in_a_line():
    fixed = tiny_model()
    fixed.classes = EMOTIONS
    require_views(fixed, ["clean", "mirror", "side-16"], "tiny", [])
    require_views(pooled_model(), ["clean", "side-24"], "pooled", [])
    with pytest.raises(FerError, match=r"^tiny has a fixed input of 16 px, so it has no view side"):
        require_views(fixed, ["clean", "side-24"], "tiny", [])


def test_asking_a_net_for_another_side_leaves_it_as_it_was():
    model = pooled_model()
    model.net.train()
    require_views(model, ["clean", "side-24"], "pooled", [])
    assert model.net.training


def test_predicting_leaves_the_weights_and_the_running_statistics_alone():
    images, model = blobs(), tiny_model()
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    predict(model, images.pixels, np.arange(40), CPU)
    assert all(torch.equal(v, before[k]) for k, v in model.net.state_dict().items())


def test_no_rows_give_no_predictions():
    none = predict(tiny_model(), blobs().pixels, np.arange(0), CPU, ["clean", "mirror"])
    assert [found.shape for found in none.values()] == [(0, 7), (0, 7)]


def test_a_failure_while_reading_ahead_is_raised():
    class Broken:
        def batch(self, rows):
            if 20 in rows:
                raise OSError("disk gone")
            return np.zeros((len(rows), 4, 4, 1), np.uint8)

    with pytest.raises(OSError, match="disk gone"):
        list(batches(Broken(), np.arange(40), 16, CPU))


def test_seeds_differ_by_place_epoch_and_step_and_are_stable():
    drawn = {
        seeds.derive(s, p, e, t)
        for s in (-1, 0, 1)
        for p in range(4)
        for e in range(3)
        for t in range(3)
    }
    assert len(drawn) == 3 * 4 * 3 * 3
    assert seeds.derive(0, seeds.ORDER, 1, 2) == seeds.derive(0, seeds.ORDER, 1, 2)
    assert all(0 <= value < 2**63 for value in drawn)


def test_an_unknown_device_is_one_clear_line():
    with pytest.raises(FerError, match="use auto, cpu or cuda"):
        seeds.pick_device("gpu0")
