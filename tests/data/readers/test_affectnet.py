"""AffectNet: four layouts, one meaning; contempt and what is no emotion are excluded by name."""

import io
import pickle

import pytest
from PIL import Image

from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers import affectnet as reader
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.errors import FerError
from tests.data.made import write_folder, write_zip
from tests.data.miniatures import affectnet
from tests.data.miniatures.affectnet import CODES, HEADER, TRAINING, VALIDATION

Files = dict[str, bytes]
BOX = ["box_left", "box_top", "box_right", "box_bottom"]
LISTS, NPY, YOLO = affectnet.lists(), affectnet.annotated(), affectnet.yolo()
FOLDERS = {style: affectnet.folders(style) for style in ("class", "number", "word")}
LAYOUTS = {"lists": LISTS, "npy": NPY, "yolo": YOLO, **FOLDERS}


def read(tmp_path, files: Files) -> Reading:
    return get_entry("affectnet").read(Source.open(write_folder(tmp_path / "source", files)))


def with_lines(*lines: str) -> Files:
    return {**LISTS, TRAINING: "\n".join((HEADER, *lines)).encode()}


def without(files: Files, *parts: str) -> Files:
    return {name: file for name, file in files.items() if not any(part in name for part in parts)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_seven_and_excludes_contempt_by_name(tmp_path, layout):
    rows = read(tmp_path, LAYOUTS[layout]).rows
    parts = {"train", "val", "test"} if layout == "yolo" else {"train", "test"}
    assert set(rows["split"]) == parts
    for _, part in rows.groupby("split"):
        meanings = part["emotion"].where(part["emotion"] != "", part["excluded"])
        wanted = CODES if layout == "lists" else CODES[:8]
        assert sorted(meanings) == sorted(wanted)
    assert rows["sample_id"].is_unique
    assert (rows["person"] == "").all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_prepares_from_an_archive_without_a_lost_image(tmp_path, data_home, layout):
    index = add_dataset("affectnet", write_zip(tmp_path / "a.zip", LAYOUTS[layout]), size=16).index
    assert not index["excluded"].str.startswith("corrupt").any()
    assert (index["sha256"] != "").all()
    assert (index["excluded"] == "contempt").sum() == len(set(index["source_split"]))


def test_the_lists_give_code_box_and_part_whatever_the_suffix(tmp_path):
    rows = read(tmp_path, LISTS).rows.set_index("sample_id")
    for code in range(7):
        name = affectnet.name_of(code)
        row = rows.loc[name.rpartition(".")[0].lower()]
        assert (row["emotion"], row["source_split"]) == (CODES[code], "training")
        assert row["path"] == f"Manually_Annotated_Images/{name}"
        assert row[BOX].tolist() == [10.0, 20.0, 50.0, 50.0]


def test_a_line_that_is_broken_or_has_no_box_excludes_its_image_alone(tmp_path):
    cut = affectnet.line(3).rpartition(f",{affectnet.MARKS}")[0]
    files = with_lines(
        affectnet.line(0),
        affectnet.line(1, box="NULL,NULL,NULL,NULL"),
        affectnet.line(2) + ",7",
        cut,
        affectnet.line(4).replace(",4,0.5", ",happy,0.5"),
        affectnet.line(10, box="NULL,NULL,NULL,NULL"),
        ",,,,,,,,",
    )
    rows = read(tmp_path, files).rows
    rows = rows[rows["source_split"] == "training"].set_index("sample_id")
    assert rows["excluded"].to_dict() == {
        "1/train00009f": "",
        "2/train00019f": "no box",
        "3/train00029f": "line not understood",
        "4/train00039f": "line not understood",
        "5/train00049f": "line not understood",
        "11/train000a9f": "not-a-face",
        f"line 8 of {affectnet.LISTS}/training": "line not understood",
    }


def test_a_box_outside_its_image_excludes_that_image_when_it_is_packed(tmp_path, data_home):
    lines = (affectnet.line(0), affectnet.line(1, box="500,9,40,30"), affectnet.line(2))
    source = write_folder(tmp_path / "source", with_lines(*lines, affectnet.line(3, box="9,9,0,0")))
    index = add_dataset("affectnet", source, size=16).index.set_index("sample_id")
    assert index.loc["1/train00009f", "excluded"] == ""
    for outside in ("2/train00019f", "4/train00039f"):
        assert index.loc[outside, "excluded"] == "box outside the image"


def test_an_image_of_both_lists_is_tested_on_and_never_trained_on(tmp_path):
    shared = affectnet.line(0, "validation")
    rows = read(tmp_path, with_lines(shared, affectnet.line(1))).rows.set_index("sample_id")
    assert rows.loc["600/valid00009f", ["split", "excluded"]].tolist() == ["test", ""]
    assert rows.loc["600/valid00009f#2", "excluded"] == "listed twice"


def test_images_without_a_line_and_lines_without_an_image_are_kept(tmp_path):
    files = without(with_lines(affectnet.line(0), affectnet.line(1)), "train00019f")
    files["Automatically_Annotated_Images/9/other.jpg"] = b""
    files[TRAINING] += b"\n../../../etc/passwd,1,1,9,9,0,3,0,0"
    reading = read(tmp_path, files)
    rows = reading.rows.set_index("sample_id")
    assert (rows["excluded"] == "no label").sum() == 9
    assert not rows["path"].str.contains("Automatically").any()
    for missing in ("2/train00019f", "../../../etc/passwd"):
        with pytest.raises(FileNotFoundError):
            reading.read(rows.loc[missing, "path"])


def test_npy_codes_may_be_numbers_and_a_pickle_is_never_opened(tmp_path):
    buffer = io.BytesIO()
    pickle.dump({"code": 1}, buffer)
    files = without(NPY, "val_set/annotations/51_exp", "val_set/images/52.")
    where = "train_set/annotations/{}_exp.npy"
    files |= {where.format(1): affectnet.npy(1), where.format(2): affectnet.npy([object()])}
    files |= {where.format(3): buffer.getvalue(), where.format(4): b""}
    reading = read(tmp_path, files)
    rows = reading.rows.set_index("sample_id")
    assert rows.loc["train_set/1", "emotion"] == "happy"
    broken = rows.loc[[f"train_set/{image}" for image in (2, 3, 4)], "excluded"]
    assert set(broken) == {"annotation not understood"}
    assert rows.loc["val_set/51", "excluded"] == "no label"
    with pytest.raises(FileNotFoundError):
        reading.read(rows.loc["val_set/52", "path"])


def test_yolo_boxes_are_pixels_of_the_turned_image(tmp_path):
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.new("RGB", (200, 100)).save(buffer, "JPEG", exif=exif)
    files = without(YOLO, "train/images/ffhq_0.")
    files["YOLO_format/train/images/ffhq_0.jpg"] = buffer.getvalue()
    rows = read(tmp_path, files).rows.set_index("sample_id")
    assert rows.loc["train/ffhq_0", BOX].tolist() == [25.0, 25.0, 75.0, 175.0]
    assert rows.loc["train/ffhq_4", BOX].tolist() == [24.0, 12.0, 72.0, 84.0]


def test_yolo_labels_with_no_two_or_unreadable_faces_exclude_their_image(tmp_path):
    label = "YOLO_format/train/labels/ffhq_{}.txt"
    files = without(YOLO, "train/labels/ffhq_3.")
    files |= {label.format(0): b"\n", label.format(1): b"0 .5 .5 .1 .1\n1 .2 .2 .1 .1\n"}
    files |= {label.format(2): b"2 .5 .5\n"}
    rows = read(tmp_path, files).rows.set_index("sample_id")
    assert [rows.loc[f"train/ffhq_{n}", "excluded"] for n in range(4)] == [
        "no label",
        "several faces",
        "annotation not understood",
        "no label",
    ]


def test_yolo_names_decide_and_may_be_a_mapping(tmp_path):
    names = {code: name for code, name in enumerate(reversed(affectnet.YOLO_NAMES))}
    files = {**YOLO, "YOLO_format/data.yaml": f"names: {names}".encode()}
    rows = read(tmp_path, files).rows.set_index("sample_id")
    assert rows.loc["train/ffhq_0", "emotion"] == "surprise"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (with_lines(affectnet.line(1).replace(",1,0.5", ",11,0.5")), "training.csv has a label ou"),
        ({**LISTS, TRAINING: b"689/a.jpg,1,1,9,9,1;1,3,0,0\n"}, "lacks the column 'subDirectory_"),
        (without(LISTS, ".jpg", ".JPG", ".jpeg", ".png"), "no image that the lists name is there"),
        (without(LISTS, ".csv"), "neither training.csv nor validation.csv: without them"),
        (
            {**without(LISTS, ".csv"), "automatically_annotated.csv": b""},
            "labelled by a network",
        ),
        (without(NPY, ".npy"), "holds a folder images, but no annotations beside it"),
        ({**NPY, "train_set/annotations/0_exp.npy": affectnet.npy("11")}, "has a label outside"),
        (without(YOLO, "data.yaml"), "lacks data.yaml: without its names the class ids"),
        ({**YOLO, "YOLO_format/data.yaml": b"nc: 8"}, "data.yaml has no list of names"),
        ({**YOLO, "YOLO_format/data.yaml": b"names: [Anger]"}, "has the class [1-7], but data.yam"),
        ({**YOLO, "YOLO_format/data.yaml": b"names: [cat]"}, "unknown emotion 'cat'"),
        ({**NPY, **FOLDERS["class"]}, r"holds AffectNet twice: .*\.npy annotations \(train_set"),
        ({**LISTS, **YOLO}, "holds AffectNet twice: .*CSV lists .* and YOLO's labels"),
        ({**FOLDERS["class"], "train_class/class012/a.jpg": b""}, "unknown emotion '11'"),
        (without(FOLDERS["number"], "/0/"), "numbered from 1, but AffectNet"),
        (
            {"train/0/train_00001_aligned.jpg": b""},  # somebody's RAF-DB, renumbered
            "looks like RAF-DB's aligned images; use `fer data add rafdb`",
        ),
    ],
)
def test_a_wrong_source_says_what_is_wrong(tmp_path, files, message):
    with pytest.raises(FerError, match=message) as caught:
        read(tmp_path, files)
    assert "\n" not in str(caught.value)


def test_a_complete_part_with_other_class_counts_is_refused(tmp_path, monkeypatch):
    counts = dict.fromkeys(CODES[:7], 1)
    monkeypatch.setitem(reader.OFFICIAL, "train", counts)
    read(tmp_path / "right", FOLDERS["number"])
    files = FOLDERS["number"]  # somebody's alphabetical numbers: one class is twice as large
    moved = {name.replace("train/6/", "train/0/"): file for name, file in files.items()}
    with pytest.raises(FerError, match=r"part train is complete, but has 2 images of neutral inst"):
        read(tmp_path / "moved", moved)


def test_the_official_counts_add_up_to_the_seven_class_set():
    assert sum(reader.TRAINING.values()) == 283_901
    assert sum(reader.TRAINING.values()) + 3_750 == 287_651


def test_the_validation_list_alone_is_a_test_set(tmp_path):
    rows = read(tmp_path, without(LISTS, TRAINING, "train0")).rows
    assert set(rows["split"]) == {"test"}
    assert VALIDATION in LISTS
