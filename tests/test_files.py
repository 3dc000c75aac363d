import errno

import pytest

from fer_core.errors import FerError
from fer_core.files import atomic_path, read_json, sha256_file, write_json, write_text


def test_a_failed_write_keeps_what_was_there(tmp_path):
    target = tmp_path / "table.csv"
    write_text(target, "old")
    with pytest.raises(FileNotFoundError), atomic_path(target) as temporary:
        temporary.write_text("half of the new") and (tmp_path / "absent").read_text()
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_a_full_disk_is_one_line_with_the_way_out(tmp_path):
    def fill(path):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FerError, match=r"no space left to write .*free some disk"):  # noqa: SIM117
        with atomic_path(tmp_path / "run.json") as temporary:
            fill(temporary)
    assert not list(tmp_path.iterdir())


def test_other_failures_of_the_disk_are_not_disguised(tmp_path):
    with pytest.raises(PermissionError), atomic_path(tmp_path / "x"):
        raise PermissionError("no")


def test_json_comes_back_as_it_went(tmp_path):
    value = {"accuracy": 0.1 + 0.2, "name": "Ωé", "rows": [1, None]}
    write_json(tmp_path / "deep" / "run.json", value)
    assert read_json(tmp_path / "deep" / "run.json") == value


def test_damaged_json_names_the_file(tmp_path):
    (tmp_path / "run.json").write_text('{"study": ')
    with pytest.raises(FerError, match=r"run\.json is not valid JSON"):
        read_json(tmp_path / "run.json")


@pytest.mark.parametrize("text", ["[]", "null", "7", "[" * 99_999, '{"a": ' + "9" * 9999 + "}"])
def test_json_that_is_no_object_is_one_line_too(tmp_path, text):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(FerError, match=r"run\.json (is not valid JSON|holds no JSON object)"):
        read_json(tmp_path / "run.json")


def test_a_number_that_is_not_finite_is_refused(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "run.json", {"loss": float("nan")})


def test_sha256_is_that_of_the_bytes(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    assert sha256_file(tmp_path / "empty").startswith("e3b0c44298fc1c149afbf4c8996fb924")
