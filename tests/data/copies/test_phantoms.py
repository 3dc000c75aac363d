"""Phantoms know what was planted in them: the audit finds that, and little else."""

import pandas as pd
import pytest

from fer_core.data.copies.leaks import find_leaks
from fer_core.data.copies.pairs import near_rows
from fer_core.data.copies.persons import persons_between_splits
from fer_core.data.phantom.dataset import generate
from fer_core.data.select import training_rows
from fer_core.errors import FerError
from tests.data.copies.pictures import dataset


@pytest.fixture(scope="module", params=["phantom-street", "phantom-web"])
def phantom(request):
    table, pixels = generate(request.param, n=500, seed=3)
    truth = table.reset_index(drop=True).fillna("").astype({"person": str, "copy_of": str})
    columns = ["sample_id", "emotion", "split", "person"]
    return dataset(pixels, truth[columns].to_dict("records"), request.param), truth


def positions(phantom, split):
    return (phantom.index["split"] == split).to_numpy().nonzero()[0]


def test_planted_copies_across_splits_are_the_byte_copies_that_leak(phantom):
    home, truth = phantom
    train, test = positions(home, "train"), positions(home, "test")
    leaks = find_leaks(home, train, home, test)
    split = pd.Series(truth["split"].to_numpy(), index=truth["sample_id"])
    copies = truth[truth["copy_of"] != ""]
    source = copies["copy_of"].map(split)
    crossing = copies[(copies["split"] == "test") & (source == "train")]
    crossing = set(crossing["sample_id"])
    crossing |= set(copies["copy_of"][(copies["split"] == "train") & (source == "test")])
    assert crossing
    assert set(home.index["sample_id"][leaks.copies.test]) == crossing


def test_planted_people_are_the_persons_that_leak(phantom):
    home, truth = phantom
    people = truth[truth["planted"] == "person"]
    assert len(people)
    leaks = find_leaks(home, positions(home, "train"), home, positions(home, "test"))
    assert set(people["sample_id"]) <= set(home.index["sample_id"][leaks.persons.test])
    trained = set(truth["person"][truth["split"] == "train"])
    shown = truth["person"][leaks.persons.test]
    assert set(shown) <= trained
    assert persons_between_splits(home)["test in train"] == shown.nunique()


def test_different_people_are_not_near_copies(phantom):
    home, truth = phantom
    rows = near_rows(home)
    person = truth["person"].to_numpy()
    assert (person[rows["a"]] == person[rows["b"]]).all()


def test_phantoms_must_say_drop_or_keep(phantom):
    home, _ = phantom
    with pytest.raises(FerError, match="show persons in the test split"):
        training_rows(home, [])
    chosen = training_rows(home, [], "drop")
    assert chosen.dropped["train: person in a test split"] > 0
    leaks = find_leaks(home, chosen.seen(), home, positions(home, "test"))
    assert [len(shared.train) for shared in leaks] == [0, 0, 0]
