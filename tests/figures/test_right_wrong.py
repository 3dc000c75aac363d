"""Mean heat maps of right answers beside those of wrong ones."""

from pathlib import Path

import numpy as np
from matplotlib.patches import Arc, Ellipse, Rectangle

from fer_core.book.checks.drawing import require_vectors
from fer_core.figures.right_wrong import describe_right_wrong, draw_right_wrong
from fer_core.figures.style import save_figure

LOW, HIGH = np.ones((12, 12)), np.ones((12, 12))
LOW[10, 1], HIGH[1, 10] = 3, 2
MAPS = {("fear", True): (LOW, 1234), ("fear", False): (HIGH, 11)}
REGIONS = {"eyes": (0.2, 0.2, 0.8, 0.5), "mouth": (0.3, 0.7, 0.7, 0.9)}


def test_each_map_has_its_answer_and_number_and_a_face_with_both_places() -> None:
    figure = draw_right_wrong(MAPS, REGIONS)
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["fear\nright, n 1,234", "fear\nwrong, n 11"]
    for ax in panels:
        assert ax.get_ylim() == (1, 0), "the eyes are above"
        boxes = [p for p in ax.patches if isinstance(p, Rectangle)]
        assert {box.get_xy() for box in boxes} == {(0.2, 0.2), (0.3, 0.7)}
        assert len([p for p in ax.patches if isinstance(p, Ellipse)]) == 4
        (mouth,) = (p for p in ax.patches if isinstance(p, Arc))
        assert REGIONS["mouth"][1] < mouth.center[1] < REGIONS["mouth"][3]


def test_where_places_are_not_known_there_is_no_face() -> None:
    figure = draw_right_wrong(MAPS, {})
    assert [ax.patches for ax in figure.axes if ax.get_title() and len(ax.patches)] == []


def test_it_holds_vectors_alone_and_is_described(tmp_path: Path) -> None:
    path = save_figure(draw_right_wrong(MAPS, REGIONS), tmp_path / "a.svg")
    require_vectors(path)
    assert describe_right_wrong(MAPS).endswith(
        "strongest for fear at the lower left where it is right (n 1,234) and at the upper right "
        "where it is wrong (n 11)."
    )
