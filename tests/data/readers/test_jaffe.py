"""JAFFE: 213 names, ten people, and the odd names that copies of it have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers.jaffe import PEOPLE, parse_name
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.emotions import VOCABULARIES
from fer_core.errors import FerError
from tests.data.made import write_folder
from tests.data.miniatures import jaffe


def test_all_213_names_are_read(tmp_path, data_home):
    source = write_folder(tmp_path / "jaffe", jaffe.files())
    dataset = add_dataset("jaffe", source, size=16, progress=False, cutter="centre")
    index = dataset.index
    assert len(index) == 213
    assert (index["excluded"] == "").all()
    assert set(index["person"]) == set(PEOPLE) == set(jaffe.PEOPLE)
    # as counted in the literature on the set
    assert index["emotion"].value_counts().to_dict() == {
        "angry": 30,
        "disgust": 29,
        "fear": 32,
        "happy": 31,
        "neutral": 30,
        "sad": 31,
        "surprise": 30,
    }
    assert (index.groupby("person")["split"].nunique() == 1).all()
    assert set(index["split"]) == {"train", "val", "test"}


@given(
    st.sampled_from(PEOPLE),
    st.sampled_from(sorted(VOCABULARIES["jaffe"])),
    st.integers(1, 9),
    st.none() | st.integers(1, 219),
    st.integers(1, 3),
)
def test_a_name_is_read_back_with_doubled_dots_and_without_its_number(
    person, emotion, take, number, dots
):
    parts = [person, f"{emotion}{take}", *([str(number)] if number else [])]
    found = parse_name(("." * dots).join(parts))
    assert found is not None
    assert found["sample_id"] == ".".join(parts)
    assert found["person"] == person
    assert found["emotion"] == VOCABULARIES["jaffe"][emotion]
    assert parse_name(found["sample_id"]) == found


@pytest.mark.parametrize(
    "stem", ["XX.AN1.39", "KA.ZZ1.39", "KA.AN.39", "KAAN139", "KA.AN1.39.copy", "KA-AN1-39", ""]
)
def test_what_is_no_name_of_the_set_is_not_understood(stem):
    assert parse_name(stem) is None


def test_odd_names_are_understood_or_kept_and_excluded(tmp_path):
    names = {
        "KA.AN1.39.tiff": "",
        "KA..HA1.29.tiff": "",
        "KA.DI1.42..tiff": "",
        "KA.SA1.tiff": "",
        "ka.an1.39.jpg": "same name twice",
        "XX.AN1.39.tiff": "name not understood",
        "KA.AN1 <i>é&.tiff": "name not understood",
    }
    source = write_folder(tmp_path / "jaffe", {f"j/{name}": b"" for name in names})
    rows = get_entry("jaffe").read(Source.open(source)).rows
    paths = rows["path"].str.removeprefix("j/")
    assert rows.set_index(paths)["excluded"].to_dict() == names
    assert rows["sample_id"].is_unique
    assert {"KA.HA1.29", "KA.DI1.42", "KA.SA1"} <= set(rows["sample_id"])


def test_another_data_set_is_named(tmp_path):
    source = write_folder(tmp_path / "x", {"KDEF/AF01/AF01ANS.JPG": b""})
    with pytest.raises(FerError, match=r"does not hold images named as KA\.AN1.*add kdef"):
        get_entry("jaffe").read(Source.open(source))
