import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from fer_core.training.balance import class_weights, epoch_order

labelled = st.lists(st.integers(0, 6), min_size=1, max_size=300).map(np.array)


@given(labels=labelled)
def test_class_weights_equal_the_formula_and_those_of_scikit_learn(labels):
    weights = class_weights(labels).numpy()
    present = np.unique(labels)
    assert weights[present] == pytest.approx(
        compute_class_weight("balanced", classes=present, y=labels), rel=1e-6
    )
    assert (np.delete(weights, present) == 0).all()
    assert weights[labels].mean() == pytest.approx(1, rel=1e-5)


def test_the_balanced_sampler_draws_every_class_present_equally_often():
    labels = np.repeat([0, 2, 5], [9000, 900, 100])
    order = epoch_order(labels, "balanced", torch.Generator().manual_seed(0))
    assert len(order) == 10_000
    share = np.bincount(labels[order], minlength=7) / 10_000
    assert share == pytest.approx([1 / 3, 0, 1 / 3, 0, 0, 1 / 3, 0], abs=0.02)
    rare = np.bincount(order, minlength=10_000)[labels == 5]
    assert rare.mean() == pytest.approx(33, abs=3)
    assert rare.std() == pytest.approx(np.sqrt(33), rel=0.3)


@given(labels=labelled, seed=st.integers(0, 2**40))
def test_the_shuffle_visits_every_image_once(labels, seed):
    order = epoch_order(labels, "shuffle", torch.Generator().manual_seed(seed))
    assert sorted(order) == list(range(len(labels)))
