import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fer_core.beyond.adapt import em_prior, with_norms_of
from fer_core.beyond.tail import Mask, Probe, Tail
from tests.beyond.made import SMALL, images

SHAPE = torch.Size((4, 8))


@pytest.mark.parametrize("net", [Tail(SHAPE, SMALL), Probe(8), Mask(8, SHAPE, SMALL)])
def test_only_running_statistics_change_and_the_trained_net_stays_as_it_was(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    adapted = with_norms_of(net, images(30, 1)).state_dict()
    changed = {name for name in before if not torch.equal(before[name], adapted[name])}
    assert changed
    assert all(name.rsplit(".", 1)[1].startswith(("running", "num_batches")) for name in changed)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_the_statistics_are_those_of_all_test_images_at_once():
    net, test = Tail(SHAPE, SMALL), images(30, 1)
    adapted = with_norms_of(net, test)
    x = net.embed[0](test.maps.float().flatten(0, 1)).detach()
    assert torch.allclose(adapted.embed[1].running_mean, x.mean(dim=0), atol=1e-6)
    assert torch.allclose(adapted.embed[1].running_var, x.var(dim=0), atol=1e-6)
    assert not adapted.training


def slow_em(probabilities, prior, steps):
    shares = list(prior)
    for _ in range(steps):
        sums = [0.0] * len(prior)
        for row in probabilities:
            weighed = [p * s / q for p, s, q in zip(row, shares, prior, strict=True)]
            for k, value in enumerate(weighed):
                sums[k] += value / sum(weighed)
        shares = [value / len(probabilities) for value in sums]
    return shares


@given(st.integers(0, 100), st.integers(1, 8))
def test_the_prior_is_that_of_a_plain_loop(seed, steps):
    rng = np.random.default_rng(seed)
    probabilities, prior = rng.dirichlet(np.ones(4), 12), rng.dirichlet(np.full(4, 5))
    _, shares = em_prior(probabilities, prior, least=0, most=steps)
    assert shares == pytest.approx(slow_em(probabilities, prior, steps))


def test_a_planted_prior_is_found_from_calibrated_probabilities():
    rng = np.random.default_rng(0)
    prior, planted = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.7])
    truth = rng.choice(3, 20_000, p=planted)
    middles = np.array([[0, 0], [1.5, 0], [0, 1.5]])
    x = middles[truth] + rng.normal(size=(len(truth), 2))
    likelihood = np.exp(-((x[:, None] - middles) ** 2).sum(axis=2) / 2)
    posterior = likelihood * prior
    posterior /= posterior.sum(axis=1, keepdims=True)
    there, shares = em_prior(posterior, prior)
    assert shares == pytest.approx(planted, abs=0.02)
    assert there.sum(axis=1) == pytest.approx(1)
    hits = [(p.argmax(axis=1) == truth).mean() for p in (there, posterior)]
    assert hits[0] > hits[1] + 0.05


def test_a_test_with_the_prior_of_training_keeps_its_answers():
    probabilities = np.array([[0.8, 0.2], [0.2, 0.8]])
    there, shares = em_prior(probabilities, np.array([0.5, 0.5]))
    assert shares == pytest.approx([0.5, 0.5])
    assert there == pytest.approx(probabilities)
