"""Folders, archives and CSV files as sources."""

import zipfile

import pytest

from fer_core.data.source import MAX_BYTES, Source
from fer_core.errors import FerError
from tests.data.made import write_folder, write_zip


def test_a_folder_and_the_archive_of_it_hold_the_same_files(tmp_path):
    files = {"set/happy/1.png": b"one", "set/sad/2.png": b"two"}
    folder = Source.open(write_folder(tmp_path / "source", files))
    packed = Source.open(write_zip(tmp_path / "set.zip", files))
    assert folder.names() == packed.names() == sorted(files)
    assert [packed.read(name) for name in packed.names()] == [b"one", b"two"]
    assert folder.read("set/sad/2.png") == b"two"


@pytest.mark.parametrize(
    "name",
    ["../evil.png", "happy/../../evil.png", "/etc/evil.png", "a\\..\\..\\evil", "C:/evil.png"],
)
def test_an_archive_with_a_name_that_leads_out_of_it_is_refused(tmp_path, name):
    path = write_zip(tmp_path / "evil.zip", {"happy/1.png": b"x"})
    with zipfile.ZipFile(path, "a") as more:
        more.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(FerError, match=r"leads out of the archive.*refused"):
        Source.open(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["evil.zip"]


def test_a_link_that_leaves_the_folder_is_refused(tmp_path):
    folder = write_folder(tmp_path / "source", {"happy/1.png": b"x"})
    (tmp_path / "secret.png").write_bytes(b"secret")
    (folder / "happy" / "2.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(FerError, match="leaves"):
        Source.open(folder)


def test_a_link_inside_the_folder_is_read(tmp_path):
    folder = write_folder(tmp_path / "source", {"happy/1.png": b"x"})
    (folder / "happy" / "2.png").symlink_to(folder / "happy" / "1.png")
    assert Source.open(folder).read("happy/2.png") == b"x"


def test_a_missing_path_says_what_to_give(tmp_path):
    with pytest.raises(FerError, match="does not exist; give the folder, zip archive or CSV"):
        Source.open(tmp_path / "nothing")


def test_a_cut_off_archive_says_to_fetch_it_again(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"happy/1.png": b"x" * 10_000})
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FerError, match="fetch a damaged one again"):
        Source.open(path)


def test_an_archive_of_another_kind_says_to_unpack_it(tmp_path):
    (tmp_path / "set.tar.gz").write_bytes(b"\x1f\x8b" + b"0" * 100)
    with pytest.raises(FerError, match="unpack other archives"):
        Source.open(tmp_path / "set.tar.gz")


def test_an_encrypted_archive_says_so(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"a.png": b"x"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the central directory
    path.write_bytes(content)
    with pytest.raises(FerError, match="encrypted"):
        Source.open(path)


def test_what_operating_systems_leave_behind_is_not_listed(tmp_path):
    noise = {"happy/.DS_Store": b"", "happy/Thumbs.db": b"", "__MACOSX/happy/._1.png": b""}
    assert Source.open(
        write_folder(tmp_path / "source", {"happy/1.png": b"x", **noise})
    ).names() == ["happy/1.png"]


def test_a_file_beyond_any_photograph_is_not_read(tmp_path):
    folder = write_folder(tmp_path / "source", {"happy/1.png": b""})
    with (folder / "happy" / "1.png").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match="larger than 64 MB"):
        Source.open(folder).read("happy/1.png")


def test_the_stamp_changes_with_the_content(tmp_path):
    one = Source.open(write_zip(tmp_path / "1.zip", {"a.png": b"one"})).stamp
    two = Source.open(write_zip(tmp_path / "2.zip", {"a.png": b"two"})).stamp
    assert one != two
    folder = write_folder(tmp_path / "source", {"a.png": b"one"})
    before = Source.open(folder).stamp
    (folder / "a.png").write_bytes(b"longer")
    assert Source.open(folder).stamp != before


def test_a_link_to_a_folder_elsewhere_is_read_as_a_folder(tmp_path):
    folder = write_folder(tmp_path / "set", {"happy/1.png": b"x"})
    elsewhere = tmp_path / "disk" / "sad"
    elsewhere.mkdir(parents=True)
    (elsewhere / "far.png").write_bytes(b"far")
    (elsewhere / "again.png").symlink_to(elsewhere / "far.png")
    (folder / "sad").symlink_to(elsewhere)
    source = Source.open(folder)
    assert {"sad/far.png", "sad/again.png"} <= set(source)
    assert source.read("sad/again.png") == b"far"


@pytest.mark.parametrize("target", [".", "..", "happy/.."])
def test_a_link_to_a_folder_above_it_is_refused(tmp_path, target):
    folder = write_folder(tmp_path / "set", {"happy/1.png": b"x"})
    (folder / "loop").symlink_to(folder / target)
    with pytest.raises(FerError, match=r"loop is a link to .*, which is read already or holds"):
        Source.open(folder)


def test_two_links_that_hold_each_other_are_refused(tmp_path):
    for one, other in ("ab", "ba"):
        (tmp_path / one).mkdir()
        (tmp_path / one / "link").symlink_to(tmp_path / other)
    with pytest.raises(FerError, match="which is read already or holds the link"):
        Source.open(tmp_path / "a")
