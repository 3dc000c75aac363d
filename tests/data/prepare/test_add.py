"""Preparing and loading: twice is once, killed goes on, damaged is told, two at a time agree."""

import json
import multiprocessing
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fer_core.data import registry
from fer_core.data.dataset import dataset_dir, prepared_datasets
from fer_core.data.load import load_dataset
from fer_core.data.prepare import add as adding
from fer_core.data.prepare import build, shards
from fer_core.data.prepare import pack as packing
from fer_core.data.prepare.add import add_dataset
from fer_core.data.registry import Entry
from fer_core.errors import FerError, UnknownNameError
from tests.data.made import card, faces, png, write_folder, write_zip


def add(path: Path, **more):
    return add_dataset("folder", path, as_name="mine", progress=False, **more)


def test_a_users_folder_becomes_a_data_set_of_its_own_name(data_home, tmp_path):
    added = add(write_folder(tmp_path / "s", faces()), size=24)
    loaded = load_dataset("mine", verify=True)
    assert loaded.name == loaded.card.name == "mine"
    assert loaded.fingerprint == added.fingerprint
    assert loaded.store.pixels.shape == (30, 24, 24, 1)
    assert not loaded.card.publishable
    assert loaded.index["emotion"].value_counts().to_dict() == {"happy": 10, "sad": 10, "angry": 10}
    assert loaded.index["split"].value_counts().to_dict() == {"train": 21, "test": 6, "val": 3}
    split = pd.read_csv(dataset_dir("mine") / "split.csv")
    assert list(split.columns) == ["sample_id", "emotion", "split", "group"]
    assert prepared_datasets() == ["mine"]
    assert {p.name for p in dataset_dir("mine").iterdir()} == {
        "dataset.json",
        "index.parquet",
        "pixels.npy",
        "split.csv",
    }


def test_a_folder_and_the_archive_of_it_give_the_same_fingerprint(data_home, tmp_path):
    folder = add(write_folder(tmp_path / "s", faces()))
    archive = add(write_zip(tmp_path / "s.zip", faces()))
    assert folder.fingerprint == archive.fingerprint
    assert folder.split_hash == archive.split_hash


def test_colour_is_kept_where_there_is_any(data_home, tmp_path):
    one_colour = {**faces(), "happy/colour.png": png(7, colour=True)}
    dataset = add(write_folder(tmp_path / "s", one_colour))
    assert dataset.store.channels == dataset.card.channels == 3


def test_adding_the_same_files_again_packs_nothing(data_home, tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "s", faces())
    first = add(folder)
    monkeypatch.setattr(adding, "pack", lambda *_: pytest.fail("packed again"))
    assert add(folder).fingerprint == first.fingerprint


def test_adding_changed_files_replaces_the_data_set(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    first = add(folder)
    (folder / "happy" / "00.png").write_bytes(png(999))
    second = add(folder)
    assert second.fingerprint != first.fingerprint
    assert load_dataset("mine", verify=True).fingerprint == second.fingerprint
    assert not list(data_home.glob(".mine*.building"))


def test_an_image_that_cannot_be_read_is_kept_in_the_index_and_excluded(data_home, tmp_path):
    bad = {"happy/text.png": b"no image", "happy/zero.png": b"", "sad/cut.png": png(5)[:400]}
    index = add(write_folder(tmp_path / "s", {**faces(), **bad})).index.set_index("sample_id")
    assert len(index) == 33
    assert index["excluded"]["happy/text"] == "corrupt: not an image"
    assert index["excluded"]["happy/zero"] == "empty"
    assert index["excluded"]["sad/cut"].startswith("corrupt: ")
    assert (index["excluded"] == "").sum() == 30


def test_a_source_without_a_readable_image_is_refused(data_home, tmp_path):
    with pytest.raises(FerError, match="no image could be read; the first one: corrupt: not an"):
        add(write_folder(tmp_path / "s", {"happy/a.png": b"no", "sad/b.png": b"no"}))
    assert prepared_datasets() == []


def test_a_run_killed_after_packing_packs_nothing_again(data_home, tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "s", faces())
    with monkeypatch.context() as patch:
        patch.setattr(build, "write_dataset", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            add_dataset("nhfi", folder, progress=False)
    assert prepared_datasets() == []
    monkeypatch.setattr(packing, "pack_row", lambda *_: pytest.fail("packed again"))
    assert len(add_dataset("nhfi", folder, progress=False).index) == 30


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _add_slowly(folder: Path) -> None:
    pack_row = packing.pack_row

    def slow(*arguments):
        time.sleep(0.01)
        return pack_row(*arguments)

    packing.pack_row = slow
    add_dataset("nhfi", folder, progress=False)


def test_a_process_killed_while_packing_goes_on_and_gives_the_same(
    data_home, tmp_path, monkeypatch
):
    monkeypatch.setattr(shards, "SHARD", 4)
    folder = write_folder(tmp_path / "s", faces())
    process = multiprocessing.get_context("fork").Process(target=_add_slowly, args=(folder,))
    process.start()
    while not list(data_home.glob(".nhfi.building/shard-00001.json")):
        assert process.is_alive()
        time.sleep(0.002)
    process.kill()
    process.join()
    packed = []
    pack_row = packing.pack_row
    monkeypatch.setattr(packing, "pack_row", lambda *a: packed.append(1) or pack_row(*a))
    resumed = add_dataset("nhfi", folder, progress=False)
    assert len(packed) <= 22
    straight = add_dataset("nhfi", folder, as_name="straight", progress=False)
    assert np.array_equal(resumed.store.pixels, straight.store.pixels)
    assert resumed.index.equals(straight.index)


@pytest.mark.parametrize("file", ["pixels.npy", "index.parquet"])
def test_a_damaged_file_is_found(data_home, tmp_path, file):
    folder = write_folder(tmp_path / "s", faces())
    good = add(folder)
    path = dataset_dir("mine") / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(FerError, match="has changed since it was prepared"):
        load_dataset("mine", verify=True)
    assert add(folder).fingerprint == good.fingerprint  # adding again mends it
    assert load_dataset("mine", verify=True).fingerprint == good.fingerprint
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(FerError, match=r"missing or damaged.*add"):
        load_dataset("mine")
    path.unlink()
    with pytest.raises(FerError, match="missing or damaged"):
        load_dataset("mine")


def test_a_known_set_that_is_not_prepared_says_how_to_get_it(data_home):
    with pytest.raises(FerError, match=r"run `fer data add fer2013 PATH`; to obtain it: Kaggle"):
        load_dataset("fer2013")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("fer2103", "did you mean fer2013"), ("folder", ""), ("../etc", "valid"), ("", "valid")],
)
def test_an_unknown_set_names_valid_ones(data_home, name, hint):
    with pytest.raises(UnknownNameError, match=f"unknown dataset {re.escape(repr(name))}.*{hint}"):
        load_dataset(name)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fer2013", None), "fer2013 needs the path of its files: Kaggle"),
        (("fer2013", "/absent.zip"), "/absent.zip does not exist; to obtain fer2013: Kaggle"),
        (("folder", "/tmp"), "needs a name: `fer data add folder PATH --as NAME`"),
        (("folder", "/tmp", "../x"), "is no name here"),
        (("folder", "/tmp", "nhfi"), "is the name of a known data set"),
        (("folder", "/tmp", "mine", 5), "side of 5 pixels is not possible; choose 16 to 1024"),
        (("phantom-lab", "/tmp"), "is generated: it takes no path"),
    ],
)
def test_wrong_arguments_say_what_is_wrong(data_home, arguments, message):
    with pytest.raises(FerError, match=re.escape(message)):
        add_dataset(*arguments)
    assert not list(data_home.glob("*"))


