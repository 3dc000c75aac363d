"""Names are folders, addresses and headings: nothing else may stand for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.errors import FerError
from fer_core.names import is_name, require_name
from fer_core.records import read_record, run_dir, write_record
from fer_core.study import list_studies, load_study
from tests.finished import make_record

HOSTILE = (
    "<img src=x onerror=alert(1)>", "q'-alert(2)-'q", "../../../x", "/abs", "a/b", "..", ".", "",
    "a..b", "a.", ".a", "-a", "A", "a b", "a\n", "é", "a" * 65, "{a}", "a\x1b[31m", "a\\b", "con:",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_name_is_refused_wherever_it_enters(name, tmp_path, results_home):
    assert not is_name(name)
    with pytest.raises(FerError, match="is no name here"):
        require_name(name)
    file = tmp_path / "mine.yml"
    for where in ("model", "train", "test"):
        models = {name if where == "model" else "net": {"backbone": "resnet18"}}
        sets = {key: [name if where == key else "a"] for key in ("train", "test")}
        file.write_text(json.dumps({"title": "t", "models": models, **sets}))
        with pytest.raises(FerError, match=r"mine\.yml"):
            load_study(str(file))
    record = make_record().model_dump(mode="json") | {"model": name}
    folder = run_dir("mini", "small", "lab", 0)
    write_record(make_record())
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(FerError, match=r"run\.json"):
        read_record(folder)


@given(st.text(max_size=80))
def test_a_name_is_safe_in_a_path_an_address_and_a_page(text):
    if is_name(text):
        assert text.isascii()
        assert not set(text) & set("/\\<>&\"'{}$`|:;?#% \n\t")
        assert ".." not in text
        assert not text.startswith(".")


def test_the_names_of_the_committed_studies_are_names():
    for study in list_studies():
        loaded = load_study(study)
        assert all(map(is_name, (study, *loaded.models, *loaded.train, *loaded.test)))


def test_a_record_that_names_another_cell_is_refused(results_home):
    write_record(make_record())
    folder = run_dir("mini", "small", "lab", 0)
    other = run_dir("mini", "other", "lab", 0)
    other.parent.mkdir(parents=True)
    folder.rename(other)
    with pytest.raises(FerError, match=r"is the record of mini/small/lab/seed0, not of its folder"):
        read_record(other)
