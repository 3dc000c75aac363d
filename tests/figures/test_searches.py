"""Figures of a search: every trial is drawn, and told in words."""

import numpy as np
import pytest

from fer_core.analysis.searches import searched
from fer_core.figures.searches import (
    describe_slices,
    describe_trials,
    draw_slices,
    draw_trials,
    shown_value,
)
from fer_core.figures.style import save_figure
from fer_core.trials import COMPLETE, PRUNED
from tests.searches import a_record, by_rate, go_on, leave


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.setenv("FER_RESULTS", str(tmp_path))
    record = a_record()
    trials = go_on(record, [], 17, by_rate)
    assert {trial.state for trial in trials} == {COMPLETE, PRUNED}
    leave(record, trials, lambda trial: 60)
    return searched("demo", "lucky")


def points(ax):
    return np.concatenate([np.asarray(drawn.get_offsets()) for drawn in ax.collections])


def test_each_trial_is_a_point_at_its_score(found):
    ax = draw_trials(found.table, "accuracy").axes[0]
    drawn = points(ax)
    assert sorted(drawn[:, 0]) == list(range(17))
    by_number = dict(zip(found.table["trial"], found.table["score"], strict=True))
    assert {int(x): float(y) for x, y in drawn} == pytest.approx(by_number)
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == [
        "best so far",
        "complete",
        "given up",
        "recipe in use",
    ]


def test_each_setting_is_a_panel_in_which_all_trials_stand(found, tmp_path):
    space = found.record.search.space
    figure = draw_slices(found.table, space, "accuracy")
    panels = [ax for ax in figure.axes if ax.get_xlabel()]
    assert [ax.get_xlabel() for ax in panels] == list(space)
    assert [ax.get_xscale() for ax in panels] == ["log", "linear", "linear", "linear"]
    assert {len(points(ax)) for ax in panels} == {17}
    rates = sorted(points(panels[0])[:, 0])
    assert rates == pytest.approx(sorted(found.table["optimizer.lr"]))
    # 128, of the recipe in use, is none of the choices
    assert [text.get_text() for text in panels[3].get_xticklabels()] == ["16", "32", "64", "128"]
    drawn = save_figure(figure, tmp_path / "slices.svg")
    assert drawn.stat().st_size < 200_000
    assert "mathdefault" not in drawn.read_text()
    assert "<!-- 0.001 -->" in drawn.read_text()


def test_the_words_say_how_the_best_rose_and_where_the_best_lie(found):
    text = describe_trials(found.table, "accuracy")
    complete = found.table[found.table["state"] == COMPLETE]
    first, last = complete["score"].iloc[0], complete["score"].max()
    assert f"17 trials, {len(complete)} complete and {17 - len(complete)} given up" in text
    assert f"Best so far: {first:.3f} at trial 0" in text
    assert f"{last:.3f} at trial {complete['trial'][complete['score'].idxmax()]}." in text
    text = describe_slices(found.table, found.record.search.space, "accuracy")
    assert all(f"{place} " in text for place in found.record.search.space)


def test_values_are_printed_to_three_digits():
    assert [shown_value(v) for v in (0.00123456, 32, "adam", None, True)] == [
        "0.00123",
        "32",
        "adam",
        "None",
        "True",
    ]
