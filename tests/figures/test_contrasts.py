"""Differences with whiskers: each mark where its number is."""

import pandas as pd

from fer_core.figures.contrasts import describe_contrasts, draw_contrasts

ROW = {"model": "with", "other": "without", "cells": 2, "seeds": 1}


def row(kind: str, value: float, half: float, **more: str) -> dict[str, object]:
    score = "difference_macro_f1"
    return {
        **ROW, "kind": kind, score: value, f"{score}_lo": value - half,
        f"{score}_hi": value + half, **more,
    }  # fmt: skip


MEANS = pd.DataFrame(
    [row("in-domain", 0.2, 0.05), row("other photographs", -0.1, 0.2, model="<b>$x$")]
)
CELLS = pd.DataFrame([row("in-domain", 0.15, 0.1), row("in-domain", 0.25, 0.1)])


def test_means_have_whiskers_and_cells_are_marks_beside_them() -> None:
    ax = draw_contrasts(MEANS, CELLS, "macro_f1").axes[0]
    means = [bar.lines[0].get_xdata().tolist() for bar in ax.containers]
    assert means == [[0.2], [-0.1]]
    ends = [bar.lines[2][0].get_segments()[0][:, 0].round(9).tolist() for bar in ax.containers]
    assert ends == [[0.15, 0.25], [-0.3, 0.1]]
    assert ax.collections[0].get_offsets()[:, 0].tolist() == [0.15, 0.25]
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == ["with\nminus\nwithout", "<b>$x$\nminus\nwithout"]
    heights = [bar.lines[0].get_ydata()[0] for bar in ax.containers]
    assert heights[0] < 0.5 < heights[1]  # the second pair is in the second row


def test_the_words_hold_every_number() -> None:
    words = describe_contrasts(MEANS, "macro_f1")
    assert "with minus without, in-domain: 0.200 [0.150, 0.250]" in words
    assert "other photographs: -0.100 [-0.300, 0.100]." in words
