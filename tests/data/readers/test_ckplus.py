"""CK+: peaks and first frames of labelled sequences; Kaggle's class folders and CSV."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers.ckplus import parse_name
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import write_folder
from tests.data.miniatures import ckplus

ONE = {("S005", "001"): (4, 3), ("S005", "002"): (3, 0), ("S010", "004"): (5, 2)}


def read(name: str, tmp_path, files: dict[str, bytes]) -> Reading:
    return get_entry(name).read(Source.open(write_folder(tmp_path / "source", files)))


def test_a_sequence_gives_its_peak_and_its_first_frame(tmp_path):
    rows = read("ckplus", tmp_path, ckplus.files(ONE)).rows.set_index("sample_id")
    assert rows["emotion"].to_dict() == {
        "S005_001_00000001": "neutral",
        "S005_001_00000002": "",
        "S005_001_00000003": "",
        "S005_001_00000004": "disgust",
        **{f"S005_002_0000000{frame}": "" for frame in (1, 2, 3)},
        "S010_004_00000001": "neutral",
        **{f"S010_004_0000000{frame}": "" for frame in (2, 3, 4, 5)},
    }
    assert rows["excluded"].value_counts().to_dict() == {
        "not a peak frame": 5,
        "no label": 3,
        "": 3,
        "contempt": 1,
    }
    assert rows["excluded"]["S010_004_00000005"] == "contempt"
    assert rows["source_label"]["S005_001_00000004"] == "3"
    assert rows["source_label"]["S005_001_00000001"] == "first frame"
    assert set(rows["person"]) == {"S005", "S010"}


def test_prepared_no_person_is_in_two_parts_and_an_absent_peak_is_reported(tmp_path, data_home):
    files = ckplus.files(ckplus.sequences())
    absent = "S005/001/S005_001_00000004"
    del files[f"{ckplus.IMAGES}/{absent}.png"]
    source = write_folder(tmp_path / "ck", files)
    index = add_dataset("ckplus", source, size=16, progress=False, cutter="centre").index
    assert len(index) == 10 * (4 + 5 + 3)
    lost = index.set_index("sample_id").loc["S005_001_00000004"]
    assert (lost["excluded"], lost["emotion"]) == ("corrupt: missing file", "angry")
    assert (index.groupby("person")["split"].nunique() == 1).all()
    assert set(index["split"]) == {"train", "val", "test"}


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 10**8 - 1))
def test_a_name_built_from_its_parts_is_read_back(person, sequence, frame):
    stem = f"S{person:03d}_{sequence:03d}_{frame:08d}"
    assert parse_name(stem) == {
        "sample_id": stem,
        "person": f"S{person:03d}",
        "sequence": f"S{person:03d}_{sequence:03d}",
        "frame": f"{frame:08d}",
    }


@pytest.mark.parametrize(
    "content", [b"", b"   8.0000000e+00\n", b"   3.5", b"nan", b"1e999", b"\xff<b>"]
)
def test_an_emotion_file_without_a_known_code_is_named(tmp_path, content):
    files = ckplus.files(ONE)
    name = f"{ckplus.LABELS}/S005/001/S005_001_00000004_emotion.txt"
    with pytest.raises(FerError, match=r"S005_001_00000004_emotion.txt holds .* from 0 to 7"):
        read("ckplus", tmp_path, {**files, name: content})


def test_emotion_files_of_one_name_must_agree(tmp_path):
    files = ckplus.files(ONE)
    again = "copy/S005_001_00000004_emotion.txt"
    rows = read("ckplus", tmp_path / "same", {**files, again: ckplus.label_file(3)}).rows
    assert len(rows) == 12
    with pytest.raises(FerError, match=r"contradicts another file of this name; keep one"):
        read("ckplus", tmp_path / "other", {**files, again: ckplus.label_file(4)})


def test_odd_files_among_the_frames_are_kept_and_excluded(tmp_path):
    files = ckplus.files(ONE)
    odd = {f"{ckplus.IMAGES}/S005/001/{name}": b"" for name in ("a <b> é.png", "S5_1_2.png")}
    rows = read("ckplus", tmp_path, {**files, **odd, f"{ckplus.IMAGES}/.DS_Store": b""}).rows
    assert (rows["excluded"] == "name not understood").sum() == 2
    assert len(rows) == 14
    assert not rows.isna().any(axis=None)
    with pytest.raises(FerError, match=r"x_emotion\.txt is not named after a frame"):
        read("ckplus", tmp_path, {**files, "x_emotion.txt": b"1"})


@pytest.mark.parametrize(
    ("name", "files", "message"),
    [
        (
            "ckplus",
            {f"S005/001/{ckplus.stem('S005', '001', 1)}.png": b""},
            "unpack Emotion_labels.zip",
        ),
        (
            "ckplus",
            ckplus.class_folders(ONE),
            "looks like Kaggle's CK.48; use `fer data add ckplus48`",
        ),
        ("ckplus", {"ckextended.csv": ckplus.csv((0, "Training"))}, "use `fer data add ckplus48`"),
        ("ckplus", {"KDEF/AF01/AF01ANS.JPG": b""}, "does not hold cohn-kanade-images.*add kdef"),
        ("ckplus48", ckplus.files(ONE), "names no emotion .*use `fer data add ckplus` for"),
        ("ckplus48", {"KDEF/AF01/AF01ANS.JPG": b""}, "does not hold class folders.*add kdef"),
        ("ckplus48", {"ckextended.csv": ckplus.csv((8, "Training"))}, "unknown emotion '8'"),
        ("ckplus48", {"ckextended.csv": ckplus.csv((0, "Test"))}, "unknown Usage 'Test'"),
        ("ckplus48", {"ckextended.csv": b"emotion,pixels\n"}, "lacks the column 'Usage'"),
    ],
    ids=["no labels", "ck48", "csv", "kdef", "sequences", "kdef 48", "code", "usage", "column"],
)
def test_a_mixed_up_form_names_the_right_one(tmp_path, name, files, message):
    with pytest.raises(FerError, match=message):
        read(name, tmp_path, files)


def test_of_the_last_three_frames_in_class_folders_one_is_used(tmp_path, data_home):
    made = ckplus.sequences()
    source = write_folder(tmp_path / "ck48", ckplus.class_folders(made))
    index = add_dataset("ckplus48", source, progress=False).index.set_index("sample_id")
    assert len(index) == 20 * 3
    frames = index.loc[["S005_001_00000002", "S005_001_00000003", "S005_001_00000004"]]
    assert frames["excluded"].tolist() == ["not a peak frame", "not a peak frame", ""]
    assert (index["emotion"] != "neutral").all()
    assert (index["excluded"] == "contempt").sum() == sum(code == 2 for _, code in made.values())
    assert (index.groupby("person")["split"].nunique() == 1).all()


def test_the_csv_keeps_its_parts_and_knows_nobody(tmp_path, data_home):
    table = ckplus.csv((0, "Training"), (6, "Training"), (7, "PublicTest"), (3, "PrivateTest"))
    source = write_folder(tmp_path / "csv", {"ckextended.csv": table})
    dataset = add_dataset("ckplus48", source / "ckextended.csv", progress=False)
    index = dataset.index
    assert index["emotion"].tolist() == ["angry", "neutral", "", "happy"]
    assert index["excluded"].tolist() == ["", "", "contempt", ""]
    assert index["split"].tolist() == ["train", "train", "val", "test"]
    assert (index["person"] == "").all()
    assert dataset.card.store_size == 48
