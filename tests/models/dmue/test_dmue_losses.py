import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.models.dmue import losses

few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**31)


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def labels(seed, n, classes):
    return torch.randint(classes, (n,), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("factor", "first"), [(5.0, math.exp(-5)), (1.0, math.exp(-1))], ids=["code", "paper"]
)
def test_ramps_at_the_start_at_beta_and_at_twice_beta(factor, first):
    assert losses.ramps(0, 6, factor) == pytest.approx((first, 1.0))
    assert losses.ramps(3, 6, factor) == pytest.approx((math.exp(-factor / 4), 1.0))
    assert losses.ramps(6, 6, factor) == pytest.approx((1.0, 1.0))
    assert losses.ramps(12, 6, factor) == pytest.approx((1.0, math.exp(-1 / 4)))


@few
@given(seed=seeds, classes=st.integers(3, 9))
def test_a_soft_label_is_the_sharpened_softmax_with_nothing_on_its_own_class(seed, classes):
    y = labels(seed, 12, classes)
    logits = draw(seed, 12, classes - 1).requires_grad_()
    soft = losses.soft_labels(logits, y)
    assert not soft.requires_grad
    assert soft.sum(dim=1) == pytest.approx(torch.ones(12))
    for i, c in enumerate(y):
        assert soft[i, c] == 0
        p = F.softmax(logits[i], dim=0) ** (1 / 1.2)
        expected = (p / p.sum()).tolist()
        assert soft[i].tolist() == pytest.approx([*expected[:c], 0.0, *expected[c:]])


@few
@given(seed=seeds)
def test_shifted_labels_name_the_same_class_among_those_that_are_left(seed):
    y = labels(seed, 30, 7)
    for c in range(7):
        names = [name for name in "abcdefg" if name != "abcdefg"[c]]
        others = y[y != c]
        shifted = losses.shifted_labels(others, c)
        assert [names[i] for i in shifted] == ["abcdefg"[i] for i in others]


def test_the_soft_label_loss_by_hand():
    logits = torch.tensor([[0.0, 0.0, math.log(2)]])
    soft = torch.tensor([[0.0, 0.6, 0.4]])
    loss = losses.soft_label_loss(logits, soft, torch.tensor([0]))
    assert float(loss) == pytest.approx((0 + (0.25 - 0.6) ** 2 + (0.5 - 0.4) ** 2) / 3)


def test_the_similarity_loss_by_hand():
    left = torch.tensor([[1.0, 0.0], [0.0, 1.0]])  # Gram: identity
    right = torch.tensor([[3.0], [4.0]])  # Gram rows (9, 12), (12, 16): both (0.6, 0.8)
    expected = (0.4**2 + 0.8**2 + 0.6**2 + 0.2**2) / 4
    assert float(losses.similarity_loss(left, right)) == pytest.approx(expected)


@few
@given(seed=seeds, scale=st.floats(0.01, 100))
def test_the_similarity_loss_is_zero_for_rotated_features_and_the_same_in_any_order(seed, scale):
    left, right = draw(seed, 9, 5), draw(seed + 1, 9, 8)
    rotation, _ = torch.linalg.qr(draw(seed + 2, 5, 5))
    assert float(losses.similarity_loss(left, scale * left @ rotation)) == pytest.approx(0)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(seed))
    shuffled = losses.similarity_loss(left[order], right[order])
    assert float(shuffled) == pytest.approx(float(losses.similarity_loss(left, right)))


@few
@given(seed=seeds)
def test_pair_statistics_are_scaled_mean_cosines_to_each_class_and_the_label(seed):
    y = torch.cat([torch.arange(4), labels(seed, 6, 4)])
    features = draw(seed, 10, 5)
    statistics = losses.pair_statistics(features, y, 4)
    assert torch.equal(statistics[:, 4:], F.one_hot(y, 4).double())
    for i in range(10):
        cosines = F.cosine_similarity(features[i], features, dim=1)
        means = torch.stack([cosines[y == c].mean() for c in range(4)])
        expected = (means - means.min()) / (means.max() - means.min())
        assert statistics[i, :4].tolist() == pytest.approx(expected.tolist())


def test_equal_similarities_give_zeros_and_finite_gradients():
    features = torch.zeros(6, 3, dtype=torch.float64)
    features[:, 0] = 2.0  # all images alike: each row of the means is constant
    features.requires_grad_()
    statistics = losses.pair_statistics(features, torch.arange(6) % 3, 3)
    assert (statistics[:, :3] == 0).all()
    statistics.sum().backward()
    assert features.grad.isfinite().all()


@pytest.mark.parametrize("missing", [0, 6])
def test_a_batch_with_too_few_of_a_class_is_refused(missing):
    y = torch.arange(7).repeat(3)
    losses.require_pairs(y, 7, 2)
    y[y == missing] = (missing + 1) % 7
    y[0] = missing
    with pytest.raises(FerError, match=f"1 images of class {missing}, .* 2 of each of its 7"):
        losses.require_pairs(y, 7, 2)
