"""Emognition: frames by the names of their clips, or by a table; only what maps to the seven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers.emognition import parse_clip
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.emotions import VOCABULARIES
from fer_core.errors import FerError
from tests.data.made import write_folder
from tests.data.miniatures import emognition
from tests.data.miniatures.pictures import jpeg

CLIPS = sorted(VOCABULARIES["emognition"])


def read(tmp_path, files: dict[str, bytes]) -> Reading:
    return get_entry("emognition").read(Source.open(write_folder(tmp_path / "frames", files)))


def test_prepared_only_six_emotions_are_used_and_no_person_is_in_two_parts(tmp_path, data_home):
    source = write_folder(tmp_path / "emognition", emognition.files())
    index = add_dataset("emognition", source, size=16, progress=False, cutter="centre").index
    assert len(index) == 10 * 11 * 2
    used = index[index["excluded"] == ""]
    assert used["emotion"].value_counts().to_dict() == dict.fromkeys(
        ("angry", "disgust", "fear", "neutral", "sad", "surprise"), 20
    )
    assert index["excluded"][index["excluded"] != ""].value_counts().to_dict() == dict.fromkeys(
        ("amusement", "awe", "enthusiasm", "liking", "baseline"), 20
    )
    assert set(index["person"]) == {str(number) for number in range(22, 32)}
    assert (index.groupby("person")["split"].nunique() == 1).all()
    assert set(index["split"]) == {"train", "val", "test"}


@given(
    st.integers(1, 999),
    st.sampled_from(CLIPS),
    st.sampled_from(["", "_STIMULUS", "_stimulus_FACE_small", "_WASHOUT", "_QUESTIONNAIRES_2"]),
    st.sampled_from(["{clip}/000001.jpg", "a b/{clip}/x/1.png", "{clip}_000001.jpg"]),
)
def test_a_clip_built_from_its_parts_is_read_back(person, emotion, end, place):
    clip = f"{person}_{emotion.upper()}{end}"
    found = parse_clip(place.format(clip=clip))
    assert found is not None
    assert (found["person"], found["source_label"]) == (str(person), emotion.upper())
    if end.upper().startswith(("_WASHOUT", "_QUEST")):
        assert found["excluded"] == f"stage {end.strip('_').split('_')[0]}"
    else:
        meaning = VOCABULARIES["emognition"][emotion]
        assert meaning in (found["emotion"], found["excluded"])


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("22/22_FEAR_STIMULUS/1.jpg", ""),
        ("022/22_FEAR_STIMULUS/1.jpg", ""),
        ("7/all/22_FEAR_STIMULUS/1.jpg", ""),
        ("23/22_FEAR_STIMULUS/1.jpg", "two participants in the path"),
        ("22/22_WASHOUT/1.jpg", "name not understood"),
        ("22/22_FEARS/1.jpg", "name not understood"),
        ("22/FEAR/<b>é .jpg", "name not understood"),
    ],
)
def test_paths_that_do_not_say_who_and_what_are_kept_and_excluded(tmp_path, path, reason):
    rows = read(tmp_path, {path: b"", "24/24_AWE_STIMULUS/1.jpg": b""}).rows
    assert rows.set_index("path")["excluded"][path] == reason
    assert not rows.isna().any(axis=None)


def test_a_table_tells_who_and_what_and_bad_rows_are_kept(tmp_path, data_home):
    table = emognition.table(
        ("22", "FEAR", "a b/é<i>.jpg"),
        ("23", "Sadness", "2.jpg"),
        ("023", "neutral", "3.jpg"),
        ("", "anger", "4.jpg"),
        ("24", "awe", "5.jpg"),
        ("25", "anger", "absent.jpg"),
        ("26", "anger", "../outside.jpg"),
    )
    pictures = {f"set/{name}.jpg": jpeg(k, 32, 18) for k, name in enumerate(["a b/é<i>", *"2345"])}
    (tmp_path / "frames").mkdir()
    (tmp_path / "outside.jpg").write_bytes(jpeg(9, 32, 18))
    source = write_folder(tmp_path / "frames", {"set/frames.csv": table, **pictures})
    index = add_dataset(
        "emognition", source, size=16, progress=False, cutter="centre"
    ).index.set_index("sample_id")
    assert index["emotion"].to_dict() == {
        "../outside": "angry",
        "2": "sad",
        "3": "neutral",
        "4": "angry",
        "5": "",
        "a b/é<i>": "fear",
        "absent": "angry",
    }
    assert index["excluded"].to_dict() == {
        "../outside": "corrupt: missing file",
        "2": "",
        "3": "",
        "4": "no participant",
        "5": "awe",
        "a b/é<i>": "",
        "absent": "corrupt: missing file",
    }
    assert index["person"]["2"] == index["person"]["3"] == "23"
    assert index["split"]["2"] == index["split"]["3"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"22/22_FEAR_STIMULUS.mp4": b""}, "holds videos such as 22/22_FEAR.* and no frame; .*22/"),
        ({"jaffe/KA.AN1.39.tiff": b""}, "does not hold frames that you have taken.*add jaffe"),
        ({}, "known from the set's documentation only"),
        ({"frames.csv": b"participant,emotion\n22,fear"}, "lacks the column 'path'"),
        (
            {"frames.csv": emognition.table(("22", "hapy", "1.jpg"))},
            "frames.csv, line 2: unknown emotion 'hapy'",
        ),
        (
            {"frames.csv": emognition.table(("22", "awe", "1.jpg"), ("23", "awe", "1.jpg"))},
            "lists 1.jpg twice",
        ),
        ({"frames.csv": emognition.table()}, "holds no image of this data set"),
    ],
    ids=["videos", "another set", "nothing", "no path", "unknown emotion", "twice", "empty table"],
)
def test_a_wrong_source_says_what_is_wrong(tmp_path, files, message):
    (tmp_path / "frames").mkdir()
    with pytest.raises(FerError, match=message):
        read(tmp_path, files)
