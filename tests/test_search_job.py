"""A search that trains: on training images, scored on validation images, and again after a kill."""

import numpy as np
import pytest
import torch
import yaml

from fer_core import paths, search_job
from fer_core.data.dataset import prepared_datasets
from fer_core.data.load import load_dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.data.store import Store
from fer_core.errors import FerError
from fer_core.predictions import read_predictions
from fer_core.search_job import run_search
from fer_core.trials import COMPLETE, FAILED, prediction_path, read_trials
from tests.data.made import write_folder
from tests.training.runs import WORDS, faces

STUDY = {
    "title": "S",
    "models": {"net": {"backbone": "test_resnet", "input_size": 32}},
    "train": ["mine"],
    "test": ["mine", "theirs"],
    "leaks": {"mine": "keep"},
    "recipe": {"data": {"batch_size": 8}, "selection": {"measure": "loss"}},
}
SEARCH = {
    "study": "small", "model": "net", "train": "mine",
    "budget": {"trials": 3, "epochs": 2, "images": 21},
    "space": {"optimizer.lr": {"log": [0.001, 0.01]}, "data.batch_size": {"choices": [4, 8]}},
}  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two prepared sets of seven emotions, 28 training images each."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FER_DATA", str(folder / "prepared"))
        for name, first in (("mine", 0), ("theirs", 1000)):
            source = write_folder(folder / name, faces(WORDS[:7], first))
            add_dataset("folder", source, as_name=name, progress=False)
        assert prepared_datasets() == ["mine", "theirs"]
    return folder / "prepared"


@pytest.fixture
def home(data, tmp_path, monkeypatch):
    """A checkout with the search `s`; what it leaves is the test's own."""
    for name, content in (("studies/small.yml", STUDY), ("searches/s.yml", SEARCH)):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(yaml.safe_dump(content))
    monkeypatch.setenv("FER_ROOT", str(tmp_path))
    monkeypatch.setenv("FER_DATA", str(data))
    monkeypatch.setenv("FER_RESULTS", str(tmp_path / "results"))
    return tmp_path


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def search(**budget):
    path = paths.searches_dir() / "s.yml"
    content = yaml.safe_load(path.read_text())
    content["budget"] |= budget
    path.write_text(yaml.safe_dump(content))
    record, trials = run_search("s", device="cpu", say=lambda line: None)
    return record, [trial._replace(seconds=0) for trial in trials]


def answers(record, trials):
    return [read_predictions(prediction_path(record, trial.number)) for trial in trials]


def test_no_row_of_a_test_split_is_read(home, monkeypatch):
    test = {
        name: set(np.flatnonzero(load_dataset(name).index["split"] == "test"))
        for name in ("mine", "theirs")
    }
    read, batch = [], Store.batch

    def spied(store, rows):
        read.extend(np.asarray(rows).tolist())
        assert not set(np.asarray(rows).tolist()) & test["mine"], "a test image is read"
        return batch(store, rows)

    monkeypatch.setattr(Store, "batch", spied)
    assert test["mine"] == test["theirs"]  # so that either set would be noticed
    record, trials = search()
    assert [trial.state for trial in trials] == [COMPLETE] * 4
    split = load_dataset("mine").index["split"]
    assert set(split.iloc[read]) == {"train", "val"}
    assert record.train_images == 21
    assert len(answers(record, trials)[0]) == record.validation_images == 14


def test_a_search_killed_in_a_trial_ends_with_the_bits_of_one_that_ran_through(home, monkeypatch):
    record, whole = search(epochs=3)
    told = answers(record, whole)
    record.folder.rename(home / "kept")
    asked = search_job.falls_behind

    def kill(record, trials, curve):
        if len(trials) == 2 and len(curve) == 2:
            raise KeyboardInterrupt
        return asked(record, trials, curve)

    monkeypatch.setattr(search_job, "falls_behind", kill)
    with pytest.raises(KeyboardInterrupt):
        search()
    assert len(read_trials(record)) == 2
    assert (home / "_build/search/small/s/trial2/checkpoint.pt").is_file()  # after its first epoch
    monkeypatch.setattr(search_job, "falls_behind", asked)
    record, again = search()
    assert again == whole
    assert len({trial.curve for trial in again}) == 4
    assert all(a.equals(b) for a, b in zip(answers(record, again), told, strict=True))


def test_more_trials_go_on_from_those_that_are_there(home):
    _, few = search(trials=1)
    record, more = search(trials=3)
    assert more[:2] == few
    assert len(more) == 4
    assert record.search.budget.trials == 3


def test_trials_of_another_search_are_not_gone_on_with(home):
    search(trials=1)
    with pytest.raises(FerError, match=r"budget\.images: 21, now 14\); give this one another name"):
        search(images=14)


def test_a_trial_that_diverges_is_told_and_the_search_goes_on(home, monkeypatch):
    fit = search_job.fit

    def diverge(model, images, rows, recipe, folder, **options):
        if folder.name == "trial1":
            raise search_job.DivergedError("the loss is nan")
        return fit(model, images, rows, recipe, folder, **options)

    monkeypatch.setattr(search_job, "fit", diverge)
    _, trials = search(trials=2)
    assert [trial.state for trial in trials] == [COMPLETE, FAILED, COMPLETE]
    assert trials[1].message == "the loss is nan"


def test_what_falls_behind_is_given_up_and_leaves_no_answers(home, monkeypatch):
    monkeypatch.setattr(search_job, "falls_behind", lambda record, trials, curve: True)
    record, trials = search(trials=1)
    assert [(trial.state, len(trial.curve)) for trial in trials] == [("complete", 2), ("pruned", 1)]
    assert not prediction_path(record, 1).exists()
    assert not list((home / "_build").rglob("checkpoint.pt"))
