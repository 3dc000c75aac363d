"""RAF-DB: the official list and Kaggle's folders give the same index; what is wrong is said."""

import math

import pytest

from fer_core.data.index import index_hash
from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers import rafdb as reader
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import write_folder, write_zip
from tests.data.miniatures import rafdb
from tests.data.miniatures.rafdb import EMOTIONS, LABELS, LIST

Files = dict[str, bytes]
WHOLE = rafdb.distributed()
LISTED = rafdb.listed()


def read(tmp_path, files: Files, name: str = "rafdb") -> Reading:
    return get_entry(name).read(Source.open(write_folder(tmp_path / "source", files)))


def without(files: Files, *parts: str) -> Files:
    return {name: file for name, file in files.items() if not any(part in name for part in parts)}


@pytest.mark.parametrize("files", [rafdb.distributed(), rafdb.kaggle()], ids=["official", "kaggle"])
def test_every_image_has_its_official_label_and_part(tmp_path, files):
    rows = read(tmp_path, files).rows.set_index("sample_id")
    assert rows["emotion"].to_dict() == {name: EMOTIONS[code] for name, code in LABELS.items()}
    assert rows["split"].to_dict() == {name: name.split("_")[0] for name in LABELS}
    assert rows["path"].str.endswith("_aligned.jpg").all()
    assert (rows["person"] == "").all()


def test_both_layouts_prepare_to_the_same_index_and_leave_the_test_part_alone(tmp_path, data_home):
    official = add_dataset("rafdb", write_folder(tmp_path / "a", rafdb.distributed()))
    hashes = index_hash(official.index)
    kaggle = add_dataset("rafdb", write_zip(tmp_path / "b.zip", rafdb.kaggle()))
    assert index_hash(kaggle.index) == hashes
    assert set(kaggle.index["split"]) <= {"train", "val", "test"}
    assert (kaggle.index["split"] == "test").sum() == 3
    assert (kaggle.index["excluded"] == "").all()
    assert kaggle.store.pixels.shape == (10, 100, 100, 3)


def test_attributes_are_the_words_for_the_last_three_lines(tmp_path):
    rows = read(tmp_path, rafdb.distributed()).rows.set_index("sample_id")
    assert rows.loc["train_00001", ["gender", "race", "age_group"]].tolist() == [
        "male",
        "Asian",
        "40-69",
    ]
    assert rows.loc["train_00003", "gender"] == "unsure"


def test_missing_damaged_and_unknown_attributes_lose_no_row(tmp_path):
    files = rafdb.distributed()
    manual = "basic/Annotation/manual/train_0000{}_manu_attri.txt"
    del files[manual.format(1)]
    files[manual.format(2)] = b"1.0\t2.0\n"
    files[manual.format(3)] = rafdb.attributes(race=9)
    reading = read(tmp_path, files)
    rows = reading.rows.set_index("sample_id")
    assert rows.loc["train_00001", "gender"] == rows.loc["train_00002", "age_group"] == ""
    assert rows.loc["train_00003", ["gender", "race"]].tolist() == ["female", ""]
    assert reading.notes == (
        "race is left empty in 1 of 10 images, whose word for it is not known, such as '9' of "
        "'train_00003'; valid: 0, 1, 2",
    )
    assert (rows["excluded"] == "").all()


def test_the_original_photographs_come_with_the_box_of_the_face(tmp_path):
    files = rafdb.distributed(aligned=False)
    del files["basic/Annotation/boundingbox/train_00002_boundingbox.txt"]
    files["basic/Annotation/boundingbox/train_00003_boundingbox.txt"] = b"1 2 3"
    rows = read(tmp_path, files, "rafdb-original").rows.set_index("sample_id")
    box = ["box_left", "box_top", "box_right", "box_bottom"]
    assert rows.loc["train_00001", box].tolist() == [10.0, 20.5, 90.0, 100.5]
    assert math.isnan(rows.loc["train_00002", "box_left"])
    assert rows["excluded"].to_dict() == dict.fromkeys(LABELS, "") | {
        "train_00003": "box not understood"
    }
    assert rows.loc["train_00003", "path"].endswith("original/train_00003.JPG")
    assert get_entry("rafdb-original").card.faces == "photo"


def test_a_listed_image_that_is_absent_and_an_unlisted_one_are_kept(tmp_path):
    files = without(rafdb.distributed(), "aligned/train_00004")
    files["basic/Image/aligned/train_00099_aligned.jpg"] = b""
    reading = read(tmp_path, files)
    rows = reading.rows.set_index("sample_id")
    assert rows.loc["train_00099", "excluded"] == "no label"
    assert rows.loc["train_00004", "emotion"] == "happy"
    with pytest.raises(FileNotFoundError):
        reading.read(rows.loc["train_00004", "path"])


