"""Differences from plain training: each mark where its number is, and the band of a point."""

import pandas as pd
import pytest

from fer_core.analysis.beyond import MEAN
from fer_core.figures.gains import describe_gains, draw_gains


def row(method: str, test: str, value: float, half: float, kind: str = "other photographs"):
    return {
        "method": method, "test": test, "kind": kind, "difference": value,
        "difference_lo": value - half, "difference_hi": value + half, "verdict": "not decided",
    }  # fmt: skip


TABLE = pd.DataFrame(
    [
        row("one", "a", 0.02, 0.5),
        row("one", "b", -0.04, 0.5, "fewer emotions"),
        row("one", MEAN, 0.03, 0.01),
        row("<b>$x$", "a", 0.05, 0.5),
        row("<b>$x$", MEAN, -0.02, 0.02),
    ]
)


def test_means_have_whiskers_and_tests_of_other_photographs_are_marks() -> None:
    ax = draw_gains(TABLE).axes[0]
    [bar] = ax.containers
    assert bar.lines[0].get_xdata().tolist() == [0.03, -0.02]
    ends = [segment[:, 0].round(9).tolist() for segment in bar.lines[2][0].get_segments()]
    assert ends == [[0.02, 0.04], [-0.04, 0.0]]
    marks = [c.get_offsets().tolist() for c in ax.collections if len(c.get_offsets()) == 2]
    assert marks == [[[0.02, 0.0], [0.05, 1.0]]]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["one", "<b>$x$"]


def test_the_band_is_a_point_wide_either_way() -> None:
    [band] = draw_gains(TABLE).axes[0].patches
    assert (band.get_x(), band.get_width()) == pytest.approx((-0.01, 0.02))


def test_the_words_hold_every_mean() -> None:
    words = describe_gains(TABLE)
    assert "one 0.030 [0.020, 0.040] (not decided); <b>$x$ -0.020 [-0.040, 0.000]" in words
