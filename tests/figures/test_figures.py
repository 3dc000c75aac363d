"""Figures: what stands in them, what is said about them, and what must not be drawn."""

import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import seaborn
from matplotlib.figure import Figure

from fer_core.analysis.cross import cross_table
from fer_core.analysis.outcomes import outcomes
from fer_core.analysis.pr import average_precisions, pr_curves
from fer_core.emotions import EMOTIONS
from fer_core.errors import FerError
from fer_core.figures.cam import (
    describe_overlays,
    draw_overlays,
    peak_place,
)
from fer_core.figures.curves import describe_history, describe_pr, draw_history, draw_pr
from fer_core.figures.faces import describe_faces, describe_pairs, draw_faces, draw_pairs
from fer_core.figures.sizes import draw_sizes
from fer_core.figures.style import COLOURS, model_styles, save_figure
from tests.analysis.simulated import small_study

STUDY = small_study(seeds=(0, 1))
SIZES = pd.DataFrame({"model": ["a", "b"], "train": ["x", "y"], "parameters": 10**6, "skill": 0.4})


@pytest.fixture(scope="module")
def found():
    return outcomes(STUDY, 50)


@pytest.fixture(scope="module")
def table(found):
    return cross_table(found)


def texts(figure: Figure) -> list[str]:
    """Every non-empty string drawn, after checking that it renders and that no font is under 9
    pt.
    """
    figure.savefig(io.BytesIO(), format="png", dpi=40)
    drawn = [t for t in figure.findobj(mpl.text.Text) if t.get_text().strip() and t.get_visible()]
    assert min(t.get_fontsize() for t in drawn) >= 9
    return [t.get_text() for t in drawn]


def panels(figure: Figure) -> list:
    return [ax for ax in figure.axes if ax.axison]


def test_the_colours_are_those_of_seaborns_palette_for_the_colour_blind():
    assert tuple(seaborn.color_palette("colorblind", 6).as_hex()) == COLOURS[:6]


def test_a_pair_of_near_copies_is_drawn_with_set_and_label_of_each():
    faces, labels = np.zeros((2, 8, 8), dtype=np.uint8), ["sad, train", "fear, test"]
    figure = draw_pairs(faces, labels, ["lab", "web"])
    assert {"lab\nsad, train", "web\nfear, test"} <= set(texts(figure))
    words = "Two near copies of lab (sad, train) and web (fear, test)"
    assert describe_pairs(labels, ["lab", "web"], False) == f"{words}."
    assert describe_pairs(labels, ["lab", "web"], True) == f"{words}, one of them mirrored."


def test_precision_recall_has_a_panel_per_emotion_and_a_line_per_model_and_seed(found):
    curves, ap = pr_curves(found, 30), average_precisions(found)
    figure = draw_pr(curves, ap, "alpha", "beta", ["small", "big"])
    shown = panels(figure)
    assert [ax.get_title().split(",")[0] for ax in shown] == list(EMOTIONS)
    assert all(len(ax.lines) == 2 * 2 + 1 for ax in shown)
    value = ap.set_index(["model", "train", "test", "emotion"])["ap"]
    assert f"{value[('big', 'alpha', 'beta', 'fear')]:.3f}" in texts(figure)
    words = describe_pr(ap, "alpha", "beta")
    assert all(emotion in words for emotion in EMOTIONS)
    partial = draw_pr(curves, ap, "alpha", "duo")
    assert len(panels(partial)) == 2
    assert "trained on alpha, tested on duo" in texts(partial)
    with pytest.raises(FerError, match="no run trained on beta and tested on gamma"):
        draw_pr(curves, ap, "beta", "gamma")


def test_a_model_keeps_its_look_in_every_figure():
    styles = model_styles(["a", "b", "c"])
    assert styles["b"] == model_styles(["a", "b"])["b"]
    for part in ("color", "linestyle", "marker"):
        assert len({str(style[part]) for style in styles.values()}) == 3
    many = model_styles([str(i) for i in range(14)]).values()
    assert len({(s["color"], str(s["linestyle"])) for s in many}) == 14


