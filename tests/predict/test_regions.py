"""Where eyes and mouth lie on average in the pictures of a data set."""

import numpy as np
import pytest

from fer_core.data.load import load_dataset
from fer_core.data.select import test_rows as rows_of_the_test
from fer_core.files import read_json, write_json
from fer_core.heat_maps import regions_file
from fer_core.predict import regions as module
from fer_core.predict.regions import leave_regions, regions
from tests.data.made import faces, write_folder

POINTS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.75], [0.65, 0.75]])


def test_boxes_are_measured_by_the_distance_between_the_eyes():
    boxes = module._boxes(POINTS)
    assert boxes["eyes"] == pytest.approx([0.1, 0.2, 0.9, 0.5])
    assert boxes["mouth"] == pytest.approx([0.25, 0.6167, 0.75, 0.8833])
    low = module._boxes(POINTS + np.array([0, 0.2]))
    assert low["mouth"][3] == 1, "a box ends where the picture does"


def test_the_places_of_drawn_faces_are_those_that_were_drawn(homes, finished):
    dataset = load_dataset("phantom-lab")
    found = regions(dataset)
    assert found["images"] == found["found"] == min(len(rows_of_the_test(dataset)), module.ASKED)
    (x0, y0, x1, y1), (left, top, right, bottom) = found["eyes"], found["mouth"]
    assert 0 < y0 < y1 <= top < bottom < 1, "brows and eyes are above the mouth"
    assert x0 < left < 0.5 < right < x1
    index = dataset.index.iloc[rows_of_the_test(dataset)]
    near = {"atol": 0.02}  # of a part of the images
    np.testing.assert_allclose(found["mouth"][3], index["mouth_y1"].mean(), **near)
    np.testing.assert_allclose(found["eyes"][1], index["brow_y0"].mean(), **near)
    np.testing.assert_allclose(found["eyes"][3], index["eyes_y1"].mean(), **near)


def test_pictures_without_a_face_have_no_places(tmp_path, monkeypatch):
    from fer_core.data.prepare.add import add_dataset

    monkeypatch.setenv("FER_DATA", str(tmp_path / "data"))
    made = add_dataset("folder", write_folder(tmp_path / "x", faces(6)), "mine", progress=False)
    monkeypatch.setattr(module, "test_rows", lambda dataset: np.arange(len(dataset.index)))
    assert regions(made) == {"images": len(made.index), "found": 0}


def test_they_are_left_once_and_again_when_the_set_changes(homes, finished, monkeypatch):
    dataset = load_dataset("phantom-lab")
    path = regions_file("other", "phantom-lab")
    leave_regions("other", dataset)
    first = read_json(path)
    assert first["fingerprint"] == dataset.fingerprint
    write_json(path, {**first, "found": 1})
    leave_regions("other", dataset)
    assert read_json(path)["found"] == 1
    write_json(path, {**first, "found": 1, "fingerprint": "old"})
    leave_regions("other", dataset)
    assert read_json(path) == first
