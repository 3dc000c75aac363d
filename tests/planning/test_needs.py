"""What a study lacks is told all at once, with the command that mends it."""

from types import SimpleNamespace

import pandas as pd
import pytest

from fer_core.planning import needs
from fer_core.planning.cost import START, Speed, costs
from fer_core.planning.needs import Images, count_runs, files_of, sets_of
from fer_core.study import Study

MADE = "mixed"


def study(**changes) -> Study:
    content = {
        "name": "mini",
        "title": "Mini",
        "models": {
            "small": {"backbone": "lenet5", "recipe": {"epochs": 2}},
            "large": {"backbone": "dan", "input_size": 224, "train": ["affectnet"]},
        },
        "train": ["rafdb"],
        "test": ["phantom-web"],
        "seeds": [0, 1],
    }
    return Study.model_validate(content | changes)


def states(of: Study) -> dict[str, tuple[str, str]]:
    return {one.dataset: (one.state, one.way) for one in sets_of(of)}


def test_every_missing_set_comes_with_its_command_and_where_it_is_had(data_home, results_home):
    found = states(study())
    assert [*found] == ["rafdb", "affectnet", "phantom-web"]
    assert found["rafdb"][0] == "not prepared"
    assert found["rafdb"][1].startswith("`fer data add rafdb PATH`; ask the authors at whdeng.cn")
    assert found["affectnet"][1].startswith("`fer data add affectnet PATH --size 224`; ")
    assert found["phantom-web"] == ("ready", "")
    assert not data_home.exists(), "nothing is rendered"


def test_images_are_those_of_an_official_split_until_the_set_is_here(data_home):
    images = {one.dataset: one.images for one in sets_of(study())}
    assert images["rafdb"] == Images(12_271, 0, 3_068)
    assert images["affectnet"] == Images(283_901, 0, 3_500)
    assert {one.images for one in sets_of(study(train=["expw"])) if one.dataset == "expw"} == {None}


def test_a_compiled_set_lists_its_sources_and_the_command_that_makes_it(data_home):
    found = states(study(train=[MADE], test=[MADE], compiled={MADE: ["rafdb", "kdef"]}))
    assert found[MADE][1] == "`fer data compile mixed --of rafdb --of kdef`"
    assert "--size 224" in found["kdef"][1]
    assert found["rafdb"][0] == "not prepared"


def test_a_set_that_no_reader_knows_is_told(data_home):
    assert "no reader is called mine" in states(study(train=["mine"]))["mine"][1]


@pytest.fixture
def prepared(monkeypatch):
    """A prepared set, stored at 48 px of 100, with three images to train on and one to validate."""
    index = pd.DataFrame(
        {
            "split": ["train"] * 4 + ["val", "test"],
            "excluded": ["", "", "", "no face", "", ""],
        }
    )
    framing = {"store": 48, "source": {"median": 90.0, "largest": 100.0}}
    dataset = SimpleNamespace(name="rafdb", index=index, framing=framing)
    facts = {"rafdb": {"format": 3}}
    monkeypatch.setattr(needs, "read_facts", lambda folder: facts.get(folder.name))
    monkeypatch.setattr(needs, "load_dataset", lambda name: dataset)


def test_a_prepared_set_counts_what_is_used(prepared, data_home):
    found = {one.dataset: one for one in sets_of(study())}
    assert found["rafdb"].state == "ready"
    assert found["rafdb"].images == Images(3, 1, 1)


def test_a_store_that_is_too_small_is_no_ready_set_unless_the_study_allows_it(prepared, data_home):
    state, way = states(study(test=["rafdb"]))["rafdb"]
    assert state == "stored too small"
    assert way.startswith("`fer data add rafdb PATH --size 224`")
    assert states(study(test=["rafdb"], upsample=["rafdb"]))["rafdb"] == ("ready", "")


def test_runs_can_start_whose_sets_and_weights_are_here(prepared, data_home, results_home):
    of = study()
    assert count_runs(of, sets_of(of), {}) == {"planned": 4, "done": 0, "can_start": 2}
    assert count_runs(of, sets_of(of), {"small": {}})["can_start"] == 0


def test_the_files_that_are_missing_are_those_of_all_models():
    models = {
        "one": {"backbone": "dan", "input_size": 224, "weights": {"trunk": "weights/a.pth"}},
        "two": {"backbone": "dan", "input_size": 224, "weights": {"trunk": "weights/b.pth"}},
        "three": {"backbone": "dan", "input_size": 224},
    }
    found = files_of(study(models=models))
    assert {model: [*files] for model, files in found.items()} == {
        "one": ["weights/a.pth"],
        "two": ["weights/b.pth"],
    }


def test_a_cost_is_that_of_all_runs_of_a_model_on_a_set():
    of = study()
    known = {("lenet5", 48): Speed(1000, 10.0, 20.0)}
    images = {"rafdb": Images(3000, 600, 9), "affectnet": Images(9, 1, 9)}
    images["phantom-web"] = Images(1, 1, 40)
    small, large = costs(of, of.cells(), images, known)
    assert small == (
        "small",
        "rafdb",
        3600,
        2,
        2,
        pytest.approx((720 + START + 40 / 20 + 40 / 10) / 3600 * 2),
    )
    assert (large.model, large.images, large.hours) == ("large", 10, None)
    unknown, _ = costs(of, of.cells(), images | {"rafdb": None}, known)
    assert (unknown.images, unknown.hours) == (None, None)
