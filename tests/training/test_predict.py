import numpy as np
import pytest
import torch

from fer_core.errors import FerError
from fer_core.training import seeds
from fer_core.training.images import batches
from fer_core.training.predict import predict
from tests.training.small import blobs, tiny_model

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
    got = predict(model, images.pixels, rows, CPU, batch_size=16)
    assert got == pytest.approx(plain_loop(model, images, rows), abs=1e-6)
    assert got.sum(axis=1) == pytest.approx(np.ones(101), abs=1e-12)


def test_the_flip_averages_two_softmaxes():
    images, model = blobs(), tiny_model()
    rows = np.arange(40)
    both = (plain_loop(model, images, rows) + plain_loop(model, images, rows, mirror=True)) / 2
    assert predict(model, images.pixels, rows, CPU, flip=True) == pytest.approx(both, abs=1e-6)


def test_predicting_leaves_the_weights_and_the_running_statistics_alone():
    images, model = blobs(), tiny_model()
    before = {k: v.clone() for k, v in model.net.state_dict().items()}
    predict(model, images.pixels, np.arange(40), CPU)
    assert all(torch.equal(v, before[k]) for k, v in model.net.state_dict().items())


def test_no_rows_give_no_predictions():
    assert predict(tiny_model(), blobs().pixels, np.arange(0), CPU).shape == (0, 7)


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
