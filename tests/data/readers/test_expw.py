"""ExpW: a row per face, its box in the right order, all faces of a photograph in one part."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers.expw import _read_line
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.emotions import VOCABULARIES
from fer_core.errors import FerError
from tests.data.made import write_folder, write_zip
from tests.data.miniatures import expw
from tests.data.miniatures.expw import FACES, Face

BOX = ["box_left", "box_top", "box_right", "box_bottom"]


def read(tmp_path, files: dict[str, bytes]) -> Reading:
    return get_entry("expw").read(Source.open(write_folder(tmp_path / "expw", files)))


def with_list(*lines: str) -> dict[str, bytes]:
    return {**expw.files(), "data/label/label.lst": "\n".join(lines).encode()}


def test_every_line_is_a_face_with_its_own_box_and_label(tmp_path):
    rows = read(tmp_path, expw.files()).rows.set_index("sample_id")
    assert rows["emotion"].to_dict() == {
        "angry_actor_104#0": "angry",
        "fear_<b>&amp;_1#2": "fear",
        "happy_asian_330#0": "happy",
        "happy_asian_330#1": "neutral",
        "sad café owner_7#0": "sad",
    }
    for face in FACES:
        row = rows.loc[f"{face.photo.removesuffix('.jpg')}#{face.number}"]
        assert row[BOX].tolist() == list(face.box)
        assert row["box_confidence"] == 48.5
    assert rows["keep_together"].nunique() == 4
    assert (rows["person"] == "").all()
    assert (rows["split"] == "").all()


@given(
    st.text(st.characters(exclude_characters="/\\\r\n"), min_size=1).filter(str.split),
    st.integers(0, 112),
    st.lists(st.floats(-50, 5000, allow_nan=False), min_size=4, max_size=4),
    st.floats(0, 100),
    st.sampled_from(sorted(VOCABULARIES["expw"])),
)
def test_a_line_built_from_its_values_is_read_back(name, number, box, confidence, code):
    photo = f"{name.strip()}.jpg"
    top, left, right, bottom = box
    found = _read_line(f"{photo} {number} {top} {left} {right} {bottom} {confidence} {code}")
    assert (found["photo"], found["face"]) == (photo, number)
    assert [found[side] for side in BOX] == [left, top, right, bottom]
    assert (found["box_confidence"], found["emotion"]) == (confidence, VOCABULARIES["expw"][code])


def test_the_box_frames_its_face_in_the_decoded_photograph(tmp_path):
    reading = read(tmp_path, expw.files())
    rows = reading.rows.set_index("sample_id")
    for face in FACES:
        row = rows.loc[f"{face.photo.removesuffix('.jpg')}#{face.number}"]
        image = reading.decode(reading.read(row["path"]))
        assert image.size == (expw.WIDTH, expw.HEIGHT)
        colours = np.asarray(image.crop(tuple(row[BOX]))).mean(axis=(0, 1))
        assert np.abs(colours - face.colour).max() < 12


@pytest.mark.parametrize("pack", [write_folder, write_zip])
def test_prepared_each_row_shows_its_own_face(tmp_path, data_home, pack):
    dataset = add_dataset(
        "expw", pack(tmp_path / "expw.zip", expw.files()), size=16, progress=False
    )
    place = {sample_id: number for number, sample_id in enumerate(dataset.index["sample_id"])}
    assert (dataset.index["excluded"] == "").all()
    for face in FACES:
        stored = dataset.store.pixels[place[f"{face.photo.removesuffix('.jpg')}#{face.number}"]]
        assert np.abs(stored.mean(axis=(0, 1)) - face.colour).max() < 12
    assert (dataset.index["group"] == dataset.index["sample_id"]).all()  # no copies of each other


def test_the_box_that_is_added_to_the_bytes_hides_no_truncation(tmp_path):
    files = expw.files(FACES[:1])
    name = "data/image/origin/angry_actor_104.jpg"
    files[name] = files[name][:-3]
    reading = read(tmp_path, files)
    with pytest.raises(OSError, match="truncated"):
        reading.decode(reading.read(reading.rows["path"][0])).load()


def test_prepared_a_photograph_is_in_one_part_and_copies_of_a_face_are_found(tmp_path, data_home):
    files = expw.files([*expw.crowd(60), Face("copy.jpg", 0, expw.crowd(1)[0].box, 0)])
    files["data/image/origin/copy.jpg"] = files["data/image/origin/crowd_0.jpg"]
    index = add_dataset("expw", write_folder(tmp_path / "e", files), size=16, progress=False).index
    assert (index.groupby("keep_together")["split"].nunique() == 1).all()
    assert index["split"].value_counts().to_dict() == pytest.approx(
        {"train": 127, "test": 36, "val": 18}, abs=6
    )
    groups = index.set_index("sample_id")["group"]
    assert groups["crowd_0#0"] == groups["copy#0"] != groups["crowd_0#1"]
    assert (index["group"] != index["sample_id"]).sum() == 1


def test_prepared_boxes_outside_absent_and_damaged_photographs_are_reported(tmp_path, data_home):
    faces = [
        *FACES,
        Face("outside.jpg", 0, (200, 5, 230, 35), expw.SAD),
        Face("turned.jpg", 0, (40, 20, 10, 50), expw.SAD),
        Face("sticks_out.jpg", 0, (70, 10, 110, 50), expw.SAD, (240, 30, 30)),
        Face("absent.jpg", 0, (10, 10, 30, 30), expw.SAD),
        Face("damaged.jpg", 0, (10, 10, 30, 30), expw.SAD),
        Face("empty.jpg", 0, (10, 10, 30, 30), expw.SAD),
    ]
    files = expw.files(faces)
    del files["data/image/origin/absent.jpg"]
    files |= {"data/image/origin/damaged.jpg": b"JPEG", "data/image/origin/empty.jpg": b""}
    index = add_dataset("expw", write_folder(tmp_path / "e", files), size=16, progress=False).index
    reasons = index.set_index("sample_id")["excluded"]
    assert reasons[reasons != ""].to_dict() == {
        "outside#0": "box outside the image",
        "turned#0": "box outside the image",
        "absent#0": "corrupt: missing file",
        "damaged#0": "corrupt: not an image",
        "empty#0": "empty",
    }


def test_a_repeated_line_is_kept_once_and_a_contradiction_not_at_all(tmp_path):
    one, other = "a.jpg 0 1 2 30 40 50.5 3", "b.jpg 0 1 2 30 40 50.5 3"
    lines = [one, one, "a.jpg 0 5 6 30 40 50.5 3", other, other[:-1] + "4"]
    rows = read(tmp_path, with_list(*lines)).rows.set_index("sample_id")
    reasons = rows["excluded"][rows["excluded"] != "no label"]
    assert reasons.to_dict() == {
        "a#0": "",
        "a#0+1": "same face twice",
        "a#0+2": "",
        "b#0": "same face with another label",
        "b#0+1": "same face with another label",
    }


def test_photographs_without_a_line_are_kept_and_cropped_copies_elsewhere_are_not_rows(tmp_path):
    files = expw.files()
    for name in ("origin/unlisted.jpg", "cropped/angry_actor_104.jpg", "cropped/other.jpg"):
        files[f"data/image/{name}"] = b""
    rows = read(tmp_path, files).rows.set_index("sample_id")
    assert rows["excluded"][rows["excluded"] != ""].to_dict() == {"unlisted#": "no label"}
    assert rows["path"]["angry_actor_104#0"] == "data/image/origin/angry_actor_104.jpg#0"


def test_a_list_cannot_lead_out_of_the_source(tmp_path):
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    reading = read(tmp_path, with_list("../../secret.jpg 0 1 2 30 40 50 3"))
    path = reading.rows.set_index("sample_id")["path"]["secret#0"]
    with pytest.raises(FileNotFoundError):
        reading.read(path)
    with pytest.raises(FileNotFoundError):
        reading.read("../secret.jpg")


def test_accents_are_the_same_in_both_ways_of_writing_them(tmp_path):
    files = with_list("cafe\u0301.jpg 0 1 2 30 40 50 3")
    files["data/image/origin/caf\u00e9.jpg"] = b"photo"
    reading = read(tmp_path, files)
    path = reading.rows["path"][reading.rows["excluded"] == ""].item()
    assert reading.read(path).startswith(b"photo")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a.jpg 0 1 2 30 40 50.5", "7 values instead of 8; a line holds image_name face_id"),
        ("a.jpg 0 1 2 x 40 50.5 3", "could not convert string to float"),
        ("a.jpg 0 1 2 nan 40 50.5 3", "a box that is no number"),
        ("a.jpg zero 1 2 30 40 50.5 3", "invalid literal for int"),
        ("a.jpg 0 1 2 30 40 50.5 7", "unknown emotion '7'; valid: 0, 1, 2, 3, 4, 5, 6"),
    ],
)
def test_a_malformed_line_is_named_by_its_number(tmp_path, line, message):
    with pytest.raises(FerError, match=rf"label\.lst, line 3: {message}") as error:
        read(tmp_path, with_list("b.jpg 0 1 2 30 40 50.5 3", "", line))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"origin/a.jpg": b""}, "does not hold label/label.lst and the unpacked folder"),
        ({"KDEF/AF01/AF01ANS.JPG": b""}, "does not hold label/label.lst .*add kdef"),
        ({"label/label.lst": b"x"}, "holds label.lst but no image; expected"),
        (
            {"label/label.lst": b"x", "image/origin.7z.001": b""},
            "no image; .*unpack origin.7z.001 first",
        ),
        ({"label/label.lst": b"\n", "origin/a.jpg": b""}, "label.lst is empty; fetch it again"),
        ({"label/label.lst": b"\xff\xfe", "origin/a.jpg": b""}, "is not a text file"),
    ],
    ids=["no list", "another set", "no image", "packed", "empty list", "binary list"],
)
def test_a_wrong_source_says_what_is_wrong(tmp_path, files, message):
    with pytest.raises(FerError, match=message):
        read(tmp_path, files)
