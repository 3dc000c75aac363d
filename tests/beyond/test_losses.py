import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from fer_core.beyond.losses import Coral, Erm, GroupDro, Step, Transition, coral_distance


def step(seed: int = 0, sources: int = 2, each: int = 6) -> Step:
    torch.manual_seed(seed)
    n = sources * each
    return Step(torch.randn(n, 7) * 2, torch.randn(n, 5), torch.randint(7, (n,)), sources)


def test_plain_training_is_the_mean_cross_entropy_of_smoothed_labels():
    given = step()
    expected = F.cross_entropy(given.logits, given.labels, label_smoothing=0.1)
    assert torch.allclose(Erm(0.1)(given), expected)


def test_the_coral_distance_is_that_of_its_formula():
    one, other = step(1).features, 3 * step(2).features
    total = 0.0
    for i in range(5):
        for j in range(5):
            cells = []
            for x in (one.double().numpy(), other.double().numpy()):
                apart = x - x.mean(axis=0)
                cells.append((apart[:, i] * apart[:, j]).sum() / (len(x) - 1))
            total += (cells[0] - cells[1]) ** 2
    assert coral_distance(one, other).item() == pytest.approx(total / (4 * 25), rel=1e-5)


def test_equal_features_have_no_coral_distance_and_cost_nothing():
    features = step(1).features
    assert coral_distance(features, features).item() == 0
    halves = step()._replace(features=torch.cat([features[:6], features[:6]]))
    assert torch.equal(Coral(0.1, 100.0)(halves), Erm(0.1)(halves))


def test_coral_adds_the_mean_distance_over_all_pairs_of_sources():
    three = step(sources=3)
    a, b, c = three.features.chunk(3)
    distances = [coral_distance(*pair) for pair in ((a, b), (a, c), (b, c))]
    expected = Erm(0.0)(three) + 10 * sum(distances) / 3
    assert torch.allclose(Coral(0.0, 10.0)(three), expected)


@given(st.integers(0, 1000), st.floats(0.001, 1), st.integers(2, 4))
def test_the_weights_of_groups_sum_to_one_and_rise_for_the_worst(seed, rate, sources):
    objective, losses = GroupDro(0.0, rate, sources), []
    given = step(seed, sources)
    for i in range(sources):
        mine = slice(6 * i, 6 * i + 6)
        losses.append(F.cross_entropy(given.logits[mine], given.labels[mine]).item())
    objective(given)
    worst, best = int(np.argmax(losses)), int(np.argmin(losses))
    assert objective.weights.sum().item() == pytest.approx(1, abs=1e-6)
    if losses[worst] - losses[best] > 1e-3:
        assert objective.weights[worst] > 1 / sources > objective.weights[best]


def test_groups_are_weighed_by_the_exponential_of_their_losses():
    given, objective = step(), GroupDro(0.0, 0.5, 2)
    losses = F.cross_entropy(given.logits, given.labels, reduction="none").view(2, 6).mean(dim=1)
    weights = torch.softmax(0.5 * losses, dim=0)
    assert torch.allclose(objective(given), weights @ losses)
    again = torch.softmax(0.5 * 2 * losses, dim=0)  # the second step goes on from the first
    assert torch.allclose(objective(given), again @ losses)


def test_matrices_begin_as_the_identity_where_the_loss_is_plain():
    given, objective = step(), Transition(0.1, 7, 2)
    assert torch.equal(objective.matrices(), torch.eye(7).repeat(2, 1, 1))
    assert torch.allclose(objective(given), Erm(0.1)(given), atol=1e-5)


def test_matrices_stay_row_stochastic_while_they_learn_which_labels_are_mixed_up():
    torch.manual_seed(0)
    objective = Transition(0.0, 7, 2)
    optimizer = torch.optim.Adam(objective.parameters(), lr=0.05)
    meant = torch.arange(7).repeat(4)
    logits = 8 * F.one_hot(meant, 7).float()
    labels = meant.clone()
    labels[14:][meant[14:] == 2] = 5  # the second source calls every third emotion the sixth
    for _ in range(200):
        optimizer.zero_grad()
        objective(Step(logits, logits, labels, 2)).backward()
        optimizer.step()
        matrices = objective.matrices()
        assert (matrices >= 0).all()
        assert torch.allclose(matrices.sum(dim=2), torch.ones(2, 7))
    assert matrices[0, 2, 2] > 0.9
    assert matrices[1, 2, 5] > 0.9


def test_each_source_has_the_matrix_of_its_own():
    given, objective = step(), Transition(0.0, 7, 2)
    with torch.no_grad():
        objective.raw[1] = torch.eye(7).roll(1, dims=1)
    meant = given.logits.softmax(dim=1)
    said = torch.cat([meant[:6], meant[6:].roll(1, dims=1)])
    expected = F.nll_loss(said.log(), given.labels)
    assert torch.allclose(objective(given), expected, atol=1e-5)
