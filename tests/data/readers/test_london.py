"""The London set: what its table says of the people, in our words."""

import pytest

from fer_core.data.readers import london
from fer_core.data.reading import Reading
from fer_core.data.source import Source
from tests.data.made import png, write_folder

HEAD = "face_id,face_age,face_gender,face_eth\n"
NAMES = ("neutral/001_03.jpg", "smiling/001_08.jpg", "neutral/002_03.jpg", "neutral/003_03.jpg")


def read(folder, table: str | None) -> Reading:
    files = {name: png(number) for number, name in enumerate(NAMES)}
    if table is not None:
        files["london_info.csv"] = (HEAD + table).encode()
    return london.read(Source.open(write_folder(folder, files)))


def test_age_gender_and_ethnicity_are_those_of_the_person_on_the_image(tmp_path):
    table = "001,24,female,white\n002,54.5,male,east_asian/white\n003,NA,female,\n"
    reading = read(tmp_path, table)
    facts = reading.rows.set_index("sample_id")[["age", "gender", "ethnicity"]]
    assert facts.loc["neutral/001_03"].tolist() == ["24", "female", "white"]
    assert facts.loc["smiling/001_08"].tolist() == ["24", "female", "white"]
    assert facts.loc["neutral/002_03"].tolist() == ["54.5", "male", "east_asian/white"]
    assert facts.loc["neutral/003_03"].tolist() == ["", "female", ""]
    assert reading.notes == ()


@pytest.mark.parametrize(
    ("row", "column", "told"),
    [
        ("24,femle,white", "gender", "'femle' of 'neutral/001_03'; valid: female, male"),
        ("24,female,martian", "ethnicity", "'martian' of 'neutral/001_03'; valid: black, east_"),
        ("old,female,white", "age", "'old' of 'neutral/001_03'; valid: years as a number"),
        ("-3,female,white", "age", "'-3' of"),
        ("24,\x1b[2J,white", "gender", r"'\x1b[2J' of"),
    ],
)
def test_a_word_outside_the_map_is_left_empty_counted_and_told(tmp_path, row, column, told):
    reading = read(tmp_path, f"001,{row}\n002,20,male,white\n003,20,male,white\n")
    of_first = reading.rows["person"] == "001"
    assert (reading.rows[column][of_first] == "").all()
    assert (reading.rows[column][reading.rows["person"] == "002"] != "").all()
    (note,) = reading.notes
    assert note.startswith(f"{column} is left empty in 2 of 4 images")
    assert told in note


def test_without_the_table_nothing_is_known_and_every_image_is_kept(tmp_path):
    reading = read(tmp_path, None)
    assert len(reading.rows) == len(NAMES)
    assert (reading.rows[["age", "gender", "ethnicity"]] == "").all(axis=None)
