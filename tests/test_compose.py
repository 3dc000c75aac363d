"""`fer data compile` and `fer data balance`, as a user calls them."""

import json

import pandas as pd
import pytest

from fer_core.cli import compose, main
from fer_core.data.copies import pairs
from fer_core.data.dataset import dataset_dir
from fer_core.data.prepare.add import add_dataset
from fer_core.emotions import EMOTIONS
from fer_core.files import read_json
from tests.data.made import faces, write_folder
from tests.data.prepare.candidates import CentreCutter, candidates, photos


@pytest.fixture
def fer(capsys):
    """Run the command in this process: exit code, standard output, standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main([str(argument) for argument in arguments])
        return int(stop.value.code or 0), *capsys.readouterr()

    return call


@pytest.fixture
def prepared(data_home, tmp_path):
    for name in ("ann", "bob"):
        source = write_folder(tmp_path / name, faces(4))
        add_dataset("folder", source, as_name=name, progress=False)


def test_compile_tells_what_of_each_source_is_in_each_split(fer, prepared):
    code, out, _ = fer("data", "compile", "both", "--of", "ann", "--of", "bob", "--size", "24")
    assert code == 0
    assert out.startswith("both: 24 images, 0 excluded")
    head, *lines = out.splitlines()[1:]
    assert head.split() == ["source", "split", "angry", "happy", "sad"]
    assert sum(int(n) for line in lines for n in line.split()[2:]) == 24
    code, out, _ = fer("data", "compile", "both", "--of", "ann", "--of", "bob", "--json")
    assert json.loads(out)["card"]["sources"] == ["ann", "bob"]


def test_compile_searches_for_near_copies_unless_it_is_told_not_to(fer, prepared, monkeypatch):
    asked = []
    near = pd.DataFrame(columns=["dataset_a", "sample_a", "dataset_b", "sample_b"], dtype=str)

    def search(datasets: list) -> pd.DataFrame:
        asked.append([dataset.name for dataset in datasets])
        return near

    monkeypatch.setattr(pairs, "near_table", search)
    of = ("--of", "bob", "--of", "ann")
    assert fer("data", "compile", "x", *of)[0] == 0
    assert read_json(dataset_dir("x") / "dataset.json")["compiled"]["near"]
    assert fer("data", "compile", "y", *of, "--no-near")[0] == 0
    assert not read_json(dataset_dir("y") / "dataset.json")["compiled"]["near"]
    assert fer("data", "compile", "z", *of, "--split", "own")[0] == 0
    assert asked == [["ann", "bob"]]


def test_a_source_that_is_not_there_is_one_line(fer, prepared):
    code, _, err = fer("data", "compile", "both", "--of", "ann", "--of", "eve")
    assert code == 2
    assert err.startswith("error: unknown dataset 'eve'")
    assert err.count("\n") == 1


@pytest.fixture
def cutters(monkeypatch):
    """What is asked of every cutter; a simple one stands in for the nets."""
    asked = []

    def make(chosen: dict) -> CentreCutter:
        asked.append(chosen)
        return CentreCutter()

    monkeypatch.setattr(compose, "make_cutter", make)
    return asked


def test_balance_makes_a_folder_that_can_be_added(fer, data_home, tmp_path, cutters):
    source, out = candidates(tmp_path, photos(3)), tmp_path / "out"
    code, text, _ = fer("data", "balance", source, out, "--per-class", 2)
    assert code == 0
    assert f"fer data add btfer {out}" in text.replace("\n", "")
    assert cutters == [{"margin": "20 px", "align": False}]
    code, text, _ = fer("data", "add", "btfer", out, "--size", 16, "--json")
    assert json.loads(text)["counts"]["split"]["test"] == dict.fromkeys(EMOTIONS, 2)


def test_balance_hands_margin_and_policy_on_and_never_writes_over_a_set(fer, tmp_path, cutters):
    source, out = candidates(tmp_path, photos(1)), tmp_path / "out"
    code, text, _ = fer(
        *("data", "balance", source, out, "--per-class", 1, "--margin", "10px"),
        *("--several", "exclude", "--json"),
    )
    assert code == 0
    assert cutters == [{"margin": "10 px", "several": "exclude", "align": False}]
    assert json.loads(text)["classes"]["sad"]["chosen"] == 1
    assert fer("data", "balance", source, out, "--per-class", 1)[0] == 2


def test_a_published_split_is_taken_over_and_kept_when_the_set_is_added_again(
    fer, prepared, tmp_path
):
    folder, theirs = dataset_dir("ann"), tmp_path / "theirs.csv"
    listed = pd.read_csv(folder / "split.csv", dtype=str, keep_default_na=False)
    before = read_json(folder / "dataset.json")
    turned = listed["split"].map({"train": "test", "test": "val", "val": "train"})
    listed.assign(split=turned).to_csv(theirs, index=False, lineterminator="\n")
    code, out, _ = fer("data", "split", "ann", theirs)
    after = read_json(folder / "dataset.json")
    assert code == 0
    assert after["split_hash"] in out
    assert after["split_hash"] != before["split_hash"]
    assert after["store"] == before["store"]
    add_dataset("folder", tmp_path / "ann", as_name="ann", progress=False)
    assert read_json(folder / "dataset.json") == after
    assert fer("data", "split", "ann", theirs, "--hash", after["split_hash"])[0] == 0


def test_a_split_of_other_images_changes_nothing(fer, prepared, tmp_path):
    before = read_json(dataset_dir("ann") / "dataset.json")
    (tmp_path / "wrong.csv").write_text("sample_id,split\nhappy/00,train\n")
    assert fer("data", "split", "ann", tmp_path / "wrong.csv")[0] == 2
    code, _, error = fer("data", "split", "ann", dataset_dir("ann") / "split.csv", "--hash", "abc")
    assert code == 2
    assert "not abc" in error
    assert fer("data", "split", "phantom-lab", tmp_path / "wrong.csv")[0] == 2
    assert read_json(dataset_dir("ann") / "dataset.json") == before
