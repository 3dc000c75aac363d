"""CSV files from elsewhere: what is read, and what is refused before it fills the memory."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_core.csv_files import LONGEST, MOST_COLUMNS, bounded, read_csv
from fer_core.errors import FerError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=9)


def read(content: bytes | str, **wanted: object) -> pd.DataFrame:
    content = content.encode() if isinstance(content, str) else content
    return read_csv(io.BytesIO(content), "t.csv", **wanted)


@given(st.lists(st.tuples(TEXT.filter(bool), TEXT), max_size=5))
def test_texts_come_back_as_they_were_written(rows):
    table = pd.DataFrame(rows, columns=["a", "b"], dtype="str")
    pd.testing.assert_frame_equal(read(table.to_csv(index=False)), table)


def test_a_byte_order_mark_blank_lines_and_blanks_around_names_are_no_data():
    table = read(b"\xef\xbb\xbf a ,b\r\n\r\n1, x\r\n")
    assert table.to_dict("list") == {"a": ["1"], "b": [" x"]}
    assert read("a,b").to_dict("list") == read("a,b\n\n").to_dict("list") == {"a": [], "b": []}


def test_numbers_are_numbers_and_texts_that_look_like_numbers_are_not():
    table = read("id,n,x\n007,1,0.1\nnan,2,\n", numbers=("n", "x"))
    assert table["id"].tolist() == ["007", "nan"]
    assert table["n"].tolist() == [1, 2]
    assert table["x"].isna().tolist() == [False, True]
    with pytest.raises(FerError, match="'many' for a number in the column n"):
        read("n\nmany\n", numbers=("n",))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", "names no columns"),
        ("\n\n", "names no columns"),
        ("a,b\n1,2\n3\n", "1 values in row 2 below the names of its 2 columns"),
        ("a,b\n1,2,3\n", "3 values in row 1 below the names of its 2 columns"),
        ("a,b,a\n", "the column 'a' twice"),
        ("b\n1\n", "lacks the column 'a'; it has b and needs a"),
        ("a,b\r1,2\r", "ends its lines with CR alone"),
        (b"a,b\n1,2\n3,\xff\n", "line 3 is not UTF-8"),
        (b"a,b\n1,2\n3,\0\n", "line 3 holds a NUL byte"),
        ("a\n".encode("utf-16"), "line 1"),
        ('a,b\n1,"2\n3,4\n', "quoted value that never ends"),
        ('a,b\n1,"2\n' + "3,4\n" * LONGEST, "quoted value of very many lines"),
        ("a" + "," * MOST_COLUMNS, "more than 10,000 columns"),
        ("a,b\n1,2\n" + "x" * (LONGEST + 1), "line 3 has more than 1,048,576 bytes"),
    ],
)
def test_a_damaged_table_is_one_line_that_names_it_and_the_way_out(content, fault):
    with pytest.raises(FerError, match=fault) as refused:
        read(content, columns=("a",))
    assert str(refused.value).startswith("t.csv")
    assert ";" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_line_as_long_as_is_allowed_is_read_wherever_it_begins():
    value = "x" * (LONGEST - 10)
    table = read("a,b\n" + f"1,{value}\n" * 5)
    assert (table["b"] == value).all()
    assert len(table) == 5


class Endless(io.RawIOBase):
    """A file of a gigabyte, of one line."""

    left = 2**30

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        size = min(self.left, size)
        self.left -= size
        return b"," * size


def test_a_gigabyte_of_one_line_is_refused_after_its_first_megabyte():
    file = Endless()
    tracemalloc.start()
    with pytest.raises(FerError, match="line 1 has more than"):
        read_csv(file, "t.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 2**30 - file.left < 2 * LONGEST
    assert peak < 8 * LONGEST


def read_member(path: Path, name: str) -> pd.DataFrame:
    with zipfile.ZipFile(path) as archive, archive.open(name) as file:
        return read_csv(file, f"{path.name}: {name}")


def test_a_member_of_an_archive_is_bounded_and_a_damaged_one_is_named(tmp_path: Path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("long.csv", b"x" * 5 * LONGEST)
        archive.writestr("whole.csv", "a\n" + "1\n" * 9999)
    with pytest.raises(FerError, match="line 1 has more than"):
        read_member(path, "long.csv")
    content = bytearray(path.read_bytes())
    place = content.index(b"whole.csv") + 20
    content[place : place + 4] = b"\xff" * 4
    path.write_bytes(content)
    with pytest.raises(FerError, match=r"t\.zip: whole\.csv cannot be read .*fetch it again"):
        read_member(path, "whole.csv")


def test_lines_that_need_not_be_utf8_are_bounded_all_the_same():
    assert bounded(io.BytesIO(b"\xe9\n"), "t", "replace").read() == b"\xe9\n"
    with pytest.raises(FerError, match="line 2 has more"):
        bounded(io.BytesIO(b"\xe9\n" + b"x" * 2 * LONGEST), "t", "replace").read()


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(FerError, match=r"no\.csv cannot be read .*write it anew"):
        read_csv(tmp_path / "no.csv", way_out="write it anew")
