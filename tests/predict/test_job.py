"""One run of the grid, on phantoms cut short: prepare, fit, predict, explain, finish."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch.nn.functional import adaptive_avg_pool2d

from fer_core import job as run
from fer_core.emotions import EMOTION_INDEX, EMOTIONS
from fer_core.errors import FerError, UnknownNameError
from fer_core.models import FromPicture, Input, load_model, save_weights
from fer_core.models.input import as_images
from fer_core.predict import explain
from fer_core.predict.views import predict
from fer_core.predictions import PROBABILITIES, read_predictions
from fer_core.recipe import Recipe
from fer_core.records import table_path
from fer_core.runs import find_runs, read_run, read_validation, status_of
from fer_core.study import ModelSpec, Study
from fer_core.training.logits import preprocess_for
from tests.predict.small_run import SETS, STUDY, shorten

CPU = torch.device("cpu")


def test_the_page_of_a_run_shows_every_switch_whole(homes):
    spec = ModelSpec(backbone="dmue-tiny", input_size=48, options={"variant": "corrected"})
    study = Study(**{**STUDY.model_dump(), "models": {"dmue": spec}, "recipe": Recipe()})
    job = run.prepare(study, "dmue", "phantom-lab", 0, device="cpu", threads=1)
    shown = job.describe()
    for name, value in job.model.options.items():
        assert shown.loc[f"switch {name}", "this run"].split(" (")[0] == str(value)
    assert shown.loc["switch gamma", "this run"] == "30.0 (published: 1000.0)"
    assert shown.loc["switch beta", "this run"] == "6"
    assert "..." not in shown.to_html()


def test_fit_reads_no_pixel_of_a_test_split(finished):
    job, _, spy = finished
    assert set(job.train.index["split"].iloc[sorted(set(spy.read))]) == {"train", "val"}


def test_a_finished_run_is_found_with_every_table_of_its_study(finished):
    job, record, _ = finished
    assert find_runs("mini") == [record]
    assert status_of("mini", job.cell).state == "done"
    for view in STUDY.views:
        tables = read_run(record, view)
        assert {name: len(table) for name, table in tables.items()} == {name: 60 for name in SETS}
        assert len(read_validation(record, view)) == 80
    left = {path.name for path in job.folder.iterdir()}
    maps = {"cam.parquet", "cam_images.parquet"}
    assert left == {"run.json", "history.csv", "predictions", "model.safetensors"} | maps
    assert json.loads((job.folder / "run.json").read_text())["parameters"] > 100_000


def test_the_summaries_of_all_data_sets_are_left_for_the_report(finished, homes):
    names = {path.name for path in (homes / "results" / "mini" / "data").iterdir()}
    ends = (".json", ".split.csv", ".persons.csv", ".regions.json")
    assert names == {f"{name}{end}" for name in SETS for end in ends}


def test_the_saved_weights_predict_what_the_tables_say(finished):
    job, _, _ = finished
    model = load_model(job.folder / "model.safetensors")
    dataset = job.tests["phantom-web"]
    rows = run.test_rows(dataset)
    for view, found in predict(model, dataset.store, rows, CPU, STUDY.views).items():
        table = read_predictions(table_path(job.folder, "phantom-web", view))
        assert table[list(PROBABILITIES)].to_numpy() == pytest.approx(found, abs=1e-5)
        assert table["sample_id"].tolist() == dataset.index["sample_id"].iloc[rows].tolist()
        assert table["emotion"].tolist() == dataset.index["emotion"].iloc[rows].tolist()


def test_the_saved_weights_and_the_record_say_how_pictures_became_pixels(finished):
    job, record, _ = finished
    takes = load_model(job.folder / "model.safetensors").input
    assert takes == job.model.input == Input.model_validate(record.input)
    assert (takes.picture.how, takes.picture.side) == ("generated", job.train.store.size)
    prepare = FromPicture(takes)
    pixels = job.train.store.batch(np.arange(3))
    seen = preprocess_for(job.model, CPU)(as_images(pixels))
    for image, tensor in zip(pixels, seen, strict=True):
        assert torch.equal(prepare(Image.fromarray(image))[0], tensor)


def test_the_validation_table_gives_the_selected_score(finished):
    job, record, _ = finished
    table = read_validation(record)
    answer = table[list(PROBABILITIES)].to_numpy().argmax(axis=1)
    accuracy = (answer == table["emotion"].map(EMOTION_INDEX)).mean()
    history = pd.read_csv(job.folder / "history.csv")
    kept = history[history["selected"] == 1].iloc[0]
    assert accuracy == pytest.approx(kept["val_accuracy"])
    assert record.selection["epoch"] == kept["epoch"]
    assert record.selection["value"] == pytest.approx(kept["val_macro_f1"])


def test_grad_cam_is_kept_for_the_first_right_and_wrong_image_of_each_emotion(finished):
    job, _, _ = finished
    cam = pd.read_parquet(job.folder / "cam.parquet")
    assert set(cam["test"]) == set(SETS)
    for entry in cam.itertuples():
        grid = np.asarray(entry.grid).reshape(entry.height, entry.width)
        assert np.isfinite(grid).all()
        assert 0 <= grid.min() <= grid.max() <= 1
    table = read_predictions(table_path(job.folder, "phantom-lab", "clean"))
    named = np.array(EMOTIONS)[table[list(PROBABILITIES)].to_numpy().argmax(axis=1)]
    for emotion in EMOTIONS:
        true = table["emotion"] == emotion
        entries = cam[(cam["test"] == "phantom-lab") & (cam["emotion"] == emotion)]
        for rule, which in (("first correct", named == emotion), ("first wrong", named != emotion)):
            expected = sorted(table["sample_id"][true & which])[:1]
            assert entries["sample_id"][entries["rule"] == rule].tolist() == expected
        assert f"mean of {min(true.sum(), 32)}" in set(entries["rule"])


def test_small_maps_are_kept_of_right_and_of_wrong_images_of_each_answer(finished, monkeypatch):
    job, _, _ = finished
    small = pd.read_parquet(job.folder / "cam_images.parquet")
    assert set(small["test"]) == set(SETS)
    table = read_predictions(table_path(job.folder, "phantom-lab", "clean"))
    mine = small[small["test"] == "phantom-lab"].set_index("sample_id")
    assert sorted(mine.index) == sorted(table["sample_id"]), "there are fewer than may be kept"
    named = np.array(EMOTIONS)[table[list(PROBABILITIES)].to_numpy().argmax(axis=1)]
    assert mine["predicted"][table["sample_id"]].tolist() == named.tolist()
    whole = pd.read_parquet(job.folder / "cam.parquet")
    whole = whole[(whole["test"] == "phantom-lab") & (whole["sample_id"] != "")]
    for entry in whole.itertuples():
        grid = np.asarray(entry.grid).reshape(entry.height, entry.width)
        shrunk = adaptive_avg_pool2d(torch.from_numpy(grid.copy())[None], 12)[0].numpy()
        kept = np.asarray(mine["grid"][entry.sample_id]).reshape(12, 12) / 255
        assert np.abs(kept - shrunk).max() < 0.01
    monkeypatch.setattr(explain, "EACH", 2)
    few = explain.explain_images(job.model, "x", job.tests["phantom-lab"], table, CPU)
    sizes = few.groupby(["predicted", few["emotion"] == few["predicted"]]).size()
    whole_sizes = mine.groupby(["predicted", mine["emotion"] == mine["predicted"]]).size()
    assert sizes.tolist() == whole_sizes.clip(upper=2).tolist()


def test_grad_cam_leaves_sets_out_whose_images_may_not_be_shown(finished, monkeypatch, tmp_path):
    job, _, _ = finished
    monkeypatch.setattr(explain, "is_publishable", lambda name: name == "phantom-web")
    try:
        assert set(job.explain()["test"]) == {"phantom-web"}
        monkeypatch.setattr(job, "tests", {"phantom-lab": job.tests["phantom-lab"]})
        assert job.explain().empty
        assert pd.read_parquet(job.folder / "cam.parquet").empty
        small = pd.read_parquet(job.folder / "cam_images.parquet")
        assert set(small["test"]) == {"phantom-lab"}, "its own, which show no pixel"
    finally:
        monkeypatch.undo()
        job.explain()


def test_heat_maps_come_back_from_the_weights_alone(finished):
    job, record, _ = finished
    path = job.folder / "cam.parquet"
    before = pd.read_parquet(path)
    path.unlink()
    (job.folder / "cam_images.parquet").unlink()
    assert len(explain.explain_run(record, torch.device("cpu"))) == len(before)
    after = pd.read_parquet(path)
    assert len(pd.read_parquet(job.folder / "cam_images.parquet")) == 120
    pd.testing.assert_frame_equal(before.drop(columns="grid"), after.drop(columns="grid"))
    assert np.abs(np.stack(before["grid"]) - np.stack(after["grid"])).max() < 1e-3


def test_heat_maps_are_not_made_from_predictions_of_another_run(finished):
    _, record, _ = finished
    tests = {**record.tests, "phantom-web": {"n": 60, "views": {"clean": {"sha256": "0" * 64}}}}
    with pytest.raises(FerError, match=r"phantom-web/clean\.parquet is not the table that run\."):
        explain.explain_run(record.model_copy(update={"tests": tests}), torch.device("cpu"))


def test_heat_maps_are_not_made_from_the_weights_of_another_run(finished):
    job, record, _ = finished
    path = job.folder / "model.safetensors"
    kept = path.read_bytes()
    model = load_model(path)
    with torch.no_grad():
        next(model.net.parameters()).add_(1)
    about = {"spec": record.spec, "input": record.input}
    try:
        save_weights(model.net, path, about)
        with pytest.raises(FerError, match=r"model\.safetensors is not the net of this run"):
            explain.explain_run(record, torch.device("cpu"))
    finally:
        path.write_bytes(kept)


def test_without_the_weights_heat_maps_cannot_be_made_anew(finished, results_home):
    _, record, _ = finished
    with pytest.raises(FerError, match="weights are not shared"):
        explain.explain_run(record, torch.device("cpu"))


def test_the_same_cell_run_again_gives_the_same_numbers(finished, monkeypatch, tmp_path):
    _, record, _ = finished
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    job = shorten(run.prepare(STUDY, "small", "phantom-lab", 0, device="cpu", threads=1))
    job.fit()
    job.predict()
    again = job.finish()
    assert again.weights_sha256 == record.weights_sha256
    assert again.tests == record.tests
    assert again.selection == record.selection


def test_a_run_without_predictions_is_not_finished(homes, few):
    job = run.prepare(STUDY, "small", "phantom-lab", 0, device="cpu", threads=1)
    with pytest.raises(FerError, match="call fit"):
        job.finish()


def test_a_leaking_split_is_refused_unless_the_study_names_it(homes, few):
    silent, kept = (
        STUDY.model_copy(update={"leaks": rule}) for rule in ({}, {"phantom-lab": "keep"})
    )
    with pytest.raises(FerError, match="phantom-lab: drop"):
        run.prepare(silent, "small", "phantom-lab", 0, device="cpu", threads=1)
    more = run.prepare(kept, "small", "phantom-lab", 0, device="cpu", threads=1)
    less = run.prepare(STUDY, "small", "phantom-lab", 0, device="cpu", threads=1)
    assert len(more.rows.train) > len(less.rows.train)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (("smal", "phantom-lab", 0), "unknown model 'smal'; did you mean small"),
        (("small", "phantom-lap", 0), "did you mean phantom-lab"),
        (("small", "phantom-lab", 7), "unknown seed '7'"),
    ],
)
def test_an_unknown_name_is_one_line_with_the_valid_ones(homes, cell, message):
    with pytest.raises(UnknownNameError, match=message):
        run.prepare(STUDY, *cell)


def test_a_net_with_a_fixed_input_is_refused_other_sides_before_it_trains(homes, few):
    fixed = ModelSpec(backbone="lenet5", input_size=48)
    study = STUDY.model_copy(update={"models": {"net": fixed}, "recipe": Recipe()})
    wider = study.model_copy(update={"views": ("clean", "side-64")})
    with pytest.raises(
        FerError, match=r"net has a fixed input of 48 px, so it has no view side-64"
    ):
        run.prepare(wider, "net", "phantom-lab", 0, device="cpu", threads=1)
    assert not (homes / "results" / "mini" / "net").exists()
