"""Answers in a file: what is read is what was written, and what is wrong is one line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_core.emotions import EIGHT, EMOTIONS
from fer_core.errors import FerError
from fer_core.predictions import P_CONTEMPT, PROBABILITIES
from fer_core.rating.answers import answers_in
from tests.rating.conftest import STUDY

UNIFORM = {name: [1 / 7] for name in PROBABILITIES}


def file_of(tmp_path, end=".csv", **columns):
    path = tmp_path / f"answers{end}"
    table = pd.DataFrame(columns)
    table.to_csv(path, index=False) if end == ".csv" else table.to_parquet(path)
    return path


@given(
    arrays(np.float64, st.tuples(st.integers(1, 9), st.just(7)), elements=st.floats(0.01, 1)),
    st.sampled_from([".csv", ".parquet"]),
)
def test_probabilities_come_back_as_they_were_written(tmp_path_factory, values, end):
    values = values / values.sum(axis=1, keepdims=True)
    ids = [f"00{number}" for number in range(len(values))]
    columns = dict(zip(PROBABILITIES, values.T, strict=True))
    path = file_of(tmp_path_factory.mktemp("a"), end, sample_id=ids, truth="lie", **columns)
    read = answers_in(path, STUDY)
    assert read.sample_id.tolist() == ids, "numbers with zeros before them stay texts"
    np.testing.assert_allclose(read.probabilities, values, atol=1e-12)
    assert (read.form, read.outside) == ("probabilities", {})


@given(st.lists(st.sampled_from([*EMOTIONS, "Happiness", " sad ", "contempt"]), min_size=1))
def test_a_label_is_one_emotion_and_contempt_counts_where_the_study_keeps_it(
    tmp_path_factory, words
):
    ids = [f"s{number}" for number in range(len(words))]
    path = file_of(tmp_path_factory.mktemp("a"), sample_id=ids, answer=words)
    read = answers_in(path, STUDY)
    means = {"Happiness": "happy", " sad ": "sad"}
    known = [(i, means.get(word, word)) for i, word in zip(ids, words, strict=True)]
    seven = [(i, word) for i, word in known if word != "contempt"]
    told = [EMOTIONS[place] for place in read.probabilities.argmax(axis=1)]
    assert list(zip(read.sample_id, told, strict=True)) == seven
    assert read.outside == ({"contempt": words.count("contempt")} if "contempt" in words else {})
    assert (np.sort(read.probabilities, axis=1) == [0, 0, 0, 0, 0, 0, 1]).all()
    eight = answers_in(path, STUDY.model_copy(update={"contempt": "keep"}))
    told = [EIGHT[place] for place in eight.probabilities.argmax(axis=1)]
    assert list(zip(eight.sample_id, told, strict=True)) == known
    assert eight.probabilities.shape[1:] == (8,)
    assert eight.outside == {}


def test_words_of_another_vocabulary_are_read_as_it_says(study, tmp_path):
    path = file_of(tmp_path, sample_id=["a", "b", "c"], answer=["NF", "anger", "unknown"])
    read = answers_in(path, study, "ferplus")
    assert read.sample_id.tolist() == ["b"]
    assert read.outside == {"not-a-face": 1, "unknown": 1}
    codes = file_of(tmp_path, ".parquet", sample_id=["a"], answer=[3])
    assert answers_in(codes, study, "fer2013").probabilities.argmax() == EMOTIONS.index("happy")


def test_rows_of_zeros_and_one_are_labels_whatever_the_columns(study, tmp_path):
    columns = {name: [float(name == "p_fear")] for name in PROBABILITIES}
    assert answers_in(file_of(tmp_path, sample_id=["a"], **columns), study).form == "labels"


def test_eight_probabilities_are_read_where_contempt_is_kept(study, tmp_path):
    columns = {name: [1 / 8] for name in (*PROBABILITIES, P_CONTEMPT)}
    path = file_of(tmp_path, sample_id=["a"], **columns)
    keeps = study.model_copy(update={"contempt": "keep"})
    assert answers_in(path, keeps).probabilities.shape == (1, 8)
    with pytest.raises(FerError, match="has p_contempt, and mini does not keep contempt"):
        answers_in(path, study)
    seven = answers_in(file_of(tmp_path, sample_id=["a"], **UNIFORM), keeps)
    assert seven.probabilities.shape == (1, 7), "a model that does not know it may still rate"


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sample_id": [], "answer": []}, "has no row"),
        ({"id": ["a"], "answer": ["sad"]}, "lacks the column 'sample_id'"),
        ({"sample_id": ["a"]}, "lacks the column 'p_angry' or 'answer'"),
        ({"sample_id": ["a"], "p_fear": [1.0]}, "lacks the column 'p_angry'; see"),
        ({"sample_id": ["a"], **UNIFORM, "answer": ["sad"]}, "both 'answer' and 'p_angry'"),
        ({"sample_id": ["a"], **UNIFORM, "p_joy": [0]}, "unknown column of .*'p_joy'"),
        ({"sample_id": ["a", "b", "b"], "answer": "sad"}, "1 sample ids more than once, first 'b'"),
        ({"sample_id": ["a", None], "answer": "sad"}, "a row without a sample id"),
        ({"sample_id": ["a", " "], "answer": "sad"}, "a row without a sample id"),
        ({"sample_id": ["a"], "answer": ["joyous"]}, "unknown emotion 'joyous'.*--vocabulary"),
        ({"sample_id": ["a"], "answer": [None]}, "unknown emotion ''"),
    ],
)
@pytest.mark.parametrize("end", [".csv", ".parquet"])
def test_what_is_no_table_of_answers_is_one_line(study, tmp_path, end, columns, message):
    with pytest.raises(FerError, match=message) as error:
        answers_in(file_of(tmp_path, end, **columns), study)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (float("nan"), "1 rows with a probability that is missing.*first that of 'b'"),
        (-0.1, "1 rows with a probability that is .*negative.*first that of 'b'"),
        (float("inf"), "1 rows with a probability .*first that of 'b'"),
        ("much", "1 rows with a probability .*no number, first that of 'b'"),
        (0.5, "1 rows whose probabilities do not sum to 1, first that of 'b' \\(1.357\\)"),
    ],
)
def test_a_row_that_is_no_distribution_is_named(study, tmp_path, wrong, message):
    columns = {**{name: [1 / 7] * 3 for name in PROBABILITIES}, "p_sad": [1 / 7, wrong, 1 / 7]}
    with pytest.raises(FerError, match=message):
        answers_in(file_of(tmp_path, sample_id=["a", "b", "c"], **columns), study)


def test_a_file_that_is_none_is_named(study, tmp_path):
    with pytest.raises(FerError, match=r"none\.csv is no file"):
        answers_in(tmp_path / "none.csv", study)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(FerError, match=r"bad\.parquet cannot be read as parquet"):
        answers_in(tmp_path / "bad.parquet", study)
