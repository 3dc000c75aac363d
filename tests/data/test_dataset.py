"""A prepared folder: what was prepared when people had other words is read as of today."""

import pandas as pd
import pytest

from fer_core.data import registry
from fer_core.data.dataset import dataset_dir
from fer_core.data.load import load_dataset
from fer_core.data.own import Own
from fer_core.data.phantom import generate
from fer_core.data.prepare.add import (
    add_dataset,
    finish_dataset,
    pack_dataset,
    plan_dataset,
)
from fer_core.data.prepare.compile import compile_datasets, open_compiled
from fer_core.data.prepare.plan import PLAN, read_plan
from fer_core.data.registry import Entry
from fer_core.files import read_json, sha256_file, write_json
from tests.data.made import card, faces, write_folder

WORDS = {'"persons"': '"subjects"', '"person_space"': '"identities"', '"person"': '"subject"'}
SAID = Own(person=r"^(\w+)/", map={"subject": "happy"})


def in_words_of_before(path):
    text = path.read_text()
    for now, then in WORDS.items():
        text = text.replace(now, then)
    path.write_text(text)


def as_before(name):
    """Write the prepared folder `name` anew as it would have been before."""
    folder = dataset_dir(name)
    in_words_of_before(folder / "dataset.json")
    path = folder / "index.parquet"
    index = pd.read_parquet(path).rename(columns={"person": "subject"})
    if "planted" in index:
        index["planted"] = index["planted"].replace("person", "identity")
    index.to_parquet(path, index=False)
    facts = read_json(folder / "dataset.json")
    facts["index"] = {"bytes": path.stat().st_size, "sha256": sha256_file(path)}
    write_json(folder / "dataset.json", facts)


@pytest.fixture
def source(data_home, tmp_path):
    files = {name.replace("happy/", "subject/"): content for name, content in faces(4).items()}
    return write_folder(tmp_path / "s", files)


def add(source, name):
    add_dataset("folder", source, as_name=name, size=16, progress=False, own=SAID)
    return load_dataset(name)


def test_a_set_prepared_before_is_the_same_set_and_is_not_prepared_again(source):
    made = add(source, "mine")
    as_before("mine")
    pixels = dataset_dir("mine") / "pixels.npy"
    packed = pixels.stat().st_mtime_ns
    found = load_dataset("mine", verify=True)
    assert set(found.index["person"]) == {"subject", "sad", "anger"}
    assert found.index.equals(made.index)
    assert (found.card, found.fingerprint) == (made.card, made.fingerprint)
    assert found.own == SAID.given, "a folder's name that is a word of before is left alone"
    assert add(source, "mine").own == SAID.given
    assert pixels.stat().st_mtime_ns == packed


def test_a_generated_set_prepared_before_is_read_with_what_was_planted(data_home, monkeypatch):
    table, pixels = generate("phantom-lab", n=70)
    facts = {"store_size": pixels.shape[1], "channels": 3, "person_space": "phantom"}
    drawn = Entry(card(name="lab", generated={"n": 70}, **facts), generate=lambda: (table, pixels))
    monkeypatch.setitem(registry._ENTRIES, "lab", drawn)
    made = load_dataset("lab")
    as_before("lab")
    found = load_dataset("lab", verify=True)
    assert found.index.equals(made.index)
    assert "person" in set(found.index["planted"])


def test_a_set_compiled_before_outlives_its_sources(source):
    for name in ("ann", "bob"):
        add(source, name)
    compile_datasets("both", ["ann", "bob"], progress=False)
    made = open_compiled("both")
    as_before("both")
    for name in ("ann", "bob"):
        dataset_dir(name).rename(dataset_dir(f"gone-{name}"))
    found = open_compiled("both", verify=True)
    assert found.card == made.card
    assert found.card.persons.startswith("ann: 3 known, read from the paths by")
    assert found.index.equals(made.index)


def test_a_plan_made_before_is_packed_and_finished(source):
    made = add(source, "mine")
    plan_dataset("folder", source, "mine", 16, own=SAID)
    path = dataset_dir("mine").with_name(".mine.building") / PLAN
    in_words_of_before(path)
    assert "subject" in read_plan("mine")["request"]["own"]
    pack_dataset("mine", progress=False)
    assert finish_dataset("mine").fingerprint == made.fingerprint
