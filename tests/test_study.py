import pandas as pd
import pytest
from pydantic import ValidationError

from fer_core.analysis.verify_dense import NUMBERS, fill_holes, verify_dense
from fer_core.errors import FerError
from fer_core.recipe import Machine, Recipe
from fer_core.recipe_files import resolve
from fer_core.runs import run_status
from fer_core.study import Study, list_studies, load_study
from tests.recipes import changed, recipe

NAMED = ("small-budget", "frozen-trunk")

TEXT = """
title: A test
models:
  small: {backbone: resnet10t}
  other: {backbone: resnet10t, seeds: [7], recipe: {lr: 0.1, augment: {flip: 0.5}}}
train: [phantom-lab, phantom-web]
test: [phantom-lab]
seeds: [0, 1]
recipe: {epochs: 2, augment: {rotate: 10}}
"""


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "mini.yml"
    path.write_text(TEXT)
    return load_study(str(path))


def test_the_grid_has_every_model_data_set_and_seed_once(study):
    cells = study.cells()
    assert len(cells) == len(set(cells)) == 2 * (2 + 1)
    assert {cell.seed for cell in cells if cell.model == "other"} == {7}


def test_a_question_is_asked_of_two_models_of_the_study(tmp_path):
    path = tmp_path / "mini.yml"
    asked = "questions: [{{title: A, change: a hat, pairs: [[small, {}]]}}]\n"
    path.write_text(TEXT + asked.format("other"))
    assert load_study(str(path)).questions[0].pairs == (("small", "other"),)
    for name, message in (
        ("gone", "unknown model 'gone'"),
        ("small", "compares small with itself"),
    ):
        path.write_text(TEXT + asked.format(name))
        with pytest.raises(FerError, match=message):
            load_study(str(path))


OWN = TEXT.replace("seeds: [7],", "seeds: [1], train: [phantom-web, both],")


def test_a_model_with_training_sets_and_seeds_of_its_own_has_only_those_runs(tmp_path):
    path = tmp_path / "mini.yml"
    path.write_text(OWN + "leaks: {both: drop}\nupsample: [both]\n")
    study = load_study(str(path))
    assert study.cells() == [
        ("small", "phantom-lab", 0), ("small", "phantom-lab", 1),
        ("small", "phantom-web", 0), ("small", "phantom-web", 1),
        ("other", "phantom-web", 1), ("other", "both", 1),
    ]  # fmt: skip
    assert study.train_sets() == study.datasets() == ("phantom-lab", "phantom-web", "both")
    assert [(run.model, run.train, run.seed) for run in run_status(study)] == study.cells()
    for cell, message in (
        (("other", "phantom-lab", 1), "unknown training data set 'phantom-lab'; .*both, phantom-w"),
        (("small", "both", 0), "unknown training data set 'both'"),
        (("other", "both", 0), "unknown seed '0'; valid: 1"),
    ):
        with pytest.raises(FerError, match=message):
            study.cell(*cell)


def test_a_table_has_no_cell_that_no_run_is_planned_for(tmp_path):
    path = tmp_path / "mini.yml"
    path.write_text(OWN)
    study = load_study(str(path))
    columns = ["model", "train", "test", "view", "seeds", "state", "classes", *NUMBERS]
    table = fill_holes(study, pd.DataFrame(columns=columns), run_status(study))
    assert list(zip(table["model"], table["train"], table["planned"], strict=True)) == [
        ("small", "phantom-lab", 2), ("small", "phantom-web", 2),
        ("other", "phantom-web", 1), ("other", "both", 1),
    ]  # fmt: skip
    assert set(table["state"]) == {"not run"}
    verify_dense(study, table)


def test_a_training_set_that_no_model_takes_is_no_data_set_of_the_study(tmp_path):
    path = tmp_path / "mini.yml"
    own = "{backbone: resnet10t, train: [phantom-lab]}"
    path.write_text(TEXT.replace("{backbone: resnet10t}", own).replace("seeds: [7]", "train: [b]"))
    assert load_study(str(path)).datasets() == ("phantom-lab", "b")


@pytest.mark.parametrize("own", ["seeds: [7, 7]", "train: [b, b]", "seeds: []", "train: []"])
def test_a_model_names_its_own_sets_and_seeds_once_and_at_least_one(tmp_path, own):
    path = tmp_path / "mini.yml"
    path.write_text(TEXT.replace("seeds: [7]", own))
    with pytest.raises(FerError, match=r"models\.other\.(seeds|train): .*(twice|at least 1)"):
        load_study(str(path))


