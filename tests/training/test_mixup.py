"""Mixup: images, labels, and the loss between them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fer_core.recipe_parts import Mixup
from fer_core.training.loss import CrossEntropy
from fer_core.training.mixup import Targets, mix

X = torch.eye(12).view(12, 3, 2, 2)  # each image is known by its place
Y = torch.arange(12) % 7


def test_images_and_labels_are_mixed_in_the_same_order_and_share():
    for seed in range(20):
        x, targets = mix(X, Y, Mixup(alpha=0.4), seed)
        other = x.view(12, 12) - targets.share * torch.eye(12)
        partner = other.argmax(dim=1) if targets.share < 1 else torch.arange(12)
        assert torch.equal(targets.y, Y)
        assert torch.equal(targets.others, Y[partner])
        assert torch.allclose(x.sum(dim=(1, 2, 3)), torch.ones(12))
        bigger = Y if targets.share >= 0.5 else targets.others
        assert torch.equal(targets.largest, bigger)


def test_the_loss_is_mixed_as_the_images_are():
    logits = torch.randn(12, 7, generator=torch.Generator().manual_seed(0))
    others = Y.flip(0)
    weight = torch.arange(1.0, 8)
    found = Targets(Y, others, 0.3).criterion(CrossEntropy(0.1, weight))(logits, Y)
    one, two = (F.cross_entropy(logits, y, weight, label_smoothing=0.1) for y in (Y, others))
    assert float(found) == pytest.approx(float(0.3 * one + 0.7 * two))


def test_a_batch_is_mixed_with_the_given_probability_and_shares_follow_the_beta_law():
    drawn = [mix(X, Y, Mixup(alpha=0.4, probability=0.7), seed)[1] for seed in range(1000)]
    shares = np.array([targets.share for targets in drawn if targets.others is not None])
    assert abs(len(shares) / 1000 - 0.7) < 4 * np.sqrt(0.7 * 0.3 / 1000)
    assert abs(shares.mean() - 0.5) < 4 * shares.std() / np.sqrt(len(shares))
    assert shares.var() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), rel=0.15)  # of Beta(α, α)


def test_a_seed_gives_one_mixture_and_no_alpha_leaves_the_batch():
    one, two, other = (mix(X, Y, Mixup(alpha=1), seed)[0] for seed in (3, 3, 4))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    x, targets = mix(X, Y, Mixup(), 3)
    assert x is X
    assert targets == Targets(Y)


def test_a_mixed_batch_keeps_its_memory_format():
    x = X.contiguous(memory_format=torch.channels_last)
    mixed, _ = mix(x, Y, Mixup(alpha=1), 0)
    assert mixed.is_contiguous(memory_format=torch.channels_last)
