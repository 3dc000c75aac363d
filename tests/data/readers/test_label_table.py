"""A table of labels for pictures in any folders: which it means, and what it must not say."""

import pytest

from fer_core.data.own import Own
from fer_core.data.prepare.add import add_dataset, finish_dataset, pack_dataset, plan_dataset
from fer_core.data.readers.folder import read_folder
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import png, write_folder, write_zip

FILES = {"a/1.png": png(1), "a/2.png": png(2), "b/c/3.png": png(3), "b/1.png": png(4)}


def rows(tmp_path, table: str, **said):
    folder = write_folder(tmp_path / "s", FILES)
    (tmp_path / "t.csv").write_text(table)
    own = Own(labels=str(tmp_path / "t.csv"), **said)
    return read_folder(Source.open(folder), own).rows.set_index("path")


def test_labels_persons_and_splits_come_from_the_table(tmp_path):
    table = "File, Emotion ,person,split\na/1.png,Happy,ann,train\nb\\c\\3.png,grin,bob,Test\n"
    found = rows(
        tmp_path, table + "./a/2.png,sad,,test\n3.png,happy,bob,test\n", map={"grin": "joy"}
    )
    said = found[["emotion", "excluded", "person", "split"]].T.to_dict("list")
    assert said == {
        "a/1.png": ["happy", "", "ann", "train"],
        "a/2.png": ["sad", "", "", "test"],
        "b/c/3.png": ["happy", "", "bob", "test"],
        "b/1.png": ["", "unlabelled", "", "train"],
    }
    assert found["sample_id"]["b/c/3.png"] == "b/c/3"


def test_what_has_no_picture_no_label_or_a_label_to_skip_is_kept_with_the_reason(tmp_path):
    table = "path,label\na/1.png,happy\na/2.png,\nb/1.png,blurred\nlost/9.png,sad\n"
    found = rows(tmp_path, table, skip=["blurred"])["excluded"]
    reasons = {"a/1.png": "", "a/2.png": "unlabelled", "b/1.png": "skipped"}
    assert found.to_dict() == {**reasons, "b/c/3.png": "unlabelled", "lost/9.png": ""}


def test_a_picture_that_is_missing_is_counted_when_the_set_is_added(data_home, tmp_path):
    folder = write_folder(tmp_path / "s", FILES)
    (tmp_path / "t.csv").write_text("path,label\na/1.png,happy\na/2.png,sad\n../t.csv,sad\n")
    own = Own(labels=str(tmp_path / "t.csv"))
    index = add_dataset("folder", folder, "mine", 16, False, own=own).index
    counts = index["excluded"].value_counts().to_dict()
    assert counts == {"": 2, "unlabelled": 2, "corrupt: missing file": 1}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("path,label\n1.png,sad\n", r"t\.csv names 1\.png, which is a/1\.png or b/1\.png; write"),
        ("path,label\na/1.png,sad\na/1.png,happy\n", r"has a/1\.png twice, as sad and as happy"),
        ("path,label,subject\na/1.png,sad,x\na/1.png,sad,y\n", "as sad, x and as sad, y"),
        ("path,label\na/1.png,gleeful\n", r"t\.csv has a label that names no emotion.*--map glee"),
        ("path,label\nx/7.png,sad\n", r"names no file of .*its first is 'x/7\.png'"),
        ("name,label\na/1.png,sad\n", "has no column path or file or image.*; it has name, label"),
        ("path,label\n", "has no row"),
        ("path,label,split\na/1.png,sad,dev\n", "unknown split 'dev'"),
        ("path,label,split\na/1.png,sad,test\na/2.png,sad,\n", r"gives a/2\.png no split"),
    ],
)
def test_a_table_that_cannot_be_meant_is_one_line(tmp_path, table, message):
    with pytest.raises(FerError, match=message):
        rows(tmp_path, table)


def test_words_that_stand_nowhere_in_the_table_are_told_with_the_nearest(tmp_path):
    with pytest.raises(FerError, match=r"label of the table in --map 'gladd'; did you mean glad"):
        rows(tmp_path, "path,label\na/1.png,glad\n", map={"glad": "happy", "gladd": "happy"})


def test_a_table_within_the_archive_counts_and_another_content_is_another_set(data_home, tmp_path):
    fingerprints = set()
    for label in ("happy", "sad"):
        table = f"image,label\na/1.png,{label}\na/2.png,sad\n"
        source = write_zip(tmp_path / "s.zip", {**FILES, "labels.csv": table.encode()})
        own = Own(labels="labels.csv", all_test=True)
        dataset = add_dataset("folder", source, "mine", 16, False, own=own)
        fingerprints.add(dataset.fingerprint)
        assert len(dataset.index) == len(FILES)
    assert len(fingerprints) == 2


def test_a_table_beside_the_folder_that_changes_makes_another_set(data_home, tmp_path):
    folder, file = write_folder(tmp_path / "s", FILES), tmp_path / "t.csv"
    own, emotions = Own(labels=str(file), all_test=True), []
    for label in ("happy", "sad", "sad"):
        file.write_text(f"path,label\na/1.png,{label}\n")
        index = add_dataset("folder", folder, "mine", 16, False, own=own).index
        emotions.append(index.set_index("path")["emotion"]["a/1.png"])
    assert emotions == ["happy", "sad", "sad"]


def test_the_steps_of_a_plan_find_the_table_from_another_folder(data_home, tmp_path, monkeypatch):
    folder = write_folder(tmp_path / "s", FILES)
    (tmp_path / "t.csv").write_text("path,label\na/1.png,happy\na/2.png,sad\n")
    monkeypatch.chdir(tmp_path)
    plan_dataset("folder", folder, "mine", 16, own=Own(labels="t.csv", all_test=True))
    monkeypatch.chdir(data_home)
    pack_dataset("mine", progress=False)
    assert (finish_dataset("mine").index["emotion"] != "").sum() == 2
