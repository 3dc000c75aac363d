"""Near copies as tables: across splits and sets, expanded to rows, kept on disk."""

import numpy as np
import pandas as pd
import pytest

from fer_core.data.audit.planted import planted_recall
from fer_core.data.copies import pairs as pairs_module
from fer_core.data.copies.leaks import find_leaks
from fer_core.data.copies.pairs import NEAR_CSV, near_copies, near_rows, near_table, published_pairs
from fer_core.data.copies.persons import persons_between_splits
from fer_core.data.prepare.add import add_dataset
from fer_core.data.registry import get_entry
from tests.data.copies.pictures import changed, dataset, pictures
from tests.data.made import png, write_folder

FOUND = ("mirrored", "half the size", "double the size", "JPEG quality 50", "JPEG quality 90")


@pytest.fixture
def kept(data_home, tmp_path):
    """Prepare a folder of pictures under a name."""

    def prepare(name, seed):
        files = {
            f"{emotion}/{n}.png": png(seed + n) for emotion in ("happy", "sad") for n in (1, 2)
        }
        files |= {f"{emotion}/{n}b.png": png(seed + n) for emotion in ("happy",) for n in (1, 2)}
        return add_dataset("folder", write_folder(tmp_path / name, files), name, progress=False)

    return prepare


@pytest.mark.parametrize("kind", FOUND)
def test_a_planted_copy_is_found_across_splits_and_across_sets(kind):
    faces = pictures(1, 8)
    copies = changed(faces[:3], kind)
    parts = [{"split": "train"}] * 8 + [{"split": "test"}] * 3
    home = dataset(np.concatenate([faces, copies]), parts)
    rows = near_rows(home)
    assert list(zip(rows["a"], rows["b"], strict=True)) == [(0, 8), (1, 9), (2, 10)]
    assert (rows["mirrored"] == (kind == "mirrored")).all()
    away = dataset(copies, [{"split": "test"}] * 3, "away")
    leaks = find_leaks(home, np.arange(8), away, np.arange(3))
    assert leaks.near.train.tolist() == leaks.near.test.tolist() == [0, 1, 2]
    assert len(leaks.copies.train) == 0


def test_byte_copies_are_leaks_of_their_own_and_no_near_pairs():
    faces = pictures(2, 4)
    home = dataset(faces, [{}] * 4)
    away = dataset(faces[2:], [{"split": "test"}] * 2, "away")
    leaks = find_leaks(home, np.arange(3), away, np.arange(2))
    assert leaks.copies.train.tolist() == [2]
    assert leaks.copies.test.tolist() == [0]
    assert len(near_rows(home, away)) == 0
    assert len(near_copies(home)) == 0


def test_a_pair_of_which_one_content_lies_in_both_sets_is_found():
    faces = pictures(3, 3)
    copy = changed(faces[:1], "JPEG quality 50")
    home = dataset(np.concatenate([faces, copy]), [{}] * 4)
    for other in (faces[:1], copy):  # its counterpart is only in home
        away = dataset(other, [{}], "away")
        rows = near_rows(home, away)
        turned = near_rows(away, home)
        assert len(rows) == 1
        assert (rows["a"].item(), rows["b"].item()) == (turned["b"].item(), turned["a"].item())


def test_a_near_pair_counts_for_every_row_with_its_bytes():
    faces = pictures(4, 1)
    copy = changed(faces, "mirrored")
    home = dataset(np.concatenate([faces, faces, copy]), [{}, {"split": "val"}, {"split": "test"}])
    assert near_rows(home)[["a", "b"]].to_numpy().tolist() == [[0, 2], [1, 2]]


def test_the_table_names_both_sides_in_order():
    faces = pictures(5, 2)
    zoo = dataset(faces, [{"emotion": "sad"}, {}], "zoo")
    ant = dataset(changed(faces[:1], "mirrored"), [{"split": "test", "sample_id": "x"}], "ant")
    table = near_table([zoo, ant])
    assert list(table.columns) == NEAR_CSV
    row = table.iloc[0].to_dict()
    correlation = row.pop("correlation")
    values = ["ant", "x", "test", "happy", "zoo", "s0000", "train", "sad", 1]
    assert list(row.values()) == values
    assert 0.9 < correlation <= 1
    assert len(table) == 1


def test_a_second_look_reads_the_pairs_from_disk(kept, data_home, monkeypatch):
    one = kept("one", 0)
    first = near_copies(one)
    files = list((data_home / ".audit").glob("*.parquet"))
    assert files == [pairs_module.cache_path(one, one)]
    monkeypatch.setattr(pairs_module, "near_pairs", lambda *_, **__: pytest.fail("searched again"))
    pd.testing.assert_frame_equal(near_copies(one), first)


def test_a_changed_set_is_searched_under_another_key(kept, data_home):
    one = kept("one", 0)
    near_copies(one)
    again = kept("two", 500)
    near_copies(again)
    near_copies(one, again)
    assert pairs_module.cache_path(one, one) != pairs_module.cache_path(again, again)
    assert len(list((data_home / ".audit").glob("*.parquet"))) == 3


def test_persons_are_counted_between_splits_and_compared_in_one_name_space():
    faces = pictures(6, 4)
    people = [
        {"person": "ann"},
        {"person": "ann", "split": "test"},
        {"person": "bob", "split": "val"},
        {"split": "test"},
    ]
    home = dataset(faces, people, person_space="names")
    between = {"val in train": 0, "test in train": 1, "test in val": 0}
    assert persons_between_splits(home) == between
    away = pictures(7, 2)
    for space, n in (("names", 1), ("other", 0), ("", 0)):
        other = dataset(away, [{"person": "bob"}, {"person": ""}], "away", space)
        leaks = find_leaks(other, np.arange(2), home, np.arange(4))
        assert len(leaks.persons.train) == len(leaks.persons.test) == n


def test_planted_recall_counts_what_is_found_and_what_is_not():
    table = planted_recall(dataset(pictures(8, 20), [{}] * 20), n=12)
    recall = table.set_index("kind")["recall"]
    assert (table["planted"] == 12).all()
    assert (recall[list(FOUND)] == 1).all()
    blank = np.zeros((5, 48, 48, 1), np.uint8)
    assert (planted_recall(dataset(blank, [{}] * 5))["found"] == 0).all()


def test_a_published_split_is_drawn_from_its_own_pairs_where_all_of_them_are_there():
    pairs = pd.read_csv(pairs_module.PUBLISHED / "nhfi.together.csv")
    hashes = pd.unique(pairs.to_numpy().ravel())
    index = pd.DataFrame({"sha256": hashes})
    assert published_pairs("nhfi", index).equals(pairs)
    said = get_entry("nhfi").card.test_split
    assert f"copies and {len(pairs)} pairs of near copies kept together, not those that" in said
    assert published_pairs("nhfi", index.iloc[1:]) is None
    assert published_pairs("fer2013", index) is None