def test_a_set_prepared_by_an_older_reader_is_not_used(data_home, tmp_path):
    add(write_folder(tmp_path / "s", faces()))
    path = dataset_dir("mine") / "dataset.json"
    facts = json.loads(path.read_text())
    facts["card"]["version"] -= 1
    path.write_text(json.dumps(facts))
    with pytest.raises(FerError, match="another version of its reader; `fer data add` it again"):
        load_dataset("mine")


def test_a_set_prepared_in_an_older_format_is_not_used_until_it_is_added_again(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    first = add(folder)
    path = dataset_dir("mine") / "dataset.json"
    facts = json.loads(path.read_text())
    del facts["format"]  # as before there were formats
    path.write_text(json.dumps(facts))
    with pytest.raises(FerError, match="older format; add mine again with `fer data add`"):
        load_dataset("mine")
    assert prepared_datasets() == []
    assert add(folder).fingerprint == first.fingerprint
    assert load_dataset("mine", verify=True).fingerprint == first.fingerprint


def test_the_permission_to_publish_is_todays_not_that_of_the_preparation(data_home, tmp_path):
    add(write_folder(tmp_path / "s", faces()))
    path = dataset_dir("mine") / "dataset.json"
    facts = json.loads(path.read_text())
    facts["card"]["publishable"] = True
    path.write_text(json.dumps(facts))
    assert not load_dataset("mine").card.publishable


def _add_in_process(path: str, results) -> None:
    results.put(add_dataset("folder", path, as_name="mine", progress=False).fingerprint)


def test_two_processes_that_prepare_the_same_set_agree(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", faces())
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    both = [context.Process(target=_add_in_process, args=(str(folder), results)) for _ in range(2)]
    for process in both:
        process.start()
    prints = {results.get(timeout=60) for _ in both}
    for process in both:
        process.join()
    assert prints == {load_dataset("mine", verify=True).fingerprint}


@pytest.fixture
def generated(monkeypatch):
    """A generated set of six images, registered as `made`, that counts how often it is made."""
    made: list[int] = []

    def generate() -> tuple[pd.DataFrame, np.ndarray]:
        made.append(1)
        pixels = np.arange(6, dtype=np.uint8).repeat(16).reshape(6, 4, 4, 1)
        pixels[5] = pixels[0]
        table = pd.DataFrame({"sample_id": [f"m{k}" for k in range(6)], "emotion": "happy"})
        return table.assign(split=["train"] * 3 + ["val", "test", "test"], truth=range(6)), pixels

    registry.list_datasets()
    entry = Entry(card(generated={"n": 6}), generate=generate)
    monkeypatch.setitem(registry._ENTRIES, "made", entry)
    return made


def test_a_generated_set_is_made_on_first_use_only(data_home, generated):
    first = load_dataset("made")
    again = load_dataset("made", verify=True)
    assert len(generated) == 1
    assert again.fingerprint == first.fingerprint
    assert again.index["truth"].tolist() == list(range(6))
    assert again.index["group"].tolist() == ["m0", "m1", "m2", "m3", "m4", "m0"]
    assert again.store.batch([2])[0, 0, 0, 0] == 2
    assert again.index["mean"].tolist() == [0, 1, 2, 3, 4, 0]
    assert again.index["flags"].tolist() == ["flat;dark;tiny"] * 6


def test_a_generated_set_is_made_again_when_its_card_asks_for_another(
    data_home, generated, monkeypatch
):
    load_dataset("made")
    newer = card(generated={"n": 6}, version=2)
    generate = registry._ENTRIES["made"].generate
    monkeypatch.setitem(registry._ENTRIES, "made", Entry(newer, generate=generate))
    load_dataset("made")
    assert len(generated) == 2
