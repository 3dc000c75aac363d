"""Search files: what is refused before any trial starts."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fer_core import paths
from fer_core.errors import FerError
from fer_core.recipe import Recipe
from fer_core.search_files import list_searches, load_search, recipe_in_use, recipe_with
from tests.searches import SPACE

STUDY = {
    "title": "S",
    "models": {
        "net": {"backbone": "test_resnet", "recipe": {"phases": [{"epochs": 4, "side": 64}]}},
        "two": {"backbone": "test_resnet", "recipe": {"phases": [{"epochs": 1}, {"epochs": 2}]}},
    },
    "train": ["phantom-lab"],
    "test": ["phantom-lab", "phantom-web"],
    "seeds": [7],
}
SEARCH = {
    "study": "small", "model": "net", "train": "phantom-lab", "budget": {"trials": 3},
    "space": SPACE,
}  # fmt: skip


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write the search `s` with some changes and return its name."""
    monkeypatch.setattr(paths, "studies_dir", lambda: tmp_path)
    monkeypatch.setattr(paths, "searches_dir", lambda: tmp_path / "searches")
    (tmp_path / "searches").mkdir()
    (tmp_path / "small.yml").write_text(yaml.safe_dump(STUDY))

    def write_with(**changes) -> str:
        (tmp_path / "searches" / "s.yml").write_text(yaml.safe_dump(SEARCH | changes))
        return "s"

    return write_with


def test_every_search_of_the_project_can_start():
    assert list_searches()
    for name in list_searches():
        search, study = load_search(name)
        assert study.name == search.study


def test_a_budget_may_have_epochs_of_its_own(write):
    search, study = load_search(write())
    assert recipe_in_use(search, study) == study.recipe_for("net")
    search, study = load_search(write(budget={"trials": 3, "epochs": 2}))
    (phase,) = recipe_in_use(search, study).phases
    assert (phase.epochs, phase.side) == (2, 64)


REFUSED = {
    r"modle: this name is not known": {"modle": "net"},
    r"budget\.trials: Input should be greater": {"budget": {"trials": 0}},
    r"budget\.epoch: this name is not known": {"budget": {"trials": 1, "epoch": 2}},
    r"unknown model 'nte'; did you mean net\?": {"model": "nte"},
    r"unknown training data set 'phantom-web'": {"train": "phantom-web"},
    r"unknown study 'smal'; did you mean small\?": {"study": "smal"},
    r"seed: Input should be greater": {"seed": -1},
    r"unknown setting of a recipe 'optimizer\.rl'; did you mean optimizer\.lr": {
        "space": {"optimizer.rl": {"log": [0.1, 0.2]}}
    },
    r"'phases\.0\.lr'": {"space": {"phases.0.lr": {"log": [0.1, 0.2]}}},
    r"low is 0\.3 and high is 0\.2; low comes first": {
        "space": {"optimizer.lr": {"log": [0.3, 0.2]}}
    },
    r"low is 3 and high is 3": {"space": {"schedule.patience": {"int": [3, 3]}}},
    r"log\.0: Input should be greater than 0": {"space": {"optimizer.lr": {"log": [0, 0.2]}}},
    r"int\.0: Input should be a valid integer": {"space": {"schedule.patience": {"int": [1.5, 3]}}},
    r"give one of float": {"space": {"optimizer.lr": {"log": [0.1, 0.2], "float": [0.1, 0.2]}}},
    r"a choice stands twice": {"space": {"data.batch_size": {"choices": [16, 16]}}},
    r"space has optimizer and optimizer\.lr": {
        "space": {"optimizer": {"choices": [{}, {"lr": 1}]}, "optimizer.lr": {"log": [0.1, 0.2]}}
    },
    r"the recipe refuses optimizer\.momentum 1\.5: optimizer\.momentum: Input should be less": {
        "space": {"optimizer.momentum": {"float": [0.5, 1.5]}}
    },
    r"refuses data\.accumulate 2, data\.batch_size 33: data: accumulate is 2, which": {
        "space": {
            "data.batch_size": {"choices": [32, 33]},
            "data.accumulate": {"choices": [1, 2]},
        }
    },
    r"cannot change what trials are compared by": {
        "space": {"selection.measure": {"choices": ["macro_f1", "loss"]}}
    },
    r"where the budget has epochs, phases": {
        "budget": {"trials": 1, "epochs": 2},
        "space": {"phases": {"choices": [[{"epochs": 2}], [{"epochs": 3}]]}},
    },
    r"the recipe of two has 2 phases; leave epochs out": {
        "model": "two",
        "budget": {"trials": 1, "epochs": 2},
    },
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_no_trial_could_use_is_refused_in_one_line(write, message):
    with pytest.raises(FerError, match=rf"s\.yml: .*{message}") as refusal:
        load_search(write(**REFUSED[message]))
    assert "\n" not in str(refusal.value)


def test_phases_may_be_searched_as_a_whole(write):
    choices = [[{"epochs": 2}], [{"epochs": 1, "train": "head"}, {"epochs": 1}]]
    load_search(write(space={"phases": {"choices": choices}}))


def test_a_space_with_too_many_ends_to_check_is_refused(write):
    numbers = ("rotate", "shear", "zoom", "flip", "brightness", "gain", "contrast", "noise")
    space = {f"regularisation.augment.{name}": {"float": [0, 0.5]} for name in numbers}
    load_search(write(space=space))
    space["data.batch_size"] = {"choices": list(range(16, 64))}
    with pytest.raises(FerError, match=r"more than 10,000 combinations"):
        load_search(write(space=space))


def test_an_unknown_search_names_the_known_ones(write):
    write()
    with pytest.raises(
        FerError, match=r"unknown search 't'.*valid: s|unknown search 't'; valid: s"
    ):
        load_search("t")
    with pytest.raises(FerError, match="unknown search"):
        load_search("../small")


@given(st.floats(1e-9, 10), st.floats(0, 0.99), st.integers(2, 512))
def test_a_recipe_differs_in_the_searched_places_alone(lr, dropout, size):
    base = Recipe()
    made = recipe_with(
        base, {"optimizer.lr": lr, "regularisation.dropout": dropout, "data.batch_size": size}
    )
    assert (made.optimizer.lr, made.regularisation.dropout) == (lr, dropout)
    back = {"optimizer.lr": 1e-3, "regularisation.dropout": 0.0, "data.batch_size": 128}
    assert recipe_with(made, back) == base
