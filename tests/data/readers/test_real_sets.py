"""The real archives: counts, copies, conflicts and splits are those that are known of them."""

import json

import numpy as np
import pandas as pd
import pytest

from fer_core.data.contempt import with_contempt
from fer_core.data.dataset import Dataset
from fer_core.data.index import conflicting, extra_copies
from fer_core.data.prepare.add import add_dataset
from fer_core.data.readers.fer2013_official import number_rows, official_part
from fer_core.data.registry import get_entry
from fer_core.data.select import test_rows as rows_to_test
from fer_core.data.select import training_rows
from fer_core.data.source import Source
from fer_core.data.summary import summarise, write_summary
from fer_core.emotions import EMOTIONS


@pytest.fixture(scope="module")
def prepared(real_data, tmp_path_factory):
    """Prepare a real set once for all tests of this file."""
    home = tmp_path_factory.mktemp("real")
    sets: dict[str, Dataset] = {}

    def get(name: str) -> Dataset:
        if name not in sets:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("FER_DATA", str(home))
                archive = real_data / ("fer2013.zip" if name == "ferplus" else f"{name}.zip")
                sets[name] = add_dataset(name, archive, progress=False)
        return sets[name]

    return get


# of every image, label, split, copy group and pixel; the results of the open study name them
FINGERPRINTS = {
    "fer2013": "f6bd369b5c8bf730efdfe38c08ab3d95d76cdac444adf14cb4329d4289214ec8",
    "ferplus": "7df4a7a9e65c8d745fd297f0e10a6bd0c9983ffb9cc5de4dad7a86619968cec2",
    "nhfi": "fb4b737369ffb9b0c1dcc762ec0e30d0a66feee30295dfbc97a1e66fb45f5986",
    "muxspace": "02a8b79b39f92b00770eb36db473a5ebe2a386951293b1c28a52c5a221319bdc",
    "london": "b7c882d6f760783657e98f7381bd7a42391960c4cdfd4698feb407807f445f3e",
}


@pytest.mark.parametrize("name", FINGERPRINTS)
def test_a_real_set_has_the_fingerprint_that_its_results_were_made_with(prepared, name):
    dataset = prepared(name)
    assert dataset.fingerprint == FINGERPRINTS[name]
    assert dataset.index[["width", "mean", "variance"]].notna().all(axis=None)


def counts(index: pd.DataFrame, split: str) -> list[int]:
    part = index[(index["split"] == split) & (index["excluded"] == "")]
    return part["emotion"].value_counts().reindex(list(EMOTIONS), fill_value=0).tolist()


def test_fer2013_has_its_known_class_counts(prepared):
    index = prepared("fer2013").index
    assert counts(index, "train") == [3995, 436, 4097, 7215, 4965, 4830, 3171]
    assert counts(index, "val") == [467, 56, 496, 895, 607, 653, 415]
    assert counts(index, "test") == [491, 55, 528, 879, 626, 594, 416]
    assert (index["excluded"] == "").all()
    assert index["sample_id"].tolist() == [f"fer{row:07d}" for row in range(35887)]


def test_fer2013_has_its_known_copies_and_conflicts(prepared):
    index = prepared("fer2013").index
    assert extra_copies(index).sum() == 1853
    assert index["group"].nunique() == 34034
    assert index["group"][conflicting(index)].nunique() == 57
    between = summarise(prepared("fer2013"))["copies_between_splits"]
    assert (between["val in train"], between["test in train"]) == (280, 288)


def test_fer2013_leaves_its_known_number_of_images_to_train_on(prepared):
    fer2013 = prepared("fer2013")
    assert len(training_rows(fer2013, [fer2013], "keep").train) == 26912
    assert len(rows_to_test(fer2013)) == 3589


def test_fer2013_has_one_colour_file_and_packs_it_as_grey(real_data, prepared):
    reading = get_entry("fer2013").read(Source.open(real_data / "fer2013.zip"))
    modes = [reading.decode(reading.read(path)).mode for path in reading.rows["path"]]
    assert modes.count("RGB") == 1
    assert modes.count("L") == 35886
    row = modes.index("RGB")
    grey = reading.decode(reading.read(reading.rows["path"][row])).convert("L")
    assert np.array_equal(prepared("fer2013").store.pixels[row, ..., 0], np.asarray(grey))


def test_fer2013_as_csv_has_the_ids_labels_and_splits_of_the_folders(real_data, tmp_path):
    folders = get_entry("fer2013").read(Source.open(real_data / "fer2013.zip"))
    codes = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    usage = {"train": "Training", "public_test": "PublicTest", "private_test": "PrivateTest"}
    head = folders.rows.head(40)
    lines = [
        f"{codes.index(row.emotion)},"
        f"{' '.join(map(str, np.asarray(folders.decode(folders.read(row.path))).ravel()))},"
        f"{usage[row.source_split]}"
        for row in head.itertuples()
    ]
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n" + "\n".join(lines))
    table = get_entry("fer2013").read(Source.open(tmp_path / "fer2013.csv"))
    same = ["sample_id", "emotion", "split", "source_split"]
    assert table.rows[same].equals(head[same])
    first = np.asarray(table.decode(table.read(table.rows["path"][0])))
    assert np.array_equal(first, np.asarray(folders.decode(folders.read(head["path"][0]))))


