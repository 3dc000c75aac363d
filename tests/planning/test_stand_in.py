"""The same study on other sets: what is kept, what is cut, and that its file says so."""

from types import SimpleNamespace

import pandas as pd
import pytest

from fer_core.errors import FerError
from fer_core.planning import stand_in as module
from fer_core.planning.cost import Speed, costs
from fer_core.planning.needs import Images
from fer_core.planning.stand_in import stand_in
from fer_core.study import Study, load_study

SPEEDS = {
    ("lenet5", 48): Speed(1, 1.0, 100.0),
    ("dan", 224): Speed(1, 0.1, 100.0),
    ("dan", 112): Speed(1, 0.4, 100.0),
}
IMAGES = Images(900, 100, 0)


@pytest.fixture(autouse=True)
def sets(monkeypatch):
    """Every set is here, with 900 images to train on and 100 to validate, stored at 96 px."""
    index = pd.DataFrame({"split": ["train"] * 900 + ["val"] * 100, "excluded": ""})
    framing = {"store": 96, "source": {"median": 150.0, "largest": 200.0}}
    dataset = SimpleNamespace(index=index, framing=framing)
    monkeypatch.setattr(module, "load_dataset", lambda name: dataset)
    monkeypatch.delenv("FER_WEIGHTS", raising=False)
    monkeypatch.delenv("FER_ALLOW_HUB", raising=False)


def study(**changes) -> Study:
    trunk = {"trunk": "weights/gone.pth"}
    content = {
        "name": "paper",
        "title": "A paper",
        "models": {
            "plain": {"backbone": "lenet5"},
            "other": {"backbone": "lenet5", "recipe": {"loss": {"class_weights": "simple"}}},
            "large": {"backbone": "dan", "input_size": 224, "weights": trunk, "train": ["expw"]},
        },
        "train": ["rafdb", "expw"],
        "test": ["rafdb", "btfer"],
        "seeds": [0, 1],
        "place": 3,
        "label_confidence": {"expw": 20},
        "questions": [
            {"title": "Q", "change": "c", "pairs": [["other", "plain"], ["large", "plain"]],
             "printed": {"by": "balance", "one": "simple", "other": "none"}},
        ],
        "recipe": {"epochs": 40, "batch_size": 32},
    }  # fmt: skip
    return Study.model_validate(content | changes)


def made(of: Study, on: str, hours: float) -> Study:
    return Study.model_validate({"name": "new", **stand_in(of, "new", on, hours, SPEEDS).content})


@pytest.mark.parametrize("hours", [4, 10, 40])
def test_all_runs_together_fit_the_hours(hours):
    new = made(study(), "phantoms", hours)
    images = dict.fromkeys(new.datasets(), IMAGES)
    assert sum(cost.hours for cost in costs(new, new.cells(), images, SPEEDS)) <= hours
    assert {*new.models} == {"plain", "other", "large"}


def test_sets_are_replaced_one_for_one_and_what_belongs_to_them_goes():
    new = made(study(), "phantoms", 10)
    assert new.train == ("phantom-lab", "phantom-street")
    assert new.test == ("phantom-lab", "phantom-street", "phantom-web")
    assert new.spec("large").train == ("phantom-street",)
    assert new.leaks == {"phantom-lab": "drop", "phantom-street": "drop"}
    assert (new.label_confidence, new.place, new.seeds) == ({}, None, (0, 1))


def test_the_open_sets_are_tested_on_two_more_and_may_be_enlarged():
    new = made(study(), "open", 10)
    assert new.train == ("fer2013", "ferplus")
    assert new.test == ("fer2013", "ferplus", "nhfi", "muxspace", "london")
    assert "london" in new.upsample


def test_a_model_keeps_its_recipe_but_for_what_was_cut():
    new = made(study(), "phantoms", 10)
    before, after = study().recipe_for("other"), new.recipe_for("other")
    assert after.loss == before.loss
    assert after.data.batch_size == 32
    assert 3 <= after.epochs < 40


def test_weights_that_are_not_here_are_left_out_and_told():
    result = stand_in(study(), "new", "phantoms", 10, SPEEDS)
    assert result.content["models"]["large"]["weights"] == "none"
    assert "without weights/gone.pth" in result.changed["large"]
    assert "1 without starting weights" in result.content["note"]


def test_a_part_whose_file_is_here_is_kept(tmp_path):
    (tmp_path / "here.pth").touch()
    weights = {"ir50": str(tmp_path / "here.pth"), "mobilefacenet": "weights/gone.pth.tar"}
    spec = {"backbone": "posterpp", "input_size": 224, "weights": weights}
    known = {("posterpp", 224): Speed(1, 100.0, 100.0)}
    content = stand_in(study(models={"m": spec}, questions=[]), "new", "open", 9, known).content
    assert content["models"]["m"]["weights"] == {"ir50": str(tmp_path / "here.pth")}


