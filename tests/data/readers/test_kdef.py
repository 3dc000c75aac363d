"""KDEF: names told apart, angles chosen, and no person in two parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers.kdef import ANGLES, parse_name
from fer_core.data.reading import Reading
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.emotions import EMOTIONS, VOCABULARIES
from fer_core.errors import FerError
from tests.data.made import write_folder, write_zip
from tests.data.miniatures import kdef
from tests.data.miniatures.pictures import jpeg


def read(tmp_path, names: list[str], name: str = "kdef") -> Reading:
    archive = write_zip(tmp_path / "kdef.zip", dict.fromkeys(names, b""))
    return get_entry(name).read(Source.open(archive))


@pytest.mark.parametrize(
    ("name", "used"), [("kdef", 2940), ("kdef-frontal", 980), ("kdef-all", 4900)]
)
def test_of_all_4900_names_each_card_uses_its_angles_and_keeps_the_others(tmp_path, name, used):
    rows = read(tmp_path, [kdef.path(stem, faulty=False) for stem in kdef.stems()], name).rows
    assert len(rows) == 4900
    assert (rows["excluded"] == "").sum() == used
    reasons = {f"angle {angle}" for angle in kdef.ANGLES if angle not in ANGLES[name]}
    assert set(rows["excluded"]) == {"", *reasons}
    assert set(rows["emotion"]) == set(EMOTIONS)
    assert rows["person"].nunique() == 70
    assert (rows["split"] == "").all()


def test_the_two_faulty_names_of_the_distribution_are_kept_and_not_guessed(tmp_path):
    rows = read(tmp_path, [kdef.path(stem) for stem in kdef.stems()]).rows.set_index("path")
    for stem in kdef.FAULTY:
        row = rows.loc[kdef.path(stem)]
        assert row["excluded"] == "name not understood"
        assert row["emotion"] == row["person"] == row["gender"] == ""
    assert (rows["excluded"] == "").sum() == 2938
    assert len(rows) == 4900


def test_both_sessions_show_one_person(tmp_path):
    rows = read(tmp_path, ["a/AF01ANS.JPG", "a/BF01HAHL.JPG", "a/AM01NES.JPG"]).rows
    facts = rows.set_index("sample_id")[["person", "session", "gender", "angle", "emotion"]]
    assert facts.loc["AF01ANS"].tolist() == ["F01", "A", "female", "S", "angry"]
    assert facts.loc["BF01HAHL"].tolist() == ["F01", "B", "female", "HL", "happy"]
    assert facts.loc["AM01NES"].tolist() == ["M01", "A", "male", "S", "neutral"]


@given(
    st.sampled_from("AB"),
    st.sampled_from("FM"),
    st.integers(1, 35),
    st.sampled_from(sorted(VOCABULARIES["kdef"])),
    st.sampled_from(kdef.ANGLES),
    st.booleans(),
)
def test_a_name_built_from_its_parts_is_read_back(session, sex, number, emotion, angle, small):
    stem = f"{session}{sex}{number:02d}{emotion}{angle}"
    found = parse_name(stem.lower() if small else stem)
    assert found == {
        "sample_id": stem,
        "person": f"{sex}{number:02d}",
        "source_label": emotion,
        "emotion": VOCABULARIES["kdef"][emotion],
        "excluded": "",
        "session": session,
        "gender": sex,
        "angle": angle,
    }


NO_NAMES = (
    *("AF31V", "AM31H", "AF00ANS", "AF36ANS", "CF01ANS", "AX01ANS", "AF01XXS", "AF01AN"),
    *("AF01ANSS", "xAF01ANS", "AF01ANS copy", "AF0١ANS", ""),
)


@pytest.mark.parametrize("stem", NO_NAMES)
def test_what_is_no_name_of_the_set_is_not_understood(stem):
    assert parse_name(stem) is None


def test_odd_names_beside_the_set_are_kept_and_excluded(tmp_path):
    names = ["KDEF/AF01/AF01ANS.JPG", "AKDEF/AF/FANS.JPG", "x/a <b>é</b .JPG", "again/af01ans.jpg"]
    rows = read(tmp_path, [*names, "KDEF/read me.txt"]).rows.set_index("path")
    assert rows["excluded"].to_dict() == {
        "KDEF/AF01/AF01ANS.JPG": "",
        "AKDEF/AF/FANS.JPG": "name not understood",
        "x/a <b>é</b .JPG": "name not understood",
        "again/af01ans.jpg": "same name twice",
    }
    assert rows["sample_id"].is_unique


def test_another_data_set_is_named(tmp_path):
    with pytest.raises(FerError, match=r"does not hold images named as AF01ANS.*add jaffe"):
        read(tmp_path, ["jaffe/KA.AN1.39.tiff"])
    with pytest.raises(FerError, match=r"does not hold images named as AF01ANS"):
        read(tmp_path, [])


def test_prepared_no_person_is_in_two_parts_and_faulty_files_are_kept(tmp_path, data_home):
    files = kdef.files(range(1, 8))
    files[kdef.path("AF01ANS")] = b"no image"
    files["KDEF_and_AKDEF/KDEF/AF31/AF31V.JPG"] = jpeg(0, 28, 38)
    dataset = add_dataset(
        "kdef", write_folder(tmp_path / "kdef", files), size=16, progress=False, cutter="centre"
    )
    index = dataset.index.set_index("sample_id")
    assert len(index) == 2 * 2 * 7 * 7 * 2 + 1
    assert index["excluded"]["AF01ANS"] == "corrupt: not an image"
    assert index["excluded"].value_counts()["angle FL"] == 196
    used = index[index["excluded"] == ""]
    assert len(used) == 195
    assert set(used["split"]) == {"train", "val", "test"}
    assert (used.groupby("person")["split"].nunique() == 1).all()
    assert dataset.card.person_space == "kdef"
    assert index.loc["BM03SUS", "angle"] == "S"