def history(epochs: int, kept: int) -> pd.DataFrame:
    epoch = np.arange(1, epochs + 1)
    columns = {
        f"{part}_{name}": epoch / epochs
        for part in ("train", "val")
        for name in ("loss", "accuracy", "macro_f1")
    }
    return pd.DataFrame({"epoch": epoch, **columns, "selected": (epoch == kept).astype(int)})


@pytest.mark.parametrize(("epochs", "kept"), [(1, 1), (4, 3), (4, 0)])
def test_training_curves_mark_the_kept_epoch(epochs, kept):
    figure = draw_history(history(epochs, kept), "a run")
    drawn = texts(figure)
    assert len(figure.axes) == 3
    marked = f"kept: {kept / epochs:.3f}"
    assert drawn.count(marked) == (3 if kept else 0)
    assert {"training", "validation", "loss", "accuracy", "macro-F1", "epoch"} <= set(drawn)
    words = describe_history(history(epochs, kept), "a run")
    assert (f"Kept: epoch {kept}" in words) == bool(kept)
    assert ("1 epoch." in words) == (epochs == 1)


@pytest.mark.parametrize("shape", [(5, 8, 8), (5, 8, 8, 1), (5, 8, 8, 3)])
def test_faces_are_drawn_in_grey_and_in_colour(shape):
    faces = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    labels = ["happy", "sad", "happy", "", ""]
    figure = draw_faces(faces, labels, columns=3)
    assert sum(bool(ax.images) for ax in figure.axes) == 5
    assert {"happy", "sad"} <= set(texts(figure))
    assert describe_faces(labels, "phantom-lab") == "5 faces of phantom-lab: happy and sad."
    with pytest.raises(FerError, match="5 faces with 1 labels"):
        draw_faces(faces, ["one"])


def test_a_heat_map_lies_over_the_whole_face():
    faces = np.full((3, 32, 32, 3), 128, dtype=np.uint8)
    grids = np.zeros((3, 4, 4), dtype=np.float32)
    grids[:, 3, 0] = 1
    titles = ["fear, right", "fear, as sad", "sad, right"]
    figure = draw_overlays(faces, grids, titles)
    shown = [ax for ax in figure.axes if ax.images]
    assert [len(ax.images) for ax in shown] == [1, 2, 1, 2, 1, 2]
    assert list(shown[1].images[1].get_extent()) == list(shown[1].images[0].get_extent())
    assert set(titles) <= set(texts(figure))
    assert "fear, as sad: strongest at the lower left" in describe_overlays(titles, grids, "lab")


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ((0, 0), "upper left"),
        ((6, 3), "lower centre"),
        ((3, 6), "middle right"),
        ((3, 3), "centre"),
    ],
)
def test_a_place_in_the_face_has_a_name(cell, place):
    grid = np.zeros((7, 7))
    grid[cell] = 1
    assert peak_place(grid) == place


def test_names_with_dollars_are_text_not_formulas():
    name = "a_$x^{$ and $\\frac$"
    assert name in texts(draw_sizes(SIZES.assign(train=name), "accuracy"))


def test_a_figure_is_saved_with_the_same_bytes_twice_on_white(tmp_path):
    before = dict(mpl.rcParams)
    one = save_figure(draw_sizes(SIZES, "accuracy"), tmp_path / "one.png").read_bytes()
    two = save_figure(draw_sizes(SIZES, "accuracy"), tmp_path / "two.png").read_bytes()
    assert one == two
    assert one.startswith(b"\x89PNG")
    drawn = save_figure(draw_sizes(SIZES, "accuracy"), tmp_path / "one.svg").read_text()
    assert drawn.count("<svg") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.png", "one.svg", "two.png"]
    assert dict(mpl.rcParams) == before


def test_the_callers_settings_do_not_change_a_figure(tmp_path):
    plain = save_figure(draw_sizes(SIZES, "accuracy"), tmp_path / "a.png").read_bytes()
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "lines.linewidth": 9}):
        again = save_figure(draw_sizes(SIZES, "accuracy"), tmp_path / "b.png").read_bytes()
    assert plain == again
