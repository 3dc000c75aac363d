"""A published split: the list that comes with a set gives the same split back, or says why not."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from fer_core.data.dataset import dataset_dir
from fer_core.data.index import split_hash, split_list
from fer_core.data.prepare.add import add_dataset
from fer_core.data.splits import SEED, apply_split, complete_split, read_split
from fer_core.errors import FerError
from tests.data.made import faces, rows, write_folder

RECORDS = [
    {"emotion": ("happy", "sad")[i % 2], "split": "", "sha256": f"h{i // 2}"} for i in range(40)
]


def published(folder: Path, columns: tuple[str, ...] = ("sample_id", "emotion", "split", "group")):
    """A split of RECORDS as somebody else publishes it: file and hash."""
    index = rows(RECORDS)
    index["split"] = complete_split(index, SEED + 1)
    path = folder / "split.csv"
    split_list(index)[list(columns)].to_csv(path, index=False, lineterminator="\n")
    return path, split_hash(index)


def test_the_hash_of_the_published_file_is_the_split_hash(data_home, tmp_path):
    source = write_folder(tmp_path / "s", faces())
    dataset = add_dataset("folder", source, as_name="mine", progress=False)
    content = (dataset_dir("mine") / "split.csv").read_bytes()
    assert hashlib.sha256(content).hexdigest() == dataset.split_hash
    assert content.splitlines()[0] == b"sample_id,emotion,split,group"


@pytest.mark.parametrize(
    "columns", [("sample_id", "emotion", "split", "group"), ("split", "sample_id")]
)
def test_a_published_list_gives_its_split_back_in_any_order_of_rows(tmp_path, columns):
    path, expected = published(tmp_path, columns)
    fresh = rows(RECORDS)
    assert split_hash(fresh.assign(split=complete_split(fresh))) != expected
    shuffled = fresh.sample(frac=1, random_state=3)
    split = apply_split(shuffled, read_split(path), expected)
    assert split_hash(shuffled.assign(split=split)) == expected


def test_ids_of_numbers_and_na_stay_the_strings_that_they_are(tmp_path):
    (tmp_path / "split.csv").write_text("sample_id,split\n007,train\nNA,test\n1.0,val\n")
    index = rows([{"sample_id": name} for name in ("1.0", "NA", "007")])
    assert apply_split(index, read_split(tmp_path / "split.csv")).tolist() == [
        "val",
        "test",
        "train",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t.drop(index=[3, 4]),
            r"the split list lacks 2 of 40 images, for example 's0003'",
        ),
        (
            lambda t: pd.concat([t, t.head(1).assign(sample_id="new")]),
            "this data set lacks 1 of 41 images, for example 'new'",
        ),
        (
            lambda t: t.assign(emotion="fear"),
            "'s0000' has the label 'happy', in the split list 'fear'",
        ),
        (
            lambda t: t.assign(group=t["sample_id"]),
            "'s0001' has the copy group 's0000', in the split list 's0001'",
        ),
    ],
)
def test_a_list_of_other_images_labels_or_copies_is_refused(tmp_path, change, message):
    table = change(read_split(published(tmp_path)[0]))
    with pytest.raises(FerError, match=message):
        apply_split(rows(RECORDS), table)


def test_a_list_that_was_changed_has_another_hash(tmp_path):
    path, expected = published(tmp_path, ("sample_id", "split"))
    table = read_split(path)
    table.loc[0, "split"] = "val" if table.loc[0, "split"] != "val" else "test"
    with pytest.raises(FerError, match=f"not {expected}"):
        apply_split(rows(RECORDS), table, expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,split\na,train\n", "lacks the column 'sample_id'"),
        ("sample_id,split\na,train\na,val\n", "lists 'a' twice"),
        ("sample_id,split\na,dev\n", "has the split 'dev'; valid: train, val, test"),
        ("", "names no columns"),
    ],
)
def test_a_file_that_is_no_split_list_is_told(tmp_path, text, message):
    (tmp_path / "split.csv").write_text(text)
    with pytest.raises(FerError, match=message):
        read_split(tmp_path / "split.csv")


def test_a_missing_list_is_told(tmp_path):
    with pytest.raises(FerError, match=r"none\.csv cannot be read .No such file"):
        read_split(tmp_path / "none.csv")
