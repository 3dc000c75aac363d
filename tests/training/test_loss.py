"""The loss: weighted, smoothed, and of a part of a batch."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.training.loss import CrossEntropy

WEIGHT = torch.tensor([0.5, 1.0, 2.0, 4.0])
losses = st.builds(
    CrossEntropy, st.sampled_from([0.0, 0.2]), st.sampled_from([None, WEIGHT]), st.booleans()
)


def batch(seed=0, n=12):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(n, 4, generator=draw), torch.randint(0, 4, (n,), generator=draw)


@given(loss=losses, parts=st.integers(1, 6), seed=st.integers(0, 99))
def test_the_shares_of_all_parts_add_up_to_the_loss_of_the_batch(loss, parts, seed):
    logits, y = batch(seed)
    split = zip(logits.tensor_split(parts), y.tensor_split(parts), strict=True)
    total = sum(float(loss(z, labels, y)) for z, labels in split)
    assert total == pytest.approx(float(loss(logits, y)), abs=1e-6)


def test_a_mean_over_images_weighs_each_image_as_keras_does():
    """Keras multiplies the smoothed loss of an image by the weight of its class."""
    logits, y = batch()
    each = -logits.log_softmax(dim=1)
    smoothed = 0.8 * each[torch.arange(12), y] + 0.2 / 4 * each.sum(dim=1)
    expected = (WEIGHT[y] * smoothed).sum() / 12
    assert float(CrossEntropy(0.2, WEIGHT, True)(logits, y)) == pytest.approx(float(expected))
    assert float(CrossEntropy(0.2, WEIGHT)(logits, y)) != pytest.approx(float(expected), rel=1e-3)
