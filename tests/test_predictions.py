import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.predictions import (
    IMAGE,
    PROBABILITIES,
    AnswersReader,
    make_predictions,
    probabilities_of,
    read_predictions,
    write_predictions,
)


@given(arrays(np.float64, st.tuples(st.integers(1, 20), st.just(7)), elements=st.floats(-20, 20)))
def test_a_softmax_comes_back_as_it_went(tmp_path_factory, logits):
    exponential = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = (exponential / exponential.sum(axis=1, keepdims=True)).astype(np.float32)
    path = tmp_path_factory.mktemp("predictions") / "lab.parquet"
    ids = [f"face{i}" for i in range(len(logits))]
    emotions = [EMOTIONS[i % 7] for i in range(len(logits))]
    write_predictions(path, ids, emotions, probabilities)
    table = read_predictions(path)
    assert table["sample_id"].tolist() == ids
    assert table["emotion"].tolist() == emotions
    np.testing.assert_array_equal(table[list(PROBABILITIES)].to_numpy(), probabilities)


def uniform(n: int) -> np.ndarray:
    return np.full((n, 7), 1 / 7)


@pytest.mark.parametrize(
    ("ids", "emotions", "probabilities", "message"),
    [
        (["a", "a"], ["happy", "sad"], uniform(2), "the sample 'a' twice"),
        (["a"], ["joyful"], uniform(1), "unknown emotion in the prediction table 'joyful'"),
        (["a"], ["happy"], uniform(1) * 2, "do not sum to 1"),
        (["a"], ["happy"], np.full((1, 7), np.nan), "not finite"),
        (["a"], ["happy"], np.array([[-0.5, 1.5, 0, 0, 0, 0, 0]]), "negative"),
        (["a", "b"], ["happy", "sad"], uniform(1), "shape"),
    ],
)
def test_a_table_that_cannot_be_trusted_is_refused(ids, emotions, probabilities, message):
    with pytest.raises(FerError, match=message):
        make_predictions(ids, emotions, probabilities)


def test_an_external_csv_is_just_another_table(tmp_path):
    table = make_predictions(["a"], ["happy"], uniform(1))
    table.to_csv(tmp_path / "rater.csv", index=False)
    pd.testing.assert_frame_equal(
        read_predictions(tmp_path / "rater.csv"), table, check_dtype=False, atol=1e-6
    )


def test_a_missing_or_damaged_or_narrow_table_is_named(tmp_path):
    with pytest.raises(FerError, match="no prediction table at"):
        read_predictions(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 truncated")
    with pytest.raises(FerError, match=r"bad\.parquet cannot be read as parquet"):
        read_predictions(tmp_path / "bad.parquet")
    make_predictions(["a"], ["happy"], uniform(1)).drop(columns="p_fear").to_csv(tmp_path / "n.csv")
    with pytest.raises(FerError, match="lacks the column 'p_fear'"):
        read_predictions(tmp_path / "n.csv")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sample_id": ["a", None]}, "without a sample id"),
        ({"p_happy": ["0.5", "much"]}, "texts for probabilities"),
    ],
)
def test_a_damaged_table_is_one_line(change, reason, tmp_path):
    path = tmp_path / "t.parquet"
    table = make_predictions(["a", "b"], ["happy", "sad"], np.full((2, 7), 1 / 7))
    table.assign(**change).to_parquet(path)
    with pytest.raises(FerError, match=reason):
        read_predictions(path)


def test_answers_are_those_of_the_table_and_of_known_images_share_these(tmp_path):
    first, second, other = (tmp_path / f"{name}.parquet" for name in ("a", "b", "c"))
    write_predictions(first, ["a", "b"], ["happy", "sad"], uniform(2))
    write_predictions(second, ["a", "b"], ["happy", "sad"], np.eye(7)[:2])
    write_predictions(other, ["a", "b"], ["happy", "fear"], uniform(2))
    reader = AnswersReader()
    known = reader.read(first, "lab")
    assert reader.read(second, "lab").images is known.images
    for path in (first, second, other):
        found, table = reader.read(path, "lab"), read_predictions(path)
        pd.testing.assert_frame_equal(found.images, table[list(IMAGE)])
        np.testing.assert_array_equal(found.probabilities, probabilities_of(table))


@pytest.mark.parametrize(
    ("value", "reason"), [(2.0, "do not sum to 1"), (np.nan, "not finite"), ("much", "texts")]
)
def test_probabilities_of_known_images_are_checked_as_any_others(value, reason, tmp_path):
    write_predictions(tmp_path / "a.parquet", ["a", "b"], ["happy", "sad"], uniform(2))
    table = read_predictions(tmp_path / "a.parquet").astype({"p_happy": object})
    table["p_happy"] = value
    table.to_parquet(tmp_path / "t.parquet")
    reader = AnswersReader()
    reader.read(tmp_path / "a.parquet", "lab")
    with pytest.raises(FerError, match=reason):
        reader.read(tmp_path / "t.parquet", "lab")
