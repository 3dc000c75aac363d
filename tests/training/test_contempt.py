"""Contempt as an eighth emotion: rows, outputs, tables and scores of a run that keeps it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fer_core import job as run
from fer_core.data.contempt import NO_PIXELS, study_dataset, with_contempt
from fer_core.data.load import load_dataset
from fer_core.data.prepare.add import add_dataset
from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.errors import FerError
from fer_core.files import read_json
from fer_core.models import load_model
from fer_core.predict import again
from fer_core.predictions import P_CONTEMPT, read_predictions
from fer_core.records import table_path
from fer_core.runs import collect
from fer_core.study import ModelSpec, Study
from tests.data.made import write_folder
from tests.recipes import recipe
from tests.training.runs import WORDS, faces, finish

CPU = torch.device("cpu")


@pytest.fixture
def sets(tmp_path: Path, data_home: Path, results_home: Path) -> None:
    """`eight` has contempt, `seven` has not."""
    for name, words, first in (("eight", WORDS, 0), ("seven", WORDS[:7], 5000)):
        folder = write_folder(tmp_path / name, faces(words, first))
        add_dataset("folder", folder, as_name=name, size=24, progress=False)


def study(contempt: str = "keep", **changes: object) -> Study:
    facts = {
        "name": "mini", "title": "Mini", "contempt": contempt,
        "train": ("eight", "seven"), "test": ("eight", "seven"),
        "leaks": {"eight": "keep", "seven": "keep"},
        "recipe": recipe(epochs=1, batch_size=16, sampler="balanced", class_weights="balanced"),
        "models": {
            "small": ModelSpec(backbone="test_resnet", input_size=24, stem="keep"),
            "twin": ModelSpec(backbone="dmue-tiny", input_size=48, options={"beta": 1}),
        },
    }  # fmt: skip
    return Study(**{**facts, **changes})


def test_a_study_that_keeps_contempt_sees_it_without_preparing_anew(sets):
    plain, kept = (study_dataset(study(rule), "eight") for rule in ("drop", "keep"))
    assert (plain.index["excluded"] == "contempt").sum() == 8
    assert kept.index["emotion"].value_counts()["contempt"] == 8
    assert (kept.index["excluded"] == "").all()
    assert (kept.fingerprint, kept.split_hash) == (plain.fingerprint, plain.split_hash)
    rows = np.flatnonzero(kept.index["emotion"] == "contempt")
    assert kept.store.batch(rows).std(axis=(1, 2)).min() > 0  # their pixels were stored
    assert load_dataset("eight").index.equals(plain.index)


def test_contempt_without_a_stored_face_stays_excluded_and_is_counted(sets):
    dataset = load_dataset("eight")
    lost = dataset.index["excluded"] == "contempt"
    lost &= dataset.index.index % 2 == 0
    dataset.index.loc[lost, "mean"] = np.nan
    counts = with_contempt(dataset).index["excluded"].value_counts()
    assert counts[NO_PIXELS] == lost.sum() > 0
    assert "contempt" not in counts


def test_a_net_has_eight_outputs_where_its_training_set_has_contempt(sets):
    job, record = finish(study(), "eight")
    assert record.classes == job.model.classes == EIGHT
    assert record.rows["train"] == 32
    assert record.rows["contempt"] == "keep"
    assert record.tests["eight"]["classes"] == list(EIGHT)
    for name, n in (("eight", 16), ("seven", 14)):
        table = read_predictions(table_path(job.folder, name, "clean"))
        assert (len(table), P_CONTEMPT in table) == (n, True)
        assert set(table["emotion"]) == set(EIGHT if name == "eight" else EMOTIONS)
    model = load_model(job.folder / "model.safetensors")
    assert model.classes == EIGHT
    assert model.net.eval()(torch.zeros(1, 3, 24, 24)).shape == (1, 8)
    summary = read_json(job.folder.parents[2] / "data" / "eight.json")
    assert summary["counts"]["split"]["test"]["contempt"] == 2
    assert "contempt" not in summary["excluded"]


def test_a_net_has_seven_outputs_where_its_training_set_has_no_contempt(sets):
    job, record = finish(study(), "seven")
    assert record.classes == job.model.classes == EMOTIONS
    table = read_predictions(table_path(job.folder, "eight", "clean"))
    assert P_CONTEMPT not in table
    assert (table["emotion"] == "contempt").sum() == 2  # predicted, to be left out of its scores


def test_a_study_that_drops_contempt_is_as_it_was(sets):
    _, record = finish(study("drop"), "eight")
    assert record.classes == EMOTIONS
    assert record.rows["dropped"] == {
        "train: excluded: contempt": 4, "validation: excluded: contempt": 2,
    }  # fmt: skip
    assert record.tests["eight"]["n"] == 14


def test_a_method_of_ours_learns_eight_emotions(sets):
    few = study(recipe=recipe(epochs=1, batch_size=32, images=32), upsample=("eight", "seven"))
    _, record = finish(few, "eight", "twin")
    assert record.classes == EIGHT


def test_a_file_of_eight_outputs_in_any_order_starts_a_net_of_eight(sets, tmp_path):
    job, _ = finish(study(), "eight")
    weights = str(job.folder / "model.safetensors")
    spec = ModelSpec(backbone="test_resnet", input_size=24, stem="keep", weights=weights)
    again = study(models={"small": spec}, name="again")
    for train, head in (("eight", "loaded"), ("seven", "contempt left out")):
        made = run.prepare(again, "small", train, 0, device="cpu", threads=1).model
        assert head in made.provenance["head"]
    seven = finish(study(), "seven")[0].folder / "model.safetensors"
    spec = spec.model_copy(update={"weights": str(seven)})
    made = run.prepare(
        study(models={"small": spec}, name="third"), "small", "eight", 0, device="cpu", threads=1
    ).model
    assert made.provenance["head"] == "random: the file's outputs have no contempt"


def test_a_finished_run_is_outdated_when_its_study_begins_to_keep_contempt(sets):
    for train in ("eight", "seven"):
        _, record = finish(study("drop"), train)
        assert again.outdated_tests(record, study("drop")) == {}
        assert again.outdated_tests(record, study()) == {"eight": ["clean"], "seven": ["clean"]}
        if train == "eight":
            with pytest.raises(FerError, match="would be trained on other images of eight"):
                again.predict_again(record, study(), CPU, "later")
        else:
            record = again.predict_again(record, study(), CPU, "later")
            assert again.outdated_tests(record, study()) == {}
            assert record.tests["eight"]["n"] == 16


def test_all_tables_of_a_study_become_one_long_table(sets):
    for train in ("eight", "seven"):
        finish(study(), train)
    long = collect("mini")
    missing = long[P_CONTEMPT].isna()
    assert set(long["train"][missing]) == {"seven"}
    assert set(long["train"][~missing]) == {"eight"}
    assert load_dataset("eight").name == "eight"
