"""Size against skill: a mark for each model."""

import pandas as pd

from fer_core.figures.sizes import describe_sizes, draw_sizes

TABLE = pd.DataFrame(
    {
        "model": ["small", "large", "small"],
        "train": ["a", "a", "b"],
        "parameters": [1_000_000, 5_000_000, 1_000_000],
        "skill": [0.3, 0.5, 0.4],
    }
)


def test_each_model_is_a_mark_at_its_size_and_score() -> None:
    figure = draw_sizes(TABLE, "macro_f1")
    (marks,) = figure.axes[0].collections
    assert sorted(map(tuple, marks.get_offsets().tolist())) == [(1, 0.3), (1, 0.4), (5, 0.5)]
    assert figure.axes[0].get_ylabel() == "macro-F1 on other photographs"
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["a", "b"]


def test_the_words_name_the_smallest_the_largest_and_the_best() -> None:
    words = describe_sizes(TABLE, "macro_f1")
    assert "3 models. Smallest: small (1,000,000 parameters, 0.300)" in words
    assert "largest: large (5,000,000, 0.500); highest: large, trained on a (0.500)." in words
