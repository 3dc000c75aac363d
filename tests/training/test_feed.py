"""Which batches an epoch has, where a net needs images of each emotion."""

import numpy as np
import pytest
import torch

from fer_core.errors import FerError
from fer_core.training import loop
from tests.recipes import changed
from tests.training.small import BUSY, blobs, rows_of, same_bits, tiny_model, train

SKIP = changed(
    BUSY, batch_size=28, sampler="shuffle", data={"rare": "skip"}, epochs=3, class_weights="none"
)


class Needy(torch.nn.Sequential):
    """A net that needs two images of each emotion in a batch."""

    images_per_class = 2

    def __init__(self, *layers):
        super().__init__(*layers)
        self.seen = []

    def forward(self, x):
        if self.training:
            self.seen.append(len(x))
        return super().forward(x)


def needy_model():
    model = tiny_model()
    model.net = Needy(*model.net)
    return model


def batches(recipe, of_each, epoch=0, step=0):
    images = blobs()
    state = type("At", (), {"epoch": epoch, "step": step, "phase": 0})
    prepare = loop.preprocess_for(tiny_model(), torch.device("cpu"))
    drawn = loop.training_batches(images, rows_of(images), prepare, recipe, 0, state, of_each)
    return [(step, x, np.bincount(y, minlength=7)) for step, x, y in drawn]


def test_a_batch_without_two_of_each_emotion_is_left_out_and_the_others_are_as_drawn():
    plain = batches(SKIP, 0)
    kept = batches(SKIP, 2)
    fit = [(step, x) for step, x, counts in plain if counts.min() >= 2]
    assert 0 < len(fit) < len(plain) == 5
    assert [step for step, _, _ in kept] == [step for step, _ in fit]
    assert all(torch.equal(a[1], b[1]) for a, b in zip(kept, fit, strict=True))
    assert [step for step, _, _ in batches(SKIP, 2, step=2)] == [s for s, _ in fit if s >= 2]


def test_filled_batches_are_not_left_out():
    assert [step for step, _, _ in batches(changed(SKIP, data={"rare": "fill"}), 2)] == list(
        range(5)
    )


def test_skipped_batches_are_counted_aloud_and_resumed_to_the_same_bits(tmp_path):
    lines = []
    whole, history = train(tmp_path / "whole", SKIP, model=needy_model(), say=lines.append)
    told = [line for line in lines if "batches were skipped" in line]
    used = len(whole.net.seen)
    assert 15 - used == sum(int(line.split()[2]) for line in told) > 0

    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "cut", SKIP, model=needy_model(), say=stop)
    resumed, again = train(tmp_path / "cut", SKIP, model=needy_model())
    assert same_bits(whole, resumed)
    assert again.column("lr") == history.column("lr")


def test_an_epoch_in_which_every_batch_is_left_out_is_one_clear_line(tmp_path):
    with pytest.raises(FerError, match="no batch of epoch 1 held enough images of every emotion"):
        train(tmp_path, changed(SKIP, batch_size=14), model=needy_model())
