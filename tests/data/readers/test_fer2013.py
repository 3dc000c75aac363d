"""FER2013: which part an image lies in, whatever a copy makes of the parts."""

import pandas as pd
import pytest

from fer_core.data.origin import chosen_split
from fer_core.data.readers.fer2013_official import (
    OFFICIAL,
    SIZES,
    number_rows,
    official_labels,
    official_part,
)
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import write_folder
from tests.data.miniatures.fer2013 import PRIVATE, PUBLIC, kaggle, numbered


def read(tmp_path, files: dict[str, bytes], choice: str | None = None) -> Reading:
    reading = get_entry("fer2013").read(Source.open(write_folder(tmp_path / "source", files)))
    return chosen_split(reading, "fer2013", choice) if choice else reading


def splits(reading: Reading) -> dict[str, str]:
    return dict(zip(reading.rows["sample_id"], reading.rows["split"], strict=True))


def rows_of(numbers):
    numbers = list(numbers)
    ids = pd.Series([f"fer{row:07d}" for row in numbers], dtype="str")
    return pd.DataFrame({"sample_id": ids, "emotion": official_labels()[numbers]})


def test_the_official_list_has_every_row_once_with_the_published_sizes():
    assert len(official_labels()) == sum(SIZES.values())
    assert {part: sum(n.values()) for part, n in OFFICIAL.counts.items()} == SIZES


@pytest.mark.parametrize("folder", ["validation", "val", "valid", "Validation"])
def test_a_folder_of_validation_images_is_a_layout(tmp_path, folder):
    files = numbered({"images/train": [0, 3], f"images/{folder}": [5, PUBLIC, PRIVATE]})
    assert splits(read(tmp_path, files)) == {
        "fer0000000": "train",
        "fer0000003": "train",
        "fer0000005": "val",
        "fer0028709": "val",
        "fer0032298": "val",
    }


def test_plain_numbers_are_rows_only_where_every_label_agrees(tmp_path):
    right = numbered({"train": [0, 2, 299], "test": [PRIVATE]})
    assert set(splits(read(tmp_path / "a", right))) == {
        "fer0000000",
        "fer0000002",
        "fer0000299",
        "fer0032298",
    }
    wrong = {name.replace("disgust/299", "happy/299"): content for name, content in right.items()}
    assert set(splits(read(tmp_path / "b", wrong))) == {"0", "2", "299", str(PRIVATE)}


def test_numbers_that_begin_anew_in_each_folder_are_no_rows(tmp_path):
    ids = set(splits(read(tmp_path, {"train/angry/0.jpg": b"", "test/angry/0.jpg": b""})))
    assert ids == {"train/angry/0", "test/angry/0"}


def test_public_and_private_test_in_one_folder_are_kept_apart_unless_they_are_wanted_merged(
    tmp_path,
):
    files = numbered({"train": [0, 1], "test": [PUBLIC, PRIVATE]}, "fer{row:07d}.png")
    assert splits(read(tmp_path / "a", files))["fer0028709"] == "val"
    assert splits(read(tmp_path / "b", files, "distributed"))["fer0028709"] == "test"
    named = read(tmp_path / "c", kaggle()).rows
    assert named.set_index("sample_id")["split"].to_dict() == {
        "PrivateTest_10131364": "test",
        "PublicTest_10131363": "val",
        "Training_10118481": "train",
    }
    merged = read(tmp_path / "d", kaggle(), "distributed").rows
    assert merged["split"].tolist() == ["test", "test", "train"]


def test_another_split_is_kept_and_the_official_one_restored_on_request(tmp_path):
    files = numbered({"train": [0, PUBLIC, PRIVATE + 1], "test": [1, PUBLIC + 1, PRIVATE]})
    folders = splits(read(tmp_path / "a", files))
    assert folders["fer0000001"] == folders["fer0028710"] == "test"
    assert splits(read(tmp_path / "b", files, "official")) == {
        "fer0000000": "train",
        "fer0000001": "train",
        "fer0028709": "val",
        "fer0028710": "val",
        "fer0032298": "test",
        "fer0032299": "test",
    }


def test_what_no_name_tells_cannot_be_restored(tmp_path):
    files = {"train/angry/im0.png": b"", "test/angry/im1.png": b""}
    with pytest.raises(FerError, match=r"official part of 2 of 2 images is not told, .*im\d\.png"):
        read(tmp_path, files, "official")


def test_a_validation_part_is_the_test_part_only_on_request(tmp_path):
    files = numbered({"train": [0, 1], "validation": [PUBLIC]})
    assert set(splits(read(tmp_path / "a", files)).values()) == {"train", "val"}
    assert set(splits(read(tmp_path / "b", files, "val-as-test")).values()) == {"train", "test"}
    with pytest.raises(FerError, match="a validation part and no test part"):
        read(tmp_path / "c", numbered({"train": [0], "test": [1]}), "val-as-test")


@pytest.mark.parametrize("choice", ["oficial", "merged"])
def test_an_unknown_split_names_those_that_there_are(tmp_path, choice):
    with pytest.raises(FerError, match=f"unknown split '{choice}'.*"):
        read(tmp_path, kaggle(), choice)


def test_a_csv_in_another_order_of_rows_is_not_the_official_one():
    rows = rows_of(range(3000))
    assert (official_part(rows) == "train").all()
    shuffled = rows.assign(emotion=rows["emotion"].to_numpy()[::-1])
    assert (official_part(shuffled) == "").all()


def test_ids_of_any_other_form_tell_no_part():
    ids = pd.Series(["fer0035887", "fer001", "PublicTest", "x/PrivateTest_9", "Training_"])
    rows = pd.DataFrame({"sample_id": ids, "emotion": "happy"})
    assert official_part(rows).tolist() == ["", "", "", "test", "train"]
    assert number_rows(pd.Series(["1", "a"]), pd.Series(["angry", "angry"])).tolist() == ["1", "a"]