def test_a_study_and_its_models_name_recipes_and_change_them(tmp_path):
    path = tmp_path / "mini.yml"
    path.write_text(
        TEXT.replace("recipe: {epochs: 2, augment: {rotate: 10}}", "recipe: small-budget")
        .replace("{lr: 0.1, augment: {flip: 0.5}}", "{base: frozen-trunk, data: {batch_size: 9}}")
        .replace("{backbone: resnet10t}", "{backbone: x, recipe: {optimizer: {lr: 0.5}}}")
    )
    study = load_study(str(path))
    budget, frozen = (Recipe.model_validate(resolve({"base": n})) for n in NAMED)
    assert study.recipe == budget
    assert study.recipe_for("small") == changed(budget, lr=0.5)
    assert study.recipe_for("other") == changed(frozen, batch_size=9)
    path.write_text(path.read_text().replace("small-budget", "small-budged"))
    with pytest.raises(FerError, match=r"mini\.yml: unknown recipe 'small-budged'; did you mean"):
        load_study(str(path))
    path.write_text(path.read_text().replace("small-budged", "two-rates"))
    assert load_study(str(path)).recipe_for("other") == changed(frozen, batch_size=9)


def test_a_study_file_of_before_parts_means_what_it_meant(tmp_path):
    path = tmp_path / "mini.yml"
    old = "{lr: 0.1, augment: {flip: 0.5}, channels_last: auto, epochs: 3}"
    path.write_text(
        TEXT.replace("{lr: 0.1, augment: {flip: 0.5}}", old).replace(
            "recipe: {epochs: 2,", "recipe: {epochs: 2, optimizer: sgd, channels_last: true,"
        )
    )
    study = load_study(str(path))
    assert study.recipe == recipe(epochs=2, optimizer="sgd", augment={"rotate": 10})
    assert study.recipe_for("other") == changed(
        study.recipe, lr=0.1, epochs=3, augment={"flip": 0.5}
    )
    assert study.machine_for("small") == Machine(channels_last=True)
    assert study.machine_for("other") == Machine(channels_last="auto")
    assert Study.model_validate(study.model_dump(mode="json")) == study


def test_leaks_are_named_per_training_set(tmp_path):
    path = tmp_path / "mini.yml"
    path.write_text(TEXT + "leaks: {phantom-web: drop}\n")
    assert load_study(str(path)).leaks == {"phantom-web": "drop"}
    for wrong, message in (("{muxspace: drop}", "no training set"), ("{phantom-web: no}", "leaks")):
        path.write_text(TEXT + f"leaks: {wrong}\n")
        with pytest.raises(FerError, match=message):
            load_study(str(path))


def test_the_switches_of_a_study_are_checked_one_by_one(tmp_path):
    path = tmp_path / "mini.yml"
    good = "flagged: drop\nlabel_confidence: {phantom-web: 0.5}\nupsample: [phantom-lab]\n"
    path.write_text(TEXT + good)
    study = load_study(str(path))
    assert (study.flagged, study.upsample) == ("drop", ("phantom-lab",))
    assert study.label_confidence == {"phantom-web": 0.5}
    for wrong, message in (
        ("flagged: yes", "flagged: Input should be 'keep' or 'drop'"),
        (
            "label_confidence: {muxspace: 1}",
            "label_confidence names muxspace, which is no training",
        ),
        ("label_confidence: {phantom-web: -1}", "label_confidence.phantom-web: .*greater than"),
        ("label_confidence: {phantom-web: .inf}", "label_confidence.phantom-web: .*finite"),
        ("label_confidence: {phantom-web: high}", "label_confidence.phantom-web: .*number"),
        ("upsample: [muxspace]", "upsample names muxspace, which is no data set of this study"),
        ("upsample: [phantom-lab, phantom-lab]", "upsample: .*names something twice"),
        ("upsampled: [phantom-lab]", "upsampled: this name is not known"),
    ):
        path.write_text(TEXT + wrong + "\n")
        with pytest.raises(FerError, match=message):
            load_study(str(path))


def test_views_are_clean_unless_the_study_or_a_model_names_them(tmp_path, study):
    assert study.views_for("small") == ("clean",)
    path = tmp_path / "mini.yml"
    own = TEXT.replace("seeds: [7]", "seeds: [7], views: [clean]")
    path.write_text(own + "views: [clean, mirror, side-96]\n")
    named = load_study(str(path))
    assert named.views_for("small") == ("clean", "mirror", "side-96")
    assert named.views_for("other") == ("clean",)
    assert named.all_views() == ["clean", "mirror", "side-96"]


