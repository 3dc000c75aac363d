"""A split is official only where it equals the official list; else what differs is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from fer_core.data import registry
from fer_core.data.dataset import Dataset
from fer_core.data.index import build_index, split_list
from fer_core.data.load import load_dataset
from fer_core.data.official import Official
from fer_core.data.origin import split_origin
from fer_core.data.prepare.add import add_dataset
from fer_core.data.prepare.resplit import use_split
from fer_core.data.readers.fer2013_official import official_labels, official_part, row_id
from fer_core.data.registry import Entry
from fer_core.data.screen import Screening
from fer_core.data.store import Store
from fer_core.data.summary import summarise
from fer_core.errors import FerError
from tests.data.made import card, dataset, faces, png, write_folder
from tests.data.miniatures import rafdb
from tests.data.miniatures.fer2013 import PRIVATE, PUBLIC, numbered

FOLDER = {"train": "train", "val": "public_test", "test": "private_test"}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """All rows of FER2013 in their official parts, without any image."""
    labels = official_labels()
    table = pd.DataFrame({"sample_id": [row_id(n) for n in range(len(labels))], "emotion": labels})
    split = official_part(table)
    rest = dict.fromkeys(("path", "source_label", "person", "excluded"), "")
    return table.assign(split=split, source_split=split.map(FOLDER), **rest)


def as_set(rows: pd.DataFrame, reader: str = "fer2013", **changes: object) -> Dataset:
    index = build_index(rows.reset_index(drop=True), list(rows["sample_id"]), [""] * len(rows))
    store = Store(np.zeros((len(index), 1, 1, 1), np.uint8))
    facts = Dataset("made", card(name="made"), index, store, "f" * 64, "e" * 64, reader=reader)
    return replace(facts, **changes)


@pytest.mark.parametrize("reader", ["fer2013", "ferplus"])
def test_every_image_in_its_official_part_is_the_official_split(rows, reader):
    assert split_origin(as_set(rows, reader)) == ("official", "")


def test_the_labels_of_ferplus_do_not_decide_where_its_images_lie(rows):
    relabelled = rows.assign(emotion="neutral")
    assert split_origin(as_set(relabelled, "ferplus")).word == "official"
    assert split_origin(as_set(relabelled, "fer2013")).word == "as distributed"


def test_one_image_less_one_label_changed_or_one_pair_swapped_is_not_official(rows):
    less = split_origin(as_set(rows.iloc[1:]))
    assert less.word == "as distributed"
    assert "every image is in its official part, but 1 official images are missing" in less.note
    label = rows["emotion"].mask(rows.index == 0, "happy")
    assert split_origin(as_set(rows.assign(emotion=label))).word == "as distributed"
    swapped = rows["split"].mask(rows.index == 0, "test").mask(rows.index == PRIVATE, "train")
    origin = split_origin(as_set(rows.assign(split=swapped)))
    assert origin.word == "as distributed"
    assert "3,588 official private test" in origin.note


def test_another_80_20_split_is_told_by_what_its_test_part_holds(rows):
    test = np.random.default_rng(0).permutation(len(rows))[: len(rows) // 5]
    part = pd.Series("train", rows.index).mask(rows.index.isin(test), "test")
    origin = split_origin(as_set(rows.assign(split=part, source_split=part)))
    counts = [int((test < PUBLIC).sum()), int((test >= PRIVATE).sum())]
    assert origin.word == "as distributed"
    assert origin.note.startswith("not the official split: the 7,177 test images are ")
    assert f"{counts[0]:,} official training, " in origin.note
    assert f"{counts[1]:,} official private test" in origin.note
    assert "`--split official` restores it" in origin.note


def test_a_merged_test_part_is_told_and_one_kept_apart_says_what_the_folders_say(rows):
    folder = rows["split"].replace("val", "test")
    merged = split_origin(as_set(rows.assign(split=folder, source_split=folder)))
    assert merged.word == "as distributed"
    assert "the 7,178 test images are 3,589 official public test, 3,589" in merged.note
    apart = split_origin(as_set(rows.assign(source_split=folder)))
    assert apart == (
        "official",
        "the source has 3,589 images in other parts, which `--split distributed` keeps",
    )


def test_the_official_split_of_restored_files_says_nothing_of_choices_that_nobody_made(rows):
    folder = np.where(rows.index % 5 == 0, "validation", "train")
    origin = split_origin(as_set(rows.assign(source_split=folder)))
    assert origin.word == "official"
    assert origin.note.startswith("the source has ")
    assert origin.note.endswith(" images in other parts, which `--split distributed` keeps")


def test_where_only_counts_are_known_they_decide_and_that_is_said(monkeypatch):
    known = dataset([{"split": "train"}, {"split": "val"}, {"split": "test"}])
    known.index["source_split"] = ["train", "train", "validation"]  # one was taken for validation
    official = Official({"train": {"happy": 2}, "test": {"happy": 1}})
    entry = Entry(card(name="counted"), read=lambda source: None, official=official)
    registry.list_datasets()
    monkeypatch.setitem(registry._ENTRIES, "counted", entry)
    origin = split_origin(replace(known, reader="counted"))
    assert origin.word == "official"
    assert origin.note.startswith("by its counts: the list itself is not known here; the source's")
    known.index["emotion"] = "sad"
    assert split_origin(replace(known, reader="counted")).word == "as distributed"


def test_copies_without_telling_names_cannot_be_compared(rows):
    folder = rows["split"].replace("val", "test")
    ids = [f"im{n}" for n in range(len(rows))]
    origin = split_origin(as_set(rows.assign(sample_id=ids, split=folder, source_split=folder)))
    assert origin.word == "as distributed"
    assert "cannot be compared with the official list: the file names of 35,887" in origin.note
    assert "its 7,178 test images are as many as both official test parts have" in origin.note


def test_a_split_of_the_source_a_made_one_and_a_whole_test_set_have_their_own_words(data_home):
    part = [{"split": split} for split in ("train", "val", "test")]
    whole = [{"split": "test"}] * 3
    assert split_origin(dataset(part)) == ("made here", "")
    assert split_origin(dataset(whole)).word == "whole set"
    named = dataset(part)
    named.index["source_split"] = ["training", "valid", "testing"]
    assert split_origin(named) == ("as distributed", "")
    drawn = replace(dataset(whole), card=card(generated={"n": 3}))
    assert split_origin(drawn).word == "made here"
    compiled = replace(dataset(part), card=card(sources=("a", "b"), test_split="of its sources"))
    assert split_origin(compiled) == ("compiled", "of its sources")


def test_a_source_without_a_test_part_says_how_one_is_chosen(told, tmp_path):
    files = {f"images/{part}/{name}": content for part in ("train", "validation")
             for name, content in faces().items()}  # fmt: skip
    source = write_folder(tmp_path / "source", files)
    assert "there is no test part; add it with `--split val-as-test`" in told(
        "add", "folder", source, "--as", "mine"
    )
    assert load_dataset("mine").index["split"].value_counts().to_dict() == {"train": 30, "val": 30}
    chosen = told("add", "folder", source, "--as", "mine", "--split", "val-as-test")
    assert "the source's validation part is the test part" in chosen
    counts = load_dataset("mine").index["split"].value_counts()
    assert counts.to_dict() == {"test": 30, "train": 27, "val": 3}
    assert "the validation part is a tenth of the training part, taken here" in chosen


def test_the_split_that_was_chosen_is_prepared_in_three_steps_as_in_one(told, tmp_path):
    files = {
        name: png(n, 48) for n, name in enumerate(numbered({"train": [0, PUBLIC], "test": [1]}))
    }
    source = write_folder(tmp_path / "source", files)
    assert "not the official split" in told("add", "fer2013", source)
    told("plan", "fer2013", source, "--split", "official")
    told("pack", "fer2013")
    assert "official images are missing" in told("finish", "fer2013")
    official = load_dataset("fer2013")
    assert official.index["split"].tolist() == ["train", "train", "val"]
    again = add_dataset("fer2013", source, split="official", progress=False)
    assert again.fingerprint == official.fingerprint
    assert add_dataset("fer2013", source, progress=False).fingerprint != official.fingerprint


def test_a_published_list_is_named_and_survives_other_thresholds(data_home, tmp_path):
    source = write_folder(tmp_path / "source", faces())
    made = add_dataset("folder", source, as_name="mine", progress=False)
    assert summarise(made)["split_origin"] == "made here"
    split_list(made.index).to_csv(tmp_path / "list.csv", index=False)
    published = use_split("mine", tmp_path / "list.csv")
    assert summarise(published)["split_origin"] == "published list"

    screened = add_dataset(
        "folder", source, as_name="mine", screening=Screening(flat=1.0), progress=False
    )
    assert split_origin(screened) == split_origin(published)
    assert split_origin(load_dataset("mine")).note.startswith("by the list with the SHA-256 ")


def test_a_miniature_of_rafdb_is_not_official_although_its_names_are(data_home, tmp_path):
    source = write_folder(tmp_path / "source", rafdb.distributed())
    origin = split_origin(add_dataset("rafdb", source, progress=False))
    assert origin.word == "as distributed"
    assert "every image is in its official part" in origin.note


@pytest.mark.parametrize("name", ["folder", "nhfi"])
def test_only_a_set_with_an_official_list_can_be_restored(data_home, tmp_path, name):
    files = {f"train/{name}": content for name, content in faces(2).items()}
    source = write_folder(tmp_path / "source", files)
    with pytest.raises(FerError, match=f"no list of the official parts of {name} is known"):
        add_dataset(name, source, as_name="mine", split="official", progress=False)


def test_a_generated_set_has_no_split_to_choose(data_home):
    with pytest.raises(FerError, match="takes no path, other name, size, faces, thresholds, lab"):
        add_dataset("phantom-lab", split="official")
