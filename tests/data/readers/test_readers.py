"""Readers: every layout of every set on small made sources; wrong sources say what is wrong."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.readers.ferplus import MEANINGS, VOTES, majority
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError, UnknownNameError
from tests.data.made import png, write_folder

PIXELS = " ".join(map(str, range(256))) + " 0" * (48 * 48 - 256)
HEADER = "emotion,pixels,Usage"
VOTE_HEADER = "Usage,Image name," + ",".join(VOTES)


def read(name: str, tmp_path, files: dict[str, bytes | str]) -> Reading:
    content = {k: v.encode() if isinstance(v, str) else v for k, v in files.items()}
    return get_entry(name).read(Source.open(write_folder(tmp_path / "source", content)))


def csv(*lines: str, header: str = HEADER) -> str:
    return "\n".join((header, *lines)) + "\n"


def test_fer2013_in_official_class_folders(tmp_path):
    files = {
        "fer2013/train/angry/fer0000000.jpg": b"",
        "fer2013/public_test/happy/fer0000002.jpg": b"",
        "fer2013/private_test/sad/fer0000001.jpg": b"",
        "ferplus/LICENSE.md": b"",
    }
    rows = read("fer2013", tmp_path, files).rows
    assert rows["sample_id"].tolist() == ["fer0000000", "fer0000001", "fer0000002"]
    assert rows["emotion"].tolist() == ["angry", "sad", "happy"]
    assert rows["split"].tolist() == ["train", "test", "val"]
    assert rows["source_split"].tolist() == ["train", "private_test", "public_test"]


def test_fer2013_in_kaggles_folders_keeps_the_official_parts_that_the_names_tell(tmp_path):
    files = {
        "train/angry/Training_1.jpg": b"",
        "test/happy/PublicTest_2.jpg": b"",
        "test/happy/PrivateTest_3.jpg": b"",
        "test/sad/unnamed.jpg": b"",
    }
    rows = read("fer2013", tmp_path, files).rows.set_index("sample_id")
    assert rows["split"].to_dict() == {
        "Training_1": "train",
        "PublicTest_2": "val",
        "PrivateTest_3": "test",
        "unnamed": "test",
    }


def test_fer2013_numbered_anew_in_every_folder_still_has_unique_ids(tmp_path):
    files = {"a/train/angry/0.jpg": b"", "a/train/sad/0.jpg": b"", "a/test/sad/0.jpg": b""}
    ids = read("fer2013", tmp_path, files).rows["sample_id"].tolist()
    assert ids == ["test/sad/0", "train/angry/0", "train/sad/0"]


@pytest.mark.parametrize("header", [HEADER, "emotion, pixels, Usage"])
def test_fer2013_as_csv(tmp_path, header):
    table = csv(f"0,{PIXELS},Training", f"6,{PIXELS},PublicTest", header=header)
    reading = read("fer2013", tmp_path, {"fer2013.csv": table})
    rows = reading.rows
    assert rows["sample_id"].tolist() == ["fer0000000", "fer0000001"]
    assert rows["emotion"].tolist() == ["angry", "neutral"]
    assert rows["split"].tolist() == ["train", "val"]
    content = reading.read(rows["path"][1])
    assert content == bytes(range(256)) + bytes(48 * 48 - 256)
    assert np.asarray(reading.decode(content)).shape == (48, 48)


@pytest.mark.parametrize("pixels", ["1 2 3", PIXELS.replace("255", "256", 1), "1 x 3"])
def test_a_csv_row_without_its_pixels_is_unreadable_alone(tmp_path, pixels):
    table = csv(f"0,{pixels},Training", f"0,{PIXELS},Training")
    reading = read("fer2013", tmp_path, {"fer2013.csv": table})
    with pytest.raises(ValueError, match=r"pixel values|string or file could not be read"):
        reading.read(reading.rows["path"][0])
    assert len(reading.read(reading.rows["path"][1])) == 48 * 48


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            csv("0,1,Training", header="emotion,pixel,Usage"),
            "lacks the column 'pixels'; it has emot",
        ),
        (csv(f"0,{PIXELS},training"), "unknown Usage 'training'; did you mean Training"),
        (csv(f"7,{PIXELS},Training"), "unknown emotion '7'"),
        ("", "names no columns in its first line"),
        ('emotion,pixels,Usage\n0,"1 2', "has 2 values in row 1 below the names of its 3 columns"),
        (b"\xff\xfe\x00\x01", "line 1 holds a NUL byte"),
    ],
    ids=["wrong column", "wrong usage", "unknown code", "no bytes", "cut off", "binary"],
)
def test_a_wrong_csv_says_what_is_wrong(tmp_path, table, message):
    with pytest.raises(FerError, match=message):
        read("fer2013", tmp_path, {"fer2013.csv": table})


def test_a_folder_that_holds_no_fer2013_says_what_is_expected(tmp_path):
    with pytest.raises(FerError, match=r"no image of this data set; expected class folders below"):
        read("fer2013", tmp_path, {"notes.txt": b""})
    with pytest.raises(FerError, match="lies in no part of FER2013"):
        read("fer2013", tmp_path, {"happy/1.png": b""})


def test_ferplus_joins_its_votes_by_row(tmp_path):
    files = {
        "train/angry/fer0000001.jpg": b"",
        "train/angry/fer0000000.jpg": b"",
        "fer2013new.csv": csv(
            "Training,fer0000000.png,9,1,0,0,0,0,0,0,0,0",
            "Training,,0,0,0,0,0,0,0,0,0,10",
            header=VOTE_HEADER,
        ),
    }
    rows = read("ferplus", tmp_path, files).rows
    assert rows["emotion"].tolist() == ["neutral", ""]
    assert rows["excluded"].tolist() == ["", "not-a-face"]
    assert rows["split"].tolist() == ["train", "train"]
    assert rows["vote_happy"].tolist() == [1, 0]
    assert [c for c in rows if c.startswith("vote_")] == [
        f"vote_{meaning.replace('-', '_')}" for meaning in MEANINGS
    ]


@given(st.lists(st.integers(0, 10), min_size=10, max_size=10))
def test_the_majority_is_the_unique_maximum_over_the_ten_columns(votes):
    got = majority(pd.DataFrame([votes])).iloc[0]
    winners = [MEANINGS[column] for column in range(10) if votes[column] == max(votes)]
    if len(winners) > 1:
        assert (got["emotion"], got["excluded"]) == ("", "tie")
    elif winners[0] in EMOTIONS:
        assert (got["emotion"], got["excluded"]) == (winners[0], "")
    else:
        assert (got["emotion"], got["excluded"]) == ("", winners[0])


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "lacks fer2013new.csv; fer2013new.csv from github"),
        ({"fer2013new.csv": csv(header="Usage,neutral")}, "lacks the column 'happiness'"),
        ({"fer2013new.csv": csv(header=VOTE_HEADER)}, "no row for fer0000000; FER. joins by row"),
        (
            {"fer2013new.csv": csv("Training,f,x,0,0,0,0,0,0,0,0,0", header=VOTE_HEADER)},
            "no whole number",
        ),
    ],
    ids=["no votes", "wrong column", "too few rows", "no number"],
)
def test_wrong_votes_say_what_is_wrong(tmp_path, files, message):
    with pytest.raises(FerError, match=message):
        read("ferplus", tmp_path, {"train/angry/fer0000000.jpg": b"", **files})


def test_nhfi_excludes_contempt_and_keeps_it(tmp_path):
    rows = read("nhfi", tmp_path, {"nhfi/contempt/a.png": b"", "nhfi/neutrality/a.png": b""}).rows
    assert rows["sample_id"].tolist() == ["contempt/a", "neutrality/a"]
    assert rows["emotion"].tolist() == ["", "neutral"]
    assert rows["excluded"].tolist() == ["contempt", ""]


def test_london_knows_who_is_shown(tmp_path):
    files = {
        "london/neutral/001_03.jpg": b"",
        "london/smiling/001_08.jpg": b"",
        "london/london_info.csv": csv(
            "001,24,female,white", header="face_id,face_age,face_gender,face_eth"
        ),
    }
    rows = read("london", tmp_path, files).rows
    assert rows["emotion"].tolist() == ["neutral", "happy"]
    assert rows["person"].tolist() == ["001", "001"]
    assert rows["age"].tolist() == ["24", "24"]


def test_a_users_folders_may_have_any_case_and_word(tmp_path):
    files = {"Happiness/a.png": png(1), "SAD/b.png": png(2), "readme.txt": b"about"}
    rows = read("folder", tmp_path, files).rows
    assert rows["sample_id"].tolist() == ["Happiness/a", "SAD/b"]
    assert rows["emotion"].tolist() == ["happy", "sad"]
    assert (rows["split"] == "").all()


def test_split_folders_above_the_class_folders_give_the_split(tmp_path):
    files = {"Train/happy/a.png": b"", "valid/happy/a.png": b"", "test/happy/a.png": b""}
    rows = read("folder", tmp_path, files).rows.set_index("sample_id")
    assert rows["split"].to_dict() == {
        "Train/happy/a": "train",
        "test/happy/a": "test",
        "valid/happy/a": "val",
    }


def test_files_that_differ_in_their_suffix_only_have_unique_ids(tmp_path):
    files = {"happy/a.png": b"", "happy/a.jpg": b"", "sad/a.png": b""}
    ids = read("folder", tmp_path, files).rows["sample_id"].tolist()
    assert ids == ["happy/a.jpg", "happy/a.png", "sad/a"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"hapy/a.png": b""}, "class folder of hapy/a.png names no emotion: .* did you mean happy"),
        ({"a.png": b""}, "image a.png outside any class folder"),
        ({"happy/a.png": b"", "train/sad/a.png": b""}, "lies below no split folder, others do"),
        ({"readme.txt": b""}, "expected one folder per emotion"),
    ],
    ids=["unknown emotion", "no folder", "half a split", "no image"],
)
def test_a_wrong_folder_says_what_is_wrong(tmp_path, files, message):
    with pytest.raises(FerError, match=message):
        read("folder", tmp_path, files)


def test_an_unknown_data_set_names_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean fer2013"):
        get_entry("fer2103")