def test_a_model_that_is_another_one_without_its_weights_is_left_out():
    plain = {"backbone": "dan", "input_size": 224}
    models = {
        name: {**plain, "title": name, "weights": weights}
        for name, weights in (("a", "imagenet"), ("b", {"trunk": "weights/gone.pth"}))
    }
    result = stand_in(study(models=models, questions=[]), "new", "phantoms", 90, SPEEDS)
    assert [*result.changed] == ["a"]
    assert result.left_out == {"b": "without its weights as a"}


def test_a_question_is_kept_of_pairs_that_still_differ_in_one_thing_and_no_printed_value():
    (question,) = made(study(), "phantoms", 10).questions
    assert question.pairs == (("other", "plain"),)
    assert question.printed is None


def test_a_net_whose_speed_is_not_known_is_left_out_and_the_others_stay():
    models = {"a": {"backbone": "resnet10t"}, "b": {"backbone": "lenet5"}}
    result = stand_in(study(models=models, questions=[]), "new", "phantoms", 9, SPEEDS)
    assert [*result.changed] == ["b"]
    assert "speed is not known" in result.left_out["a"]


def test_a_smaller_input_comes_last():
    models = {"large": study().spec("large").model_dump(exclude_defaults=True)}
    of = study(models=models, questions=[])
    assert made(of, "phantoms", 5).spec("large").input_size == 224
    new = made(of, "phantoms", 2)
    assert new.spec("large").input_size == 112
    assert new.recipe_for("large").data.images >= 140


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf")])
def test_hours_that_are_none_are_refused(hours):
    with pytest.raises(FerError, match="give a number above 0"):
        stand_in(study(), "new", "phantoms", hours, SPEEDS)


def test_hours_that_fit_no_run_say_why():
    with pytest.raises(
        FerError,
        match=r"no run of paper, not even of (plain|other): a run takes at least 0.13 hours",
    ):
        stand_in(study(), "new", "phantoms", 0.01, SPEEDS)


def test_the_file_loads_as_the_study_and_says_what_was_cut(tmp_path):
    result = stand_in(study(), "new", "phantoms", 10, SPEEDS)
    path = tmp_path / "new.yml"
    path.write_text(result.text("fer studies check paper"))
    assert load_study(str(path)) == Study.model_validate({"name": "new", **result.content})
    comment = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert comment[0] == "# Written by `fer studies check paper`."
    assert f"# large: {result.changed['large']}" in comment


def grid(new: Study) -> tuple[int, int, int]:
    return len(new.seeds), len(new.train_sets()), len(new.test)


@pytest.mark.parametrize(
    ("hours", "left", "told"),
    [
        (0.15, (2, 2, 3), ""),
        (0.08, (1, 2, 3), "1 of 2 seeds"),
        (0.05, (1, 1, 3), "1 of 2 seeds, each model on 1 of its training sets"),
        (0.03, (1, 1, 1), "tested on no other sets"),
    ],
)
def test_where_runs_do_not_fit_there_are_fewer_seeds_then_training_sets_then_tests(
    monkeypatch, hours, left, told
):
    parts = ["train"] * 900 + ["val"] * 100 + ["test"] * 100
    framing = {"store": 96, "source": {"median": 150.0, "largest": 200.0}}
    index = pd.DataFrame({"split": parts, "excluded": ""})
    dataset = SimpleNamespace(index=index, framing=framing)
    monkeypatch.setattr(module, "load_dataset", lambda name: dataset)
    of = study(models={"a": {"backbone": "lenet5"}}, questions=[])
    result = stand_in(of, "new", "phantoms", hours, {("lenet5", 48): Speed(1, 10.0, 10.0)})
    new = Study.model_validate({"name": "new", **result.content})
    assert grid(new) == left
    assert result.hours <= hours
    assert told in result.fewer
    assert told in result.content["note"]


def test_the_dearest_models_are_left_out_until_the_others_fit():
    of = study(questions=[])
    result = stand_in(of, "new", "phantoms", 0.3, SPEEDS)
    assert [*result.changed] == ["plain", "other"]
    assert "0.0042 of them to start" in result.left_out["large"]


def test_models_that_are_one_once_their_input_is_cut_stand_there_once():
    models = {
        "small": {"title": "Net, 112 px", "backbone": "dan", "input_size": 112},
        "large": {"title": "Net, 224 px", "backbone": "dan", "input_size": 224},
    }
    known = {("dan", 224): Speed(1, 0.01, 100.0), ("dan", 112): Speed(1, 10.0, 100.0)}
    result = stand_in(study(models=models, questions=[]), "new", "phantoms", 0.3, known)
    assert [*result.content["models"]] == ["small"]
    assert result.left_out == {"large": "at 112 px as small"}
    alone = study(models={"large": models["large"]}, questions=[])
    content = stand_in(alone, "new", "phantoms", 0.3, known).content
    assert content["models"]["large"]["title"] == "Net, 112 px"