@pytest.mark.parametrize(
    ("views", "message"),
    [
        (
            "[clean, mirrored]",
            "views: .*unknown view 'mirrored'; did you mean mirror.*valid: clean",
        ),
        ("[clean, side-0]", "views: .*unknown view 'side-0'.*side-<pixels> from 16 to 1024"),
        ("[mirror]", "views: .*clean is missing"),
        ("[]", "views: .*clean is missing"),
        ("[clean, mirror, mirror]", "views: .*names something twice"),
    ],
)
def test_views_that_do_not_exist_or_lack_clean_are_refused_in_one_line(tmp_path, views, message):
    path = tmp_path / "mini.yml"
    path.write_text(TEXT + f"views: {views}\n")
    with pytest.raises(FerError, match=message) as caught:
        load_study(str(path))
    assert "\n" not in str(caught.value)
    path.write_text(TEXT.replace("seeds: [7]", f"seeds: [7], views: {views}"))
    if "mirror, mirror" not in views:
        with pytest.raises(FerError, match=rf"models\.other\.{message}"):
            load_study(str(path))


def test_a_model_changes_only_what_it_names(study):
    recipe = study.recipe_for("other")
    assert (recipe.optimizer.lr, recipe.epochs) == (0.1, 2)
    augment = recipe.regularisation.augment
    assert (augment.flip, augment.rotate) == (0.5, 10)
    assert study.recipe_for("small") == study.recipe


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (("smal", "phantom-lab", 0), "unknown model 'smal'; did you mean small"),
        (("small", "phantom-lap", 0), "unknown training data set"),
        (("other", "phantom-lab", 0), "unknown seed '0'; valid: 7"),
    ],
)
def test_a_cell_outside_the_grid_is_an_error(study, cell, message):
    with pytest.raises(FerError, match=message):
        study.cell(*cell)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("epochs: 2", "epoch: 2", r"recipe\.epoch: this name is not known"),
        ("lr: 0.1", "lrr: 0.1", "lrr"),
        ("lr: 0.1", "lr: -1", "greater than 0"),
        ("lr: 0.1", "phases: [{train: head}]", "phases.0.epochs: Field required"),
        ("lr: 0.1", "phases: [{epochs: 1, lr: -1}]", "a rate is greater than 0"),
        ("seeds: [0, 1]", "machine: {autocast: perhaps}", "machine.autocast"),
        ("seeds: [7]", "machine: {threads: 2}", "threads"),
        ("seeds: [0, 1]", "seeds: [1, 1]", "names something twice"),
        ("test: [phantom-lab]", "test: []", "test: "),
        ("title: A test", "name: other\ntitle: A test", "name and file must agree"),
        ("title: A test", "title: [", "is not YAML"),
    ],
)
def test_a_fault_in_a_study_file_is_named_in_one_line(tmp_path, old, new, message):
    path = tmp_path / "mini.yml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(FerError, match=message) as caught:
        load_study(str(path))
    assert "\n" not in str(caught.value)
    assert "mini.yml" in str(caught.value)


def test_an_unknown_study_names_those_there_are():
    with pytest.raises(FerError, match="unknown study 'dem'; did you mean demo"):
        load_study("dem")
    with pytest.raises(FerError, match="no study file at"):
        load_study("nowhere/x.yml")


@pytest.mark.parametrize("name", list_studies())
def test_every_study_of_the_project_is_valid(name):
    assert load_study(name).cells() or load_study(name).raters


def test_a_study_that_is_not_a_mapping_is_refused(tmp_path):
    (tmp_path / "list.yml").write_text("- a\n")
    with pytest.raises(FerError, match="a study is a mapping"):
        load_study(str(tmp_path / "list.yml"))


def test_a_compiled_set_is_one_of_the_study(tmp_path):
    path = tmp_path / "mini.yml"
    path.write_text(OWN + "compiled: {both: [rafdb, kdef]}\n")
    assert load_study(str(path)).compiled == {"both": ("rafdb", "kdef")}
    path.write_text(OWN + "compiled: {neither: [rafdb, kdef]}\n")
    with pytest.raises(FerError, match="compiled names neither, which is no data set of this"):
        load_study(str(path))


def test_a_study_cannot_be_changed(study):
    with pytest.raises(ValidationError):
        study.title = "another"
    assert isinstance(study, Study)


@pytest.mark.parametrize("value", [".inf", ".nan", "!!binary aGk=", "!!set {a}", "2020-01-01"])
def test_an_option_is_a_plain_value_that_a_record_can_hold(tmp_path, value):
    path = tmp_path / "mini.yml"
    path.write_text(
        TEXT.replace("backbone: resnet10t}", f"backbone: dan, options: {{x: {value}}}}}")
    )
    with pytest.raises(FerError, match=r"mini\.yml: models\.small\.options\.x"):
        load_study(str(path))
