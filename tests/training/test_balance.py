import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.training.balance import (
    class_weights,
    epoch_length,
    epoch_order,
    require_each_class,
    with_each_class,
)

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


def test_simple_and_conservative_weights_equal_those_that_the_benchmark_prints():
    counts = {"angry": 606, "disgust": 613, "fear": 248, "happy": 4169, "neutral": 2242}
    counts |= {"sad": 1722, "surprise": 1133}
    labels = np.repeat(np.arange(7), [counts[emotion] for emotion in EMOTIONS])
    simple = dict(zip(EMOTIONS, class_weights(labels, "simple").tolist(), strict=True))
    capped = dict(zip(EMOTIONS, class_weights(labels, "conservative").tolist(), strict=True))
    order = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
    printed = (6.88, 6.80, 16.81, 1, 1.86, 2.42, 3.68)
    assert [round(simple[name], 2) for name in order] == list(printed)
    assert [round(capped[name], 2) for name in order] == [3, 3, 3, 1, 1.86, 2.42, 3]


def test_a_class_without_images_weighs_nothing_by_every_rule():
    for rule in ("balanced", "simple", "conservative"):
        assert class_weights(np.array([0, 0, 3]), rule)[[1, 2, 4, 5, 6]].eq(0).all()


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


@given(labels=labelled, seed=st.integers(0, 2**40))
def test_over_and_undersampling_draw_every_class_as_often_as_the_largest_or_smallest(labels, seed):
    counts = np.bincount(labels, minlength=7)
    present = counts > 0
    for sampler, each in (("oversample", counts.max()), ("undersample", counts[present].min())):
        order = epoch_order(labels, sampler, torch.Generator().manual_seed(seed))
        assert (np.bincount(labels[order], minlength=7) == each * present).all()
        assert len(order) == epoch_length(labels, sampler)
        often = np.bincount(order, minlength=len(labels))
        for c in np.flatnonzero(present):
            assert np.ptp(often[labels == c]) <= 1, "no image again before all of its class"
        assert sampler == "undersample" or often.min() >= 1, "none is left out"


@pytest.mark.parametrize("sampler", ["oversample", "undersample"])
def test_each_epoch_draws_other_images_in_an_order_that_is_mixed(sampler):
    labels = np.repeat([0, 3], [400, 100])
    orders = [epoch_order(labels, sampler, torch.Generator().manual_seed(k)) for k in (0, 0, 1)]
    assert (orders[0] == orders[1]).all()
    rare = 3 if sampler == "oversample" else 0
    drawn = [np.bincount(order, minlength=500)[labels == rare] for order in orders]
    assert sampler == "oversample" or (drawn[0] != drawn[2]).any()
    assert (orders[0] != orders[2]).any()
    halves = np.array_split(labels[orders[0]], 2)
    assert np.mean(halves[0] == rare) == pytest.approx(0.5, abs=0.15)


@given(labels=labelled, seed=st.integers(0, 2**40))
def test_the_orders_of_before_are_those_of_torch_and_as_long_as_the_labels(labels, seed):
    def generator():
        return torch.Generator().manual_seed(seed)

    expected = torch.randperm(len(labels), generator=generator()).numpy()
    assert (epoch_order(labels, "shuffle", generator()) == expected).all()
    share = 1 / (len(np.unique(labels)) * np.bincount(labels, minlength=7)[labels])
    order = epoch_order(labels, "balanced", generator())
    weights = class_weights(labels)[torch.from_numpy(labels)].double()
    assert weights.numpy() / len(labels) == pytest.approx(share, rel=1e-6)
    drawn = torch.multinomial(weights, len(labels), replacement=True, generator=generator())
    assert (order == drawn.numpy()).all()
    assert epoch_length(labels, "shuffle") == epoch_length(labels, "balanced") == len(labels)


@pytest.mark.parametrize("rare", range(7))
def test_training_rows_that_cannot_fill_a_batch_are_refused_by_the_emotion_they_lack(rare):
    labels = np.arange(70) % 7
    require_each_class(labels, 14, 2)
    labels[labels == rare] = (rare + 1) % 7
    labels[0] = rare
    with pytest.raises(FerError, match=f"needs 2 images of each .* have 1 of {EMOTIONS[rare]};"):
        require_each_class(labels, 14, 2)


def test_a_batch_size_that_cannot_hold_each_emotion_is_refused_with_the_least_that_can():
    labels = np.arange(70) % 7
    with pytest.raises(FerError, match="raise batch_size from 13 to 14 or more"):
        require_each_class(labels, 13, 2)


def test_a_net_that_asks_for_nothing_is_refused_nothing():
    require_each_class(np.zeros(3, np.int64), 2, 0)


def batches_by_class(counts, size, least, seed):
    """Labels, the order before, the order after, and its whole batches."""
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(7), counts))
    generator = torch.Generator().manual_seed(seed)
    before = epoch_order(labels, "shuffle", generator)
    size = min(size, len(labels))  # as in the loop
    order = with_each_class(before, labels, size, least, generator)
    whole = len(order) // size * size
    return labels, before, order, order[:whole].reshape(-1, size)


plans = {
    "counts": st.lists(st.integers(3, 25), min_size=7, max_size=7),
    "extra": st.integers(0, 20),
    "least": st.integers(1, 3),
    "seed": st.integers(0, 2**31),
}


@settings(deadline=None)
@given(**plans)
def test_every_whole_batch_holds_so_many_different_images_of_each_emotion(
    counts, extra, least, seed
):
    labels, before, order, batches = batches_by_class(counts, 7 * least + extra, least, seed)
    assert len(order) == len(before) == len(labels)
    assert len(batches) >= 1
    for batch in batches:
        different = np.bincount(labels[np.unique(batch)], minlength=7)
        assert different.min() >= least


@settings(deadline=None)
@given(**plans)
def test_the_images_of_an_emotion_take_turns_and_the_old_order_fills_up(counts, extra, least, seed):
    labels, before, _, batches = batches_by_class(counts, 7 * least + extra, least, seed)
    taken = batches[:, : 7 * least].ravel()
    for c, count in enumerate(counts):
        often = np.bincount(taken[labels[taken] == c], minlength=len(labels))[labels == c]
        assert often.max() - often.min() <= 1
        assert often.sum() == len(batches) * least
        assert len(often) == count
    filled = batches[:, 7 * least :].ravel()
    assert (filled == before[: len(filled)]).all()


def test_batches_by_class_are_those_of_the_generator_and_differ_between_epochs():
    one, same, other = (batches_by_class([9] * 7, 20, 2, seed)[2] for seed in (0, 0, 1))
    assert (one == same).all()
    assert (one != other).any()
