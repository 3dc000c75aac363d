"""muxspace: lines that repeat each other are merged, those that contradict are excluded."""

import json

import pytest

from fer_core.data.prepare.add import add_dataset
from fer_core.data.registry import get_entry
from fer_core.data.source import Source
from fer_core.data.summary import summarise
from fer_core.errors import FerError
from tests.data.made import write_folder
from tests.data.miniatures import muxspace

TOLD = (
    "images listed more than once in repo/data/legend.csv: 2, of which 1 with one meaning (merged) "
    "and 1 with several (excluded as 'labels contradict')"
)


@pytest.fixture
def repository(tmp_path):
    return write_folder(tmp_path / "source", muxspace.repository())


def test_every_image_has_one_row_with_what_its_lines_say(repository):
    reading = get_entry("muxspace").read(Source.open(repository))
    rows = reading.rows.set_index("sample_id")
    assert rows.index.is_unique
    assert rows.index.is_monotonic_increasing
    assert rows["emotion"].to_dict() == {
        "Absent_0001": "sad",
        "Al_Gore_0002": "angry",
        "KatrinaKaif_65": "fear",
        "No_Label_0001": "",
        "SharmilaTagore_42": "",
        "Tim_Allen_0001": "",
        "facial-expressions_2868588k": "disgust",
    }
    excluded = rows["excluded"][rows["excluded"] != ""].to_dict()
    assert excluded == {
        "No_Label_0001": "no label",
        "SharmilaTagore_42": "contempt",
        "Tim_Allen_0001": "labels contradict",
    }
    assert rows["source_label"]["Tim_Allen_0001"] == "happiness / neutral"
    assert (rows["split"] == "test").all()
    assert reading.notes == ("not read, because outside the folder images: 1", TOLD)


def test_a_person_is_known_where_the_file_name_ends_with_a_number(repository):
    rows = get_entry("muxspace").read(Source.open(repository)).rows.set_index("sample_id")
    assert rows["person"]["Al_Gore_0002"] == "Al_Gore"
    assert rows["person"]["KatrinaKaif_65"] == "KatrinaKaif"
    assert rows["person"]["facial-expressions_2868588k"] == ""


def test_the_user_is_told_what_was_merged_excluded_and_stored_grey(told, repository):
    lines = [" ".join(line.split()) for line in told("add", "muxspace", repository).splitlines()]
    assert TOLD in lines
    assert "1 labels contradict excluded" in lines
    assert "1 in colour stored grey" in lines
    facts = json.loads(told("show", "muxspace", "--json"))
    assert (facts["colour_lost"], facts["notes"][1]) == (1, TOLD)


def test_a_grey_archive_without_repetitions_has_nothing_to_tell(data_home, tmp_path):
    files = {
        name: content
        for name, content in muxspace.repository().items()
        if "Al_Gore" in name or "legend" in name
    }
    files["repo/data/legend.csv"] = muxspace.legend(muxspace.LINES[1])
    source = write_folder(tmp_path / "source", files)
    summary = summarise(add_dataset("muxspace", source, progress=False))
    assert (summary["notes"], summary["colour_lost"], summary["excluded"]) == ([], 0, {})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "lacks data/legend.csv; github.com/muxspace"),
        (muxspace.legend("1,a.jpg", header="user,image"), "lacks the column 'emotion'"),
        (muxspace.legend("1,a.jpg,hapiness"), "did you mean happiness"),
        (muxspace.legend("1,a.jpg,hapiness", "1,b.jpg,saad"), "'hapiness'.*'saad'"),
    ],
    ids=["no table", "wrong column", "unknown emotion", "two unknown emotions"],
)
def test_a_wrong_legend_says_all_that_is_wrong(tmp_path, table, message):
    files = {"images/a.jpg": b""} | ({"data/legend.csv": table} if table else {})
    with pytest.raises(FerError, match=message):
        get_entry("muxspace").read(Source.open(write_folder(tmp_path / "source", files)))