def test_an_official_test_image_in_a_training_folder_stays_a_test_image(tmp_path):
    files = rafdb.kaggle()
    files["DATASET/train/4/test_0001_aligned.jpg"] = files.pop(
        "DATASET/test/4/test_0001_aligned.jpg"
    )
    row = read(tmp_path, files).rows.set_index("sample_id").loc["test_0001"]
    assert (row["split"], row["source_split"]) == ("test", "train")


def test_a_folder_that_its_table_contradicts_is_excluded_and_a_lost_image_is_missing(tmp_path):
    files = rafdb.kaggle()
    files["DATASET/train/2/train_00001_aligned.jpg"] = files.pop(
        "DATASET/train/1/train_00001_aligned.jpg"
    )
    del files["DATASET/train/5/train_00005_aligned.jpg"]
    files["DATASET/train/5/IMG_1.jpg"] = b""
    rows = read(tmp_path, files).rows.set_index("sample_id")
    assert rows.loc["train_00001", "excluded"] == "folder and table disagree"
    assert rows.loc["train_00005", "path"] == "DATASET/train/5/train_00005_aligned.jpg"
    assert rows.loc["DATASET/train/5/IMG_1.jpg", "excluded"] == "name not understood"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (without(rafdb.distributed(), LIST), "no list_patition_label.txt: without it no image has"),
        (without(rafdb.distributed(), "Image"), r"unpack Image/aligned\.zip where it lies"),
        (rafdb.distributed(aligned=False), "`fer data add rafdb-original`, or unpack Image/aligne"),
        ({**WHOLE, LIST: b"train_00001.jpg 8\n"}, "outside the map: unknown emotion '8'"),
        ({**WHOLE, LIST: b"train_00001.jpg\n"}, "line 1 of .*'train_00001.jpg' instead of a name"),
        ({**WHOLE, LIST: b"\ntrain_1.jpg 5 5\n"}, "line 2 of "),
        ({**WHOLE, LIST: b"face_1.jpg 5\n"}, "line 1 of "),
        ({**WHOLE, LIST: LISTED + b"train_00001.jpg 2\n"}, "lists train_00001.jpg twice"),
        ({**WHOLE, **rafdb.kaggle()}, "holds RAF-DB twice: .*as distributed and DATASET/.*Kaggle"),
        (
            {**WHOLE, "basic/Image/test/train_00001_aligned.jpg": b""},
            "holds one image twice, .*; keep one of them",
        ),
    ],
    ids=[
        "no list",
        "no images",
        "originals only",
        "code",
        "no code",
        "three words",
        "strange name",
        "listed twice",
        "two layouts",
        "image twice",
    ],
)
def test_a_wrong_source_says_what_is_wrong(tmp_path, files, message):
    with pytest.raises(FerError, match=message) as caught:
        read(tmp_path, files)
    assert "\n" not in str(caught.value)


def test_the_compound_part_is_refused_by_name(tmp_path):
    files = {name.replace("basic", "compound"): f for name, f in rafdb.distributed().items()}
    with pytest.raises(FerError, match="compound emotions, which are not the seven"):
        read(tmp_path, files)


def test_kaggles_folders_hold_no_original_photographs(tmp_path):
    with pytest.raises(FerError, match="no list_patition_label"):
        read(tmp_path, rafdb.kaggle(), "rafdb-original")


def test_a_table_with_two_labels_or_a_strange_name_is_refused(tmp_path):
    files = rafdb.kaggle()
    files["train_labels.csv"] += b"train_00001_aligned.jpg,3\n"
    with pytest.raises(FerError, match="stands there with two labels"):
        read(tmp_path, files)


def test_a_complete_part_with_other_class_counts_is_refused(tmp_path, monkeypatch):
    counts = {"angry": 1, "disgust": 1, "fear": 1, "happy": 1, "neutral": 1, "sad": 1}
    monkeypatch.setitem(reader.OFFICIAL, "train", {**counts, "surprise": 1})
    read(tmp_path / "right", rafdb.distributed())
    swapped = LISTED.replace(b"train_00003.jpg 3", b"train_00003.jpg 6")
    with pytest.raises(FerError, match="part train is complete, but has 2 images of angry inst"):
        read(tmp_path / "swapped", {**rafdb.distributed(), LIST: swapped})


def test_the_official_counts_add_up():
    train, test = (sum(reader.OFFICIAL[part].values()) for part in ("train", "test"))
    assert (train, test) == (12271, 3068)
    assert (reader.OFFICIAL["test"]["disgust"], reader.OFFICIAL["test"]["angry"]) == (160, 162)
