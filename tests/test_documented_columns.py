"""results/README.md documents the columns that the tables have."""

import re
from pathlib import Path

from fer_core import heat_maps, history, trials
from fer_core.data.prepare.add import add_dataset
from fer_core.raters import RaterRecord, RaterTest
from tests.data.made import faces, write_folder

TEXT = (Path(__file__).resolve().parent.parent / "results" / "README.md").read_text()


def documented(file):
    name, comma, part = file.partition(", ")
    first = f"`{re.escape(name)}`{comma}{part}"
    return tuple(re.findall(rf"^\| {first} \| `(\w+)` \| \w.* \|$", TEXT, re.MULTILINE))


def test_the_columns_of_a_run_are_documented():
    assert documented("history.csv") == history.COLUMNS
    assert documented("cam.parquet") == heat_maps.COLUMNS
    assert documented("cam_images.parquet") == heat_maps.IMAGES


def test_the_fields_of_a_rater_are_documented():
    assert documented("rater.json") == tuple(RaterRecord.model_fields)
    assert documented("rater.json, a test set") == tuple(RaterTest.model_fields)


def test_what_a_search_leaves_is_documented():
    assert documented("search.json") == tuple(trials.SearchRecord.model_fields)
    assert documented("trials.csv") == trials.COLUMNS


def test_the_columns_of_an_index_are_documented(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_DATA", str(tmp_path / "data"))
    source = write_folder(tmp_path / "faces", faces(4))
    made = add_dataset("folder", source, as_name="mine", progress=False)
    assert tuple(made.index.columns) == documented("index.parquet")
    assert (tmp_path / "data" / "mine" / "index.parquet").is_file()
