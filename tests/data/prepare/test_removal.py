"""A set removed: all that is its own, nothing else, and nothing that a link leads to."""

import pytest

from fer_core.data.copies.pairs import near_copies
from fer_core.data.dataset import prepared_datasets
from fer_core.data.prepare.add import add_dataset, plan_dataset
from fer_core.data.prepare.removal import compiled_of, removable, remove_dataset
from fer_core.errors import FerError
from tests.data.made import faces, write_folder


@pytest.fixture
def two(data_home, tmp_path):
    """Two prepared sets and the folder that they were read from."""
    folder = write_folder(tmp_path / "s", faces())
    for name in ("one", "two"):
        near_copies(add_dataset("folder", folder, name, 16 if name == "one" else 24, False))
    return folder


def test_a_set_goes_with_its_unfinished_work_and_its_audits(two, data_home):
    plan_dataset("folder", two, "one", 32)
    assert len(list((data_home / ".audit").glob("*.parquet"))) == 2
    removed = {path.name for path in remove_dataset("one")}
    assert {"one", ".one.building"} <= removed
    assert prepared_datasets() == ["two"]
    assert len(list((data_home / ".audit").glob("*.parquet"))) == 1
    assert len(list(two.rglob("*.png"))) == 30


def test_what_is_only_planned_or_damaged_can_be_removed(two, data_home):
    plan_dataset("folder", two, "three", 32)
    (data_home / "one" / "dataset.json").write_text("{")
    assert removable() == {"one", "two", "three"}
    assert compiled_of("two") == []
    for name in ("one", "three"):
        remove_dataset(name)
    assert removable() == {"two"}


@pytest.mark.parametrize("name", ["../s", "on", "", ".", ".audit", "fer2013"])
def test_what_is_no_prepared_set_is_refused_with_the_nearest_names(two, data_home, name):
    before = sorted(data_home.rglob("*"))
    with pytest.raises(FerError, match=r"unknown prepared data set .*one"):
        remove_dataset(name)
    assert [path for path in before if not path.exists()] == []


def test_a_link_is_removed_and_what_it_leads_to_is_kept(two, data_home, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (data_home / "one").rename(elsewhere)
    (data_home / "one").symlink_to(elsewhere)
    (data_home / "two" / "photos").symlink_to(two)
    for name in ("one", "two"):
        remove_dataset(name)
    assert not [path for path in data_home.glob("[!.]*")]
    assert (elsewhere / "dataset.json").is_file()
    assert len(list(two.rglob("*.png"))) == 30
