"""Attributes of people: one vocabulary, age groups, and the file that results keep."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.attributes import (
    AGE_GROUPS,
    ATTRIBUTES,
    OLDEST,
    VOCABULARIES,
    age_group,
    attribute_of,
    attributes_file,
    write_attributes,
)
from fer_core.data.summary import leave_summary
from fer_core.errors import FerError, UnknownNameError
from tests.data.made import dataset


@given(st.floats(0, OLDEST))
def test_an_age_lies_within_the_years_that_its_group_names(age):
    first, _, last = age_group(str(age)).rstrip("+").partition("-")
    assert float(first) <= age < (float(last) + 1 if last else OLDEST + 1)


@pytest.mark.parametrize("word", ["", "NA", "-1", "123", "nan", "inf", "thirty"])
def test_what_is_no_age_has_no_group(word):
    assert age_group(word) == ""


def test_every_source_uses_the_attributes_and_words_that_all_share():
    for words in VOCABULARIES.values():
        assert set(words) <= set(ATTRIBUTES)
        assert set(words.get("gender", {}).values()) <= {"female", "male", "unsure"}
        assert set(words.get("age_group", {}).values()) <= set(AGE_GROUPS)


def index(**columns: list[str]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    made = {"sample_id": [f"s{i}" for i in range(n)], "excluded": "", "split": "test"}
    return pd.DataFrame({**made, "person": "Zoe Zest", "path": "Zoe Zest.jpg", **columns})


def test_the_file_holds_the_known_attributes_of_scored_images_and_no_age_name_or_path(results_home):
    rows = index(
        sample_id=["b", "a", "c", "d", "e"],
        split=["test", "val", "train", "test", "test"],
        excluded=["", "", "", "tie", ""],
        age=["41", "", "30", "30", "NA"],
        gender=["male", "female", "male", "male", ""],
        race=[""] * 5,
    )
    write_attributes("s", "d", rows)
    text = attributes_file("s", "d").read_text()
    assert text == "sample_id,age_group,gender\na,,female\nb,40-69,male\n"
    assert attribute_of("s", "d", "gender", ["b", "x", "a"]).tolist() == ["male", "", "female"]


def test_a_group_that_the_source_says_stands_and_an_age_fills_the_rest(results_home):
    write_attributes("s", "d", index(age_group=["4-19", "", ""], age=["30", "30", ""]))
    assert attribute_of("s", "d", "age_group", ["s0", "s1", "s2"]).tolist() == ["4-19", "20-39", ""]


def test_where_nothing_is_known_there_is_no_file_and_an_older_one_goes(results_home):
    write_attributes("s", "d", index(gender=["male"]))
    assert attributes_file("s", "d").is_file()
    write_attributes("s", "d", index(gender=[""]))
    assert not attributes_file("s", "d").exists()
    write_attributes("s", "d", index(emotion=["happy"]))
    with pytest.raises(FerError, match="tell nothing of the people of d; run: fer summarise s"):
        attribute_of("s", "d", "gender", ["s0"])


def test_an_unknown_attribute_and_a_damaged_file_are_one_line(results_home):
    write_attributes("s", "d", index(gender=["male"]))
    with pytest.raises(UnknownNameError, match=r"attribute of d 'gendre'; did you mean gender"):
        attribute_of("s", "d", "gendre", ["s0"])
    attributes_file("s", "d").write_text("image,gender\ns0,male\n")
    with pytest.raises(FerError, match=r"sample_id.*fer summarise s"):
        attribute_of("s", "d", "gender", ["s0"])


def test_a_run_leaves_the_attributes_where_an_older_summary_lacks_them(results_home):
    made = dataset([{"split": "test", "gender": "female"}, {"split": "test", "gender": "male"}])
    leave_summary("s", made)
    attributes_file("s", "made").unlink()
    leave_summary("s", made)
    assert attribute_of("s", "made", "gender", ["s0001", "s0000"]).tolist() == ["male", "female"]