def test_ferplus_has_its_known_majorities(real_data):
    source = Source.open(real_data / "fer2013.zip")
    rows = get_entry("ferplus").read(source).rows
    known = {"angry": 3025, "disgust": 228, "fear": 813, "happy": 9199, "neutral": 11773}
    known |= {"sad": 4222, "surprise": 4240, "": 2387}
    assert rows["emotion"].value_counts().to_dict() == known
    assert (rows["excluded"] != "").sum() == 2387
    fer2013 = get_entry("fer2013").read(source).rows
    used = rows["excluded"] == ""
    agreement = (rows["emotion"] == fer2013["emotion"])[used].mean()
    assert round(agreement, 3) == 0.657
    assert rows["split"].equals(fer2013["split"])
    assert (rows.filter(like="vote_").sum(axis=1) > 0).all()


ORIGINS = {"fer2013": "official", "ferplus": "official", "nhfi": "made here"}


@pytest.mark.parametrize("name", ["fer2013", "ferplus", "nhfi", "muxspace", "london"])
def test_a_real_set_says_where_its_split_comes_from(prepared, name):
    facts = summarise(prepared(name))
    assert facts["split_origin"] == ORIGINS.get(name, "whole set")
    assert facts["colour_lost"] == (1 if name in ("fer2013", "ferplus") else 0)
    assert facts["notes"] == []


def test_the_official_split_of_fer2013_is_found_again_in_kaggles_numbered_folders(real_data):
    real = get_entry("fer2013").read(Source.open(real_data / "fer2013.zip")).rows
    numbers = real["sample_id"].str[3:].astype(int).astype("str")
    assert number_rows(numbers, real["emotion"]).tolist() == real["sample_id"].tolist()
    assert official_part(real).tolist() == real["split"].tolist()


def test_nhfi_has_its_known_counts_copies_and_conflicts(prepared):
    index = prepared("nhfi").index
    folders = {"anger": 890, "contempt": 208, "disgust": 439, "fear": 570, "happiness": 1406}
    folders |= {"neutrality": 524, "sadness": 746, "surprise": 775}
    assert index["source_label"].value_counts().to_dict() == folders
    assert extra_copies(index).sum() == 269
    conflicts = conflicting(index)
    assert index["group"][conflicts].nunique() == 46
    clean = index[(index["excluded"] == "") & ~conflicts]
    assert clean["group"].nunique() == 5043


def test_nhfi_splits_are_stratified_and_share_no_copies(prepared):
    index = prepared("nhfi").index
    assert (index.groupby("group")["split"].nunique() == 1).all()
    used = index[index["excluded"] == ""]
    shares = pd.crosstab(used["emotion"], used["split"], normalize="index")
    assert (abs(shares - {"test": 0.2, "train": 0.7, "val": 0.1}) < 0.005).all(axis=None)


def test_muxspace_is_all_test_and_knows_its_people(prepared):
    muxspace = prepared("muxspace")
    assert counts(muxspace.index, "test") == [227, 12, 12, 1500, 1500, 124, 355]
    assert (muxspace.index["excluded"] == "contempt").sum() == 9
    assert len(muxspace.index) == 3739
    assert not muxspace.index["person"].str.contains(r"\d").any()


def test_london_shows_each_of_102_people_twice_in_colour(prepared):
    london = prepared("london")
    assert counts(london.index, "test") == [0, 0, 0, 102, 102, 0, 0]
    assert (london.index.groupby("person")["emotion"].nunique() == 2).all()
    assert london.store.pixels.shape == (204, 96, 96, 3)
    ages = pd.to_numeric(london.index["age"], errors="coerce")  # two people did not say
    assert ages.min() >= 18


def test_no_file_is_shared_by_two_of_the_sets(prepared):
    names = ("fer2013", "nhfi", "muxspace", "london")
    hashes = [set(prepared(name).index["sha256"]) for name in names]
    assert len(set.union(*hashes)) == sum(map(len, hashes))


def test_the_summary_of_a_real_set_tells_what_the_report_needs(prepared, results_home):
    path = write_summary("open", prepared("london"))
    summary = json.loads(path.read_text())
    assert path == results_home / "open" / "data" / "london.json"
    assert summary["card"]["publishable"] is True
    assert summary["counts"]["split"]["test"]["happy"] == 102
    assert summary["persons"] == 102
    assert summary["store"] == {"size": 96, "channels": 3}
    assert len(summary["samples"]["neutral"]) == 8
    assert summary["samples"]["fear"] == []
    split = pd.read_csv(path.with_name("london.split.csv"))
    assert list(split.columns) == ["sample_id", "emotion", "split", "group"]
    assert len(split) == 204


@pytest.mark.parametrize(("name", "count"), [("nhfi", 208), ("muxspace", 9), ("ferplus", 212)])
def test_contempt_is_there_for_a_study_that_keeps_it_with_its_pixels(prepared, name, count):
    plain = prepared(name)
    kept = with_contempt(plain)
    rows = np.flatnonzero(kept.index["emotion"] == "contempt")
    assert len(rows) == count
    assert kept.store.batch(rows).any(axis=(1, 2, 3)).all()
    assert summarise(kept)["n"] == summarise(plain)["n"]
    assert "contempt" in summarise(plain)["excluded"]
    assert "contempt" not in summarise(kept)["excluded"]
    assert kept.fingerprint == FINGERPRINTS[name]
