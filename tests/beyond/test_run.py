"""A training is made once, resumes, and keeps what repeats it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from fer_core.beyond import run
from fer_core.beyond.adapt import em_prior
from fer_core.beyond.fit import prior_of, probabilities
from fer_core.beyond.methods import METHODS, TRAININGS
from fer_core.beyond.prepared import Prepared
from fer_core.beyond.record import find_searches, find_trainings, json_path, read_answers
from fer_core.beyond.run import choose, run_training, train
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from tests.beyond.made import SMALL, combination

SETTINGS = SMALL.model_copy(update={"sources": ("nhfi", "muxspace", "fer2013")})


class Made(Prepared):
    """Features that were made up, of sets that are not there."""

    def __init__(self, fingerprint: str = "f") -> None:
        sets = {name: SimpleNamespace(fingerprint=fingerprint) for name in ["nhfi", "london"]}
        sets |= {name: SimpleNamespace(fingerprint="g") for name in ("muxspace", "fer2013")}
        source = SimpleNamespace(train=[0] * 5, validation=[0] * 3, unlabelled=[0])
        model = SimpleNamespace(provenance={"sha256": {"net.json": "w"}})
        super().__init__(SETTINGS, model, sets, dict.fromkeys(SETTINGS.sources, source))

    def combination(self, held_out):
        return combination()

    def images(self, held_out):
        parts = [
            pd.DataFrame(
                {
                    "test": test,
                    "sample_id": [f"{test}-{i}" for i in range(len(images.labels))],
                    "emotion": [EMOTIONS[label] for label in images.labels],
                }
            )
            for test, images in combination().tests.items()
        ]
        return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("training", TRAININGS)
def test_the_methods_of_a_training_answer_every_test_image(results_home, training):
    record = run_training(Made(), "nhfi", training, 0)
    table = read_answers(record)
    mine = [name for name, method in METHODS.items() if method.training == training]
    assert list(table) == ["test", "sample_id", "emotion", *mine]
    assert table["test"].value_counts().to_dict() == {"nhfi": 20, "london": 8}
    assert table[mine].isin(range(7)).all(axis=None)
    assert set(record.seconds) == set(record.chosen) == set(mine)
    assert record.rows["muxspace"] == {"train": 5, "validation": 3, "unlabelled": 1}
    assert list(record.rows) == ["muxspace", "fer2013"]


def test_the_same_seed_gives_the_same_answers_whatever_was_drawn_before(results_home):
    one = train(combination(), SETTINGS, "erm", 1, None).answers
    torch.manual_seed(99)
    again = train(combination(), SETTINGS, "erm", 1, None).answers
    assert all(np.array_equal(one[m][t], again[m][t]) for m in one for t in one[m])


def test_what_is_done_is_not_made_again_and_what_changed_is(results_home, monkeypatch):
    first = run_training(Made(), "nhfi", "probe", 0)
    trained = []
    monkeypatch.setattr(run, "train", lambda *a: trained.append(a) or train(*a))
    assert run_training(Made(), "nhfi", "probe", 0) == first
    assert trained == []
    other = run_training(Made("changed"), "nhfi", "probe", 0)
    assert len(trained) == 1
    assert other.sets["nhfi"] == "changed"
    assert find_trainings() == [other]


def test_a_killed_training_leaves_no_record(results_home, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "write_answers", killed)
    with pytest.raises(KeyboardInterrupt):
        run_training(Made(), "nhfi", "probe", 0)
    assert find_trainings() == []


def test_a_setting_is_chosen_by_validation_images_once_and_kept(results_home, monkeypatch):
    by_value = dict(zip(METHODS["coral"].values, (0.3, 0.5, 0.5), strict=True))
    tried = []

    def fitted(combination, settings, training, seed, value):
        tried.append((training, seed, value))
        return SimpleNamespace(macro_f1=by_value[value]), None

    monkeypatch.setattr(run, "_fit", fitted)
    search = choose(Made(), "nhfi", "coral")
    assert search.value == METHODS["coral"].values[1]  # the smaller on a tie
    assert tried == [("coral", 0, value) for value in METHODS["coral"].values]
    assert choose(Made(), "nhfi", "coral") == search == find_searches()[0]
    assert len(tried) == 3


def test_the_chosen_value_is_the_one_that_is_trained_with(results_home):
    record = run_training(Made(), "nhfi", "groupdro", 1)
    assert record.value == find_searches()[0].value
    assert run_training(Made(), "nhfi", "probe", 1).value is None


def test_the_em_prior_changes_the_answers_of_the_erm_net(results_home, monkeypatch):
    kept, fit = [], run._fit
    monkeypatch.setattr(run, "_fit", lambda *a: kept.append(fit(*a)) or kept[-1])
    done = train(combination(), SETTINGS, "erm", 0, None)
    net, one = kept[0][0].net, combination()
    given = probabilities(net, one.tests["london"])
    assert np.array_equal(done.answers["erm"]["london"], given.argmax(dim=1).numpy())
    there, _ = em_prior(given.double().numpy(), prior_of(one.sources))
    assert np.array_equal(done.answers["prior"]["london"], there.argmax(axis=1))


def test_a_table_or_a_record_that_is_not_what_it_was_is_named(results_home):
    record = run_training(Made(), "nhfi", "probe", 0)
    path = json_path("nhfi", "probe", 0)
    table = path.with_suffix(".parquet")
    whole = table.read_bytes()
    table.write_bytes(whole[:-9])
    with pytest.raises(FerError, match=r"seed0\.parquet is not the table .* `fer beyond` again"):
        read_answers(record)
    path.rename(path.with_name("seed1.json"))
    with pytest.raises(FerError, match=r"seed1\.json is the record of another training"):
        find_trainings()
    path.with_name("seed1.json").write_text('{"seed": 1}')
    with pytest.raises(FerError, match=r"seed1\.json: held_out"):
        find_trainings()
