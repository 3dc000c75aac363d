"""The summary of a data set, on rows whose answer is known."""

import json

import pandas as pd

from fer_core.data.audit.files import write_audit
from fer_core.data.copies.pairs import NEAR_CSV, near_facts
from fer_core.data.summary import summarise, write_summary
from fer_core.study import Study
from tests.data.copies import pictures as shown
from tests.data.made import dataset


def test_the_summary_counts_images_copies_conflicts_and_reasons():
    summary = summarise(
        dataset(
            [
                {"sha256": "a"},
                {"sha256": "a", "emotion": "sad", "split": "val"},
                {"sha256": "a", "split": "test"},
                {"split": "test", "person": "ann"},
                {"split": "test", "emotion": "", "excluded": "tie"},
                {"excluded": "corrupt: truncated", "sha256": ""},
            ]
        )
    )
    assert summary["n"] == 6
    assert {k: v["happy"] for k, v in summary["counts"]["split"].items()} == {
        "train": 1,
        "val": 0,
        "test": 2,
    }
    assert summary["counts"]["source_split"] == {}
    assert summary["excluded"] == {"corrupt: truncated": 1, "tie": 1}
    assert (summary["copies"], summary["conflicting_groups"], summary["persons"]) == (2, 1, 1)
    assert summary["copies_between_splits"] == {
        "val in train": 1,
        "test in train": 1,
        "test in val": 1,
    }
    assert summary["samples"]["happy"] == ["s0002", "s0003"]
    assert summary["persons_between_splits"]["test in train"] == 0
    assert summary["screening"] == {}
    assert summary["faces"] is None


def study(leaks: str, **changes: str) -> Study:
    facts = {
        "name": "s",
        "title": "S",
        "models": {"m": {"backbone": "x"}},
        "leaks": {"home": leaks},
    }
    return Study.model_validate({**facts, "train": ["home"], "test": ["home", "away"], **changes})


def test_the_audit_of_a_study_is_written_beside_its_summaries(results_home):
    faces = shown.pictures(1, 6)
    faces[0] = shown.changed(faces[4:5], "mirrored")[0]
    splits = ["train", "train", "val", "test", "test", "test"]
    labels = ["sad"] + ["happy"] * 5
    records = [{"split": s, "emotion": e} for s, e in zip(splits, labels, strict=True)]
    home = shown.dataset(faces, records)
    home.index["flags"] = ["", "dark;tiny", "", "", "", ""]
    for column, value in (("mean", 12.5), ("variance", 9.0), ("width", 20.0), ("height", 30.0)):
        home.index[column] = value
    away = shown.dataset(faces[3:5], [{"split": "test"}] * 2, "away")
    near = json.loads(write_summary("s", home).read_text())["near"]
    between = {"val in train": 0, "test in train": 1, "test in val": 0}
    facts = {"pairs": 1, "mirrored": 1, "same_person": None, "conflicting": 1}
    assert near == facts | {"between_splits": between}
    home.index.loc[[0, 4], "person"] = "ann"
    assert near_facts(home) == {**near, "same_person": 1, "conflicting": 0}
    home.index["person"] = ""
    folder = write_audit(study("keep"), [home], [home, away]).parent
    table = pd.read_csv(folder / "near.csv")
    assert list(table.columns) == NEAR_CSV
    assert table["dataset_a"].tolist() == ["away", "home"]
    shared = pd.read_csv(folder / "shared.csv", keep_default_na=False).to_numpy().tolist()
    assert shared == [["home", "away", 6, 2, 2, 2, 1, ""]]
    leaks = pd.read_csv(folder / "leaks.csv", keep_default_na=False).to_numpy().tolist()
    assert leaks == [["home", "home", 3, 0, 1, ""], ["home", "away", 2, 0, 1, ""]]
    write_audit(study("drop"), [home], [home, away])
    leaks = pd.read_csv(folder / "leaks.csv")
    assert leaks["near"].tolist() == [0, 0]
    home.index.loc[[0, 1], "flags"] = ["dark", ""]  # the training image that has a near copy
    write_audit(study("keep", flagged="drop"), [home], [home, away])
    leaks = pd.read_csv(folder / "leaks.csv")
    assert leaks["near"].tolist() == [0, 0]  # the study does not train on it
    home.index.loc[[0, 1], "flags"] = ["", "dark;tiny"]
    write_audit(study("keep"), [home], [home, away])
    screening = pd.read_csv(folder / "screening.csv").to_numpy().tolist()
    assert screening == [["home", "s0001", "dark", 12.5], ["home", "s0001", "tiny", 20.0]]
    facts = json.loads((folder / "audit.json").read_text())
    assert set(facts) == {"method", "planted", "precision", "of"}
    assert facts["of"]["sets"] == {"home": home.fingerprint, "away": away.fingerprint}
    assert {row["dataset"] for row in facts["planted"]} == {"home", "away"}
