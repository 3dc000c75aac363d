import copy

import pytest
import torch

from fer_core.beyond import fit as module
from fer_core.beyond.fit import Pseudo, epoch_of, fit, joined, prior_of, probabilities, score_of
from fer_core.beyond.losses import Erm
from fer_core.beyond.tail import Mask, Probe, Tail
from tests.beyond.made import SMALL, combination, images

SHAPE = torch.Size((4, 8))


def fitted(seed=0, settings=SMALL, pseudo=None):
    torch.manual_seed(seed)
    one = combination()
    return fit(Tail(SHAPE, settings), Erm(0.1), one.sources, one.validation, settings, seed, pseudo)


def test_a_mask_of_ones_is_the_probe():
    probe, mask = Probe(8), Mask(8, SHAPE, SMALL)
    mask.scale, mask.classifier = probe.scale, probe.classifier
    torch.nn.init.constant_(mask.tail.classifier.bias, 100.0)
    some = images(10, 0)
    assert torch.equal(probabilities(mask, some), probabilities(probe, some))


def test_a_mask_begins_with_a_half_of_every_feature():
    mask, some = Mask(8, SHAPE, SMALL).eval(), images(10, 0)
    features = mask.scale(some.pooled.float())
    assert torch.equal(mask.features(some.maps, some.pooled), features / 2)


def test_the_same_seed_gives_the_same_bits_and_another_other_ones():
    one, again, other = (fitted(seed)[0].net.state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["classifier.weight"], other["classifier.weight"])


def test_training_learns_what_the_features_tell():
    settings = SMALL.model_copy(update={"epochs": 30, "width": 16, "lr": 0.02})
    kept, _ = fitted(settings=settings)
    assert kept.macro_f1 > 0.8
    assert score_of(kept.net, combination().tests["nhfi"]) > 0.6


def test_the_average_is_the_plain_mean_after_every_step_from_the_second_epoch_on(monkeypatch):
    states = []
    update = module.AveragedModel.update_parameters

    def watched(average, net):
        states.append(copy.deepcopy(net.state_dict()))
        update(average, net)

    monkeypatch.setattr(module.AveragedModel, "update_parameters", watched)
    _, average = fitted()
    assert len(states) == 24 // 2 // 4  # the smaller source, one of two epochs
    for name, value in average.net.state_dict().items():
        if value.is_floating_point():
            mean = torch.stack([state[name] for state in states]).mean(dim=0)
            assert torch.allclose(value, mean, atol=1e-6)


def test_the_epoch_with_the_best_validation_score_is_kept_the_earlier_on_a_tie(monkeypatch):
    settings = SMALL.model_copy(update={"epochs": 4})
    scores = iter([0.1, 0.5, 0.0, 0.5, 0.0, 0.2, 0.0])  # after the first epoch of both, in turns
    monkeypatch.setattr(module, "score_of", lambda net, images: next(scores))
    kept, average = fitted(settings=settings)
    assert (kept.epoch, kept.macro_f1) == (2, 0.5)
    assert (average.epoch, average.macro_f1) == (2, 0.0)


def test_a_step_has_as_many_images_of_each_source_each_once_an_epoch_in_one_look():
    sources = [images(32, 1), images(24, 2)]
    steps = list(epoch_of(sources, 4, 3, seed=0, epoch=0))
    assert [len(step.labels) for step in steps] == [8, 8, 8]
    for i, source in enumerate(sources):
        flat = source.maps.flatten(1)
        shown = torch.cat([step.maps[4 * i : 4 * i + 4].flatten(1) for step in steps])
        places = [int((flat == row).all(dim=1).nonzero()[0]) for row in shown]
        n = len(flat) // 2
        assert len({place % n for place in places}) == 12
        assert {place // n for place in places} == {0, 1}


def test_the_student_learns_from_the_teacher_and_not_from_the_hidden_labels():
    unlabelled = images(16, 4)
    targets = torch.eye(7)[(unlabelled.labels + 1) % 7]
    plain, taught = fitted()[0], fitted(pseudo=Pseudo(unlabelled, targets))[0]
    wrong = unlabelled._replace(labels=unlabelled.labels * 0)
    hidden = fitted(pseudo=Pseudo(wrong, targets))[0]
    weights = [kept.net.state_dict()["classifier.weight"] for kept in (plain, taught, hidden)]
    assert not torch.equal(weights[0], weights[1])
    assert torch.equal(weights[1], weights[2])


def test_the_prior_counts_the_images_of_all_sources():
    sources = [images(14, 0), images(6, 0, emotions=2)]
    assert prior_of(sources) == pytest.approx([5 / 20, 5 / 20, *[2 / 20] * 5])
    assert len(joined(sources).labels) == 20
