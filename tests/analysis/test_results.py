"""The result of a study: made once, from its files, with the persons that they name."""

import pandas as pd
import pytest

from fer_core import paths
from fer_core.analysis.keys import Key
from fer_core.analysis.results import study_result
from fer_core.data.summary import write_summary
from fer_core.errors import FerError
from fer_core.persons import persons_file, with_persons, write_persons
from tests.data.made import dataset


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    return tmp_path


def index(*rows):
    made = {"excluded": "", "split": "test"}
    columns = ["sample_id", "person", "excluded", "split"]
    return pd.DataFrame([{**made, **row} for row in rows])[columns]


def test_persons_are_kept_as_numbers_without_names(results):
    rows = [("b1", "Zoe Zest"), ("a2", "Ann"), ("a1", "Zoe Zest"), ("a3", "")]
    extra = [{"sample_id": "x", "person": "Ann", "split": "train"}]
    extra += [{"sample_id": "y", "person": "Ann", "excluded": "tie"}]
    named = [{"sample_id": sample, "person": person} for sample, person in rows]
    write_persons("s", "d", index(*named, *extra))
    text = persons_file("s", "d").read_text()
    assert text == "sample_id,person\na1,0\na2,1\nb1,0\n"
    table = pd.DataFrame(
        {"test": "d", "sample_id": ["a3", "b1", "a1", "other"]}, index=[7, 7, 2, 2]
    )
    assert with_persons(table, "s")["person"].tolist() == ["", "0", "0", ""]
    write_persons("s", "d", index({"sample_id": "a", "person": ""}))
    assert not persons_file("s", "d").exists()
    assert with_persons(table, "s")["person"].tolist() == [""] * 4


def test_a_damaged_table_of_persons_is_an_error_with_a_way_out(results):
    persons_file("s", "d").parent.mkdir(parents=True)
    persons_file("s", "d").write_text("sample_id\na\n")
    with pytest.raises(FerError, match=r"'person'.*fer summarise s"):
        with_persons(pd.DataFrame({"test": ["d"], "sample_id": ["a"]}), "s")


def test_a_summary_writes_the_persons_of_test_and_validation_images(results):
    rows = [{"split": split, "person": "ann"} for split in ("train", "val", "test")]
    write_summary("s", dataset(rows))
    (file,) = (paths.results_dir() / "s" / "data").glob("*.persons.csv")
    assert len(file.read_text().splitlines()) == 3


def test_a_result_is_made_once_and_anew_when_its_files_change():
    result = study_result("methods")
    assert study_result("methods") is result
    assert result.outcomes is result.outcomes
    assert study_result("open") is not result


def test_the_committed_results_draw_london_by_person_and_fer2013_by_image():
    found = study_result("methods").outcomes
    units = {key.test: outcome.unit for key, outcome in found.items()}
    assert units == {"fer2013": "image", "london": "person"}
    assert found[Key("dan", "fer2013", "london")].drawn.persons == 102
    assert study_result("methods").in_views == found
    assert all(outcome.unit == "image" for outcome in study_result("methods").validation.values())


def test_of_some_models_a_result_is_that_of_all_for_these():
    whole, some = study_result("open"), study_result("open", ["resnet10t-48"])
    mine = {key: outcome for key, outcome in whole.outcomes.items() if key.model == "resnet10t-48"}
    assert list(some.outcomes) == list(mine)
    for key, outcome in some.outcomes.items():
        assert outcome.estimate("accuracy") == mine[key].estimate("accuracy")
        assert outcome.estimate("macro_f1") == mine[key].estimate("macro_f1")
    for key, outcome in some.raters.items():
        assert outcome.estimate("macro_f1") == whole.raters[key].estimate("macro_f1")
    assert list(some.raters) == list(whole.raters)
    with pytest.raises(FerError, match="resnet-typo"):
        study_result("open", ["resnet-typo"])
    assert study_result("open", []).outcomes == {}


def test_other_persons_are_another_result(tmp_path, monkeypatch):
    whole = paths.results_dir() / "methods"
    (tmp_path / "methods").mkdir()
    for part in whole.iterdir():
        if part.name != "data":
            (tmp_path / "methods" / part.name).symlink_to(part)
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    key = Key("dan-tiny", "fer2013", "london")
    before = study_result("methods")
    assert before.outcomes[key].unit == "image"
    file = persons_file("methods", "london")
    file.parent.mkdir()
    file.write_text((whole / "data" / "london.persons.csv").read_text())
    assert study_result("methods") is not before
    assert study_result("methods").outcomes[key].unit == "person"
