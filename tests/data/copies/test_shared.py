"""What two data sets have in common, as a table."""

import numpy as np

from fer_core.data.copies.shared import SHARED_CSV, shared_table
from tests.data.copies.pictures import changed, dataset, pictures


def test_two_sets_share_files_near_copies_and_persons():
    faces = pictures(1, 4)
    records = [{"person": "ann"}, {"person": "bob"}, {"person": "eve", "excluded": "x"}, {}]
    home = dataset(faces, records, "home", "studio")
    twice = np.concatenate([faces[[0, 0, 2]], changed(faces[3:], "mirrored")])
    names = [{"person": person} for person in ("ann", "cid", "eve", "")]
    away = dataset(twice, names, "away", "studio")
    other = dataset(pictures(9, 2), [{}, {}], "other")
    table = shared_table([home, away, other])
    assert list(table.columns) == SHARED_CSV
    rows = table.astype(object).where(table.notna(), None).to_numpy().tolist()
    assert rows == [
        ["home", "away", 3, 4, 1, 2, 1, 1],
        ["home", "other", 3, 2, 0, 0, 0, None],
        ["away", "other", 4, 2, 0, 0, 0, None],
    ]
    assert len(shared_table([home])) == 0


def test_persons_named_in_two_ways_are_unknown_and_not_none():
    for space, found in (("", None), ("studio", 1)):
        home, away = (dataset(pictures(n, 1), [{"person": "1"}], f"set{n}", space) for n in (1, 2))
        persons = shared_table([home, away])["persons"]
        assert persons.isna().all() if found is None else persons.tolist() == [found]
