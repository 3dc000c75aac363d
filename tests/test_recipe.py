"""Recipes: parts, names and bases, the old form, and what a checkpoint remembers of them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fer_core import paths
from fer_core.errors import FerError
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_files import MACHINE, in_parts, list_recipes, resolve
from fer_core.runs import RunRecord
from tests.recipes import recipe, without_parts

ROOT = Path(__file__).resolve().parent.parent
COMMITTED = sorted((ROOT / "results").glob("*/*/*/seed*/run.json"))

parts = st.fixed_dictionaries(
    {},
    optional={
        "lr": st.floats(1e-6, 1),
        "optimizer": st.sampled_from(["adamw", "sgd"]),
        "schedule": st.sampled_from(["cosine", "plateau", "constant"]),
        "epochs": st.integers(1, 50),
        "warmup_epochs": st.floats(0, 3),
        "early_stopping": st.none() | st.integers(1, 9),
        "batch_size": st.integers(2, 512),
        "select_by": st.sampled_from(["macro_f1", "accuracy", "loss"]),
        "augment": st.builds(lambda flip: {"flip": flip}, st.floats(0, 1)),
    },
)


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: "/".join(path.parts[-5:-1]))
def test_every_committed_record_reads_and_gives_the_settings_that_it_was_written_with(path):
    written = json.loads(path.read_text())
    record = RunRecord.model_validate(written)
    if "phases" not in written["recipe"]:
        # The first records were written before a recipe could draw a part of the images.
        meant = {"images": None} | written["recipe"]
        assert without_parts(record.recipe, record.machine) == meant
    again = RunRecord.model_validate(record.model_dump(mode="json"))
    assert again == record


def test_there_are_committed_records():
    assert len(COMMITTED) >= 19


@given(parts)
def test_a_recipe_of_before_parts_means_what_it_meant(values):
    made = recipe(**values)
    meant = without_parts(made, Machine())
    assert values == {name: _like(meant[name], value) for name, value in values.items()}
    unnamed = without_parts(Recipe(), Machine())
    assert {n: v for n, v in meant.items() if n not in values} == {
        n: v for n, v in unnamed.items() if n not in values
    }


def _like(whole, value):
    """The keys of `whole` that a partly given value names."""
    return {key: whole[key] for key in value} if isinstance(value, dict) else whole


@given(parts, st.fixed_dictionaries({}, optional=dict.fromkeys(MACHINE, st.booleans())))
def test_what_has_parts_stays_as_it_is(values, machine):
    made, settings = in_parts({**values, **machine})
    assert settings == machine
    assert in_parts(made) == (made, {})


@given(parts)
def test_a_recipe_is_known_by_what_differs_from_the_defaults(values):
    made = recipe(**values)
    assert Recipe.model_validate(made.identity()) == made
    assert Recipe.model_validate(made.model_dump(mode="json")) == made


def test_what_equals_a_default_and_what_trains_nothing_is_in_no_identity():
    assert recipe(lr=0.001, augment={"flip": 0.0}).identity() == {}
    assert recipe(lr=0.1).identity() == {"optimizer": {"lr": 0.1}}
    assert Machine(autocast=True, channels_last=False).identity() == {}


def test_the_defaults_are_those_that_checkpoints_were_written_with():
    """A change of one would give an old checkpoint to a run of another recipe."""
    none = {"rotate": 0, "shift": 0, "zoom": 0, "flip": 0, "brightness": 0, "contrast": 0}
    none |= {"shear": 0, "zoom_apart": False, "scale": None, "move_probability": 1, "pad": 0}
    none |= {"border": "repeat", "enlarge": 1, "crop": None, "gain": 0, "noise": 0}
    none |= {"noise_probability": 1, "randaugment": None}
    none |= {"erase": {"probability": 0, "area": (0.02, 0.33)}}
    rates = {"name": "cosine", "warmup_epochs": 0, "factor": 0.5, "patience": 3, "per": "step"}
    rates |= {"period": None, "every": 1, "floor": 0, "trunk": (), "head": ()}
    steps = {"name": "adamw", "lr": 0.001, "weight_decay": 0.01, "momentum": 0.9}
    draw = {"images": None, "batch_size": 128, "sampler": "shuffle"}
    assert Recipe().model_dump() == {
        "optimizer": {**steps, "decay": "weights", "sam": 0},
        "schedule": rates,
        "loss": {"label_smoothing": 0, "class_weights": "none", "weighted_mean": "weights"},
        "regularisation": {
            "dropout": 0, "augment": none, "mixup": {"alpha": 0, "probability": 1}
        },
        "averaging": {"decay": 0, "buffers": False},
        "data": {**draw, "accumulate": 1, "rare": "fill"},
        "selection": {"measure": "macro_f1", "patience": None, "stop": None},
        "phases": ({"epochs": 10, "train": "all", "also": (), "lr": None, "side": None},),
    }  # fmt: skip
    assert Machine().model_dump() == {"channels_last": False, "autocast": True}


@pytest.mark.parametrize("name", list_recipes())
def test_every_named_recipe_is_valid(name):
    assert Recipe.model_validate(resolve({"base": name})).epochs


@pytest.fixture
def recipes(tmp_path, monkeypatch):
    """A folder of recipes, each the base of the one before."""
    monkeypatch.setattr(paths, "recipes_dir", lambda: tmp_path)
    texts = {
        "small": "base: middle\nphases: [{epochs: 1}]\n",
        "middle": "base: large\noptimizer: {lr: 0.5}\n",
        "large": "optimizer: {name: sgd, lr: 0.1}\nphases: [{epochs: 7}, {epochs: 8}]\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yml").write_text(text)
    return tmp_path


def test_a_recipe_changes_what_it_names_of_its_base_and_of_the_base_of_that(recipes):
    made = Recipe.model_validate(resolve({"base": "small", "optimizer": {"momentum": 0.5}}))
    assert made == recipe(optimizer="sgd", lr=0.5, momentum=0.5, epochs=1)


def test_bases_in_a_circle_are_told_in_one_line(recipes):
    (recipes / "large.yml").write_text("base: middle\n")
    with pytest.raises(FerError, match="the recipes middle → large → middle are the base of each"):
        resolve({"base": "small"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("base: lage\n", "unknown recipe 'lage'; did you mean large"),
        ("base: ../large\n", "unknown recipe"),
        ("base: [large]\n", "unknown recipe"),
        ("- 1\n", r"small\.yml: a recipe is a mapping"),
        ("", r"small\.yml: a recipe is a mapping"),
    ],
)
def test_a_base_that_is_none_is_told_in_one_line(recipes, text, message):
    (recipes / "small.yml").write_text(text)
    with pytest.raises(FerError, match=message) as caught:
        resolve({"base": "small"})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"epochs": 1, "train": "neck"}, "'all', 'head' or 'trunk'"),
        ({"epochs": 1, "lr": 0}, "a rate is greater than 0"),
        ({"epochs": 1, "lr": {"trunk": 0.1}}, "Field required"),
        ({"epochs": 1, "train": "head", "lr": {"trunk": 0.1, "head": 1}}, "learns at one rate"),
    ],
)
def test_a_phase_that_cannot_be_is_refused(phase, message):
    with pytest.raises(ValidationError, match=message):
        Recipe.model_validate({"phases": [phase]})


def test_epochs_beside_phases_are_refused():
    with pytest.raises(FerError, match="leave out epochs beside phases"):
        in_parts({"epochs": 3, "phases": [{"epochs": 4}]})


def test_each_phase_is_told_in_words():
    given = [{"epochs": 1, "train": "head"}, {"epochs": 5, "lr": {"trunk": 5e-4, "head": 2e-3}}]
    assert recipe(lr=0.01, phases=given).tell() == {
        "phase 1": "1 epoch, head, rate up to 0.01",
        "phase 2": "5 epochs, all, rate up to 0.0005 (trunk) and 0.002 (head)",
    }


def test_a_recipe_has_a_phase():
    with pytest.raises(ValidationError, match="at least 1"):
        Recipe(phases=())


TABLE = {"name": "table", "trunk": [(2, 1e-4)], "head": [(1, 1e-3), (2, 1e-4)]}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"schedule": {"name": "step", "every": 6}},
            "schedule.every is 6; it is 1 to 5, the epochs of phase 1",
        ),
        (
            {"schedule": {"name": "plateau", "floor": 0.01}},
            "schedule.floor is 0.01; it is 0 to 0.001, the rate of phase 1",
        ),
        (
            {"schedule": TABLE, "phases": [{"epochs": 2}, {"epochs": 3}]},
            "schedule.trunk ends with epoch 2; it must end with 3, the last of phase 2",
        ),
        (
            {"schedule": TABLE | {"head": [(4, 1e-3)]}, "phases": [{"epochs": 2}]},
            "schedule.head ends with epoch 4; it must end with 2, the last of phase 1",
        ),
        (
            {"schedule": TABLE, "phases": [{"epochs": 2, "lr": 0.1}]},
            "lr of phase 1 has no meaning beside a table of rates",
        ),
        (
            {"schedule": {"per": "epoch", "warmup_epochs": 1.5}},
            "warmup_epochs is 1.5; a rate that changes each epoch warms up for whole epochs",
        ),
    ],
)
def test_a_schedule_that_does_not_fit_its_phases_is_refused_with_field_value_and_range(
    values, message
):
    with pytest.raises(ValidationError, match=message):
        Recipe.model_validate({"phases": [{"epochs": 5}], **values})


def test_a_schedule_that_just_fits_is_taken():
    Recipe.model_validate({"schedule": TABLE, "phases": [{"epochs": 2}, {"epochs": 2}]})
    Recipe.model_validate({"schedule": {"name": "step", "every": 5}, "phases": [{"epochs": 5}]})
    Recipe.model_validate({"schedule": {"name": "plateau", "floor": 1e-3}})
