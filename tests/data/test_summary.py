"""The summary of a data set, on rows whose answer is known."""

from fer_core.data.prepare import summarise
from tests.data.made import dataset


def test_the_summary_counts_images_copies_conflicts_and_reasons():
    summary = summarise(
        dataset(
            [
                {"sha256": "a"},
                {"sha256": "a", "emotion": "sad", "split": "val"},
                {"sha256": "a", "split": "test"},
                {"split": "test", "subject": "ann"},
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
    assert (summary["copies"], summary["conflicting_groups"], summary["subjects"]) == (2, 1, 1)
    assert summary["copies_between_splits"] == {
        "val in train": 1,
        "test in train": 1,
        "test in val": 1,
    }
    assert summary["samples"]["happy"] == ["s0002", "s0003"]
